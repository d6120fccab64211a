// Inflation of any bytes: never past its bound, and the same however the input is cut.
#include "gateway/http/inflater.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::size_t bytes_max = 20000;

struct outcome {
    bool good = true;
    bool complete = false;
    std::string text;
};

outcome inflate_in(std::string_view bytes, std::size_t piece) {
    using tongban::http::inflater;
    inflater gzip;
    outcome o;
    while (!bytes.empty() && o.good) {
        const inflater::verdict verdict = gzip.put(bytes.substr(0, piece), o.text, bytes_max);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        o.good = verdict == inflater::verdict::more || verdict == inflater::verdict::done;
        if (o.text.size() > bytes_max || (verdict == inflater::verdict::done) != (o.good && gzip.complete())) {
            std::abort();
        }
    }
    o.complete = o.good && gzip.complete();
    return o;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const outcome whole = inflate_in(bytes, bytes.size());
    const outcome pieces = inflate_in(bytes, 1 + data[0] % 64U);
    if (whole.good != pieces.good || whole.complete != pieces.complete || (whole.good && whole.text != pieces.text)) {
        std::abort();
    }
    return 0;
}
