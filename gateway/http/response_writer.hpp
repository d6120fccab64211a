// A response as bytes. Short ones become one block, and with it one TLS record and one system call.
#pragma once

#include "gateway/http/message.hpp"

#include <string>
#include <string_view>

namespace tongban::http {

struct write_options {
    bool head_only = false;   // the request was HEAD
    bool close = false;       // Connection: close
    bool keep_http_1_0 = false; // an HTTP/1.0 client that asked to keep the connection
    bool chunked = false;     // the body follows in chunks; else a streamed one ends with the connection
};

// Bodies up to this are copied behind the head.
inline constexpr std::size_t joined_body_bytes_max = 64UL * 1024;

// Appends status line, fields and (when short) the body to `out`. Returns what of the body is left to be sent after.
std::string_view write_response(const response& answer, const request& req, const write_options& options,
                                std::string& out);

} // namespace tongban::http
