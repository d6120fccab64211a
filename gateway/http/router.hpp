// Which route answers a path. Patterns are literal segments and {names}; a literal wins over a {name}.
#pragma once

#include "gateway/http/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::http {

class router {
public:
    // Throws std::invalid_argument for a malformed pattern or two routes that cannot be told apart.
    explicit router(std::vector<route> routes);

    struct match {
        std::size_t index = npos;    // of routes(); npos: the path or the method is unknown
        bool path_known = false;     // some route has this path
        std::uint32_t methods = 0;   // bit per http::method that the path answers
    };
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    // `raw_path` is split first and decoded then, so "%2F" stays inside a parameter. GET routes answer HEAD too.
    match find(method wanted, std::string_view raw_path, std::vector<std::string>& parameters) const;

    const std::vector<route>& routes() const noexcept { return routes_; }
    // "GET, HEAD, OPTIONS" for an Allow header.
    static std::string allow(std::uint32_t methods);

private:
    struct segment {
        std::string literal; // empty: a {name}
    };
    using shape = std::vector<segment>;
    static shape shape_of(const std::string& pattern);
    static bool fits(const shape& pattern, const std::vector<std::string>& segments);

    std::vector<route> routes_;
    std::vector<shape> shapes_;       // of routes_
    std::vector<std::size_t> order_;  // most literal first
};

std::string_view name_of(method m) noexcept;

} // namespace tongban::http
