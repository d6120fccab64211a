// tongban calendar check|show|due: what a calendar file says, where it is wrong, and until when a limit runs.
#include "gateway/app/commands.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/calendar/calendar.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <iostream>
#include <memory>

namespace tongban::app {

namespace {

using calendars::day_number;

struct calendar_options {
    std::string file;
    std::string against;
    std::string from;
    std::string limit;
    int year = 0;
    bool json = false;
};

std::shared_ptr<const calendars::calendar> open(const std::string& file) {
    if (file.empty()) {
        return calendars::calendar::built_in();
    }
    auto loaded = calendars::calendar::load(file);
    for (const auto& mistake : loaded.mistakes) {
        std::cerr << mistake.text() << '\n';
    }
    for (const auto& line : loaded.warnings) {
        std::cerr << file << ": " << line << "（警告 / warning）\n";
    }
    return loaded.value;
}

day_number today() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return cases::day_of(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

int check(const calendar_options& options) {
    const auto checked = open(options.file);
    if (!checked) {
        return exit_usage;
    }
    const auto left = checked->past() - today();
    std::cout << "日历有效 / the calendar is valid: " << checked->version() << ", " << calendars::to_text(checked->first())
              << " – " << calendars::to_text(checked->past() - 1) << '\n';
    std::cout << "距日历止期还有 " << left << " 天，此后的期限为暂定 / days left: " << left
              << "; due dates beyond are provisional\n";
    if (options.against.empty()) {
        return exit_done;
    }
    const auto running = open(options.against == "built-in" ? std::string() : options.against);
    if (!running) {
        return exit_usage;
    }
    const auto changed = calendars::changed_days(*running, *checked, 1000);
    for (const auto day : changed) {
        std::cout << calendars::to_text(day) << ' '
                  << (day < checked->first() || day >= checked->past() ? "不再覆盖 / no longer covered"
                      : checked->works(day)                            ? "休→工 / off → working"
                                                                       : "工→休 / working → off")
                  << '\n';
    }
    if (!changed.empty()) {
        std::cout << "已公布的日期有变：有在办件据以计算期限的，重新加载会被拒绝 / published days change: a reload is refused while open "
                     "cases count by them\n";
    }
    const bool differs = !changed.empty() || running->first() != checked->first() || running->past() != checked->past();
    const bool same_version = differs && running->version() == checked->version();
    if (same_version) {
        std::cout << "内容不同而版本号相同，须改版本号 / another calendar under the same version " << checked->version()
                  << ": raise its version\n";
    }
    return changed.empty() && !same_version ? exit_done : exit_refused;
}

std::string joined(const std::vector<day_number>& days) {
    std::string text;
    for (std::size_t i = 0; i < days.size(); ++i) {
        const bool inside = i > 0 && days[i] == days[i - 1] + 1;
        const bool goes_on = i + 1 < days.size() && days[i + 1] == days[i] + 1;
        if (!inside) {
            text += (text.empty() ? "" : ", ") + calendars::to_text(days[i]).substr(5);
        } else if (!goes_on) {
            text += "/" + calendars::to_text(days[i]).substr(5);
        }
    }
    return text;
}

boost::json::array to_json(const std::vector<day_number>& days) {
    boost::json::array list;
    for (const auto day : days) {
        list.emplace_back(calendars::to_text(day));
    }
    return list;
}

int show(const calendar_options& options) {
    const auto shown = open(options.file);
    if (!shown) {
        return exit_usage;
    }
    text_table table({"年 year", "文号 notice", "工作日 working days", "放假 off", "调休上班 make-up"});
    boost::json::array years;
    for (const auto& [number, year] : shown->years()) {
        if (options.year != 0 && options.year != number) {
            continue;
        }
        const auto first = *calendars::parse_day(std::to_string(number) + "-01-01");
        const auto slice = shown->slice(first, first + 366);
        const auto last = *calendars::parse_day(std::to_string(number) + "-12-31");
        const auto count = cases::working_days(slice).count(first - 1, last);
        table.add({std::to_string(number), year.notice, std::to_string(count), joined(year.off), joined(year.working)});
        years.emplace_back(boost::json::object{{"year", number},
                                               {"notice", year.notice},
                                               {"working_days", count},
                                               {"off", to_json(year.off)},
                                               {"make_up", to_json(year.working)}});
    }
    if (years.empty()) {
        std::cerr << "日历没有 " << options.year << " 年 / the calendar has no year " << options.year << '\n';
        return exit_refused;
    }
    if (options.json) {
        std::cout << boost::json::serialize(boost::json::object{{"version", shown->version()}, {"years", std::move(years)}})
                  << '\n';
    } else {
        std::cout << "版本 version: " << shown->version() << '\n';
        table.print(std::cout);
    }
    return exit_done;
}

// "15" and "15wd" are working days, "15d" natural ones, "2m" months.
std::optional<v1::Limit> parse_limit(const std::string& text) {
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        ++digits;
    }
    const auto unit = text.substr(digits);
    if (digits == 0 || digits > 4) {
        return std::nullopt;
    }
    v1::Limit limit;
    limit.set_value(std::stoi(text.substr(0, digits)));
    if (unit.empty() || unit == "wd" || unit == "工作日") {
        limit.set_unit(v1::LIMIT_UNIT_WORKDAY);
    } else if (unit == "d" || unit == "日") {
        limit.set_unit(v1::LIMIT_UNIT_CALENDAR_DAY);
    } else if (unit == "m" || unit == "月") {
        limit.set_unit(v1::LIMIT_UNIT_MONTH);
    } else {
        return std::nullopt;
    }
    return limit;
}

int due(const calendar_options& options) {
    const auto by = open(options.file);
    const auto from = calendars::parse_day(options.from);
    const auto limit = parse_limit(options.limit);
    if (!by) {
        return exit_usage;
    }
    if (!from || !limit) {
        std::cerr << "用法：起始日 YYYY-MM-DD，时限如 15、15wd（工作日）、15d（自然日）、2m（月） / usage: the day of acceptance "
                     "YYYY-MM-DD and a limit such as 15 or 15wd (working days), 15d (natural days), 2m (months)\n";
        return exit_usage;
    }
    const auto slice = by->slice(*from, by->past());
    const cases::working_days days(slice);
    const bool working = limit->unit() == v1::LIMIT_UNIT_WORKDAY;
    const auto day = working                                  ? days.add(*from, limit->value())
                     : limit->unit() == v1::LIMIT_UNIT_MONTH ? cases::months_later(*from, limit->value())
                                                              : *from + limit->value();
    const bool provisional = working && days.first_uncertain(*from, day) != 0;
    if (options.json) {
        std::cout << boost::json::serialize(boost::json::object{{"from", options.from},
                                                                {"due", calendars::to_text(day)},
                                                                {"provisional", provisional},
                                                                {"calendar", by->version()}})
                  << '\n';
    } else {
        std::cout << calendars::to_text(day) << (provisional ? " 暂定（日历未公布） / provisional: no calendar yet" : "") << '\n';
    }
    return exit_done;
}

} // namespace

void add_calendar_commands(CLI::App& app, int& exit_code) {
    auto* calendar = app.add_subcommand("calendar", "Calendars of working days 工作日历");
    calendar->footer("Examples:\n  tongban calendar show --year 2026\n  tongban calendar due 2026-09-24 15");
    calendar->require_subcommand(1);
    const auto options = std::make_shared<calendar_options>();
    const auto common = [&](CLI::App* command) {
        command->add_option("--file", options->file, "Calendar file; without it the built-in one")->check(CLI::ExistingFile);
    };
    auto* checking = calendar->add_subcommand("check", "All mistakes of a calendar file 检查");
    checking->footer("Examples:\n  tongban calendar check\n  tongban calendar check --file calendar.yaml --against built-in\n"
                     "Exit codes: 0 valid, 1 published days would change or the version must be raised, 2 mistakes or usage.");
    common(checking);
    checking->add_option("--against", options->against,
                         "The calendar that is in use (\"built-in\" or a file): which published days would change");
    checking->callback([options, &exit_code] { exit_code = check(*options); });
    auto* showing = calendar->add_subcommand("show", "Days off and make-up working days by year 查看");
    showing->footer("Examples:\n  tongban calendar show\n  tongban calendar show --year 2026\n"
                    "Exit codes: 0 shown, 1 no such year, 2 mistakes in the file or usage.");
    common(showing);
    showing->add_option("--year", options->year, "Only this year");
    showing->add_flag("--json", options->json, "For machines");
    showing->callback([options, &exit_code] { exit_code = show(*options); });
    auto* reckoning = calendar->add_subcommand("due", "Until when a limit runs 推算到期日");
    reckoning->footer("Examples:\n  tongban calendar due 2026-09-24 15    # 15 working days\n"
                      "  tongban calendar due 2026-09-24 2m --json\nExit codes: 0 told, 2 mistakes in the file or usage.");
    common(reckoning);
    reckoning->add_option("from", options->from, "Day of acceptance, YYYY-MM-DD; it is not counted")->required();
    reckoning->add_option("limit", options->limit, "15 or 15wd: working days; 15d: natural days; 2m: months")->required();
    reckoning->add_flag("--json", options->json, "For machines");
    reckoning->callback([options, &exit_code] { exit_code = due(*options); });
}

} // namespace tongban::app
