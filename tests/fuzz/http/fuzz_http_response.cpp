// Fields that a handler fills from outside (a Location, a reason) never make a second response or a second field.
#include "gateway/http/response_writer.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban::http;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t half = size / 2;
    response answer;
    answer.status = size > 0 ? data[0] * 3 : 200;
    answer.content_type = text.substr(0, half);
    answer.headers.emplace_back("Location", std::string(text.substr(half)));
    answer.body = "body";
    request req;
    req.request_id = "0123456789abcdef";
    req.trace_id = "0123456789abcdef0123456789abcdef";
    std::string out;
    write_response(answer, req, {}, out);
    const std::size_t end = out.find("\r\n\r\n");
    const bool without_body = answer.status == 204 || answer.status == 304;
    if (end == std::string::npos || out.substr(end + 4) != (without_body ? "" : "body")) {
        std::abort();
    }
    std::size_t lines = 0;
    for (std::size_t at = out.find('\n'); at != std::string::npos && at < end; at = out.find('\n', at + 1)) {
        ++lines;
        if (out[at - 1] != '\r') {
            std::abort();
        }
    }
    if (lines > 8) {
        std::abort();
    }
    return 0;
}
