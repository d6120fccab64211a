// What each event adds, by its body. A case is counted in the step that the event is, whatever comes later.
#include "gateway/cases/figures.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/limits.hpp"
#include "gateway/cases/return_reasons.hpp"
#include "gateway/cases/working_days.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr std::int64_t ms_per_second = 1000;

std::int64_t seconds_between(std::int64_t from_ms, std::int64_t to_ms) noexcept {
    return std::max<std::int64_t>(0, to_ms - from_ms) / ms_per_second;
}

// 收件: at the window, or as filed.
std::int64_t begun_ms(const v1::CaseState& state) noexcept {
    return state.times().collected_ms() != 0 ? state.times().collected_ms() : state.times().submitted_ms();
}

void count_received(increments& out, const v1::CaseState& state) {
    out.add(figure::received);
    // 流转时长 of a filing that was sent again runs from that filing.
    const auto from_ms = state.revision() > 1 ? state.times().submitted_ms() : begun_ms(state);
    const auto seconds = seconds_between(from_ms, state.times().received_ms());
    out.add(figure::transfer_seconds, seconds);
    const auto slot = std::lower_bound(transfer_bounds.begin(), transfer_bounds.end(), seconds) - transfer_bounds.begin();
    out.put(figure_sums::first_transfer + static_cast<std::size_t>(slot), 1);
}

void count_timeliness(increments& out, const v1::CaseState& state) {
    const auto timeliness = state.clocks().timeliness();
    const bool immediate = is_immediate(state);
    const bool early = timeliness == v1::TIMELINESS_EARLY;
    out.add(figure::immediate, immediate);
    if (timeliness == v1::TIMELINESS_UNSPECIFIED) {
        return; // nothing was promised, and the law names no limit
    }
    out.add(figure::measured);
    out.add(early ? figure::early : timeliness == v1::TIMELINESS_LATE ? figure::late : figure::on_time);
    out.add(figure::commitment, !immediate);
    out.add(figure::commitment_early, !immediate && early);
}

void count_days(increments& out, const v1::CaseState& state) {
    const auto& clocks = state.clocks();
    const auto used = std::max(0, clocks.used_days());
    out.add(figure::used_days, used);
    out.put(figure_sums::first_used_days + std::min<std::size_t>(static_cast<std::size_t>(used), used_days_slots - 1), 1);
    const auto* promise = promise_of(state);
    const bool immediate = is_immediate(state);
    const bool promised_days = immediate || (promise != nullptr && in_working_days(*promise));
    const auto promised = (immediate ? 0 : value_of(or_none(promise))) + clocks.extension_days();
    if (promised_days) {
        out.add(figure::promise_days, promised);
        out.add(figure::promise_used_days, used);
    }
    const auto* statutory = statutory_of(state);
    if (promised_days && statutory != nullptr && in_working_days(*statutory)) {
        out.add(figure::statutory_days, value_of(*statutory));
        out.add(figure::statutory_promise_days, promised - clocks.extension_days());
    }
}

// Whether the days that were used rest on a year whose calendar was not published yet.
bool is_provisional(const v1::LedgerRecord& record, const v1::CaseState& state, std::int64_t closed_ms) {
    const auto days = record.has_working_days() ? working_days(record.working_days()) : working_days();
    return days.first_uncertain(day_of(state.clocks().accepted_ms()), day_of(closed_ms)) != 0;
}

void count_closed(increments& out, const v1::LedgerRecord& record, const v1::CaseState& state, std::int64_t now_ms) {
    switch (state.outcome()) {
    case v1::OUTCOME_WITHDRAWN:
        return out.add(figure::withdrawn);
    case v1::OUTCOME_FORWARDED:
        return out.add(figure::forwarded);
    case v1::OUTCOME_VOIDED:
    case v1::OUTCOME_DELETED:
        return out.add(figure::voided);
    default:
        break;
    }
    const bool by_gateway = record.sender().role() == v1::ROLE_GATEWAY;
    const auto closed_ms = by_gateway ? now_ms : state.clocks().legal_ms();
    out.add(figure::closed);
    out.add(figure::denied, state.outcome() == v1::OUTCOME_DENIED || state.decision() == v1::DECISION_DENIED);
    count_timeliness(out, state);
    count_days(out, state);
    out.add(figure::handling_seconds, seconds_between(state.clocks().accepted_ms(), closed_ms));
    out.add(figure::total_seconds, seconds_between(begun_ms(state), now_ms));
    if (state.has_onsite_visits()) {
        out.add(figure::visits_known);
        out.add(figure::zero_visit, state.onsite_visits() == 0);
        out.add(figure::visits, state.onsite_visits());
    }
    out.add(figure::full_online, state.business_mode() == v1::BUSINESS_MODE_FULL_ONLINE);
    out.add(figure::automatic, record.sender().automatic());
    out.add(figure::provisional, is_provisional(record, state, closed_ms));
}

void count_evaluation(increments& out, v1::Grade grade) {
    out.add(figure::evaluated);
    const bool satisfied = grade >= v1::GRADE_VERY_SATISFIED && grade <= v1::GRADE_FAIRLY_SATISFIED;
    out.add(satisfied ? figure::satisfied : figure::dissatisfied);
}

void count_warning(increments& out, const v1::SupervisionWarning& warning) {
    const bool red = warning.band() == v1::SUPERVISION_BAND_RED;
    out.add(warning.clock() == v1::CLOCK_KIND_URGE ? figure::urge_overdue : red ? figure::warned_red : figure::warned_yellow);
}

figure returned_for(v1::ReturnReason reason) noexcept {
    switch (reason) {
    case v1::RETURN_REASON_MATERIALS_MISSING:
        return figure::returned_materials_missing;
    case v1::RETURN_REASON_MATERIALS_UNREADABLE:
        return figure::returned_materials_unreadable;
    case v1::RETURN_REASON_NOT_IN_LEGAL_FORM:
        return figure::returned_not_in_legal_form;
    case v1::RETURN_REASON_NOT_HANDLED_HERE:
        return figure::returned_not_handled_here;
    case v1::RETURN_REASON_APPLICATION_WRONG:
        return figure::returned_application_wrong;
    case v1::RETURN_REASON_DUPLICATE_FILING:
        return figure::returned_duplicate_filing;
    case v1::RETURN_REASON_DAMAGED_IN_TRANSFER:
        return figure::returned_damaged_in_transfer;
    default:
        return figure::returned_other;
    }
}

// A region that is both is only told of its bundles 一件事, as their origin. The destination of a case may change, its origin not.
bool is_origin(const v1::CaseState& state, std::string_view region) noexcept {
    return region == state.origin_region();
}

// Events that each add one to a figure, and nothing else.
std::optional<figure> plain_figure(v1::CaseEvent::BodyCase body) noexcept {
    switch (body) {
    case v1::CaseEvent::kAcceptanceRefused:
        return figure::refused;
    case v1::CaseEvent::kSupplementLapsed:
        return figure::lapsed;
    case v1::CaseEvent::kWithdrawn:
        return figure::withdrawn;
    case v1::CaseEvent::kCaseForwarded:
        return figure::forwarded;
    case v1::CaseEvent::kCaseVoided:
        return figure::voided;
    case v1::CaseEvent::kRejectedByGateway:
        return figure::rejected_by_gateway;
    case v1::CaseEvent::kCaseAccepted:
        return figure::accepted;
    case v1::CaseEvent::kUrged:
        return figure::urged;
    case v1::CaseEvent::kUrgeAnswered:
        return figure::urge_answered;
    case v1::CaseEvent::kSpecialStarted:
        return figure::suspended;
    case v1::CaseEvent::kDeadlineExtended:
        return figure::extended;
    case v1::CaseEvent::kBundleClosed:
        return figure::bundles_closed;
    default:
        return std::nullopt;
    }
}

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& bytes) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace

increments figures_added(const v1::LedgerRecord& record, const v1::CaseState& state, record_time recorded_at) {
    increments out;
    const auto& event = record.event();
    const auto now_ms = recorded_at.time_since_epoch().count();
    // A bundle's parent is counted by its children, from the filing to the end.
    if (state.has_bundle() && event.has_case_voided() && record.clock_rules() >= rules_of_figures) {
        return out;
    }
    if (const auto one = plain_figure(event.body_case())) {
        out.add(*one);
        return out;
    }
    switch (event.body_case()) {
    case v1::CaseEvent::kCaseSubmitted:
        // An answer to 补正 is no new filing, and a bundle's parent is counted by its children.
        if (state.status() != v1::CASE_STATUS_DEST_RECEIVED) {
            out.add(state.has_bundle() ? figure::bundles : figure::submitted);
        }
        break;
    case v1::CaseEvent::kDestReceived:
        count_received(out, state);
        break;
    case v1::CaseEvent::kDeemedAccepted:
        out.add(figure::accepted);
        out.add(figure::deemed_accepted);
        break;
    case v1::CaseEvent::kSupplementRequired:
        out.add(figure::supplemented, state.supplement_rounds() == 1);
        break;
    case v1::CaseEvent::kReturned:
        out.add(figure::returned);
        out.add(figure::returned_unreceived, state.times().received_ms() == 0);
        out.add(returned_for(reason_of(event.returned())));
        break;
    case v1::CaseEvent::kOwedLapsed:
        out.add(figure::owed_lapsed, state.status() == v1::CASE_STATUS_LAPSED);
        break;
    case v1::CaseEvent::kCaseClosed:
        count_closed(out, record, state, now_ms);
        break;
    case v1::CaseEvent::kCollectedByApplicant:
    case v1::CaseEvent::kSigned:
        out.add(figure::delivered);
        out.add(figure::delivery_seconds, seconds_between(state.times().closed_ms(), state.times().delivered_ms()));
        break;
    case v1::CaseEvent::kEvaluated:
        count_evaluation(out, event.evaluated().grade());
        break;
    case v1::CaseEvent::kSupervisionWarning:
        if (!tells_of_late_reply(record)) { // counted where the reply is owed
            count_warning(out, event.supervision_warning());
        }
        break;
    default:
        break;
    }
    return out;
}

std::int64_t figure_time_of(const v1::LedgerRecord& record, const v1::CaseState& state, record_time recorded_at) noexcept {
    const auto now_ms = recorded_at.time_since_epoch().count();
    if (record.clock_rules() < rules_of_figures) {
        return now_ms;
    }
    switch (record.event().body_case()) {
    case v1::CaseEvent::kSupplementRequired:
    case v1::CaseEvent::kReturned:
        return state.times().received_ms() != 0 ? state.times().received_ms() : now_ms;
    case v1::CaseEvent::kUrged:
    case v1::CaseEvent::kUrgeAnswered:
        return state.urge().since_ms() != 0 ? state.urge().since_ms() : now_ms;
    default:
        return now_ms;
    }
}

void add_messages(increments& to, const v1::CaseState& state, const due_regions& due) noexcept {
    for (const auto region : due) {
        to.add(is_origin(state, region) ? figure::messages_to_origin : figure::messages_to_dest);
    }
}

figure receipt_of(const v1::CaseState& state, std::string_view region) noexcept {
    return is_origin(state, region) ? figure::receipts_of_origin : figure::receipts_of_dest;
}

std::optional<figure> rectification_of(const v1::CaseState& state, bool owed_before) noexcept {
    if (state.rectification_owed() == owed_before) {
        return std::nullopt;
    }
    return owed_before ? figure::rectified : figure::to_rectify;
}

void increments::put(std::size_t slot, std::int64_t more) noexcept {
    if (more > 0 && count_ < steps_.size()) {
        steps_[count_++] = {static_cast<std::uint16_t>(slot), more};
    }
}

void increments::add_to(figure_sums& sums) const noexcept {
    for (const auto& each : std::span(steps_).first(count_)) {
        sums.add(each.slot, each.more);
    }
}

std::int64_t increments::of(figure f) const noexcept {
    figure_sums sums;
    add_to(sums);
    return sums[f];
}

figure_sums& figure_sums::operator+=(const figure_sums& other) noexcept {
    for (std::size_t i = 0; i < size; ++i) {
        slots_[i] += other.slots_[i];
    }
    return *this;
}

void figure_sums::encode(std::string& out) const {
    for (std::size_t slot = 0; slot < size; ++slot) {
        if (slots_[slot] != 0) {
            put_varint(out, slot);
            put_varint(out, static_cast<std::uint64_t>(slots_[slot]));
        }
    }
}

std::optional<figure_sums> figure_sums::decode(std::string_view bytes) noexcept {
    figure_sums sums;
    while (!bytes.empty()) {
        const auto slot = take_varint(bytes);
        const auto sum = slot ? take_varint(bytes) : std::nullopt;
        if (!sum || *slot >= size) {
            return std::nullopt;
        }
        sums.slots_[*slot] = static_cast<std::int64_t>(*sum);
    }
    return sums;
}

} // namespace tongban::cases
