// The bulletin of the example month in each form: the same figures, and nothing in it that a terminal, a spreadsheet or a
// browser would take for something else.
#include "gateway/app/bulletin.hpp"

#include "figure_story.hpp"

#include "connectors/store/memory_view_store.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/calendar/calendar.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace tongban::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

bulletin september(ledger::figure_grouping by) {
    store::memory_view_store rows;
    ledger::story::project_example(*ledger::story::example_month(), rows);
    bulletin of;
    of.query.from = *calendars::parse_day("2026-09-01");
    of.query.to = *calendars::parse_day("2026-09-30");
    of.query.by = by;
    of.report = ledger::read_figures(rows, of.query).value();
    EXPECT_FALSE(add_standing(rows, ledger::story::moment("2026-10-08 17:00"), of));
    of.catalogue = {{"immediate_share", "即办件占比", 81, 100}, {"compress_ratio", "承诺时限压缩比", 0, 0}};
    return of;
}

template <class Print>
std::string printed(const bulletin& of, const Print& print) {
    std::ostringstream out;
    print(of, out);
    return out.str();
}

std::vector<std::string> lines_of(const std::string& text, const std::string& end) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (auto at = text.find(end); at != std::string::npos; at = text.find(end, from)) {
        lines.push_back(text.substr(from, at - from));
        from = at + end.size();
    }
    EXPECT_EQ(from, text.size()) << "the last line ends too";
    return lines;
}

// Cells of a line without quotes.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells{""};
    for (const char c : line) {
        if (c == ',') {
            cells.emplace_back();
        } else {
            cells.back() += c;
        }
    }
    return cells;
}

TEST(Bulletin, TheTableHasTheFiguresAndLinesUp) {
    const auto text = printed(september(ledger::figure_grouping::item_class), print_bulletin);
    EXPECT_THAT(text, HasSubstr("2026-09-01 – 2026-09-30"));
    EXPECT_THAT(text, testing::ContainsRegex("按时办结率 +closed on time +75\\.00 %"));
    EXPECT_THAT(text, testing::ContainsRegex("提前办结率（承诺件） +closed early, of 承诺件 +33\\.33 %"));
    EXPECT_THAT(text, testing::ContainsRegex("用时中位数（工作日） +median working days +4\\.00"));
    EXPECT_THAT(text, testing::ContainsRegex("承诺时限压缩比 +compress_ratio +– +0 +0"));
    // Every line of the rates is as wide as the rule down to its last column.
    const auto lines = lines_of(text, "\n");
    const auto rule = std::find_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("---"); });
    ASSERT_NE(rule, lines.end());
    const auto last = rule->rfind("  ") + 2;
    for (auto line = rule + 1; line != lines.end() && !line->empty(); ++line) {
        const auto value = line->rfind("  ") + 2;
        EXPECT_EQ(display_width(std::string_view(*line).substr(0, value)), last) << *line;
    }
}

TEST(Bulletin, NothingIsADashAndNeverNaN) {
    bulletin of;
    for (const auto print : {print_bulletin, print_bulletin_csv, print_bulletin_html}) {
        const auto text = printed(of, print);
        EXPECT_THAT(text, HasSubstr("–"));
        EXPECT_THAT(text, Not(HasSubstr("nan")));
        EXPECT_THAT(text, Not(HasSubstr("0.00")));
    }
    const auto json = bulletin_json(of);
    EXPECT_TRUE(json.at("whole").at("rates").at("on_time_rate").is_null());
}

TEST(Bulletin, ClassesOfItemsAreNamedAsTheCatalogueNamesThem) {
    bulletin of;
    of.query.by = ledger::figure_grouping::item_class;
    of.class_names = {{"housing", "公积金"}};
    ledger::figure_group group;
    EXPECT_EQ(group_text(group, of), "未分类 none");
    group.item_class = "housing";
    EXPECT_EQ(group_text(group, of), "公积金 housing");
    group.item_class = "other";
    EXPECT_EQ(group_text(group, of), "other");
    const auto read = stretch_from(stretch_json(of));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->class_names, of.class_names) << "from the gateway to the command";
}

TEST(Bulletin, TheCsvIsASpreadsheets) {
    const auto text = printed(september(ledger::figure_grouping::pair), print_bulletin_csv);
    EXPECT_THAT(text, StartsWith("\xef\xbb\xbf起 from,止 to,收件地 → 办理地 origin → destination,按时办结率 on_time_rate,"));
    const auto lines = lines_of(text, "\r\n");
    ASSERT_EQ(lines.size(), 4u); // heading, all, two pairs
    const auto heading = cells_of(lines[0]);
    const auto all = cells_of(lines[1]);
    for (const auto& line : lines) {
        EXPECT_EQ(cells_of(line).size(), heading.size());
    }
    EXPECT_EQ(all[2], "全部 all");
    EXPECT_EQ(all[3], "75.00%");
    EXPECT_EQ(cells_of(lines[2])[2], "370200 → 120103");
    EXPECT_THAT(all, testing::IsSupersetOf({"截至 2026-10-08 17:00"}));
    EXPECT_EQ(all.back(), "0") << "unexplained";
    EXPECT_EQ(cells_of(lines[2]).back(), "") << "open cases are not counted by pair";
    const auto closed = std::find(heading.begin(), heading.end(), "办结 closed") - heading.begin();
    EXPECT_EQ(all[static_cast<std::size_t>(closed)], "4");
}

TEST(Bulletin, AClassIsNoFormulaAndNoMarkup) {
    auto of = september(ledger::figure_grouping::item_class);
    ledger::figure_group evil;
    evil.item_class = "=HYPERLINK(\"http://x\",\"<b>&'\")";
    of.report.groups[evil].add(0, 1);
    const auto csv = printed(of, print_bulletin_csv);
    EXPECT_THAT(csv, HasSubstr(",\"'=HYPERLINK(\"\"http://x\"\",\"\"<b>&'\"\")\","));
    const auto html = printed(of, print_bulletin_html);
    EXPECT_THAT(html, HasSubstr("=HYPERLINK(&quot;http://x&quot;,&quot;&lt;b&gt;&amp;&#39;&quot;)"));
    EXPECT_THAT(html, Not(HasSubstr("<b>")));
}

TEST(Bulletin, ThePageStandsByItself) {
    const auto html = printed(september(ledger::figure_grouping::pair), print_bulletin_html);
    EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
    for (const char* outside : {"<script", "src=", "href=", "url(", "@import"}) {
        EXPECT_THAT(html, Not(HasSubstr(outside)));
    }
    EXPECT_THAT(html, HasSubstr("A4 landscape"));
    EXPECT_THAT(html, HasSubstr("按时办结率<small>closed on time</small></th><td class=\"number\">75.00 %"));
    EXPECT_THAT(printed(september(ledger::figure_grouping::none), print_bulletin_html), HasSubstr("A4 portrait"));
}

// Of the example 1 is handed over and 2, 3, 4 and 9 are closed: open until their results are handed over.
TEST(Bulletin, WhatIsOpenIsSaidAsOfItsMoment) {
    const auto of = september(ledger::figure_grouping::destination);
    ASSERT_TRUE(of.standing);
    EXPECT_EQ(of.standing->figures.unexplained, 0);
    const auto table = printed(of, print_bulletin);
    EXPECT_THAT(table, HasSubstr("截至 2026-10-08 17:00 / as of 2026-10-08 17:00"));
    EXPECT_THAT(table, testing::ContainsRegex("全部 all +0 +0 +0 +0"));
}

bulletin with_open_cases(ledger::figure_grouping by) {
    auto of = september(by);
    auto& open = of.standing->figures.destinations;
    open = {{"120103", {7, 3, 2, 1}}, {"370800", {5, 0, 0, 5}}}; // at the second nothing happened in September
    return of;
}

TEST(Bulletin, OpenCasesStandByDestinationWhereTheBulletinDoes) {
    const auto by_destination = with_open_cases(ledger::figure_grouping::destination);
    const auto table = printed(by_destination, print_bulletin);
    EXPECT_THAT(table, testing::ContainsRegex("全部 all +12 +3 +2 +6"));
    EXPECT_THAT(table, testing::ContainsRegex("370800 +5 +0 +0 +5"));
    const auto html = printed(by_destination, print_bulletin_html);
    EXPECT_THAT(html, HasSubstr("<th scope=\"row\">120103</th><td class=\"number\">7</td><td class=\"number\">3</td>"));
    EXPECT_THAT(html, HasSubstr("红（超期未办结）<small>overdue (red)</small>"));
    const auto rows = lines_of(printed(by_destination, print_bulletin_csv), "\r\n");
    ASSERT_EQ(rows.size(), 5u); // heading, all, two of September, and one that only has open cases
    const auto last = cells_of(rows[4]);
    EXPECT_EQ(last[2], "370800");
    EXPECT_THAT(std::vector(last.end() - 6, last.end()), testing::ElementsAre("5", "0", "0", "5", "截至 2026-10-08 17:00", ""));
    const auto without = cells_of(rows[3]); // 140400 had cases in September, and none is open
    EXPECT_THAT(std::vector(without.end() - 6, without.end()), testing::ElementsAre("0", "0", "0", "0", "截至 2026-10-08 17:00", ""));
    EXPECT_THAT(printed(with_open_cases(ledger::figure_grouping::mode), print_bulletin), Not(HasSubstr("370800 ")));
}

TEST(Bulletin, OfOneOriginNothingIsSaidOfOpenCases) {
    auto of = september(ledger::figure_grouping::none);
    of.standing.reset();
    of.query.origin = "370800";
    store::memory_view_store rows;
    EXPECT_FALSE(add_standing(rows, 1, of));
    EXPECT_FALSE(of.standing);
    EXPECT_THAT(printed(of, print_bulletin), testing::AllOf(Not(HasSubstr("截至")), HasSubstr("Open cases are counted by destination")));
    EXPECT_TRUE(stretch_json(of).at("standing").is_null());
}

TEST(Bulletin, AGapIsNamedAndAStoppedGatewayHasNoMoment) {
    auto of = with_open_cases(ledger::figure_grouping::none);
    of.standing->figures.unexplained = 3;
    of.standing->as_of_ms = 0;
    for (const auto print : {print_bulletin, print_bulletin_html}) {
        const auto text = printed(of, print);
        EXPECT_THAT(text, HasSubstr("对账差异：3"));
        EXPECT_THAT(text, HasSubstr("tongban ledger reconcile"));
        EXPECT_THAT(text, HasSubstr("as the stopped gateway left its view"));
    }
    of.standing->figures.unexplained.reset();
    EXPECT_THAT(printed(of, print_bulletin), HasSubstr("账本忙"));
}

TEST(Bulletin, ClassesOfReturnsWithoutACaseAreLeftOutOfLists) {
    const auto text = printed(september(ledger::figure_grouping::none), print_bulletin);
    EXPECT_THAT(text, testing::ContainsRegex("退件率：材料不清 +sent back: materials unreadable +11\\.11 %"));
    EXPECT_THAT(text, Not(HasSubstr("材料不齐")));
    EXPECT_TRUE(bulletin_json(september(ledger::figure_grouping::none)).at("whole").at("rates").as_object().contains(
        "return_rate_materials_missing"));
}

TEST(Bulletin, ProvisionalDaysAreMarked) {
    auto of = september(ledger::figure_grouping::destination);
    EXPECT_THAT(printed(of, print_bulletin), Not(HasSubstr("※")));
    of.report.groups.begin()->second.add(static_cast<std::size_t>(cases::figure::provisional), 2);
    of.report.provisional_days = {*calendars::parse_day("2027-01-04")};
    for (const auto print : {print_bulletin, print_bulletin_html}) {
        const auto text = printed(of, print);
        EXPECT_THAT(text, HasSubstr(of.report.groups.begin()->first.dest + " ※"));
        EXPECT_THAT(text, HasSubstr("2 件"));
        EXPECT_THAT(text, HasSubstr("2027-01-04"));
    }
}

TEST(Bulletin, AStretchIsReadAsItWasSent) {
    for (const auto by : {ledger::figure_grouping::none, ledger::figure_grouping::pair, ledger::figure_grouping::item_class,
                          ledger::figure_grouping::level, ledger::figure_grouping::mode}) {
        auto of = september(by);
        of.report.next = "73";
        of.report.provisional_days = {20'000};
        const auto sent = boost::json::serialize(stretch_json(of));
        const auto read = stretch_from(boost::json::parse(sent));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->report.groups, of.report.groups);
        EXPECT_EQ(read->report.provisional_days, of.report.provisional_days);
        EXPECT_EQ(read->report.rows, of.report.rows);
        EXPECT_EQ(read->report.reached, of.report.reached);
        EXPECT_EQ(read->report.next, "73");
        ASSERT_EQ(read->catalogue.size(), 2u);
        EXPECT_EQ(read->catalogue[0].part, 81);
        ASSERT_TRUE(read->standing);
        EXPECT_EQ(read->standing->figures, of.standing->figures);
        EXPECT_EQ(read->standing->as_of_ms, of.standing->as_of_ms);
    }
    EXPECT_FALSE(stretch_from(boost::json::parse(R"({"groups":[{}]})")));
    EXPECT_FALSE(stretch_from(boost::json::parse("[]")));
}

} // namespace
} // namespace tongban::app
