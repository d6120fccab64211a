// What a timer may say about a case, and when; and the words of clocks and bands.
#include "gateway/cases/case_clocks.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/limits.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/remote_window.hpp"
#include "gateway/cases/working_days.hpp"

#include <algorithm>
#include <array>

namespace tongban::cases {

namespace {

case_timer warning_of(const v1::CaseState& state) noexcept {
    const auto& clocks = state.clocks();
    const auto running = running_clock(state);
    if (clocks.line_ms() == 0 || running == v1::CLOCK_KIND_UNSPECIFIED) {
        return {};
    }
    // After the promise's red line comes that of the law.
    const auto clock = clocks.band() == v1::SUPERVISION_BAND_RED ? v1::CLOCK_KIND_STATUTORY : running;
    const auto band = clocks.band() == v1::SUPERVISION_BAND_BLUE ? v1::SUPERVISION_BAND_YELLOW : v1::SUPERVISION_BAND_RED;
    return {clocks.line_ms(), v1::CaseEvent::kSupervisionWarning, clock, band, due_of(clocks, clock)};
}

// `wait_ms`: how much later than its end.
case_timer at_end(v1::CaseEvent::BodyCase body, v1::ClockKind clock, std::int64_t due_ms, std::int64_t wait_ms) noexcept {
    return due_ms == 0 ? case_timer{}
                       : case_timer{due_ms + 1 + wait_ms, body, clock, v1::SUPERVISION_BAND_UNSPECIFIED, due_ms};
}

// What the end of a due time was counted in; a limit without a unit is one in working days, and so is an extension.
const v1::Limit& limit_of(const v1::CaseState& state, v1::ClockKind clock) noexcept {
    const bool extended = state.clocks().extension_days() != 0;
    switch (clock) {
    case v1::CLOCK_KIND_PROMISE:
        return extended || is_immediate(state) ? v1::Limit::default_instance() : or_none(promise_of(state));
    case v1::CLOCK_KIND_STATUTORY:
        return extended ? v1::Limit::default_instance() : or_none(statutory_of(state));
    case v1::CLOCK_KIND_SUPPLEMENT:
    case v1::CLOCK_KIND_SPECIAL:
        return state.clocks().waiting_limit();
    default:
        return v1::Limit::default_instance();
    }
}

std::int64_t wait_for_calendar(const v1::CaseState& state, v1::ClockKind clock) noexcept {
    return is_provisional(state, limit_of(state, clock), due_of(state.clocks(), clock)) ? provisional_wait_ms : 0;
}

case_timer deemed_acceptance(const v1::CaseState& state) noexcept {
    return at_end(v1::CaseEvent::kDeemedAccepted, v1::CLOCK_KIND_NOTICE, state.clocks().notice_due_ms(),
                  wait_for_calendar(state, v1::CLOCK_KIND_NOTICE));
}

case_timer of_status(const v1::CaseState& state) noexcept {
    const auto& clocks = state.clocks();
    switch (state.status()) {
    case v1::CASE_STATUS_DEST_RECEIVED: {
        const auto warning = warning_of(state);
        if (state.terms().never_deemed_accepted()) {
            return warning;
        }
        const auto deemed = deemed_acceptance(state);
        return warning.at_ms != 0 && warning.at_ms < deemed.at_ms ? warning : deemed;
    }
    case v1::CASE_STATUS_SUPPLEMENTING:
        return at_end(v1::CaseEvent::kSupplementLapsed, v1::CLOCK_KIND_SUPPLEMENT, clocks.supplement_due_ms(),
                      wait_for_calendar(state, v1::CLOCK_KIND_SUPPLEMENT));
    case v1::CASE_STATUS_SUSPENDED:
        return clocks.special_overrun()
                   ? case_timer{}
                   : at_end(v1::CaseEvent::kSpecialOverrun, v1::CLOCK_KIND_SPECIAL, clocks.special_due_ms(), 0);
    default:
        return warning_of(state);
    }
}

// 自收件起: B has said nothing of what A collected. What was said once, or answered by a 补正, is not said again; a line that passed
// before A filed is A's own delay.
case_timer line_from_collection(const v1::CaseState& state) noexcept {
    const auto& clocks = state.clocks();
    const bool waits = state.status() == v1::CASE_STATUS_QUEUED || state.status() == v1::CASE_STATUS_DEST_RECEIVED;
    const auto line_ms = clocks.notice_line_from_collection_ms();
    if (!waits || state.supplement_rounds() > 0 || clocks.collection_line_told() || line_ms < state.times().submitted_ms()) {
        return {};
    }
    auto timer = at_end(v1::CaseEvent::kSupervisionWarning, v1::CLOCK_KIND_COLLECTION, line_ms, 0);
    timer.band = v1::SUPERVISION_BAND_YELLOW;
    return timer;
}

// Of two at one time the first.
case_timer earliest(const case_timer& one, const case_timer& other) noexcept {
    return other.at_ms != 0 && (one.at_ms == 0 || other.at_ms < one.at_ms) ? other : one;
}

template <typename Codes>
bool same_codes(const Codes& said, const std::vector<std::string>& owed) noexcept {
    return std::equal(said.begin(), said.end(), owed.begin(), owed.end());
}

struct words {
    std::string_view name;
    std::string_view term;
};

constexpr std::array<words, v1::ClockKind_ARRAYSIZE> clock_words{{{"", ""},
                                                                  {"NOTICE", "补正告知、受理期限"},
                                                                  {"SUPPLEMENT", "补正期限"},
                                                                  {"PROMISE", "承诺期限"},
                                                                  {"STATUTORY", "法定期限"},
                                                                  {"SPECIAL", "特别程序期限"},
                                                                  {"DELIVERY", "送达期限"},
                                                                  {"OWED_MATERIAL", "容缺补齐期限"},
                                                                  {"RECTIFICATION", "差评整改期限"},
                                                                  {"URGE", "督办答复期限"},
                                                                  {"OWED_ANSWER", "容缺补交答复期限"},
                                                                  {"RECEIPT", "接件期限"},
                                                                  {"COLLECTION", "自收件起提示期限"},
                                                                  {"ARCHIVE", "档案材料答复期限"}}};
constexpr std::array<words, v1::SupervisionBand_ARRAYSIZE> band_words{
    {{"", ""}, {"BLUE", "正常"}, {"YELLOW", "预警"}, {"RED", "超期"}}};

template <std::size_t Size>
const words& at(const std::array<words, Size>& all, int number) noexcept {
    return all[number >= 0 && static_cast<std::size_t>(number) < Size ? static_cast<std::size_t>(number) : 0];
}

} // namespace

// 网络送达 has no event of its own: it is the licence that B gives. At A's window it is handed over all the same.
bool delivery_is_owed(const v1::CaseState& state) noexcept {
    if (state.status() == v1::CASE_STATUS_DELIVERING) {
        return true;
    }
    if (state.status() != v1::CASE_STATUS_CLOSED || state.outcome() != v1::OUTCOME_APPROVED_WITH_CERT) {
        return false;
    }
    return state.business_mode() == v1::BUSINESS_MODE_COLLECT_FOR_OTHER ||
           (state.delivery_watched() && !state.licence_given());
}

v1::ClockKind result_clock(const v1::CaseClocks& clocks) noexcept {
    const auto promise = clocks.promise_due_ms();
    const auto statutory = clocks.statutory_due_ms();
    return promise != 0 && (statutory == 0 || promise <= statutory) ? v1::CLOCK_KIND_PROMISE
           : statutory != 0                                         ? v1::CLOCK_KIND_STATUTORY
                                                                    : v1::CLOCK_KIND_UNSPECIFIED;
}

v1::ClockKind running_clock(const v1::CaseState& state) noexcept {
    const auto& clocks = state.clocks();
    switch (state.status()) {
    case v1::CASE_STATUS_QUEUED:
        return clocks.receipt_due_ms() != 0 ? v1::CLOCK_KIND_RECEIPT : v1::CLOCK_KIND_UNSPECIFIED;
    case v1::CASE_STATUS_DEST_RECEIVED:
        return v1::CLOCK_KIND_NOTICE;
    case v1::CASE_STATUS_SUPPLEMENTING:
        return v1::CLOCK_KIND_SUPPLEMENT;
    case v1::CASE_STATUS_ACCEPTED:
    case v1::CASE_STATUS_IN_REVIEW:
    case v1::CASE_STATUS_DECIDED:
        return result_clock(clocks);
    case v1::CASE_STATUS_SUSPENDED:
        return clocks.special_due_ms() != 0 && clocks.has_waiting_limit() ? v1::CLOCK_KIND_SPECIAL
                                                                         : v1::CLOCK_KIND_UNSPECIFIED;
    case v1::CASE_STATUS_CLOSED:
    case v1::CASE_STATUS_DELIVERING:
        return delivery_is_owed(state) ? v1::CLOCK_KIND_DELIVERY : v1::CLOCK_KIND_UNSPECIFIED;
    default:
        return v1::CLOCK_KIND_UNSPECIFIED;
    }
}

std::int64_t due_of(const v1::CaseClocks& clocks, v1::ClockKind clock) noexcept {
    switch (clock) {
    case v1::CLOCK_KIND_NOTICE:
        return clocks.notice_due_ms();
    case v1::CLOCK_KIND_SUPPLEMENT:
        return clocks.supplement_due_ms();
    case v1::CLOCK_KIND_PROMISE:
        return clocks.promise_due_ms();
    case v1::CLOCK_KIND_STATUTORY:
        return clocks.statutory_due_ms();
    case v1::CLOCK_KIND_SPECIAL:
        return clocks.special_due_ms();
    case v1::CLOCK_KIND_DELIVERY:
        return clocks.delivery_due_ms();
    case v1::CLOCK_KIND_RECTIFICATION:
        return clocks.rectification_due_ms();
    case v1::CLOCK_KIND_RECEIPT:
        return clocks.receipt_due_ms();
    case v1::CLOCK_KIND_COLLECTION:
        return clocks.notice_line_from_collection_ms();
    default:
        return 0;
    }
}

std::int64_t inbox_order_ms(const v1::CaseState& state) noexcept {
    const auto due_ms = due_of(state.clocks(), running_clock(state));
    return due_ms != 0 ? due_ms : state.turn_since_ms();
}

std::string_view owed_by(const v1::CaseState& state, v1::ClockKind clock) noexcept {
    switch (clock) {
    case v1::CLOCK_KIND_UNSPECIFIED:
        return {};
    case v1::CLOCK_KIND_SUPPLEMENT:
    case v1::CLOCK_KIND_OWED_MATERIAL:
        return state.origin_region();
    case v1::CLOCK_KIND_URGE:
        return state.urge().by_region() == state.dest_region() ? state.origin_region() : state.dest_region();
    default:
        return state.dest_region();
    }
}

bool counts_working_days(const v1::CaseState& state, v1::ClockKind clock) noexcept {
    const auto* statutory = statutory_of(state);
    switch (clock) {
    case v1::CLOCK_KIND_PROMISE:
        return is_immediate(state) || (promise_of(state) != nullptr && in_working_days(*promise_of(state)));
    case v1::CLOCK_KIND_STATUTORY:
        return statutory != nullptr && in_working_days(*statutory);
    default:
        return in_working_days(limit_of(state, clock));
    }
}

v1::SupervisionBand band_of(const v1::CaseState& state) noexcept {
    const auto clock = running_clock(state);
    if (clock == v1::CLOCK_KIND_SPECIAL) { // the promise's stands still
        return state.clocks().special_overrun() ? v1::SUPERVISION_BAND_RED : v1::SUPERVISION_BAND_BLUE;
    }
    return clock == state.clocks().band_clock() ? state.clocks().band() : v1::SUPERVISION_BAND_UNSPECIFIED;
}

bool is_provisional(const v1::CaseState& state, const v1::Limit& limit, std::int64_t due_ms) noexcept {
    // No calendar after the first day without one: what is due later was counted over such days.
    const auto from = state.clocks().provisional_from();
    return from != 0 && due_ms != 0 && in_working_days(limit) && day_of(due_ms) >= from;
}

v1::Owed owed_until(const v1::CaseState& state, v1::ClockKind clock, const v1::Limit& limit, std::int64_t due_ms,
                    v1::SupervisionBand band) {
    v1::Owed owed;
    owed.set_clock(clock);
    owed.set_clock_zh(std::string(term(clock)));
    owed.set_by(std::string(owed_by(state, clock)));
    owed.mutable_due()->set_seconds(due_ms / 1000);
    owed.set_band(band);
    owed.set_provisional(is_provisional(state, limit, due_ms));
    return owed;
}

std::optional<v1::Owed> owed_of(const v1::CaseState& state) {
    const auto clock = running_clock(state);
    const auto due_ms = due_of(state.clocks(), clock);
    if (due_ms == 0) {
        return std::nullopt;
    }
    return owed_until(state, clock, limit_of(state, clock), due_ms, band_of(state));
}

case_timer next_timer(const v1::CaseState& state) noexcept {
    const auto of_clock = state.has_clocks() ? of_status(state) : case_timer{};
    const auto beside = earliest(earliest(next_obligation(state), next_archive_timer(state)), line_from_collection(state));
    const auto timer = earliest(earliest(of_clock, beside), end_of_session(state));
    const bool moves = timer.body == v1::CaseEvent::kDeemedAccepted || timer.body == v1::CaseEvent::kSupplementLapsed;
    // A case that takes no more events is not asked for ever.
    const auto room = moves ? max_events_per_case : max_events_that_stay;
    return state.event_count() < room ? timer : case_timer{};
}

bool timer_has_come(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept {
    const auto& event = record.event();
    if (tells_of_late_reply(record)) {
        return is_news_of_late_reply(state, record, now_ms); // carried over from the case whose timer said it
    }
    if (event.has_deemed_accepted()) {
        // Whether the yellow line was said before does not matter to who was not told in time.
        const auto deemed = deemed_acceptance(state);
        return deemed.at_ms != 0 && now_ms >= deemed.at_ms && !state.terms().never_deemed_accepted();
    }
    const auto timer = next_timer(state);
    if (timer.at_ms == 0 || timer.body != event.body_case() || now_ms < timer.at_ms) {
        return false;
    }
    switch (event.body_case()) {
    case v1::CaseEvent::kSupervisionWarning: {
        const auto& warning = event.supervision_warning();
        return warning.band() == timer.band && warning.clock() == timer.clock &&
               warning.due().seconds() == timer.due_ms / 1000;
    }
    case v1::CaseEvent::kSessionLapsed:
        return event.session_lapsed().session_id() == state.virtual_window().session_id();
    case v1::CaseEvent::kOwedReminded:
        return same_codes(event.owed_reminded().codes(), owed_codes(state, timer));
    case v1::CaseEvent::kOwedLapsed:
        return same_codes(event.owed_lapsed().codes(), owed_codes(state, timer)) &&
               event.owed_lapsed().consequence() == gravest(state, timer.due_ms);
    default:
        return true;
    }
}

std::string_view name(v1::ClockKind clock) noexcept {
    return at(clock_words, clock).name;
}
std::string_view term(v1::ClockKind clock) noexcept {
    return at(clock_words, clock).term;
}
std::string_view name(v1::SupervisionBand band) noexcept {
    return at(band_words, band).name;
}
std::string_view term(v1::SupervisionBand band) noexcept {
    return at(band_words, band).term;
}

} // namespace tongban::cases
