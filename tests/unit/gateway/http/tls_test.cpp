// Who may connect, with what, and what the refused ones leave behind: an alert for them, a reason and a serial for us.
#include "running_server.hpp"

#include "monitoring/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <atomic>

namespace tongban::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const std::string handshakes = "tongban_tls_handshakes_total";

// In TLS 1.3 the client is done before the server looked at its certificate: the refusal comes with the first read.
void expect_refused(running_server& s, const std::optional<identity>& who, const std::string& reason) {
    raw_client client(s.port(), s.as(who));
    client.send(post("/v1/messages", "x"));
    EXPECT_EQ(client.read().status, 0);
    EXPECT_THAT(client.error(), HasSubstr("alert"));
    EXPECT_TRUE(s.reaches(handshakes, "result=\"" + reason + "\"", 1));
    EXPECT_EQ(s.connect()->ask(post("/v1/messages", "others go on")).status, 202);
}

TEST(Tls, RefusesAClientWithoutCertificate) {
    running_server s;
    expect_refused(s, std::nullopt, "no_certificate");
}

TEST(Tls, RefusesAnExpiredCertificate) {
    running_server s;
    expect_refused(s, s.ca().issue({.valid_from_s = -7200, .valid_to_s = -60}), "expired");
}

TEST(Tls, RefusesACertificateThatIsNotValidYet) {
    running_server s;
    expect_refused(s, s.ca().issue({.valid_from_s = 600}), "not_yet_valid");
}

TEST(Tls, RefusesACertificateOfAnotherCa) {
    running_server s;
    const authority foreign("Other CA");
    expect_refused(s, foreign.issue({}), "unknown_ca");
}

TEST(Tls, RefusesAForeignCaOfTheSameName) {
    running_server s;
    const authority foreign("Test CA");
    expect_refused(s, foreign.issue({}), "unknown_ca");
}

TEST(Tls, RefusesAServerCertificateAsClient) {
    running_server s;
    expect_refused(s, s.ca().issue({.extended_usage = "serverAuth"}), "other");
}

TEST(Tls, RefusesARevokedCertificateAndLogsItsSerial) {
    running_server::setup setup;
    setup.with_crl = true;
    running_server s(setup);
    const identity revoked = s.ca().issue({});
    EXPECT_EQ(raw_client(s.port(), s.as(revoked)).ask(get("/v1/cases/1")).status, 200);
    s.server().reload_tls(s.context(s.ca().revocation_list({revoked.serial})));
    ::testing::internal::CaptureStderr();
    monitoring::start_log(monitoring::severity::info);
    expect_refused(s, revoked, "revoked");
    monitoring::stop_log();
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("\"reason\":\"revoked\""));
    EXPECT_THAT(log, HasSubstr("\"serial\":\"" + revoked.serial + "\""));
}

TEST(Tls, RefusesEveryoneWhileTheRevocationListIsStale) {
    running_server::setup setup;
    setup.with_crl = true;
    setup.crl_next_update_s = -60;
    running_server s(setup);
    raw_client client(s.port(), s.as(s.client()));
    client.send(post("/v1/messages", "x"));
    EXPECT_EQ(client.read().status, 0);
    EXPECT_TRUE(s.reaches(handshakes, "result=\"crl\"", 1));
}

TEST(Tls, CountsThoseWhoDoNotSpeakIt) {
    running_server s;
    raw_client plain(s.port(), {});
    plain.send(get("/v1/cases/1"));
    EXPECT_EQ(plain.read().status, 0);
    EXPECT_TRUE(s.reaches(handshakes, "result=\"protocol\"", 1));
    { raw_client silent(s.port(), {}); }
    EXPECT_TRUE(s.reaches(handshakes, "result=\"closed\"", 1));
}

TEST(Tls, CountsClientsThatDoNotTrustUs) {
    running_server s;
    raw_client::options o = s.as(s.client());
    o.trusted = authority("Nobody").certificate();
    EXPECT_FALSE(raw_client(s.port(), o).connected());
    EXPECT_TRUE(s.reaches(handshakes, "result=\"alert\"", 1));
}

TEST(Tls, SpeaksTls12WithForwardSecrecyAndAead) {
    running_server s;
    raw_client::options o = s.as(s.client());
    o.version_max = TLS1_2_VERSION;
    o.cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256";
    raw_client client(s.port(), o);
    ASSERT_TRUE(client.connected()) << client.error();
    EXPECT_EQ(client.ask(post("/v1/messages", "old Java")).body, "old Java");
    EXPECT_EQ(client.cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
}

class WeakTls : public ::testing::TestWithParam<std::pair<int, const char*>> {};

TEST_P(WeakTls, IsRefused) {
    running_server s;
    raw_client::options o = s.as(s.client());
    o.version_max = GetParam().first;
    o.cipher_list = GetParam().second;
    raw_client client(s.port(), o);
    EXPECT_FALSE(client.connected());
    EXPECT_TRUE(s.reaches(handshakes, "result=\"protocol\"", 1));
}

INSTANTIATE_TEST_SUITE_P(Table, WeakTls,
                         ::testing::Values(std::pair(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"),
                                           std::pair(TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384"),
                                           std::pair(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-CCM"),
                                           std::pair(TLS1_1_VERSION, "ALL:@SECLEVEL=0"),
                                           std::pair(TLS1_VERSION, "ALL:@SECLEVEL=0")));

class Resumption : public ::testing::TestWithParam<int> {};

TEST_P(Resumption, WorksWithAClientCertificate) {
    running_server s;
    raw_client::options o = s.as(s.client());
    o.version_max = GetParam();
    ssl_session_st* session = nullptr;
    {
        raw_client first(s.port(), o);
        ASSERT_EQ(first.ask(post("/v1/messages", "x")).status, 202);
        EXPECT_FALSE(first.resumed());
        session = first.session();
    }
    o.session = session;
    raw_client second(s.port(), o);
    const answer a = second.ask(get("/v1/cases/1"));
    EXPECT_TRUE(second.resumed());
    EXPECT_THAT(a.body, HasSubstr("serial=" + s.client().serial)); // the certificate is in the ticket
    EXPECT_EQ(s.value(handshakes, "result=\"resumed\""), 1);
    // A new context has new ticket keys: what was revoked in between cannot come back by an old ticket.
    s.server().reload_tls(s.context(s.ca().revocation_list({s.client().serial})));
    raw_client third(s.port(), o);
    third.send(get("/v1/cases/1"));
    EXPECT_EQ(third.read().status, 0);
    EXPECT_TRUE(s.reaches(handshakes, "result=\"revoked\"", 1));
    free_session(session);
}

INSTANTIATE_TEST_SUITE_P(Version, Resumption, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST(Tls, ReloadLetsEstablishedConnectionsFinish) {
    running_server s;
    const auto client = s.connect();
    EXPECT_FALSE(client->ask(post("/v1/messages", "x")).closes());
    s.server().reload_tls(s.context(std::nullopt));
    const answer a = client->ask(post("/v1/messages", "y"));
    EXPECT_EQ(a.body, "y");
    EXPECT_TRUE(a.closes());
    EXPECT_FALSE(s.connect()->ask(post("/v1/messages", "x")).closes());
}

const std::string turned_away = "tongban_http_connections_refused_total";

// A server that counts what reached a handler.
struct counting_server : running_server {
    explicit counting_server(std::atomic<int>& calls) : running_server(with(calls)) {}

private:
    static setup with(std::atomic<int>& calls) {
        setup made;
        made.with_crl = true;
        made.more.push_back({http::method::post, "/v1/counted",
                             [&calls](http::request&) { return count(calls); }});
        return made;
    }
    static boost::asio::awaitable<http::response> count(std::atomic<int>& calls) {
        ++calls;
        co_return http::response{};
    }
};

TEST(LiveConnection, EndsWithItsCertificate) {
    std::atomic<int> calls{0};
    counting_server s(calls);
    const identity brief = s.ca().issue({.valid_to_s = 3});
    raw_client client(s.port(), s.as(brief));
    answer a = client.ask(post("/v1/counted", "x"));
    ASSERT_EQ(a.status, 200);
    int served = 0;
    for (; a.status == 200; ++served) {
        a = client.ask(post("/v1/counted", "x"));
    }
    EXPECT_EQ(a.status, 403);
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:certificate-expired"));
    EXPECT_THAT(a.body, HasSubstr(brief.serial));
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(calls, served);
    EXPECT_EQ(s.value(turned_away, "reason=\"expired\""), 1);
}

TEST(LiveConnection, EndsWhenItsCertificateIsRevoked) {
    std::atomic<int> calls{0};
    counting_server s(calls);
    const auto client = s.connect();
    ASSERT_EQ(client->ask(post("/v1/counted", "x")).status, 200);
    s.server().reload_tls(s.context(s.ca().revocation_list({s.client().serial})));
    // A body that is still on its way must not cost the client the answer.
    const answer a = client->ask(post("/v1/counted", std::string(1'000'000, 'x')));
    EXPECT_EQ(a.status, 403);
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:certificate-revoked"));
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(s.value(turned_away, "reason=\"revoked\""), 1);
    EXPECT_EQ(s.value(turned_away, "reason=\"unknown_partner\""), 0);
}

TEST(LiveConnection, EndsWhenItsCertificateIsRevokedWhileABodyIsOnItsWay) {
    std::atomic<int> calls{0};
    counting_server s(calls);
    const auto client = s.connect();
    ASSERT_EQ(client->ask("POST /v1/counted HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").status, 100);
    s.server().reload_tls(s.context(s.ca().revocation_list({s.client().serial})));
    const answer a = client->ask("x");
    EXPECT_EQ(a.status, 403);
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:certificate-revoked"));
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(s.value(turned_away, "reason=\"revoked\""), 1);
}

TEST(LiveConnection, IsToComeAgainWhenItCannotBeVerified) {
    std::atomic<int> calls{0};
    counting_server s(calls);
    const auto client = s.connect();
    ASSERT_EQ(client->ask(post("/v1/counted", "x")).status, 200);
    s.server().reload_tls(s.context(s.ca().revocation_list({}, -60)));
    const answer a = client->ask(post("/v1/counted", "x"));
    EXPECT_EQ(a.status, 503);
    EXPECT_EQ(a.field("retry-after"), "1");
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:connect-again"));
    EXPECT_EQ(calls, 1);
    s.server().reload_tls(s.context(s.ca().revocation_list({})));
    EXPECT_EQ(s.connect()->ask(post("/v1/counted", "x")).status, 200);
}

TEST_P(Resumption, IsVerifiedAfterAReload) {
    running_server s;
    raw_client::options o = s.as(s.client());
    o.version_max = GetParam();
    {
        raw_client first(s.port(), o);
        ASSERT_EQ(first.ask(post("/v1/messages", "x")).status, 202);
        o.session = first.session();
    }
    raw_client good(s.port(), o);
    ASSERT_EQ(good.ask(post("/v1/messages", "x")).status, 202);
    raw_client revoked(s.port(), o);
    ASSERT_EQ(revoked.ask(post("/v1/messages", "x")).status, 202);
    ASSERT_TRUE(good.resumed() && revoked.resumed());
    s.server().reload_tls(s.context(s.ca().revocation_list({})));
    EXPECT_EQ(good.ask(post("/v1/messages", "y")).body, "y");
    s.server().reload_tls(s.context(s.ca().revocation_list({s.client().serial})));
    EXPECT_EQ(revoked.ask(post("/v1/messages", "y")).status, 403);
    free_session(o.session);
}

TEST(Admission, RefusesACertificateThatIsNobodys) {
    running_server::setup setup;
    setup.judge = [](const security::certificate_facts& f) {
        return f.san_uris.at(0) == "tongban://370800/platform" ? std::nullopt : std::optional(http::turned_away::unknown_partner);
    };
    running_server s(setup);
    const identity unknown = s.ca().issue({.uri = "tongban://999999/platform"});
    raw_client client(s.port(), s.as(unknown));
    ASSERT_TRUE(client.connected());
    client.send(get("/v1/boom"));
    const answer a = client.read();
    EXPECT_EQ(a.status, 403);
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:unknown-partner"));
    EXPECT_THAT(a.body, HasSubstr(unknown.serial));
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(s.value("tongban_http_connections_refused_total", "reason=\"unknown_partner\""), 1);
    EXPECT_EQ(s.value("tongban_http_handler_exceptions_total", "listener"), 0);
    EXPECT_EQ(s.connect()->ask(post("/v1/messages", "x")).status, 202);
}

TEST(Admission, TellsARegisteredPartnerThatTheListenerIsForOperators) {
    running_server::setup setup;
    setup.judge = [](const security::certificate_facts&) { return http::turned_away::not_operator; };
    running_server s(setup);
    const answer a = s.connect()->ask(get("/v1/boom"));
    EXPECT_EQ(a.status, 403);
    EXPECT_TRUE(a.closes());
    EXPECT_THAT(a.body, HasSubstr("urn:tongban:problem:not-your-role"));
    EXPECT_THAT(a.body, HasSubstr("不是运维角色"));
    EXPECT_THAT(a.body, HasSubstr("has not the role operator"));
    EXPECT_THAT(a.body, ::testing::Not(HasSubstr("unknown-partner")));
    EXPECT_EQ(s.value("tongban_http_connections_refused_total", "reason=\"not_operator\""), 1);
    EXPECT_EQ(s.value("tongban_http_connections_refused_total", "reason=\"unknown_partner\""), 0);
}

TEST(Admission, RefusesBeforeABodyIsRead) {
    running_server::setup setup;
    setup.judge = [](const security::certificate_facts&) { return http::turned_away::unknown_partner; };
    running_server s(setup);
    const auto client = s.connect();
    client->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nContent-Length: 1000000\r\n\r\n");
    EXPECT_EQ(client->read().status, 403);
}

class Mistake : public ::testing::TestWithParam<std::string> {};

TEST_P(Mistake, InTheFilesIsToldAtStart) {
    const folder files;
    const authority ca("CA");
    const authority other("Other");
    const identity own = ca.issue({.server = true});
    files.write("server.pem", own.certificate);
    files.write("server.key", own.key);
    files.write("ca.pem", ca.certificate());
    files.write("crl.pem", other.revocation_list({}));
    files.write("other.key", ca.issue({}).key);
    files.write("empty.pem", "");
    security::tls_settings t{files.path() / "server.pem", files.path() / "server.key", files.path() / "ca.pem", {}};
    EXPECT_NO_THROW(security::tls_context::for_server(t));
    const std::string& which = GetParam();
    if (which == "certificate_file") {
        t.certificate_file = files.path() / "empty.pem";
    } else if (which == "key_file") {
        t.key_file = files.path() / "other.key";
    } else if (which == "client_ca_file") {
        t.client_ca_file = files.path() / "missing.pem";
    } else {
        t.crl_file = files.path() / "crl.pem";
    }
    try {
        security::tls_context::for_server(t);
        FAIL() << which;
    } catch (const std::runtime_error& e) {
        EXPECT_THAT(e.what(), HasSubstr(which));
        EXPECT_THAT(e.what(), HasSubstr(files.path().string()));
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Mistake,
                         ::testing::Values("certificate_file", "key_file", "client_ca_file", "crl_file"),
                         [](const auto& tested) { return tested.param; });

TEST(Tls, KnowsItsOwnCertificate) {
    const folder files;
    const authority ca("CA");
    const identity own = ca.issue({.common_name = "济宁网关", .server = true});
    const auto context = security::tls_context::for_server(
        {files.write("s.pem", own.certificate), files.write("s.key", own.key), files.write("c.pem", ca.certificate()), {}});
    EXPECT_EQ(context->own().serial, own.serial);
    EXPECT_EQ(context->own().subject, "CN=济宁网关,O=Tongban Test");
    EXPECT_EQ(context->own().san_dns, std::vector<std::string>{"localhost"});
    EXPECT_EQ(context->own().sha256_fingerprint.size(), 64U);
    EXPECT_GT(context->own().not_after, std::chrono::system_clock::now());
    EXPECT_FALSE(context->revocation_end());
}

// What is loaded is not yet good to serve with.
TEST(Tls, KnowsWhatWouldHaveClientsRefused) {
    const folder files;
    const authority ca("CA");
    const auto now = std::chrono::system_clock::now();
    const auto faults = [&](const authority::wish& wish, long list_ends_in_s) {
        const identity own = ca.issue(wish);
        const security::tls_settings from{files.write("s.pem", own.certificate), files.write("s.key", own.key),
                                          files.write("c.pem", ca.certificate()),
                                          files.write("l.pem", ca.revocation_list({}, list_ends_in_s))};
        std::string all;
        for (const auto& each : security::tls_context::for_server(from)->why_unfit(from, now)) {
            all += each.en.substr(each.en.rfind('/') + 1) + '\n';
        }
        return all;
    };
    EXPECT_EQ(faults({.server = true}, 60), "");
    EXPECT_EQ(faults({.valid_from_s = -7200, .valid_to_s = -60, .server = true}, 60), "s.pem: the certificate has expired\n");
    EXPECT_EQ(faults({.valid_from_s = 600, .server = true}, 60), "s.pem: the certificate is not valid yet\n");
    EXPECT_EQ(faults({.server = false}, -60), "s.pem: the certificate is not for servers\n"
                                              "l.pem: the revocation list has ended: every client would be refused\n");
}

TEST(Tls, KnowsWhichAuthorityHasNoList) {
    const folder files;
    const authority ca("CA");
    const authority other("Other");
    const identity own = ca.issue({.server = true});
    const auto without_list = [&](const std::string& lists) {
        const security::tls_settings from{files.write("s.pem", own.certificate), files.write("s.key", own.key),
                                          files.write("c.pem", ca.certificate() + other.certificate()),
                                          files.write("l.pem", lists)};
        return security::tls_context::for_server(from)->authorities_without_list();
    };
    EXPECT_EQ(without_list(ca.revocation_list({})), std::vector<std::string>{"CN=Other,O=Tongban Test"});
    EXPECT_EQ(without_list(ca.revocation_list({}) + other.revocation_list({})), std::vector<std::string>());
}

} // namespace
} // namespace tongban::testing
