#include "gateway/materials/workers.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include <memory>

namespace tongban::materials {

namespace asio = boost::asio;

namespace {
using resume_handler = asio::async_result<asio::use_awaitable_t<>, void()>::handler_type;
}

workers::workers(const std::string& name, unsigned threads, std::size_t queue_max, monitoring::registry& metrics)
    : queue_max_(queue_max),
      full_(metrics.make_counter("tongban_materials_queue_full_total", "Work on files refused because the queue was full.",
                                 {{"group", name}})),
      waiting_(metrics.make_gauge("tongban_materials_queue", "Work on files that waits for a worker.", {{"group", name}})) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

workers::~workers() {
    stop();
}

asio::awaitable<bool> workers::run(std::function<void()> job) {
    bool ran = false;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](resume_handler given) {
            // Shared, since what the queue holds is copied; resumed once.
            const auto handler = std::make_shared<resume_handler>(std::move(given));
            const asio::any_io_executor executor = asio::get_associated_executor(*handler);
            auto turn = [handler, executor, &ran, work = std::move(job)](bool run) {
                if (run) {
                    work();
                    ran = true;
                }
                asio::post(executor, [handler] { std::move(*handler)(); });
            };
            {
                const std::lock_guard lock(mutex_);
                if (!stopping_ && queue_.size() < queue_max_) {
                    queue_.push_back(std::move(turn));
                    waiting_.set(static_cast<double>(queue_.size()));
                    wake_.notify_one();
                    return;
                }
            }
            full_.add();
            turn(false);
        },
        asio::use_awaitable);
    co_return ran;
}

bool workers::post(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max_) {
        full_.add();
        return false;
    }
    queue_.push_back([work = std::move(job)](bool run) {
        if (run) {
            work();
        }
    });
    waiting_.set(static_cast<double>(queue_.size()));
    wake_.notify_one();
    return true;
}

void workers::work() {
    for (;;) {
        std::function<void(bool)> turn;
        bool run = true;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) {
                return;
            }
            run = !stopping_;
            turn = std::move(queue_.front());
            queue_.pop_front();
            waiting_.set(static_cast<double>(queue_.size()));
        }
        turn(run);
    }
}

void workers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

} // namespace tongban::materials
