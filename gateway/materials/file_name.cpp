#include "gateway/materials/file_name.hpp"

#include <cstdint>
#include <optional>

namespace tongban::materials {

namespace {

constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t ending_bytes_max = 16;

struct scanned {
    std::uint32_t point = 0;
    std::size_t size = 0; // 0: not UTF-8
};

scanned scan(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || text.size() < size) {
        return {};
    }
    std::uint32_t point = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if (byte(i) >> 6 != 2) {
            return {};
        }
        point = point << 6 | (byte(i) & 0x3fU);
    }
    static constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < least[size] || point > 0x10ffff || surrogate ? scanned{} : scanned{point, size};
}

// Marks that turn the direction of writing make "gpj.exe" look like "exe.jpg".
bool misleads(std::uint32_t point) noexcept {
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xfff0 && point <= 0xffff) || (point >= 0xe0000 && point <= 0xe0fff);
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto from = text.find_first_not_of(" .\t");
    return from == std::string_view::npos ? std::string_view()
                                          : text.substr(from, text.find_last_not_of(" .\t") - from + 1);
}

// Up to `max` bytes without splitting a character.
std::string_view cut(std::string_view text, std::size_t max) noexcept {
    if (text.size() <= max) {
        return text;
    }
    while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xc0U) == 0x80) {
        --max;
    }
    return text.substr(0, max);
}

int hex_value(char c) noexcept {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low < 0) {
            return std::nullopt;
        }
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
    }
    return out;
}

// The value of one parameter, which begins at `text`: a token or a quoted string; `text` moves behind it.
std::string value_of(std::string_view& text) {
    std::string value;
    if (!text.starts_with('"')) {
        const auto end = text.find(';');
        value = trimmed(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end);
        return value;
    }
    text.remove_prefix(1);
    while (!text.empty() && text.front() != '"') {
        if (text.front() == '\\' && text.size() > 1) {
            text.remove_prefix(1);
        }
        value.push_back(text.front());
        text.remove_prefix(1);
    }
    const auto end = text.find(';');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end);
    return value;
}

bool is_attr_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

} // namespace

std::string safe_file_name(std::string_view given) {
    std::string kept;
    for (std::string_view rest = given; !rest.empty();) {
        const auto at = scan(rest);
        if (at.size == 0) {
            kept.push_back('_');
            rest.remove_prefix(1);
            continue;
        }
        if (at.point == '/' || at.point == '\\') {
            kept.clear();
        } else if (at.point < 0x80 && std::string_view("<>:\"|?*").find(static_cast<char>(at.point)) != std::string_view::npos) {
            kept.push_back('_');
        } else if (!misleads(at.point)) {
            kept.append(rest.substr(0, at.size));
        }
        rest.remove_prefix(at.size);
    }
    std::string name(trimmed(kept));
    if (name.size() > name_bytes_max) {
        const auto dot = name.rfind('.');
        const std::string ending =
            dot != std::string::npos && name.size() - dot <= ending_bytes_max ? name.substr(dot) : "";
        name = std::string(trimmed(cut(name, name_bytes_max - ending.size()))) + ending; // no blank where it was cut
    }
    return name.empty() ? "file" : name;
}

std::string name_of_disposition(std::string_view field) {
    const auto first = field.find(';');
    field = first == std::string_view::npos ? std::string_view() : field.substr(first);
    std::string plain;
    while (!field.empty()) {
        field.remove_prefix(1); // the semicolon
        const auto equals = field.find('=');
        if (equals == std::string_view::npos) {
            break;
        }
        std::string name(trimmed(field.substr(0, equals)));
        for (auto& c : name) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        }
        field.remove_prefix(equals + 1);
        while (field.starts_with(' ')) {
            field.remove_prefix(1);
        }
        const auto value = value_of(field);
        if (name == "filename*") {
            const auto tick = value.find('\'');
            const auto second = tick == std::string::npos ? tick : value.find('\'', tick + 1);
            const auto decoded =
                second == std::string::npos ? std::nullopt : unescaped(std::string_view(value).substr(second + 1));
            if (decoded && !decoded->empty()) {
                return safe_file_name(*decoded);
            }
        } else if (name == "filename") {
            plain = value;
        }
    }
    return plain.empty() ? "" : safe_file_name(plain);
}

std::string attachment(std::string_view name) {
    const auto safe = safe_file_name(name);
    std::string plain;
    std::string escaped;
    for (const char c : safe) {
        const auto byte = static_cast<unsigned char>(c);
        plain.push_back(byte < 0x80 && c != '\\' && c != '%' ? c : '_');
        if (is_attr_char(c)) {
            escaped.push_back(c);
        } else {
            static constexpr char digits[] = "0123456789ABCDEF";
            escaped.append({'%', digits[byte >> 4], digits[byte & 15]});
        }
    }
    return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + escaped;
}

} // namespace tongban::materials
