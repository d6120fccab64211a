// Fields of requests about files: whatever is sent, ranges lie within the file, digests are digests, and what we write we
// read.
#include "gateway/materials/transfer_fields.hpp"

#include <cstdlib>

using namespace tongban::materials;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0}}) {
        byte_range range;
        if (read_range(text, length, range) == range_verdict::part && (range.first > range.last || range.last >= length)) {
            std::abort();
        }
    }
    if (const auto digests = read_digests(text)) {
        if ((!digests->sha256.empty() && digests->sha256.size() != 32) || (!digests->sm3.empty() && digests->sm3.size() != 32)) {
            std::abort();
        }
        if (!digests->sha256.empty()) {
            const auto again = read_digests(write_digests(digests->sha256, digests->sm3));
            if (!again || again->sha256 != digests->sha256 || again->sm3 != digests->sm3) {
                std::abort();
            }
        }
    }
    if (const auto number = read_integer(text); number && *number > 999'999'999'999'999) {
        std::abort();
    }
    static_cast<void>(read_boolean(text));
    static_cast<void>(has_tag(text, "0123", true) && has_tag(text, "0123", false));
    return 0;
}
