// Replicas that share a ledger and deliver into topics of a real broker, and a reader that sees what is committed.
#pragma once

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/delivery/topic_runner.hpp"
#include "tests/contract/kafka_ports/topics_in_test.hpp"
#include "tests/kafka/ledger_on_kafka.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tongban::delivery::testing {

using ledger::story::case_name;

// A replica's way to the ledger: on demand no fact about a delivery gets there, or it reads nothing new.
class own_way_to_log final : public log::event_log {
public:
    explicit own_way_to_log(log::memory_log& log) : log_(log) {}
    void append(std::string_view key, std::string value, log::append_done done) override;
    boost::system::result<std::unique_ptr<log::log_reader>> read(std::vector<std::uint64_t> next) override;
    boost::system::result<std::vector<std::uint64_t>> end(std::chrono::milliseconds wait) override {
        return log_.end(wait);
    }
    std::uint32_t partition_count() const override { return log_.partition_count(); }
    std::string identity() const override { return log_.identity(); }
    log::log_health health() const override { return log_.health(); }
    void close(std::chrono::milliseconds) override {} // the other replica's too

    std::atomic<bool> is_cut{false};
    std::atomic<bool> is_blind{false};
    std::atomic<int> refused{0};

private:
    log::memory_log& log_;
};

// A gateway: its view of the ledger, and a runner that owns every partition.
struct replica {
    replica(log::memory_log& shared, const security::live<security::partner_directory>& partners,
            const security::live<dialects::dialect_set>& dialects, const delivery_settings& settings,
            const topic_settings& topics);
    ~replica();
    void own_all();
    void lose_all();
    bool counts(const std::string& line) { return ledger.metric_is(line); }
    double transactions(const std::string& outcome);

    own_way_to_log log;
    store::memory_view_store rows;
    ledger::story::running_ledger ledger;
    std::unique_ptr<topic_runner> runner;
};

class TopicWorld : public ::testing::Test {
protected:
    TopicWorld();
    ~TopicWorld() override;

    // A region that no other test uses, whose partner reads a topic.
    std::string new_region(bool with_topic = true, const std::string& dialect = "canonical",
                           const std::map<std::string, std::string>& values = {});
    void configure(); // all regions so far
    replica& start();

    void tell(replica& by, v1::LedgerRecord record);
    // From `origin` to `dest`; event of the case that `dest` has to learn.
    std::vector<case_name> submit(replica& by, int count, const std::string& prefix, std::string_view applicant = "张三");
    // What `dest` answers, which `origin` has to learn.
    void work_on(replica& by, const std::vector<case_name>& cases);

    std::vector<kafka::plain_record> seen_by(const std::string& region) const;
    static std::string header(const kafka::plain_record& record, const std::string& name);
    std::vector<v1::EventDelivery> standing(replica& at, const case_name& of, const std::string& region);
    bool all_acknowledged(replica& at, const std::vector<case_name>& cases);
    // Every delivery of the cases is acknowledged, and a reader of its region's topic saw it once, in its case's order.
    void expect_each_once(replica& at, const std::vector<case_name>& cases);

    const std::string cluster = "faults";
    kafka::administrator admin;
    log::memory_log log;
    security::live<security::partner_directory> partners;
    security::live<dialects::dialect_set> dialects;
    delivery_settings settings;
    topic_settings topics;
    std::map<std::string, std::string> regions; // → dialect
    std::string origin, dest;
    std::list<replica> replicas;
};

} // namespace tongban::delivery::testing
