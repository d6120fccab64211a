// Names, repeats and regions of query parameters.
#include "gateway/http/query_rules.hpp"

#include "monitoring/text.hpp"

#include <algorithm>

namespace tongban::http {

namespace {

problem wrong_query(std::string detail_zh, std::string detail_en) {
    auto wrong =
        problem{422, "invalid", "查询参数无效", "A query parameter is not valid", "", "", 0, {}};
    wrong.detail_zh = std::move(detail_zh);
    wrong.detail_en = std::move(detail_en);
    return wrong;
}

std::string listed(std::span<const std::string_view> names) {
    std::string text;
    for (const auto name : names) {
        text += (text.empty() ? "" : ", ") + std::string(name);
    }
    return text;
}

// A name the client made up, short enough to be told back.
std::string told(std::string_view name) {
    std::string text;
    return monitoring::append_valid_utf8(text, name, 64) ? text + "…" : text;
}

} // namespace

problem bad_parameter(std::string_view name, const std::string& wanted_zh,
                            const std::string& wanted_en) {
    return wrong_query("参数 " + std::string(name) + " 应为" + wanted_zh + "。",
                       "Parameter " + std::string(name) + " must be " + wanted_en + ".");
}

std::optional<problem> misnamed(const request& request, std::span<const std::string_view> known) {
    for (auto one = request.query.begin(); one != request.query.end(); ++one) {
        const auto& name = one->first;
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return known.empty() ? wrong_query("未知参数 " + told(name) + "，此接口没有参数。",
                                               "Parameter " + told(name) + " is not known; there are none here.")
                                 : wrong_query("未知参数 " + told(name) + "，可用参数：" + listed(known) + "。",
                                               "Parameter " + told(name) + " is not known; known are: " + listed(known) + ".");
        }
        if (std::any_of(request.query.begin(), one,
                        [&](const auto& earlier) { return earlier.first == name; })) {
            return wrong_query("参数 " + name + " 重复。", "Parameter " + name + " is given more than once.");
        }
    }
    return std::nullopt;
}

bool is_region(std::string_view text) noexcept {
    return text.size() == 6 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace tongban::http
