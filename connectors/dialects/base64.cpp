// Base64 of RFC 4648, both alphabets, line breaks allowed; padding may be left out but not be wrong.
#include "connectors/dialects/transform.hpp"

#include <array>
#include <cstdint>

namespace tongban::dialects {

namespace {

// Value of each character of both alphabets; above 63: none.
constexpr auto values = [] {
    std::array<std::uint8_t, 256> all{};
    all.fill(0xFF);
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        all[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    all['-'] = 62;
    all['_'] = 63;
    return all;
}();

std::uint32_t value(char c) {
    return values[static_cast<unsigned char>(c)];
}

// Whole groups of four from the front; returns how many characters they were.
std::size_t decode_groups(std::string_view text, char* to) {
    std::size_t at = 0;
    for (; at + 4 <= text.size(); at += 4) {
        const std::uint32_t a = value(text[at]);
        const std::uint32_t b = value(text[at + 1]);
        const std::uint32_t c = value(text[at + 2]);
        const std::uint32_t d = value(text[at + 3]);
        if ((a | b | c | d) > 63) {
            break;
        }
        *to++ = static_cast<char>((a << 2) | (b >> 4));
        *to++ = static_cast<char>((b << 4) | (c >> 2));
        *to++ = static_cast<char>((c << 6) | d);
    }
    return at;
}

} // namespace

bool decode_base64(std::string_view text, std::string& out) {
    out.resize(text.size() / 4 * 3);
    const std::size_t plain = decode_groups(text, out.data());
    out.resize(plain / 4 * 3);
    std::uint32_t bits = 0;
    int count = 0;
    std::size_t padding = 0;
    for (const char c : text.substr(plain)) {
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t') {
            continue;
        }
        if (c == '=') {
            ++padding;
            continue;
        }
        const auto v = value(c);
        if (v > 63 || padding > 0) {
            return false;
        }
        bits = (bits << 6) | v;
        if (++count % 4 == 0) {
            out += static_cast<char>((bits >> 16) & 0xFF);
            out += static_cast<char>((bits >> 8) & 0xFF);
            out += static_cast<char>(bits & 0xFF);
            bits = 0;
        }
    }
    const int rest = count % 4;
    if (rest == 1 || padding > 2 || (padding > 0 && rest + padding != 4)) {
        return false;
    }
    if (rest >= 2) {
        bits <<= 6 * (4 - rest);
        out += static_cast<char>((bits >> 16) & 0xFF);
        if (rest == 3) {
            out += static_cast<char>((bits >> 8) & 0xFF);
        }
    }
    return true;
}

void encode_base64(std::string_view bytes, std::string& out) {
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t k) {
            return k < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[k])) : 0U;
        };
        const std::uint32_t bits = (byte(i) << 16) | (byte(i + 1) << 8) | byte(i + 2);
        out += alphabet[(bits >> 18) & 63];
        out += alphabet[(bits >> 12) & 63];
        out += i + 1 < bytes.size() ? alphabet[(bits >> 6) & 63] : '=';
        out += i + 2 < bytes.size() ? alphabet[bits & 63] : '=';
    }
}

} // namespace tongban::dialects
