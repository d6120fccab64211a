#include "gateway/delivery/topic_metrics.hpp"

namespace tongban::delivery {

namespace {

constexpr std::size_t outcomes_max = 10;
constexpr std::size_t failure_series_max = 3000;

} // namespace

topic_metrics::topic_metrics(monitoring::registry& registry) {
    transactions_ = &registry.make_counter_family("tongban_topic_transactions_total",
                                                  "Transactions into regions' topics by how they ended", {"outcome"},
                                                  outcomes_max);
    failures_ = &registry.make_counter_family("tongban_topic_failures_total",
                                              "Deliveries that a region's topic did not take, and why",
                                              {"region", "code"}, failure_series_max);
    seconds_ = registry.make_histogram("tongban_topic_transaction_seconds",
                                       "A transaction's beginning to its commit or end", monitoring::request_buckets());
    const auto gauge = [&](const char* name, const char* help, std::shared_ptr<std::atomic<std::int64_t>> value) {
        registry.make_collected_gauge(name, help, [value](monitoring::registry::collected& out) {
            out.push_back({{}, static_cast<double>(value->load())});
        });
    };
    gauge("tongban_topic_facts_waiting", "Deliveries in their topics that the ledger does not know of yet", unsettled_);
    gauge("tongban_topics_faulty",
          "Regions' topics that are missing, refused or not as they must be, and partitions whose deliveries are held up", faulty_);
}

} // namespace tongban::delivery
