// Random histories of cases, folded by evolve and reckoned day by day by an implementation of its own: the same due days,
// days used, bands and timeliness, also where the calendar comes when a part of the history is told. Seeds are fixed;
// TONGBAN_TEST_SEED gives another.
#include "tests/unit/gateway/calendar/clock_story.hpp"
#include "tests/unit/gateway/calendar/slow_clocks.hpp"

#include <cstdlib>
#include <map>
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

// The same while nothing was published from a day on, by months.
const v1::WorkingDays& known_until(int past) {
    static std::map<int, v1::WorkingDays> cut;
    const auto month = past / 30 * 30;
    auto& slice = cut[month];
    if (slice.version().empty()) {
        slice = calendars::calendar::built_in()->slice(slow::day("2024-01-01"), month);
    }
    return slice;
}

struct random_case {
    explicit random_case(chance& c) : roll(c) { h.rolls = law.rolls = newer; }

    verdict tell(v1::LedgerRecord r, std::int64_t ms) {
        *r.mutable_working_days() = *known;
        r.set_clock_rules(newer ? clock_rules_now : 0);
        return evolve(state, r, at(ms));
    }
    void submit(int filed_day) {
        if (roll.percent(50)) { // at A's window, up to a week before
            collected = filed_day - roll.below(8);
            auto taken = docket::plain(event::kCaseCollected);
            taken.set_clock_rules(clock_rules_now);
            ASSERT_EQ(evolve(state, taken, at(std::min(roll.on(collected), start_of(filed_day)))), verdict::applied);
        }
        auto filed = submission();
        filed.mutable_event()->mutable_case_submitted()->set_business_mode(mode);
        *filed.mutable_event()->mutable_case_submitted()->mutable_promise() = limit(h.limit);
        *filed.mutable_event()->mutable_case_submitted()->mutable_statutory() = limit(law.limit);
        *filed.mutable_working_days() = *known;
        ASSERT_EQ(evolve(state, filed, at(start_of(filed_day))), verdict::applied);
    }
    bool certain() const { return state.clocks().provisional_from() == 0; }
    // Perhaps the calendar comes now; it is told by an event of its own, or the next one has it.
    void perhaps_publish(int today, int percent);
    // What is called certain is right.
    void result_is_right() {
        ASSERT_TRUE(stands_by(state, *known)) << "reckoned anew by the same calendar it is the same";
        if (certain()) {
            ASSERT_TRUE(stands_by(state, whole()));
            ASSERT_EQ(date(state.clocks().promise_due_ms()), calendars::to_text(slow::due(h)));
            ASSERT_EQ(date(state.clocks().statutory_due_ms()), calendars::to_text(slow::due(law)));
        }
    }
    // Receipt, perhaps supplements, up to the acceptance; each due day on the way is compared.
    void receive(int& today);
    void accept(int& today);
    // Stops, extension and end.
    void review(int& today);
    // Closed with a certificate or without, by a gateway of today or an older one; an electronic licence comes with the decision, with
    // the closing, later or never. What the timers say of it is what the slow reckoning says.
    void close();
    void deliver();

    chance& roll;
    v1::CaseState state;
    const v1::WorkingDays* known = &whole();
    slow::history h;   // by the promise
    slow::history law; // the same, by the law's limit
    int collected = 0;
    v1::BusinessMode mode = static_cast<v1::BusinessMode>(v1::BUSINESS_MODE_FULL_ONLINE + roll.below(3));
    bool certificate = roll.percent(70);
    bool newer = roll.percent(80);
    int licensed = 0; // a day; 0: never
};

void random_case::perhaps_publish(int today, int percent) {
    if (known == &whole() || !roll.percent(percent)) {
        return;
    }
    known = &whole();
    if (!certain() && roll.percent(50)) {
        ASSERT_EQ(tell(docket::plain(event::kCalendarRevised), end_of(today)), verdict::applied);
        ASSERT_TRUE(certain());
    }
}

void random_case::receive(int& today) {
    const auto notice_is_right = [&] {
        if (certain()) {
            ASSERT_EQ(day_of(state.clocks().notice_due_ms()), slow::after(today, 5));
        }
    };
    ASSERT_EQ(tell(docket::plain(event::kDestReceived), roll.on(today)), verdict::applied);
    notice_is_right();
    if (certain()) {
        ASSERT_EQ(date(state.clocks().notice_line_from_collection_ms()),
                  collected == 0 ? "-" : calendars::to_text(slow::after(collected, 5)));
    }
    while (roll.percent(20)) {
        const int days = 1 + roll.below(30);
        today += 1 + roll.below(6);
        ASSERT_EQ(tell(with_limit(event::kSupplementRequired, days), roll.on(today)), verdict::applied);
        perhaps_publish(today, 20);
        if (certain()) {
            ASSERT_EQ(day_of(state.clocks().supplement_due_ms()), slow::after(today, days));
        }
        today += 1 + roll.below(20);
        ASSERT_EQ(tell(docket::plain(event::kSupplementSubmitted), roll.on(today)), verdict::applied);
        notice_is_right();
    }
}

void random_case::accept(int& today) {
    h.accepted = law.accepted = today + (h.limit == 0 ? 1 : roll.below(6));
    today = h.accepted;
    const auto accepted_ms = h.limit == 0 ? roll.on(today) : end_of(today);
    h.late = minute_of(accepted_ms) >= 17 * 60;
    ASSERT_EQ(tell(docket::plain(event::kCaseAccepted), accepted_ms), verdict::applied);
    ASSERT_NO_FATAL_FAILURE(result_is_right());
    if (certain() && h.limit != 0 && state.clocks().band() == v1::SUPERVISION_BAND_BLUE) {
        ASSERT_EQ(calendars::to_text(day_of(state.clocks().line_ms())), calendars::to_text(slow::yellow(h, 30)));
    }
    perhaps_publish(today, 30);
    today = std::max(today, slow::first_day(h));
}

void random_case::review(int& today) {
    ASSERT_EQ(tell(docket::plain(event::kReviewStarted), end_of(today)), verdict::applied);
    for (int round = roll.below(5); round > 0; --round) {
        today += 1 + roll.below(h.limit + 6);
        perhaps_publish(today, 20);
        if (roll.percent(30) && h.extension == 0) {
            h.extension = law.extension = 1 + roll.below(10);
            ASSERT_EQ(tell(with_limit(event::kDeadlineExtended, h.extension), roll.on(today)), verdict::applied);
        } else {
            slow::stop stop{today, today + roll.below(40)};
            ASSERT_EQ(tell(with_limit(event::kSpecialStarted, 0), start_of(stop.start)), verdict::applied);
            perhaps_publish(stop.end, 20);
            ASSERT_EQ(tell(docket::plain(event::kSpecialEnded), end_of(stop.end)), verdict::applied);
            h.stops.push_back(stop);
            law.stops.push_back(stop);
            today = stop.end;
        }
        ASSERT_NO_FATAL_FAILURE(result_is_right());
    }
    perhaps_publish(today, 100);
    h.closed = today + 1 + roll.below(h.limit + 6);
    ASSERT_NO_FATAL_FAILURE(close());
}

void random_case::close() {
    licensed = roll.percent(30) ? 0 : h.closed + (roll.percent(40) ? 0 : roll.below(30));
    const bool at_once = licensed == h.closed;
    const bool with_decision = at_once && roll.percent(50);
    auto decides = docket::plain(event::kDecided);
    decides.set_gives_licence(with_decision);
    ASSERT_EQ(tell(decides, start_of(h.closed)), verdict::applied);
    ASSERT_TRUE(certain()) << "all is published by now";
    ASSERT_NO_FATAL_FAILURE(result_is_right());
    ASSERT_EQ(day_of(state.clocks().delivery_due_ms()), slow::after(h.closed, 10));
    auto closes = docket::plain(event::kCaseClosed);
    closes.mutable_event()->mutable_case_closed()->set_outcome(certificate ? v1::OUTCOME_APPROVED_WITH_CERT : v1::OUTCOME_COMPLETED);
    closes.set_gives_licence(at_once && !with_decision);
    ASSERT_EQ(tell(closes, roll.on(h.closed)), verdict::applied);
}

void random_case::deliver() {
    slow::delivery_days said;
    const auto run_timers = [&](std::int64_t until_ms) {
        for (auto timer = next_timer(state); timer.at_ms != 0 && timer.at_ms <= until_ms; timer = next_timer(state)) {
            ASSERT_EQ(timer.clock, v1::CLOCK_KIND_DELIVERY);
            auto& day = timer.band == v1::SUPERVISION_BAND_YELLOW ? said.yellow : said.red;
            ASSERT_EQ(day, 0) << "said once";
            day = day_of(timer.at_ms);
            auto warns = record(timer.body, gateway());
            warns.mutable_event()->MergeFrom(timer_event(state));
            ASSERT_EQ(tell(warns, timer.at_ms), verdict::applied);
        }
    };
    if (licensed > h.closed) {
        const auto comes_ms = roll.on(licensed);
        ASSERT_NO_FATAL_FAILURE(run_timers(comes_ms));
        auto issued = docket::plain(event::kCertIssued);
        issued.set_gives_licence(true);
        ASSERT_EQ(tell(issued, comes_ms), verdict::applied);
    }
    ASSERT_NO_FATAL_FAILURE(run_timers(start_of(h.closed + 60)));
    const bool window = mode == v1::BUSINESS_MODE_COLLECT_FOR_OTHER;
    const bool watched = certificate && (window || newer);
    const auto right = watched ? slow::told_of_delivery(h.closed, 10, window ? 0 : licensed) : slow::delivery_days();
    ASSERT_EQ(said.yellow, right.yellow);
    ASSERT_EQ(said.red, right.red);
}

TEST(CaseClocksProperty, EqualTheSlowReckoningOverRandomHistories) {
    chance roll(seed());
    int late = 0;
    int put_off_a_day_off = 0;
    int stopped = 0;
    int published = 0;
    int published_when_stopped = 0;
    int told_of_delivery = 0;
    const int first = slow::day("2024-01-02");
    for (int n = 0; n < histories; ++n) {
        SCOPED_TRACE("history " + std::to_string(n));
        random_case one(roll);
        auto& h = one.h;
        h.limit = roll.percent(15) ? 0 : 1 + roll.below(30);
        one.law.limit = h.limit + 1 + roll.below(20);
        int today = first + roll.below(500);
        const bool unpublished = roll.percent(40);
        if (unpublished) {
            one.known = &known_until(today + roll.below(90));
        }
        ASSERT_NO_FATAL_FAILURE(one.submit(today));
        ASSERT_NO_FATAL_FAILURE(one.receive(today));
        ASSERT_NO_FATAL_FAILURE(one.accept(today));
        const bool uncertain = !one.certain();
        ASSERT_NO_FATAL_FAILURE(one.review(today));
        const auto& clocks = one.state.clocks();
        const int used = slow::used(h, h.closed);
        const int total = h.limit + h.extension;
        const bool too_late = used > total && h.closed > slow::due(h);
        ASSERT_EQ(clocks.used_days(), used);
        ASSERT_EQ(clocks.timeliness(), too_late                       ? v1::TIMELINESS_LATE
                                       : used < total && h.limit != 0 ? v1::TIMELINESS_EARLY
                                                                      : v1::TIMELINESS_ON_TIME);
        ASSERT_EQ(clocks.provisional_from(), 0);
        late += too_late ? 1 : 0;
        put_off_a_day_off += used > total && !too_late ? 1 : 0;
        stopped += h.stops.empty() ? 0 : 1;
        published += unpublished ? 1 : 0;
        published_when_stopped += uncertain && !h.stops.empty() ? 1 : 0;
        ASSERT_NO_FATAL_FAILURE(one.deliver());
        told_of_delivery += one.state.clocks().band() == v1::SUPERVISION_BAND_RED && one.mode != v1::BUSINESS_MODE_COLLECT_FOR_OTHER;
    }
    EXPECT_GT(told_of_delivery, histories / 20);
    EXPECT_GT(late, histories / 20);
    EXPECT_GT(put_off_a_day_off, 0);
    EXPECT_GT(stopped, histories / 3);
    EXPECT_GT(published, histories / 4);
    EXPECT_GT(published_when_stopped, histories / 50);
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
