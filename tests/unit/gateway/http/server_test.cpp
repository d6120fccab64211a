// The ordinary way through the server, over real mutual TLS on loopback.
#include "running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/ssl.h>

namespace tongban::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Server, AnswersAPostWithItsBody) {
    running_server s;
    const auto client = s.connect();
    ASSERT_TRUE(client->connected()) << client->error();
    const answer a = client->ask(post("/v1/messages", "你好"));
    EXPECT_EQ(a.status, 202);
    EXPECT_EQ(a.body, "你好");
    EXPECT_EQ(a.field("content-type"), "text/plain");
    EXPECT_EQ(a.field("cache-control"), "no-store");
    EXPECT_FALSE(a.closes());
    EXPECT_TRUE(s.reaches("tongban_http_requests_total",
                          "method=\"POST\",route=\"/v1/messages\",status=\"2xx\"", 1));
    EXPECT_TRUE(s.reaches("tongban_tls_handshakes_total", "result=\"full\"", 1));
}

TEST(Server, KeepsTheConnectionForManyRequests) {
    running_server s;
    const auto client = s.connect();
    for (int i = 0; i < 200; ++i) {
        const std::string body(static_cast<std::size_t>(i) * 37, 'a');
        const answer a = client->ask(post("/v1/messages", body));
        ASSERT_EQ(a.status, 202);
        ASSERT_EQ(a.body, body);
    }
    EXPECT_EQ(s.value("tongban_http_connections_total", "listener"), 1);
}

TEST(Server, ShowsHandlersWhatWasSent) {
    running_server s;
    const auto client = s.connect();
    const answer a = client->ask(post("/v1/cases/a%2Fb%E5%8D%97/claim?x=1&y=%E4%BA%AC+2&x=3", "",
                                      "Content-Type: application/json\r\nAccept: text/xml\r\nIdempotency-Key: k-1\r\n"
                                      "X-Tongban-Dialect: d1\r\n"));
    EXPECT_THAT(a.body, HasSubstr("path=/v1/cases/a/b南/claim\nparameter=a/b南\n"));
    EXPECT_THAT(a.body, HasSubstr("query=x=1\nquery=y=京 2\nquery=x=3\n"));
    EXPECT_THAT(a.body, HasSubstr("content_type=application/json\naccept=text/xml\nidempotency_key=k-1\ndialect=d1\n"));
    EXPECT_THAT(a.body, HasSubstr("serial=" + s.client().serial + "\nuri=tongban://370800/platform\n"
                                  "subject=CN=platform,O=Tongban Test\n"));
}

TEST(Server, PrefersALiteralSegmentToAParameter) {
    running_server s;
    const auto client = s.connect();
    EXPECT_EQ(client->ask(get("/v1/cases/mine?bytes=3")).body, "xxx");
    EXPECT_THAT(client->ask(get("/v1/cases/other")).body, HasSubstr("parameter=other"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    running_server s;
    const auto client = s.connect();
    std::string all;
    for (int i = 0; i < 100; ++i) {
        all += post("/v1/messages", "number " + std::to_string(i));
    }
    ASSERT_TRUE(client->send(all));
    for (int i = 0; i < 100; ++i) {
        const answer a = client->read();
        ASSERT_EQ(a.status, 202) << i;
        ASSERT_EQ(a.body, "number " + std::to_string(i));
    }
}

TEST(Server, TakesARequestByteByByte) {
    running_server s;
    const auto client = s.connect();
    for (const char c : post("/v1/messages", "slow but whole")) {
        ASSERT_TRUE(client->send({&c, 1}));
    }
    EXPECT_EQ(client->read().body, "slow but whole");
}

TEST(Server, TakesChunkedBodiesAndIgnoresTrailers) {
    running_server s;
    const auto client = s.connect();
    const answer a = client->ask("POST /v1/messages HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "5;ext=\"v\"\r\nhello\r\n7\r\n, world\r\n0\r\nX-Request-Id: trailer-value\r\n\r\n");
    EXPECT_EQ(a.status, 202);
    EXPECT_EQ(a.body, "hello, world");
    EXPECT_NE(a.field("x-request-id"), "trailer-value");
    EXPECT_EQ(client->ask(post("/v1/messages", "next")).body, "next");
}

TEST(Server, AsksToContinueBeforeTheBody) {
    running_server s;
    const auto client = s.connect();
    ASSERT_TRUE(client->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\n"
                             "Content-Length: 5\r\n\r\n"));
    EXPECT_EQ(client->read().status, 100);
    EXPECT_EQ(client->ask("hello").body, "hello");
    // Not for a body that is there already.
    EXPECT_EQ(client->ask(post("/v1/messages", "x", "Expect: 100-continue\r\n")).status, 202);
}

TEST(Server, RefusesBeforeTheBodyWhenAskedFirst) {
    running_server s;
    const auto client = s.connect();
    const answer a = client->ask("POST /v1/small HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\n"
                                 "Content-Length: 101\r\n\r\n");
    EXPECT_EQ(a.status, 413);
    EXPECT_TRUE(a.closes());
}

TEST(Server, AnswersHeadWithoutBody) {
    running_server s;
    const auto client = s.connect();
    ASSERT_TRUE(client->send("HEAD /v1/big?bytes=1000 HTTP/1.1\r\nHost: g\r\n\r\n"));
    const answer a = client->read(true);
    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(a.field("content-length"), "1000");
    EXPECT_EQ(client->ask(post("/v1/messages", "after")).body, "after");
}

TEST(Server, NamesTheMethodsOfAPath) {
    running_server s;
    const auto client = s.connect();
    answer a = client->ask("OPTIONS /v1/cases/1 HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_EQ(a.status, 204);
    EXPECT_EQ(a.field("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(a.field("content-length"), "");
    a = client->ask("OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_EQ(a.status, 204);
    a = client->ask("DELETE /v1/messages HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_EQ(a.status, 405);
    EXPECT_EQ(a.field("allow"), "POST, OPTIONS");
    EXPECT_THAT(a.body, HasSubstr("\"title_zh\":\"此接口不支持该方法\""));
    a = client->ask("PATCH /v1/messages HTTP/1.1\r\nHost: g\r\n\r\n");
    EXPECT_EQ(a.status, 405);
    a = client->ask(get("/v1/nowhere"));
    EXPECT_EQ(a.status, 404);
    EXPECT_EQ(a.field("content-type"), "application/problem+json");
    EXPECT_FALSE(a.closes());
}

TEST(Server, TakesTheAbsoluteFormAndHttp10) {
    running_server s;
    EXPECT_THAT(s.connect()->ask("GET https://gateway/v1/cases/7?x=y HTTP/1.1\r\nHost: g\r\n\r\n").body,
                HasSubstr("path=/v1/cases/7\nparameter=7\nquery=x=y\n"));
    EXPECT_TRUE(s.connect()->ask("GET /v1/cases/7 HTTP/1.0\r\n\r\n").closes());
    const answer kept = s.connect()->ask("GET /v1/cases/7 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.field("connection"), "keep-alive");
}

TEST(Server, ClosesWhenTheClientSaysSo) {
    running_server s;
    const auto client = s.connect();
    const answer a = client->ask(post("/v1/messages", "last", "Connection: close\r\n"));
    EXPECT_EQ(a.body, "last");
    EXPECT_TRUE(a.closes());
    EXPECT_TRUE(client->at_end());
}

TEST(Server, KeepsWellFormedIdsAndMakesOthers) {
    running_server s;
    const auto client = s.connect();
    answer a = client->ask(get("/v1/cases/1", "X-Request-Id: order-2026.11_22\r\n"
                                             "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"));
    EXPECT_EQ(a.field("x-request-id"), "order-2026.11_22");
    EXPECT_THAT(a.field("traceparent"), ::testing::MatchesRegex("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01"));
    EXPECT_THAT(a.body, HasSubstr("request_id=order-2026.11_22\ntrace_id=0af7651916cd43dd8448eb211c80319c\n"));
    for (const char* bad : {"short", "370802199001011234", "has space in it", "<script>alert(1)</script>"}) {
        a = client->ask(get("/v1/cases/1", "X-Request-Id: " + std::string(bad) + "\r\ntraceparent: 00-zz-1-01\r\n"));
        EXPECT_THAT(a.field("x-request-id"), ::testing::MatchesRegex("[0-9a-f]{32}")) << bad;
        EXPECT_THAT(a.field("traceparent"), ::testing::MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    }
}

TEST(Server, AnswersAnExceptionWith500AndCountsIt) {
    running_server s;
    const auto client = s.connect();
    const answer a = client->ask(get("/v1/boom"));
    EXPECT_EQ(a.status, 500);
    EXPECT_THAT(a.body, Not(HasSubstr("secret")));
    EXPECT_EQ(s.value("tongban_http_handler_exceptions_total", "listener"), 1);
    EXPECT_EQ(client->ask(post("/v1/messages", "still here")).body, "still here");
}

TEST(Server, DropsAFieldThatWouldSplitTheResponse) {
    running_server s;
    const answer a = s.connect()->ask(get("/v1/inject"));
    EXPECT_EQ(a.field("x-good"), "yes");
    EXPECT_EQ(a.field("set-cookie"), "");
    EXPECT_EQ(a.field("x-bad"), "");
}

TEST(Server, SendsLargeAnswersWhole) {
    running_server s;
    const auto client = s.connect();
    for (const std::size_t size : {0U, 16000U, 65536U, 65537U, 3000000U}) {
        const answer a = client->ask(get("/v1/big?bytes=" + std::to_string(size)));
        ASSERT_EQ(a.status, 200);
        ASSERT_EQ(a.body.size(), size);
    }
}

TEST(Server, SpeaksPlainHttpToOperators) {
    running_server::setup setup;
    setup.settings.mutual_tls = false;
    setup.settings.name = "operations";
    running_server s(setup);
    raw_client client(s.port(), {});
    EXPECT_EQ(client.ask(post("/v1/messages", "plain")).body, "plain");
    EXPECT_THAT(client.ask(get("/v1/cases/1")).body, HasSubstr("serial=none"));
    EXPECT_EQ(s.value("tongban_http_connections", "listener=\"operations\""), 1);
}

TEST(Server, RefusesAPortThatAnotherListensOn) {
    running_server first;
    monitoring::registry metrics;
    http::listener_settings settings;
    settings.mutual_tls = false;
    settings.port = first.port();
    EXPECT_THROW(http::server(settings, nullptr, {}, metrics), std::runtime_error);
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    running_server s;
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(s.connect());
    }
    for (const auto& client : clients) {
        EXPECT_EQ(client->ask(post("/v1/messages", "x")).status, 202);
    }
    EXPECT_EQ(s.open_connections(), 40U);
    clients.clear();
    EXPECT_TRUE(eventually([&] { return s.open_connections() == 0; }));
}

} // namespace
} // namespace tongban::testing
