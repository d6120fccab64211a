// Sums travel as they are, so that stretches and groups still add up at the other end.
#include "gateway/app/bulletin.hpp"

#include "gateway/calendar/calendar.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>

namespace tongban::app {

namespace {

namespace json = boost::json;
using cases::figure_sums;

std::string level_name(v1::AuthorityLevel level) {
    return std::string(cases::name(level));
}

// Without the zeros at the end.
json::array distribution(std::span<const std::int64_t> slots) {
    while (!slots.empty() && slots.back() == 0) {
        slots = slots.first(slots.size() - 1);
    }
    json::array all;
    for (const auto each : slots) {
        all.push_back(each);
    }
    return all;
}

json::object group_json(const ledger::figure_group& group, const figure_sums& sums) {
    json::object figures;
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        const auto f = static_cast<cases::figure>(i);
        if (sums[f] != 0) {
            figures[cases::name(f)] = sums[f];
        }
    }
    return {{"origin", group.origin},
            {"dest", group.dest},
            {"item_class", group.item_class},
            {"level", level_name(group.level)},
            {"mode", cases::name(group.mode)},
            {"figures", std::move(figures)},
            {"used_days", distribution(sums.used_days())},
            {"transfer", distribution(sums.transfer())}};
}

json::array catalogue_json(const bulletin& of) {
    json::array all;
    for (const auto& each : of.catalogue) {
        all.push_back({{"name", each.name}, {"term", each.term}, {"part", each.part}, {"whole", each.whole}});
    }
    return all;
}

template <class Enum>
Enum named(std::string_view text, int count) {
    for (int i = 0; i < count; ++i) {
        if (cases::name(static_cast<Enum>(i)) == text) {
            return static_cast<Enum>(i);
        }
    }
    return {};
}

void take_distribution(figure_sums& sums, const json::array& slots, std::size_t first, std::size_t most) {
    for (std::size_t i = 0; i < slots.size() && i < most; ++i) {
        sums.add(first + i, slots[i].to_number<std::int64_t>());
    }
}

void take_group(const json::object& from, ledger::figure_report& into) {
    ledger::figure_group group;
    group.origin = from.at("origin").as_string();
    group.dest = from.at("dest").as_string();
    group.item_class = from.at("item_class").as_string();
    group.level = named<v1::AuthorityLevel>(from.at("level").as_string(), v1::AuthorityLevel_ARRAYSIZE);
    group.mode = named<v1::BusinessMode>(from.at("mode").as_string(), v1::BusinessMode_ARRAYSIZE);
    auto& sums = into.groups[group];
    for (std::size_t i = 0; i < cases::figures_known; ++i) {
        if (const auto* value = from.at("figures").as_object().if_contains(cases::name(static_cast<cases::figure>(i)))) {
            sums.add(i, value->to_number<std::int64_t>());
        }
    }
    take_distribution(sums, from.at("used_days").as_array(), figure_sums::first_used_days, cases::used_days_slots);
    take_distribution(sums, from.at("transfer").as_array(), figure_sums::first_transfer, cases::transfer_slots);
}

json::object head_json(const bulletin& of) {
    json::array days;
    for (const auto day : of.report.provisional_days) {
        days.push_back(json::value(calendars::to_text(day)));
    }
    return {{"from", calendars::to_text(of.query.from)},
            {"to", calendars::to_text(of.query.to)},
            {"by", ledger::name(of.query.by)},
            {"rows", of.report.rows},
            {"reached", of.report.rows == 0 ? std::string() : calendars::to_text(of.report.reached)},
            {"provisional_days", std::move(days)},
            {"classes", json::value_from(of.class_names)},
            {"catalogue", catalogue_json(of)},
            {"standing", standing_json(of)}};
}

json::object rates_json(const figure_sums& sums) {
    json::object rates;
    for (const auto& each : cases::rates_of(sums)) {
        rates[each.name] = each.value ? json::value(*each.value) : json::value(nullptr);
    }
    return rates;
}

} // namespace

json::object stretch_json(const bulletin& stretch) {
    auto told = head_json(stretch);
    json::array groups;
    for (const auto& [group, sums] : stretch.report.groups) {
        groups.push_back(group_json(group, sums));
    }
    told["groups"] = std::move(groups);
    told["next"] = stretch.report.next;
    return told;
}

std::optional<bulletin> stretch_from(const json::value& value) {
    try {
        const auto& told = value.as_object();
        bulletin read;
        for (const auto& group : told.at("groups").as_array()) {
            take_group(group.as_object(), read.report);
        }
        for (const auto& day : told.at("provisional_days").as_array()) {
            read.report.provisional_days.insert(calendars::parse_day(day.as_string()).value());
        }
        for (const auto& each : told.at("catalogue").as_array()) {
            const auto& line = each.as_object();
            read.catalogue.push_back({std::string(line.at("name").as_string()), std::string(line.at("term").as_string()),
                                      line.at("part").to_number<std::int64_t>(), line.at("whole").to_number<std::int64_t>()});
        }
        read.class_names = json::value_to<std::map<std::string, std::string>>(told.at("classes"));
        read.standing = standing_from(told.at("standing"));
        read.report.rows = told.at("rows").to_number<std::uint64_t>();
        const auto reached = calendars::parse_day(told.at("reached").as_string());
        read.report.reached = reached.value_or(0);
        read.report.next = told.at("next").as_string();
        return read;
    } catch (const std::exception&) {
        return std::nullopt; // another server's answer
    }
}

json::object bulletin_json(const bulletin& of) {
    auto told = head_json(of);
    const auto whole = of.report.whole();
    told["whole"] = group_json({}, whole);
    told["whole"].as_object()["rates"] = rates_json(whole);
    json::array groups;
    for (const auto& [group, sums] : of.report.groups) {
        auto each = group_json(group, sums);
        each["rates"] = rates_json(sums);
        groups.push_back(std::move(each));
    }
    told["groups"] = std::move(groups);
    return told;
}

} // namespace tongban::app
