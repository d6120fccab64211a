// One mutex, taken once per append, once per batch and once per sweep.
#include "gateway/ledger/waiting.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>

namespace tongban::ledger {

namespace {

// Deadlines are kept to this: a sweep looks at everything that waits.
constexpr std::chrono::milliseconds sweep_apart{50};

std::uint64_t random_start() {
    std::random_device device;
    return static_cast<std::uint64_t>(device()) << 32 | device();
}

} // namespace

void resumptions::add(resume_handler&& handler) {
    const asio::any_io_executor executor = asio::get_associated_executor(handler);
    auto same = std::find_if(groups_.begin(), groups_.end(),
                             [&](const auto& each) { return each.executor == executor; });
    if (same == groups_.end()) {
        same = groups_.insert(groups_.end(), {executor, {}});
    }
    same->handlers.push_back(std::move(handler));
    ++size_;
}

void resumptions::post() {
    for (auto& each : groups_) {
        asio::post(each.executor, [handlers = std::move(each.handlers)]() mutable {
            for (auto& handler : handlers) {
                std::move(handler)();
            }
        });
    }
    groups_.clear();
    size_ = 0;
}

waiting::waiting(std::size_t max, const counters& count)
    : max_(max), first_attempt_(random_start()), next_attempt_(first_attempt_), count_(count) {}

waiting::~waiting() {
    close();
    if (deadlines_.joinable()) {
        deadlines_.join();
    }
}

void waiting::start() {
    deadlines_ = std::thread([this] { watch_deadlines(); });
}

waiting::time_point waiting::turn() {
    const auto now = std::chrono::steady_clock::now();
    resumptions due;
    std::unique_lock lock(mutex_);
    if (now >= next_sweep_) {
        sweep(now, due);
    }
    const auto next = next_sweep_;
    lock.unlock();
    due.post();
    return next;
}

bool waiting::add_append(std::uint64_t attempt_id, resume_handler&& handler, outcome& out,
                         time_point deadline) {
    const auto now = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock(mutex_);
        std::optional<log::errc> refusal = refusal_;
        if (closed_) {
            refusal = log::errc::closed;
        } else if (!refusal && appends_.size() >= max_) {
            count_.full.add();
            refusal = log::errc::backlog_full;
        }
        if (!refusal) {
            appends_.try_emplace(attempt_id, append_waiter{std::move(handler), &out, deadline, now});
            expect(deadline);
            return true;
        }
        out = make_error_code(*refusal);
    }
    resumptions refused;
    refused.add(std::move(handler));
    refused.post();
    return false;
}

void waiting::fail_append(std::uint64_t attempt_id, boost::system::error_code error) {
    resumptions failed;
    {
        const std::lock_guard lock(mutex_);
        auto node = appends_.extract(attempt_id);
        if (node.empty()) {
            return;
        }
        *node.mapped().out = error;
        failed.add(std::move(node.mapped().handler));
    }
    failed.post();
}

void waiting::answer(std::vector<attempt_result>& results, const monitoring::histogram& waited_seconds) {
    if (results.empty()) {
        return;
    }
    resumptions answered;
    std::vector<time_point> since;
    {
        const std::lock_guard lock(mutex_);
        for (auto& result : results) {
            auto node = appends_.extract(result.attempt_id);
            if (node.empty()) {
                continue; // its deadline passed, or the log said it failed and stored it all the same
            }
            *node.mapped().out = std::move(result.value);
            since.push_back(node.mapped().since);
            answered.add(std::move(node.mapped().handler));
        }
    }
    answered.post();
    const auto now = std::chrono::steady_clock::now();
    for (const auto begun : since) {
        waited_seconds.observe(std::chrono::duration<double>(now - begun).count());
    }
}

void waiting::add_catch_up(resume_handler&& handler, boost::system::error_code& out, time_point deadline) {
    {
        const std::lock_guard lock(mutex_);
        if (!closed_ && catch_ups_.size() < max_) {
            catch_ups_.push_back(catch_up_waiter{std::move(handler), &out, deadline, 0, {}});
            expect(deadline);
            return;
        }
        out = no_place();
    }
    resumptions refused;
    refused.add(std::move(handler));
    refused.post();
}

boost::system::error_code waiting::no_place() {
    if (!closed_) {
        count_.full.add();
    }
    return make_error_code(closed_ ? log::errc::closed : log::errc::backlog_full);
}

std::uint64_t waiting::take_unasked() {
    const std::lock_guard lock(mutex_);
    ++asks_;
    for (auto& each : catch_ups_) {
        if (each.asked == 0) {
            each.asked = asks_;
        }
    }
    return asks_;
}

void waiting::end_catch_ups(resumptions& ended, const std::function<bool(catch_up_waiter&)>& done) {
    for (auto each = catch_ups_.begin(); each != catch_ups_.end();) {
        if (done(*each)) {
            ended.add(std::move(each->handler));
            each = catch_ups_.erase(each);
        } else {
            ++each;
        }
    }
}

void waiting::place_catch_ups(std::uint64_t taken, const std::vector<std::uint64_t>& end) {
    resumptions there;
    {
        const std::lock_guard lock(mutex_);
        end_catch_ups(there, [&](catch_up_waiter& each) {
            if (each.asked != taken) {
                return false;
            }
            each.target = end;
            return is_reached(each.target, next_offsets_);
        });
    }
    there.post();
}

void waiting::fail_catch_ups(std::uint64_t taken, boost::system::error_code error) {
    resumptions failed;
    {
        const std::lock_guard lock(mutex_);
        end_catch_ups(failed, [&](catch_up_waiter& each) {
            if (each.asked == taken) {
                *each.out = error;
            }
            return each.asked == taken;
        });
    }
    failed.post();
}

bool waiting::is_reached(const std::vector<std::uint64_t>& target, const std::vector<std::uint64_t>& next) {
    return target.size() == next.size() && std::equal(target.begin(), target.end(), next.begin(),
                                                      [](auto want, auto have) { return have >= want; });
}

void waiting::reached(const std::vector<std::uint64_t>& next_offsets) {
    resumptions there;
    {
        const std::lock_guard lock(mutex_);
        next_offsets_ = next_offsets;
        end_catch_ups(there, [&](const catch_up_waiter& each) {
            return !each.target.empty() && is_reached(each.target, next_offsets_);
        });
    }
    there.post();
}

void waiting::add_inbox(resume_handler&& handler, change& out, const std::string& region, time_point deadline,
                        const std::function<bool()>& unchanged) {
    {
        const std::lock_guard lock(mutex_);
        if (!unchanged()) {
            out = true;
        } else if (!closed_ && inboxes_.size() < max_) {
            inboxes_.emplace(region, inbox_waiter{std::move(handler), &out, deadline});
            expect(deadline);
            return;
        } else {
            out = change(boost::system::in_place_error, no_place());
        }
    }
    resumptions at_once;
    at_once.add(std::move(handler));
    at_once.post();
}

void waiting::answer_inboxes(const std::vector<std::string>& regions) {
    if (regions.empty()) {
        return;
    }
    resumptions changed;
    {
        const std::lock_guard lock(mutex_);
        if (inboxes_.empty()) {
            return;
        }
        for (const auto& region : regions) {
            const auto [from, until] = inboxes_.equal_range(region);
            for (auto each = from; each != until; ++each) {
                *each->second.out = true;
                changed.add(std::move(each->second.handler));
            }
            inboxes_.erase(from, until);
        }
    }
    changed.post();
}

void waiting::refuse(std::optional<log::errc> why) {
    const std::lock_guard lock(mutex_);
    refusal_ = why;
}

void waiting::close() {
    resumptions ended;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        sweep(time_point::max(), ended);
        earlier_.notify_all();
    }
    ended.post();
}

waiting::counts waiting::size() const {
    const std::lock_guard lock(mutex_);
    return {appends_.size(), catch_ups_.size(), inboxes_.size()};
}

void waiting::expect(time_point deadline) {
    if (deadline < next_sweep_) {
        next_sweep_ = deadline;
        earlier_.notify_all();
    }
}

void waiting::watch_deadlines() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        const auto now = std::chrono::steady_clock::now();
        if (next_sweep_ == time_point::max()) {
            earlier_.wait(lock);
            continue;
        }
        if (now < next_sweep_) {
            earlier_.wait_until(lock, next_sweep_);
            continue;
        }
        resumptions due;
        sweep(now, due);
        if (due.size() > 0) {
            lock.unlock();
            due.post();
            lock.lock();
        }
    }
}

void waiting::sweep(time_point now, resumptions& due) {
    auto next = time_point::max();
    std::size_t expired = 0;
    for (auto each = appends_.begin(); each != appends_.end();) {
        if (each->second.deadline > now) {
            next = std::min(next, each->second.deadline);
            ++each;
            continue;
        }
        *each->second.out = make_error_code(log::errc::outcome_unknown);
        due.add(std::move(each->second.handler));
        each = appends_.erase(each);
        ++expired;
    }
    end_catch_ups(due, [&](catch_up_waiter& each) {
        if (each.deadline > now) {
            next = std::min(next, each.deadline);
            return false;
        }
        *each.out = make_error_code(closed_ ? log::errc::closed : log::errc::unavailable);
        return true;
    });
    for (auto each = inboxes_.begin(); each != inboxes_.end();) {
        if (each->second.deadline > now) {
            next = std::min(next, each->second.deadline);
            ++each;
            continue;
        }
        *each->second.out = closed_ ? change(boost::system::in_place_error, log::errc::closed) : change(false);
        due.add(std::move(each->second.handler));
        each = inboxes_.erase(each);
    }
    count_.expired.add(static_cast<double>(expired));
    // Deadlines that lie close together are swept together; none waits longer than that beyond its own.
    next_sweep_ = next == time_point::max() ? next : std::max(next, now + sweep_apart);
}

} // namespace tongban::ledger
