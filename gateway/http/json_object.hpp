// JSON that others send, read strictly: an object says each of its members once.
#pragma once

#include "gateway/http/case_problem.hpp"

#include <boost/json/object.hpp>
#include <boost/system/error_code.hpp>

#include <set>
#include <string>
#include <string_view>

namespace tongban::http {

// What one pass over a text tells of its members. A lenient parser lets the last of two win (RFC 8259 §4 leaves it open).
struct json_members {
    std::set<std::string, std::less<>> outermost; // of the outermost object, as proto3 JSON writes them: destRegion
    std::string duplicate;                        // the first member that stands twice, or under both of its names; cut at 64 bytes
    std::size_t read{};                           // bytes until the end of the value, or of what was wrong
    boost::system::error_code error;              // also for a duplicate
};

// Nesting is bounded by the parser (32).
json_members scan_members(std::string_view json);

// The object that is the whole body; an empty body is not one. The problem says `expected_zh`, `expected_en` when it is none, and
// names the member that it says twice.
boost::system::result<boost::json::object, problem> read_object(std::string_view body, std::string expected_zh,
                                                            std::string expected_en);

} // namespace tongban::http
