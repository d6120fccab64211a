// Base64 of RFC 4648, both alphabets, line breaks allowed; padding may be left out but not be wrong.
#include "connectors/dialects/transform.hpp"

namespace tongban::dialects {

bool decode_base64(std::string_view text, std::string& out) {
    const auto value = [](char c) -> int {
        return c >= 'A' && c <= 'Z'   ? c - 'A'
               : c >= 'a' && c <= 'z' ? c - 'a' + 26
               : c >= '0' && c <= '9' ? c - '0' + 52
               : c == '+' || c == '-' ? 62
               : c == '/' || c == '_' ? 63
                                      : -1;
    };
    out.clear();
    std::uint32_t bits = 0;
    int count = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t') {
            continue;
        }
        if (c == '=') {
            ++padding;
            continue;
        }
        const int v = value(c);
        if (v < 0 || padding > 0) {
            return false;
        }
        bits = (bits << 6) | static_cast<std::uint32_t>(v);
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
