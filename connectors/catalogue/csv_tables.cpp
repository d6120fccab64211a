// CSV: the encoding is found, not asked for. A byte-order mark or valid UTF-8 is UTF-8; all else is GB18030, as Excel in
// China writes it.
#include "connectors/catalogue/tables.hpp"

#include "connectors/dialects/charset.hpp"
#include "connectors/dialects/csv_scanner.hpp"
#include "connectors/dialects/text.hpp"

#include <algorithm>
#include <deque>

namespace tongban::catalogue {

namespace {

// What stands between the columns of the first line: a comma, a tab, or the semicolon of some spreadsheets.
char delimiter_of(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    const auto count = [line](char c) { return std::count(line.begin(), line.end(), c); };
    if (count('\t') > count(',')) {
        return '\t';
    }
    return count(',') == 0 && count(';') > 0 ? ';' : ',';
}

} // namespace

std::vector<table> read_csv(std::string_view bytes, const std::string& file, std::vector<dialects::mistake>& mistakes) {
    const auto refuse = [&](int line, std::string zh, std::string en) {
        mistakes.push_back({file, line, 1, "", {std::move(zh), std::move(en)}, false});
        return std::vector<table>{};
    };
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    const auto from = dialects::is_utf8(bytes) ? dialects::charset::utf8 : dialects::charset::gb18030;
    if (!dialects::to_utf8(from, bytes, scratch, text, bad)) {
        const auto before = bytes.substr(0, bad);
        return refuse(1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
                      "既不是 UTF-8 也不是 GB18030", "is neither UTF-8 nor GB18030");
    }
    if (text.find('\0') != std::string_view::npos) {
        return refuse(1, "含空字符，不是文本表格", "holds a NUL: no table of text");
    }
    table read;
    read.name = file;
    std::deque<std::string> kept;
    dialects::csv_scanner scanner(text, delimiter_of(text),
                                  [&kept](std::string_view value) { return std::string_view(kept.emplace_back(value)); });
    std::vector<std::string_view> fields;
    while (!scanner.at_end()) {
        dialects::parse_fault fault;
        if (!scanner.next(fields, fault)) {
            return refuse(scanner.line(), fault.message_zh, fault.message_en);
        }
        if (read.rows.size() >= table_rows_max || fields.size() > table_columns_max) {
            return refuse(scanner.line(), "行或列过多", "too many rows or columns");
        }
        const bool blank = std::ranges::all_of(fields, [](std::string_view cell) { return dialects::trim(cell).empty(); });
        if (!blank) {
            read.rows.push_back({scanner.line(), {fields.begin(), fields.end()}});
        }
        kept.clear(); // copied
    }
    return {std::move(read)};
}

} // namespace tongban::catalogue
