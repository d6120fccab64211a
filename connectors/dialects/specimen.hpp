// An event with every field filled, for trying what a dialect makes of it.
#pragma once

#include "tongban/v1/event.pb.h"

namespace tongban::dialects {

// `body`: the event. One entry in every list; the first value of every code.
v1::CaseEvent specimen(const google::protobuf::FieldDescriptor& body);

} // namespace tongban::dialects
