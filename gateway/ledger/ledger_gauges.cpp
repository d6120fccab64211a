// Each gauge costs the scraping thread a few reads; the projector and I/O threads nothing.
#include "gateway/ledger/ledger_gauges.hpp"

#include "gateway/cases/case_clocks.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace tongban::ledger {

namespace {

using collected = monitoring::registry::collected;
using source_of = std::function<std::shared_ptr<const gauge_source>()>;

std::int64_t now_ms() {
    using namespace std::chrono;
    return floor<milliseconds>(system_clock::now()).time_since_epoch().count();
}

void open_cases(const gauge_source& s, collected& out) {
    const auto totals = s.reads.totals();
    if (!totals) {
        return;
    }
    // Regions past the bound share a label, so their counts are added up.
    std::map<std::pair<std::string, std::string>, double> counts;
    for (const auto& open : totals->open()) {
        counts[{std::string(cases::name(open.status())), s.regions.label(open.dest_region())}] +=
            static_cast<double>(open.count());
    }
    for (const auto& [labels, count] : counts) {
        out.push_back({{{"status", labels.first}, {"dest", labels.second}}, count});
    }
}

void case_totals(const gauge_source& s, collected& out) {
    if (const auto totals = s.reads.totals()) {
        out.push_back({{{"kind", "accepted"}}, static_cast<double>(totals->accepted())});
        out.push_back({{{"kind", "closed"}}, static_cast<double>(totals->closed())});
    }
}

void inbox_depth(const gauge_source& s, collected& out) {
    std::map<std::string, double> depths;
    for (const auto& figure : s.watch.figures()) {
        depths[s.regions.label(figure.region)] += static_cast<double>(figure.depth);
    }
    for (const auto& [region, depth] : depths) {
        out.push_back({{{"region", region}}, depth});
    }
}

void inbox_oldest(const gauge_source& s, collected& out) {
    std::map<std::string, double> ages;
    const auto now = now_ms();
    for (const auto& figure : s.watch.figures()) {
        auto& age = ages[s.regions.label(figure.region)];
        if (figure.depth <= 0) {
            continue;
        }
        const auto first = s.reads.inbox_first_ms(figure.region);
        const auto due_ms = first && *first ? **first : now;
        const auto since_ms = std::min(due_ms, figure.untaken_since_ms.value_or(now));
        age = std::max(age, static_cast<double>(std::max<std::int64_t>(0, now - since_ms)) / 1000.0);
    }
    for (const auto& [region, age] : ages) {
        out.push_back({{{"region", region}}, age});
    }
}

void bands(const gauge_source& s, collected& out) {
    std::map<std::pair<std::string, std::string>, double> counts;
    for (const auto& [at, count] : s.clocks.bands()) {
        counts[{s.regions.label(at.first), std::string(cases::name(at.second))}] += static_cast<double>(count);
    }
    for (const auto& [labels, count] : counts) {
        out.push_back({{{"dest", labels.first}, {"band", labels.second}}, count});
    }
}

void bundle_work_oldest(const gauge_source& s, collected& out) {
    const auto now = now_ms();
    auto since = now;
    const auto partitions = static_cast<std::uint32_t>(s.projecting.next_offsets().size());
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        for (const auto& one : s.bundles.waiting(s.rows, partition, 1)) {
            since = std::min(since, one.since_ms);
        }
    }
    out.push_back({{}, static_cast<double>(now - since) / 1000.0});
}

void positions(const gauge_source& s, collected& out) {
    const auto next = s.projecting.next_offsets();
    for (std::size_t p = 0; p < next.size(); ++p) {
        out.push_back({{{"partition", std::to_string(p)}}, static_cast<double>(next[p])});
    }
}

void waiters(const gauge_source& s, collected& out) {
    const auto count = s.waiters.size();
    out.push_back({{{"what", "append"}}, static_cast<double>(count.appends)});
    out.push_back({{{"what", "catch_up"}}, static_cast<double>(count.catch_ups)});
    out.push_back({{{"what", "inbox"}}, static_cast<double>(count.inboxes)});
}

} // namespace

void make_ledger_gauges(monitoring::registry& registry, const source_of& source) {
    const auto gauge = [&](const char* name, const char* help, auto collect) {
        registry.make_collected_gauge(name, help, [source, collect](collected& out) {
            if (const auto s = source()) {
                collect(*s, out);
            }
        });
    };
    gauge("tongban_open_cases", "Cases not ended, by state and destination", open_cases);
    gauge("tongban_cases", "Cases ever submitted, and those of them that ended", case_totals);
    gauge("tongban_inbox_cases", "Cases whose turn it is, by region", inbox_depth);
    gauge("tongban_inbox_oldest_seconds", "How long the longest waiting case of the region's inbox is not taken up, or the first is overdue",
          inbox_oldest);
    gauge("tongban_leases_held", "Leases of windows that run", [](const gauge_source& s, collected& out) {
        out.push_back({{}, static_cast<double>(s.watch.leases_held(now_ms()))});
    });
    gauge("tongban_open_cases_by_band", "Cases not ended whose clock runs or stands still, by destination and band", bands);
    gauge("tongban_provisional_cases", "Cases with due times beyond the published calendars",
          [](const gauge_source& s, collected& out) {
              out.push_back({{}, static_cast<double>(s.clocks.provisional_cases())});
          });
    gauge("tongban_bundle_work_cases", "Cases for whose bundle the gateway has something to do",
          [](const gauge_source& s, collected& out) { out.push_back({{}, static_cast<double>(s.bundles.depth())}); });
    gauge("tongban_bundle_work_oldest_seconds", "How long the longest waiting of their next steps is owed", bundle_work_oldest);
    gauge("tongban_ledger_position", "Next offset to project, by partition", positions);
    gauge("tongban_ledger_lag_records", "Records in the ledger that this replica has yet to project",
          [](const gauge_source& s, collected& out) {
              out.push_back({{}, static_cast<double>(s.errands.lag())});
          });
    gauge("tongban_ledger_waiting", "Requests that wait for the projector", waiters);
    gauge("tongban_view_size_bytes", "Size of the view on disk and in memory",
          [](const gauge_source& s, collected& out) {
              out.push_back({{}, static_cast<double>(s.rows.size_bytes())});
          });
}

} // namespace tongban::ledger
