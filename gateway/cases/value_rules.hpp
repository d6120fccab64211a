// Rules for one value each: texts, numbers of people and organisations, regions, dates, limits. An empty
// value breaks none of them; what must be there is `required`'s business.
#pragma once

#include "gateway/cases/findings.hpp"
#include "tongban/v1/event.pb.h"

#include <chrono>
#include <optional>

namespace tongban::cases {

enum class text_kind : std::uint8_t {
    line,  // one line
    prose, // may hold line breaks
    name,  // of a person or organisation: one line, and a '?' in it is a character that was lost
};

// Collects findings about one event, on one day.
class rules {
public:
    rules(findings& found, std::chrono::year_month_day today) : found_(found), today_(today) {}

    findings& found() noexcept { return found_; }
    std::chrono::year_month_day today() const noexcept { return today_; }

    void text(const place& in, const field& what, std::string_view value, std::uint32_t max_characters,
              text_kind kind = text_kind::line) {
        if (!value.empty()) {
            check_text(in, what, value, max_characters, kind);
        }
    }
    // 办件编号: at most 50 characters; a blank or a character without width at its end would make it another case's.
    void case_number(const place& in, const field& what, std::string_view value);
    // The same as text(), and something in it can be seen.
    void required_text(const place& in, const field& what, std::string_view value,
                       std::uint32_t max_characters, text_kind kind = text_kind::line);
    void required(const place& in, const field& what, bool present, severity how = severity::refuse);
    void count(const place& in, const field& what, int number, int most);
    void range(const place& in, const field& what, std::int64_t value, std::int64_t most);
    // `known`: the schema has the value. Proto3 lets any number through.
    void code(const place& in, const field& what, bool known);

    void region(const place& in, const field& what, std::string_view value);
    void uscc(const place& in, const field& what, std::string_view value);
    void identity(const place& in, const field& what, std::string_view value);
    void licence(const place& in, const field& what, std::string_view value);
    // Stands in logs of work and on both sides' screens: never a person's own number.
    void staff_number(const place& in, const field& what, std::string_view value);
    void phone(const place& in, const field& what, std::string_view value);
    void digest(const place& in, const field& what, std::string_view hex);
    // YYYY-MM-DD; the day when it is one.
    std::optional<std::chrono::year_month_day> date(const place& in, const field& what,
                                                    std::string_view value);
    // Between 2000 and the end of 2199.
    void instant(const place& in, const field& what, const google::protobuf::Timestamp& value);
    // Value and unit; `most` by unit.
    void limit(const place& in, const field& what, const v1::Limit& value);
    // The same of something that is waited for: none would turn its clock off.
    void waiting_limit(const place& in, const field& what, const v1::Limit& value);
    void organisation(const place& in, const field& what, const v1::Organisation& value);

private:
    void check_text(const place& in, const field& what, std::string_view value, std::uint32_t max_characters,
                    text_kind kind);

    findings& found_;
    std::chrono::year_month_day today_;
};

} // namespace tongban::cases
