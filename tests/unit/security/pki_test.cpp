// What the development CA writes is judged by OpenSSL's own verification, as a TLS peer would.
#include "security/atomic_file.hpp"
#include "security/certificate.hpp"
#include "security/pki.hpp"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sys/stat.h>
#include <thread>

namespace tongban::security {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Pki : public testing::Test {
protected:
    Pki() {
        std::string pattern = (fs::temp_directory_path() / "pki-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Pki() override { fs::remove_all(folder_); }

    fs::path at(const std::string& name) const { return folder_ / "ca" / name; }
    development_ca make() const { return development_ca::create(folder_ / "ca", "Test CA", 900); }

    static certificate_order order(const std::string& name, certificate_profile profile) {
        certificate_order o;
        o.profile = profile;
        o.name = name;
        if (profile == certificate_profile::server || profile == certificate_profile::broker) {
            o.dns = {"localhost"};
            o.ips = {"127.0.0.1", "::1"};
        } else {
            o.uris = {"tongban://370800/" + name};
        }
        return o;
    }

    // X509_V_OK, or why a peer of that purpose refuses the certificate.
    int verify(const fs::path& file, int purpose) const {
        const auto certificate = read_certificate(file);
        const auto ca = read_certificate(at("ca.pem"));
        const openssl_owned<BIO> in(BIO_new_file(at("crl.pem").c_str(), "r"));
        const openssl_owned<X509_CRL> list(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
        X509_STORE* store = X509_STORE_new();
        X509_STORE_add_cert(store, ca.get());
        X509_STORE_add_crl(store, list.get());
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_X509_STRICT);
        X509_STORE_CTX* context = X509_STORE_CTX_new();
        X509_STORE_CTX_init(context, store, certificate.get(), nullptr);
        X509_STORE_CTX_set_purpose(context, purpose);
        X509_verify_cert(context);
        const int result = X509_STORE_CTX_get_error(context);
        X509_STORE_CTX_free(context);
        X509_STORE_free(store);
        return result;
    }

    fs::path folder_;
};

mode_t mode_of(const fs::path& file) {
    struct stat info {};
    EXPECT_EQ(::stat(file.c_str(), &info), 0) << file;
    return info.st_mode & 07777;
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct profile_row {
    certificate_profile profile;
    bool serves;
    bool connects;
};

class Profiles : public Pki, public testing::WithParamInterface<profile_row> {};

TEST_P(Profiles, AreGoodForTheirPurposeOnly) {
    auto ca = make();
    const auto row = ca.issue(order("x", GetParam().profile));
    EXPECT_EQ(verify(row.certificate_file, X509_PURPOSE_SSL_SERVER) == X509_V_OK, GetParam().serves);
    EXPECT_EQ(verify(row.certificate_file, X509_PURPOSE_SSL_CLIENT) == X509_V_OK, GetParam().connects);
    EXPECT_EQ(
        X509_check_private_key(read_certificate(row.certificate_file).get(), read_key(row.key_file).get()),
        1);
    EXPECT_EQ(fs::exists(at("x.keystore.pem")), GetParam().profile == certificate_profile::broker);
}

INSTANTIATE_TEST_SUITE_P(Rows, Profiles,
                         testing::Values(profile_row{certificate_profile::server, true, false},
                                         profile_row{certificate_profile::broker, true, true},
                                         profile_row{certificate_profile::platform, false, true},
                                         profile_row{certificate_profile::window, false, true},
                                         profile_row{certificate_profile::operator_, false, true}),
                         [](const auto& row) { return std::string(profile_name(row.param.profile)); });

TEST_F(Pki, CertificateSaysWhatWasOrdered) {
    auto ca = make();
    certificate_order o = order("platform", certificate_profile::platform);
    o.unit = "370800";
    o.organisation = "济宁, 市";
    o.dns = {"a.example.cn"};
    o.uris = {"tongban://370800/platform", "tongban://370800/x,DNS:evil.example"};
    const auto row = ca.issue(o);
    const auto certificate = read_certificate(row.certificate_file);
    const auto facts = facts_of(certificate.get());
    EXPECT_EQ(facts.subject, "CN=platform,OU=370800,O=济宁\\, 市");
    EXPECT_THAT(facts.san_uris, ElementsAre(o.uris[0], o.uris[1]));
    EXPECT_THAT(facts.san_dns, ElementsAre("a.example.cn")) << "a comma in one name must not begin another";
    EXPECT_EQ(facts.serial.size(), 32U);
    EXPECT_EQ(facts.sha256_fingerprint.size(), 64U);
    EXPECT_EQ(X509_get_version(certificate.get()), X509_VERSION_3);
    EXPECT_EQ(X509_get_key_usage(certificate.get()), static_cast<unsigned>(KU_DIGITAL_SIGNATURE));
    EXPECT_EQ(X509_get_extension_flags(certificate.get()) & EXFLAG_CA, 0U);
    EXPECT_NE(X509_get0_subject_key_id(certificate.get()), nullptr);
    EXPECT_NE(X509_get0_authority_key_id(certificate.get()), nullptr);
    EXPECT_EQ(EVP_PKEY_get_bits(X509_get0_pubkey(certificate.get())), 256);
}

TEST_F(Pki, AuthorityMaySignNoAuthorities) {
    make();
    const auto ca = read_certificate(at("ca.pem"));
    EXPECT_EQ(X509_check_ca(ca.get()), 1);
    EXPECT_EQ(X509_get_pathlen(ca.get()), 0);
    EXPECT_EQ(X509_get_key_usage(ca.get()), static_cast<unsigned>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
}

TEST_F(Pki, KeysAreForTheirOwnerOnlyAndNothingIsLeftBeside) {
    auto ca = make();
    ca.issue(order("broker", certificate_profile::broker));
    for (const char* name : {"ca.key", "broker.key", "broker.keystore.pem"})
        EXPECT_EQ(mode_of(at(name)), 0600U) << name;
    for (const auto& entry : fs::directory_iterator(folder_ / "ca"))
        EXPECT_EQ(entry.path().string().find(".new-"), std::string::npos) << entry.path();
    EXPECT_THAT(text_of(at("broker.key")), HasSubstr("BEGIN PRIVATE KEY")) << "PKCS#8, which Java reads";
}

TEST_F(Pki, RevokedCertificateIsRefusedAndTheOthersAreNot) {
    auto ca = make();
    const auto a = ca.issue(order("a", certificate_profile::platform));
    const auto b = ca.issue(order("b", certificate_profile::platform));
    const auto c = ca.issue(order("c", certificate_profile::platform));
    EXPECT_EQ(verify(a.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    const auto revoked = ca.revoke("a", "keyCompromise");
    EXPECT_TRUE(revoked.revoked_at.has_value());
    ca.revoke(b.facts.serial, "unspecified");
    EXPECT_EQ(verify(a.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_CERT_REVOKED);
    EXPECT_EQ(verify(b.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_CERT_REVOKED);
    EXPECT_EQ(verify(c.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    const auto again = development_ca::open(folder_ / "ca").revoke(c.certificate_file.string(), "superseded");
    EXPECT_EQ(again.name, "c");
    EXPECT_EQ(verify(c.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_CERT_REVOKED);
}

TEST_F(Pki, RevokingTwiceKeepsTheFirstMomentAndReason) {
    auto ca = make();
    ca.issue(order("a", certificate_profile::platform));
    const auto first = ca.revoke("a", "keyCompromise");
    const auto second = ca.revoke("a", "superseded");
    EXPECT_EQ(second.revoked_at, first.revoked_at);
    EXPECT_EQ(second.reason, "keyCompromise");
}

TEST_F(Pki, NameMeansItsNewestCertificate) {
    auto ca = make();
    const auto old = ca.issue(order("a", certificate_profile::platform));
    auto renewed = order("a", certificate_profile::platform);
    renewed.replace = true;
    const auto fresh = ca.issue(renewed);
    EXPECT_EQ(ca.revoke("a", "unspecified").facts.serial, fresh.facts.serial);
    EXPECT_FALSE(ca.issued()[0].revoked_at.has_value());
    EXPECT_EQ(ca.issued()[0].facts.serial, old.facts.serial);
}

TEST_F(Pki, IndexKeepsEveryRow) {
    auto ca = make();
    certificate_order o = order("s", certificate_profile::server);
    o.uris = {"tongban://gateway"};
    const auto given = ca.issue(o);
    const auto read = development_ca::open(folder_ / "ca").issued();
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].name, "s");
    EXPECT_EQ(read[0].profile, certificate_profile::server);
    EXPECT_EQ(read[0].facts.serial, given.facts.serial);
    EXPECT_EQ(read[0].facts.sha256_fingerprint, given.facts.sha256_fingerprint);
    EXPECT_EQ(read[0].facts.not_after, given.facts.not_after);
    EXPECT_THAT(read[0].ips, ElementsAre("127.0.0.1", "::1"));
    EXPECT_THAT(read[0].facts.san_dns, ElementsAre("localhost"));
    EXPECT_THAT(read[0].facts.san_uris, ElementsAre("tongban://gateway"));
}

TEST_F(Pki, ValidityInThePastAndInTheFutureCanBeOrdered) {
    auto ca = make();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto past = order("past", certificate_profile::platform);
    past.not_after = now - std::chrono::hours(1);
    EXPECT_EQ(verify(ca.issue(past).certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_ERR_CERT_HAS_EXPIRED);
    auto future = order("future", certificate_profile::platform);
    future.not_before = now + std::chrono::hours(1);
    future.days = 10;
    EXPECT_EQ(verify(ca.issue(future).certificate_file, X509_PURPOSE_SSL_CLIENT),
              X509_V_ERR_CERT_NOT_YET_VALID);
}

TEST_F(Pki, WithoutOrderedDaysACertificateLivesAtMostAsLongAsItsAuthority) {
    auto ca = development_ca::create(folder_ / "ca", "Test CA", 30);
    const auto made = ca.issue(order("short", certificate_profile::platform));
    EXPECT_EQ(verify(made.certificate_file, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
}

TEST_F(Pki, OrdersThatMakeNoSenseAreRefused) {
    auto ca = make();
    const auto refused = [&ca](const char* why, auto change) {
        certificate_order o = order("x", certificate_profile::platform);
        change(o);
        EXPECT_THAT([&] { ca.issue(o); }, ThrowsMessage<std::runtime_error>(HasSubstr(why)));
    };
    refused("days must be 1 to 825", [](certificate_order& o) { o.days = 0; });
    refused("days must be 1 to 825", [](certificate_order& o) { o.days = 826; });
    refused("outlive its authority", [](certificate_order& o) {
        o.not_before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
                       std::chrono::days(500);
        o.days = 800;
    });
    refused("not after its beginning", [](certificate_order& o) {
        o.not_before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        o.not_after = o.not_before;
    });
    refused("name must be", [](certificate_order& o) { o.name = "../x"; });
    refused("name must be", [](certificate_order& o) { o.name = ""; });
    refused("own files", [](certificate_order& o) { o.name = "ca"; });
    refused("alternative name", [](certificate_order& o) { o.uris.clear(); });
    refused("alternative name", [](certificate_order& o) { o.ips = {"999.1.1.1"}; });
    EXPECT_TRUE(ca.issued().empty());
    ca.issue(order("x", certificate_profile::platform));
    refused("is there already", [](certificate_order&) {});
    EXPECT_THAT([&] { ca.revoke("nobody", "unspecified"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("issued no such certificate")));
    EXPECT_THAT([&] { ca.revoke("x", "boredom"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("unknown reason")));
}

TEST_F(Pki, SecondAuthorityInAFolderIsRefusedAndNothingChanges) {
    make();
    const std::string before = text_of(at("ca.key"));
    EXPECT_THAT([&] { make(); }, ThrowsMessage<std::runtime_error>(HasSubstr("already")));
    EXPECT_EQ(text_of(at("ca.key")), before);
    EXPECT_THAT([&] { development_ca::open(folder_ / "none"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("tongban pki init")));
}

TEST_F(Pki, ManyAtOnceTakeTurns) {
    make();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([this, t] {
            auto ca = development_ca::open(folder_ / "ca");
            for (int i = 0; i < 5; ++i)
                ca.issue(
                    order("c" + std::to_string(t) + "-" + std::to_string(i), certificate_profile::window));
        });
    threads.clear();
    std::set<std::string> serials;
    for (const auto& row : development_ca::open(folder_ / "ca").issued())
        serials.insert(row.facts.serial);
    EXPECT_EQ(serials.size(), 20U);
}

TEST_F(Pki, FileThatCannotBeWrittenLeavesTheOldOneWhole) {
    write_atomically(folder_ / "f", "old", 0644);
    fs::create_directory(folder_ / "d");
    EXPECT_THROW(write_atomically(folder_ / "d", "new", 0644), std::runtime_error);
    EXPECT_THROW(write_atomically(folder_ / "none" / "f", "new", 0644), std::runtime_error);
    EXPECT_EQ(text_of(folder_ / "f"), "old");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(Pki, PemThatIsNoneNamesTheFile) {
    write_atomically(folder_ / "x.pem", "hello", 0644);
    EXPECT_THAT([&] { read_certificate(folder_ / "x.pem"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("x.pem: 没有 PEM 证书 / holds no PEM certificate")));
    EXPECT_THAT([&] { read_key(folder_ / "none.key"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("none.key: 无法读取 / cannot be read")));
}

} // namespace
} // namespace tongban::security
