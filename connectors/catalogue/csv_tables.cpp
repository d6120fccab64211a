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

// The line, from 1, of a text in UTF-8 that stands in a table of another encoding; 0 when there is none. Two words in GB18030
// may look like UTF-8; whole lines with several characters of three bytes do not.
int line_in_utf8(std::string_view bytes) {
    constexpr int characters_min = 4;
    int line = 0;
    while (!bytes.empty()) {
        ++line;
        const auto end = bytes.find('\n');
        const auto text = bytes.substr(0, end);
        const auto wide = std::ranges::count_if(text, [](unsigned char c) { return c >= 0xE4 && c <= 0xE9; });
        if (wide >= characters_min && dialects::is_utf8(text)) {
            return line;
        }
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    return 0;
}

} // namespace

std::vector<table> read_csv(std::string_view bytes, const std::string& file, std::vector<dialects::mistake>& mistakes) {
    const auto refuse = [&](int line, std::string zh, std::string en) {
        mistakes.push_back({file, line, 1, "", {std::move(zh), std::move(en)}, false});
        return std::vector<table>{};
    };
    const auto refuse_mixed = [&](int line) {
        return refuse(line, "该行是 UTF-8，而其他行不是：文件混用了两种编码，会读成乱码",
                      "this line is UTF-8 and others are not: two encodings in one file would be read as garbage");
    };
    std::string scratch;
    std::string_view text;
    std::size_t bad = 0;
    const auto from = dialects::is_utf8(bytes) ? dialects::charset::utf8 : dialects::charset::gb18030;
    if (!dialects::to_utf8(from, bytes, scratch, text, bad)) {
        const auto before = bytes.substr(0, bad);
        const int line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
        return line == line_in_utf8(bytes) ? refuse_mixed(line)
                                           : refuse(line, "既不是 UTF-8 也不是 GB18030", "is neither UTF-8 nor GB18030");
    }
    if (const int line = from == dialects::charset::gb18030 ? line_in_utf8(bytes) : 0; line > 0) {
        return refuse_mixed(line);
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
