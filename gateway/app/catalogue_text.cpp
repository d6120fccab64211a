// Tables and JSON of catalogues; the same facts both ways.
#include "gateway/app/catalogue_text.hpp"

#include "connectors/catalogue/field_rules.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/cases/catalogue_figures.hpp"
#include "gateway/cases/shown_item.hpp"
#include "schemas/canonical_json.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdio>

namespace tongban::app {

namespace {

using boost::json::array;
using boost::json::object;

std::string text_of(const google::protobuf::Message& message, std::span<const catalogue::field_rule> rules,
                    std::string_view key) {
    return catalogue::field_text(message, *catalogue::rule_by_key(rules, key));
}

std::vector<const cases::item_row*> selected(const cases::catalogue& known, const catalogue_selection& selection) {
    std::vector<const cases::item_row*> rows;
    for (const auto& row : selection.region == 0 ? known.rows() : known.of_region(selection.region)) {
        const bool named = selection.item.empty() || selection.item == row.impl_code() || selection.item == row.item->basic_code();
        if (named && (selection.all || row.valid.covers(selection.day))) {
            rows.push_back(&row);
        }
    }
    return rows;
}

struct figure_line {
    const char* name;
    const char* zh;
    cases::ratio ratio;
};

std::vector<figure_line> lines_of(const cases::catalogue_figures& figures) {
    return {{"compress_ratio", "承诺时限压缩比", figures.compress_ratio},
            {"immediate_share", "即办件占比", figures.immediate_share},
            {"zero_visit", "零跑动占比", figures.zero_visit},
            {"online_rate", "可网办率", figures.online_rate},
            {"full_online_rate", "全程网办率", figures.full_online_rate}};
}

std::string percent(const cases::ratio& ratio) {
    const auto value = ratio.value();
    if (!value) {
        return "–";
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", *value * 100);
    return text;
}

const char* state_text(const cases::validity& valid, std::int32_t day) {
    return valid.covers(day) ? "有效 valid" : valid.to < day ? "已过期 expired" : "未生效 not yet";
}

void print_items(const std::vector<const cases::item_row*>& rows, const catalogue_selection& selection, std::ostream& out) {
    const auto limit = selection.limit;
    text_table table({"区划 region", "实施编码 code", "版本 version", "事项名称 name", "类别 class", "办件 type", "承诺 promise",
                      "法定 statutory", "方式 modes", "到现场 visits", "状态 state"});
    const auto rules = catalogue::item_rules();
    for (const auto* row : std::span(rows).first(std::min(limit, rows.size()))) {
        const auto item = cases::with_promise(*row->item);
        table.add({item.region(), item.impl_code(), item.version(), item.name(), item.item_class(),
                   text_of(item, rules, "case_type"), text_of(item, rules, "promise"), text_of(item, rules, "statutory"),
                   text_of(item, rules, "modes"), std::to_string(item.onsite_visits()), state_text(row->valid, selection.day)});
    }
    table.print(out);
    if (rows.size() > limit) {
        out << "… " << rows.size() - limit << " 个未列出 / more: --limit\n";
    }
}

// Every field that is said, by its header; the materials have a table of their own.
void print_fields(const cases::item_row& row, std::int32_t day, std::ostream& out) {
    text_table table({"字段 field", "内容 value"});
    table.add({"状态 state", state_text(row.valid, day)});
    for (const auto& rule : catalogue::item_rules()) {
        auto text = rule.key == "materials" ? std::string() : catalogue::field_text(*row.item, rule);
        if (!text.empty()) {
            table.add({std::string(rule.headers.front()) + ' ' + std::string(rule.key), std::move(text)});
        }
    }
    out << '\n';
    table.print(out);
}

void print_materials(const v1::CatalogueItem& item, std::ostream& out) {
    if (item.materials().empty()) {
        return;
    }
    const auto rules = catalogue::material_rules();
    text_table table({"材料编码 code", "材料名称 material", "必要 required", "容缺 tolerance", "补齐期限 limit", "告知承诺 commitment",
                      "电子证照 licence"});
    for (const auto& one : item.materials()) {
        table.add({one.code(), one.name(), text_of(one, rules, "required"), text_of(one, rules, "tolerance"),
                   text_of(one, rules, "tolerance_limit"), text_of(one, rules, "commitment"), one.licence_type()});
    }
    out << '\n';
    table.print(out);
}

void print_agreements(const cases::catalogue& known, const catalogue_selection& selection, std::ostream& out) {
    if (!known.lists_agreements()) {
        out << "\n没有协议：不检查 / no agreements: none is asked for\n";
        return;
    }
    const auto rules = catalogue::agreement_rules();
    text_table table({"协议 agreement", "收件地 origins", "办理地 destinations", "双向 mutual", "事项 items", "有效期 valid",
                      "状态 state", "运行管理办法 rules"});
    for (const auto& row : known.agreements()) {
        const auto& one = *row.agreement;
        const auto items = one.all_items() ? std::string("全部 all")
                                           : text_of(one, rules, "classes") + ' ' + text_of(one, rules, "items");
        table.add({one.id(), text_of(one, rules, "origins"), text_of(one, rules, "destinations"), text_of(one, rules, "mutual"),
                   items, one.valid_from() + " – " + one.valid_to(),
                   state_text(row.valid, selection.day),
                   one.rules_version()});
    }
    out << '\n';
    table.print(out);
}

void print_bundles(const cases::catalogue& known, const catalogue_selection& selection, std::ostream& out) {
    if (known.bundles().empty()) {
        return;
    }
    text_table table({"一件事 bundle", "版本 version", "名称 name", "收件地 origins", "序号 no.", "事项 item", "办理地 dest", "先办 after",
                      "必办 required", "状态 state"});
    for (const auto& row : known.bundles()) {
        const auto& one = *row.bundle;
        for (int i = 0; i < one.children_size(); ++i) {
            const auto& child = one.children(i);
            std::string after;
            for (const auto number : child.after()) {
                after += (after.empty() ? "" : ", ") + std::to_string(number);
            }
            std::string origins;
            for (const auto& origin : one.origins()) {
                origins += (origins.empty() ? "" : ", ") + origin;
            }
            table.add({one.code(), one.version(), one.name(), origins.empty() ? "全部 all" : origins, std::to_string(i + 1),
                       child.item(), child.dest_region().empty() ? "表单 form: " + child.dest_field() : child.dest_region(), after,
                       child.required() ? "是 yes" : "否 no", state_text(row.valid, selection.day)});
        }
    }
    out << '\n';
    table.print(out);
}

} // namespace

array mistakes_json(const std::vector<dialects::mistake>& mistakes) {
    array all;
    for (const auto& one : mistakes) {
        all.push_back(object{{"file", one.file},
                             {"line", one.line},
                             {"column", one.column},
                             {"field", one.field},
                             {"message_zh", one.message.zh},
                             {"message_en", one.message.en},
                             {"warning", one.warning}});
    }
    return all;
}

array changes_json(const std::vector<catalogue::change>& changes) {
    static constexpr const char* kinds[] = {"added", "removed", "changed"};
    static constexpr const char* subjects[] = {"item", "agreement", "bundle", "class", "catalogue"};
    array all;
    for (const auto& one : changes) {
        all.push_back(object{{"change", kinds[static_cast<std::size_t>(one.what)]},
                             {"subject", subjects[static_cast<std::size_t>(one.of)]},
                             {"key", one.key},
                             {"name", one.name},
                             {"field", one.field},
                             {"before", one.before},
                             {"after", one.after}});
    }
    return all;
}

void print_changes(const std::vector<catalogue::change>& changes, std::ostream& out) {
    if (changes.empty()) {
        out << "没有差别 / no difference\n";
        return;
    }
    static constexpr const char* kinds[] = {"新增 added", "删除 removed", "修改 changed"};
    static constexpr const char* subjects[] = {"事项 item", "协议 agreement", "一件事 bundle", "事项类别 class", "目录 catalogue"};
    text_table table({"变化 change", "对象 of", "编码 code", "名称 name", "字段 field", "之前 before", "之后 after"});
    for (const auto& one : changes) {
        table.add({kinds[static_cast<std::size_t>(one.what)], subjects[static_cast<std::size_t>(one.of)], one.key, one.name, one.field,
                   one.before, one.after});
    }
    table.print(out);
}

std::string nothing_selected(const cases::catalogue& known, const catalogue_selection& selection) {
    if (selection.region != 0 && known.of_region(selection.region).empty()) {
        return "目录中没有区划 " + cases::region_text(selection.region) + " 的事项 / the catalogue has no item of region " +
               cases::region_text(selection.region);
    }
    if (!selection.item.empty() && selected(known, {selection.region, selection.item, 0, 0, true}).empty()) {
        return "目录中没有事项 " + selection.item + " / the catalogue has no item " + selection.item;
    }
    return {};
}

object catalogue_json(const cases::catalogue& known, const catalogue_selection& selection) {
    const auto rows = selected(known, selection);
    array items;
    for (const auto* row : std::span(rows).first(std::min(selection.limit, rows.size()))) {
        items.push_back(boost::json::parse(v1::to_json(cases::with_promise(*row->item))));
    }
    array agreements;
    for (const auto& row : known.agreements()) {
        agreements.push_back(boost::json::parse(v1::to_json(*row.agreement)));
    }
    array bundles;
    for (const auto& row : known.bundles()) {
        bundles.push_back(boost::json::parse(v1::to_json(*row.bundle)));
    }
    const auto figures = cases::figures_of(known, selection.day, selection.region);
    object numbers{{"items", figures.items}, {"compared", figures.compared}, {"other_units", figures.other_units},
                   {"visits", figures.visits}};
    for (const auto& line : lines_of(figures)) {
        const auto value = line.ratio.value();
        numbers[line.name] = value ? boost::json::value(*value) : boost::json::value(nullptr);
    }
    return {{"version", known.header().version()},
            {"items_found", rows.size()},
            {"items", std::move(items)},
            {"agreements_listed", known.lists_agreements()},
            {"agreements", std::move(agreements)},
            {"bundles", std::move(bundles)},
            {"figures", std::move(numbers)}};
}

void print_catalogue(const cases::catalogue& known, const catalogue_selection& selection, std::ostream& out) {
    const auto rows = selected(known, selection);
    out << "事项目录 / catalogue " << known.header().version() << "\n\n";
    print_items(rows, selection, out);
    if (!selection.item.empty()) {
        for (const auto* row : std::span(rows).first(std::min(selection.limit, rows.size()))) {
            print_fields(*row, selection.day, out);
            print_materials(*row->item, out);
        }
    }
    print_agreements(known, selection, out);
    print_bundles(known, selection, out);
    const auto figures = cases::figures_of(known, selection.day, selection.region);
    text_table table({"指标 figure", "名称", "数值 value", "分子 part", "分母 whole"});
    for (const auto& line : lines_of(figures)) {
        table.add({line.name, line.zh, percent(line.ratio), std::to_string(line.ratio.part), std::to_string(line.ratio.whole)});
    }
    out << '\n';
    table.print(out);
    out << "现行事项 / items in force: " << figures.items << "；参与压缩比 / in compress_ratio: " << figures.compared
        << "；单位不同未计 / left out of it by unit: " << figures.other_units << '\n';
}

} // namespace tongban::app
