// Strict reading of JSON.
#include "gateway/http/json_object.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <vector>

namespace tongban::http {

namespace {

// proto3 JSON takes a field by either of its names: dest_region, destRegion.
std::string camel_case(std::string_view key) {
    std::string name;
    bool upper = false;
    for (const char c : key) {
        if (c == '_') {
            upper = true;
            continue;
        }
        name.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        upper = false;
    }
    return name;
}

struct member_finder {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    using error_code = boost::system::error_code;
    using string_view = boost::json::string_view;

    json_members found;
    std::vector<std::set<std::string, std::less<>>> keys; // of the objects that are open
    std::string part;                                     // of a key that came in pieces

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        keys.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        if (keys.size() == 1) {
            found.outermost = std::move(keys.back());
        }
        keys.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(string_view s, std::size_t, error_code&) {
        part.append(s.data(), s.size());
        return true;
    }
    bool on_key(string_view s, std::size_t, error_code& ec) {
        part.append(s.data(), s.size());
        if (!keys.back().insert(camel_case(part)).second) {
            found.duplicate = part.substr(0, 64);
            ec = boost::json::error::syntax;
            return false;
        }
        part.clear();
        return true;
    }
    bool on_string_part(string_view, std::size_t, error_code&) { return true; }
    bool on_string(string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
    bool on_double(double, string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

} // namespace

json_members scan_members(std::string_view json) {
    boost::json::basic_parser<member_finder> parser{boost::json::parse_options{}};
    boost::system::error_code error;
    const auto read = parser.write_some(false, json.data(), json.size(), error);
    auto& found = parser.handler().found;
    found.read = read;
    found.error = error;
    return std::move(found);
}

boost::system::result<boost::json::object, problem> read_object(std::string_view body, std::string expected_zh,
                                                            std::string expected_en) {
    if (const auto members = scan_members(body); !members.duplicate.empty()) {
        return malformed("JSON 中有重复的成员：" + members.duplicate, "Duplicate member in the JSON: " + members.duplicate);
    }
    boost::system::error_code error;
    auto value = boost::json::parse(body, error);
    if (error || !value.is_object()) {
        return malformed(std::move(expected_zh), std::move(expected_en));
    }
    return std::move(value.get_object());
}

} // namespace tongban::http
