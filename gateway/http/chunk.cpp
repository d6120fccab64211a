// The size stands right-aligned in a room that holds any.
#include "gateway/http/chunk.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tongban::http {

namespace {
constexpr std::size_t digits_max = 16;
constexpr std::size_t room = digits_max + 2;
} // namespace

void open_chunk(std::string& out) {
    out.assign(room, '\0');
}

std::size_t close_chunk(std::string& out) {
    if (out.size() <= room) {
        out.clear();
        return 0;
    }
    std::array<char, digits_max> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), out.size() - room, 16).ptr;
    const auto count = static_cast<std::size_t>(end - digits.data());
    std::copy(digits.data(), end, out.begin() + static_cast<std::ptrdiff_t>(digits_max - count));
    out[digits_max] = '\r';
    out[digits_max + 1] = '\n';
    out += "\r\n";
    return digits_max - count;
}

} // namespace tongban::http
