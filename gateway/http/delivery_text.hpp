// A delivery and its history as operators and the case's two sides see them: places, times, codes and who; never what the event says.
#pragma once

#include "tongban/v1/delivery.pb.h"

#include <boost/json/object.hpp>

#include <string_view>

namespace tongban::http {

// One line of a list. `event` is the name of the event ("CASE_ACCEPTED"), `event_zh` the clerk's word for it.
boost::json::object delivery_line(const v1::EventDelivery& delivery, std::string_view event, std::string_view event_zh);
// The same with status and every attempt.
boost::json::object delivery_whole(const v1::EventDelivery& delivery, std::string_view event, std::string_view event_zh);

} // namespace tongban::http
