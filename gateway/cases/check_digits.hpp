// Check characters of the numbers that identify people, organisations and licences. Pure arithmetic: nothing
// here knows which field a number stands in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tongban::cases {

// The check character that belongs to the given characters; '\0' when they cannot be the front of such a
// number.
char identity_check_char(std::string_view first_17) noexcept;    // GB 11643, ISO 7064 MOD 11-2
char organisation_check_char(std::string_view first_8) noexcept; // GB 11714
char uscc_check_char(std::string_view first_17) noexcept;        // GB 32100
char licence_check_char(std::string_view joined_parts) noexcept; // ISO 7064 MOD 37,36, upper case

// What is wrong with a 公民身份号码, GB 11643.
enum class identity_fault : std::uint8_t {
    none,
    exponent,   // a spreadsheet made a number of it: 3.2E+17
    old_15,     // the 15 digits that are no longer valid
    length,     // not 18 characters
    characters, // not 17 digits and a digit or upper-case X
    region,     // no province begins so
    birth_date, // no such day, or after today
    check_digit,
};
identity_fault check_identity(std::string_view number, std::chrono::year_month_day today) noexcept;

// Somewhere in it stand seventeen digits and an eighteenth or an X, and no digit beside them: a person's number, right or wrong,
// and nobody's staff number.
bool has_identity_shape(std::string_view text) noexcept;

// The birth date in an identity number of 18 characters; nothing when it is no day.
std::optional<std::chrono::year_month_day> identity_birth_date(std::string_view number) noexcept;

// What is wrong with a 统一社会信用代码, GB 32100.
enum class uscc_fault : std::uint8_t {
    none,
    length,       // not 18 characters
    characters,   // a character outside 0-9 A-H J-N P-R T-U W-Y, or a region that is not digits
    check_digit,  // the 18th
    organisation, // the 17th: check digit of the 组织机构代码 inside
};
uscc_fault check_uscc(std::string_view number) noexcept;

// What is wrong with an 电子证照标识, GB/T 36904: 1.2.156.3005.2.<类型>.<颁发机构>.<流水号>.<版本>.<校验位>.
enum class licence_fault : std::uint8_t { none, shape, check_char };
licence_fault check_licence(std::string_view id) noexcept;

// Two digits a region code or an identity number can begin with, GB/T 2260.
bool is_province(std::string_view two_digits) noexcept;

} // namespace tongban::cases
