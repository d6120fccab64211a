// Ids need to differ, not to be unguessable: a small generator per thread, seeded by the system.
#include "gateway/http/trace.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

namespace tongban::http {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_hex(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

bool holds_personal_number(std::string_view text) noexcept {
    std::size_t run = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && is_digit(text[i])) {
            ++run;
            continue;
        }
        const bool check_letter = run == 17 && i < text.size() && (text[i] == 'X' || text[i] == 'x');
        if (run == 11 || run == 15 || run == 18 || check_letter) {
            return true;
        }
        run = 0;
    }
    return false;
}

std::uint64_t next_random() {
    // splitmix64 over a random start.
    thread_local std::uint64_t state = (static_cast<std::uint64_t>(std::random_device{}()) << 32U) ^ std::random_device{}();
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

} // namespace

bool is_request_id(std::string_view text) noexcept {
    const bool plain = std::ranges::all_of(
        text, [](char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-'; });
    return plain && text.size() >= 8 && text.size() <= 64 && !holds_personal_number(text);
}

std::optional<std::string_view> trace_id_of(std::string_view traceparent) noexcept {
    if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') {
        return std::nullopt;
    }
    const std::string_view version = traceparent.substr(0, 2);
    const std::string_view trace = traceparent.substr(3, 32);
    const std::string_view parent = traceparent.substr(36, 16);
    const bool length_fits = traceparent.size() == 55 || (version != "00" && traceparent[55] == '-');
    const bool hex = is_hex(version) && is_hex(trace) && is_hex(parent) && is_hex(traceparent.substr(53, 2));
    if (!hex || !length_fits || version == "ff" || all_zero(trace) || all_zero(parent)) {
        return std::nullopt;
    }
    return trace;
}

std::string random_hex(std::size_t digits) {
    static constexpr char hex[] = "0123456789abcdef";
    std::array<char, 32> text;
    digits = std::min(digits, text.size());
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        bits = i % 16 == 0 ? next_random() | 1U : bits >> 4U;
        text[i] = hex[bits & 15U];
    }
    return {text.data(), digits};
}

} // namespace tongban::http
