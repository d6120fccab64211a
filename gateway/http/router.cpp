// A linear scan: a listener has about twenty routes, and comparing a few short segments is cheaper than a tree.
#include "gateway/http/router.hpp"

#include "gateway/http/target.hpp"

#include <algorithm>
#include <stdexcept>

namespace tongban::http {

namespace {

constexpr std::size_t segments_max = 16;

constexpr std::uint32_t bit(method m) noexcept {
    return 1U << static_cast<unsigned>(m);
}

// False when an escape is broken or there are too many segments to match anything.
bool split(std::string_view raw_path, std::vector<std::string>& segments) {
    segments.clear();
    raw_path.remove_prefix(raw_path.starts_with('/') ? 1 : 0);
    while (segments.size() < segments_max) {
        const std::size_t slash = raw_path.find('/');
        if (!percent_decode(raw_path.substr(0, slash), false, segments.emplace_back())) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        raw_path.remove_prefix(slash + 1);
    }
    return false;
}

} // namespace

std::string_view name_of(method m) noexcept {
    switch (m) {
    case method::get: return "GET";
    case method::head: return "HEAD";
    case method::post: return "POST";
    case method::put: return "PUT";
    case method::patch: return "PATCH";
    case method::delete_: return "DELETE";
    case method::options: return "OPTIONS";
    case method::other: break;
    }
    return "other";
}

router::shape router::shape_of(const std::string& pattern) {
    std::vector<std::string> pieces;
    if (!pattern.starts_with('/') || !split(pattern, pieces)) {
        throw std::invalid_argument("route pattern must start with '/': " + pattern);
    }
    shape made;
    for (std::string& piece : pieces) {
        const bool named = piece.size() > 2 && piece.front() == '{' && piece.back() == '}';
        if (!named && piece.find_first_of("{}") != std::string::npos) {
            throw std::invalid_argument("a {name} must be a whole segment: " + pattern);
        }
        if (!named && piece.empty() && pieces.size() > 1) {
            throw std::invalid_argument("route pattern with an empty segment: " + pattern);
        }
        made.push_back({named ? std::string() : std::move(piece)});
    }
    return made;
}

router::router(std::vector<route> routes) : routes_(std::move(routes)) {
    const auto literals = [&](std::size_t i) {
        return std::ranges::count_if(shapes_[i], [](const segment& s) { return !s.literal.empty(); });
    };
    for (const route& r : routes_) {
        shapes_.push_back(shape_of(r.pattern));
        order_.push_back(order_.size());
        for (std::size_t i = 0; i + 1 < shapes_.size(); ++i) {
            const bool same = std::ranges::equal(shapes_[i], shapes_.back(), {}, &segment::literal, &segment::literal);
            if (same && routes_[i].method == r.method) {
                throw std::invalid_argument("two routes for " + std::string(name_of(r.method)) + " " + r.pattern);
            }
        }
    }
    std::ranges::stable_sort(order_, [&](std::size_t a, std::size_t b) { return literals(a) > literals(b); });
}

bool router::fits(const shape& pattern, const std::vector<std::string>& segments) {
    return std::ranges::equal(pattern, segments, [](const segment& wanted, const std::string& given) {
        // A parameter is never empty: "/v1/cases//claim" is no case.
        return wanted.literal.empty() ? !given.empty() : wanted.literal == given;
    });
}

router::match router::find(method wanted, std::string_view raw_path, std::vector<std::string>& parameters) const {
    match found;
    parameters.clear();
    thread_local std::vector<std::string> segments;
    if (!split(raw_path, segments)) {
        return found;
    }
    const method effective = wanted == method::head ? method::get : wanted;
    for (const std::size_t i : order_) {
        const bool root = shapes_[i].size() == 1 && routes_[i].pattern == "/";
        if (root ? raw_path != "/" : !fits(shapes_[i], segments)) {
            continue;
        }
        found.path_known = true;
        const bool has_head = routes_[i].method == method::get && !routes_[i].get_changes;
        found.methods |= bit(routes_[i].method) | (has_head ? bit(method::head) : 0U);
        if (routes_[i].method == effective && (wanted != method::head || has_head) && found.index == npos) {
            found.index = i;
        }
    }
    if (found.index != npos) {
        for (std::size_t s = 0; s < segments.size(); ++s) {
            if (shapes_[found.index][s].literal.empty() && !segments[s].empty()) {
                parameters.push_back(std::move(segments[s]));
            }
        }
    }
    return found;
}

std::string router::allow(std::uint32_t methods) {
    std::string text;
    for (const method m : {method::get, method::head, method::post, method::put, method::patch,
                           method::delete_}) {
        if ((methods & bit(m)) != 0) {
            text += name_of(m);
            text += ", ";
        }
    }
    return text + "OPTIONS";
}

} // namespace tongban::http
