// Rules for the query of a read: each parameter known, given once, and of the form it must have. One that is
// not is refused by its name: a filter that is silently ignored shows a clerk the wrong list.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/problem.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::inbox {

// 422: the parameter, and what it must be.
http::problem bad_parameter(std::string_view name, const std::string& wanted_zh,
                            const std::string& wanted_en);

// The problem with the first parameter that is not in `known` or stands there twice; nullopt when there is
// none.
std::optional<http::problem> misnamed(const http::request& request,
                                      std::initializer_list<std::string_view> known);

// Six digits (GB/T 2260).
bool is_region(std::string_view text) noexcept;

} // namespace tongban::inbox
