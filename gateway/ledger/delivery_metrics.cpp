// Counters come with the records, gauges from the view's own totals.
#include "gateway/ledger/delivery_metrics.hpp"

#include <algorithm>
#include <map>

namespace tongban::ledger {

namespace {

using collected = monitoring::registry::collected;
using totals_row = rows::delivery_totals_row;

constexpr std::size_t series_max = 3000;

std::string_view name(v1::DeliveryTransport transport) {
    switch (transport) {
    case v1::DELIVERY_TRANSPORT_PULL:
        return "pull";
    case v1::DELIVERY_TRANSPORT_PUSH:
        return "push";
    case v1::DELIVERY_TRANSPORT_KAFKA:
        return "kafka";
    default:
        return "none";
    }
}

// Region label → sums; regions past the bound share one.
std::map<std::string, totals_row> totals_by_label(const delivery_gauge_source& s) {
    std::map<std::string, totals_row> sums;
    const auto totals = s.deliveries.totals();
    if (!totals) {
        return sums;
    }
    for (const auto& [region, row] : *totals) {
        auto& sum = sums[s.regions.label(region)];
        sum.due += row.due;
        sum.acknowledged += row.acknowledged;
        sum.pending += row.pending;
        sum.dead_lettered += row.dead_lettered;
        sum.discarded += row.discarded;
    }
    return sums;
}

void deliveries(const delivery_gauge_source& s, collected& out) {
    for (const auto& [region, row] : totals_by_label(s)) {
        const std::pair<const char*, std::int64_t> kinds[] = {{"due", row.due},
                                                              {"acknowledged", row.acknowledged},
                                                              {"pending", row.pending},
                                                              {"dead_lettered", row.dead_lettered},
                                                              {"discarded", row.discarded}};
        for (const auto& [kind, count] : kinds) {
            out.push_back({{{"region", region}, {"kind", kind}}, static_cast<double>(count)});
        }
    }
}

// Since when the first that waits is due; of a region without any 0.
void oldest(const delivery_gauge_source& s, bool dead, collected& out) {
    std::map<std::string, double> ages;
    const auto totals = s.deliveries.totals();
    if (!totals) {
        return;
    }
    for (const auto& [region, row] : *totals) {
        auto& age = ages[s.regions.label(region)];
        if (const auto since = s.deliveries.oldest_ms(region, dead)) {
            age = std::max(age, static_cast<double>(std::max<std::int64_t>(0, s.now_ms - *since)) / 1000.0);
        }
    }
    for (const auto& [region, age] : ages) {
        out.push_back({{{"region", region}}, age});
    }
}

void oldest_pending(const delivery_gauge_source& s, collected& out) {
    oldest(s, false, out);
}

void oldest_dead_lettered(const delivery_gauge_source& s, collected& out) {
    oldest(s, true, out);
}

void gap(const delivery_gauge_source& s, collected& out) {
    if (const auto totals = s.cases.totals()) {
        std::int64_t open = 0;
        for (const auto& each : totals->open()) {
            // Collected only is no accepted case yet.
            open += each.status() == v1::CASE_STATUS_COLLECTED ? 0 : each.count();
        }
        const auto unexplained = totals->accepted() - totals->closed() - open;
        out.push_back({{{"what", "cases"}}, static_cast<double>(unexplained)});
    }
    std::int64_t unexplained = 0;
    for (const auto& [region, row] : totals_by_label(s)) {
        unexplained += std::abs(row.due - row.acknowledged - row.pending - row.dead_lettered - row.discarded);
    }
    out.push_back({{{"what", "deliveries"}}, static_cast<double>(unexplained)});
}

} // namespace

delivery_metrics::delivery_metrics(monitoring::registry& registry, bounded_labels& regions)
    : regions_(regions) {
    settled_ = &registry.make_counter_family("tongban_deliveries_total",
                                             "Deliveries by what became of them, recorded since this process started",
                                             {"transport", "region", "outcome"}, series_max);
    attempts_ = &registry.make_counter_family("tongban_delivery_attempts_total",
                                              "Attempts to deliver, recorded since this process started",
                                              {"transport", "region", "result"}, series_max);
    refused_facts_ = &registry.make_counter_family(
        "tongban_delivery_facts_refused_total",
        "Facts about deliveries that changed nothing: another replica or poller was first", {"verdict"}, 10);
    acknowledged_seconds_ = &registry.make_histogram_family(
        "tongban_delivery_acknowledged_seconds", "From the event to its acknowledgement by the other side",
        {"transport"}, monitoring::stage_buckets(), 10);
}

void delivery_metrics::projected(const folded& outcome) {
    const auto& facts = outcome.record.deliveries().facts();
    for (std::size_t i = 0; i < outcome.facts.size(); ++i) {
        const auto& fact = facts[static_cast<int>(i)];
        const auto& became = outcome.facts[i];
        if (became.verdict != cases::delivery_verdict::applied) {
            refused_facts_->with({cases::name(became.verdict)}).add();
            continue;
        }
        const auto region = regions_.label(fact.delivery().region());
        const auto transport = name(fact.transport());
        switch (fact.fact_case()) {
        case v1::DeliveryFact::kHandedOut:
            attempts_->with({transport, region, "handed_out"}).add();
            break;
        case v1::DeliveryFact::kFailed:
            attempts_->with({transport, region, "failed"}).add();
            break;
        case v1::DeliveryFact::kAcknowledged:
            attempts_->with({transport, region, "acknowledged"}).add();
            settled_->with({transport, region, "acknowledged"}).add();
            acknowledged_seconds_->with({transport})
                .observe(static_cast<double>(became.settled->settled_ms() - became.settled->due_ms()) / 1000.0);
            break;
        case v1::DeliveryFact::kDeadLettered:
            settled_->with({transport, region, "dead_lettered"}).add();
            break;
        case v1::DeliveryFact::kReplayed:
            settled_->with({transport, region, "replayed"}).add();
            break;
        case v1::DeliveryFact::kDiscarded:
            settled_->with({transport, region, "discarded"}).add();
            break;
        case v1::DeliveryFact::FACT_NOT_SET:
            break;
        }
    }
}

void make_delivery_gauges(monitoring::registry& registry,
                          const std::function<bool(const std::function<void(const delivery_gauge_source&)>&)>& source) {
    const auto gauge = [&](const char* name, const char* help, auto collect) {
        registry.make_collected_gauge(name, help, [source, collect](collected& out) {
            source([&](const delivery_gauge_source& s) { collect(s, out); });
        });
    };
    gauge("tongban_deliveries", "Deliveries by region and where they stand; due is the sum of the others", deliveries);
    gauge("tongban_delivery_oldest_pending_seconds",
          "How long the delivery that is tried longest for the region waits, from when it became due", oldest_pending);
    gauge("tongban_delivery_oldest_dead_lettered_seconds",
          "How long the region's oldest dead letter, and what is behind it, waits, from when it became due",
          oldest_dead_lettered);
    gauge("tongban_reconciliation_gap",
          "What the reconciliation cannot explain: accepted cases neither closed nor open, due deliveries that are "
          "nowhere",
          gap);
}

} // namespace tongban::ledger
