#include "gateway/ledger/figure_rows.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {

constexpr std::size_t full_code = 31;  // 统一社会信用代码, 行使层级, 基本编码
constexpr std::size_t level_digit = 18; // of it

v1::AuthorityLevel level_of(const v1::CaseState& state) noexcept {
    const auto& code = state.item_impl_code();
    if (state.terms().level() != v1::AUTHORITY_LEVEL_UNSPECIFIED || code.size() < full_code) {
        return state.terms().level();
    }
    const int digit = code[level_digit] - '0';
    return v1::AuthorityLevel_IsValid(digit) ? static_cast<v1::AuthorityLevel>(digit) : v1::AUTHORITY_LEVEL_UNSPECIFIED;
}

std::string_view region_of(std::string_view field) noexcept {
    return field.substr(0, field.find('\0'));
}

} // namespace

figure_place figure_place_of(const v1::CaseState& state) noexcept {
    return {state.origin_region(), state.dest_region(), level_of(state), state.business_mode(), state.terms().item_class()};
}

namespace rows {

namespace {

// A character is not cut in two.
std::string_view fitting(std::string_view item_class) noexcept {
    auto size = std::min(item_class.size(), item_class_max);
    while (size < item_class.size() && size > 0 && (static_cast<unsigned char>(item_class[size]) & 0xC0) == 0x80) {
        --size;
    }
    return item_class.substr(0, size);
}

key& append(key& to, int byte) {
    const char one = static_cast<char>(byte);
    return to.text(std::string_view(&one, 1));
}

} // namespace

key figure_day(cases::day_number day) {
    return key('s').u32(static_cast<std::uint32_t>(std::max(0, day)));
}

key figures(cases::day_number day, const figure_place& place) {
    auto row = figure_day(day).region(place.origin).region(place.dest);
    append(append(row, place.level), place.mode);
    return row.text(fitting(place.item_class));
}

key figure_total(const figure_place& place) {
    auto row = key('S').region(place.dest);
    return append(row, place.mode).text(fitting(place.item_class));
}

std::optional<figure_day_key> decode_figure_day(std::string_view key) noexcept {
    cursor at(key.substr(std::min<std::size_t>(1, key.size())));
    figure_day_key row;
    row.day = static_cast<cases::day_number>(at.u32());
    row.place.origin = region_of(at.text(region_size));
    row.place.dest = region_of(at.text(region_size));
    row.place.level = static_cast<v1::AuthorityLevel>(at.u8());
    row.place.mode = static_cast<v1::BusinessMode>(at.u8());
    row.place.item_class = at.rest();
    return at.ok() ? std::optional(row) : std::nullopt;
}

std::optional<figure_place> decode_figure_total(std::string_view key) noexcept {
    cursor at(key.substr(std::min<std::size_t>(1, key.size())));
    figure_place place;
    place.dest = region_of(at.text(region_size));
    place.mode = static_cast<v1::BusinessMode>(at.u8());
    place.item_class = at.rest();
    return at.ok() ? std::optional(place) : std::nullopt;
}

} // namespace rows

} // namespace tongban::ledger
