// The ratios of a bulletin 通报, made of sums: the figures of DOMAIN §8 and how each is computed. monitoring/rules has the
// same formulas over the metrics; tests hold both against one example. docs/supervision.md explains each.
#pragma once

#include "gateway/cases/figures.hpp"

#include <vector>

namespace tongban::cases {

enum class figure_unit : std::uint8_t { share, days, hours, times };

struct figure_rate {
    std::string_view name;    // "on_time_rate"; the recording rule is tongban:<name>:30d
    std::string_view term;    // 按时办结率
    std::string_view english; // "closed on time"
    figure_unit unit{};
    std::optional<double> value; // none: nothing to divide by
    bool detail = false;         // a part of a rate before it: a printed list leaves it out where it is 0
};

// All of them, in the bulletin's order.
std::vector<figure_rate> rates_of(const figure_sums& sums);

// "FULL_ONLINE" and "全程网办"; "CITY" and "市级". Empty when it is unspecified.
std::string_view name(v1::BusinessMode mode) noexcept;
std::string_view term(v1::BusinessMode mode) noexcept;
std::string_view name(v1::AuthorityLevel level) noexcept;
std::string_view term(v1::AuthorityLevel level) noexcept;

} // namespace tongban::cases
