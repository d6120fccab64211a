// The canonical JSON of one event, as the commands that report events write it; and reading a file for one.
#pragma once

#include <boost/json/object.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::app {

// What a command adds to an event.
struct event_members {
    std::string_view name;   // "CASE_ACCEPTED", upper or lower case; its body is made when it is missing
    std::string token;       // fencing token; empty: none
    std::string occurred_at; // RFC 3339; empty: what the event says, else now
    std::vector<std::pair<std::string, std::string>> settings; // path, value
};

std::string event_body(boost::json::object event, const event_members& members);

// The bytes of a file; nullopt when it cannot be read.
std::optional<std::string> file_bytes(const std::filesystem::path& file);

} // namespace tongban::app
