#include "gateway/materials/transfer_fields.hpp"

#include <array>
#include <charconv>

namespace tongban::materials {

namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::size_t members_max = 16;

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool digits(std::string_view text, std::uint64_t& value) noexcept {
    if (text.empty() || text.front() < '0' || text.front() > '9') {
        return false;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// With or without padding, nothing else.
std::optional<std::string> of_base64(std::string_view text) {
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
        text.remove_suffix(1);
    }
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<char>(bits >> held & 0xff));
        }
    }
    return bytes;
}

std::string to_base64(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const unsigned char byte : bytes) {
        bits = bits << 8 | byte;
        held += 8;
        while (held >= 6) {
            held -= 6;
            text.push_back(alphabet[bits >> held & 63]);
        }
    }
    if (held > 0) {
        text.push_back(alphabet[bits << (6 - held) & 63]);
    }
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) noexcept {
    if (a.size() != lower.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] | 0x20) : a[i];
        if (c != lower[i]) {
            return false;
        }
    }
    return true;
}

} // namespace

std::optional<std::uint64_t> read_integer(std::string_view field) noexcept {
    field = trimmed(field);
    std::uint64_t value = 0;
    // RFC 8941: at most fifteen digits.
    return field.size() <= 15 && digits(field, value) ? std::optional(value) : std::nullopt;
}

std::optional<bool> read_boolean(std::string_view field) noexcept {
    field = trimmed(field);
    return field == "?1" || field == "?0" ? std::optional(field == "?1") : std::nullopt;
}

std::optional<given_digests> read_digests(std::string_view field) {
    given_digests found;
    for (std::size_t member = 0; !trimmed(field).empty(); ++member) {
        const auto comma = field.find(',');
        const auto one = trimmed(field.substr(0, comma));
        field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
        const auto equals = one.find('=');
        if (member == members_max || equals == std::string_view::npos) {
            return std::nullopt;
        }
        const auto name = one.substr(0, equals);
        const auto value = one.substr(equals + 1);
        auto* const into = equals_ignoring_case(name, "sha-256") ? &found.sha256
                           : equals_ignoring_case(name, "sm3")   ? &found.sm3
                                                                 : nullptr;
        if (into == nullptr) {
            continue;
        }
        if (value.size() < 2 || value.front() != ':' || value.back() != ':') {
            return std::nullopt;
        }
        auto bytes = of_base64(value.substr(1, value.size() - 2));
        if (!bytes || bytes->size() != digest_bytes || (!into->empty() && *into != *bytes)) {
            return std::nullopt;
        }
        *into = std::move(*bytes);
    }
    return found;
}

std::string write_digests(std::string_view sha256, std::string_view sm3) {
    std::string text = "sha-256=:" + to_base64(sha256) + ':';
    if (!sm3.empty()) {
        text += ", sm3=:" + to_base64(sm3) + ':';
    }
    return text;
}

range_verdict read_range(std::string_view field, std::uint64_t size, byte_range& range) noexcept {
    field = trimmed(field);
    if (field.size() < 6 || !equals_ignoring_case(field.substr(0, 6), "bytes=")) {
        return range_verdict::whole;
    }
    const auto one = trimmed(field.substr(6));
    const auto dash = one.find('-');
    if (dash == std::string_view::npos || one.find(',') != std::string_view::npos) {
        return range_verdict::whole;
    }
    const auto from = trimmed(one.substr(0, dash));
    const auto to = trimmed(one.substr(dash + 1));
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (from.empty()) {
        if (!digits(to, last)) {
            return range_verdict::whole;
        }
        if (last == 0 || size == 0) {
            return range_verdict::unsatisfiable;
        }
        range = {last >= size ? 0 : size - last, size - 1};
        return range_verdict::part;
    }
    if (!digits(from, first) || (!to.empty() && (!digits(to, last) || last < first))) {
        return range_verdict::whole;
    }
    if (first >= size) {
        return range_verdict::unsatisfiable;
    }
    range = {first, to.empty() || last >= size ? size - 1 : last};
    return range_verdict::part;
}

bool has_tag(std::string_view field, std::string_view tag, bool strong) noexcept {
    if (trimmed(field) == "*") {
        return !strong;
    }
    while (!field.empty()) {
        const auto comma = field.find(',');
        auto one = trimmed(field.substr(0, comma));
        field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
        const bool weak = one.starts_with("W/");
        if (weak) {
            one.remove_prefix(2);
        }
        if (one.size() == tag.size() + 2 && one.front() == '"' && one.back() == '"' && !(weak && strong) &&
            one.substr(1, tag.size()) == tag) {
            return true;
        }
    }
    return false;
}

} // namespace tongban::materials
