#include "gateway/materials/scanning.hpp"

#include <atomic>

namespace tongban::materials {

namespace asio = boost::asio;
using objects::scan_verdict;

namespace {

// What is known of one scan on both sides of the workers' queue.
struct asked {
    std::atomic<bool> given_up{false}; // nobody waits for it any more
    scan_verdict verdict = scan_verdict::unavailable;
};

void ask(room& in, const upload& staged, const std::string& name, asked& about) {
    about.verdict = in.parts.scanner->scan(staged.file());
    // Of a file that was taken away meanwhile nothing is known.
    std::error_code ignored;
    if (about.given_up && about.verdict != scan_verdict::unavailable && std::filesystem::exists(staged.file(), ignored)) {
        in.late_verdicts.remember(name, about.verdict);
    }
    in.metrics.count_scan(about.verdict);
}

asio::awaitable<void> remove(std::shared_ptr<room> in, std::shared_ptr<upload> staged) {
    const bool ran = co_await in->disk.run([&] { in->arrivals.remove(staged); });
    static_cast<void>(ran); // else the sweep removes it
}

asio::awaitable<scan_verdict> scan_and(std::shared_ptr<room> in, std::shared_ptr<upload> staged, std::string name,
                                       workers::time_point until, bool is_removed) {
    if (const auto known = in->late_verdicts.take(name)) {
        if (is_removed) {
            co_await remove(in, staged);
        }
        co_return *known;
    }
    const auto about = std::make_shared<asked>();
    std::function<void()> job = [in, staged, name, about, is_removed] {
        ask(*in, *staged, name, *about);
        if (is_removed) {
            in->arrivals.remove(staged);
        }
    };
    const auto ended = co_await in->scans.run_until(until, staged->partner(), std::move(job));
    if (ended == workers::end::done) {
        co_return about->verdict;
    }
    about->given_up = true;
    in->metrics.count_scan(scan_verdict::unavailable);
    if (is_removed && ended != workers::end::late) {
        co_await remove(in, staged);
    }
    co_return scan_verdict::unavailable;
}

} // namespace

asio::awaitable<scan_verdict> scan(std::shared_ptr<room> in, std::shared_ptr<upload> staged, std::string name,
                                   workers::time_point until) {
    return scan_and(std::move(in), std::move(staged), std::move(name), until, false);
}

asio::awaitable<scan_verdict> scan_beside(std::shared_ptr<room> in, std::shared_ptr<upload> staged, std::string name,
                                          workers::time_point until) {
    return scan_and(std::move(in), std::move(staged), std::move(name), until, true);
}

} // namespace tongban::materials
