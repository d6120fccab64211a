// What is told of one field of an event, with its place in the sender's own message.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "tongban/v1/receipt.pb.h"

#include <string>

namespace tongban::intake {

// It refuses the event.
v1::Violation violation_at(const dialects::translated_event& translated, std::string field, std::string rule, std::string zh,
                           std::string en);
// Told, and the event is taken.
v1::Violation warning_at(const dialects::translated_event& translated, std::string field, std::string rule, std::string zh,
                         std::string en);

} // namespace tongban::intake
