// What was published for days nobody counts by yet may have been typed wrong.
#include "gateway/app/live_calendar.hpp"

#include "gateway/app/not_taken.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/ledger/open_cases.hpp"
#include "monitoring/log.hpp"

#include <algorithm>
#include <set>

namespace tongban::app {

namespace {

constexpr std::size_t named_max = 20; // days
constexpr std::size_t cases_named_max = 5;

std::string joined(const auto& parts, const auto& text_of) {
    std::string text;
    for (const auto& part : parts) {
        text += (text.empty() ? "" : ", ") + text_of(part);
    }
    return text;
}

} // namespace

std::shared_ptr<const calendars::calendar> load_calendar(const std::filesystem::path& file) {
    if (file.empty()) {
        return calendars::calendar::built_in();
    }
    auto loaded = calendars::calendar::load(file);
    if (!loaded.value) {
        throw not_taken(loaded.mistakes);
    }
    return loaded.value;
}

std::vector<std::string> check_calendar(const std::filesystem::path& file, std::vector<std::string>& warnings) {
    std::vector<std::string> lines;
    if (!file.empty()) {
        auto loaded = calendars::calendar::load(file);
        for (const auto& mistake : loaded.mistakes) {
            lines.push_back(mistake.text());
        }
        for (const auto& line : loaded.warnings) {
            warnings.push_back(file.string() + ": " + line);
        }
    }
    return lines;
}

security::sentence why_not_replaced(const calendars::calendar& now, const calendars::calendar& next, const store::view_store& rows) {
    constexpr std::size_t all_days = 100'000; // of two hundred years and more
    const auto changed = calendars::changed_days(now, next, all_days);
    const bool same = changed.empty() && now.first() == next.first() && now.past() == next.past();
    if (!same && now.version() == next.version()) {
        return {"内容已改而版本号 " + next.version() + " 未变，请改版本号",
                "it says otherwise than the calendar in use under the same version " + next.version() + ": raise its version"};
    }
    if (changed.empty()) {
        return {};
    }
    std::set<calendars::day_number> used;
    std::set<std::string> cases;
    const auto failed = ledger::for_each_open_case(rows, [&](const v1::CaseState& state) {
        const auto [first, last] = calendars::days_in_use(state);
        const auto begin = std::upper_bound(changed.begin(), changed.end(), first);
        const auto end = std::upper_bound(begin, changed.end(), last);
        if (begin != end && cases.size() < cases_named_max) {
            cases.insert(state.case_id());
        }
        for (auto day = begin; day != end && used.size() < named_max; ++day) {
            used.insert(*day);
        }
        return used.size() < named_max || cases.size() < cases_named_max;
    });
    if (failed) {
        return {"无法读取在办件：" + failed.message(), "the open cases cannot be read: " + failed.message()};
    }
    if (used.empty()) {
        return {};
    }
    const auto days = joined(used, [](calendars::day_number day) { return calendars::to_text(day); });
    const auto named = joined(cases, [](const std::string& id) { return id; });
    return {"改动的日期仍有在办件据以计算期限：" + days + "（如 " + named + "）；重启后只对此后的计算有效",
            "it changes days on which due times of open cases rest: " + days + " (such as " + named +
                "); after a restart it counts for what is reckoned from then on"};
}

std::int64_t tell_other_due_times(const calendars::calendar& calendar, const store::view_store& rows, const std::stop_token& stop) {
    const auto slice = calendar.slice(calendar.first(), calendar.past());
    std::int64_t count = 0;
    std::set<std::string> named;
    const auto failed = ledger::for_each_open_case(rows, [&](const v1::CaseState& state) {
        if (!cases::stands_by(state, slice)) {
            ++count;
            if (named.size() < cases_named_max) {
                named.insert(state.case_id());
            }
        }
        return !stop.stop_requested();
    });
    if (failed) {
        monitoring::log(monitoring::severity::error, "open_cases_unreadable", {{"reason", std::string_view(failed.message())}});
    }
    if (count == 0) {
        return 0;
    }
    const auto some = joined(named, [](const std::string& id) { return id; }) + (count > std::int64_t(cases_named_max) ? ", …" : "");
    const auto zh = "日历与 " + std::to_string(count) + " 件在办件已告知的期限不符（" + some +
                    "）：已告知的期限不变，此后按新日历计算；如属录入错误，请改回并重新启动";
    const auto en = "the calendar gives other due times than both sides of " + std::to_string(count) + " open cases were told (" +
                    some + "): what was told stands, and what is reckoned from now on follows it; if it was typed wrong, "
                    "put it right and start again";
    monitoring::log(monitoring::severity::error, "calendar_harms_open_cases",
                    {{"version", std::string_view(calendar.version())},
                     {"cases", count},
                     {"text_zh", std::string_view(zh)},
                     {"text_en", std::string_view(en)}});
    return count;
}

} // namespace tongban::app
