#include "gateway/intake/time_admission.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/late_extension.hpp"
#include "gateway/intake/violation_at.hpp"

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
    const auto zh = early ? "早于本件已记载的 " + calendars::to_text(newest) : std::string("晚于收到之日");
    const auto en = early ? "is before " + calendars::to_text(newest) + ", which the case knows already"
                          : std::string("is after the day of receipt");
    *receipt.add_violations() =
        warning_at(translated, "occurred_at", "impossible_time", zh + "，不能作为法定时间；期限以网关收到之时计算，请核对时钟或报送内容。",
                   en + ": it cannot be the legal time. Limits count from the gateway's own time; please check the clock or "
                        "what was sent.");
}

void tell_late_extension(const dialects::translated_event& translated, const v1::CaseState& standing,
                         const message_facts& facts, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    if (!event.has_deadline_extended()) {
        return;
    }
    const auto received_ms = std::chrono::duration_cast<std::chrono::milliseconds>(facts.received_at.time_since_epoch());
    if (const auto late = cases::late_extension(standing, cases::legal_time(standing, event, received_ms.count()))) {
        *receipt.add_violations() =
            warning_at(translated, "deadline_extended.extension", "late_extension",
                       late->zh + "；已照收，期限从原届满日起延长，延长应在届满前批准（行政许可法第四十二条），请核对。",
                       late->en + "; taken as it is: the limit moves from where it was. Extensions are made before a limit ends; please check.");
    }
}

} // namespace tongban::intake
