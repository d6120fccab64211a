// A table that no rule uses is checked all the same: it is most often there for a rule that misspells its name.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"

#include "tongban/v1/codes.pb.h"

#include <algorithm>

namespace tongban::dialects {

namespace {

struct value_list {
    std::string name;
    std::vector<std::string> values;
};

// The closed lists that a table may be for.
std::vector<value_list> closed_lists() {
    std::vector<value_list> all{{"event", {}}, {"flag", {"true", "false"}}};
    for (const auto* body : event_bodies()) {
        all[0].values.push_back(event_name(*body));
    }
    const auto& codes = *v1::Gender_descriptor()->file();
    for (int i = 0; i < codes.enum_type_count(); ++i) {
        auto& list = all.emplace_back(value_list{codes.enum_type(i)->name(), {}});
        for (auto& [name, number] : short_codes(*codes.enum_type(i))) {
            list.values.push_back(std::move(name));
        }
    }
    return all;
}

bool holds(const value_list& list, const std::string& value) {
    return std::find(list.values.begin(), list.values.end(), value) != list.values.end();
}

void warn_of_values(const code_table& table, const yaml_place& at) {
    const auto known_of = [&](const value_list& list) {
        return std::ranges::count_if(table.entries, [&](const auto& entry) { return holds(list, entry.second); });
    };
    const auto lists = closed_lists();
    const auto meant = std::ranges::max_element(lists, {}, known_of);
    if (known_of(*meant) == 0) {
        return; // its values may be free texts
    }
    const std::vector<std::string_view> values{meant->values.begin(), meant->values.end()};
    for (const auto& [source, value] : table.entries) {
        if (!holds(*meant, value)) {
            const auto wrong = sentence{"“" + value + "”不是 " + meant->name + " 的值", "'" + value + "' is no value of " + meant->name} +
                               did_you_mean(value, values) + known_values(values);
            at[source].warn(wrong.zh, wrong.en);
        }
    }
}

} // namespace

void check_unused_tables(load_context& context, const yaml_place& tables) {
    for (const auto& [name, table] : context.plan.tables) {
        if (!context.used_tables.contains(name)) {
            const auto at = tables[name];
            at.warn("没有规则使用代码表“" + name + "”", "no rule uses the table '" + name + "'");
            warn_of_values(*table, at);
        }
    }
}

} // namespace tongban::dialects
