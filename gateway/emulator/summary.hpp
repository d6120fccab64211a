// How an emulated city is doing, for a terminal or for a program.
#pragma once

#include "gateway/emulator/city.hpp"

#include <boost/json/object.hpp>

namespace tongban::emulator {

// Counts since the start, by name; `event`: "running" or "stopped".
boost::json::object summary(city& of, std::string_view event);
// One such object, or one that says that the city was started, as a line for people.
std::string readable(const boost::json::object& line);

} // namespace tongban::emulator
