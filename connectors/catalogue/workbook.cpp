// Excel workbooks (.xlsx, ECMA-376): the sheets in their order, shared and inline strings, numbers as Excel shows them.
// Formulas count by their stored value. Nothing outside the archive is followed, no document type is read.
#include "connectors/catalogue/tables.hpp"
#include "connectors/catalogue/zip_archive.hpp"
#include "connectors/dialects/text.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

namespace tongban::catalogue {

namespace {

constexpr unsigned parse_flags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_ws_pcdata;

// Names with and without a prefix are one: some programs write <x:row>.
bool is(const pugi::xml_node& node, std::string_view name) {
    std::string_view whole = node.name();
    const auto colon = whole.find(':');
    return (colon == std::string_view::npos ? whole : whole.substr(colon + 1)) == name;
}

pugi::xml_node child(const pugi::xml_node& of, std::string_view name) {
    return of.find_child([name](const pugi::xml_node& node) { return is(node, name); });
}

// The UTF-16 unit that "_xHHHH_" at the start of `text` stands for (ST_Xstring, ECMA-376 22.9.2.19); nothing when there is none.
std::optional<char32_t> escaped_unit(std::string_view text) {
    constexpr std::size_t length = 7;
    std::uint32_t unit = 0;
    if (text.size() < length || !text.starts_with("_x") || text[length - 1] != '_') {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + length - 1, unit, 16);
    return error == std::errc{} && end == text.data() + length - 1 ? std::optional<char32_t>(unit) : std::nullopt;
}

// What XML cannot hold is written as "_x000D_", and "_x005F_" is the stroke of what only looks so. Half a pair of surrogates
// stays what is no character, and is told where the cell is.
std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto stroke = std::min(text.find('_'), text.size());
        out += text.substr(0, stroke);
        text.remove_prefix(stroke);
        constexpr std::size_t length = 7;
        auto unit = escaped_unit(text);
        if (!unit) {
            out += text.substr(0, 1);
            text.remove_prefix(std::min<std::size_t>(text.size(), 1));
            continue;
        }
        text.remove_prefix(length);
        const auto low = *unit >= 0xD800 && *unit < 0xDC00 ? escaped_unit(text) : std::nullopt;
        if (low && *low >= 0xDC00 && *low < 0xE000) {
            unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
            text.remove_prefix(length);
        }
        dialects::append_code_point(*unit, out);
    }
    return out;
}

// All text runs below: <t>, <r><t>…; the readings of phonetic guides <rPh> are left out.
void append_text(const pugi::xml_node& of, std::string& text) {
    for (const auto& node : of.children()) {
        if (is(node, "t")) {
            text += unescaped(node.text().get());
        } else if (is(node, "r")) {
            text += unescaped(child(node, "t").text().get());
        }
    }
}

// "C12" → 2; nothing when it is no reference.
std::optional<std::size_t> column_of(std::string_view reference) {
    std::size_t column = 0;
    for (const char c : reference) {
        if (c < 'A' || c > 'Z') {
            break;
        }
        column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
        if (column > table_columns_max) {
            return std::nullopt;
        }
    }
    return column == 0 ? std::nullopt : std::optional(column - 1);
}

// "C12" → 12; 0 when it is no reference.
int line_of(std::string_view reference) {
    const auto digits = reference.find_first_of("0123456789");
    int line = 0;
    if (digits != std::string_view::npos) {
        std::from_chars(reference.data() + digits, reference.data() + reference.size(), line);
    }
    return line;
}

// A number as Excel shows it. A cell stores a double, written as its program likes: 1.1 is 1.1000000000000001, 3 is 3.0, 140400 is
// 1.404E5. Excel keeps and shows 15 digits of it: codes that were typed as numbers have lost the others by then. They are
// written as 1.1e+30, which set_field refuses as a code.
std::string number_text(std::string_view stored) {
    double value = 0;
    const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), value);
    if (error != std::errc{} || end != stored.data() + stored.size() || !std::isfinite(value)) {
        return std::string(stored);
    }
    char text[64];
    auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 14);
    std::from_chars(text, written.ptr, value); // the double nearest to those 15 digits: no shorter text means it than they
    const auto size = std::abs(value);
    if (size == 0) {
        return "0";
    }
    const auto format = size < 1e15 && size >= 1e-15 ? std::chars_format::fixed : std::chars_format::scientific;
    written = std::to_chars(text, text + sizeof text, value, format);
    return {text, written.ptr};
}

class workbook_reader {
public:
    workbook_reader(std::string_view bytes, const std::string& file, std::vector<dialects::mistake>& mistakes)
        : archive_(bytes), file_(file), mistakes_(mistakes) {}

    std::vector<table> read() {
        pugi::xml_document workbook;
        if (!archive_.usable()) {
            refuse(file_, "不是 Excel 工作簿（.xlsx）", "is no Excel workbook (.xlsx)");
            return {};
        }
        if (!load("xl/workbook.xml", workbook)) {
            refuse(file_, "工作簿不完整或过大", "the workbook is not whole, or too large");
            return {};
        }
        from_1904_ = child(workbook.document_element(), "workbookPr").attribute("date1904").as_bool();
        read_shared_strings();
        const auto targets = sheet_targets();
        std::vector<table> tables;
        std::size_t hidden = 0;
        constexpr std::size_t sheets_max = 50;
        for (const auto& sheet : child(workbook.document_element(), "sheets").children()) {
            if (tables.size() + hidden >= sheets_max) {
                refuse(file_, "工作表过多", "too many sheets");
                break;
            }
            const auto target = targets.find(relation_id(sheet));
            if (target == targets.end()) {
                continue; // a chart, or a sheet of another kind
            }
            table read;
            read.days = from_1904_ ? day_count::since_1904 : day_count::since_1900;
            read.name = file_ + '[' + sheet.attribute("name").value() + ']';
            if (const std::string_view state = sheet.attribute("state").value(); state == "hidden" || state == "veryHidden") {
                ++hidden; // nobody who looked the workbook over has seen it
                mistakes_.push_back({read.name, 1, 1, "", {"工作表已隐藏，未读取", "the sheet is hidden: not read"}, true});
                continue;
            }
            read_sheet(target->second, read);
            if (!read.rows.empty()) {
                tables.push_back(std::move(read));
            }
        }
        return tables;
    }

private:
    void refuse(const std::string& where, std::string zh, std::string en) {
        mistakes_.push_back({where, 1, 1, "", {std::move(zh), std::move(en)}, false});
    }

    bool load(const std::string& part, pugi::xml_document& into) {
        const auto text = archive_.part(part, budget_);
        // What pugixml does not see it cannot expand: a document type has no place in a workbook.
        return text && text->find("<!DOCTYPE") == std::string::npos && dialects::is_utf8(*text) &&
               into.load_buffer(text->data(), text->size(), parse_flags, pugi::encoding_utf8);
    }

    static std::string relation_id(const pugi::xml_node& sheet) {
        for (const auto& attribute : sheet.attributes()) {
            const std::string_view name = attribute.name();
            if (name.ends_with(":id")) {
                return attribute.value();
            }
        }
        return {};
    }

    // Relation → part: "rId1" → "xl/worksheets/sheet1.xml".
    std::map<std::string, std::string> sheet_targets() {
        std::map<std::string, std::string> targets;
        pugi::xml_document relations;
        if (!load("xl/_rels/workbook.xml.rels", relations)) {
            return targets;
        }
        for (const auto& one : relations.document_element().children()) {
            const std::string_view type = one.attribute("Type").value();
            std::string target = one.attribute("Target").value();
            if (!type.ends_with("/worksheet")) {
                continue;
            }
            targets[one.attribute("Id").value()] = target.starts_with('/') ? target.substr(1) : "xl/" + target;
        }
        return targets;
    }

    void read_shared_strings() {
        pugi::xml_document strings;
        if (!load("xl/sharedStrings.xml", strings)) {
            return; // a workbook with inline strings has none
        }
        for (const auto& one : strings.document_element().children()) {
            if (is(one, "si")) {
                append_text(one, shared_.emplace_back());
            }
        }
    }

    // A formula whose result the program that wrote it did not store: not the same as one whose result is the empty text.
    static bool is_uncalculated(const pugi::xml_node& cell, std::string_view type) {
        const auto result = child(cell, "v");
        return child(cell, "f") && (!result || (result.text().empty() && type != "str"));
    }

    // Empty, and told with the place, where the cell holds no value that could be meant.
    std::string cell_text(const pugi::xml_node& cell, int line, std::size_t at, const std::string& sheet) {
        const std::string_view type = cell.attribute("t").value();
        const std::string_view stored = child(cell, "v").text().get();
        const auto refuse_cell = [&](std::string zh, std::string en) {
            mistakes_.push_back({sheet, line, static_cast<int>(at + 1), cell.attribute("r").value(),
                                 {std::move(zh), std::move(en)}, false});
            return std::string{};
        };
        if (is_uncalculated(cell, type)) {
            return refuse_cell("公式单元格没有保存计算结果：请用 Excel 重新计算并保存",
                               "the result of the formula is not stored: recalculate and save in Excel");
        }
        if (type == "s") {
            std::size_t index = 0;
            const auto [end, error] = std::from_chars(stored.data(), stored.data() + stored.size(), index);
            if (error != std::errc{} || end != stored.data() + stored.size() || index >= shared_.size()) {
                return refuse_cell("单元格引用了不存在的文本", "the cell names a text that is not there");
            }
            return shared_[index];
        }
        if (type == "inlineStr") {
            std::string text;
            append_text(child(cell, "is"), text);
            return text;
        }
        if (type == "b") {
            return stored == "1" ? "true" : "false";
        }
        if (type == "e") {
            return refuse_cell("单元格为错误值 " + std::string(stored), "the cell holds the error " + std::string(stored));
        }
        return type == "str" ? unescaped(stored) : type.empty() || type == "n" ? number_text(stored) : std::string(stored);
    }

    void read_sheet(const std::string& part, table& read) {
        pugi::xml_document sheet;
        if (!load(part, sheet)) {
            refuse(read.name, "工作表不完整或过大", "the sheet is not whole, or too large");
            return;
        }
        int line = 0;
        for (const auto& row : child(sheet.document_element(), "sheetData").children()) {
            if (!is(row, "row")) {
                continue;
            }
            line = row.attribute("r").as_int(line + 1);
            if (read.rows.size() >= table_rows_max || mistakes_.size() > 1000) {
                refuse(read.name, "行或错误过多", "too many rows or mistakes");
                return;
            }
            read_row(row, line, read);
            if (texts_ > table_bytes_max) {
                refuse(read.name, "文本过多", "too much text");
                return;
            }
        }
        fill_merged(child(sheet.document_element(), "mergeCells"), read);
    }

    // Cells merged downwards say the same for each of their rows; merged sideways they are titles.
    void fill_merged(const pugi::xml_node& ranges, table& read) {
        const auto row_at = [&read](int line) { return std::ranges::lower_bound(read.rows, line, {}, &table_row::line); };
        for (const auto& range : ranges.children()) {
            const std::string_view reference = range.attribute("ref").value();
            const auto colon = reference.find(':');
            const auto column = column_of(reference);
            const int first = line_of(reference.substr(0, colon));
            const int last = colon == std::string_view::npos ? first : line_of(reference.substr(colon + 1));
            const auto from = row_at(first);
            if (!column || last <= first || from == read.rows.end() || from->line != first || from->cells.size() <= *column ||
                from->cells[*column].empty()) {
                continue;
            }
            const std::string text = from->cells[*column];
            for (auto row = from + 1; row != read.rows.end() && row->line <= last; ++row) {
                row->cells.resize(std::max(row->cells.size(), *column + 1));
                row->cells[*column] = text;
                texts_ += text.size() + 1;
                if (texts_ > table_bytes_max) {
                    refuse(read.name, "合并单元格过多", "too many merged cells");
                    return;
                }
            }
        }
    }

    void read_row(const pugi::xml_node& row, int line, table& read) {
        table_row made;
        made.line = line;
        bool blank = true;
        std::size_t column = 0;
        for (const auto& cell : row.children()) {
            if (!is(cell, "c")) {
                continue;
            }
            const auto reference = cell.attribute("r");
            const auto at = reference ? column_of(reference.value()) : std::optional(column);
            if (!at || *at >= table_columns_max) {
                continue; // far to the right: no table of ours, and bounded
            }
            made.cells.resize(std::max(made.cells.size(), *at + 1));
            made.cells[*at] = cell_text(cell, line, *at, read.name);
            texts_ += made.cells[*at].size();
            if (!dialects::is_utf8(made.cells[*at])) { // a reference to half a character: &#xD800;
                made.cells[*at].clear();
                mistakes_.push_back({read.name, line, static_cast<int>(*at + 1), "",
                                     {"单元格含无效字符", "the cell holds what is no character"}, false});
            }
            blank = blank && dialects::trim(made.cells[*at]).empty();
            column = *at + 1;
        }
        if (!blank) {
            read.rows.push_back(std::move(made));
        }
    }

    zip_archive archive_;
    const std::string& file_;
    std::vector<dialects::mistake>& mistakes_;
    std::vector<std::string> shared_;
    std::size_t budget_ = table_bytes_max;
    std::size_t texts_ = 0; // bytes of all cells: many may name one shared text
    bool from_1904_ = false;
};

} // namespace

bool is_workbook(std::string_view bytes) noexcept { return bytes.starts_with("PK\x03\x04"); }

std::vector<table> read_workbook(std::string_view bytes, const std::string& file,
                                 std::vector<dialects::mistake>& mistakes) {
    return workbook_reader(bytes, file, mistakes).read();
}

} // namespace tongban::catalogue
