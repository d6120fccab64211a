// Until when a reply about archives is owed, by whom, and who is told when it is late.
#include "gateway/cases/inbox_places.hpp"
#include "gateway/cases/obligations.hpp"
#include "tests/unit/gateway/cases/archive_story.hpp"

#include <utility>

namespace tongban::cases::story {
namespace {

TEST(ArchiveClocks, OfASiblingAreOwedByTheDestinationWithAClockOfTheirOwn) {
    auto child = child_until({event::kDestReceived, event::kCaseAccepted, event::kDecided, event::kCaseClosed});
    ASSERT_EQ(next_timer(child.state).at_ms, 0);
    EXPECT_EQ(child.tell(siblings_request("2-1", {"M1"})), verdict::applied) << "who has closed its case holds the archives";
    EXPECT_EQ(child.tell(siblings_request("2-1", {"M1"})), verdict::duplicate) << "another owner's";
    ASSERT_TRUE(owes_archives(child.state));
    const auto owed = owed_beside(child.state);
    ASSERT_EQ(owed.size(), 1U);
    EXPECT_EQ(owed[0].clock(), v1::CLOCK_KIND_ARCHIVE);
    EXPECT_EQ(owed[0].by(), region_b);
    EXPECT_EQ(owed[0].clock_zh(), "档案材料答复期限");
    // Without a calendar every weekday counts: 15 working days are three weeks.
    const auto due_ms = child.state.archive_requests(0).due_ms();
    EXPECT_EQ(day_of(due_ms), day_of(child.now_ms) + 21);
    EXPECT_EQ(owed[0].band(), v1::SUPERVISION_BAND_BLUE);
    // Four of fifteen days are less than 30 %.
    auto timer = next_archive_timer(child.state);
    EXPECT_EQ(timer.at_ms, start_of(day_of(due_ms) - 4));
    EXPECT_EQ(timer.band, v1::SUPERVISION_BAND_YELLOW);
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_YELLOW, due_ms)), verdict::illegal_transition) << "not yet";
    child.now_ms = timer.at_ms;
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_YELLOW, due_ms)), verdict::applied);
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_YELLOW, due_ms)), verdict::illegal_transition) << "once";
    EXPECT_EQ(owed_beside(child.state)[0].band(), v1::SUPERVISION_BAND_YELLOW);
    timer = next_archive_timer(child.state);
    EXPECT_EQ(timer.at_ms, due_ms + 1);
    EXPECT_EQ(timer.band, v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_RED, due_ms)), verdict::illegal_transition) << "not yet";
    child.now_ms = due_ms + 1;
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_RED, due_ms)), verdict::applied);
    EXPECT_EQ(child.tell(warning(v1::SUPERVISION_BAND_RED, due_ms)), verdict::illegal_transition) << "once";
    EXPECT_EQ(owed_beside(child.state)[0].band(), v1::SUPERVISION_BAND_RED);
    EXPECT_EQ(next_archive_timer(child.state).at_ms, 0);
    EXPECT_EQ(child.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"})), verdict::applied) << "late is better than never";
    EXPECT_FALSE(owes_archives(child.state));
    EXPECT_TRUE(owed_beside(child.state).empty());
}

TEST(ArchiveClocks, ALimitOfTheRequestsOwnCounts) {
    auto child = child_until({event::kDestReceived});
    auto asked = siblings_request("2-1", {"M1"});
    asked.mutable_event()->mutable_archive_requested()->mutable_limit()->set_value(5);
    asked.mutable_event()->mutable_archive_requested()->mutable_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    EXPECT_EQ(child.tell(asked), verdict::applied);
    EXPECT_EQ(day_of(child.state.archive_requests(0).due_ms()), day_of(child.now_ms) + 7);
    const auto places = inbox_places(child.state);
    EXPECT_EQ(places[0].region, region_b);
}

TEST(ArchiveClocks, TheItemOfTheCaseThatAsksSaysHowLongTheReplyMayTake) {
    auto asking = child_until({event::kDestReceived});
    asking.state.mutable_terms()->set_archive_days(7);
    ASSERT_EQ(asking.tell(request({"M1"})), verdict::applied);
    EXPECT_EQ(asking.state.archive_requests(0).limit().value(), 7);
    EXPECT_EQ(asking.state.archive_requests(0).limit().unit(), v1::LIMIT_UNIT_WORKDAY);
    auto own = request({"M2"});
    own.mutable_event()->mutable_archive_requested()->mutable_limit()->set_value(3);
    ASSERT_EQ(asking.tell(own), verdict::applied);
    EXPECT_EQ(asking.state.archive_requests(1).limit().value(), 3) << "what the request says comes first";
}

TEST(ArchiveClocks, ARequestThatWasToldLateIsOwedFromWhenTheOtherPlaceCanKnowOfIt) {
    auto asking = child_until({event::kDestReceived});
    asking.now_ms += 3 * ms_per_day;
    auto late = request({"M1"});
    late.mutable_event()->mutable_occurred_at()->set_seconds((asking.now_ms - 2 * ms_per_day) / 1000);
    ASSERT_EQ(asking.tell(late), verdict::applied);
    EXPECT_EQ(asking.state.archive_requests(0).since_ms(), asking.now_ms);
}

TEST(ArchiveClocks, AreYellowByTheirLimitsUnitAndTheTermsOfTheCaseThatIsAsked) {
    constexpr std::int64_t hour = 3'600'000;
    const struct {
        v1::LimitUnit unit;
        int value;
        std::uint32_t percent; // 0: by default
        std::int64_t before;   // the end of the due day, or its moment; 0: yellow from the beginning
    } rows[] = {{v1::LIMIT_UNIT_CALENDAR_DAY, 20, 0, 6 * ms_per_day - 1}, // five days and the due one: less than 30 %
                {v1::LIMIT_UNIT_CALENDAR_DAY, 20, 50, 10 * ms_per_day - 1},
                {v1::LIMIT_UNIT_MONTH, 1, 0, 9 * ms_per_day - 1},
                {v1::LIMIT_UNIT_HOUR, 10, 0, 3 * hour},
                {v1::LIMIT_UNIT_WORKDAY, 1, 0, 0}};
    for (const auto& row : rows) {
        auto child = child_until({event::kDestReceived});
        child.state.mutable_terms()->set_yellow_percent(row.percent);
        auto asked = siblings_request("2-1", {"M1"});
        asked.mutable_event()->mutable_archive_requested()->mutable_limit()->set_value(row.value);
        asked.mutable_event()->mutable_archive_requested()->mutable_limit()->set_unit(row.unit);
        ASSERT_EQ(child.tell(asked), verdict::applied);
        const auto due_ms = child.state.archive_requests(0).due_ms();
        const auto timer = next_archive_timer(child.state);
        EXPECT_EQ(timer.band, row.before == 0 ? v1::SUPERVISION_BAND_RED : v1::SUPERVISION_BAND_YELLOW) << row.value;
        EXPECT_EQ(timer.at_ms, row.before == 0 ? due_ms + 1 : due_ms - row.before) << row.unit << ' ' << row.value;
        EXPECT_EQ(owed_beside(child.state)[0].band(), row.before == 0 ? v1::SUPERVISION_BAND_YELLOW : v1::SUPERVISION_BAND_BLUE);
    }
}

TEST(ArchiveClocks, AreYellowByTheCalendarOfTheRecord) {
    auto child = child_until({event::kDestReceived});
    auto asked = siblings_request("2-1", {"M1"});
    const auto today = day_of(child.now_ms);
    const auto is_work = [today](day_number day) {
        const auto weekday = (day + 4) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
        return weekday != 0 && weekday != 6 && (day < today + 19 || day > today + 29); // a long holiday
    };
    auto& slice = *asked.mutable_working_days();
    slice.set_version("test");
    slice.set_first_day(static_cast<std::int32_t>(today));
    std::string bits(10, '\0');
    for (day_number i = 0; i < 80; ++i) {
        bits[static_cast<std::size_t>(i / 8)] |= static_cast<char>(is_work(today + i) ? 1 << (i % 8) : 0);
    }
    slice.set_bits(bits);
    ASSERT_EQ(child.tell(asked), verdict::applied);
    auto day = day_of(child.state.archive_requests(0).due_ms());
    EXPECT_GT(day, today + 29) << "the holiday is left out";
    for (int left = 4; left > 0; --day, left -= is_work(day) ? 1 : 0) { // four of fifteen days are less than 30 %
    }
    EXPECT_LT(day, today + 19) << "some of the four lie before the holiday";
    EXPECT_EQ(next_archive_timer(child.state).at_ms, start_of(day));
}

TEST(ArchiveClocks, OfTwoRequestsEachIsWarnedOfByItsOwnDay) {
    auto child = child_until({event::kDestReceived, event::kCaseAccepted, event::kDecided, event::kCaseClosed});
    for (const auto& [number, days] : {std::pair{"2-1", 15}, {"2-2", 5}}) {
        auto asked = siblings_request(number, {number});
        asked.mutable_event()->mutable_archive_requested()->mutable_limit()->set_value(days);
        ASSERT_EQ(child.tell(asked), verdict::applied);
    }
    std::string said;
    for (auto timer = next_archive_timer(child.state); timer.at_ms != 0; timer = next_archive_timer(child.state)) {
        child.now_ms = timer.at_ms;
        ASSERT_EQ(child.tell(warning(timer.band, timer.due_ms)), verdict::applied);
        said += std::string(name(timer.band)) + (timer.due_ms == child.state.archive_requests(0).due_ms() ? " 2-1; " : " 2-2; ");
    }
    EXPECT_EQ(said, "YELLOW 2-2; RED 2-2; YELLOW 2-1; RED 2-1; ");
}

TEST(ArchiveClocks, WhoAskedLearnsThatTheReplyIsLateAndOwesNothing) {
    auto asked = child_until({event::kDestReceived, event::kCaseAccepted, event::kDecided, event::kCaseClosed});
    ASSERT_EQ(asked.tell(siblings_request("2-1", {"M1"})), verdict::applied);
    const auto due_ms = asked.state.archive_requests(0).due_ms();
    EXPECT_EQ(next_bundle_work(asked.state), bundle_work{});
    EXPECT_EQ(asked.tell(informed("2-1")), verdict::illegal_transition) << "nothing was said yet";
    for (const auto band : {v1::SUPERVISION_BAND_YELLOW, v1::SUPERVISION_BAND_RED}) {
        asked.now_ms = next_archive_timer(asked.state).at_ms;
        EXPECT_EQ(next_bundle_work(asked.state), bundle_work{});
        ASSERT_EQ(asked.tell(warning(band, due_ms)), verdict::applied);
    }
    EXPECT_EQ(next_bundle_work(asked.state), (bundle_work{bundle_step::tell_late, 2, 0}));
    ASSERT_EQ(asked.tell(informed("2-1")), verdict::applied);
    EXPECT_EQ(next_bundle_work(asked.state), bundle_work{});
    EXPECT_EQ(asked.tell(informed("2-1")), verdict::illegal_transition) << "another owner's";
    ASSERT_EQ(asked.tell(reply(v1::ARCHIVE_RESULT_REFUSED, {})), verdict::applied);
    EXPECT_EQ(next_bundle_work(asked.state), (bundle_work{bundle_step::answer, 2, 0})) << "that it is late was told, the reply was not";

    auto asking = child_until({event::kDestReceived, event::kCaseAccepted});
    ASSERT_EQ(asking.tell(request({"M1"})), verdict::applied);
    ASSERT_EQ(asking.tell(informed("1-1")), verdict::applied);
    EXPECT_EQ(asking.tell(late_reply(asking.state.archive_requests(0).due_ms())), verdict::illegal_transition) << "it is not";
    asking.now_ms = asking.state.archive_requests(0).due_ms();
    EXPECT_EQ(asking.tell(warning(v1::SUPERVISION_BAND_RED, due_ms)), verdict::illegal_transition) << "no clock of its own";
    EXPECT_EQ(asking.tell(late_reply(asking.state.archive_requests(0).due_ms() - ms_per_day)), verdict::illegal_transition)
        << "another request was";
    auto of_third = late_reply(asking.state.archive_requests(0).due_ms());
    of_third.mutable_sibling()->set_case_id("TB-3");
    EXPECT_EQ(asking.tell(of_third), verdict::illegal_transition) << "nobody asked it";
    auto yellow = late_reply(asking.state.archive_requests(0).due_ms());
    yellow.mutable_event()->mutable_supervision_warning()->set_band(v1::SUPERVISION_BAND_YELLOW);
    EXPECT_EQ(asking.tell(yellow), verdict::illegal_transition);
    const auto before = asking.state;
    EXPECT_EQ(asking.tell(late_reply(asking.state.archive_requests(0).due_ms())), verdict::applied);
    EXPECT_TRUE(asking.state.archive_requests(0).overdue());
    EXPECT_EQ(asking.state.clocks().SerializeAsString(), before.clocks().SerializeAsString());
    EXPECT_EQ(band_of(asking.state), band_of(before));
    EXPECT_FALSE(owes_beside(asking.state));
    EXPECT_EQ(next_timer(asking.state).at_ms, next_timer(before).at_ms);
    EXPECT_EQ(next_bundle_work(asking.state), bundle_work{});
    EXPECT_EQ(asking.tell(late_reply(asking.state.archive_requests(0).due_ms())), verdict::illegal_transition) << "once";
    EXPECT_EQ(asking.tell(reply(v1::ARCHIVE_RESULT_GRANTED, {"M1"}, "1-1", gateway())), verdict::applied);
}

} // namespace
} // namespace tongban::cases::story
