// P-256 throughout: RSA keys would take most of the tests' time.
#include "certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace tongban::testing {

namespace {

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

std::string pem(X509* certificate) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    return text_of(bio);
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (extension == nullptr) {
        throw std::runtime_error("extension " + value);
    }
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string set_serial(X509* certificate) {
    static std::atomic<long> next{0x1a2b00};
    const long serial = ++next;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    char hex[32];
    std::snprintf(hex, sizeof hex, "%lx", serial);
    return hex;
}

void set_subject(X509* certificate, const std::string& name) {
    X509_NAME* subject = X509_get_subject_name(certificate);
    const auto add = [&](const char* field, const std::string& text) {
        X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()),
                                   -1, -1, 0);
    };
    add("O", "Tongban Test");
    add("CN", name);
}

} // namespace

authority::authority(const std::string& name)
    : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
    X509* c = certificate_.get();
    X509_set_version(c, 2);
    set_serial(c);
    set_subject(c, name);
    X509_set_issuer_name(c, X509_get_subject_name(c));
    X509_gmtime_adj(X509_getm_notBefore(c), -7200);
    X509_gmtime_adj(X509_getm_notAfter(c), 7200);
    X509_set_pubkey(c, key_.get());
    extend(c, c, NID_basic_constraints, "critical,CA:TRUE");
    extend(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(c, c, NID_subject_key_identifier, "hash");
    X509_sign(c, key_.get(), EVP_sha256());
}

authority::~authority() = default;

std::string authority::certificate() const {
    return pem(certificate_.get());
}

identity authority::issue(const wish& w) const {
    const std::unique_ptr<X509, void (*)(X509*)> made(X509_new(), &X509_free);
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    X509* c = made.get();
    X509_set_version(c, 2);
    identity result;
    result.serial = set_serial(c);
    set_subject(c, w.common_name);
    X509_set_issuer_name(c, X509_get_subject_name(certificate_.get()));
    X509_gmtime_adj(X509_getm_notBefore(c), w.valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(c), w.valid_to_s);
    X509_set_pubkey(c, key.get());
    extend(c, certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
    const std::string usage = w.server ? "serverAuth" : "clientAuth";
    extend(c, certificate_.get(), NID_ext_key_usage, w.extended_usage.empty() ? usage : w.extended_usage);
    extend(c, certificate_.get(), NID_subject_alt_name,
           w.server ? "DNS:localhost,IP:127.0.0.1" : "URI:" + w.uri);
    X509_sign(c, key_.get(), EVP_sha256());
    result.certificate = pem(c);
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    result.key = text_of(bio);
    return result;
}

std::string authority::revocation_list(const std::vector<std::string>& serials, long next_update_s) const {
    const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> crl(X509_CRL_new(), &X509_CRL_free);
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(certificate_.get()));
    ASN1_TIME* when = X509_gmtime_adj(nullptr, -7200);
    X509_CRL_set1_lastUpdate(crl.get(), when);
    X509_gmtime_adj(when, next_update_s);
    X509_CRL_set1_nextUpdate(crl.get(), when);
    X509_gmtime_adj(when, -60);
    for (const std::string& serial : serials) {
        X509_REVOKED* revoked = X509_REVOKED_new();
        ASN1_INTEGER* number = ASN1_INTEGER_new();
        ASN1_INTEGER_set(number, std::stol(serial, nullptr, 16));
        X509_REVOKED_set_serialNumber(revoked, number);
        X509_REVOKED_set_revocationDate(revoked, when);
        X509_CRL_add0_revoked(crl.get(), revoked);
        ASN1_INTEGER_free(number);
    }
    ASN1_TIME_free(when);
    X509_CRL_sort(crl.get());
    X509_CRL_sign(crl.get(), key_.get(), EVP_sha256());
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_CRL(bio, crl.get());
    return text_of(bio);
}

folder::folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tongban-http-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    path_ = name;
}

folder::~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path folder::write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
}

} // namespace tongban::testing
