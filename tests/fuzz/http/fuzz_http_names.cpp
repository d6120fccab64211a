// Ids that clients choose: what is taken can be written to a header and a log line as it is.
#include "gateway/http/trace.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tongban::http;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto harmless = [](unsigned char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    if (is_request_id(text) && (text.size() > 64 || !std::ranges::all_of(text, harmless))) {
        std::abort();
    }
    if (const auto trace = trace_id_of(text); trace && (trace->size() != 32 || !std::ranges::all_of(*trace, harmless))) {
        std::abort();
    }
    return 0;
}
