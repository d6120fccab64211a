// GB 11643, GB 11714, GB 32100 and ISO 7064 MOD 37,36.
#include "gateway/cases/check_digits.hpp"

#include <algorithm>
#include <array>

namespace tongban::cases {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) noexcept {
    return std::ranges::all_of(text, is_digit);
}

int number_of(std::string_view digits) noexcept {
    int value = 0;
    for (const char c : digits) {
        value = value * 10 + (c - '0');
    }
    return value;
}

// Value of each character in an alphabet, -1 when it is not in it.
constexpr std::array<std::int8_t, 256> values_in(std::string_view alphabet) {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}

constexpr std::string_view base_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view uscc_alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"; // without I O S V Z
constexpr auto base_36_values = values_in(base_36);
constexpr auto uscc_values = values_in(uscc_alphabet);

int value_of(const std::array<std::int8_t, 256>& values, char c) noexcept {
    return values[static_cast<unsigned char>(c)];
}

constexpr std::array<std::uint8_t, 100> make_provinces() {
    std::array<std::uint8_t, 100> known{};
    // 83: residence permits of people from Taiwan.
    for (const int code : {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43,
                           44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83}) {
        known[static_cast<std::size_t>(code)] = 1;
    }
    return known;
}

constexpr auto provinces = make_provinces();

} // namespace

char identity_check_char(std::string_view first_17) noexcept {
    static constexpr int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    if (first_17.size() != 17 || !all_digits(first_17)) {
        return '\0';
    }
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        sum += weights[i] * (first_17[i] - '0');
    }
    return "10X98765432"[sum % 11];
}

char organisation_check_char(std::string_view first_8) noexcept {
    static constexpr int weights[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    if (first_8.size() != 8) {
        return '\0';
    }
    int sum = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        const int value = value_of(base_36_values, first_8[i]);
        if (value < 0) {
            return '\0';
        }
        sum += weights[i] * value;
    }
    const int check = 11 - sum % 11;
    return check == 10 ? 'X' : check == 11 ? '0' : static_cast<char>('0' + check);
}

char uscc_check_char(std::string_view first_17) noexcept {
    if (first_17.size() != 17) {
        return '\0';
    }
    int sum = 0;
    int weight = 1; // powers of 3 modulo 31
    for (const char c : first_17) {
        const int value = value_of(uscc_values, c);
        if (value < 0) {
            return '\0';
        }
        sum += weight * value;
        weight = weight * 3 % 31;
    }
    return uscc_alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
}

char licence_check_char(std::string_view joined_parts) noexcept {
    int p = 36;
    for (const char c : joined_parts) {
        const int value = value_of(base_36_values, c);
        if (value < 0) {
            return '\0';
        }
        const int sum = (p + value) % 36;
        p = (sum == 0 ? 36 : sum) * 2 % 37;
    }
    return joined_parts.empty() ? '\0' : base_36[static_cast<std::size_t>((37 - p) % 36)];
}

std::optional<std::chrono::year_month_day> identity_birth_date(std::string_view number) noexcept {
    if (number.size() != 18 || !all_digits(number.substr(6, 8))) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(number_of(number.substr(6, 4))),
        std::chrono::month(static_cast<unsigned>(number_of(number.substr(10, 2)))),
        std::chrono::day(static_cast<unsigned>(number_of(number.substr(12, 2))))};
    constexpr std::chrono::year oldest{1850};
    return date.ok() && date.year() >= oldest ? std::optional(date) : std::nullopt;
}

bool has_identity_shape(std::string_view text) noexcept {
    constexpr std::size_t before_last = 17;
    constexpr std::string_view digits = "0123456789";
    for (auto at = text.find_first_of(digits); at != std::string_view::npos; at = text.find_first_of(digits, at)) {
        const auto end = std::min(text.find_first_not_of(digits, at), text.size());
        const auto run = end - at;
        const bool ends_in_x = end < text.size() && (text[end] == 'X' || text[end] == 'x');
        if (run == before_last + 1 || (run == before_last && ends_in_x)) {
            return true;
        }
        at = end;
    }
    return false;
}

identity_fault check_identity(std::string_view number, std::chrono::year_month_day today) noexcept {
    if (number.find_first_of("Ee") != std::string_view::npos &&
        number.find_first_of(".+") != std::string_view::npos) {
        return identity_fault::exponent;
    }
    if (number.size() != 18) {
        return number.size() == 15 && all_digits(number) ? identity_fault::old_15 : identity_fault::length;
    }
    const char check = number.back();
    if (!all_digits(number.substr(0, 17)) || (!is_digit(check) && check != 'X')) {
        return identity_fault::characters;
    }
    if (!is_province(number.substr(0, 2))) {
        return identity_fault::region;
    }
    const auto born = identity_birth_date(number);
    if (!born || *born > today) {
        return identity_fault::birth_date;
    }
    return identity_check_char(number.substr(0, 17)) == check ? identity_fault::none
                                                              : identity_fault::check_digit;
}

uscc_fault check_uscc(std::string_view number) noexcept {
    if (number.size() != 18) {
        return uscc_fault::length;
    }
    const bool known = std::ranges::all_of(number, [](char c) { return value_of(uscc_values, c) >= 0; });
    if (!known || !all_digits(number.substr(2, 6))) {
        return uscc_fault::characters;
    }
    if (uscc_check_char(number.substr(0, 17)) != number.back()) {
        return uscc_fault::check_digit;
    }
    return organisation_check_char(number.substr(8, 8)) == number[16] ? uscc_fault::none
                                                                      : uscc_fault::organisation;
}

licence_fault check_licence(std::string_view id) noexcept {
    constexpr std::string_view root = "1.2.156.3005.2.";
    if (!id.starts_with(root)) {
        return licence_fault::shape;
    }
    std::array<char, 128> joined{};
    std::size_t length = 0;
    std::string_view rest = id.substr(root.size());
    std::string_view part;
    for (int i = 0; i < 4; ++i) {
        const auto dot = rest.find('.');
        part = rest.substr(0, dot);
        if (dot == std::string_view::npos || part.empty() || length + part.size() > joined.size()) {
            return licence_fault::shape;
        }
        std::ranges::copy(part, joined.begin() + static_cast<std::ptrdiff_t>(length));
        length += part.size();
        rest.remove_prefix(dot + 1);
    }
    const char check = licence_check_char({joined.data(), length});
    if (rest.size() != 1 || part.size() != 3 || check == '\0' || value_of(base_36_values, rest.front()) < 0) {
        return licence_fault::shape;
    }
    return check == rest.front() ? licence_fault::none : licence_fault::check_char;
}

bool is_province(std::string_view two_digits) noexcept {
    return two_digits.size() == 2 && all_digits(two_digits) &&
           provinces[static_cast<std::size_t>(number_of(two_digits))] != 0;
}

} // namespace tongban::cases
