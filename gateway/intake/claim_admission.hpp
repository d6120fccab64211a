// A claim that comes as an event is what POST /v1/cases/{id}/claim would make of it: the sender's own window, for no longer
// than is configured. Else a window could hold cases under another's number, or for days.
#pragma once

#include "gateway/http/problem.hpp"
#include "security/identity.hpp"
#include "tongban/v1/event.pb.h"

#include <chrono>
#include <optional>

namespace tongban::intake {

// How long a claim holds a case, as the window's settings say.
struct lease_bounds {
    std::chrono::seconds usual{1800}; // of a claim that asks for nothing
    std::chrono::seconds most{28800}; // longer ones are cut to it
};

// Fills in the sender's window and the length of the lease; the refusal when the claim names another window.
std::optional<http::problem> make_own(v1::Claimed& claim, const security::partner& sender, const lease_bounds& bounds);

} // namespace tongban::intake
