// The text of schemas/calendars/cn.yaml, put into the program by the build.
#pragma once

#include <string_view>

namespace tongban::calendars {

extern const std::string_view built_in_calendar;

} // namespace tongban::calendars
