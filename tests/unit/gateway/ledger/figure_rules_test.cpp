// The recording rules of monitoring/rules over what a scrape of the example month gives: the same rates as the report's.
// Prometheus' own promtool evaluates them.
#include "figure_story.hpp"

#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/figure_metrics.hpp"
#include "gateway/ledger/figure_view.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tongban::ledger {
namespace {

struct sample {
    std::string series; // with its labels
    double value;
};

std::vector<sample> scraped(const figure_watch& watch) {
    monitoring::registry metrics;
    bounded_labels regions;
    make_figure_counters(metrics, [&](const collect_figures& collect) { collect(watch, regions); });
    std::istringstream text(metrics.render());
    std::vector<sample> all;
    for (std::string line; std::getline(text, line);) {
        const auto space = line.rfind(' ');
        if (line.find("figures_total{") != std::string::npos || line.find("tongban_transfer_cases_total{") != std::string::npos) {
            all.push_back({line.substr(0, space), std::stod(line.substr(space + 1))});
        }
    }
    return all;
}

// Two replicas; samples are a day apart. Before the month each counter stood at 7 of earlier cases.
void write_series(std::ostream& out, const std::vector<sample>& samples) {
    out << "  input_series:\n";
    for (const auto& each : samples) {
        const auto after = static_cast<long>(each.value) + 7;
        for (const char* replica : {"a", "b"}) {
            auto series = each.series;
            series.insert(series.size() - 1, std::string(",instance=\"") + replica + '"');
            // The second replica lags behind the first, and is away at the end.
            out << "  - series: '" << series << "'\n    values: '7x28 ";
            if (*replica == 'a') {
                out << after << "x3'\n";
            } else {
                out << "_x1 7'\n";
            }
        }
    }
}

// The rule that has the rate, and its labels: classes of 退件 share one.
struct recorded_rate {
    std::string rule;
    std::string labels = "{by=\"all\"}";
};
recorded_rate recorded(const std::string& name) {
    constexpr std::string_view of_a_reason = "return_rate_";
    if (!name.starts_with(of_a_reason)) {
        return {name};
    }
    return {"return_rate_by_reason", "{by=\"all\",reason=\"" + name.substr(of_a_reason.size()) + "\"}"};
}

std::string check_of(const std::string& name, double value) {
    const auto of = recorded(name);
    std::ostringstream out;
    out.precision(17);
    out << "  - expr: 'abs(tongban:" << of.rule << ":30d" << of.labels << " - " << value
        << ") < bool 1e-9'\n    eval_time: 744h\n    exp_samples:\n    - labels: '" << of.labels << "'\n      value: 1\n";
    return out.str();
}

TEST(FigureRules, GiveTheRatesOfTheReport) {
    const auto log = story::example_month();
    store::memory_view_store rows;
    figure_watch watch;
    story::project_example(*log, rows, &watch);
    figure_query query;
    query.to = 50'000; // all days, as the scrape has them
    const auto rates = cases::rates_of(read_figures(rows, query).value().whole());

    const auto file = std::filesystem::temp_directory_path() / ("tongban-figures-" + std::to_string(getpid()) + ".yaml");
    std::ofstream out(file);
    out << "rule_files:\n- " << TONGBAN_SOURCE_DIR << "/monitoring/rules/tongban.yaml\n"
        << "evaluation_interval: 24h\ntests:\n- interval: 24h\n";
    write_series(out, scraped(watch));
    out << "  promql_expr_test:\n";
    for (const auto& rate : rates) {
        if (rate.name != "median_used_days") { // from the store alone: docs/supervision.md
            ASSERT_TRUE(rate.value) << rate.name;
            out << check_of(std::string(rate.name), *rate.value);
        }
    }
    out.close();
    const auto command = std::string(PROMTOOL) + " test rules " + file.string() + " >&2";
    EXPECT_EQ(std::system(command.c_str()), 0) << "see " << file;
    std::filesystem::remove(file);
}

} // namespace
} // namespace tongban::ledger
