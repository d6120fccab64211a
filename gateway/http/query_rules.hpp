// Rules for the query of a read: each parameter known, given once, and of the form it must have. One that is
// not is refused by its name: a filter that is silently ignored shows a clerk the wrong list.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/problem.hpp"

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tongban::http {

// 422: the parameter, and what it must be.
problem bad_parameter(std::string_view name, const std::string& wanted_zh,
                            const std::string& wanted_en);

// The problem with the first parameter that is not in `known` or stands there twice; nullopt when there is none.
std::optional<problem> misnamed(const request& request, std::span<const std::string_view> known);

// A whole number between two bounds into `into`, which stays as it is when the parameter is not given.
template <class Number>
std::optional<problem> whole_number(const request& request, std::string_view name, Number least, Number most,
                                    Number& into) {
    const auto text = request.query_value(name);
    Number value = into;
    if (text) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
            const auto range = std::to_string(least) + "–" + std::to_string(most);
            return bad_parameter(name, " " + range + " 的整数", "a whole number, " + range);
        }
    }
    into = value;
    return std::nullopt;
}

// Six digits (GB/T 2260).
bool is_region(std::string_view text) noexcept;

} // namespace tongban::http
