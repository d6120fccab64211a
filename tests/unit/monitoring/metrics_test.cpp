// What a scrape shows, and that no client can make it grow or break it.
#include "monitoring/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace tongban::monitoring {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Metrics, RendersEachKindOfSeries) {
    registry metrics;
    metrics.make_counter("tongban_a_total", "A.", {{"kind", "x"}}).add(3);
    metrics.make_counter("tongban_a_total", "A.", {{"kind", "y"}}).add();
    const gauge level = metrics.make_gauge("tongban_b", "B.");
    level.set(5);
    level.add(-1.5);
    const histogram seconds = metrics.make_histogram("tongban_c_seconds", "C.", {0.1, 1});
    seconds.observe(0.05);
    seconds.observe(0.5);
    seconds.observe(7);
    EXPECT_EQ(metrics.render(), "# HELP tongban_a_total A.\n"
                                "# TYPE tongban_a_total counter\n"
                                "tongban_a_total{kind=\"x\"} 3\n"
                                "tongban_a_total{kind=\"y\"} 1\n"
                                "# HELP tongban_b B.\n"
                                "# TYPE tongban_b gauge\n"
                                "tongban_b 3.5\n"
                                "# HELP tongban_c_seconds C.\n"
                                "# TYPE tongban_c_seconds histogram\n"
                                "tongban_c_seconds_count 3\n"
                                "tongban_c_seconds_sum 7.55\n"
                                "tongban_c_seconds_bucket{le=\"0.1\"} 1\n"
                                "tongban_c_seconds_bucket{le=\"1\"} 2\n"
                                "tongban_c_seconds_bucket{le=\"+Inf\"} 3\n");
}

TEST(Metrics, HandlesWithoutARegistryCountNowhere) {
    const registry metrics;
    counter().add();
    gauge().set(1);
    gauge().add(1);
    histogram().observe(1);
    EXPECT_EQ(metrics.render(), "");
}

TEST(Metrics, FamilyPastItsBoundCountsUnderOther) {
    registry metrics;
    counter_family& family = metrics.make_counter_family("tongban_m_total", "M.", {"dialect", "outcome"}, 2);
    family.with({"a", "x"}).add();
    family.with({"b", "x"}).add();
    for (int i = 0; i < 100; ++i)
        family.with({"client-" + std::to_string(i), "x"}).add();
    family.with({"a", "x"}).add();
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("tongban_m_total{dialect=\"a\",outcome=\"x\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("tongban_m_total{dialect=\"b\",outcome=\"x\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("tongban_m_total{dialect=\"other\",outcome=\"other\"} 100\n"));
    EXPECT_THAT(text, HasSubstr("tongban_metric_series_refused_total{metric=\"tongban_m_total\"} 100\n"));
    EXPECT_THAT(text, Not(HasSubstr("client-")));
}

TEST(Metrics, HistogramFamilyKeepsSeriesApart) {
    registry metrics;
    histogram_family& family = metrics.make_histogram_family("tongban_h_seconds", "H.", {"stage"}, {1}, 1);
    family.with({"one"}).observe(0.5);
    family.with({"two"}).observe(0.5);
    family.with({"two"}).observe(2);
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("tongban_h_seconds_count{stage=\"one\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("tongban_h_seconds_count{stage=\"other\"} 2\n"));
}

TEST(Metrics, LabelValuesWithSharedBytesAreDifferentSeries) {
    registry metrics;
    counter_family& family = metrics.make_counter_family("tongban_m_total", "M.", {"a", "b"}, 8);
    family.with({"x", "yz"}).add();
    family.with({"xy", "z"}).add();
    EXPECT_THAT(metrics.render(), HasSubstr("{a=\"x\",b=\"yz\"} 1\n"));
    EXPECT_THAT(metrics.render(), HasSubstr("{a=\"xy\",b=\"z\"} 1\n"));
}

TEST(Metrics, LabelValuesBecomeValidAndShort) {
    registry metrics;
    counter_family& family = metrics.make_counter_family("tongban_m_total", "M.", {"a"}, 8);
    family.with({"\xbc\xc3\n\""}).add();
    family.with({std::string(500, 'z')}).add();
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("tongban_m_total{a=\"\uFFFD\uFFFD\\n\\\"\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("{a=\"" + std::string(64, 'z') + "\"} 1\n"));
}

TEST(Metrics, CollectedSeriesAreComputedAtEachScrape) {
    registry metrics;
    double depth = 1;
    metrics.make_collected_gauge("tongban_depth", "D.", [&depth](registry::collected& out) {
        out.push_back({{{"region", "370800"}}, depth});
        out.push_back({{{"region", "370800"}}, 99});
    });
    metrics.make_collected_counter("tongban_read_bytes_total", "R.", [](registry::collected& out) {
        out.push_back({{}, 7});
    });
    EXPECT_THAT(metrics.render(), HasSubstr("tongban_depth{region=\"370800\"} 1\n"));
    depth = 2;
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("tongban_depth{region=\"370800\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("99"))) << "a second value for the same labels breaks a scrape";
    EXPECT_THAT(text, HasSubstr("# TYPE tongban_read_bytes_total counter\ntongban_read_bytes_total 7\n"));
}

TEST(Metrics, CollectorThatThrowsIsLeftOutAndCounted) {
    registry metrics;
    metrics.make_collected_gauge("tongban_bad", "B.",
                                 [](registry::collected&) { throw std::runtime_error("no"); });
    metrics.make_gauge("tongban_good", "G.").set(1);
    const std::string text = metrics.render();
    EXPECT_THAT(text, Not(HasSubstr("tongban_bad ")));
    EXPECT_THAT(text, HasSubstr("tongban_good 1\n"));
    EXPECT_THAT(text, HasSubstr("tongban_metric_collect_failures_total{metric=\"tongban_bad\"} 1\n"));
}

TEST(Metrics, CollectedSeriesAreBounded) {
    registry metrics;
    metrics.make_collected_gauge("tongban_many", "M.", [](registry::collected& out) {
        for (int i = 0; i < 10904; ++i)
            out.push_back({{{"i", std::to_string(i)}}, 1});
    });
    const std::string text = metrics.render();
    EXPECT_THAT(text, HasSubstr("{i=\"9999\"}"));
    EXPECT_THAT(text, Not(HasSubstr("{i=\"10000\"}")));
    EXPECT_THAT(text, HasSubstr("tongban_metric_series_refused_total{metric=\"tongban_many\"} 904\n"));
}

TEST(Metrics, NamesThatBreakTheRuleAreRefused) {
    registry metrics;
    EXPECT_THROW(metrics.make_counter("tongban_a", "A."), std::logic_error);
    EXPECT_THROW(metrics.make_gauge("tongban_a_total", "A."), std::logic_error);
    EXPECT_THROW(metrics.make_gauge("other_a", "A."), std::logic_error);
    EXPECT_THROW(metrics.make_gauge("tongban_A", "A."), std::logic_error);
    EXPECT_THROW(metrics.make_gauge("tongban_a", ""), std::logic_error);
    EXPECT_THROW(metrics.make_gauge("tongban_a", "two\nlines"), std::logic_error);
    metrics.make_gauge("tongban_a", "A.");
    EXPECT_THROW(metrics.make_gauge("tongban_a", "B."), std::logic_error);
    EXPECT_THROW(metrics.make_collected_gauge("tongban_a", "A.", {}), std::logic_error);
    EXPECT_THROW(metrics.make_counter_family("tongban_b_total", "B.", {"x"}, 1).with({}), std::logic_error);
}

TEST(Metrics, ManyThreadsLoseNothing) {
    registry metrics;
    counter_family& family = metrics.make_counter_family("tongban_m_total", "M.", {"a"}, 64);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&family] {
            for (int i = 0; i < 4000; ++i)
                family.with({std::to_string(i % 16)}).add();
        });
    threads.clear();
    EXPECT_THAT(metrics.render(), HasSubstr("tongban_m_total{a=\"7\"} 1000\n"));
}

} // namespace
} // namespace tongban::monitoring
