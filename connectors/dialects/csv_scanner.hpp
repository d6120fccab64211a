// CSV after RFC 4180, record by record: quoted fields, CRLF or LF. For messages in a city's format and for tables of items.
#pragma once

#include "connectors/dialects/readers.hpp"

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::dialects {

class csv_scanner {
public:
    // Keeps a text that is not in the input as it stands (doubled quotes) for as long as fields are looked at.
    using keeper = std::function<std::string_view(std::string_view)>;

    csv_scanner(std::string_view text, char delimiter, keeper keep)
        : text_(text), delimiter_(delimiter), keep_(std::move(keep)) {}

    bool at_end() const noexcept { return at_ >= text_.size(); }
    // The next record; false with `fault` filled.
    bool next(std::vector<std::string_view>& fields, parse_fault& fault);
    // Line on which the last record began, from 1.
    int line() const noexcept { return line_; }

private:
    std::string_view plain();
    bool quoted(std::string_view& field, parse_fault& fault);
    bool at_line_end() const noexcept { return text_[at_] == '\n' || text_[at_] == '\r'; }

    std::string_view text_;
    char delimiter_;
    keeper keep_;
    std::size_t at_ = 0;
    std::size_t counted_ = 0; // line ends up to here are in next_line_
    int line_ = 0;
    int next_line_ = 1;
};

} // namespace tongban::dialects
