// Random histories of cases, folded by evolve and reckoned day by day by an implementation of its own: the same due days,
// days used, bands and timeliness. Seeds are fixed; TONGBAN_TEST_SEED gives another.
#include "tests/unit/gateway/calendar/clock_story.hpp"
#include "tests/unit/gateway/calendar/slow_clocks.hpp"

#include <cstdlib>
#include <random>

namespace tongban::cases::story {
namespace {

constexpr int histories = 100'000;

std::uint64_t seed() {
    const char* given = std::getenv("TONGBAN_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'122;
}

class chance {
public:
    explicit chance(std::uint64_t seed) : random_(seed) {}
    int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
    bool percent(int n) { return below(100) < n; }
    // In working hours or out of them.
    std::int64_t on(int day) { return start_of(day) + below(24 * 60) * std::int64_t{60'000}; }

private:
    std::mt19937_64 random_;
};

v1::LedgerRecord with_limit(v1::CaseEvent::BodyCase body, int days) {
    auto r = docket::plain(body);
    if (body == event::kSpecialStarted) {
        r.mutable_event()->mutable_special_started()->set_kind(v1::SPECIAL_KIND_SUSPENSION);
    } else if (body == event::kSupplementRequired) {
        *r.mutable_event()->mutable_supplement_required()->mutable_limit() = limit(days);
    } else {
        *r.mutable_event()->mutable_deadline_extended()->mutable_extension() = limit(days);
    }
    return r;
}

// One slice for all: what its length changes is another test's.
const v1::WorkingDays& whole() {
    static const auto slice = calendars::calendar::built_in()->slice(slow::day("2024-01-01"), slow::day("2027-01-01"));
    return slice;
}

struct random_case {
    explicit random_case(chance& c) : roll(c) {}

    verdict tell(v1::LedgerRecord r, std::int64_t ms) {
        *r.mutable_working_days() = whole();
        return evolve(state, r, at(ms));
    }
    void submit(int promise, int filed_day) {
        auto filed = submission();
        *filed.mutable_event()->mutable_case_submitted()->mutable_promise() = limit(promise);
        ASSERT_EQ(evolve(state, filed, at(start_of(filed_day))), verdict::applied);
    }
    // Receipt, perhaps supplements, up to the acceptance; each due day on the way is compared.
    void receive(int& today);
    // Stops, extension and end.
    void review(slow::history& h, int& today);

    chance& roll;
    v1::CaseState state;
};

void random_case::receive(int& today) {
    const auto notice_is_right = [&] {
        ASSERT_EQ(day_of(state.clocks().notice_due_ms()), slow::after(today, 5));
    };
    ASSERT_EQ(tell(docket::plain(event::kDestReceived), roll.on(today)), verdict::applied);
    notice_is_right();
    while (roll.percent(20)) {
        const int days = 1 + roll.below(30);
        today += 1 + roll.below(6);
        ASSERT_EQ(tell(with_limit(event::kSupplementRequired, days), roll.on(today)), verdict::applied);
        ASSERT_EQ(day_of(state.clocks().supplement_due_ms()), slow::after(today, days));
        today += 1 + roll.below(20);
        ASSERT_EQ(tell(docket::plain(event::kSupplementSubmitted), roll.on(today)), verdict::applied);
        notice_is_right();
    }
}

void random_case::review(slow::history& h, int& today) {
    ASSERT_EQ(tell(docket::plain(event::kReviewStarted), end_of(today)), verdict::applied);
    for (int round = roll.below(5); round > 0; --round) {
        today += 1 + roll.below(h.limit + 6);
        if (roll.percent(30) && h.extension == 0) {
            h.extension = 1 + roll.below(10);
            ASSERT_EQ(tell(with_limit(event::kDeadlineExtended, h.extension), roll.on(today)), verdict::applied);
        } else {
            slow::stop stop{today, today + roll.below(40)};
            ASSERT_EQ(tell(with_limit(event::kSpecialStarted, 0), start_of(stop.start)), verdict::applied);
            ASSERT_EQ(tell(docket::plain(event::kSpecialEnded), end_of(stop.end)), verdict::applied);
            h.stops.push_back(stop);
            today = stop.end;
        }
    }
    h.closed = today + 1 + roll.below(h.limit + 6);
    ASSERT_EQ(tell(docket::plain(event::kDecided), start_of(h.closed)), verdict::applied);
    ASSERT_EQ(day_of(state.clocks().delivery_due_ms()), slow::after(h.closed, 10));
    ASSERT_EQ(tell(docket::plain(event::kCaseClosed), roll.on(h.closed)), verdict::applied);
}

// An extension after the promise ran out while the clock had been stopped is the one order in which "the day the last
// working day was used" has no single meaning; there days used and timeliness are compared, and no due day.
bool due_day_is_clear(const slow::history& h) {
    return h.extension == 0 || h.stops.empty();
}

TEST(CaseClocksProperty, EqualTheSlowReckoningOverRandomHistories) {
    chance roll(seed());
    int late = 0;
    int stopped = 0;
    int compared = 0;
    const int first = slow::day("2024-01-02");
    for (int n = 0; n < histories; ++n) {
        SCOPED_TRACE("history " + std::to_string(n));
        random_case one(roll);
        slow::history h;
        h.limit = roll.percent(15) ? 0 : 1 + roll.below(30);
        int today = first + roll.below(500);
        one.submit(h.limit, today);
        one.receive(today);
        if (testing::Test::HasFatalFailure()) {
            return;
        }
        h.accepted = today + (h.limit == 0 ? 1 : roll.below(6));
        today = h.accepted;
        const auto accepted_ms = h.limit == 0 ? roll.on(today) : end_of(today);
        h.late = minute_of(accepted_ms) >= 17 * 60;
        ASSERT_EQ(one.tell(docket::plain(event::kCaseAccepted), accepted_ms), verdict::applied);
        ASSERT_EQ(day_of(one.state.clocks().promise_due_ms()), slow::due(h));
        if (h.limit != 0 && one.state.clocks().band() == v1::SUPERVISION_BAND_BLUE) {
            ASSERT_EQ(calendars::to_text(day_of(one.state.clocks().line_ms())), calendars::to_text(slow::yellow(h, 30)));
        }
        today = std::max(today, slow::first_day(h));
        one.review(h, today);
        if (testing::Test::HasFatalFailure()) {
            return;
        }
        const auto& clocks = one.state.clocks();
        const int used = slow::used(h, h.closed);
        const int total = h.limit + h.extension;
        ASSERT_EQ(clocks.used_days(), used);
        ASSERT_EQ(clocks.timeliness(), used > total   ? v1::TIMELINESS_LATE
                                       : used < total ? v1::TIMELINESS_EARLY
                                                      : v1::TIMELINESS_ON_TIME);
        ASSERT_EQ(clocks.provisional_from(), 0);
        if (due_day_is_clear(h)) {
            ++compared;
            ASSERT_EQ(calendars::to_text(day_of(clocks.promise_due_ms())), calendars::to_text(slow::due(h)));
        }
        late += used > total ? 1 : 0;
        stopped += h.stops.empty() ? 0 : 1;
    }
    EXPECT_GT(late, histories / 20);
    EXPECT_GT(stopped, histories / 3);
    EXPECT_GT(compared, histories / 2);
}

TEST(CaseClocksProperty, NaturalDaysAndMonthsEqualTheCLibrarys) {
    chance roll(seed() + 1);
    for (int n = 0; n < 20'000; ++n) {
        const int today = slow::day("2024-01-02") + roll.below(800);
        const bool months = roll.percent(50);
        const int value = 1 + roll.below(months ? 24 : 90);
        docket d(limit(value, months ? v1::LIMIT_UNIT_MONTH : v1::LIMIT_UNIT_CALENDAR_DAY));
        d.calendar = nullptr;
        d.open();
        ASSERT_EQ(d.tell_ms(docket::plain(event::kDestReceived), roll.on(today)), verdict::applied);
        ASSERT_EQ(d.tell_ms(docket::plain(event::kCaseAccepted), end_of(today)), verdict::applied);
        ASSERT_EQ(day_of(d.clocks().promise_due_ms()), months ? slow::months_after(today, value) : today + value)
            << calendars::to_text(today) << " + " << value << (months ? " months" : " days");
    }
}

} // namespace
} // namespace tongban::cases::story
