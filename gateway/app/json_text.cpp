// Paths into JSON values.
#include "gateway/app/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace tongban::app {

std::string text_at(const boost::json::value& value, std::string_view path) {
    const auto* at = &value;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto name = path.substr(0, dot);
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
        if (at->is_object()) {
            at = at->get_object().if_contains(name);
        } else if (at->is_array()) {
            std::size_t index = 0;
            std::from_chars(name.data(), name.data() + name.size(), index);
            at = at->get_array().if_contains(index);
        } else {
            at = nullptr;
        }
        if (at == nullptr) {
            return {};
        }
    }
    return at->is_string() ? std::string(at->get_string()) : at->is_null() ? std::string{} : boost::json::serialize(*at);
}

void set_at(boost::json::object& object, std::string_view path, std::string_view text) {
    auto* into = &object;
    for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        auto& next = (*into)[path.substr(0, dot)];
        if (!next.is_object()) {
            next = boost::json::object{};
        }
        into = &next.get_object();
        path = path.substr(dot + 1);
    }
    boost::system::error_code ec;
    const auto parsed = boost::json::parse(text, ec);
    // Numbers stay text: proto3 JSON takes "5" for a number, but not 5 for a text (a notice number, a postcode).
    const bool is_value = !ec && !parsed.is_string() && !parsed.is_number();
    (*into)[path] = is_value ? parsed : boost::json::value(text);
}

} // namespace tongban::app
