// The topic source on librdkafka's group consumer. Messages come in a queue of their own, so that the
// membership can be served without taking any. All callbacks run inside next() and close(), on the caller's
// thread.
#pragma once

#include "connectors/log/kafka_config.hpp"
#include "connectors/log/kafka_errors.hpp"
#include "connectors/log/kafka_group.hpp"
#include "connectors/log/source_turns.hpp"
#include "connectors/log/topic_source.hpp"

#include <atomic>
#include <mutex>
#include <set>

struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace tongban::log {

class kafka_source final : public topic_source {
public:
    kafka_source(const kafka_settings& settings, const topic_source_settings& source);
    ~kafka_source() override { kafka_source::close(); }

    std::span<const source_message> next(std::chrono::milliseconds wait, std::size_t max_messages) override;
    void wake() override;
    void done(std::span<const source_position> positions) override;
    void pause(const source_position& in) override { want_pause(in, true); }
    void resume(const source_position& in) override { want_pause(in, false); }
    source_health health() const override;
    source_statistics statistics() const override;
    void close() override;

private:
    using place = source_turns::place;

    std::vector<std::pair<const char*, std::string>> options() const;
    void install(rd_kafka_conf_s* conf);
    void serve();
    bool take(rd_kafka_message_s* message);
    void pass_over(const rd_kafka_message_s& message);
    void on_rebalance(kafka_code code, rd_kafka_topic_partition_list_s* partitions);
    void begin_turns(rd_kafka_topic_partition_list_s* partitions);
    void end_turns(rd_kafka_topic_partition_list_s* partitions);
    void commit_at_once(const rd_kafka_topic_partition_list_s* partitions);
    void commit_what_is_done();
    void note_commit(kafka_code code, const rd_kafka_topic_partition_list_s* partitions);
    void on_commit(kafka_code code, const rd_kafka_topic_partition_list_s* partitions);
    void want_pause(const source_position& in, bool paused);
    void apply_pauses();
    void find_missing_topics();
    void try_denied_topics();
    void ask_ends_of_paused();
    void on_message_error(const rd_kafka_message_s& message);
    void on_error(const std::string& text);
    void on_statistics(std::string_view json);
    void on_log(int level, std::string_view text) const {
        if (settings_.diagnostics)
            settings_.diagnostics(level, "source " + std::string(text));
    }
    void release();

    const kafka_settings settings_;
    const topic_source_settings source_;
    const std::set<std::string, std::less<>> names_; // what positions' topics point to
    mutable std::mutex mutex_;                       // turns_ to wishes_
    source_turns turns_;
    source_statistics statistics_;
    std::map<std::string, std::string> missing_; // topic → why it is not read
    std::map<std::string, std::chrono::steady_clock::time_point> denied_; // topic → when a fetch was last refused
    std::string not_settled_;                    // why the membership is not; empty when it is
    std::string last_error_;                     // since it was last settled
    std::map<place, kafka_partition_ends> ends_; // as last told
    std::map<place, bool> wishes_;               // pauses and resumes to come
    std::string commit_error_;                   // of the last commit
    // The rest is next()'s own.
    bool commit_under_way_ = false;
    std::chrono::steady_clock::time_point commit_due_{};
    std::chrono::steady_clock::time_point refresh_due_{};
    std::vector<rd_kafka_message_s*> held_;
    std::vector<source_message> given_;
    std::vector<message_header> headers_;
    std::vector<std::size_t> header_counts_;
    std::size_t given_bytes_ = 0;
    std::atomic<bool> woken_{false};
    bool closed_ = false;
    membership membership_ = membership::member;
    kafka_handle handle_;
    kafka_queue_handle messages_; // before handle_ goes
};

} // namespace tongban::log
