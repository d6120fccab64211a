// What the rows of a table are follows from its header: agreements, materials of items, item classes, or items. Columns
// that nobody knows are told, not refused: cities' own tables carry more than we need.
#include "connectors/catalogue/draft.hpp"
#include "connectors/dialects/quantities.hpp"
#include "connectors/dialects/text.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

namespace tongban::catalogue {

namespace {

struct column {
    std::size_t index{};
    const field_rule* rule{};
    std::size_t unit_index = table_columns_max; // of the column 承诺时限单位
    std::string unit{};                         // of the header 承诺时限（工作日）
};

// A header without what forms put around it: line breaks, asterisks, （必填）.
std::string heading_of(std::string_view cell) {
    std::string whole(cell);
    std::erase_if(whole, [](char c) { return c == '\r' || c == '\n'; });
    static constexpr std::string_view marks[] = {"*", "＊", "（必填）", "(必填)", "（选填）", "(选填)"};
    std::string_view text = dialects::trim(whole);
    for (bool again = true; again;) {
        again = false;
        for (const auto mark : marks) {
            if (text.starts_with(mark)) {
                text.remove_prefix(mark.size());
                again = true;
            } else if (text.ends_with(mark)) {
                text.remove_suffix(mark.size());
                again = true;
            }
            text = dialects::trim(text);
        }
    }
    return std::string(text);
}

std::vector<std::string> headings_of(const table_row& row) {
    std::vector<std::string> all;
    std::ranges::transform(row.cells, std::back_inserter(all), heading_of);
    return all;
}

// "承诺时限（自然日）" is 承诺时限 and 自然日. Both are empty for a header without a bracket at its end.
std::pair<std::string_view, std::string_view> name_and_unit(std::string_view heading) {
    for (const auto& [open, close] : {std::pair<std::string_view, std::string_view>{"（", "）"}, {"(", ")"}}) {
        const auto at = heading.rfind(open);
        if (heading.ends_with(close) && at != std::string_view::npos) {
            const auto inside = heading.substr(at + open.size(), heading.size() - close.size() - at - open.size());
            return {dialects::trim(heading.substr(0, at)), dialects::trim(inside)};
        }
    }
    return {};
}

bool is_limit_unit(std::string_view text) {
    std::int32_t value = 0;
    auto unit = dialects::limit_unit::none;
    return dialects::parse_limit("1" + std::string(text), dialects::limit_unit::none, value, unit) &&
           unit != dialects::limit_unit::none;
}

// "合计：12 项", "注 1", but not 说明书.
bool begins_footer(std::string_view text) {
    static constexpr std::string_view words[] = {"合计", "总计", "共计", "小计", "备注", "注", "说明", "填表说明", "填表人", "填报人",
                                                 "制表人", "审核人", "联系人", "联系电话"};
    static constexpr std::string_view ends[] = {"：", ":", "　", " ", "（", "(", "、", "，", ",", "．", "."};
    return std::ranges::any_of(words, [text](std::string_view word) {
        if (!text.starts_with(word)) {
            return false;
        }
        const auto rest = text.substr(word.size());
        return rest.empty() || (rest.front() >= '0' && rest.front() <= '9') ||
               std::ranges::any_of(ends, [rest](std::string_view end) { return rest.starts_with(end); });
    });
}

// Nothing, a number of entries, or words: what stands in the column of the code below the table.
bool is_no_code(std::string_view text) {
    constexpr std::size_t number_digits_max = 6;
    constexpr auto in_code = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '\'';
    };
    return !std::ranges::all_of(text, in_code) || (text.size() <= number_digits_max && dialects::is_digits(text)) || text.empty();
}

enum class contents_kind { items, materials, agreements, classes, unknown };

class table_reader {
public:
    table_reader(const table& from, draft& into) : from_(from), into_(into) {
        into.files.push_back(from.name);
        file_ = static_cast<std::uint32_t>(into.files.size() - 1);
        // Titles above the header are usual: the header is the first of ten lines that holds a column we know.
        while (header_ < from_.rows.size() && header_ < 10 && kind_of(from_.rows[header_]) == contents_kind::unknown) {
            ++header_;
        }
        if (header_ >= from_.rows.size()) {
            return;
        }
        kind_ = kind_of(from_.rows[header_]);
        // A header of two lines, merged down where the second says no more: the second names what is read.
        if (header_ + 1 < from_.rows.size() && kind_of(from_.rows[header_ + 1]) == kind_) {
            ++header_;
        }
        headings_ = headings_of(from_.rows[header_]);
        static constexpr std::string_view agreement[] = {"协议编号"};
        static constexpr std::string_view item_class[] = {"类别编码"};
        key_ = kind_ == contents_kind::agreements ? index_of(agreement)
               : kind_ == contents_kind::classes  ? index_of(item_class)
                                                  : index_of(rule_by_key(item_rules(), "impl_code")->headers);
    }

    contents_kind kind() const noexcept { return kind_; }

    void tell_unknown() {
        const int line = from_.rows.empty() ? 1 : from_.rows.front().line;
        into_.mistakes.push_back({from_.name, line, 1, "",
                                  {"没有认识的表头：事项表须有“实施编码”，材料表须有“材料名称”，协议表须有“协议编号”",
                                   "no header we know: items have 实施编码, materials 材料名称, agreements 协议编号"},
                                  false});
    }

    void read() {
        switch (kind_) {
        case contents_kind::agreements:
            find_columns(agreement_rules(), {});
            each([this](const table_row& row) {
                auto& made = into_.add_agreement(source_at(row));
                read_row(row, made, into_.agreements.back(), "");
            });
            break;
        case contents_kind::items:
            find_columns(item_rules(), {});
            each([this](const table_row& row) {
                auto& made = into_.add_item(source_at(row));
                read_row(row, made, into_.items.back(), "");
            });
            break;
        case contents_kind::classes: read_classes(); break;
        case contents_kind::materials: read_materials(); break;
        case contents_kind::unknown: break;
        }
    }

private:
    static contents_kind kind_of(const table_row& header) {
        const auto headings = headings_of(header);
        const auto has = [&headings](std::string_view name) { return std::ranges::find(headings, name) != headings.end(); };
        if (has("协议编号")) {
            return contents_kind::agreements;
        }
        if (has("材料名称")) {
            return contents_kind::materials;
        }
        const auto* code = rule_by_key(item_rules(), "impl_code");
        if (std::ranges::any_of(code->headers, has)) {
            return contents_kind::items;
        }
        return has("类别编码") ? contents_kind::classes : contents_kind::unknown;
    }

    entry_source source_at(const table_row& row) const { return {file_, row.line, 1, {}}; }

    template <class Read>
    void each(Read read) {
        for (std::size_t i = header_ + 1; i < from_.rows.size(); ++i) {
            if (into_.full()) {
                wrong(from_.rows[i].line, 1, "", {"错误过多，读到此为止", "too many mistakes: read no further"});
                return;
            }
            const auto& row = from_.rows[i];
            if (is_footer(row)) {
                wrong(row.line, 1, "", {"合计、说明行，未读取", "a line of sums or notes, not read"}, true);
                continue;
            }
            read(row);
        }
    }

    // What stands below the entries: it has words instead of a code.
    bool is_footer(const table_row& row) const {
        std::size_t first = 0;
        while (first < row.cells.size() && cell(row, first).empty()) {
            ++first;
        }
        return first < row.cells.size() && is_no_code(cell(row, key_)) && begins_footer(cell(row, first));
    }

    void wrong(int line, std::size_t at, std::string field, dialects::sentence message, bool warning = false) {
        into_.mistakes.push_back({from_.name, line, static_cast<int>(at), std::move(field), std::move(message), warning});
    }

    // `ours`: headers that the caller reads itself.
    void find_columns(std::span<const field_rule> rules, const std::vector<std::string_view>& ours) {
        const int line = from_.rows[header_].line;
        for (std::size_t i = 0; i < headings_.size(); ++i) {
            const auto [rule, unit] = rule_of(rules, headings_[i]);
            if (rule == nullptr) {
                continue;
            }
            if (std::ranges::find(columns_, rule, &column::rule) != columns_.end()) {
                wrong(line, i + 1, headings_[i], {"该列重复", "this column stands twice"});
            } else {
                columns_.push_back({i, rule, table_columns_max, std::string(unit)});
            }
        }
        for (std::size_t i = 0; i < headings_.size(); ++i) {
            const std::string_view name = headings_[i];
            if (name.empty() || rule_of(rules, name).first != nullptr || std::ranges::find(ours, name) != ours.end() ||
                is_unit_column(name, i)) {
                continue;
            }
            wrong(line, i + 1, std::string(name.substr(0, 60)), {"不认识的列，未读取", "a column we do not know, not read"}, true);
        }
    }

    // With the unit that the heading gives to bare numbers below it.
    static std::pair<const field_rule*, std::string_view> rule_of(std::span<const field_rule> rules, std::string_view heading) {
        if (const auto* rule = rule_by_header(rules, heading)) {
            return {rule, {}};
        }
        const auto [name, unit] = name_and_unit(heading);
        const auto* rule = rule_by_header(rules, name);
        return rule != nullptr && rule->kind == value_kind::limit && is_limit_unit(unit) ? std::pair(rule, unit)
                                                                                        : std::pair(nullptr, std::string_view{});
    }

    // 承诺时限单位 beside 承诺时限.
    bool is_unit_column(std::string_view name, std::size_t index) {
        constexpr std::string_view unit = "单位";
        if (!name.ends_with(unit)) {
            return false;
        }
        name.remove_suffix(unit.size());
        for (auto& one : columns_) {
            if (one.rule->kind == value_kind::limit && std::ranges::find(one.rule->headers, name) != one.rule->headers.end()) {
                one.unit_index = index;
                return true;
            }
        }
        return false;
    }

    static std::string_view cell(const table_row& row, std::size_t index) {
        return index < row.cells.size() ? dialects::trim(row.cells[index]) : std::string_view{};
    }

    // A limit that names its unit, beside a column that names another. 当日 has none.
    static bool contradicts(std::string_view text, std::string_view unit) {
        std::int32_t value = 0;
        auto said = dialects::limit_unit::none;
        auto beside = dialects::limit_unit::none;
        return dialects::parse_limit(text, dialects::limit_unit::none, value, said) && value > 0 &&
               (!dialects::parse_limit("1" + std::string(unit), dialects::limit_unit::none, value, beside) || said != beside);
    }

    void read_row(const table_row& row, google::protobuf::Message& message, entry_source& source, const std::string& prefix) {
        for (const auto& one : columns_) {
            std::string text(cell(row, one.index));
            const auto beside = cell(row, one.unit_index);
            const auto unit = beside.empty() ? std::string_view(one.unit) : beside;
            if (!text.empty() && dialects::is_digits(text)) {
                text += unit;
            } else if (!text.empty() && !unit.empty() && contradicts(text, unit)) {
                const auto at = beside.empty() ? one.index : one.unit_index;
                wrong(row.line, at + 1, headings_[at],
                      {"与“" + text + "”的单位不一致：" + std::string(unit.substr(0, 60)),
                       "differs from the unit in " + text + ": " + std::string(unit.substr(0, 60))});
            }
            if (text.empty()) {
                continue;
            }
            dialects::sentence why;
            if (!set_field(message, *one.rule, text, why, from_.days)) {
                wrong(row.line, one.index + 1, headings_[one.index], std::move(why));
            }
            source.marks.push_back({prefix + std::string(one.rule->path), row.line, static_cast<int>(one.index + 1), file_});
        }
        for (std::size_t i = headings_.size(); i < row.cells.size(); ++i) {
            if (!cell(row, i).empty()) {
                wrong(row.line, i + 1, "", {"该行比表头多出一列", "the row has more columns than the header"});
                break;
            }
        }
    }

    std::size_t index_of(std::span<const std::string_view> names) const {
        for (std::size_t i = 0; i < headings_.size(); ++i) {
            if (std::ranges::find(names, std::string_view(headings_[i])) != names.end()) {
                return i;
            }
        }
        return table_columns_max;
    }

    void read_classes() {
        static constexpr std::string_view code[] = {"类别编码"};
        static constexpr std::string_view zh[] = {"类别名称"};
        static constexpr std::string_view en[] = {"英文名称"};
        into_.classes_listed = true;
        each([&, this](const table_row& row) {
            auto& made = *into_.contents.header.add_classes();
            made.set_code(std::string(cell(row, index_of(code))));
            made.set_name_zh(std::string(cell(row, index_of(zh))));
            made.set_name_en(std::string(cell(row, index_of(en))));
        });
    }

    // Each row belongs to the item with its code, and its version and region when the table names them.
    void read_materials() {
        const auto* code_rule = rule_by_key(item_rules(), "impl_code");
        const auto* version_rule = rule_by_key(item_rules(), "version");
        const auto* region_rule = rule_by_key(item_rules(), "region");
        std::vector<std::string_view> ours;
        for (const auto* rule : {code_rule, version_rule, region_rule}) {
            ours.insert(ours.end(), rule->headers.begin(), rule->headers.end());
        }
        find_columns(material_rules(), ours);
        const auto code = index_of(code_rule->headers);
        const auto version = index_of(version_rule->headers);
        const auto region = index_of(region_rule->headers);
        const auto required = index_of(rule_by_key(material_rules(), "required")->headers);
        std::multimap<std::string_view, std::size_t> items;
        for (std::size_t i = 0; i < into_.contents.items.size(); ++i) {
            items.emplace(into_.contents.items[i]->impl_code(), i);
        }
        each([&, this](const table_row& row) {
            const auto asked_code = cell(row, code);
            const auto asked_version = cell(row, version);
            const auto asked_region = cell(row, region).substr(0, 6);
            bool found = false;
            std::set<std::string> versions; // of the item there
            std::set<std::string> regions;  // that have the item
            const auto [begin, end] = items.equal_range(asked_code);
            for (auto at = begin; at != end; ++at) {
                // Contents are const to all but their reader.
                auto& item = const_cast<v1::CatalogueItem&>(*into_.contents.items[at->second]);
                if (!asked_region.empty() && asked_region != item.region()) {
                    regions.insert(item.region());
                    continue;
                }
                if (!asked_version.empty() && !cases::means_same(asked_version, item.version())) {
                    versions.insert(item.version());
                    continue;
                }
                found = true;
                const auto prefix = "materials[" + std::to_string(item.materials_size()) + ']';
                auto& source = into_.items[at->second];
                read_row(row, *item.add_materials(), source, prefix + '.');
                if (required < table_columns_max && cell(row, required).empty()) {
                    wrong(row.line, required + 1, headings_[required],
                          {"未填，视为非必要", "is empty: taken as not required"}, true);
                }
            }
            const auto short_code = std::string(asked_code.substr(0, 60));
            if (found) {
                return;
            }
            if (items.empty()) {
                tell_no_item(row, code, {"还没有任何事项：请先给出事项表，再给材料表",
                                         "there are no items yet: give the items first, then the materials"});
            } else if (asked_code.empty()) {
                tell_no_item(row, code, {"未写明是哪个事项的材料：每行都要有实施编码", "does not say of which item: each row needs its code"});
            } else if (!versions.empty()) {
                const auto asked = std::string(asked_version.substr(0, 60));
                tell_no_item(row, version, {"事项 " + short_code + " 没有版本 " + asked + "，现有版本：" + listed(versions),
                                            "item " + short_code + " has no version " + asked + "; it has: " + listed(versions)});
            } else if (!regions.empty()) {
                tell_no_item(row, region, {"事项 " + short_code + " 不在 " + std::string(asked_region) + "，而在：" + listed(regions),
                                           "item " + short_code + " is not of " + std::string(asked_region) + " but of: " + listed(regions)});
            } else {
                tell_no_item(row, code, {"没有这个事项：" + short_code, "no such item: " + short_code});
            }
        });
    }

    // "1, 2", and that there are more than a few.
    static std::string listed(const std::set<std::string>& all) {
        constexpr std::size_t bytes_max = 200;
        std::string text;
        for (const auto& one : all) {
            if (text.size() + one.size() > bytes_max) {
                return text + ", …";
            }
            text += (text.empty() ? "" : ", ") + one;
        }
        return text;
    }

    // At the column that names no item of ours; at the first when the table has no such column.
    void tell_no_item(const table_row& row, std::size_t at, dialects::sentence message) {
        const bool there = at < table_columns_max;
        wrong(row.line, there ? at + 1 : 1, there ? headings_[at] : "实施编码", std::move(message));
    }

    const table& from_;
    draft& into_;
    std::uint32_t file_{};
    std::size_t header_ = 0;
    std::vector<std::string> headings_; // of the header
    std::size_t key_ = table_columns_max; // of the code that every entry has
    contents_kind kind_ = contents_kind::unknown;
    std::vector<column> columns_;
};

} // namespace

void read_tables(const std::vector<table>& tables, draft& into) {
    std::vector<table_reader> readers;
    readers.reserve(tables.size());
    bool any = false;
    for (const auto& one : tables) {
        any = readers.emplace_back(one, into).kind() != contents_kind::unknown || any;
    }
    // A workbook may hold sheets of notes; a file without a table of ours is a mistake.
    if (!any && !readers.empty()) {
        readers.front().tell_unknown();
    }
    for (const auto kind : {contents_kind::classes, contents_kind::items, contents_kind::agreements, contents_kind::materials}) {
        for (auto& reader : readers) {
            if (reader.kind() == kind) {
                reader.read();
            }
        }
    }
}

} // namespace tongban::catalogue
