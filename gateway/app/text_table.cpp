// Column widths and printing.
#include "gateway/app/text_table.hpp"

#include <algorithm>

namespace tongban::app {

namespace {

// The next code point of valid UTF-8; a broken byte counts as itself.
char32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto byte = static_cast<unsigned char>(text[at++]);
    const int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    char32_t point = more == 3 ? byte & 7 : more == 2 ? byte & 15 : more == 1 ? byte & 31 : byte;
    for (int i = 0; i < more && at < text.size(); ++i) {
        point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 63);
    }
    return point;
}

bool is_wide(char32_t p) {
    return (p >= 0x1100 && p <= 0x115F) || (p >= 0x2E80 && p <= 0xA4CF) || (p >= 0xAC00 && p <= 0xD7A3) ||
           (p >= 0xF900 && p <= 0xFAFF) || (p >= 0xFE30 && p <= 0xFE6F) || (p >= 0xFF00 && p <= 0xFF60) ||
           (p >= 0xFFE0 && p <= 0xFFE6) || (p >= 0x20000 && p <= 0x3FFFD);
}

} // namespace

std::size_t display_width(std::string_view utf8) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto point = next_code_point(utf8, at);
        const bool combining = point >= 0x0300 && point <= 0x036F;
        width += combining ? 0 : is_wide(point) ? 2 : 1;
    }
    return width;
}

void text_table::print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    const auto print_row = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            out << row[i];
            if (i + 1 < row.size()) {
                out << std::string(widths[i] - display_width(row[i]) + 2, ' ');
            }
        }
        out << '\n';
    };
    const auto body = rows_.begin() + static_cast<std::ptrdiff_t>(header_rows_);
    std::for_each(rows_.begin(), body, print_row);
    std::vector<std::string> rule;
    for (const auto width : widths) {
        rule.emplace_back(width, '-');
    }
    print_row(rule);
    std::for_each(body, rows_.end(), print_row);
}

} // namespace tongban::app
