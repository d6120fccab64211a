#include "gateway/intake/time_admission.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/case_clocks.hpp"

namespace tongban::intake {

void tell_impossible_time(const dialects::translated_event& translated, const v1::CaseState& standing,
                          const message_facts& facts, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    if (standing.case_id().empty() || !event.has_occurred_at() || !cases::reckons_days(event.body_case())) {
        return;
    }
    const auto said = cases::day_of(cases::occurred_ms(event));
    const auto newest = cases::day_of(cases::newest_legal_ms(standing));
    const auto received_ms = std::chrono::duration_cast<std::chrono::milliseconds>(facts.received_at.time_since_epoch());
    const bool early = said < newest;
    if (!early && said <= cases::day_of(received_ms.count())) {
        return;
    }
    static constexpr const char* field = "occurred_at";
    auto& told = *receipt.add_violations();
    told.set_source_path(translated.source_path(field));
    told.set_field(field);
    told.set_rule("impossible_time");
    told.set_message_zh((early ? "早于本件已记载的 " + calendars::to_text(newest) : std::string("晚于收到之日")) +
                        "，不能作为法定时间；期限以网关收到之时计算，请核对时钟或报送内容。");
    told.set_message_en((early ? "is before " + calendars::to_text(newest) + ", which the case knows already"
                               : std::string("is after the day of receipt")) +
                        ": it cannot be the legal time. Limits count from the gateway's own time; please check the clock or "
                        "what was sent.");
    told.set_warning(true);
}

} // namespace tongban::intake
