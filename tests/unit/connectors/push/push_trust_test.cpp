// Whom we talk to: each wrong certificate ends the handshake, and the server never sees a byte of a message.
#include "push_fixture.hpp"

#include <filesystem>

namespace tongban::testing {
namespace {

namespace fs = std::filesystem;
using push::errc;
using security::certificate_pin;
using security::identity_rule;

struct refusal_row {
    const char* name;
    files test_certificates::*shown;
    const char* server_name;
    certificate_pin pin;
    errc code;
};

const certificate_pin platform_uri{identity_rule::san_uri, "tongban://410100/platform"};

class PushRefuses : public Push, public ::testing::WithParamInterface<refusal_row> {};

TEST_P(PushRefuses, ATargetThatIsNotTheOne) {
    const refusal_row& row = GetParam();
    std::atomic<int> bytes{0};
    const auto server = serve(made.*row.shown, [&](peer& p) { bytes += p.read_some() ? 1 : 0; });
    auto settings = target(server->port());
    settings.server_name = row.server_name;
    settings.pins = {row.pin};
    if (row.code == errc::certificate_revoked) {
        settings.tls.crl_file = made.revoked_list;
    }
    open(settings);
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(failed_with(post({"text/plain", "personal data", {}, true}), row.code, false));
    }
    server->wait_ended(2);
    EXPECT_EQ(bytes, 0);
    EXPECT_EQ(client->statistics().of(row.code), 2U);
    EXPECT_EQ(client->statistics().connections_opened, 0U);
    EXPECT_EQ(client->statistics().bytes_sent, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PushRefuses,
    ::testing::Values(
        refusal_row{"ForeignAuthority", &test_certificates::foreign, "", platform_uri,
                    errc::certificate_untrusted},
        refusal_row{"ForClientsOnly", &test_certificates::for_clients, "", platform_uri,
                    errc::certificate_untrusted},
        refusal_row{"Expired", &test_certificates::expired, "", platform_uri, errc::certificate_expired},
        refusal_row{"NotYetValid", &test_certificates::future, "", platform_uri, errc::certificate_expired},
        refusal_row{"Revoked", &test_certificates::revoked, "", platform_uri, errc::certificate_revoked},
        refusal_row{"OtherAddress", &test_certificates::other_name, "", platform_uri,
                    errc::certificate_wrong_name},
        refusal_row{"OtherHostName", &test_certificates::platform, "platform.example.cn", platform_uri,
                    errc::certificate_wrong_name},
        refusal_row{"OtherUri",
                    &test_certificates::platform,
                    "",
                    {identity_rule::san_uri, "tongban://410100/other"},
                    errc::certificate_not_pinned},
        refusal_row{"OtherUriFront",
                    &test_certificates::platform,
                    "",
                    {identity_rule::san_uri, "tongban://410100/plat/*"},
                    errc::certificate_not_pinned},
        refusal_row{"OtherDnsName",
                    &test_certificates::platform,
                    "",
                    {identity_rule::san_dns, "local"},
                    errc::certificate_not_pinned},
        refusal_row{"OtherSubject",
                    &test_certificates::platform,
                    "",
                    {identity_rule::subject, "CN=platform,O=Elsewhere"},
                    errc::certificate_not_pinned},
        refusal_row{"OtherFingerprint",
                    &test_certificates::platform,
                    "",
                    {identity_rule::fingerprint, std::string(64, 'a')},
                    errc::certificate_not_pinned}),
    [](const auto& row) { return row.param.name; });

TEST_F(Push, EachKindOfPinIsTaken) {
    const auto server = serve([](peer& p) {
        while (p.read()) {
            p.answer("{}");
        }
    });
    std::string colons;
    for (std::size_t i = 0; i < made.platform.fingerprint.size(); i += 2) {
        colons += (i == 0 ? "" : ":") + made.platform.fingerprint.substr(i, 2);
    }
    const std::vector<certificate_pin> pins{platform_uri,
                                            {identity_rule::san_uri, "tongban://410100/*"},
                                            {identity_rule::san_dns, "LOCALHOST"},
                                            {identity_rule::subject, "CN=platform,O=Tongban Dev"},
                                            {identity_rule::fingerprint, colons}};
    for (const certificate_pin& pin : pins) {
        auto settings = target(server->port());
        // While a partner renews its certificate two are pinned.
        settings.pins = {{identity_rule::fingerprint, std::string(64, 'a')}, pin};
        open(settings);
        const auto answer = post();
        EXPECT_TRUE(answer) << answer.error().text;
    }
}

TEST_F(Push, ARightPinDoesNotExcuseAForeignAuthority) {
    const auto server = serve(made.foreign, [](peer& p) { p.read_some(); });
    auto settings = target(server->port());
    settings.pins = {{identity_rule::fingerprint, made.foreign.fingerprint}};
    open(settings);
    EXPECT_TRUE(failed_with(post(), errc::certificate_untrusted, false));
}

TEST_F(Push, ShowsOurCertificateToATargetThatAsks) {
    std::string subject;
    tls_server server({made.platform.certificate, made.platform.key, made.ca}, [&](peer& p) {
        p.read();
        subject = p.client_subject();
        p.answer("{}");
    });
    open(target(server.port()));
    const auto answer = post();
    ASSERT_TRUE(answer) << answer.error().text;
    server.wait_ended(1);
    EXPECT_THAT(subject, ::testing::HasSubstr("CN=gateway"));
}

// With TLS 1.3 the target says so after our handshake is done and the message is under way.
TEST_F(Push, ATargetThatDoesNotTakeOurCertificate) {
    for (const char* version : {"", "1.2"}) {
        tls_server server({made.platform.certificate, made.platform.key, made.foreign_ca, true, version},
                          [](peer& p) { p.answer("{}"); });
        open(target(server.port()));
        EXPECT_TRUE(failed_with(post(), errc::tls_failed, *version == '\0')) << version;
        server.wait_ended(1);
        EXPECT_EQ(server.shaken(), 0);
    }
}

TEST_F(Push, ATargetWithoutTls) {
    tls_server server({{}, {}, {}, false}, {});
    auto settings = target(server.port());
    settings.tls_deadline = std::chrono::milliseconds(100);
    open(settings);
    EXPECT_TRUE(failed_with(post(), errc::tls_timeout, false));
}

TEST_F(Push, ReloadShowsTheNewCertificateOnNewConnections) {
    std::vector<std::string> subjects(2);
    tls_server server({made.platform.certificate, made.platform.key, made.ca}, [&](peer& p) {
        subjects.at(static_cast<std::size_t>(p.number())) = p.client_subject();
        while (p.read()) {
            p.answer("{}");
        }
    });
    auto settings = target(server.port());
    const fs::path folder = made.folder / "renewal";
    fs::create_directories(folder);
    const auto put = [&](const files& from) {
        fs::copy_file(from.certificate, folder / "own.pem", fs::copy_options::overwrite_existing);
        fs::copy_file(from.key, folder / "own.key", fs::copy_options::overwrite_existing);
    };
    put(made.gateway);
    settings.tls.certificate_file = folder / "own.pem";
    settings.tls.key_file = folder / "own.key";
    open(settings);
    ASSERT_TRUE(post());

    fs::remove(folder / "own.key");
    const auto refused_for = [&](const char* why) {
        const auto refused = client->reload();
        return !refused && refused.error().find(why) != std::string::npos;
    };
    EXPECT_TRUE(refused_for("own.key"));
    put(made.expired);
    EXPECT_TRUE(refused_for("own.pem: the certificate has expired"));
    put(made.platform);
    EXPECT_TRUE(refused_for("own.pem: the certificate is not for clients"));
    ASSERT_TRUE(post());
    EXPECT_EQ(server.accepted(), 1) << "a reload that failed changes nothing";

    put(made.gateway_new);
    ASSERT_TRUE(client->reload());
    ASSERT_TRUE(post());
    EXPECT_EQ(server.accepted(), 2);
    client.reset();
    run_until([&] { return io.poll() == 0; });
    server.wait_ended(2);
    EXPECT_NE(subjects[0].find("gateway"), std::string::npos);
    EXPECT_EQ(subjects[0].find("gateway-new"), std::string::npos);
    EXPECT_NE(subjects[1].find("gateway-new"), std::string::npos);
}

} // namespace
} // namespace tongban::testing
