// The figures of supervision: the example computed by hand, sums that do not depend on how they are read or projected, and
// rows as they are stored.
#include "case_story.hpp"
#include "figure_story.hpp"

#include "connectors/store/memory_view_store.hpp"
#include "gateway/calendar/calendar.hpp"
#include "gateway/ledger/figure_view.hpp"
#include "gateway/ledger/projection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::ledger {
namespace {

using cases::figure;
using cases::figure_sums;
using testing::ElementsAre;

cases::day_number day(const char* text) {
    return calendars::parse_day(text).value();
}

figure_query september(figure_grouping by = figure_grouping::none) {
    figure_query query;
    query.from = day("2026-09-01");
    query.to = day("2026-09-30");
    query.by = by;
    return query;
}

class Figures : public testing::Test {
protected:
    void SetUp() override { story::project_example(*log, rows); }
    figure_report read(const figure_query& query) { return read_figures(rows, query).value(); }

    std::unique_ptr<log::memory_log> log = story::example_month();
    store::memory_view_store rows;
};

TEST_F(Figures, AreWhatTheHandComputed) {
    const auto whole = read(september()).whole();
    figure_sums expected;
    for (const auto& each : story::figures_by_hand()) {
        expected.add(static_cast<std::size_t>(each.figure), each.value);
    }
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<figure>(i);
        EXPECT_EQ(whole[f], expected[f]) << cases::name(f);
    }
}

TEST_F(Figures, RatesAreWhatTheHandComputed) {
    const auto rates = cases::rates_of(read(september()).whole());
    const auto& expected = story::rates_by_hand();
    ASSERT_EQ(rates.size(), expected.size());
    for (std::size_t i = 0; i < rates.size(); ++i) {
        EXPECT_EQ(rates[i].name, expected[i].name);
        ASSERT_EQ(rates[i].value.has_value(), expected[i].value.has_value()) << rates[i].name;
        EXPECT_DOUBLE_EQ(*rates[i].value, *expected[i].value) << rates[i].name;
    }
}

TEST_F(Figures, NothingToDivideByIsNoValue) {
    for (const auto& rate : cases::rates_of({})) {
        EXPECT_FALSE(rate.value) << rate.name;
    }
}

TEST_F(Figures, ADayIsTheLocalDayOfTheLedger) {
    auto query = september();
    query.to = day("2026-09-07"); // case 1 is closed on the 8th
    EXPECT_EQ(read(query).whole()[figure::closed], 0);
    query.to = day("2026-09-08");
    EXPECT_EQ(read(query).whole()[figure::closed], 1);
    query.from = query.to;
    EXPECT_EQ(read(query).whole()[figure::closed], 1);
    query.from = day("2026-10-01");
    query.to = day("2026-10-31");
    EXPECT_EQ(read(query).whole()[figure::closed], 1);
    EXPECT_EQ(read(query).whole()[figure::used_days], 7); // 22nd to 24th, 28th to 30th, 8 October
    EXPECT_EQ(read(query).whole()[figure::late], 1);
}

TEST_F(Figures, AReceiptCountsWithTheDayOfItsMessage) {
    auto query = september();
    query.from = query.to = day("2026-09-09"); // evaluated; acknowledged in October
    EXPECT_EQ(read(query).whole()[figure::receipts_of_dest], 1);
    query.from = query.to = day("2026-09-01"); // received and accepted; one of them acknowledged on the next day
    EXPECT_EQ(read(query).whole()[figure::receipts_of_origin], 2);
    query.from = day("2026-10-01");
    query.to = day("2026-10-31");
    EXPECT_EQ(read(query).whole()[figure::receipts_of_dest], 0);
    for (cases::day_number each = day("2026-08-31"); each < day("2026-11-01"); ++each) {
        query.from = query.to = each;
        const auto sums = read(query).whole();
        EXPECT_LE(sums[figure::receipts_of_dest], sums[figure::messages_to_dest]) << calendars::to_text(each);
        EXPECT_LE(sums[figure::receipts_of_origin], sums[figure::messages_to_origin]) << calendars::to_text(each);
    }
}

TEST_F(Figures, ARectificationCountsWithTheDayOfTheGradeThatOwedIt) {
    auto query = september();
    query.from = query.to = day("2026-09-10"); // put right on the 16th
    EXPECT_EQ(read(query).whole()[figure::to_rectify], 1);
    EXPECT_EQ(read(query).whole()[figure::rectified], 1);
    query.from = day("2026-09-11"); // graded badly again
    query.to = day("2026-10-31");
    EXPECT_EQ(read(query).whole()[figure::to_rectify], 0);
    EXPECT_EQ(read(query).whole()[figure::rectified], 0);
}

TEST_F(Figures, GroupsAddUpToTheWhole) {
    const auto whole = read(september()).whole();
    for (const auto by : {figure_grouping::pair, figure_grouping::destination, figure_grouping::item_class,
                          figure_grouping::level, figure_grouping::mode}) {
        const auto report = read(september(by));
        EXPECT_EQ(report.whole(), whole) << name(by);
        EXPECT_EQ(report.groups.size(), by == figure_grouping::level ? 1u : 2u) << name(by);
    }
    const auto classes = read(september(figure_grouping::item_class));
    figure_group social;
    social.item_class = "社保";
    EXPECT_EQ(classes.groups.at(social)[figure::closed], 2); // 3 and 4
    EXPECT_EQ(classes.groups.at(social)[figure::returned], 2);
    figure_group pair;
    pair.origin = "370200";
    pair.dest = "120103";
    EXPECT_EQ(read(september(figure_grouping::pair)).groups.at(pair)[figure::submitted], 3);
}

TEST_F(Figures, OneRegionAlone) {
    auto query = september();
    query.dest = "140400";
    EXPECT_EQ(read(query).whole()[figure::closed], 3);
    query.origin = "370200";
    EXPECT_EQ(read(query).whole()[figure::closed], 0);
}

TEST_F(Figures, StretchesAddUp) {
    const auto at_once = read(september(figure_grouping::pair));
    auto query = september(figure_grouping::pair);
    query.rows = 1;
    figure_report stretches;
    std::size_t count = 0;
    do {
        query.after = stretches.next;
        stretches += read(query);
        ++count;
    } while (!stretches.next.empty());
    EXPECT_EQ(stretches.groups, at_once.groups);
    EXPECT_EQ(stretches.rows, at_once.rows);
    EXPECT_EQ(count, at_once.rows);
    query.after = "nonsense";
    EXPECT_EQ(read_figures(rows, query).error(), boost::system::errc::invalid_argument);
}

TEST_F(Figures, TotalsAreTheSumOfAllDays) {
    figure_watch watch;
    store::memory_view_store again;
    story::project_example(*story::example_month(), again, &watch);
    figure_sums totals;
    watch.each([&](std::string_view, const figure_sums& sums) { totals += sums; });
    auto query = september();
    query.to = day("2026-12-31");
    EXPECT_EQ(totals, read(query).whole());
    // A view that is opened again shows the same.
    figure_watch reopened;
    projection fold(again, {}, nullptr, nullptr, nullptr, &reopened);
    fold.open(log->identity(), log->partition_count());
    figure_sums loaded;
    reopened.each([&](std::string_view, const figure_sums& sums) { loaded += sums; });
    EXPECT_EQ(loaded, totals);
}

// Sent back by one destination and filed at another, before the first acknowledged the filing.
TEST_F(Figures, AReceiptStaysWithTheDestinationThatWasTold) {
    log::memory_log_settings settings;
    settings.clock = [] { return cases::record_time(std::chrono::milliseconds(story::moment("2026-09-07 10:00"))); };
    log::memory_log plain(settings);
    const story::case_name first{"370800", "140400", "M-1"};
    const story::case_name second{"370800", "120103", "M-1"};
    auto receipt = story::delivery_fact(first, 1, first.dest);
    receipt.mutable_acknowledged();
    for (const auto& record : {story::submitted(first), story::returned(first), story::submitted(second, "李四"),
                               story::about_deliveries({receipt})}) {
        plain.store(first.id(), record.SerializeAsString());
    }
    store::memory_view_store view;
    story::project_example(plain, view);
    const auto groups = read_figures(view, september(figure_grouping::destination)).value().groups;
    const auto sums = [&](const std::string& dest) { return groups.at({.origin = {}, .dest = dest, .item_class = {}}); };
    EXPECT_EQ(sums(first.dest)[figure::messages_to_dest], 1);
    EXPECT_EQ(sums(first.dest)[figure::receipts_of_dest], 1);
    EXPECT_EQ(sums(second.dest)[figure::messages_to_dest], 1);
    EXPECT_EQ(sums(second.dest)[figure::receipts_of_dest], 0);
}

// Received and urged in September; asked for a supplement, sent back and answered in October: no share of a month is above 100 %.
TEST_F(Figures, ASupplementAReturnAndAnAnswerCountWithTheDayOfWhatTheyAreAShareOf) {
    auto now_ms = story::moment("2026-09-29 10:00");
    log::memory_log_settings settings;
    settings.clock = [&now_ms] { return cases::record_time(std::chrono::milliseconds(now_ms)); };
    log::memory_log plain(settings);
    const story::case_name asked{"370800", "140400", "P-1"};
    const story::case_name back{"370800", "140400", "P-2"};
    const auto tell = [&](const story::case_name& of, const v1::LedgerRecord& record) {
        plain.store(of.id(), record.SerializeAsString());
    };
    const auto say = [&](const story::case_name& of, v1::CaseEvent&& event, const std::string& region) {
        tell(of, story::by_platform(of, std::move(event), region));
    };
    for (const auto& of : {asked, back}) {
        tell(of, story::submitted(of));
        tell(of, story::received(of));
    }
    v1::CaseEvent urges;
    urges.mutable_urged();
    say(asked, std::move(urges), asked.origin);
    now_ms = story::moment("2026-10-08 10:00");
    v1::CaseEvent answers;
    answers.mutable_urge_answered();
    say(asked, std::move(answers), asked.dest);
    v1::CaseEvent asks;
    asks.mutable_supplement_required()->add_missing()->set_code("CL001");
    say(asked, std::move(asks), asked.dest);
    tell(back, story::returned(back));
    store::memory_view_store view;
    story::project_example(plain, view);
    const std::array moved{figure::supplemented, figure::returned, figure::urge_answered};
    auto query = september();
    const auto then = read_figures(view, query).value().whole();
    query.from = day("2026-10-01");
    query.to = day("2026-10-31");
    const auto later = read_figures(view, query).value().whole();
    for (const auto f : moved) {
        EXPECT_EQ(then[f], 1) << cases::name(f);
        EXPECT_EQ(later[f], 0) << cases::name(f);
    }
    EXPECT_EQ(then[figure::messages_to_origin], 2) << "the receipts 接件";
    EXPECT_EQ(later[figure::messages_to_origin], 3) << "messages stay with their own day";
}

TEST_F(Figures, DaysWithoutAPublishedCalendarAreNamed) {
    EXPECT_THAT(read(september()).provisional_days, testing::IsEmpty());
    // A case told by a gateway without a calendar, an event a day: weekdays count, and the report says so.
    log::memory_log_settings settings;
    settings.clock = [day = day("2026-09-06")]() mutable {
        return cases::record_time(std::chrono::milliseconds(cases::start_of(++day)));
    };
    log::memory_log plain(settings);
    const story::case_name of{"370800", "140400", "P-1"};
    for (const auto& record :
         {story::submitted(of), story::received(of), story::accepted(of), story::decided(of), story::closed(of)}) {
        plain.store(of.id(), record.SerializeAsString());
    }
    store::memory_view_store view;
    story::project_example(plain, view);
    const auto report = read_figures(view, september()).value();
    EXPECT_EQ(report.whole()[figure::closed], 1);
    EXPECT_EQ(report.whole()[figure::used_days], 2); // accepted on Wednesday the 9th, closed on Friday the 11th
    EXPECT_EQ(report.whole()[figure::provisional], 1);
    EXPECT_THAT(report.provisional_days, ElementsAre(day("2026-09-11")));
}

TEST(FigureRows, KeysGiveWhatWentIn) {
    figure_place place{"370800", "140400", v1::AUTHORITY_LEVEL_COUNTY, v1::BUSINESS_MODE_JOINT, "公积金"};
    const auto key = rows::figures(20'700, place);
    const auto read = rows::decode_figure_day(key.view());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->day, 20'700);
    EXPECT_EQ(read->place, place);
    // A long class is cut, and no character in two.
    std::string longest;
    for (int i = 0; i < 40; ++i) {
        longest += "类";
    }
    place.item_class = longest;
    const auto cut = rows::figures(1, place);
    EXPECT_EQ(rows::decode_figure_day(cut.view())->place.item_class, std::string_view(longest).substr(0, 42));
    EXPECT_FALSE(rows::decode_figure_day("s123"));
    EXPECT_FALSE(rows::decode_figure_total("S"));
}

TEST(FigureRows, SumsGiveWhatWentInAndNothingElse) {
    figure_sums sums;
    sums.add(0, 1);
    sums.add(figure_sums::first_used_days + 3, 300);
    sums.add(figure_sums::size - 1, std::int64_t{1} << 40);
    std::string bytes;
    sums.encode(bytes);
    EXPECT_EQ(figure_sums::decode(bytes), sums);
    EXPECT_LT(bytes.size(), 16u);
    EXPECT_FALSE(figure_sums::decode(std::string_view(bytes).substr(0, bytes.size() - 1)));
    EXPECT_FALSE(figure_sums::decode("\xff\xff\x03\x01")); // no such slot
}

TEST(FigureRows, TheLevelComesFromTheFullCodeWhereTheTermsNameNone) {
    v1::CaseState state;
    state.set_item_impl_code("11370800MB2857833U4000199001000"); // 18 characters, then the level
    EXPECT_EQ(figure_place_of(state).level, v1::AUTHORITY_LEVEL_COUNTY);
    state.mutable_terms()->set_level(v1::AUTHORITY_LEVEL_CITY);
    EXPECT_EQ(figure_place_of(state).level, v1::AUTHORITY_LEVEL_CITY);
    state.Clear();
    state.set_item_impl_code("short");
    EXPECT_EQ(figure_place_of(state).level, v1::AUTHORITY_LEVEL_UNSPECIFIED);
}

} // namespace
} // namespace tongban::ledger
