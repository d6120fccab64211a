// The calendar of working days a gateway runs by: read at start, and anew by a reload that contradicts no due time.
#pragma once

#include "connectors/store/view_store.hpp"
#include "gateway/calendar/calendar.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace tongban::app {

// The file's, or the one built in. Throws not_taken with all mistakes.
std::shared_ptr<const calendars::calendar> load_calendar(const std::filesystem::path& file);

// The lines of all mistakes in a calendar file; an empty path is the built-in one, which has none.
std::vector<std::string> check_calendar(const std::filesystem::path& file, std::vector<std::string>& warnings);

// Why `next` must not replace `now`, or an empty sentence: it is another calendar under the same version, or says otherwise of
// days by which open cases of the view count; it names those days and some of the cases. Days that no case counts by may be
// corrected.
security::sentence why_not_replaced(const calendars::calendar& now, const calendars::calendar& next, const store::view_store& rows);

// How many open cases were told, both sides, due times that are not those of `calendar`, and logs it: a start takes one that a
// reload would have refused, and it counts for what is reckoned from then on.
std::int64_t tell_other_due_times(const calendars::calendar& calendar, const store::view_store& rows, const std::stop_token& stop);

} // namespace tongban::app
