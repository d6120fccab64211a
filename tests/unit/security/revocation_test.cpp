// The short way to check a revocation list gives what OpenSSL's own gives, and does not verify the signature again.
#include "security/certificate.hpp"
#include "security/pki.hpp"
#include "security/revocation.hpp"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <functional>

namespace tongban::security {
namespace {

namespace fs = std::filesystem;

constexpr long hour = 3600;

class Revocation : public testing::Test {
protected:
    Revocation() {
        std::string pattern = (fs::temp_directory_path() / "revocation-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        auto ca = development_ca::create(folder_ / "ca", "Test CA", 900);
        good_ = issue(ca, "good");
        revoked_ = issue(ca, "revoked");
        ca.revoke("revoked", "keyCompromise");
        // Another authority of the same name: its list is not ours.
        auto namesake = development_ca::create(folder_ / "namesake", "Test CA", 900);
        issue(namesake, "other");
    }
    ~Revocation() override { fs::remove_all(folder_); }

    static openssl_owned<X509> issue(development_ca& ca, const std::string& name) {
        certificate_order order;
        order.profile = certificate_profile::platform;
        order.name = name;
        order.uris = {"tongban://370800/" + name};
        return read_certificate(ca.issue(order).certificate_file);
    }

    openssl_owned<X509_CRL> list_of(const std::string& authority) const {
        const openssl_owned<BIO> in(BIO_new_file((folder_ / authority / "crl.pem").c_str(), "r"));
        return openssl_owned<X509_CRL>(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
    }

    // Ours signed anew after `change`.
    openssl_owned<X509_CRL> changed_list(const std::function<void(X509_CRL*)>& change) const {
        auto list = list_of("ca");
        change(list.get());
        X509_CRL_sort(list.get()); // makes it encode itself anew
        X509_CRL_sign(list.get(), read_key(folder_ / "ca/ca.key").get(), EVP_sha256());
        return list;
    }

    // X509_V_OK or why the leaf is refused. `meanwhile` happens between loading and verifying.
    int verify(bool short_way, X509* leaf, X509_CRL* list,
               const std::function<void(X509_CRL*)>& meanwhile = [](X509_CRL*) {}) const {
        X509_STORE* store = X509_STORE_new();
        X509_STORE_add_cert(store, read_certificate(folder_ / "ca/ca.pem").get());
        if (list != nullptr) {
            X509_STORE_add_crl(store, list);
        }
        if (short_way) {
            check_revocation(store);
        } else {
            X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
        }
        meanwhile(list);
        X509_STORE_CTX* context = X509_STORE_CTX_new();
        X509_STORE_CTX_init(context, store, leaf, nullptr);
        X509_verify_cert(context);
        const int result = X509_STORE_CTX_get_error(context);
        X509_STORE_CTX_free(context);
        X509_STORE_free(store);
        return result;
    }

    void expect_both(int expected, X509* leaf, X509_CRL* list) const {
        EXPECT_STREQ(X509_verify_cert_error_string(verify(false, leaf, list)),
                     X509_verify_cert_error_string(expected));
        EXPECT_STREQ(X509_verify_cert_error_string(verify(true, leaf, list)),
                     X509_verify_cert_error_string(expected));
    }

    static void ends(X509_CRL* list, long seconds) {
        const openssl_owned<ASN1_TIME> when(ASN1_TIME_set(nullptr, std::time(nullptr) + seconds));
        X509_CRL_set1_nextUpdate(list, when.get());
    }

    fs::path folder_;
    openssl_owned<X509> good_;
    openssl_owned<X509> revoked_;
};

TEST_F(Revocation, OneIsRefusedTheOtherIsNot) {
    const auto list = list_of("ca");
    expect_both(X509_V_OK, good_.get(), list.get());
    expect_both(X509_V_ERR_CERT_REVOKED, revoked_.get(), list.get());
}

TEST_F(Revocation, NoListIsNoYes) {
    expect_both(X509_V_ERR_UNABLE_TO_GET_CRL, good_.get(), nullptr);
}

TEST_F(Revocation, ListThatIsOutOfDate) {
    const auto old = changed_list([](X509_CRL* list) { ends(list, -hour); });
    expect_both(X509_V_ERR_CRL_HAS_EXPIRED, good_.get(), old.get());
    const auto early = changed_list([](X509_CRL* list) {
        const openssl_owned<ASN1_TIME> when(ASN1_TIME_set(nullptr, std::time(nullptr) + hour));
        X509_CRL_set1_lastUpdate(list, when.get());
        ends(list, 2 * hour);
    });
    expect_both(X509_V_ERR_CRL_NOT_YET_VALID, good_.get(), early.get());
}

TEST_F(Revocation, ListThatEndsWhileItIsLoaded) {
    const auto list = list_of("ca");
    const auto end = [](X509_CRL* loaded) { ends(loaded, -hour); };
    EXPECT_EQ(verify(true, good_.get(), list.get(), end), X509_V_ERR_CRL_HAS_EXPIRED);
}

TEST_F(Revocation, ListOfANamesake) {
    // Its key identifier already says that it is another's.
    EXPECT_NE(verify(false, good_.get(), list_of("namesake").get()), X509_V_OK);
    EXPECT_EQ(verify(true, good_.get(), list_of("namesake").get()),
              verify(false, good_.get(), list_of("namesake").get()));
}

TEST_F(Revocation, ForgedList) {
    const auto forged = list_of("ca");
    ends(forged.get(), hour);
    X509_CRL_sort(forged.get());
    expect_both(X509_V_ERR_CRL_SIGNATURE_FAILURE, good_.get(), forged.get());
}

// What would be a broken signature is not seen: it was verified when the list was loaded.
TEST_F(Revocation, SignatureIsVerifiedOnce) {
    const auto change = [](X509_CRL* loaded) {
        ends(loaded, hour);
        X509_CRL_sort(loaded);
    };
    const auto slow = list_of("ca");
    EXPECT_EQ(verify(false, good_.get(), slow.get(), change), X509_V_ERR_CRL_SIGNATURE_FAILURE);
    const auto quick = list_of("ca");
    EXPECT_EQ(verify(true, good_.get(), quick.get(), change), X509_V_OK);
    EXPECT_EQ(verify(true, revoked_.get(), list_of("ca").get(), change), X509_V_ERR_CERT_REVOKED);
}

} // namespace
} // namespace tongban::security
