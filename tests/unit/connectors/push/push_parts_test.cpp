// The parts without sockets: settings, dates, the parser whatever way its bytes are cut, names of failures.
#include "connectors/push/answer_parser.hpp"
#include "connectors/push/push_failure.hpp"
#include "connectors/push/push_target.hpp"
#include "connectors/push/retry_after.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tongban::push {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

push_target good() {
    push_target t;
    t.url = "https://platform.example.cn:8443/a/b?c=d";
    t.pins = {{security::identity_rule::san_dns, "platform.example.cn"}};
    return t;
}

std::vector<std::string> mistakes_of(const push_target& target) {
    const auto checked = check(target);
    return checked ? std::vector<std::string>() : checked.error();
}

TEST(PushTarget, IsTakenApart) {
    struct row {
        const char* url;
        const char* path;
        const char* host;
        int port;
        const char* host_field;
        const char* target;
    };
    for (const row& r : {row{"https://a.cn", "", "a.cn", 443, "a.cn", "/"},
                         row{"https://a.cn/", "", "a.cn", 443, "a.cn", "/"},
                         row{"HTTPS://a.cn:443/x", "", "a.cn", 443, "a.cn", "/x"},
                         row{"https://a.cn:8443?q=1", "", "a.cn", 8443, "a.cn:8443", "/?q=1"},
                         row{"https://a.cn/x?y", "/other?z=1", "a.cn", 443, "a.cn", "/other?z=1"},
                         row{"https://10.0.0.1:1/x", "", "10.0.0.1", 1, "10.0.0.1:1", "/x"},
                         row{"https://[::1]:9/x", "", "::1", 9, "[::1]:9", "/x"}}) {
        push_target t = good();
        t.url = r.url;
        t.path = r.path;
        const auto checked = check(t);
        ASSERT_TRUE(checked) << r.url << ": " << checked.error().front();
        EXPECT_EQ(checked->host, r.host);
        EXPECT_EQ(checked->port, r.port);
        EXPECT_EQ(checked->host_field, r.host_field);
        EXPECT_EQ(checked->path, r.target);
        EXPECT_EQ(checked->expected->server_name, r.host);
        EXPECT_EQ(checked->fixed_head,
                  std::string("POST ") + r.target + " HTTP/1.1\r\nHost: " + r.host_field + "\r\n");
    }
}

TEST(PushTarget, WrongUrlsAreRefusedWithAReason) {
    struct row {
        const char* url;
        const char* why;
    };
    for (const row& r : {row{"http://a.cn/", "never sent in the clear"}, row{"ftp://a.cn/", "https"},
                         row{"", "no URL"}, row{"https://", "no host"}, row{"https://u:p@a.cn/", "user name"},
                         row{"https://a.cn/#f", "fragment"}, row{"https://a.cn:99999/", "port"},
                         row{"https://a.cn:0/", "port"}, row{"https://a.cn/ x", "no URL"},
                         row{"https://a.cn/\r\nX: y", "no URL"}, row{"https://a%0d%0ab.cn/", "no host"},
                         row{"https:///x", "no host"}, row{"/x", "no URL"}}) {
        push_target t = good();
        t.url = r.url;
        EXPECT_THAT(mistakes_of(t), ::testing::Contains(HasSubstr(r.why))) << r.url;
    }
}

TEST(PushTarget, EveryMistakeIsNamedAtOnce) {
    push_target t = good();
    t.path = "no-slash";
    t.server_name = "a b";
    t.pins = {{security::identity_rule::fingerprint, "ab"},
              {security::identity_rule::san_uri, "tongban://3708*"}};
    t.connect_deadline = 0ms;
    t.tls_deadline = 0ms;
    t.read_deadline = -1ms;
    t.total_deadline = 2h;
    t.idle_max = -1ms;
    t.connections_max = 0;
    t.answer_bytes_max = 0;
    t.headers = {{"Host", "x"}, {"content-length", "1"}, {"X", "a\r\nb"}, {"", "x"}, {"X-Good", "件"}};
    EXPECT_THAT(mistakes_of(t),
                ElementsAre(HasSubstr("path:"), HasSubstr("connect_deadline:"), HasSubstr("tls_deadline:"),
                            HasSubstr("read_deadline:"), HasSubstr("total_deadline:"), HasSubstr("idle_max:"),
                            HasSubstr("connections_max:"), HasSubstr("answer_bytes_max:"),
                            HasSubstr("server_name:"), HasSubstr("pins[0]:"), HasSubstr("pins[1]:"),
                            HasSubstr("'Host' is written by"), HasSubstr("'content-length' is written by"),
                            HasSubstr("'X' has a value"), HasSubstr("'' is no name")));
}

TEST(PushTarget, WithoutAPinNobodyIsTrusted) {
    push_target t = good();
    t.pins.clear();
    EXPECT_THAT(mistakes_of(t), ElementsAre(HasSubstr("pins: at least one")));
    EXPECT_FALSE(security::fits({}, {}));
}

TEST(PushTarget, PinsAreJudgedLikeThePartnersRules) {
    using security::identity_rule;
    const auto wrong = [](identity_rule kind, const char* value) {
        security::certificate_pin pin{kind, value};
        return !security::normalise(pin).empty();
    };
    EXPECT_TRUE(wrong(identity_rule::san_uri, "tongban:370800"));
    EXPECT_TRUE(wrong(identity_rule::san_uri, "tongban://*"));
    EXPECT_TRUE(wrong(identity_rule::san_uri, "tongban://370800/a*"));
    EXPECT_TRUE(wrong(identity_rule::san_uri, "tongban://370800/*/x"));
    EXPECT_FALSE(wrong(identity_rule::san_uri, "tongban://370800/*"));
    EXPECT_TRUE(wrong(identity_rule::san_dns, "*.example.cn"));
    EXPECT_FALSE(wrong(identity_rule::san_dns, "A.example.cn"));
    EXPECT_TRUE(wrong(identity_rule::subject, "platform"));
    EXPECT_TRUE(wrong(identity_rule::subject, "CN=*"));
    EXPECT_TRUE(wrong(identity_rule::subject, ""));
    EXPECT_TRUE(wrong(identity_rule::fingerprint, "zz"));
}

TEST(RetryAfter, ReadsTheThreeFormsOfADate) {
    const std::chrono::sys_seconds when = std::chrono::sys_days(1994y / 11 / 6) + 8h + 49min + 37s;
    EXPECT_EQ(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), when);
    EXPECT_EQ(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), when);
    EXPECT_EQ(http_date("Sun Nov  6 08:49:37 1994"), when);
    EXPECT_EQ(http_date("Sat, 29 Feb 2020 23:59:60 GMT"), std::chrono::sys_days(2020y / 3 / 1) + 0s);
    for (const char* wrong :
         {"", "Sun", ",", "Sun, 06 Nov 1994", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CST",
          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nuv 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun Nov 06 08:49:37 19944", "Sun, 00 Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(http_date(wrong), std::nullopt) << wrong;
    }
}

TEST(RetryAfter, IsCountedFromTheTargetsOwnClock) {
    const std::chrono::sys_seconds now = std::chrono::sys_days(2026y / 11 / 22) + 0s;
    EXPECT_EQ(retry_after("", "", now), std::nullopt);
    EXPECT_EQ(retry_after("0", "", now), 0s);
    EXPECT_EQ(retry_after("17", "", now), 17s);
    EXPECT_EQ(retry_after("-1", "", now), std::nullopt);
    EXPECT_EQ(retry_after("1.5", "", now), std::nullopt);
    EXPECT_EQ(retry_after("99999999999999999999999", "", now), std::chrono::days(366));
    EXPECT_EQ(retry_after("Sun, 22 Nov 2026 00:01:00 GMT", "", now), 60s);
    EXPECT_EQ(retry_after("Sun, 22 Nov 2026 00:01:00 GMT", "Sun, 22 Nov 2026 00:00:50 GMT", now), 10s);
    EXPECT_EQ(retry_after("Sun, 22 Nov 2026 00:01:00 GMT", "nonsense", now), 60s);
    EXPECT_EQ(retry_after("Sat, 21 Nov 2026 00:01:00 GMT", "", now), 0s) << "what is over needs no wait";
    EXPECT_EQ(retry_after("Sun, 22 Nov 2099 00:01:00 GMT", "", now), std::chrono::days(366));
}

TEST(AnswerParser, MeansTheSameHoweverItIsCut) {
    const std::string bytes =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Type: a/b\r\nRetry-After: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;e=f\r\ndefg\r\n0\r\nT: u\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        answer_parser parser(100);
        auto state = answer_parser::state::more;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            ASSERT_EQ(state, answer_parser::state::more) << piece;
            state = parser.feed(std::string_view(bytes).substr(at, piece));
        }
        ASSERT_EQ(state, answer_parser::state::complete) << piece << ' ' << parser.reason();
        EXPECT_TRUE(parser.may_keep_alive());
        const auto answer = parser.take({});
        EXPECT_EQ(answer.status, 503);
        EXPECT_EQ(answer.body, "abcdefg");
        EXPECT_EQ(answer.content_type, "a/b");
        EXPECT_EQ(answer.retry_after, 5s);
    }
}

TEST(AnswerParser, AnEmptyChunkedBodyInPiecesOfEverySize) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        answer_parser parser(100);
        auto state = answer_parser::state::more;
        for (std::size_t at = 0; at < bytes.size(); at += piece) {
            ASSERT_EQ(state, answer_parser::state::more) << piece;
            state = parser.feed(std::string_view(bytes).substr(at, piece));
        }
        EXPECT_EQ(state, answer_parser::state::complete) << piece;
        EXPECT_TRUE(parser.may_keep_alive()) << piece;
    }
}

TEST(AnswerParser, BytesBehindTheAnswerEndTheConnection) {
    answer_parser parser(100);
    EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n"),
              answer_parser::state::complete);
    EXPECT_FALSE(parser.may_keep_alive());
}

TEST(AnswerParser, CutsAtTheBoundHoweverTheBytesCome) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcdefghijkl";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        answer_parser parser(10);
        auto state = answer_parser::state::more;
        for (std::size_t at = 0; at < bytes.size() && state == answer_parser::state::more; at += piece) {
            state = parser.feed(std::string_view(bytes).substr(at, piece));
        }
        ASSERT_EQ(state, answer_parser::state::truncated) << piece;
        EXPECT_FALSE(parser.may_keep_alive());
        const auto answer = parser.take({});
        EXPECT_TRUE(answer.truncated);
        EXPECT_EQ(answer.body, "abcdefghij");
    }
}

TEST(PushFailure, EveryCodeHasItsOwnWords) {
    std::set<std::string> names;
    for (int code = 1; code <= errc_count; ++code) {
        names.emplace(name_of(static_cast<errc>(code)));
        EXPECT_FALSE(make_error_code(static_cast<errc>(code)).message().empty());
        EXPECT_FALSE(text_zh(static_cast<errc>(code)).empty());
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(errc_count));
    EXPECT_EQ(name_of(errc::certificate_not_pinned), "certificate_not_pinned");
    EXPECT_EQ(name_of(errc::closed), "closed");
    EXPECT_EQ(name_of(static_cast<errc>(99)), "unknown");
    EXPECT_EQ(make_error_code(errc::pool_busy).message(),
              "as many requests as allowed are under way to the target");
}

} // namespace
} // namespace tongban::push
