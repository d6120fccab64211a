// What the server itself answers when a request does not get as far as a handler.
#pragma once

#include "gateway/http/body_sink.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/http/request_parser.hpp"
#include "gateway/http/server_metrics.hpp"

#include <optional>

namespace tongban::http::refusals {

// The bound behind a refusal, for its metric.
struct refusal {
    http::problem problem;
    std::optional<limit> bound;
};

refusal of_parser(parse_fault fault, malformation what, body_sink::fault body);
refusal body_too_large(std::size_t bytes_max);
refusal timed_out(limit which);
refusal bad_target();
refusal not_found();
refusal method_not_allowed(const std::string& allow);
refusal content_encoding(bool is_file); // a body that is a file is never inflated
refusal expectation();
refusal unknown_certificate(std::string_view serial);
// A registered partner's, at the listener for operators.
refusal not_an_operator(std::string_view serial);
refusal certificate_expired(std::string_view serial);
refusal certificate_revoked(std::string_view serial);
// What the connection was let in by has changed: the request had no effect, the handshake of the next connection decides.
refusal connect_again();
refusal failed();
// The server stops while it still receives: come again, to another replica or later.
refusal stopping();

} // namespace tongban::http::refusals
