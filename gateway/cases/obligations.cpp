// Times are reckoned when something becomes owed, with the days of its record; later a comparison with the log's time says
// what has run out.
#include "gateway/cases/obligations.hpp"

#include "gateway/cases/archives.hpp"
#include "gateway/cases/plain_text.hpp"
#include "gateway/cases/reckoning.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr status_set may_end =
    bit(v1::CASE_STATUS_ACCEPTED) | bit(v1::CASE_STATUS_IN_REVIEW) | bit(v1::CASE_STATUS_SUSPENDED);
constexpr std::int32_t reminder_days = 2; // working days before the promised day

v1::Limit workdays(std::int32_t number) {
    v1::Limit limit;
    limit.set_value(number);
    limit.set_unit(v1::LIMIT_UNIT_WORKDAY);
    return limit;
}

void reckon(v1::OwedItem& owed, const working_days& days) {
    owed.set_due_ms(end_of_limit(owed.limit(), owed.since_ms(), days));
    const auto reminder = start_of(days.add(day_of(owed.due_ms()), -reminder_days));
    owed.set_remind_ms(std::max(reminder, owed.since_ms()));
}

// It came in, and the destination has not said what it is worth.
bool waits_for_word(const v1::OwedItem& owed) noexcept {
    return owed.submitted();
}

void reckon_word(const v1::CaseState& state, v1::OwedItem& owed, const working_days& days) {
    const auto said = static_cast<std::int32_t>(state.terms().notice_days());
    const auto limit = workdays(said == 0 ? static_cast<std::int32_t>(default_notice_days) : said);
    owed.set_answer_due_ms(end_of_limit(limit, owed.submitted_ms(), days));
}

void clear_word(v1::OwedItem& owed) {
    owed.clear_submitted();
    owed.clear_submitted_ms();
    owed.clear_answer_due_ms();
    owed.clear_answer_overdue();
}

void owe_until(v1::OwedItem& owed, const v1::Limit& limit, const working_days& days, std::int64_t from_ms) {
    *owed.mutable_limit() = limit;
    owed.set_since_ms(from_ms);
    owed.set_lapsed(false);
    reckon(owed, days);
}

// By the working days that it waited since it came in: what was left then is left at `at_ms`. With nothing left it is owed on that
// day, or, where that is a day off, on the next working day.
void put_off(v1::OwedItem& owed, const working_days& days, std::int64_t at_ms, std::uint32_t rules) {
    auto left = days.count(day_of(owed.submitted_ms()), day_of(owed.due_ms()));
    const bool in_time = owed.submitted_ms() <= owed.due_ms();
    if (!in_time || end_of(days.add(day_of(at_ms), left)) <= owed.due_ms()) {
        return;
    }
    if (left == 0 && rules >= rules_of_putting_off && !days.works(day_of(at_ms))) {
        left = 1;
    }
    owe_until(owed, workdays(left), days, at_ms);
}

// By its code, or by its name where both or either have none.
template <typename One, typename Other>
bool is_same_material(const One& one, const Other& other) {
    return one.code().empty() || other.code().empty() ? !one.name().empty() && means_same(one.name(), other.name())
                                                      : means_same(one.code(), other.code());
}

// One of the codes or names means it.
template <typename Codes>
bool is_meant(const v1::CaseState& state, const Codes& codes, const v1::OwedItem& owed) {
    return std::any_of(codes.begin(), codes.end(), [&](const auto& said) { return owed_named(state, said) == &owed; });
}

// Every code or name is of one that is owed, and there is one.
template <typename Codes>
bool all_owed(const v1::CaseState& state, const Codes& codes) {
    return !codes.empty() &&
           std::all_of(codes.begin(), codes.end(), [&](const auto& said) { return owed_named(state, said) != nullptr; });
}

bool names_owed(const v1::CaseState& state, const v1::CaseEvent& event) {
    return event.has_owed_submitted() ? all_owed(state, event.owed_submitted().codes())
                                      : all_owed(state, event.owed_cleared().codes());
}

verdict check_brought(const v1::CaseState& state, const v1::OwedRefused& refused) {
    const auto& codes = refused.codes();
    if (!all_owed(state, codes)) {
        return verdict::not_owed;
    }
    const bool all =
        std::all_of(codes.begin(), codes.end(), [&](const auto& said) { return waits_for_word(*owed_named(state, said)); });
    return all ? verdict::applied : verdict::not_brought;
}

// One that was ignored beyond its limit may be said again, by its own side: the debtor's would wipe out the debt.
verdict check_urge(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    if (state.has_bundle()) {
        return verdict::of_bundle; // both sides are the same place: nobody could answer
    }
    const bool again = state.urge().overdue() && record.sender().region() == state.urge().by_region();
    return is_urged(state) && !again ? verdict::urge_open : verdict::applied;
}

verdict check_answer(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    const auto& number = record.event().urge_answered().urge_no();
    return !is_urged(state)                                        ? verdict::no_urge
           : record.sender().region() == state.urge().by_region() ? verdict::own_urge
           : !number.empty() && number != state.urge().urge_no()  ? verdict::other_urge
                                                                  : verdict::applied;
}

verdict check_round(const v1::CaseState& state, const v1::Evaluated& evaluated) noexcept {
    if (state.evaluation_rounds() >= max_evaluation_rounds) {
        return verdict::rounds_used_up;
    }
    const bool next = evaluated.nth() == 0 || static_cast<std::uint32_t>(evaluated.nth()) == state.evaluation_rounds() + 1;
    return next ? verdict::applied : verdict::other_round;
}

bool tolerates(const v1::CaseState& state, const v1::CaseAccepted& accepted) noexcept {
    return accepted.owed().empty() || !state.has_terms() || state.terms().item_version().empty() || state.terms().tolerance();
}

template <typename Codes, typename Change>
void change_owed(v1::CaseState& state, const Codes& codes, const Change& change) {
    for (auto& owed : *state.mutable_owed_materials()) {
        if (is_meant(state, codes, owed)) {
            change(owed);
        }
    }
}

void clear_owed(v1::CaseState& state, const v1::OwedCleared& cleared) {
    google::protobuf::RepeatedPtrField<v1::OwedItem> rest;
    for (const auto& one : state.owed_materials()) {
        if (!is_meant(state, cleared.codes(), one)) {
            *rest.Add() = one;
        }
    }
    state.mutable_owed_materials()->Swap(&rest);
}

// What the answer to a 补正 brings, asked for or not, is no longer to come.
void forget_brought(v1::CaseState& state, const v1::LedgerRecord& record) {
    if (record.brings().empty()) {
        return;
    }
    auto& missing = *state.mutable_terms()->mutable_missing();
    const auto rest = std::remove_if(missing.begin(), missing.end(), [&](const v1::OwedMaterial& one) {
        return std::find(record.brings().begin(), record.brings().end(), key_of(one)) != record.brings().end();
    });
    missing.erase(rest, missing.end());
}

void end_rectification(v1::CaseState& state) {
    state.set_rectification_owed(false);
    auto& clocks = *state.mutable_clocks();
    clocks.clear_rectification_due_ms();
    clocks.clear_rectification_band();
    clocks.clear_rectification_line_ms();
}

void take_warning(v1::CaseState& state, const v1::SupervisionWarning& warning) {
    if (warning.clock() == v1::CLOCK_KIND_URGE) {
        state.mutable_urge()->set_overdue(true);
    } else if (warning.clock() == v1::CLOCK_KIND_OWED_ANSWER) {
        for (auto& owed : *state.mutable_owed_materials()) {
            const bool meant = waits_for_word(owed) && owed.answer_due_ms() / 1000 == warning.due().seconds();
            owed.set_answer_overdue(owed.answer_overdue() || meant);
        }
    }
}

} // namespace

const v1::OwedItem* owed_named(const v1::CaseState& state, std::string_view said) {
    const v1::OwedItem* by_name = nullptr;
    for (const auto& one : state.owed_materials()) {
        if (means_same(key_of(one), said)) {
            return &one;
        }
        const bool named = by_name == nullptr && !one.name().empty() && means_same(one.name(), said);
        by_name = named ? &one : by_name;
    }
    return by_name;
}

verdict check_obligation(const v1::CaseState& state, const v1::LedgerRecord& record, guard must_hold) {
    const auto& event = record.event();
    switch (must_hold) {
    case guard::tolerance_allowed:
        return tolerates(state, event.case_accepted()) ? verdict::applied : verdict::tolerance_excluded;
    case guard::names_owed:
        return names_owed(state, event) ? verdict::applied : verdict::not_owed;
    case guard::names_brought:
        return check_brought(state, event.owed_refused());
    case guard::not_urged:
        return check_urge(state, record);
    case guard::urged_by_other:
        return check_answer(state, record);
    case guard::next_round:
        return check_round(state, event.evaluated());
    case guard::rectification_owed:
        return state.rectification_owed() ? verdict::applied : verdict::nothing_to_rectify;
    default:
        return verdict::applied;
    }
}

void owe_materials(v1::CaseState& state, const v1::CaseAccepted& accepted, const working_days& days, std::int64_t at_ms) {
    state.clear_owed_materials();
    const auto owe = [&](const v1::OwedMaterial& said) {
        auto& owed = *state.add_owed_materials();
        owed.set_code(said.code());
        owed.set_name(said.name());
        owed.set_commitment(said.commitment());
        owed.set_consequence(said.consequence() == v1::OWED_CONSEQUENCE_UNSPECIFIED ? v1::OWED_CONSEQUENCE_NO_CERTIFICATE
                                                                                    : said.consequence());
        *owed.mutable_limit() = said.has_limit() ? said.limit() : workdays(default_owed_days);
        owed.set_since_ms(at_ms);
        reckon(owed, days);
    };
    for (const auto& said : accepted.owed()) {
        owe(said);
    }
    for (const auto& missing : still_missing(state.terms(), accepted)) {
        owe(missing);
    }
}

std::vector<v1::OwedMaterial> still_missing(const v1::CaseTerms& terms, const v1::CaseAccepted& accepted) {
    std::vector<v1::OwedMaterial> missing;
    for (const auto& one : terms.missing()) {
        const bool named = std::any_of(accepted.owed().begin(), accepted.owed().end(),
                                       [&](const v1::OwedMaterial& said) { return is_same_material(said, one); });
        if (!named && one.commitment().empty()) { // where a letter stands for it, nothing is to come
            missing.push_back(one);
        }
    }
    return missing;
}

void ask_for_missing(v1::CaseState& state, const v1::SupplementRequired& asked) {
    if (state.terms().missing().empty()) {
        return;
    }
    auto& missing = *state.mutable_terms()->mutable_missing();
    const auto rest = std::remove_if(missing.begin(), missing.end(), [&](const v1::OwedMaterial& one) {
        return std::any_of(asked.missing().begin(), asked.missing().end(),
                           [&](const auto& wanted) { return is_same_material(wanted, one); });
    });
    missing.erase(rest, missing.end());
}

void owe_word(v1::CaseState& state, const v1::OwedSubmitted& brought, const working_days& days, std::int64_t at_ms,
              std::uint32_t rules) {
    change_owed(state, brought.codes(), [&](v1::OwedItem& owed) {
        if (waits_for_word(owed) && rules >= rules_of_putting_off) {
            put_off(owed, days, at_ms, rules); // what it waited so far was not the applicant's delay
        }
        clear_word(owed); // brought once more: the answer is owed from now
        owed.set_submitted(true);
        owed.set_submitted_ms(at_ms);
        reckon_word(state, owed, days);
    });
    state.set_owed_turns(state.owed_turns() + 1);
}

void owe_again(v1::CaseState& state, const v1::OwedRefused& refused, const working_days& days, std::int64_t at_ms,
               std::uint32_t rules) {
    change_owed(state, refused.codes(), [&](v1::OwedItem& owed) {
        const auto said_ms = std::max(at_ms, owed.submitted_ms());
        if (refused.has_limit()) {
            owe_until(owed, refused.limit(), days, said_ms);
        } else {
            put_off(owed, days, said_ms, rules);
        }
        clear_word(owed);
        owed.set_refusals(owed.refusals() + 1);
        owed.set_reminded(owed.lapsed()); // reminded of again; what has lapsed stays so
    });
    state.set_owed_turns(state.owed_turns() + 1);
}

void owe_answer(v1::CaseState& state, const v1::LedgerRecord& record, const working_days& days, std::int64_t at_ms) {
    const auto& said = record.event().urged();
    const auto count = state.urge().count();
    auto& urge = *state.mutable_urge();
    urge.Clear();
    urge.set_urge_no(said.urge_no());
    urge.set_by_region(record.sender().region());
    urge.set_since_ms(at_ms);
    urge.set_count(count + 1);
    *urge.mutable_limit() = said.has_limit() ? said.limit() : workdays(default_urge_days);
    urge.set_due_ms(end_of_limit(urge.limit(), at_ms, days));
}

void fold_obligation(v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& event = record.event();
    switch (event.body_case()) {
    case v1::CaseEvent::kSupplementSubmitted:
        return forget_brought(state, record);
    case v1::CaseEvent::kOwedCleared:
        return clear_owed(state, event.owed_cleared());
    case v1::CaseEvent::kOwedReminded:
        return change_owed(state, event.owed_reminded().codes(), [](v1::OwedItem& owed) { owed.set_reminded(true); });
    case v1::CaseEvent::kOwedLapsed:
        return change_owed(state, event.owed_lapsed().codes(), [](v1::OwedItem& owed) { owed.set_lapsed(true); });
    case v1::CaseEvent::kUrgeAnswered:
        state.mutable_urge()->set_answered(true);
        return;
    case v1::CaseEvent::kSupervisionWarning:
        return take_warning(state, event.supervision_warning());
    case v1::CaseEvent::kRectified:
        return end_rectification(state);
    default:
        return;
    }
}

void revise_obligations(v1::CaseState& state, const working_days& days) {
    for (auto& owed : *state.mutable_owed_materials()) {
        reckon(owed, days);
        if (waits_for_word(owed)) {
            reckon_word(state, owed, days);
        }
    }
    if (is_urged(state)) {
        state.mutable_urge()->set_due_ms(end_of_limit(state.urge().limit(), state.urge().since_ms(), days));
    }
}

bool ends_by_owed_material(const v1::CaseState& state, const v1::CaseEvent& event) noexcept {
    return event.has_owed_lapsed() && event.owed_lapsed().consequence() == v1::OWED_CONSEQUENCE_CASE_ENDS &&
           (may_end & bit(state.status())) != 0;
}

bool is_urged(const v1::CaseState& state) noexcept {
    return state.has_urge() && !state.urge().answered();
}

bool owes_beside(const v1::CaseState& state) noexcept {
    return (not_ended & bit(state.status())) != 0 &&
           (state.rectification_owed() || is_urged(state) || !state.owed_materials().empty() || owes_archives(state));
}

std::vector<v1::Owed> owed_beside(const v1::CaseState& state) {
    std::vector<v1::Owed> all;
    if (!owes_beside(state)) {
        return all;
    }
    static const v1::Limit in_days; // no unit is working days
    const auto add = [&](v1::ClockKind clock, const v1::Limit& limit, std::int64_t due_ms, v1::SupervisionBand band) {
        all.push_back(owed_until(state, clock, limit, due_ms, band));
    };
    const v1::OwedItem* to_bring = nullptr; // the nearest of them
    const v1::OwedItem* to_answer = nullptr;
    if ((while_owed & bit(state.status())) != 0) {
        for (const auto& owed : state.owed_materials()) {
            if (waits_for_word(owed)) {
                const bool nearer = to_answer == nullptr || owed.answer_due_ms() < to_answer->answer_due_ms();
                to_answer = nearer ? &owed : to_answer;
            } else {
                to_bring = to_bring == nullptr || owed.due_ms() < to_bring->due_ms() ? &owed : to_bring;
            }
        }
    }
    if (to_bring != nullptr) {
        add(v1::CLOCK_KIND_OWED_MATERIAL, to_bring->limit(), to_bring->due_ms(),
            to_bring->lapsed()     ? v1::SUPERVISION_BAND_RED
            : to_bring->reminded() ? v1::SUPERVISION_BAND_YELLOW
                                   : v1::SUPERVISION_BAND_BLUE);
    }
    if (to_answer != nullptr) {
        add(v1::CLOCK_KIND_OWED_ANSWER, in_days, to_answer->answer_due_ms(),
            to_answer->answer_overdue() ? v1::SUPERVISION_BAND_RED : v1::SUPERVISION_BAND_BLUE);
    }
    if (is_urged(state)) {
        add(v1::CLOCK_KIND_URGE, state.urge().limit(), state.urge().due_ms(),
            state.urge().overdue() ? v1::SUPERVISION_BAND_RED : v1::SUPERVISION_BAND_BLUE);
    }
    if (owes_archives(state)) {
        all.push_back(owed_archives(state));
    }
    if (state.rectification_owed()) {
        add(v1::CLOCK_KIND_RECTIFICATION, in_days, state.clocks().rectification_due_ms(), state.clocks().rectification_band());
    }
    return all;
}

std::vector<std::string> owed_codes(const v1::CaseState& state, const case_timer& timer) {
    const bool reminds = timer.body == v1::CaseEvent::kOwedReminded;
    std::vector<std::string> codes;
    for (const auto& owed : state.owed_materials()) {
        const bool due = owed.due_ms() == timer.due_ms && !waits_for_word(owed) && !owed.lapsed();
        if (due && owed.reminded() != reminds) {
            codes.push_back(key_of(owed));
        }
    }
    return codes;
}

v1::OwedConsequence gravest(const v1::CaseState& state, std::int64_t due_ms) noexcept {
    auto found = v1::OWED_CONSEQUENCE_NO_CERTIFICATE;
    for (const auto& owed : state.owed_materials()) {
        if (owed.due_ms() == due_ms && !waits_for_word(owed) && !owed.lapsed()) {
            found = std::max(found, owed.consequence());
        }
    }
    return found;
}

} // namespace tongban::cases
