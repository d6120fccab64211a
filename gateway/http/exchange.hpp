// All memory of one request under way: input block, parser, request, answer. Pooled per thread; an idle connection
// holds none, which is what keeps it small.
#pragma once

#include "gateway/http/request_parser.hpp"
#include "gateway/http/target.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::http {

struct exchange {
    static constexpr std::size_t block_bytes = 8UL * 1024;

    exchange(const parser_limits& limits, body_memory& bodies)
        : limits_(limits), sink(req.body, bodies), block(block_bytes) {
        parser_.emplace(limits_, sink);
    }

    request_parser& parser() noexcept { return *parser_; } // NOLINT(bugprone-unchecked-optional-access): never empty
    std::string_view input() const noexcept { return {block.data() + begin, end - begin}; }
    void consume(std::size_t count) noexcept {
        begin += count;
        received += count;
        if (begin == end) {
            begin = end = 0;
        }
    }
    // Room behind the input, made by moving or, up to what a head may need, growing. Empty when there is none.
    std::span<char> room();

    // Ready for the next request; input that was already read stays.
    void next();
    // Ready for another connection.
    void forget();

private:
    const parser_limits& limits_;

public:
    request req;
    body_sink sink;
    target where;
    std::string out;
    std::size_t received = 0; // bytes of this request
    std::size_t sent = 0;     // bytes of its answer
    std::chrono::steady_clock::time_point began;
    std::vector<char> block;
    std::size_t begin = 0;
    std::size_t end = 0;

private:
    std::optional<request_parser> parser_; // made anew for each request
};

} // namespace tongban::http
