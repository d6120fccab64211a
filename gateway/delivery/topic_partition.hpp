// Exactly once from one partition of the ledger into the regions' topics (tests/model/topic.pml is the proof). Whoever
// takes the partition over fences the one before, then reads what its last transaction delivered, then brings the view
// up to the log's end, and tells the ledger what it does not know, before it delivers anything. One transaction at a
// time; the next only when the ledger knows what became of the last.
#pragma once

#include "gateway/delivery/report.hpp"
#include "gateway/delivery/topic_settings.hpp"
#include "gateway/delivery/topic_standing.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace tongban::delivery {

// Used by one thread; every function blocks.
class topic_partition {
public:
    // References outlive it. `owns`: whether this replica still acts for the partition.
    topic_partition(const delivery_parts& parts, const topic_settings& settings, topic_standing& standing,
                    const topic_metrics& metrics, boost::asio::any_io_executor executor, std::uint32_t partition,
                    std::function<bool()> owns);
    ~topic_partition();

    // What to do before the next turn.
    struct rest {
        std::chrono::milliseconds pause{0};
        bool is_woken = false; // by changes of the ledger, before the pause is over
    };
    // One step: takes over, or tells the ledger, or delivers what is due in one transaction.
    rest turn();
    // Lets go of the partition; the next turn takes it over again.
    void leave();

private:
    using clock = std::chrono::steady_clock;
    struct batch {
        std::vector<topic_message> messages;
        std::vector<std::string> regions; // of the messages
        std::vector<v1::DeliveryFact> facts; // of what cannot be delivered at all
        std::size_t bytes = 0;
        bool is_trial = false;  // of one region that refused before
        bool is_full = false;
        bool is_blind = false;  // the view did not answer
        std::int64_t next_ms = 0;
    };
    // A region whose topic refused.
    struct refusal {
        std::string code;
        clock::time_point not_before;
    };

    rest open();
    rest settle();
    rest deliver(batch& due);
    rest on_abort(const log::delivery_result& result, const batch& due);
    rest refused(const batch& due, const std::string& region, std::string_view code, const std::string& text);
    rest look_again_after(std::chrono::milliseconds pause);
    rest back_off();
    batch collect();
    bool add_region(const topic_target& target, std::size_t limit, batch& into);
    void leave_out_closed(const topic_targets& targets);
    bool try_refused(const topic_targets& targets, batch& into);
    // How the topic stands when the brokers are asked: its fault's code, "" when it has none, or nullopt: no answer.
    std::optional<std::string> fault_of_topic(const std::string& region, std::string& text);
    std::vector<fact_outcome> tell(std::vector<v1::DeliveryFact> facts);
    static bool is_known(const std::vector<fact_outcome>& outcomes);
    bool catch_up();
    void set_unsettled(v1::DeliveryReport report);
    void complain(const char* event, const std::string& text);
    std::string name() const { return "partition " + std::to_string(partition_); }

    const delivery_parts& parts_;
    const topic_settings& settings_;
    topic_standing& standing_;
    const topic_metrics& metrics_;
    const boost::asio::any_io_executor executor_;
    const std::uint32_t partition_;
    const std::function<bool()> owns_;
    std::mt19937_64 random_;

    std::unique_ptr<log::delivery_transactions> transactions_;
    v1::DeliveryReport unsettled_; // in their topics; the ledger has yet to be told
    bool is_behind_ = false;       // the view was not yet brought up to the log's end
    std::map<std::string, refusal> refusals_; // by region
    std::size_t alone_left_ = 0;   // messages to be delivered one by one: one of them was too large
    std::size_t first_region_ = 0;
    std::chrono::milliseconds pause_{0};
};

} // namespace tongban::delivery
