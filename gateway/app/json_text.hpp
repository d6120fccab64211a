// Reading replies: members of a JSON value by path, as text.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tongban::app {

// "case.case_id" or "entries.0.status": the member as text; empty when it is not there.
std::string text_at(const boost::json::value& value, std::string_view path);

// Puts text at a path of objects, making them: true, false, null, objects and arrays as such, all else as a string.
void set_at(boost::json::object& object, std::string_view path, std::string_view text);

} // namespace tongban::app
