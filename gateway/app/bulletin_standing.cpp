// What is open while a bulletin is made: read, sent, and in the words that its forms share.
#include "gateway/app/bulletin.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/working_days.hpp"

#include <boost/json/array.hpp>
#include <google/protobuf/util/time_util.h>

#include <cstdio>
#include <stdexcept>

namespace tongban::app {

namespace {

namespace json = boost::json;
using ledger::open_cases_by_band;

constexpr std::string_view zone = "+08:00";

// "2026-09-30T17:00:05+08:00".
std::string china_time(std::int64_t ms) {
    const auto day = cases::day_of(ms);
    const auto second = (ms - cases::start_of(day)) / 1000;
    char text[16];
    std::snprintf(text, sizeof text, "T%02d:%02d:%02d", static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                  static_cast<int>(second % 60));
    return calendars::to_text(day) + text + std::string(zone);
}

json::object counts_json(const open_cases_by_band& of) {
    return {{"open", of.open}, {"blue", of.blue}, {"yellow", of.yellow}, {"red", of.red}};
}

open_cases_by_band counts_from(const json::object& told) {
    return {told.at("open").to_number<std::int64_t>(), told.at("blue").to_number<std::int64_t>(),
            told.at("yellow").to_number<std::int64_t>(), told.at("red").to_number<std::int64_t>()};
}

} // namespace

boost::system::error_code add_standing(const store::view_store& rows, std::int64_t as_of_ms, bulletin& told) {
    if (!told.query.origin.empty()) {
        return {};
    }
    auto figures = ledger::read_standing_figures(rows);
    if (!figures) {
        return figures.error();
    }
    if (!told.query.dest.empty()) {
        std::erase_if(figures->destinations, [&](const auto& each) { return each.first != told.query.dest; });
    }
    told.standing = bulletin_standing{std::move(*figures), as_of_ms};
    return {};
}

json::value standing_json(const bulletin& of) {
    if (!of.standing) {
        return nullptr;
    }
    const auto& [figures, as_of_ms] = *of.standing;
    auto told = counts_json(figures.whole());
    told["as_of"] = as_of_ms == 0 ? json::value(nullptr) : json::value(china_time(as_of_ms));
    told["unexplained"] = figures.unexplained ? json::value(*figures.unexplained) : json::value(nullptr);
    json::array destinations;
    for (const auto& [region, each] : figures.destinations) {
        auto line = counts_json(each);
        line["dest"] = region;
        destinations.push_back(std::move(line));
    }
    told["destinations"] = std::move(destinations);
    return told;
}

std::optional<bulletin_standing> standing_from(const json::value& value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    const auto& told = value.as_object();
    bulletin_standing standing;
    if (const auto& as_of = told.at("as_of"); !as_of.is_null()) {
        google::protobuf::Timestamp at;
        if (!google::protobuf::util::TimeUtil::FromString(std::string(as_of.as_string()), &at)) {
            throw std::invalid_argument("as_of is no time");
        }
        standing.as_of_ms = at.seconds() * 1000;
    }
    if (const auto& unexplained = told.at("unexplained"); !unexplained.is_null()) {
        standing.figures.unexplained = unexplained.to_number<std::int64_t>();
    }
    for (const auto& each : told.at("destinations").as_array()) {
        const auto& line = each.as_object();
        standing.figures.destinations.emplace(line.at("dest").as_string(), counts_from(line));
    }
    return standing;
}

std::vector<std::pair<std::string, open_cases_by_band>> standing_rows(const bulletin& of) {
    const auto& figures = of.standing->figures;
    std::vector<std::pair<std::string, open_cases_by_band>> rows{{"全部 all", figures.whole()}};
    if (of.query.by == ledger::figure_grouping::destination) {
        for (const auto& [region, each] : figures.destinations) {
            rows.emplace_back(region, each);
        }
    }
    return rows;
}

const std::vector<title>& standing_columns() {
    static const std::vector<title> columns{{"在办", "open"},
                                            {"蓝（正常）", "in time (blue)"},
                                            {"黄（预警）", "near a limit (yellow)"},
                                            {"红（超期未办结）", "overdue (red)"}};
    return columns;
}

std::vector<std::string> standing_cells(const open_cases_by_band& open) {
    return {std::to_string(open.open), std::to_string(open.blue), std::to_string(open.yellow), std::to_string(open.red)};
}

said_twice as_of_text(const bulletin_standing& standing) {
    if (standing.as_of_ms == 0) {
        return {"以网关停机时的视图为准", "as the stopped gateway left its view"};
    }
    auto time = china_time(standing.as_of_ms).substr(0, sizeof "2026-09-30T17:00" - 1);
    time[sizeof "2026-09-30" - 1] = ' ';
    return {"截至 " + time, "as of " + time};
}

std::string unexplained_text(const bulletin_standing& standing) {
    const auto& unexplained = standing.figures.unexplained;
    if (!unexplained) {
        return "对账差异：账本忙，本次未比对。 Unexplained: not compared, the ledger was too busy.";
    }
    const auto count = std::to_string(*unexplained);
    return "对账差异：" + count + "（全部报文和办件）。 Unexplained cases and messages of the whole ledger: " + count + "." +
           (*unexplained == 0 ? "" : " 请运行 run: tongban ledger reconcile");
}

} // namespace tongban::app
