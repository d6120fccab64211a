// Counts what the projector sees; handles are bound once.
#include "gateway/ledger/ledger_metrics.hpp"

#include <iterator>

namespace tongban::ledger {

namespace {

struct stage {
    const char* name;
    std::int64_t (v1::StageTimes::*from)() const;
    std::int64_t (v1::StageTimes::*to)() const;
};

constexpr stage stages_known[] = {
    {"collected_to_received", &v1::StageTimes::collected_ms, &v1::StageTimes::received_ms},
    {"received_to_accepted", &v1::StageTimes::received_ms, &v1::StageTimes::accepted_ms},
    {"accepted_to_decided", &v1::StageTimes::accepted_ms, &v1::StageTimes::decided_ms},
    {"decided_to_closed", &v1::StageTimes::decided_ms, &v1::StageTimes::closed_ms},
    {"closed_to_delivered", &v1::StageTimes::closed_ms, &v1::StageTimes::delivered_ms},
};

constexpr std::size_t verdict_series_max = 40;
constexpr std::size_t event_series_max = 4000;

} // namespace

std::string bounded_labels::label(std::string_view value) {
    if (value.empty()) {
        return "none";
    }
    const std::lock_guard lock(mutex_);
    std::string name(value);
    if (known_.contains(name)) {
        return name;
    }
    if (known_.size() >= most_) {
        return "other";
    }
    known_.insert(name);
    return name;
}

ledger_metrics::ledger_metrics(monitoring::registry& registry) {
    append_seconds = registry.make_histogram("tongban_ledger_append_seconds",
                                             "From append to the log's acknowledgement that it is durable",
                                             monitoring::request_buckets());
    readable_seconds = registry.make_histogram("tongban_ledger_append_to_readable_seconds",
                                               "From append to readable in this replica's view",
                                               monitoring::request_buckets());
    batch_records =
        registry.make_histogram("tongban_ledger_batch_records", "Records projected in one atomic batch",
                                {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000});
    waiting_full = registry.make_counter("tongban_ledger_limit_total",
                                         "Times a bound of the ledger was reached", {{"limit", "waiting"}});
    refused_not_kept = registry.make_counter("tongban_ledger_limit_total",
                                             "Times a bound of the ledger was reached", {{"limit", "refused_kept"}});
    deadlines_passed = registry.make_counter("tongban_ledger_deadlines_passed_total",
                                             "Appends answered as unknown because their deadline came first");
    view_write_failures =
        registry.make_counter("tongban_view_write_failures_total", "Batches the view did not take at once");
    log_read_failures =
        registry.make_counter("tongban_ledger_read_failures_total", "Failed reads of the event log");
    verdicts_ = &registry.make_counter_family("tongban_ledger_records_total",
                                              "Projected records by what became of them, rebuilds included",
                                              {"verdict"}, verdict_series_max);
    events_ = &registry.make_counter_family("tongban_case_events_total",
                                            "Applied events recorded since this process started",
                                            {"event", "origin", "dest"}, event_series_max);
    for (std::size_t i = 0; i < std::size(stages_known); ++i) {
        stage_[i] = registry.make_histogram("tongban_stage_seconds",
                                            "How long cases stayed in a stage, by the ledger's own times",
                                            monitoring::stage_buckets(), {{"stage", stages_known[i].name}});
    }
}

void ledger_metrics::projected(const folded& outcome, bool recent) {
    verdicts_->with({outcome.readable ? cases::name(outcome.verdict) : "unreadable"}).add();
    if (!outcome.readable || !recent) {
        return;
    }
    if (!outcome.kept) {
        refused_not_kept.add();
    }
    if (outcome.verdict != cases::verdict::applied) {
        return;
    }
    events_
        ->with({cases::name(outcome.record.event().body_case()), regions.label(outcome.state.origin_region()),
                regions.label(outcome.state.dest_region())})
        .add();
    stages(outcome.times_before, outcome.state.times());
}

void ledger_metrics::stages(const v1::StageTimes& before, const v1::StageTimes& after) {
    for (std::size_t i = 0; i < std::size(stages_known); ++i) {
        const auto& each = stages_known[i];
        const auto reached = (after.*each.to)();
        auto begun = (after.*each.from)();
        if (i == 0 && begun == 0) {
            begun = after.submitted_ms(); // filed by the applicant: no window collected it
        }
        if (reached != 0 && begun != 0 && reached != (before.*each.to)()) {
            stage_[i].observe(static_cast<double>(reached - begun) / 1000.0);
        }
    }
}

} // namespace tongban::ledger
