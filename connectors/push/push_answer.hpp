// What a target answered, whatever it means: the dialect judges it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace tongban::push {

struct push_answer {
    int status = 0;           // as it came; 3xx is not followed
    std::string content_type; // as it came; empty when there was none
    std::string body;         // chunks put together; content encodings are not undone (none is asked for)
    std::optional<std::chrono::seconds> retry_after; // counted from the arrival of the answer; at most a year
    std::string target_serial; // of the certificate that the target showed, lower-case hex
    bool truncated =
        false; // the body was longer than allowed: `body` is its front, and the connection was closed
};

} // namespace tongban::push
