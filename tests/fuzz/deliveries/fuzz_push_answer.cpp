// What a called platform answers, in one piece or in several: the same answer or none, never more than the bound.
#include "connectors/push/answer_parser.hpp"
#include "connectors/push/retry_after.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using tongban::push::answer_parser;

constexpr std::size_t body_bytes_max = 256;
constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};

struct verdict {
    answer_parser::state state;
    int status = 0;
    std::string body;
    bool keeps = false;
    bool operator==(const verdict&) const = default;
};

verdict read(std::string_view bytes, std::size_t piece) {
    answer_parser parser(body_bytes_max);
    auto state = answer_parser::state::more;
    while (state == answer_parser::state::more && !bytes.empty()) {
        const auto some = bytes.substr(0, piece);
        state = parser.feed(some);
        bytes.remove_prefix(some.size());
    }
    if (state == answer_parser::state::more) {
        state = parser.feed_end();
    }
    // What is no answer, or longer than the bound, may be known to be so only when more of it is there.
    const bool whole = state == answer_parser::state::complete;
    verdict found{whole ? state : answer_parser::state::malformed, 0, {}, false};
    if (whole || state == answer_parser::state::truncated) {
        const bool keeps = parser.may_keep_alive();
        const auto answer = parser.take(now);
        if (answer.body.size() > body_bytes_max || answer.status < 100 || answer.status > 999) {
            std::abort();
        }
        if (whole) {
            found = {state, answer.status, answer.body, keeps};
        }
    }
    return found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read(bytes, size + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
        auto pieces = read(bytes, piece);
        // What stands behind an answer is seen only when it came with it.
        pieces.keeps = whole.keeps;
        if (pieces != whole) {
            std::abort();
        }
    }
    const auto half = size / 2;
    const auto wait = tongban::push::retry_after(bytes.substr(0, half), bytes.substr(half), now);
    if (wait && (wait->count() < 0 || *wait > std::chrono::hours(24 * 366))) {
        std::abort();
    }
    return 0;
}
