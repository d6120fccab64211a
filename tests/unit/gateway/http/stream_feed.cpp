// Everything under one mutex: the source runs on the server's thread.
#include "stream_feed.hpp"

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace tongban::testing {

class stream_feed::source final : public http::body_source {
public:
    explicit source(std::shared_ptr<stream_feed> of) : of_(std::move(of)) {
        const std::lock_guard lock(of_->mutex_);
        ++of_->open_;
    }
    ~source() override {
        const std::lock_guard lock(of_->mutex_);
        --of_->open_;
        of_->wake_ = nullptr;
    }
    void begin(std::function<void()> wake) override {
        const std::lock_guard lock(of_->mutex_);
        of_->wake_ = std::move(wake);
    }
    state next(std::string& out) override {
        const std::lock_guard lock(of_->mutex_);
        ++of_->asked_;
        std::string piece = of_->flood_;
        if (!of_->pieces_.empty()) {
            piece = std::move(of_->pieces_.front());
            of_->pieces_.pop_front();
        }
        of_->said_bytes_ += piece.size();
        out += piece;
        if (!of_->pieces_.empty() || !of_->flood_.empty()) {
            return state::more;
        }
        return of_->ended_ ? state::ended : state::waiting;
    }
    void beat(std::string& out) override { out += "beat\n"; }
    std::chrono::milliseconds beat_every() const override { return of_->beat_every_; }
    void last_words(std::string& out) override { out += "goodbye\n"; }

private:
    std::shared_ptr<stream_feed> of_;
};

void stream_feed::say(std::string piece) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
    if (wake_) {
        wake_();
    }
}

void stream_feed::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (wake_) {
        wake_();
    }
}

void stream_feed::flood(std::string piece) {
    const std::lock_guard lock(mutex_);
    flood_ = std::move(piece);
    if (wake_) {
        wake_();
    }
}

void stream_feed::announce(std::uint64_t length) {
    const std::lock_guard lock(mutex_);
    length_ = length;
}

int stream_feed::open() const {
    const std::lock_guard lock(mutex_);
    return open_;
}

int stream_feed::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

std::size_t stream_feed::said_bytes() const {
    const std::lock_guard lock(mutex_);
    return said_bytes_;
}

http::route stream_feed::route(const std::shared_ptr<stream_feed>& feed) {
    auto answer = [feed](http::request&) -> boost::asio::awaitable<http::response> {
        // The coroutine is a function with parameters: it may outlive this lambda's call.
        return [](std::shared_ptr<stream_feed> of) -> boost::asio::awaitable<http::response> {
            http::response made;
            made.content_type = "text/plain";
            {
                const std::lock_guard lock(of->mutex_);
                made.length = of->length_;
            }
            made.streamed = std::make_shared<source>(std::move(of));
            co_return made;
        }(feed);
    };
    return {http::method::get, "/v1/stream", answer};
}

} // namespace tongban::testing
