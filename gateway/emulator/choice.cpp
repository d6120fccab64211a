// FNV-1a over the words, each ended by a byte no word holds, then a finaliser that spreads short differences.
#include "gateway/emulator/choice.hpp"

#include <charconv>

namespace tongban::emulator {

namespace {

constexpr std::int64_t pause_max_ms = std::int64_t{24} * 3600 * 1000;

std::optional<std::chrono::milliseconds> length_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > pause_max_ms) {
        return std::nullopt;
    }
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const std::int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
    const auto ms = factor == 0 ? -1 : number * factor;
    return ms < 0 || ms > pause_max_ms ? std::nullopt : std::optional(std::chrono::milliseconds(ms));
}

} // namespace

std::optional<pause> pause_of(std::string_view text) {
    const auto dots = text.find("..");
    const auto least = length_of(text.substr(0, dots));
    const auto most = dots == std::string_view::npos ? least : length_of(text.substr(dots + 2));
    return least && most && *least <= *most ? std::optional(pause{*least, *most}) : std::nullopt;
}

double drawn(std::uint64_t seed, std::initializer_list<std::string_view> about) noexcept {
    constexpr std::uint64_t prime = 0x100000001b3;
    std::uint64_t hash = 0xcbf29ce484222325 ^ (seed * 0x9e3779b97f4a7c15);
    for (const auto word : about) {
        for (const char c : word) {
            hash = (hash ^ static_cast<unsigned char>(c)) * prime;
        }
        hash = (hash ^ 0xff) * prime;
    }
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    hash ^= hash >> 31;
    return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

} // namespace tongban::emulator
