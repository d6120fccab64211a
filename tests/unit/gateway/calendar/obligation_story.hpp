// Records about what is owed beside the step.
#pragma once

#include "tests/unit/gateway/calendar/clock_story.hpp"

namespace tongban::cases::story {

inline v1::OwedMaterial owed(const char* code, int days, v1::OwedConsequence consequence = v1::OWED_CONSEQUENCE_UNSPECIFIED) {
    v1::OwedMaterial material;
    material.set_code(code);
    material.set_name("住所使用证明");
    *material.mutable_limit() = limit(days);
    material.set_consequence(consequence);
    return material;
}

inline v1::LedgerRecord brings(std::initializer_list<const char*> codes) {
    auto r = docket::plain(event::kOwedSubmitted);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_submitted()->add_codes(code);
    }
    return r;
}

inline v1::LedgerRecord clears(std::initializer_list<const char*> codes) {
    auto r = docket::plain(event::kOwedCleared);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_cleared()->add_codes(code);
    }
    return r;
}

inline v1::LedgerRecord refuses(std::initializer_list<const char*> codes, int days = 0) {
    auto r = docket::plain(event::kOwedRefused);
    for (const auto* code : codes) {
        r.mutable_event()->mutable_owed_refused()->add_codes(code);
    }
    if (days != 0) {
        *r.mutable_event()->mutable_owed_refused()->mutable_limit() = limit(days);
    }
    return r;
}

inline v1::LedgerRecord closes(v1::Outcome outcome) {
    auto r = docket::plain(event::kCaseClosed);
    r.mutable_event()->mutable_case_closed()->set_outcome(outcome);
    return r;
}

inline v1::LedgerRecord grades(v1::Grade grade, int nth = 0) {
    auto r = docket::plain(event::kEvaluated);
    r.mutable_event()->mutable_evaluated()->set_grade(grade);
    r.mutable_event()->mutable_evaluated()->set_nth(nth);
    return r;
}

inline v1::LedgerRecord urges(const v1::Sender& by, const char* number = "DB-1") {
    auto r = record(event::kUrged, by);
    r.mutable_event()->mutable_urged()->set_urge_no(number);
    return r;
}

inline v1::LedgerRecord answers(const v1::Sender& by, const char* number = "") {
    auto r = record(event::kUrgeAnswered, by);
    r.mutable_event()->mutable_urge_answered()->set_urge_no(number);
    return r;
}

} // namespace tongban::cases::story
