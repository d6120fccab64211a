// What a well-behaved target gets and what its answers become.
#include "push_fixture.hpp"

namespace tongban::testing {
namespace {

TEST_F(Push, SendsTheMessageAndReturnsTheAnswer) {
    peer::request seen;
    const auto server = serve([&](peer& p) {
        seen = *p.read();
        p.send("HTTP/1.1 201 Created\r\nContent-Type: text/xml; charset=GB18030\r\nContent-Length: "
               "5\r\n\r\n<ok/>");
    });
    auto settings = target(server->port());
    settings.headers = {{"X-System", "tongban"}};
    open(settings);
    const auto answer = post({"application/xml", "<a>件</a>", {{"Idempotency-Key", "d-1"}}, true});
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->content_type, "text/xml; charset=GB18030");
    EXPECT_EQ(answer->body, "<ok/>");
    EXPECT_FALSE(answer->truncated);
    EXPECT_FALSE(answer->retry_after);
    server->wait_ended(1);
    EXPECT_EQ(seen.head,
              "POST /receive?v=2 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server->port()) +
                  "\r\nX-System: tongban\r\nIdempotency-Key: d-1\r\nContent-Type: application/xml\r\n"
                  "Content-Length: 10\r\n");
    EXPECT_EQ(seen.body, "<a>件</a>");
    const auto counts = client->statistics();
    EXPECT_EQ(counts.requests, 1U);
    EXPECT_EQ(counts.answers, 1U);
    EXPECT_EQ(counts.connections_opened, 1U);
    EXPECT_EQ(counts.bytes_sent, seen.head.size() + 2 + seen.body.size());
    EXPECT_EQ(counts.connections_busy, 0U);
}

TEST_F(Push, KeepsTheConnectionForTheNextRequest) {
    const auto server = serve([](peer& p) {
        while (p.read()) {
            p.answer("n" + std::to_string(p.number()));
        }
    });
    open(target(server->port()));
    for (int i = 0; i < 20; ++i) {
        const auto answer = post();
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->body, "n0");
    }
    EXPECT_EQ(server->accepted(), 1);
    EXPECT_EQ(client->statistics().connections_opened, 1U);
    EXPECT_EQ(client->statistics().connections_reused, 19U);
    EXPECT_EQ(client->statistics().connections_idle, 1U);
}

TEST_F(Push, ALargeMessageArrivesWhole) {
    std::string got;
    const auto server = serve([&](peer& p) {
        got = p.read()->body;
        p.answer("{}");
    });
    open(target(server->port()));
    std::string body(3'000'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 4099) {
        body[i] = static_cast<char>('a' + i % 26);
    }
    ASSERT_TRUE(post(body));
    server->wait_ended(1);
    EXPECT_EQ(got, body);
}

TEST_F(Push, WorksWithTls12AndByHostName) {
    tls_server server({made.platform.certificate, made.platform.key, {}, true, "1.2"}, [](peer& p) {
        while (p.read()) {
            p.answer("old");
        }
    });
    auto settings = target(server.port());
    settings.url = "https://localhost:" + std::to_string(server.port());
    settings.path = "/other";
    open(settings);
    const auto answer = post();
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->body, "old");
    EXPECT_TRUE(post());
    EXPECT_EQ(server.accepted(), 1);
}

struct answer_row {
    const char* name;
    std::string bytes;
    int status;
    std::string body;
    bool kept;
};

class PushAnswers : public Push, public ::testing::WithParamInterface<answer_row> {};

TEST_P(PushAnswers, AreRead) {
    const auto server = serve([](peer& p) {
        while (p.read()) {
            p.send(GetParam().bytes);
            if (!GetParam().kept) {
                p.close();
            }
        }
    });
    open(target(server->port()));
    for (int i = 0; i < 2; ++i) {
        const auto answer = post();
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->status, GetParam().status);
        EXPECT_EQ(answer->body, GetParam().body);
    }
    EXPECT_EQ(server->accepted(), GetParam().kept ? 1 : 2);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, PushAnswers,
    ::testing::Values(
        answer_row{"NoContent", "HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
        answer_row{"Chunked",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n3;x=y\r\n "
                   "1}\r\n0\r\nT: v\r\n\r\n",
                   200, "{\"a\": 1}", true},
        answer_row{"UntilTheEnd", "HTTP/1.1 200 OK\r\n\r\nto the end", 200, "to the end", false},
        answer_row{"Http10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
        answer_row{"SaysClose", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200,
                   "ok", false},
        answer_row{"InterimFirst",
                   "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                   "HTTP/1.1 500 Oops\r\nContent-Length: 1\r\n\r\ne",
                   500, "e", true},
        answer_row{"NoReasonPhrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, "", true}),
    [](const auto& row) { return row.param.name; });

TEST_F(Push, ARedirectIsAnAnswer) {
    std::atomic<int> elsewhere{0};
    const auto other = serve([&](peer&) { ++elsewhere; });
    const auto server = serve([&](peer& p) {
        while (p.read()) {
            p.send("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:" + std::to_string(other->port()) +
                   "/\r\nContent-Length: 0\r\n\r\n");
        }
    });
    open(target(server->port()));
    for (int i = 0; i < 2; ++i) {
        const auto answer = post();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 302);
    }
    EXPECT_EQ(other->accepted(), 0);
    EXPECT_EQ(elsewhere, 0);
}

TEST_F(Push, ProxiesOfTheEnvironmentAreNotUsed) {
    const auto proxy = serve([](peer&) {});
    const std::string url = "http://127.0.0.1:" + std::to_string(proxy->port());
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
        ::setenv(name, url.c_str(), 1);
    }
    const auto server = serve([](peer& p) {
        p.read();
        p.answer("direct");
    });
    open(target(server->port()));
    const auto answer = post();
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
        ::unsetenv(name);
    }
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "direct");
    EXPECT_EQ(proxy->accepted(), 0);
}

TEST_F(Push, RetryAfterIsReadInBothForms) {
    const auto server = serve([](peer& p) {
        const std::string rest = "\r\nContent-Length: 0\r\n\r\n";
        p.read();
        p.send("HTTP/1.1 503 Busy\r\nRetry-After: 120" + rest);
        p.read();
        // The target's clock is years behind: what counts is the difference.
        p.send(
            "HTTP/1.1 429 Slow Down\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 "
            "08:50:07 GMT" +
            rest);
        p.read();
        p.send("HTTP/1.1 503 Busy\r\nRetry-After: soon" + rest);
        p.wait_until_closed();
    });
    open(target(server->port()));
    EXPECT_EQ(post()->retry_after, std::chrono::seconds(120));
    EXPECT_EQ(post()->retry_after, std::chrono::seconds(30));
    EXPECT_EQ(post()->retry_after, std::nullopt);
}

TEST_F(Push, AHeaderThatWouldBreakTheRequestIsRefused) {
    const auto server = serve([](peer& p) { p.wait_until_closed(); });
    open(target(server->port()));
    EXPECT_TRUE(
        failed_with(post({"a/b", "", {{"X", "1\r\nEvil: 2"}}, false}), push::errc::request_refused, false));
    EXPECT_TRUE(
        failed_with(post({"a/b", "", {{"Host", "evil"}}, false}), push::errc::request_refused, false));
    EXPECT_TRUE(failed_with(post({"a/b", "", {{"X Y", "1"}}, false}), push::errc::request_refused, false));
    EXPECT_TRUE(failed_with(post({"a/b\n", "", {}, false}), push::errc::request_refused, false));
    EXPECT_EQ(server->accepted(), 0);
}

} // namespace
} // namespace tongban::testing
