// The view's lines, and between them those of 路由 and 拆分.
#include "gateway/inbox/timeline.hpp"

#include "gateway/cases/case_clocks.hpp"

#include <algorithm>

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
    line.set_partition(filed.partition());
    line.set_offset(filed.offset());
    return line;
}

v1::TimelineEntry routed_line(const v1::TimelineEntry& filed, const v1::Routed& routed) {
    auto line = carried_line(filed, v1::CaseEvent::kRouted);
    line.set_queue_region(routed.queue_region());
    line.set_item_version(routed.terms().item_version());
    line.set_rules_version(routed.terms().rules_version());
    line.set_agreement(routed.terms().agreement());
    return line;
}

// What was owed after each event: the case is folded once more, event by event.
void tell_owed(std::vector<v1::TimelineEntry>& lines, const std::vector<ledger::stored_event>& events) {
    v1::CaseState state;
    auto line = lines.begin();
    for (const auto& event : events) {
        if (!event.refused_code.empty() ||
            cases::evolve(state, event.record, event.recorded_at) != cases::verdict::applied) {
            continue;
        }
        line = std::find_if(line, lines.end(), [&](const v1::TimelineEntry& each) {
            return each.partition() == event.at.partition && each.offset() == event.at.offset;
        });
        if (line == lines.end()) {
            return;
        }
        if (auto owed = cases::owed_of(state)) {
            *line->mutable_owed() = std::move(*owed);
        }
    }
}

} // namespace

boost::system::result<std::vector<v1::TimelineEntry>> timeline_of(const ledger::view& reads,
                                                                  ledger::case_number number) {
    auto lines = reads.timeline(number);
    if (!lines) {
        return lines.error();
    }
    // Read after the lines, so that what they tell of is surely there.
    const auto events = reads.events(number);
    if (!events) {
        return events.error();
    }
    tell_owed(*lines, *events);
    for (const auto& event : *events) {
        const bool bundle = event.record.has_bundle_started();
        if ((!event.record.has_routed() && !bundle) || !event.refused_code.empty()) {
            continue;
        }
        const auto filed = std::ranges::find_if(*lines, [&](const v1::TimelineEntry& line) {
            return line.partition() == event.at.partition && line.offset() == event.at.offset;
        });
        if (filed != lines->end()) {
            auto carried = bundle ? carried_line(*filed, v1::CaseEvent::kBundleStarted)
                                  : routed_line(*filed, event.record.routed());
            filed->set_status(v1::CASE_STATUS_SUBMITTED);
            lines->insert(filed + 1, std::move(carried));
        }
    }
    return lines;
}

} // namespace tongban::inbox
