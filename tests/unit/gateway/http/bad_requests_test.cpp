// What a server in front of a government's cases must not be fooled by: one table, raw bytes against status codes.
#include "running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <zlib.h>

namespace tongban::testing {
namespace {

using ::testing::HasSubstr;

struct bad_request {
    const char* name;
    std::string bytes;
    int status;
};

std::string chunked(const std::string& fields, const std::string& body) {
    return "POST /v1/messages HTTP/1.1\r\nHost: g\r\n" + fields + "\r\n" + body;
}

std::vector<bad_request> table() {
    const std::string te = "Transfer-Encoding: chunked\r\n";
    return {
        {"both_lengths", chunked(te + "Content-Length: 5\r\n", "0\r\n\r\n"), 400},
        {"both_lengths_other_order", chunked("Content-Length: 5\r\n" + te, "0\r\n\r\n"), 400},
        {"two_content_lengths", chunked("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
        {"same_content_length_twice", chunked("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), 400},
        {"content_length_list", chunked("Content-Length: 1, 1\r\n", "a"), 400},
        {"content_length_signed", chunked("Content-Length: +1\r\n", "a"), 400},
        {"content_length_hex", chunked("Content-Length: 0x1\r\n", "a"), 400},
        {"content_length_overflow", chunked("Content-Length: 18446744073709551617\r\n", "a"), 400},
        {"content_length_empty", chunked("Content-Length: \r\n", "a"), 400},
        {"transfer_encoding_twice", chunked(te + te, "0\r\n\r\n"), 400},
        {"transfer_encoding_gzip", chunked("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
        {"transfer_encoding_not_last", chunked("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), 501},
        {"transfer_encoding_tab", chunked("Transfer-Encoding: \x0b" "chunked\r\n", "0\r\n\r\n"), 400},
        {"transfer_encoding_http_1_0", "POST /v1/messages HTTP/1.0\r\n" + te + "\r\n0\r\n\r\n", 400},
        {"space_before_colon", chunked("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {"bare_line_feed", "GET /v1/cases/1 HTTP/1.1\nHost: g\n\n", 400},
        {"nul_in_field", chunked(std::string("X: a\0b\r\n", 8), ""), 400},
        {"field_without_name", chunked(": x\r\n", ""), 400},
        {"no_host", "GET /v1/cases/1 HTTP/1.1\r\n\r\n", 400},
        {"two_hosts", "GET /v1/cases/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"two_dialects", chunked("X-Tongban-Dialect: a\r\nX-Tongban-Dialect: b\r\nContent-Length: 0\r\n", ""), 400},
        {"two_content_types", chunked("Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n", ""), 400},
        {"chunk_size_no_hex", chunked(te, "zz\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk_size_negative", chunked(te, "-5\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk_size_overflow", chunked(te, "ffffffffffffffff1\r\nhello\r\n0\r\n\r\n"), 400},
        {"chunk_without_end", chunked(te, "5\r\nhelloX0\r\n\r\n"), 400},
        {"chunk_extension_endless", chunked(te, "5;" + std::string(9000, 'a')), 400},
        {"trailer_endless", chunked(te, "0\r\nX: " + std::string(9000, 'a')), 400},
        {"garbage", "\x01\x02\x03\x04 nonsense\r\n\r\n", 400},
        {"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"http_3", "GET / HTTP/3.0\r\nHost: g\r\n\r\n", 505},
        {"target_too_long", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: g\r\n\r\n", 414},
        {"target_endless", "GET /" + std::string(20000, 'a'), 414},
        {"header_too_large", "GET / HTTP/1.1\r\nHost: g\r\nX: " + std::string(17000, 'a') + "\r\n\r\n", 431},
        {"header_endless", "GET / HTTP/1.1\r\nHost: g\r\nX: " + std::string(30000, 'a'), 431},
        {"header_many_fields",
         [] {
             std::string text = "GET / HTTP/1.1\r\nHost: g\r\n";
             for (int i = 0; i < 200; ++i) {
                 text += "X" + std::to_string(i) + ": y\r\n";
             }
             return text + "\r\n";
         }(),
         431},
        {"escape_broken", "GET /v1/cases/%zz HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"escape_cut", "GET /v1/cases/%4 HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"escape_nul", "GET /v1/cases/a%00b HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"escape_line_break", "GET /v1/cases/a%0d%0ab HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"escape_overlong", "GET /v1/cases/%c0%af HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"query_not_utf8", "GET /v1/cases/1?name=%b0%a1 HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"relative_target", "GET v1/cases/1 HTTP/1.1\r\nHost: g\r\n\r\n", 400},
        {"dot_segments", "GET /v1/../v1/cases/1 HTTP/1.1\r\nHost: g\r\n\r\n", 404},
        {"empty_parameter", "GET /v1/cases/ HTTP/1.1\r\nHost: g\r\n\r\n", 404},
        {"content_encoding_unknown", chunked("Content-Encoding: br\r\nContent-Length: 1\r\n", "a"), 415},
        {"content_encoding_twice_gzip", chunked("Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n", "a"), 415},
        {"gzip_broken", chunked("Content-Encoding: gzip\r\nContent-Length: 5\r\n", "hello"), 400},
        {"expectation_unknown", chunked("Expect: a-miracle\r\nContent-Length: 1\r\n", "a"), 417},
        {"declared_too_large", chunked("Content-Length: 99999999\r\n", ""), 413},
        {"connect", "CONNECT g:443 HTTP/1.1\r\nHost: g\r\n\r\n", 400},
    };
}

class BadRequest : public ::testing::TestWithParam<bad_request> {};

TEST_P(BadRequest, IsAnsweredAndDoesNotHurtTheNext) {
    running_server s;
    const auto client = s.connect();
    ASSERT_TRUE(client->connected()) << client->error();
    client->send(GetParam().bytes);
    const answer a = client->read();
    EXPECT_EQ(a.status, GetParam().status) << a.body;
    EXPECT_EQ(a.field("content-type"), "application/problem+json");
    EXPECT_THAT(a.body, HasSubstr("\"title_zh\":"));
    EXPECT_THAT(a.body, HasSubstr("\"request_id\":\"" + a.field("x-request-id") + "\""));
    if (a.status == 400 && a.closes()) {
        // Whatever followed was not taken for another request.
        EXPECT_TRUE(client->at_end()) << client->error();
    }
    EXPECT_EQ(s.connect()->ask(post("/v1/messages", "next")).body, "next");
}

INSTANTIATE_TEST_SUITE_P(Table, BadRequest, ::testing::ValuesIn(table()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(BadRequest, NeverReachesAHandlerByTheBackDoor) {
    running_server s;
    const auto client = s.connect();
    // Were the length believed, the rest would be a second request.
    client->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "0\r\n\r\nGET /v1/boom HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_EQ(client->read().status, 400);
    EXPECT_TRUE(client->at_end());
    EXPECT_EQ(s.value("tongban_http_handler_exceptions_total", "listener"), 0);
}

// --- bodies ---

std::string gzip(const std::string& text) {
    z_stream z{};
    deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

TEST(Body, IsInflatedWhenGzipped) {
    running_server s;
    const auto client = s.connect();
    const std::string text(300000, 'x');
    EXPECT_EQ(client->ask(post("/v1/messages", gzip(text), "Content-Encoding: gzip\r\n")).body, text);
    EXPECT_EQ(client->ask(post("/v1/messages", gzip("one, ") + gzip("two"), "Content-Encoding: x-gzip\r\n")).body,
              "one, two");
    EXPECT_EQ(client->ask(post("/v1/messages", "plain", "Content-Encoding: identity\r\n")).body, "plain");
}

TEST(Body, CutGzipIsRefused) {
    running_server s;
    const std::string whole = gzip("a text that is long enough to be cut");
    const answer a = s.connect()->ask(
        post("/v1/messages", whole.substr(0, whole.size() - 3), "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(a.status, 400);
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:broken-gzip"));
}

TEST(Body, GzipBombIsRefusedWhileItArrives) {
    running_server::setup setup;
    setup.settings.body_bytes_max = 1 << 20;
    running_server s(setup);
    const std::string bomb = gzip(std::string(50 << 20, '\0'));
    ASSERT_LT(bomb.size(), 100000U);
    const auto client = s.connect();
    client->send(post("/v1/messages", bomb, "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(client->read().status, 413);
    EXPECT_EQ(s.value("tongban_http_limit_total", "limit=\"inflated_bytes\""), 1);
}

TEST(Body, TooLargeIsRefusedBeforeItWasSent) {
    running_server::setup setup;
    setup.settings.body_bytes_max = 1000;
    running_server s(setup);
    const auto client = s.connect();
    client->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nContent-Length: 1001\r\n\r\n");
    const answer a = client->read();
    EXPECT_EQ(a.status, 413);
    EXPECT_THAT(a.body, HasSubstr("\"limit_bytes\":1000"));
    EXPECT_EQ(s.value("tongban_http_limit_total", "limit=\"body_bytes\""), 1);
}

TEST(Body, EndlessChunksAreRefusedWhileTheyArrive) {
    running_server::setup setup;
    setup.settings.body_bytes_max = 100000;
    running_server s(setup);
    const auto client = s.connect();
    client->send(chunked("Transfer-Encoding: chunked\r\n", ""));
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'a') + "\r\n";
    // The server goes on reading for a while after its refusal, so that the answer is not lost on its way.
    for (int i = 0; i < 200 && client->send(chunk); ++i) {
    }
    EXPECT_EQ(client->read().status, 413);
}

TEST(Body, RouteMayHaveASmallerBound) {
    running_server s;
    EXPECT_EQ(s.connect()->ask(post("/v1/small", std::string(100, 'a'))).status, 202);
    EXPECT_EQ(s.connect()->ask(post("/v1/small", std::string(101, 'a'))).status, 413);
}

TEST(Body, AllTogetherAreBounded) {
    running_server::setup setup;
    setup.settings.threads = 1;
    setup.settings.body_memory_max = 300000;
    running_server s(setup);
    const std::string head = "POST /v1/messages HTTP/1.1\r\nHost: g\r\nContent-Length: 250000\r\n\r\n";
    const auto holder = s.connect();
    ASSERT_TRUE(holder->send(head + std::string(200000, 'a')));
    const auto is_refused = [&] {
        return s.connect()->ask(post("/v1/messages", std::string(200000, 'b'))).status == 503;
    };
    EXPECT_TRUE(eventually(is_refused));
    const answer refused = s.connect()->ask(post("/v1/messages", std::string(200000, 'b')));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.field("retry-after"), "2");
    EXPECT_GE(s.value("tongban_http_limit_total", "limit=\"body_memory\""), 2);
    EXPECT_EQ(holder->ask(std::string(50000, 'a')).status, 202);
    EXPECT_EQ(s.connect()->ask(post("/v1/messages", std::string(200000, 'b'))).status, 202);
}

} // namespace
} // namespace tongban::testing
