// Names, shares and draws of what goes wrong.
#include "gateway/emulator/misbehaviour.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace tongban::emulator {

namespace {

constexpr std::array<std::string_view, trouble_count> names{"slow",  "500",  "error_inside", "refuse", "garbage",
                                                            "reset", "lost", "duplicate",    "skew"};

} // namespace

std::string_view name(trouble t) noexcept {
    return names[static_cast<std::size_t>(t)];
}

std::optional<trouble> trouble_named(std::string_view name) noexcept {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? std::nullopt : std::optional(static_cast<trouble>(found - names.begin()));
}

std::string trouble_names() {
    std::string all;
    for (const auto name : names) {
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return all;
}

double misbehaviour::of_answers() const {
    return std::accumulate(share.begin(), share.begin() + answer_trouble_count, 0.0);
}

std::optional<double> share_of(std::string_view text) noexcept {
    const bool percent = text.ends_with('%');
    const auto number = text.substr(0, text.size() - (percent ? 1 : 0));
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc{} || end != number.data() + number.size()) {
        return std::nullopt;
    }
    value = percent ? value / 100 : value;
    return value >= 0 && value <= 1 ? std::optional(value) : std::nullopt;
}

security::sentence not_a_share() {
    return {"应为比例，如 10% 或 0.1", "must be a share such as 10% or 0.1"};
}

security::sentence more_than_all() {
    return {"同一应答的各种异常比例合计超过 100%", "the shares of what goes wrong with one answer are more than 100% together"};
}

std::vector<security::sentence> take_troubles(std::string_view list, misbehaviour& into) {
    std::vector<security::sentence> wrong;
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto one = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        const auto equals = one.find('=');
        const auto which = trouble_named(one.substr(0, equals));
        const auto share = equals == std::string_view::npos ? std::nullopt : share_of(one.substr(equals + 1));
        if (!which) {
            const std::string given(one.substr(0, equals));
            wrong.emplace_back("没有“" + given + "”这种异常；可用：" + trouble_names(),
                               "'" + given + "' is not known; known: " + trouble_names());
        } else if (!share) {
            const std::string given(one);
            const std::string known(name(*which));
            wrong.emplace_back("“" + given + "”应带比例，如 " + known + "=10% 或 " + known + "=0.1",
                               "'" + given + "': expected a share such as " + known + "=10% or " + known + "=0.1");
        } else {
            into.of(*which) = *share;
        }
    }
    if (into.of_answers() > 1) {
        wrong.push_back(more_than_all());
    }
    return wrong;
}

std::optional<trouble> answer_trouble(const misbehaviour& how, std::uint64_t seed, std::string_view delivery,
                                      std::uint32_t attempt) {
    auto at = drawn(seed, {"answer", delivery, std::to_string(attempt)});
    for (std::size_t i = 0; i < answer_trouble_count; ++i) {
        if (at < how.share[i]) {
            return static_cast<trouble>(i);
        }
        at -= how.share[i];
    }
    return std::nullopt;
}

bool sends_twice(const misbehaviour& how, std::uint64_t seed, std::string_view case_id, std::string_view event) {
    return drawn(seed, {"twice", case_id, event}) < how.of(trouble::duplicate);
}

std::chrono::milliseconds clock_error(const misbehaviour& how, std::uint64_t seed, std::string_view case_id) {
    if (drawn(seed, {"skew", case_id}) >= how.of(trouble::skew)) {
        return std::chrono::milliseconds(0);
    }
    const auto hour = std::chrono::milliseconds(std::chrono::hours(1));
    return drawn(seed, {"which way", case_id}) < 0.5 ? -hour : hour;
}

} // namespace tongban::emulator
