// What the gateway answers to a window about cases, as a clerk reads it on a terminal: in Chinese and English, on standard
// output, times at +08:00. Each takes the parsed JSON of one answer and throws std::exception when it has another shape.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tongban::app {

// "QUEUED 待接件" for "CASE_STATUS_QUEUED" at `path`; the text as it is when it is no state.
std::string state_of(const boost::json::value& body, std::string_view path);

// "CASE_SUBMITTED 申报" of the member `event`.
std::string event_of(const boost::json::value& body);

// Of GET /v1/inbox.
void print_inbox(const boost::json::value& body);

// Of GET /v1/cases/{id}/timeline.
void print_timeline(const boost::json::value& body);

// Of GET /v1/cases/{id}: state, how it ended, both numbers, what is owed.
void print_case(const boost::json::value& body);

} // namespace tongban::app
