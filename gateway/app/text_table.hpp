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
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const noexcept { return rows_.size() == 1; }
    // Header, a rule, rows; columns two spaces apart; the last column is not padded.
    void print(std::ostream& out) const;

private:
    std::vector<std::vector<std::string>> rows_;
};

} // namespace tongban::app
