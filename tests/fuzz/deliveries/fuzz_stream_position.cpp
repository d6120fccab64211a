// A position that a client sends back: what is read is written as it was, and has an offset for each partition.
#include "gateway/delivery/stream_position.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using tongban::delivery::position_text;
using tongban::delivery::stream_offsets;

bool comes_back(const position_text& positions, const stream_offsets& offsets) {
    const auto again = positions.read(positions.write(offsets));
    return again && *again == offsets;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const position_text positions("ledger", {"140400", "370800"}, 4);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto offsets = positions.read(text)) {
        if (offsets->size() != 4 || !comes_back(positions, *offsets)) {
            std::abort();
        }
    }
    stream_offsets own(4);
    for (std::size_t i = 0; i < size; ++i) {
        own[i % 4] = (own[i % 4] << 7) + data[i];
        own[i % 4] &= 0x7fff'ffff'ffff'ffffULL;
    }
    if (!comes_back(positions, own)) {
        std::abort();
    }
    return 0;
}
