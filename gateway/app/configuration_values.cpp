// Durations and sizes as they are written in the configuration: a number and its unit, so that nobody has to
// know whether a bare 30 meant seconds.
#include "gateway/app/configuration_settings.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace tongban::app {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};
// Largest first: writing takes the first that leaves nothing over.
constexpr std::array<unit, 5> durations{
    {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<unit, 4> sizes{
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<unit, N>& units) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc())
        return std::nullopt;
    const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const unit& u : units) {
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (u.name == name && number <= most / u.factor)
            return number * u.factor;
    }
    return std::nullopt;
}

template <std::size_t N>
std::string write(std::uint64_t value, const std::array<unit, N>& units) {
    for (const unit& u : units)
        if (value != 0 && value % u.factor == 0)
            return std::to_string(value / u.factor) + std::string(u.name);
    return "0" + std::string(units.back().name);
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = parse(text, durations);
    if (!value)
        return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::optional<std::size_t> parse_size(std::string_view text) {
    return parse(text, sizes);
}

std::string write_duration(std::chrono::milliseconds value) {
    return write(static_cast<std::uint64_t>(value.count()), durations);
}

std::string write_size(std::size_t value) {
    return write(value, sizes);
}

} // namespace tongban::app
