// What is owed in a case and until when, as a clerk and an engineer read it, from the gateway's JSON.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace tongban::app {

// "2024-10-23 23:59" at +08:00, of RFC 3339 in UTC; the text as it is when it is none.
std::string local_time(const std::string& utc);

// Of the `owed` of a case or of a timeline's entry: "承诺期限 PROMISE 至 until 2024-10-23 23:59 (140400) 预警 YELLOW"; empty when
// nothing is owed.
std::string owed_text(const boost::json::value& entry);

// Of the `also_owed` of a case, of a bundle's child or of an inbox entry, each as owed_text writes it; empty when there is none.
std::string also_owed_text(const boost::json::value& entry);

// Of an inbox entry: "2024-10-23 预警 YELLOW"; empty without a limit.
std::string due_text(const boost::json::value& entry);

} // namespace tongban::app
