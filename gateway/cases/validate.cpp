// The rules every event obeys, then those of its parts.
#include "gateway/cases/validate.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/validate_parts.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

// A bundle's own case stands at its origin, and so do all events about it.
bool goes_elsewhere(const v1::CaseEvent& event) noexcept {
    return event.has_case_collected() || (event.has_case_submitted() && event.case_submitted().bundle_code().empty());
}

void check_reference(rules& rules, const place& event, const v1::CaseEvent& value) {
    const auto& ref = value.case_();
    const place in{&event, "case", -1};
    static constexpr field case_id{"case_id", "网关流水号", "case id"};
    static constexpr field origin{"origin_region", "收件地", "origin region"};
    static constexpr field dest{"dest_region", "办理地", "destination region"};
    rules.text(in, case_id, ref.case_id(), 50);
    if (!ref.case_id().empty() && !is_case_id(ref.case_id())) {
        rules.found().add(in, case_id, "format", "不是网关流水号", "is no case id of this gateway");
    }
    rules.text(in, origin, ref.origin_region(), 50);
    rules.region(in, origin, ref.origin_region());
    rules.text(in, dest, ref.dest_region(), 50);
    rules.region(in, dest, ref.dest_region());
    if (goes_elsewhere(value) && !ref.origin_region().empty() && ref.origin_region() == ref.dest_region()) {
        rules.found().add(in, dest, "consistent", "与收件地相同，不属于跨域办件",
                          "is the origin: no case for another region", severity::warn);
    }
    rules.case_number(in, {"source_case_no", "办件编号", "case number"}, ref.source_case_no());
    rules.case_number(in, {"dest_case_no", "办理地办件编号", "case number at the destination"}, ref.dest_case_no());
}

void check_time(rules& rules, const place& event, const v1::CaseEvent& value) {
    static constexpr field occurred_at{"occurred_at", "发生时间", "time of the event"};
    rules.text(event, {"occurred_text", "发生时间原文", "time as the source wrote it"}, value.occurred_text(),
               100, text_kind::prose);
    rules.required(event, occurred_at, value.has_occurred_at());
    if (!value.has_occurred_at()) {
        return;
    }
    using namespace std::chrono;
    constexpr auto china = hours(8);
    // Clocks differ, calendars do not by more than a day: the end of tomorrow, in +08:00.
    const auto latest = sys_days(rules.today()) + days(2) - china;
    if (value.occurred_at().seconds() >= latest.time_since_epoch() / seconds(1)) {
        rules.found().add(event, occurred_at, "date", "晚于明天", "is after tomorrow");
    } else {
        rules.instant(event, occurred_at, value.occurred_at());
    }
}

} // namespace

std::vector<v1::Violation> validate(const v1::CaseEvent& event, std::chrono::year_month_day today,
                                    const source_path_of& source_path) {
    findings found(source_path);
    rules rules(found, today);
    const place root;
    if (name(event.body_case()).empty()) {
        found.missing(root, {"event", "事件", "event"});
    }
    check_reference(rules, root, event);
    check_time(rules, root, event);
    rules.organisation(root, {"actor", "办理机构", "acting body"}, event.actor());
    check_body(rules, root, event);
    check_dossier(rules, {&root, "dossier", -1}, event.dossier(), event);
    check_required(rules, root, event);
    return std::move(found).take();
}

std::vector<v1::Violation> validate_translated(const v1::CaseEvent& event, std::span<const v1::Violation> faults,
                                               std::chrono::year_month_day today, const source_path_of& source_path) {
    if (event.body_case() == v1::CaseEvent::BODY_NOT_SET && !faults.empty()) {
        return {};
    }
    auto all = validate(event, today, source_path);
    std::erase_if(all, [&](const v1::Violation& one) {
        return one.rule() == "required" && std::ranges::any_of(faults, [&](const v1::Violation& fault) {
            const bool same_place = !fault.source_path().empty() && fault.source_path() == one.source_path();
            return same_place || fault.field() == one.field();
        });
    });
    return all;
}

} // namespace tongban::cases
