#include "gateway/materials/object_body.hpp"

#include "monitoring/log.hpp"
#include "security/content_digest.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {

constexpr std::size_t block_bytes = 128UL * 1024;

class object_reader final : public http::body_source, public std::enable_shared_from_this<object_reader> {
public:
    // Its place was taken.
    object_reader(std::shared_ptr<room> in, std::string partner, const objects::object_facts& file, std::uint64_t first,
                  std::uint64_t count)
        : room_(std::move(in)), partner_(std::move(partner)), name_(file.name), written_at_(file.written_at), at_(first),
          left_(count) {
        if (count == file.size) {
            digest_.emplace(security::digest_algorithm::sha256);
        }
        room_->metrics.reading.add(1);
    }
    ~object_reader() override {
        room_->reading.give_back();
        room_->metrics.reading.add(-1);
    }

    void begin(std::function<void()> wake) override {
        wake_ = std::move(wake);
        ask();
    }

    state next(std::string& out) override {
        std::unique_lock lock(mutex_);
        if (broken_ || left_ == 0) {
            return state::ended;
        }
        if (!ready_) {
            return state::waiting;
        }
        ready_ = false;
        out.append(block_);
        at_ += block_.size();
        left_ -= block_.size();
        room_->metrics.read_bytes.add(static_cast<double>(block_.size()));
        lock.unlock();
        if (left_ == 0) {
            return state::ended;
        }
        ask();
        return state::more;
    }

    // A file has no beats: an answer that ends too early is seen by its length.
    void beat(std::string&) override {}
    std::chrono::milliseconds beat_every() const override { return std::chrono::hours(1); }
    void last_words(std::string&) override {}

private:
    void ask() {
        if (left_ > 0 && !room_->shelf.post(partner_, [self = shared_from_this()] { self->read(); })) {
            const std::lock_guard lock(mutex_);
            broken_ = true;
        }
    }

    void read() {
        std::string block(std::min<std::uint64_t>(block_bytes, left_), '\0');
        const auto count = room_->store->read(name_, at_, block);
        const bool right = count && *count == block.size() && is_right(block);
        {
            const std::lock_guard lock(mutex_);
            broken_ = !right;
            ready_ = !broken_;
            block_.swap(block);
        }
        if (!right) {
            room_->metrics.store_errors.with({"read", count ? "damaged" : kind_of(count.error())}).add();
            monitoring::log(monitoring::severity::error, "material_read_broken", {{"sha256", name_}});
        }
        wake_();
    }

    // The last bytes of a whole file are only given when all of them are those of its name.
    bool is_right(std::string_view block) {
        if (!digest_) {
            return true;
        }
        digest_->update(block);
        const bool right = block.size() < left_ || security::hex_of(digest_->finish()) == name_;
        if (!right) {
            room_->damaged.note(name_, written_at_);
        }
        return right;
    }

    const std::shared_ptr<room> room_;
    const std::string partner_; // who reads
    const std::string name_;
    const std::chrono::system_clock::time_point written_at_;
    std::optional<security::content_digest> digest_; // of one that is read whole
    std::function<void()> wake_;
    std::mutex mutex_;
    std::string block_;
    std::uint64_t at_;
    std::uint64_t left_;
    bool ready_ = false;
    bool broken_ = false;
};

} // namespace

std::shared_ptr<http::body_source> object_body(std::shared_ptr<room> in, std::string partner,
                                               const objects::object_facts& file, std::uint64_t first, std::uint64_t count) {
    if (!in->reading.take(in->parts.settings.reads_max)) {
        return nullptr;
    }
    return std::make_shared<object_reader>(std::move(in), std::move(partner), file, first, count);
}

} // namespace tongban::materials
