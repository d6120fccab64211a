// Event JSON, the clock in it, and files.
#include "gateway/app/event_body.hpp"

#include "gateway/app/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>

namespace tongban::app {

namespace {

std::string now_rfc3339() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(ms % 1000));
    return text;
}

std::string lower(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

} // namespace

std::string event_body(boost::json::object event, const event_members& members) {
    const auto body = lower(members.name);
    if (!event.contains(body)) {
        event[body] = boost::json::object{};
    }
    if (!members.occurred_at.empty()) {
        event["occurred_at"] = members.occurred_at;
    } else if (!event.contains("occurred_at")) {
        event["occurred_at"] = now_rfc3339();
    }
    if (!members.token.empty()) {
        event["fencing_token"] = members.token;
    }
    for (const auto& [path, value] : members.settings) {
        set_at(event, path, value);
    }
    return boost::json::serialize(event);
}

std::optional<std::string> file_bytes(const std::filesystem::path& file) {
    std::error_code ec;
    std::ifstream in(file, std::ios::binary);
    if (!in || std::filesystem::is_directory(file, ec)) {
        return std::nullopt;
    }
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
}

} // namespace tongban::app
