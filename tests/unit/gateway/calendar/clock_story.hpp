// A case told by local dates, its records with the calendar that a gateway would give them.
#pragma once

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tongban::cases::story {

inline std::int64_t moment(const std::string& text) { // "2024-10-18 16:30"
    const auto day = calendars::parse_day(text.substr(0, 10));
    EXPECT_TRUE(day) << text;
    const auto hour = text.size() < 16 ? 0 : std::stoi(text.substr(11, 2));
    const auto minute = text.size() < 16 ? 0 : std::stoi(text.substr(14, 2));
    return start_of(day.value_or(0)) + (hour * 60 + minute) * std::int64_t{60'000};
}

inline std::string date(std::int64_t ms) {
    return ms == 0 ? "-" : calendars::to_text(day_of(ms));
}

inline std::string date_and_time(std::int64_t ms) {
    const auto minute = minute_of(ms);
    char text[16];
    std::snprintf(text, sizeof text, " %02d:%02d", minute / 60, minute % 60);
    return calendars::to_text(day_of(ms)) + text;
}

// 2026, and 2027 as it might be.
inline std::shared_ptr<const calendars::calendar> calendar_of_2027(
    const std::string& off = "    off: [2027-01-01/2027-01-03, 2027-02-10/2027-02-13, 2027-04-04, 2027-06-10, 2027-09-20,\n"
                             "      2027-05-01/2027-05-05, 2027-10-01/2027-10-07]\n    working: [2027-01-09]\n") {
    auto read = calendars::calendar::parse(
        "version: v2027\nyears:\n  2026:\n    notice: n\n"
        "    off: [2026-01-01/2026-01-03, 2026-02-10/2026-02-13, 2026-04-04, 2026-06-10, 2026-09-20,\n"
        "      2026-05-01/2026-05-05, 2026-10-01/2026-10-07]\n"
        "  2027:\n    notice: n\n" + off,
        "later.yaml");
    EXPECT_TRUE(read.value) << read.mistakes.front().text();
    return read.value;
}

inline v1::Limit limit(int value, v1::LimitUnit unit = v1::LIMIT_UNIT_WORKDAY) {
    v1::Limit l;
    l.set_value(value);
    l.set_unit(unit);
    return l;
}

class docket {
public:
    explicit docket(v1::Limit promise, const std::string& filed = "2024-01-02 09:00") {
        opening_ = submission();
        *opening_.mutable_event()->mutable_case_submitted()->mutable_promise() = promise;
        filed_ms_ = moment(filed);
    }
    // Before the first tell().
    v1::CaseTerms& terms() { return *opening_.mutable_routed()->mutable_terms(); }
    v1::CaseSubmitted& filing() { return *opening_.mutable_event()->mutable_case_submitted(); }

    verdict tell(v1::LedgerRecord r, const std::string& when) { return tell_ms(std::move(r), moment(when)); }
    verdict tell_ms(v1::LedgerRecord r, std::int64_t ms) {
        open();
        r.set_clock_rules(r.clock_rules() != 0 ? r.clock_rules() : rules);
        if (calendar && reckons_days(r.event().body_case())) {
            *r.mutable_working_days() = calendar->slice(day_of(ms) - 800, day_of(ms) + 800);
        }
        return evolve(state, r, at(ms));
    }
    verdict tell(v1::CaseEvent::BodyCase body, const std::string& when) { return tell(plain(body), when); }
    static v1::LedgerRecord plain(v1::CaseEvent::BodyCase body) {
        const auto side = side_of(body);
        return record(body, side == side::origin ? platform_a() : side == side::gateway ? gateway() : platform_b());
    }
    // What the gateway's timer would say of the case as it stands.
    v1::LedgerRecord timer_record() const {
        auto r = record(next_timer(state).body, gateway());
        r.mutable_event()->MergeFrom(timer_event(state));
        return r;
    }
    // Lets the timer speak until `when`; what it said, with its times.
    std::string run_timers(const std::string& when) {
        std::string said;
        for (auto timer = next_timer(state); timer.at_ms != 0 && timer.at_ms <= moment(when); timer = next_timer(state)) {
            EXPECT_EQ(tell_ms(timer_record(), timer.at_ms - 1), verdict::illegal_transition) << "a moment too early";
            EXPECT_EQ(tell_ms(timer_record(), timer.at_ms), verdict::applied);
            said += (said.empty() ? "" : "; ") + date_and_time(timer.at_ms) + ' ' + std::string(name(timer.body));
            if (timer.body == event::kSupervisionWarning) {
                said += ' ' + std::string(name(timer.clock)) + ' ' + std::string(name(timer.band));
            }
        }
        return said;
    }
    // What the timer says at that time, of lines that passed before.
    std::string overdue_timers(const std::string& when) {
        std::string said;
        for (auto timer = next_timer(state); timer.at_ms != 0 && timer.at_ms <= moment(when); timer = next_timer(state)) {
            EXPECT_EQ(tell_ms(timer_record(), moment(when)), verdict::applied);
            said += (said.empty() ? "" : "; ") + std::string(name(timer.body)) + ' ' + std::string(name(timer.clock)) + ' ' +
                    std::string(name(timer.band));
        }
        return said;
    }
    // Its filing is routed by the calendar, too.
    void open_with_calendar() {
        *opening_.mutable_working_days() = calendar->slice(day_of(filed_ms_) - 800, day_of(filed_ms_) + 800);
        open();
    }
    void open() {
        if (!opened_) {
            opened_ = true;
            ASSERT_EQ(evolve(state, opening_, at(filed_ms_)), verdict::applied);
        }
    }
    // Received and accepted on that day.
    // The same, with these materials still owed.
    docket& accepted_owing(const std::vector<v1::OwedMaterial>& owed, const std::string& when) {
        EXPECT_EQ(tell(event::kDestReceived, when), verdict::applied);
        auto r = plain(event::kCaseAccepted);
        r.mutable_event()->mutable_case_accepted()->set_tolerance(true);
        r.mutable_event()->mutable_case_accepted()->mutable_owed()->Add(owed.begin(), owed.end());
        EXPECT_EQ(tell(r, when), verdict::applied);
        return *this;
    }
    docket& accepted(const std::string& when) {
        EXPECT_EQ(tell(event::kDestReceived, when), verdict::applied);
        EXPECT_EQ(tell(event::kCaseAccepted, when), verdict::applied);
        return *this;
    }
    docket& in_review(const std::string& when) {
        accepted(when);
        EXPECT_EQ(tell(event::kReviewStarted, when), verdict::applied);
        return *this;
    }
    // Decided and closed.
    docket& closed(const std::string& when) {
        EXPECT_EQ(tell(event::kDecided, when), verdict::applied);
        EXPECT_EQ(tell(event::kCaseClosed, when), verdict::applied);
        return *this;
    }
    const v1::CaseClocks& clocks() const { return state.clocks(); }

    v1::CaseState state;
    std::uint32_t rules = 0; // of clocks, that its records are written under
    std::shared_ptr<const calendars::calendar> calendar = calendars::calendar::built_in();

private:
    v1::LedgerRecord opening_;
    std::int64_t filed_ms_ = 0;
    bool opened_ = false;
};

} // namespace tongban::cases::story
