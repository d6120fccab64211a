#include "security/certificate_builder.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace tongban::security {
namespace {

using std::chrono::sys_seconds;

void check(bool done, const char* what) {
    if (!done)
        throw std::runtime_error(std::string("OpenSSL: ") + what + openssl_reason());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const openssl_owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    check(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

// Names are built as values, not as configuration text, where a comma would begin another name.
void add_alternative_names(X509* certificate, const certificate_order& order) {
    const openssl_owned<GENERAL_NAMES> names(sk_GENERAL_NAME_new_null());
    const auto add = [&names](int type, const std::string& value) {
        openssl_owned<GENERAL_NAME> name(a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0));
        check(name != nullptr && sk_GENERAL_NAME_push(names.get(), name.get()) > 0, "alternative name");
        static_cast<void>(name.release());
    };
    for (const std::string& value : order.dns)
        add(GEN_DNS, value);
    for (const std::string& value : order.ips)
        add(GEN_IPADD, value);
    for (const std::string& value : order.uris)
        add(GEN_URI, value);
    check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1,
          "alternative names");
}

void add_name_entry(X509_NAME* name, const char* kind, const std::string& value) {
    if (!value.empty())
        check(X509_NAME_add_entry_by_txt(name, kind, MBSTRING_UTF8,
                                         reinterpret_cast<const unsigned char*>(value.data()),
                                         static_cast<int>(value.size()), -1, 0) == 1,
              "subject");
}

void set_random_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    check(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "random serial");
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7F) | 0x40); // positive, and of one length
    const openssl_owned<BIGNUM> number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr, "serial");
}

void set_time(ASN1_TIME* time, sys_seconds when) {
    check(ASN1_TIME_set(time, std::chrono::system_clock::to_time_t(when)) != nullptr, "time");
}

openssl_owned<X509> begin_certificate(EVP_PKEY* key, sys_seconds not_before, sys_seconds not_after) {
    openssl_owned<X509> certificate(X509_new());
    check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "certificate");
    set_random_serial(certificate.get());
    set_time(X509_getm_notBefore(certificate.get()), not_before);
    set_time(X509_getm_notAfter(certificate.get()), not_after);
    check(X509_set_pubkey(certificate.get(), key) == 1, "public key");
    return certificate;
}

const char* extended_usage(certificate_profile profile) {
    switch (profile) {
    case certificate_profile::server:
        return "serverAuth";
    case certificate_profile::broker:
        return "serverAuth,clientAuth";
    case certificate_profile::platform:
    case certificate_profile::window:
    case certificate_profile::operator_:
        break;
    }
    return "clientAuth";
}

int reason_code(const std::string& reason) {
    static const std::array<std::pair<std::string_view, int>, 5> codes{
        {{"keyCompromise", CRL_REASON_KEY_COMPROMISE},
         {"affiliationChanged", CRL_REASON_AFFILIATION_CHANGED},
         {"superseded", CRL_REASON_SUPERSEDED},
         {"cessationOfOperation", CRL_REASON_CESSATION_OF_OPERATION},
         {"privilegeWithdrawn", CRL_REASON_PRIVILEGE_WITHDRAWN}}};
    const auto found =
        std::find_if(codes.begin(), codes.end(), [&](const auto& c) { return c.first == reason; });
    return found == codes.end() ? CRL_REASON_UNSPECIFIED : found->second;
}

void add_revoked(X509_CRL* list, const issued_certificate& row) {
    BIGNUM* number = nullptr;
    check(BN_hex2bn(&number, row.facts.serial.c_str()) > 0, "serial in the index");
    const openssl_owned<BIGNUM> owner(number);
    const openssl_owned<ASN1_INTEGER> serial(BN_to_ASN1_INTEGER(number, nullptr));
    const openssl_owned<ASN1_TIME> when(ASN1_TIME_new());
    set_time(when.get(), *row.revoked_at);
    openssl_owned<X509_REVOKED> entry(X509_REVOKED_new());
    check(X509_REVOKED_set_serialNumber(entry.get(), serial.get()) == 1 &&
              X509_REVOKED_set_revocationDate(entry.get(), when.get()) == 1,
          "revocation");
    // RFC 5280, 5.3.1: "unspecified" is said by leaving the extension out.
    if (const int code = reason_code(row.reason); code != CRL_REASON_UNSPECIFIED) {
        const openssl_owned<ASN1_ENUMERATED> reason(ASN1_ENUMERATED_new());
        check(ASN1_ENUMERATED_set(reason.get(), code) == 1 &&
                  X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) == 1,
              "reason");
    }
    check(X509_CRL_add0_revoked(list, entry.get()) == 1, "revocation");
    static_cast<void>(entry.release());
}

template <typename Write>
std::string pem(Write write) {
    const openssl_owned<BIO> out(BIO_new(BIO_s_mem()));
    check(out && write(out.get()) == 1, "PEM");
    return bio_text(out.get());
}

sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

} // namespace

openssl_owned<EVP_PKEY> make_key() {
    openssl_owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    check(key != nullptr, "key");
    return key;
}

openssl_owned<X509> make_root(EVP_PKEY* key, const std::string& name, int days) {
    auto root = begin_certificate(key, now() - std::chrono::minutes(5), now() + std::chrono::days(days));
    X509_NAME* subject = X509_get_subject_name(root.get());
    add_name_entry(subject, "O", "Tongban Dev");
    add_name_entry(subject, "CN", name);
    check(X509_set_issuer_name(root.get(), subject) == 1, "issuer");
    add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash");
    add_extension(root.get(), root.get(), NID_authority_key_identifier, "keyid:always");
    check(X509_sign(root.get(), key, EVP_sha256()) > 0, "signature");
    return root;
}

openssl_owned<X509> make_certificate(const authority& ca, EVP_PKEY* key, const certificate_order& order,
                                     sys_seconds not_before, sys_seconds not_after) {
    auto certificate = begin_certificate(key, not_before, not_after);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    add_name_entry(subject, "O", order.organisation);
    add_name_entry(subject, "OU", order.unit);
    add_name_entry(subject, "CN", order.name);
    check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.certificate.get())) == 1,
          "issuer");
    X509* issuer = ca.certificate.get();
    add_extension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate.get(), issuer, NID_ext_key_usage, extended_usage(order.profile));
    add_extension(certificate.get(), issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate.get(), issuer, NID_authority_key_identifier, "keyid:always");
    add_alternative_names(certificate.get(), order);
    check(X509_sign(certificate.get(), ca.key.get(), EVP_sha256()) > 0, "signature");
    return certificate;
}

openssl_owned<X509_CRL> make_revocation_list(const authority& ca, const std::vector<issued_certificate>& rows,
                                             long number) {
    openssl_owned<X509_CRL> list(X509_CRL_new());
    check(list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(ca.certificate.get())) == 1,
          "revocation list");
    const openssl_owned<ASN1_TIME> issued(ASN1_TIME_new());
    set_time(issued.get(), now() - std::chrono::minutes(5));
    check(X509_CRL_set1_lastUpdate(list.get(), issued.get()) == 1 &&
              X509_CRL_set1_nextUpdate(list.get(), X509_get0_notAfter(ca.certificate.get())) == 1,
          "time");
    for (const issued_certificate& row : rows)
        if (row.revoked_at)
            add_revoked(list.get(), row);
    X509_CRL_sort(list.get());
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca.certificate.get(), nullptr, nullptr, list.get(), 0);
    const openssl_owned<X509_EXTENSION> key_id(
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
    const openssl_owned<ASN1_INTEGER> list_number(ASN1_INTEGER_new());
    check(key_id && X509_CRL_add_ext(list.get(), key_id.get(), -1) == 1 &&
              ASN1_INTEGER_set(list_number.get(), number) == 1 &&
              X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, list_number.get(), 0, 0) == 1,
          "revocation list");
    check(X509_CRL_sign(list.get(), ca.key.get(), EVP_sha256()) > 0, "signature");
    return list;
}

std::string pem_of(X509* certificate) {
    return pem([certificate](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

// PKCS#8, which Java and librdkafka read as well.
std::string pem_of(EVP_PKEY* key) {
    return pem([key](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string pem_of(X509_CRL* list) {
    return pem([list](BIO* out) { return PEM_write_bio_X509_CRL(out, list); });
}

} // namespace tongban::security
