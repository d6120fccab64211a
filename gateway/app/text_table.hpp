// Plain tables on a terminal, with Chinese characters counted two columns wide.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::app {

// Columns a terminal gives the text: 2 for East Asian wide characters, 0 for combining marks, else 1.
std::size_t display_width(std::string_view utf8);

class text_table {
public:
    explicit text_table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }
    // The header in two languages, one below the other, where many columns would be too wide.
    text_table(std::vector<std::string> header, std::vector<std::string> second) : text_table(std::move(header)) {
        rows_.push_back(std::move(second));
        header_rows_ = 2;
    }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const noexcept { return rows_.size() == header_rows_; }
    // Header, a rule, rows; columns two spaces apart; the last column is not padded.
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
    std::size_t header_rows_ = 1;
};

} // namespace tongban::app
