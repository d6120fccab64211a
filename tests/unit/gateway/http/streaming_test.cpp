// Streamed answers over real mutual TLS: framing, waking, back-pressure, and every way to end.
#include "running_server.hpp"
#include "stream_feed.hpp"

#include "gateway/http/chunk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tongban::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct streaming_server {
    explicit streaming_server(http::listener_settings settings = {}, std::chrono::milliseconds beat_every = 600s)
        : feed(std::make_shared<stream_feed>(beat_every)),
          running({.settings = std::move(settings), .more = {stream_feed::route(feed)}}) {}

    double ended(const std::string& reason) const {
        return running.value("tongban_http_streams_ended_total", "reason=\"" + reason + "\"");
    }
    bool ends(const std::string& reason) const {
        return eventually([&] { return ended(reason) == 1 && feed->open() == 0; });
    }

    std::shared_ptr<stream_feed> feed;
    running_server running;
};

// The head, then chunks one by one.
struct reader {
    explicit reader(raw_client& from, const std::string& fields = "") : client(from) {
        client.send(get("/v1/stream", fields));
        head = client.read();
    }
    raw_client& client;
    answer head;
};

TEST(Chunk, HasItsSizeInFront) {
    for (const std::size_t size : {1UL, 15UL, 16UL, 255UL, 4096UL, 1'000'000UL}) {
        std::string out = "what was there before";
        http::open_chunk(out);
        out.append(size, 'x');
        const std::size_t at = http::close_chunk(out);
        char hex[20];
        std::snprintf(hex, sizeof hex, "%zx\r\n", size);
        EXPECT_EQ(out.substr(at), hex + std::string(size, 'x') + "\r\n");
    }
}

TEST(Chunk, OfNothingIsNone) {
    std::string out = "before";
    http::open_chunk(out);
    EXPECT_EQ(http::close_chunk(out), 0U);
    EXPECT_EQ(out, "") << "a chunk of size 0 would end the body";
}

TEST(Streaming, SendsEachPieceWhenItIsSaid) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    EXPECT_EQ(r.head.status, 200);
    EXPECT_EQ(r.head.field("transfer-encoding"), "chunked");
    EXPECT_EQ(r.head.field("content-length"), "");
    EXPECT_TRUE(r.head.closes());
    EXPECT_TRUE(s.running.reaches("tongban_http_streams", "listener", 1));
    s.feed->say("one\n");
    EXPECT_EQ(client->chunk(), "one\n");
    s.feed->say("two\n");
    EXPECT_EQ(client->chunk(), "two\n");
    s.feed->say("three\n");
    s.feed->end();
    EXPECT_EQ(client->chunk(), "three\n");
    EXPECT_EQ(client->chunk(), "") << "the last chunk";
    EXPECT_TRUE(client->at_end());
    EXPECT_TRUE(s.ends("ended"));
    EXPECT_EQ(s.running.value("tongban_http_streams", "listener"), 0);
}

TEST(Streaming, AsksForNothingWhileNobodySaysAnything) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    s.feed->say("x");
    EXPECT_EQ(client->chunk(), "x");
    const int asked = s.feed->asked();
    // A second request on another connection is answered meanwhile.
    EXPECT_EQ(s.running.connect()->ask(post("/v1/messages", "a")).status, 202);
    EXPECT_LE(s.feed->asked(), asked + 1);
}

TEST(Streaming, ShowsThatItLives) {
    streaming_server s({}, 20ms);
    const auto client = s.running.connect();
    reader r(*client);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(client->chunk(), "beat\n");
    }
}

TEST(Streaming, EndsWithTheConnectionForHttp10) {
    streaming_server s;
    const auto client = s.running.connect();
    client->send("GET /v1/stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const answer head = client->read();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("transfer-encoding"), "");
    EXPECT_TRUE(head.closes());
    s.feed->say("plain\n");
    s.feed->end();
    EXPECT_EQ(client->rest(), "plain\n");
}

TEST(Streaming, IsFollowedByTheNextRequestWhenItsLengthIsKnown) {
    streaming_server s;
    s.feed->announce(6);
    s.feed->say("one\n");
    s.feed->say("2\n");
    s.feed->end();
    const auto client = s.running.connect();
    const answer whole = client->ask(get("/v1/stream"));
    EXPECT_EQ(whole.field("content-length"), "6");
    EXPECT_EQ(whole.body, "one\n2\n");
    EXPECT_FALSE(whole.closes());
    EXPECT_EQ(client->ask(post("/v1/messages", "on the same connection")).status, 202);
    EXPECT_TRUE(s.ends("ended"));
}

TEST(Streaming, EndsTheConnectionWhenLessIsSaidThanWasAnnounced) {
    streaming_server s;
    s.feed->announce(6);
    s.feed->say("one\n");
    s.feed->end();
    const auto client = s.running.connect();
    client->send(get("/v1/stream"));
    EXPECT_TRUE(client->rest().ends_with("\r\n\r\none\n"));
}

TEST(Streaming, IsTheLastAnswerToWhoHasSentTheNextRequestAlready) {
    streaming_server s;
    s.feed->announce(2);
    s.feed->say("a\n");
    s.feed->end();
    const auto client = s.running.connect();
    client->send(get("/v1/stream") + post("/v1/messages", "asked too early"));
    const answer whole = client->read();
    EXPECT_EQ(whole.body, "a\n");
    EXPECT_TRUE(whole.closes());
    EXPECT_TRUE(client->at_end());
}

TEST(Streaming, IsOnlyDescribedToHead) {
    streaming_server s;
    const auto client = s.running.connect();
    client->send("HEAD /v1/stream HTTP/1.1\r\nHost: gateway\r\n\r\n");
    const answer head = client->read(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.field("transfer-encoding"), "chunked");
    EXPECT_TRUE(eventually([&] { return s.feed->open() == 0; }));
    EXPECT_EQ(client->ask(post("/v1/messages", "the connection is kept")).status, 202);
    EXPECT_EQ(s.feed->asked(), 0);
}

TEST(Streaming, NoticesAClientThatWentAway) {
    streaming_server s;
    {
        const auto client = s.running.connect();
        reader r(*client);
        ASSERT_EQ(s.feed->open(), 1);
    }
    EXPECT_TRUE(s.ends("client_gone")) << "without a piece that could not be written";
    EXPECT_TRUE(eventually([&] { return s.running.open_connections() == 0; }));
}

TEST(Streaming, WaitsForAReaderAndThenEndsOneThatNeverReads) {
    http::listener_settings settings;
    settings.write_timeout = 300ms;
    streaming_server s(settings);
    auto options = s.running.as(s.running.client());
    options.receive_buffer = 4096;
    raw_client client(s.running.port(), options);
    reader r(client);
    s.feed->flood(std::string(10'000, 'x'));
    ASSERT_TRUE(s.ends("write_timeout"));
    EXPECT_LT(s.feed->said_bytes(), 1'000'000U) << "what is not read is not asked for";
    EXPECT_EQ(s.running.value("tongban_http_limit_total", "limit=\"write_timeout\""), 1);
}

TEST(Streaming, LetsOthersHaveTheirTurn) {
    http::listener_settings settings;
    settings.threads = 1;
    streaming_server s(settings);
    const auto client = s.running.connect();
    reader r(*client);
    s.feed->flood("x");
    const auto other = s.running.connect();
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(other->ask(post("/v1/messages", "a")).status, 202);
    }
}

TEST(Streaming, EndsInGoodOrderWhenTheServerStops) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    s.feed->say("one\n");
    EXPECT_EQ(client->chunk(), "one\n");
    const auto begun = std::chrono::steady_clock::now();
    s.running.server().drain(10s);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    EXPECT_EQ(client->chunk(), "goodbye\n");
    EXPECT_EQ(client->chunk(), "");
    EXPECT_TRUE(client->at_end());
    EXPECT_EQ(s.ended("drained"), 1);
}

TEST(Streaming, DoesNotHoldUpAStopWhenNobodyReads) {
    http::listener_settings settings;
    settings.linger_timeout = 200ms;
    streaming_server s(settings);
    auto options = s.running.as(s.running.client());
    options.receive_buffer = 4096;
    raw_client client(s.running.port(), options);
    reader r(client);
    s.feed->flood(std::string(10'000, 'x'));
    ASSERT_TRUE(eventually([&] { return s.feed->said_bytes() > 50'000; }));
    const auto begun = std::chrono::steady_clock::now();
    s.running.server().drain(20s);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "write_timeout is 30 s";
}

TEST(Streaming, EndsWhenTheConfigurationIsReadAnew) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    s.running.server().reload_tls(s.running.context(std::nullopt));
    EXPECT_EQ(client->chunk(), "goodbye\n");
    EXPECT_EQ(client->chunk(), "");
    EXPECT_TRUE(s.ends("reconfigured"));
    const auto again = s.running.connect();
    reader next(*again);
    s.feed->say("a new one stays\n");
    EXPECT_EQ(again->chunk(), "a new one stays\n");
}

TEST(Streaming, EndsWhenTheCertificateDoes) {
    streaming_server s({}, 50ms);
    raw_client client(s.running.port(), s.running.as(s.running.ca().issue({.valid_to_s = 3})));
    reader r(client);
    ASSERT_EQ(r.head.status, 200);
    std::string last;
    for (std::string piece = client.chunk(); !piece.empty(); piece = client.chunk()) {
        last = piece;
    }
    EXPECT_EQ(last, "goodbye\n");
    EXPECT_TRUE(s.ends("certificate_expired"));
}

TEST(Streaming, EndsAClientThatKeepsTalking) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    client->send(std::string(1000, 'a'));
    s.feed->say("a little is passed over\n");
    EXPECT_EQ(client->chunk(), "a little is passed over\n");
    for (int i = 0; i < 100 && client->send(std::string(16 * 1024, 'a')); ++i) {
    }
    EXPECT_TRUE(s.ends("client_talked"));
    EXPECT_EQ(s.running.value("tongban_http_limit_total", "limit=\"stream_input\""), 1);
}

TEST(Streaming, SurvivesASourceThatIsWokenFromManyThreads) {
    streaming_server s;
    const auto client = s.running.connect();
    reader r(*client);
    constexpr int threads = 4;
    constexpr int pieces = 500;
    std::vector<std::thread> sayers;
    for (int i = 0; i < threads; ++i) {
        sayers.emplace_back([&] {
            for (int n = 0; n < pieces; ++n) {
                s.feed->say("x");
            }
        });
    }
    std::size_t received = 0;
    while (received < std::size_t{threads} * pieces) {
        const std::string piece = client->chunk();
        ASSERT_NE(piece, "");
        received += piece.size();
    }
    for (auto& each : sayers) {
        each.join();
    }
    EXPECT_EQ(received, std::size_t{threads} * pieces);
}

TEST(Streaming, HandsTheLastEventIdToTheHandler) {
    std::string seen;
    const auto look = [&seen](http::request& req) -> boost::asio::awaitable<http::response> {
        seen = req.last_event_id;
        return [](bool) -> boost::asio::awaitable<http::response> { co_return http::response{}; }(true);
    };
    running_server running({.more = {{http::method::get, "/v1/look", look}}});
    const auto client = running.connect();
    EXPECT_EQ(client->ask(get("/v1/look", "Last-Event-ID: abc-1\r\n")).status, 200);
    EXPECT_EQ(seen, "abc-1");
    EXPECT_EQ(client->ask(get("/v1/look")).status, 200);
    EXPECT_EQ(seen, "") << "nothing is left of the request before";
    EXPECT_EQ(client->ask(get("/v1/look", "Last-Event-ID: a\r\nLast-Event-ID: b\r\n")).status, 400);
}

} // namespace
} // namespace tongban::testing
