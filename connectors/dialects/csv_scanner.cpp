// One pass over the text; a field without doubled quotes is a view of it.
#include "connectors/dialects/csv_scanner.hpp"

#include <algorithm>

namespace tongban::dialects {

bool csv_scanner::next(std::vector<std::string_view>& fields, parse_fault& fault) {
    next_line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                              text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    counted_ = at_;
    line_ = next_line_;
    fields.clear();
    for (;;) {
        std::string_view field;
        if (!at_end() && text_[at_] == '"') {
            if (!quoted(field, fault)) {
                return false;
            }
        } else {
            field = plain();
        }
        fields.push_back(field);
        if (!at_end() && text_[at_] == delimiter_) {
            ++at_;
            continue;
        }
        at_ += !at_end() && text_[at_] == '\r' ? 1 : 0;
        at_ += !at_end() && text_[at_] == '\n' ? 1 : 0;
        return true;
    }
}

std::string_view csv_scanner::plain() {
    const std::size_t begin = at_;
    while (!at_end() && text_[at_] != delimiter_ && !at_line_end()) {
        ++at_;
    }
    return text_.substr(begin, at_ - begin);
}

bool csv_scanner::quoted(std::string_view& field, parse_fault& fault) {
    const std::size_t begin = ++at_;
    std::string value;
    bool doubled = false;
    for (;;) {
        const auto quote = text_.find('"', at_);
        if (quote == std::string_view::npos) {
            fault = malformed(place_in(text_, begin - 1), "CSV 引号未结束", "CSV quote that does not end");
            return false;
        }
        const bool two = quote + 1 < text_.size() && text_[quote + 1] == '"';
        if (two || doubled) {
            value.append(text_.substr(at_, quote - at_));
        }
        if (!two) {
            field = doubled ? keep_(value) : text_.substr(begin, quote - begin);
            at_ = quote + 1;
            break;
        }
        doubled = true;
        value += '"';
        at_ = quote + 2;
    }
    if (!at_end() && text_[at_] != delimiter_ && !at_line_end()) {
        fault = malformed(place_in(text_, at_), "CSV 引号之后有内容", "text after a closing CSV quote");
        return false;
    }
    return true;
}

} // namespace tongban::dialects
