// The view's lines, and between them those of 路由 and 拆分.
#include "gateway/inbox/timeline.hpp"

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/verdict_detail.hpp"
#include "gateway/inbox/event_words.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <optional>

namespace tongban::inbox {

namespace {

// The line of what the filing carried, from that of the filing. It has no event id: the record's is the filing's.
v1::TimelineEntry carried_line(const v1::TimelineEntry& filed, v1::CaseEvent::BodyCase body) {
    v1::TimelineEntry line;
    line.set_event(std::string(cases::name(body)));
    *line.mutable_occurred_at() = filed.received_at();
    *line.mutable_received_at() = filed.received_at();
    *line.mutable_recorded_at() = filed.recorded_at();
    line.set_sender_role(v1::ROLE_GATEWAY);
    line.set_status(filed.status());
    line.set_item_version(filed.item_version());
    line.set_rules_version(filed.rules_version());
    line.set_agreement(filed.agreement());
    line.set_partition(filed.partition());
    line.set_offset(filed.offset());
    return line;
}

void tell_words(v1::TimelineEntry& line, said words) {
    line.set_said_zh(std::move(words.zh));
    line.set_said_en(std::move(words.en));
}

v1::TimelineEntry routed_line(const v1::TimelineEntry& filed, const v1::Routed& routed) {
    auto line = carried_line(filed, v1::CaseEvent::kRouted);
    line.set_queue_region(routed.queue_region());
    tell_words(line, {"办理地 " + routed.queue_region(), "to " + routed.queue_region()});
    return line;
}

v1::TimelineEntry started_line(const v1::TimelineEntry& filed, const v1::BundleStarted& started) {
    auto line = carried_line(filed, v1::CaseEvent::kBundleStarted);
    v1::CaseEvent event;
    *event.mutable_bundle_started() = started;
    tell_words(line, words_of(event, {}));
    return line;
}

// Who at the window: by the claim that the event makes, or the one whose token it carries.
const std::string& operator_of(const v1::LedgerRecord& record, const v1::CaseState& before) {
    const auto& event = record.event();
    const auto& lease = before.lease();
    const bool under_it = record.sender().role() == v1::ROLE_WINDOW && lease.partner() == record.sender().partner() &&
                          event.fencing_token() == before.fencing_token();
    return event.has_claimed() ? event.claimed().operator_id()
           : under_it          ? lease.operator_id()
                               : v1::Lease::default_instance().operator_id();
}

// What the event says, and under which rules the case ran then.
void tell_content(v1::TimelineEntry& line, const v1::CaseEvent& event, const v1::CaseState& then) {
    tell_words(line, words_of(event, then));
    line.set_item_version(then.terms().item_version());
    line.set_rules_version(then.terms().rules_version());
    line.set_agreement(then.terms().agreement());
}

void tell_owed(v1::TimelineEntry& line, const v1::CaseState& then) {
    if (auto owed = cases::owed_of(then)) {
        *line.mutable_owed() = std::move(*owed);
    }
    for (auto& beside : cases::owed_beside(then)) {
        *line.add_also_owed() = std::move(beside);
    }
}

// What was possible instead; the verdict's own words come before it.
void tell_where_it_stood(v1::TimelineEntry& line, const v1::LedgerRecord& record, const v1::CaseState& then) {
    const auto detail = cases::detail_of(cases::verdict::illegal_transition, then, record.event().body_case(), record.sender());
    line.set_refused_zh("：" + detail.zh);
    line.set_refused_en(": " + detail.en);
}

// The case is folded once more, event by event.
void tell_all(std::vector<v1::TimelineEntry>& lines, const std::vector<ledger::stored_event>& events) {
    v1::CaseState state;
    auto line = lines.begin();
    for (const auto& event : events) {
        line = std::find_if(line, lines.end(), [&](const v1::TimelineEntry& each) {
            return each.partition() == event.at.partition && each.offset() == event.at.offset;
        });
        if (line == lines.end()) {
            return;
        }
        line->set_operator_id(operator_of(event.record, state));
        const auto before = state.status();
        // What a material that came is called is told by the case as it was: it owes it no more.
        const auto told_by = event.record.event().has_owed_cleared() ? std::optional(state) : std::nullopt;
        const bool applied = event.refused_code.empty() &&
                             cases::evolve(state, event.record, event.recorded_at) == cases::verdict::applied;
        tell_content(*line, event.record.event(), told_by ? *told_by : state);
        if (event.refused_code == cases::name(cases::verdict::illegal_transition)) {
            tell_where_it_stood(*line, event.record, state);
        }
        if (applied) {
            tell_words(*line, joined({{line->said_zh(), line->said_en()}, implied_by(event.record.event(), before, state)}));
            tell_owed(*line, state);
        }
    }
}

// A proposal of the gateway's own that came too late, of two owners or beside a decision: nobody said it, nobody is to mend it.
bool is_idle_proposal(const v1::TimelineEntry& line) {
    return line.sender_role() == v1::ROLE_GATEWAY && line.certificate_serial().empty() && !line.refused_code().empty();
}

void name_in_words(v1::TimelineEntry& line) {
    line.set_event_zh(std::string(cases::term(cases::body_named(line.event()))));
    line.set_status_zh(std::string(cases::term(line.status())));
    line.set_event_id_hex(ledger::to_hex(line.event_id()));
    if (const auto refused = cases::verdict_named(line.refused_code())) {
        line.set_refused_zh(std::string(cases::message_zh(*refused)) + line.refused_zh());
        line.set_refused_en(std::string(cases::message_en(*refused)) + line.refused_en());
    }
}

} // namespace

std::vector<v1::TimelineEntry> timeline_of(const std::vector<ledger::stored_event>& events, const ledger::case_sight& sight) {
    auto lines = ledger::view::lines_of(events);
    tell_all(lines, events);
    std::erase_if(lines, is_idle_proposal);
    std::erase_if(lines, [&](const v1::TimelineEntry& line) { return !sight.sees(line.offset()); });
    for (const auto& event : events) {
        const bool bundle = event.record.has_bundle_started();
        if ((!event.record.has_routed() && !bundle) || !event.refused_code.empty()) {
            continue;
        }
        const auto filed = std::ranges::find_if(lines, [&](const v1::TimelineEntry& line) {
            return line.partition() == event.at.partition && line.offset() == event.at.offset;
        });
        if (filed != lines.end()) {
            auto carried = bundle ? started_line(*filed, event.record.bundle_started())
                                  : routed_line(*filed, event.record.routed());
            filed->set_status(v1::CASE_STATUS_SUBMITTED);
            if (filed->has_owed()) {
                *carried.mutable_owed() = std::move(*filed->mutable_owed()); // 接件, since the routing
                filed->clear_owed();
            }
            lines.insert(filed + 1, std::move(carried));
        }
    }
    for (auto& line : lines) {
        name_in_words(line);
    }
    return lines;
}

} // namespace tongban::inbox
