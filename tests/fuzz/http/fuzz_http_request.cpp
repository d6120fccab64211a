// The request parser over any bytes, whole and cut into pieces: the pieces must mean the same request. A difference
// would be a way to smuggle one request inside another.
#include "gateway/http/request_parser.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <tuple>

namespace {

using namespace tongban::http;

// All that a request means to us.
using meaning =
    std::tuple<bool, method, std::string, std::string, std::string, std::string, std::string, bool, bool, std::size_t>;

meaning parse(std::string_view bytes, unsigned piece_seed) {
    const parser_limits limits{2048, 1024, 50, 4096};
    body_memory memory{0, 1 << 20};
    std::string body;
    body_sink sink(body, memory);
    request_parser parser(limits, sink);
    std::string buffer;
    std::size_t total = 0; // where the request ends
    request_parser::step last;
    const bool at_once = piece_seed == 0;
    const bool byte_by_byte = piece_seed == 1;
    while (last.state != request_parser::progress::complete && last.state != request_parser::progress::failed) {
        if (last.state == request_parser::progress::head) {
            sink.begin(16384, parser.content_encoding() == "gzip");
        } else if (last.consumed == 0 || buffer.empty()) {
            if (bytes.empty()) {
                break;
            }
            piece_seed = piece_seed * 1103515245U + 12345U;
            const std::size_t size = at_once        ? bytes.size()
                                     : byte_by_byte ? 1
                                                    : 1 + (piece_seed >> 16U) % 40;
            buffer += bytes.substr(0, size);
            bytes.remove_prefix(std::min(size, bytes.size()));
        }
        last = parser.feed(buffer);
        if (last.consumed > buffer.size()) {
            std::abort();
        }
        total += last.consumed;
        buffer.erase(0, last.consumed);
    }
    if (body.size() > 16384 || memory.held != body.size()) {
        std::abort();
    }
    // A fault in an unfinished line may be seen now or at its end; neither is a request.
    if (last.state != request_parser::progress::complete || parser.fault() != parse_fault::none) {
        return {};
    }
    return {true,
            parser.method(),
            std::string(parser.target()),
            std::string(parser.content_type()),
            std::string(parser.dialect()),
            std::string(parser.idempotency_key()),
            body,
            parser.may_keep_alive(),
            parser.has_body(),
            total};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const meaning whole = parse(bytes, 0);
    if (whole != parse(bytes, 1) || whole != parse(bytes, data[0] + 2U)) {
        std::abort();
    }
    return 0;
}
