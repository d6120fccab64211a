// Random legal histories: what is owed beside the step ends by its own event or by the legal end of the case, and as long as it
// is owed its clock stands, its debtor's inbox has it, and the event that settles it is legal.
#include "gateway/cases/inbox_places.hpp"
#include "gateway/cases/next_steps.hpp"
#include "gateway/cases/obligations.hpp"
#include "tests/unit/gateway/calendar/clock_story.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

namespace tongban::cases::story {
namespace {

class histories {
public:
    histories() {
        const char* given = std::getenv("TONGBAN_TEST_SEED");
        const auto value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
        std::cout << "seed " << value << " (TONGBAN_TEST_SEED repeats it)\n";
        random_.seed(value);
    }
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

    v1::BusinessMode mode() { return static_cast<v1::BusinessMode>(v1::BUSINESS_MODE_FULL_ONLINE + below(3)); }

    // Mostly on towards the result, where most is owed; what ends a case is rare.
    v1::LedgerRecord next(const docket& d) {
        static constexpr event::BodyCase on[] = {
            event::kDestReceived,  event::kCaseAccepted, event::kReviewStarted, event::kDecided,
            event::kCaseClosed,    event::kCertIssued,   event::kShipped,       event::kCollectedByApplicant,
            event::kSigned,        event::kEvaluated,    event::kEvaluated,     event::kRectified,
            event::kOwedSubmitted, event::kOwedCleared,  event::kOwedRefused,   event::kUrged,
            event::kUrgeAnswered,  event::kSpecialStarted, event::kSpecialEnded, event::kReadyForCollection};
        static constexpr event::BodyCase ends[] = {event::kCaseVoided, event::kReturned, event::kCaseForwarded,
                                                   event::kWithdrawRequested, event::kWithdrawn, event::kCaseSubmitted};
        const auto body = chance(3) ? ends[below(std::size(ends))] : on[below(std::size(on))];
        if (chance(15) && next_timer(d.state).at_ms != 0) {
            return d.timer_record();
        }
        auto r = body == event::kCaseSubmitted ? submission() : docket::plain(body);
        r.set_clock_rules(chance(80) ? clock_rules_now : 0);
        auto& told = *r.mutable_event();
        if (side_of(body) == side::either) {
            *r.mutable_sender() = chance(50) ? platform_a() : platform_b();
        }
        const std::string code = chance(50) ? "m1" : "m2";
        switch (body) {
        case event::kCaseAccepted:
            for (const auto* each : {"m1", "m2"}) {
                auto& owed = *told.mutable_case_accepted()->add_owed();
                owed.set_code(each);
                *owed.mutable_limit() = limit(1 + static_cast<int>(below(10)));
                owed.set_consequence(chance(50) ? v1::OWED_CONSEQUENCE_REVOCATION : v1::OWED_CONSEQUENCE_NO_CERTIFICATE);
            }
            break;
        case event::kCaseClosed:
            told.mutable_case_closed()->set_outcome(chance(50) ? v1::OUTCOME_APPROVED_WITH_CERT : v1::OUTCOME_COMPLETED);
            break;
        case event::kCertIssued:
            r.set_gives_licence(chance(50));
            break;
        case event::kEvaluated:
            told.mutable_evaluated()->set_grade(chance(50) ? v1::GRADE_DISSATISFIED : v1::GRADE_SATISFIED);
            break;
        case event::kOwedSubmitted:
            told.mutable_owed_submitted()->add_codes(code);
            break;
        case event::kOwedCleared:
            told.mutable_owed_cleared()->add_codes(code);
            break;
        case event::kOwedRefused:
            told.mutable_owed_refused()->add_codes(code);
            break;
        default:
            break;
        }
        return r;
    }

private:
    std::mt19937_64 random_;
};

bool has_ended(const v1::CaseState& state) {
    return (ended & bit(state.status())) != 0;
}

bool owes(const v1::CaseState& state, const std::string& code) {
    const auto& owed = state.owed_materials();
    return std::any_of(owed.begin(), owed.end(), [&](const v1::OwedItem& one) { return one.code() == code; });
}

bool is_urged(const v1::CaseState& state) {
    return state.has_urge() && !state.urge().answered();
}

// What `before` owed and `after` does not was ended by an event that may do so.
void check_ends(const v1::CaseState& before, const v1::CaseState& after, const v1::LedgerRecord& said) {
    const auto body = said.event().body_case();
    if (has_ended(before) || has_ended(after)) {
        return;
    }
    const auto words = std::string(name(before.status())) + ' ' + std::string(name(body));
    if (before.rectification_owed()) {
        EXPECT_TRUE(after.rectification_owed() || body == event::kRectified) << words;
        EXPECT_TRUE(before.clocks().rectification_due_ms() == after.clocks().rectification_due_ms() ||
                    body == event::kRectified) << words;
    }
    if (is_urged(before)) {
        EXPECT_TRUE(is_urged(after) || body == event::kUrgeAnswered) << words;
    }
    for (const auto* code : {"m1", "m2"}) {
        if (owes(before, code)) {
            EXPECT_TRUE(owes(after, code) || body == event::kOwedCleared) << words;
        }
    }
    if (delivery_is_owed(before)) {
        const bool online = before.business_mode() != v1::BUSINESS_MODE_COLLECT_FOR_OTHER && body == event::kCertIssued &&
                            said.gives_licence();
        EXPECT_TRUE(delivery_is_owed(after) || body == event::kCollectedByApplicant || body == event::kSigned || online) << words;
    }
}

bool stands(const v1::CaseState& state, v1::ClockKind clock) {
    const auto all = owed_beside(state);
    const auto found = std::find_if(all.begin(), all.end(), [&](const v1::Owed& one) { return one.clock() == clock; });
    const auto places = inbox_places(state);
    return found != all.end() && found->due().seconds() != 0 &&
           std::any_of(places.begin(), places.end(), [&](const inbox_place& one) { return one.region == found->by(); });
}

// Every debt that is open can be paid, is watched, and stands in its debtor's inbox.
void check_open(const docket& d, std::int64_t now_ms) {
    if (has_ended(d.state)) {
        EXPECT_TRUE(owed_beside(d.state).empty());
        return;
    }
    const auto legal = [&](v1::LedgerRecord r) {
        auto copy = d.state;
        return evolve(copy, r, at(now_ms));
    };
    const auto where = std::string(name(d.state.status()));
    if (d.state.rectification_owed()) {
        EXPECT_TRUE(stands(d.state, v1::CLOCK_KIND_RECTIFICATION)) << where;
        EXPECT_EQ(legal(docket::plain(event::kRectified)), verdict::applied) << where;
    }
    if (is_urged(d.state)) {
        const bool by_a = d.state.urge().by_region() == region_a;
        EXPECT_TRUE(stands(d.state, v1::CLOCK_KIND_URGE)) << where;
        EXPECT_EQ(legal(record(event::kUrgeAnswered, by_a ? platform_b() : platform_a())), verdict::applied) << where;
    }
    for (const auto& owed : d.state.owed_materials()) {
        auto clears = docket::plain(event::kOwedCleared);
        clears.mutable_event()->mutable_owed_cleared()->add_codes(owed.code());
        EXPECT_TRUE(stands(d.state, owed.submitted() ? v1::CLOCK_KIND_OWED_ANSWER : v1::CLOCK_KIND_OWED_MATERIAL)) << where;
        EXPECT_EQ(legal(clears), verdict::applied) << where;
    }
    if (delivery_is_owed(d.state)) {
        EXPECT_EQ(running_clock(d.state), v1::CLOCK_KIND_DELIVERY) << where;
        EXPECT_EQ(owed_by(d.state, v1::CLOCK_KIND_DELIVERY), region_b) << where;
        EXPECT_NE(d.clocks().delivery_due_ms(), 0) << where;
    } else if (d.state.status() == v1::CASE_STATUS_CLOSED) {
        EXPECT_EQ(d.clocks().line_ms(), 0) << where;
    }
}

TEST(ObligationsProperty, EndOnlyByTheirOwnEventOrTheLegalEndOfTheCase) {
    histories h;
    std::size_t applied = 0;
    for (int round = 0; round < 1500 && !::testing::Test::HasFailure(); ++round) {
        docket d(limit(20), "2024-10-14 09:00");
        d.filing().set_business_mode(h.mode());
        d.open();
        d.state.mutable_terms()->set_certificate_before_cleared(h.chance(70));
        auto now_ms = moment("2024-10-14 10:00");
        for (int i = 0; i < 80 && !::testing::Test::HasFailure(); ++i) {
            now_ms += static_cast<std::int64_t>(h.below(3)) * ms_per_day / 2 + 1000;
            const auto before = d.state;
            const auto said = h.next(d);
            if (d.tell_ms(said, now_ms) == verdict::applied) {
                ++applied;
                check_ends(before, d.state, said);
                check_open(d, now_ms);
            }
        }
    }
    EXPECT_GT(applied, 10'000u);
}

// What a refusal offers is what the judge takes: whoever reads the one acts on it.
void check_offered(const docket& d, const v1::LedgerRecord& said, std::int64_t now_ms) {
    if (said.sender().role() == v1::ROLE_GATEWAY) {
        return;
    }
    auto copy = d.state;
    const auto reached = evolve(copy, said, at(now_ms));
    const auto steps = next_steps_of(d.state, said.sender());
    const auto body = said.event().body_case();
    const auto is_in = [body](const auto& all) { return std::find(all.begin(), all.end(), body) != all.end(); };
    const bool offered = is_in(steps.leading) || is_in(steps.staying);
    const auto words = std::string(name(d.state.status())) + ' ' + std::string(name(body)) + ' ' + std::string(name(reached));
    if (reached == verdict::applied) {
        EXPECT_TRUE(offered) << words;
    } else if (reached == verdict::illegal_transition || reached == verdict::wrong_side || reached == verdict::wrong_role) {
        EXPECT_FALSE(offered) << words;
    }
}

TEST(NextStepsProperty, AreThoseThatTheJudgeTakes) {
    histories h;
    for (int round = 0; round < 600 && !::testing::Test::HasFailure(); ++round) {
        docket d(limit(20), "2024-10-14 09:00");
        d.filing().set_business_mode(h.mode());
        d.open();
        auto now_ms = moment("2024-10-14 10:00");
        for (int i = 0; i < 80 && !::testing::Test::HasFailure(); ++i) {
            now_ms += 1000;
            auto said = h.next(d);
            check_offered(d, said, now_ms);
            (void)d.tell_ms(said, now_ms);
        }
    }
}

} // namespace
} // namespace tongban::cases::story
