// A request means the same however the network cuts it.
#include "gateway/http/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace tongban::http {
namespace {

struct read_request {
    bool complete = false;
    std::string body;
    std::size_t left = 0; // bytes behind it
};

// `piece` bytes at a time.
read_request read(std::string_view bytes, std::size_t piece) {
    const parser_limits limits{2048, 1024, 50, 4096};
    body_memory memory{0, 1 << 20};
    read_request found;
    std::string body; // the sink's, and gone with it
    body_sink sink(body, memory);
    request_parser parser(limits, sink);
    std::string buffer;
    request_parser::step last;
    while (last.state != request_parser::progress::complete && last.state != request_parser::progress::failed) {
        if (last.state == request_parser::progress::head) {
            sink.begin(16384, false);
        } else if (last.consumed == 0 || buffer.empty()) {
            if (bytes.empty()) {
                break;
            }
            buffer += bytes.substr(0, piece);
            bytes.remove_prefix(std::min(piece, bytes.size()));
        }
        last = parser.feed(buffer);
        buffer.erase(0, last.consumed);
    }
    found.complete = last.state == request_parser::progress::complete;
    found.body = body;
    found.left = buffer.size() + bytes.size();
    return found;
}

const std::string head = "POST /v1/messages HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(RequestParser, AnEmptyChunkedBodyInPiecesOfEverySize) {
    const std::string bytes = head + "0\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const auto found = read(bytes, piece);
        EXPECT_TRUE(found.complete) << piece;
        EXPECT_EQ(found.body, "") << piece;
        EXPECT_EQ(found.left, 0U) << piece;
    }
}

TEST(RequestParser, ChunksAndTrailersInPiecesOfEverySize) {
    const std::string bytes = head + "5;ext=\"v\"\r\nhello\r\n1\r\n!\r\n0\r\nX-Request-Id: trailer\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const auto found = read(bytes, piece);
        EXPECT_TRUE(found.complete) << piece;
        EXPECT_EQ(found.body, "hello!") << piece;
        EXPECT_EQ(found.left, 0U) << piece;
    }
}

TEST(RequestParser, ManyFieldsAfterAShortTargetInPiecesOfEverySize) {
    const std::string bytes =
        "POST / HTTP/1.1\r\nHost: g\r\nX-Long: " + std::string(1500, 'x') + "\r\nContent-Length: 2\r\n\r\nok";
    for (std::size_t piece = 1; piece <= bytes.size(); piece += 1 + piece / 8) {
        EXPECT_EQ(read(bytes, piece).body, "ok") << piece;
    }
}

TEST(RequestParser, AnUnfinishedLastChunkIsNoRequest) {
    const std::string bytes = head + "0\r\n\r\n";
    for (std::size_t size = head.size(); size < bytes.size(); ++size) {
        EXPECT_FALSE(read(bytes.substr(0, size), 1).complete) << size;
    }
}

} // namespace
} // namespace tongban::http
