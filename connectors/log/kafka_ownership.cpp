// A consumer group used for nothing but its sharing out of partitions: every assigned one is paused at its
// end, so no record is fetched, and nothing is committed. All callbacks of librdkafka run on this port's
// thread, inside its poll.
#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_group.hpp"
#include "connectors/log/partition_ownership.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How soon news from the group is noticed.
constexpr milliseconds poll_pause{50};
// For a coordinator that does not answer.
constexpr milliseconds leave_wait{6000};
constexpr milliseconds destroy_wait{2000};

class kafka_ownership final : public partition_ownership {
public:
    kafka_ownership(const kafka_settings& settings, const kafka_ownership_settings& ownership,
                    ownership_changed changed)
        : settings_(settings), ownership_(ownership), changed_(std::move(changed)),
          reason_("joining the group " + ownership.group), polled_(steady_clock::now()) {
        handle_ = make_client_handle(settings_, kafka_role::consumer, options(),
                                     [this](rd_kafka_conf_t* conf) { install(conf); });
        rd_kafka_poll_set_consumer(handle_.get());
        const kafka_partitions topics(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
        if (const rd_kafka_resp_err_t failure = rd_kafka_subscribe(handle_.get(), topics.get()))
            throw std::runtime_error("kafka group " + ownership_.group + ": " + kafka_error_text(failure));
        thread_ = std::thread([this] { run(); });
    }
    ~kafka_ownership() override { kafka_ownership::close(); }

    std::vector<std::uint32_t> owned() const override {
        const std::scoped_lock lock(mutex_);
        return fresh() ? std::vector<std::uint32_t>(owned_.begin(), owned_.end())
                       : std::vector<std::uint32_t>{};
    }
    bool owns(std::uint32_t partition) const override {
        const std::scoped_lock lock(mutex_);
        return fresh() && owned_.contains(partition);
    }
    ownership_health health() const override {
        const std::scoped_lock lock(mutex_);
        if (!fresh())
            return {false, "this process stood still for longer than the group waits"};
        return {reason_.empty(), reason_};
    }
    ownership_statistics statistics() const override {
        const std::scoped_lock lock(mutex_);
        ownership_statistics now = statistics_;
        now.owned = static_cast<std::uint32_t>(owned_.size());
        return now;
    }
    void close() override {
        const std::scoped_lock closing(close_mutex_);
        {
            const std::scoped_lock stopping(stop_mutex_);
            stop_ = true;
        }
        stopped_.notify_all();
        if (thread_.joinable())
            thread_.join();
    }

private:
    std::vector<std::pair<const char*, std::string>> options() const {
        const auto text = [](milliseconds value) { return std::to_string(value.count()); };
        return {{"group.id", ownership_.group},
                {"partition.assignment.strategy", "cooperative-sticky"},
                {"session.timeout.ms", text(ownership_.session_timeout)},
                {"heartbeat.interval.ms", text(std::max(ownership_.session_timeout / 6, milliseconds{1}))},
                // A member whose thread hangs loses its partitions as fast as one that died.
                {"max.poll.interval.ms", text(ownership_.session_timeout)},
                {"enable.auto.commit", "false"},
                {"auto.offset.reset", "latest"},
                {"topic.metadata.refresh.interval.ms", kafka_group_metadata_milliseconds},
                {"queued.max.messages.kbytes", "1024"},
                {"statistics.interval.ms", text(ownership_.refresh_interval)}};
    }

    void install(rd_kafka_conf_t* conf) {
        rd_kafka_conf_set_opaque(conf, this);
        rd_kafka_conf_set_rebalance_cb(
            conf, [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                     void* self) { static_cast<kafka_ownership*>(self)->on_rebalance(code, partitions); });
        rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t*, int code, const char* text, void* self) {
            static_cast<kafka_ownership*>(self)->on_error(kafka_error_text(code) + ": " + text);
        });
        rd_kafka_conf_set_stats_cb(conf, [](rd_kafka_t*, char* json, std::size_t size, void* self) {
            static_cast<kafka_ownership*>(self)->on_statistics({json, size});
            return 0;
        });
        rd_kafka_conf_set_log_cb(
            conf, [](const rd_kafka_t* handle, int level, const char* facility, const char* text) {
                static_cast<kafka_ownership*>(rd_kafka_opaque(handle))->on_log(level, facility, text);
            });
    }

    void run() {
        std::unique_lock stopping(stop_mutex_);
        while (!stop_) {
            stopping.unlock();
            // Without waiting: librdkafka takes a thread that waits in here for a live one, even when it
            // hangs in a callback of ours.
            while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_.get(), 0)) {
                if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                    on_error(kafka_error_text(message->err) + ": " + rd_kafka_message_errstr(message));
                rd_kafka_message_destroy(message);
            }
            polled_ = steady_clock::now();
            stopping.lock();
            stopped_.wait_for(stopping, poll_pause, [&] { return stop_; });
        }
        stopping.unlock();
        leaving_ = true;
        lose({}, true, false);
        {
            const std::scoped_lock lock(mutex_);
            reason_ = "closed";
        }
        leave();
    }

    // librdkafka 2.0.2 aborts the process when a member goes between joining and its first assignment; fixed
    // in 2.3. So that is waited for, and if it never comes, the handle is left to the process's end.
    void leave() {
        const auto until = steady_clock::now() + leave_wait;
        while (!assigned_once_ && has_joined()) {
            if (steady_clock::now() > until) {
                static_cast<void>(handle_.release());
                return;
            }
            while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle_.get(), 0))
                rd_kafka_message_destroy(message);
            std::this_thread::sleep_for(milliseconds{5});
        }
        leave_group(handle_.get(), membership_, leave_wait);
        destroy_apart(std::move(handle_), destroy_wait);
    }

    bool has_joined() const {
        char* id = rd_kafka_memberid(handle_.get());
        const bool joined = id != nullptr && *id != 0;
        if (id != nullptr)
            rd_kafka_mem_free(handle_.get(), id);
        return joined;
    }

    void on_rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions) {
        polled_ = steady_clock::now();
        assigned_once_ = true;
        {
            const std::scoped_lock lock(mutex_);
            ++statistics_.rebalances;
        }
        if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
            return assign(partitions);
        const bool all = code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS;
        lose(numbers(partitions), all, rd_kafka_assignment_lost(handle_.get()) != 0);
        if (membership_ == membership::closing)
            return;
        if (all)
            rd_kafka_assign(handle_.get(), nullptr);
        else
            report(rd_kafka_incremental_unassign(handle_.get(), partitions));
    }

    void assign(rd_kafka_topic_partition_list_t* partitions) {
        for (int i = 0; i < partitions->cnt; ++i)
            partitions->elems[i].offset = RD_KAFKA_OFFSET_END;
        if (rd_kafka_error_t* failure = rd_kafka_incremental_assign(handle_.get(), partitions)) {
            report(failure);
            return;
        }
        rd_kafka_pause_partitions(handle_.get(), partitions);
        if (leaving_)
            return;
        std::vector<std::uint32_t> gained = numbers(partitions);
        {
            const std::scoped_lock lock(mutex_);
            std::erase_if(gained, [&](std::uint32_t p) { return !owned_.insert(p).second; });
            statistics_.gained += gained.size();
            reason_.clear();
        }
        if (changed_ && !gained.empty())
            changed_(gained, {});
    }

    // Those of `partitions` that are owned, or all: out of the set, then told.
    void lose(std::vector<std::uint32_t> partitions, bool all, bool abrupt) {
        {
            const std::scoped_lock lock(mutex_);
            if (all)
                partitions.assign(owned_.begin(), owned_.end());
            std::erase_if(partitions, [&](std::uint32_t p) { return owned_.erase(p) == 0; });
            statistics_.lost += partitions.size();
            if (abrupt) {
                statistics_.lost_abrupt += partitions.size();
                reason_ = "no contact with the group " + ownership_.group + ", its partitions are given up";
            }
        }
        if (changed_ && !partitions.empty())
            changed_({}, partitions);
    }

    static std::vector<std::uint32_t> numbers(const rd_kafka_topic_partition_list_t* partitions) {
        std::vector<std::uint32_t> numbers;
        for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i)
            numbers.push_back(static_cast<std::uint32_t>(partitions->elems[i].partition));
        std::sort(numbers.begin(), numbers.end());
        return numbers;
    }

    void report(rd_kafka_error_t* failure) {
        if (failure == nullptr)
            return;
        on_error(rd_kafka_error_string(failure));
        rd_kafka_error_destroy(failure);
    }

    void on_error(const std::string& text) {
        if (settings_.diagnostics)
            settings_.diagnostics(4, "ownership: " + text);
        const std::scoped_lock lock(mutex_);
        ++statistics_.errors;
        last_error_ = text;
        if (!reason_.empty() && !leaving_)
            reason_ = "group " + ownership_.group + " on " + settings_.topic + ": " + text;
    }

    void on_statistics(std::string_view json) {
        const std::optional<kafka_group_state> state = read_group_state(json);
        const std::scoped_lock lock(mutex_);
        if (!state || leaving_)
            return;
        if (state->settled()) {
            last_error_.clear();
            reason_.clear();
        } else if (reason_.empty() || last_error_.empty()) {
            reason_ = "joining the group " + ownership_.group + " on " + settings_.topic + ": " +
                      (last_error_.empty() ? state->text() : last_error_);
        }
    }

    void on_log(int level, const char* facility, const char* text) {
        if (settings_.diagnostics)
            settings_.diagnostics(level, std::string("ownership ") + facility + ": " + text);
    }

    // A process that stood still has been given up by the group before its thread learns of it.
    bool fresh() const { return steady_clock::now() - polled_.load() < ownership_.session_timeout; }

    const kafka_settings settings_;
    const kafka_ownership_settings ownership_;
    const ownership_changed changed_;
    mutable std::mutex mutex_;
    std::set<std::uint32_t> owned_;
    ownership_statistics statistics_;
    std::string reason_;         // empty: ready
    std::string last_error_;     // since the group was last settled
    bool leaving_ = false;       // the thread's own, as the next two
    membership membership_ = membership::member;
    bool assigned_once_ = false; // the group has shared out to this member, perhaps nothing
    std::atomic<steady_clock::time_point> polled_;
    std::mutex stop_mutex_;
    std::condition_variable stopped_;
    bool stop_ = false;
    kafka_handle handle_; // the thread's own, once it runs
    std::mutex close_mutex_;
    std::thread thread_;
};

} // namespace

std::unique_ptr<partition_ownership> open_kafka_ownership(const kafka_settings& settings,
                                                          const kafka_ownership_settings& ownership,
                                                          ownership_changed changed) {
    check_settings(settings);
    return std::make_unique<kafka_ownership>(settings, ownership, std::move(changed));
}

} // namespace tongban::log
