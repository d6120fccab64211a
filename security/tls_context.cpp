// OpenSSL 3.0 server settings. Everything a peer can make expensive is off: compression, renegotiation, early data,
// long certificate chains.
#include "security/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <stdexcept>

namespace tongban::security {

namespace {

struct free_openssl {
    void operator()(BIO* p) const noexcept { BIO_free(p); }
    void operator()(BIGNUM* p) const noexcept { BN_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(X509_CRL* p) const noexcept { X509_CRL_free(p); }
    void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
    void operator()(STACK_OF(X509_NAME) * p) const noexcept { sk_X509_NAME_pop_free(p, X509_NAME_free); }
};
template <class T>
using owned = std::unique_ptr<T, free_openssl>;

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& file = {}) {
    std::string text = "TLS: " + what;
    if (!file.empty()) {
        text += ": " + file.string();
    }
    if (const unsigned long error = ERR_get_error(); error != 0) {
        const char* reason = ERR_reason_error_string(error);
        text += std::string(" (") + (reason != nullptr ? reason : "OpenSSL error") + ")";
    }
    ERR_clear_error();
    throw std::runtime_error(text);
}

std::string serial_of(const X509* certificate) {
    const owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char* hex = number ? BN_bn2hex(number.get()) : nullptr;
    std::string text = hex != nullptr ? hex : "";
    OPENSSL_free(hex);
    for (char& c : text) {
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

// RFC 2253, but UTF-8 stays readable: a subject may hold Chinese names.
std::string subject_of(const X509* certificate) {
    const owned<BIO> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::chrono::sys_seconds end_of(const X509* certificate) {
    std::tm when{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) {
        return {};
    }
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&when)));
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(size * 2);
    for (unsigned i = 0; i < size; ++i) {
        text += hex[digest[i] >> 4];
        text += hex[digest[i] & 15];
    }
    return text;
}

void add_names(X509* certificate, certificate_facts& facts) {
    const owned<GENERAL_NAMES> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    if (!names) {
        return;
    }
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI && name->type != GEN_DNS) {
            continue;
        }
        const ASN1_IA5STRING* value = name->type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.dNSName;
        std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                         static_cast<std::size_t>(ASN1_STRING_length(value)));
        // "good.example\0.evil.example" must never be taken for its front half.
        if (text.find('\0') == std::string::npos) {
            (name->type == GEN_URI ? facts.san_uris : facts.san_dns).push_back(std::move(text));
        }
    }
}

certificate_facts facts_of(X509* certificate) {
    certificate_facts facts;
    facts.subject = subject_of(certificate);
    facts.sha256_fingerprint = fingerprint_of(certificate);
    facts.serial = serial_of(certificate);
    facts.not_after = end_of(certificate);
    add_names(certificate, facts);
    return facts;
}

// Where the verify callback leaves the serial of a certificate it refused: on the SSL, since OpenSSL keeps no peer
// certificate after a failed verification.
int refused_serial_index() {
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<std::string*>(value); });
    return index;
}

int remember_refused(int verified, X509_STORE_CTX* store) {
    if (verified == 0) {
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        const X509* leaf = X509_STORE_CTX_get0_cert(store);
        if (ssl != nullptr && leaf != nullptr && SSL_get_ex_data(ssl, refused_serial_index()) == nullptr) {
            SSL_set_ex_data(ssl, refused_serial_index(), new std::string(serial_of(leaf)));
        }
    }
    return verified;
}

void set_protocol(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set_ciphersuites(
            context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1) {
        fail("this OpenSSL lacks the cipher suites or groups that are needed");
    }
    // Buffers are given back while a connection is idle; one read takes header and body of a record.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_max_cert_list(context, 32 * 1024);
    // Resumption by tickets only, nothing is kept per session. Without a session id context TLS 1.3 refuses to resume
    // sessions that carry a client certificate.
    static constexpr unsigned char id[] = "tongban";
    SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_timeout(context, 3600);
}

void load_own(SSL_CTX* context, const tls_settings& settings) {
    // Never ask for a pass phrase on a terminal.
    SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1) {
        fail("cannot read a PEM certificate chain from certificate_file", settings.certificate_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        fail("cannot use key_file: it must be a PEM key without pass phrase that belongs to the certificate",
             settings.key_file);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        fail("key_file does not belong to certificate_file", settings.key_file);
    }
}

void load_client_ca(SSL_CTX* context, const tls_settings& settings) {
    owned<STACK_OF(X509_NAME)> names(SSL_load_client_CA_file(settings.client_ca_file.c_str()));
    if (!names || SSL_CTX_load_verify_file(context, settings.client_ca_file.c_str()) != 1) {
        fail("cannot read PEM certificates from client_ca_file", settings.client_ca_file);
    }
    SSL_CTX_set_client_CA_list(context, names.release());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, &remember_refused);
    SSL_CTX_set_verify_depth(context, 4);
}

void load_crl(SSL_CTX* context, const tls_settings& settings) {
    if (settings.crl_file.empty()) {
        return;
    }
    const owned<BIO> in(BIO_new_file(settings.crl_file.c_str(), "r"));
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    const STACK_OF(X509_NAME)* issuers = SSL_CTX_get_client_CA_list(context);
    int matching = 0;
    while (in) {
        const owned<X509_CRL> crl(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
        if (!crl) {
            break;
        }
        for (int i = 0; i < sk_X509_NAME_num(issuers); ++i) {
            matching += X509_NAME_cmp(sk_X509_NAME_value(issuers, i), X509_CRL_get_issuer(crl.get())) == 0 ? 1 : 0;
        }
        X509_STORE_add_crl(store, crl.get());
    }
    // With a list that fits no CA every client would be refused: say so now.
    if (matching == 0) {
        fail("crl_file holds no PEM revocation list of the client CA", settings.crl_file);
    }
    ERR_clear_error(); // the end of the file
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

const char* refusal(long verify_result) {
    switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return "expired";
    case X509_V_ERR_CERT_REVOKED: return "revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_UNABLE_TO_GET_CRL: return "crl";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "unknown_ca";
    default: return "other";
    }
}

} // namespace

std::shared_ptr<const tls_context> tls_context::for_server(const tls_settings& settings) {
    ERR_clear_error();
    refused_serial_index();
    std::shared_ptr<tls_context> made(new tls_context);
    made->native_ = SSL_CTX_new(TLS_server_method());
    if (made->native_ == nullptr) {
        fail("cannot make a context");
    }
    set_protocol(made->native_);
    load_own(made->native_, settings);
    load_client_ca(made->native_, settings);
    load_crl(made->native_, settings);
    made->own_ = facts_of(SSL_CTX_get0_certificate(made->native_));
    return made;
}

tls_context::~tls_context() {
    SSL_CTX_free(native_);
}

std::shared_ptr<const certificate_facts> peer_facts(ssl_st* ssl) {
    const owned<X509> certificate(SSL_get1_peer_certificate(ssl));
    if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) {
        return nullptr;
    }
    return std::make_shared<const certificate_facts>(facts_of(certificate.get()));
}

std::string handshake_failure(ssl_st* ssl, unsigned long ssl_error, std::string& serial) {
    if (const auto* refused = static_cast<std::string*>(SSL_get_ex_data(ssl, refused_serial_index()))) {
        serial = *refused;
    }
    const int reason = ERR_GET_REASON(ssl_error);
    const bool from_ssl = ERR_GET_LIB(ssl_error) == ERR_LIB_SSL;
    if (from_ssl && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        return "no_certificate";
    }
    if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK) {
        return refusal(verified);
    }
    if (ssl_error == 0 || (from_ssl && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        return "closed";
    }
    if (from_ssl && reason >= SSL_AD_REASON_OFFSET) {
        return "alert";
    }
    return from_ssl ? "protocol" : "other";
}

} // namespace tongban::security
