// Threads: one for each partition that was ever owned, waiting while it is not; one that checks topics. On the executor
// one coroutine per region waits for changes of the ledger and wakes them.
#include "gateway/delivery/topic_runner.hpp"

#include "gateway/delivery/owned_partitions.hpp"
#include "gateway/delivery/topic_partition.hpp"
#include "gateway/delivery/work_count.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

// Watchers look up this often whether they are still wanted.
constexpr std::chrono::milliseconds watch_most{500};

topic_targets targets_of(const security::partner_directory& partners, const dialects::dialect_set& dialects) {
    topic_targets targets;
    for (const auto& partner : partners.partners()) {
        if (!partner->delivery || partner->delivery->transport != security::delivery_transport::kafka) {
            continue;
        }
        for (const auto& region : partner->regions) {
            if (partners.receiver_of(region) != partner) {
                continue;
            }
            topic_target target{region, log::deliveries_topic(region), partner->id, partner->delivery->dialect, {}};
            if (!target.dialect_name.empty()) {
                target.dialect = dialects.find(target.dialect_name);
            }
            if (!target.is_usable()) {
                monitoring::log(monitoring::severity::error, "topic_target_unusable",
                                {{"partner", partner->id},
                                 {"reason", "dialect " + target.dialect_name + " is not loaded"}});
            }
            targets.push_back(std::move(target));
        }
    }
    return targets;
}

std::vector<std::string> publishing_regions(const security::partner_directory& partners) {
    std::vector<std::string> regions;
    for (const auto& partner : partners.partners()) {
        if (partner->intake_topic) {
            regions.insert(regions.end(), partner->regions.begin(), partner->regions.end());
        }
    }
    return regions;
}

} // namespace

class topic_runner::state : public std::enable_shared_from_this<topic_runner::state> {
public:
    state(const delivery_parts& parts, const topic_settings& settings, asio::any_io_executor executor,
          monitoring::registry& metrics)
        : parts_(parts), settings_(settings), executor_(std::move(executor)), metrics_(metrics), standing_(metrics_),
          owned_(parts.ledger.partition_count()) {}

    void own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost);
    void reload();
    topic_health health() const;
    void stop();

private:
    static asio::awaitable<void> watch(work_count::token token, std::shared_ptr<state> self, std::string region);
    void work(std::uint32_t partition);
    void check();
    bool check_topics_once(const topic_targets& targets, const std::vector<std::string>& publishing);
    bool is_watched(const std::string& region);
    void wake();
    // What there was to know when a turn began.
    struct version {
        std::uint64_t ledger = 0;
        std::uint64_t own = 0; // ownership, partners, stop
    };
    // Waits for a change after `seen`, at most for `pause`.
    void wait_change(version seen, std::chrono::milliseconds pause, bool is_woken);

    const delivery_parts parts_;
    const topic_settings settings_;
    const asio::any_io_executor executor_;
    const topic_metrics metrics_;
    topic_standing standing_;
    owned_partitions owned_;
    work_count work_; // coroutines

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    version version_;
    std::map<std::uint32_t, std::thread> threads_;
    std::set<std::string> watched_; // regions with a coroutine
    std::thread checker_;
    std::vector<std::string> publishing_; // regions whose platforms write a topic: checked here with the others
    bool is_check_wanted_ = false;
    bool is_stopped_ = false;
};

void topic_runner::state::own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
        return;
    }
    owned_.change(gained, lost);
    for (const auto partition : gained) {
        auto& thread = threads_[partition];
        if (!thread.joinable()) {
            thread = std::thread([this, partition] { work(partition); });
        }
    }
    ++version_.own;
    changed_.notify_all();
}

void topic_runner::state::reload() {
    const auto partners = parts_.partners.get();
    const auto targets = std::make_shared<const topic_targets>(targets_of(*partners, *parts_.dialects.get()));
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
        return;
    }
    standing_.set_targets(targets);
    for (const auto& target : *targets) {
        if (watched_.insert(target.region).second) {
            asio::co_spawn(executor_, watch(work_count::token(work_), shared_from_this(), target.region),
                           asio::detached);
        }
    }
    for (const auto& region : publishing_) {
        standing_.set_fault(log::intake_topic(region), "");
        standing_.set_fault(log::intake_rejected_topic(region), "");
    }
    publishing_ = publishing_regions(*partners);
    is_check_wanted_ = !targets->empty() || !publishing_.empty();
    if (is_check_wanted_ && !checker_.joinable()) {
        checker_ = std::thread([this] { check(); });
    }
    ++version_.own;
    changed_.notify_all();
}

bool topic_runner::state::is_watched(const std::string& region) {
    const std::lock_guard lock(mutex_);
    const auto targets = standing_.targets();
    const bool is_wanted = !is_stopped_ && std::any_of(targets->begin(), targets->end(), [&](const auto& each) {
        return each.region == region;
    });
    if (!is_wanted) {
        watched_.erase(region);
    }
    return is_wanted;
}

asio::awaitable<void> topic_runner::state::watch(work_count::token, std::shared_ptr<state> self, std::string region) {
    auto& ledger = self->parts_.ledger;
    asio::steady_timer gathering(co_await asio::this_coro::executor);
    auto seen = ledger.deliveries_version(region);
    while (self->is_watched(region)) {
        const auto until = std::chrono::steady_clock::now() + watch_most;
        const auto changed = co_await ledger.deliveries_changed(region, until, seen);
        if (changed && !*changed) {
            continue;
        }
        // Where too many wait it is looked at when the time is over.
        gathering.expires_at(changed ? std::chrono::steady_clock::now() + self->settings_.gather : until);
        (void)co_await gathering.async_wait(asio::as_tuple(asio::use_awaitable));
        seen = ledger.deliveries_version(region);
        self->wake();
    }
}

void topic_runner::state::wake() {
    const std::lock_guard lock(mutex_);
    ++version_.ledger;
    changed_.notify_all();
}

void topic_runner::state::wait_change(version seen, std::chrono::milliseconds pause, bool is_woken) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [&] {
        return is_stopped_ || version_.own != seen.own || (is_woken && version_.ledger != seen.ledger);
    });
}

void topic_runner::state::work(std::uint32_t partition) {
    topic_partition deliveries(parts_, settings_, standing_, metrics_, executor_, partition,
                               [this, partition] { return owned_.owns(partition); });
    while (true) {
        version seen;
        {
            std::unique_lock lock(mutex_);
            if (!is_stopped_ && !owned_.owns(partition)) {
                lock.unlock();
                deliveries.leave();
                lock.lock();
                changed_.wait(lock, [&] { return is_stopped_ || owned_.owns(partition); });
            }
            if (is_stopped_) {
                return;
            }
            seen = version_;
        }
        const auto rest = deliveries.turn();
        if (rest.pause.count() > 0) {
            wait_change(seen, rest.pause, rest.is_woken);
        }
    }
}

void topic_runner::state::check() {
    std::unique_lock lock(mutex_);
    while (!is_stopped_) {
        if (!is_check_wanted_) {
            changed_.wait(lock, [&] { return is_stopped_ || is_check_wanted_; });
            continue;
        }
        is_check_wanted_ = false;
        const auto targets = standing_.targets();
        const auto publishing = publishing_;
        lock.unlock();
        const bool is_fine = check_topics_once(*targets, publishing);
        lock.lock();
        if (!is_fine) {
            changed_.wait_for(lock, settings_.check_interval, [&] { return is_stopped_ || is_check_wanted_; });
            is_check_wanted_ = true;
        }
    }
}

// False when something has to be looked at again.
bool topic_runner::state::check_topics_once(const topic_targets& targets, const std::vector<std::string>& publishing) {
    std::vector<std::string> regions;
    for (const auto& target : targets) {
        regions.push_back(target.region);
    }
    auto plans = log::plan_region_topics(settings_.kafka, settings_.region_topics, publishing, regions);
    for (auto& plan : plans) {
        if (plan.name == log::delivery_progress_topic) {
            plan.name = settings_.transactions.progress_topic;
        }
    }
    std::vector<log::topic_finding> found;
    try {
        found = log::check_topics(settings_.kafka, plans, settings_.kafka.create_topic, settings_.check_wait);
        found.push_back({"brokers", log::topic_state::fit, {}});
    } catch (const std::runtime_error& error) {
        found.push_back({"brokers", log::topic_state::unreachable, error.what()});
    }
    bool is_fine = true;
    for (const auto& each : found) {
        const bool is_fit = each.state == log::topic_state::fit || each.state == log::topic_state::created;
        is_fine = is_fine && is_fit;
        if (standing_.set_fault(each.name, is_fit ? "" : each.name + ": " + each.text) && !is_fit) {
            monitoring::log(monitoring::severity::error, "topic_not_fit", {{"topic", each.name}, {"reason", each.text}});
        }
        if (each.state == log::topic_state::missing || each.state == log::topic_state::denied) {
            standing_.set_closed(each.name, each.state == log::topic_state::missing ? "topic_missing" : "topic_denied");
        }
    }
    return is_fine;
}

topic_health topic_runner::state::health() const {
    topic_health health;
    for (const auto& [about, text] : standing_.faults()) {
        health.ready = false;
        health.reason += (health.reason.empty() ? "" : "; ") + text;
    }
    return health;
}

void topic_runner::state::stop() {
    std::map<std::uint32_t, std::thread> threads;
    std::thread checker;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(is_stopped_, true)) {
            return;
        }
        std::vector<std::uint32_t> every(owned_.count());
        for (std::uint32_t i = 0; i < every.size(); ++i) {
            every[i] = i;
        }
        owned_.change({}, every);
        threads.swap(threads_);
        checker.swap(checker_);
        changed_.notify_all();
    }
    for (auto& [partition, thread] : threads) {
        thread.join();
    }
    if (checker.joinable()) {
        checker.join();
    }
    if (!work_.wait_ended(2 * watch_most + settings_.gather)) {
        monitoring::log(monitoring::severity::error, "topic_stop_gave_up", {});
    }
}

topic_runner::topic_runner(const delivery_parts& parts, const topic_settings& settings,
                           const asio::any_io_executor& executor, monitoring::registry& metrics)
    : state_(std::make_shared<state>(parts, settings, executor, metrics)) {
    state_->reload();
}

topic_runner::~topic_runner() {
    stop();
}

void topic_runner::own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    state_->own(gained, lost);
}

void topic_runner::reload() {
    state_->reload();
}

topic_health topic_runner::health() const {
    return state_->health();
}

void topic_runner::stop() {
    state_->stop();
}

} // namespace tongban::delivery
