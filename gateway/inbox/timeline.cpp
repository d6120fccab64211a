// The view's lines, and between them those of 路由.
#include "gateway/inbox/timeline.hpp"

#include <algorithm>

namespace tongban::inbox {

namespace {

// The line of 路由, from that of the filing it came with. It has no event id: the record's is the filing's.
v1::TimelineEntry routed_line(const v1::TimelineEntry& filed, const v1::Routed& routed) {
    v1::TimelineEntry line;
    line.set_event(std::string(cases::name(v1::CaseEvent::kRouted)));
    *line.mutable_occurred_at() = filed.received_at();
    *line.mutable_received_at() = filed.received_at();
    *line.mutable_recorded_at() = filed.recorded_at();
    line.set_sender_role(v1::ROLE_GATEWAY);
    line.set_status(filed.status());
    line.set_partition(filed.partition());
    line.set_offset(filed.offset());
    line.set_queue_region(routed.queue_region());
    return line;
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
    for (const auto& event : *events) {
        if (!event.record.has_routed() || !event.refused_code.empty()) {
            continue;
        }
        const auto filed = std::ranges::find_if(*lines, [&](const v1::TimelineEntry& line) {
            return line.partition() == event.at.partition && line.offset() == event.at.offset;
        });
        if (filed != lines->end()) {
            auto routed = routed_line(*filed, event.record.routed());
            filed->set_status(v1::CASE_STATUS_SUBMITTED);
            lines->insert(filed + 1, std::move(routed));
        }
    }
    return lines;
}

} // namespace tongban::inbox
