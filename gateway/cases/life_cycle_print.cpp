// Renders the life cycle for people. A test compares the result with docs/life-cycle.md, so the two cannot
// differ.
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

#include <utility>

namespace tongban::cases {

namespace {

std::string_view words_of(speaker by) noexcept {
    switch (by) {
    case speaker::origin:
        return "A";
    case speaker::destination:
        return "B";
    case speaker::either:
        return "A or B";
    case speaker::gateway:
        return "gateway";
    case speaker::destination_or_gateway:
        return "B or gateway";
    case speaker::destination_or_mandate:
        return "B, or A by mandate 异地受理";
    case speaker::turn_window:
        return "window whose turn it is";
    }
    return "";
}

std::string_view words_of_bundles(guard must_hold) noexcept {
    switch (must_hold) {
    case guard::child_news:
        return "newer than what is known of the child";
    case guard::all_ended:
        return "nothing is left to come";
    case guard::parent_told:
        return "nothing happened to the child since";
    case guard::archives_missing:
        return "another child can be asked, and is not asked for the same";
    case guard::asked_by_sibling:
        return "by the gateway, of another child";
    case guard::archives_asked_for:
        return "the request is open, and all of it is given or what is not is said; or it is the case's own, and taken back";
    case guard::sibling_told:
        return "the other child's case has what was said last";
    default:
        return "";
    }
}

std::string_view words_of(guard must_hold) noexcept {
    switch (must_hold) {
    case guard::none:
        return "";
    case guard::new_content:
        return "other content than the one that stands";
    case guard::new_content_same_b:
        return "other content, same destination and mode";
    case guard::not_received:
        return "accepted by A, and not received yet";
    case guard::clock_stops:
        return "kind is not 1 延长";
    case guard::not_extended:
        return "not extended before";
    case guard::supplemented:
        return "after at least one 补正";
    case guard::no_open_withdrawal:
        return "no open request";
    case guard::open_withdrawal:
        return "an open request";
    case guard::free_or_own_lease:
        return "no live lease of another";
    case guard::own_lease:
        return "own lease, right token";
    case guard::lease_over:
        return "its lease has run out";
    case guard::clock_due:
        return "the clock has run out";
    case guard::collects_for_other:
        return "mode is 异地代收代办";
    case guard::papers_under_way:
        return "papers are on their way";
    case guard::no_session:
        return "no open session, and a number of its own";
    case guard::in_session:
        return "in the open session it names; who joins is of the sender's side";
    case guard::in_session_or_none:
        return "in the open session, where it names one";
    case guard::by_mandate:
        return "by A, and the agreement allows it";
    case guard::tolerance_allowed:
        return "the item allows 容缺, where something is missing";
    case guard::names_owed:
        return "each material is owed";
    case guard::names_brought:
        return "each material was brought and has no answer";
    case guard::outcome_fits:
        return "the outcome is the decision's";
    case guard::not_urged:
        return "no urge without answer, or the sender's own is overdue";
    case guard::urged_by_other:
        return "urged by the other side";
    case guard::next_round:
        return "the next round, where it is counted; ten at most";
    case guard::rectification_owed:
        return "after 差评";
    case guard::child_news:
    case guard::all_ended:
    case guard::parent_told:
    case guard::archives_missing:
    case guard::asked_by_sibling:
    case guard::archives_asked_for:
    case guard::sibling_told:
        return words_of_bundles(must_hold);
    case guard::revises_clocks:
        return "provisional due times";
    }
    return "";
}

std::string states_of(status_set from) {
    const std::pair<status_set, const char*> named[] = {{at_destination, "*at B*"},
                                                        {before_decision, "*before DECIDED*"},
                                                        {at_destination | bit(v1::CASE_STATUS_DECIDED) | with_result | ended,
                                                         "*at B* or later"},
                                                        {claimable, "*claimable*"},
                                                        {not_final, "*not final*"},
                                                        {before_decision | bit(v1::CASE_STATUS_JOINT_HANDLING),
                                                         "*before DECIDED*, JOINT_HANDLING"},
                                                        {not_final | bit(v1::CASE_STATUS_JOINT_HANDLING),
                                                         "*not final*, JOINT_HANDLING"},
                                                        {any_of_one_item, "*any*"},
                                                        {not_ended, "*not ended*"},
                                                        {with_result, "*with result*"}};
    for (const auto& [set, words] : named) {
        if (from == set) {
            return words;
        }
    }
    std::string text;
    for (int status = 0; status < v1::CaseStatus_ARRAYSIZE; ++status) {
        const auto value = static_cast<v1::CaseStatus>(status);
        if ((from & bit(value)) != 0) {
            text += text.empty() ? "" : ", ";
            text += status == 0 ? std::string_view("–") : name(value);
        }
    }
    return text;
}

} // namespace

std::string life_cycle_markdown() {
    std::string text = "| From | Event | By | To | Guard | Effect |\n|---|---|---|---|---|---|\n";
    for (const auto& row : life_cycle()) {
        text += "| " + states_of(row.from) + " | " + std::string(name(row.event)) + ' ' +
                std::string(term(row.event));
        text += " | " + std::string(words_of(row.by)) + " | ";
        text += row.to == v1::CASE_STATUS_UNSPECIFIED ? std::string_view("stays") : name(row.to);
        text += " | " + std::string(words_of(row.must_hold)) + " | " + row.note + " |\n";
    }
    return text;
}

} // namespace tongban::cases
