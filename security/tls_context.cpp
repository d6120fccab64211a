// OpenSSL 3.0 server settings. Everything a peer can make expensive is off: compression, renegotiation, early data,
// long certificate chains.
#include "security/tls_context.hpp"

#include "security/certificate.hpp"
#include "security/revocation.hpp"
#include "security/sentence.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace tongban::security {

namespace {

struct free_names {
    void operator()(STACK_OF(X509_NAME) * p) const noexcept { sk_X509_NAME_pop_free(p, X509_NAME_free); }
};

[[noreturn]] void fail(const sentence& what, const std::filesystem::path& file = {}) {
    std::string text = "TLS: " + what.text();
    if (!file.empty()) {
        text += ": " + file.string();
    }
    text += openssl_reason();
    throw std::runtime_error(text);
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
        fail({"OpenSSL 缺少所需的密码套件或曲线", "this OpenSSL lacks the cipher suites or groups that are needed"});
    }
    // Buffers are given back while a connection is idle; one read takes header and body of a record.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_max_cert_list(context, 32L * 1024);
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
        fail({"certificate_file 中读不到 PEM 证书链", "cannot read a PEM certificate chain from certificate_file"},
             settings.certificate_file);
    }
    if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        fail({"key_file 不可用：应为与证书配对、无口令的 PEM 密钥",
              "cannot use key_file: it must be a PEM key without pass phrase that belongs to the certificate"},
             settings.key_file);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        fail({"key_file 与 certificate_file 不配对", "key_file does not belong to certificate_file"}, settings.key_file);
    }
}

void load_client_ca(SSL_CTX* context, const tls_settings& settings) {
    std::unique_ptr<STACK_OF(X509_NAME), free_names> names(SSL_load_client_CA_file(settings.client_ca_file.c_str()));
    if (!names || SSL_CTX_load_verify_file(context, settings.client_ca_file.c_str()) != 1) {
        fail({"client_ca_file 中读不到 PEM 证书", "cannot read PEM certificates from client_ca_file"}, settings.client_ca_file);
    }
    SSL_CTX_set_client_CA_list(context, names.release());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, &remember_refused);
    SSL_CTX_set_verify_depth(context, 4);
}

struct revocation_lists {
    std::optional<std::chrono::sys_seconds> first_end;
    std::vector<std::string> authorities_without;
};

revocation_lists load_crl(SSL_CTX* context, const tls_settings& settings) {
    revocation_lists loaded;
    if (settings.crl_file.empty()) {
        return loaded;
    }
    const openssl_owned<BIO> in(BIO_new_file(settings.crl_file.c_str(), "r"));
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    const STACK_OF(X509_NAME)* issuers = SSL_CTX_get_client_CA_list(context);
    std::vector<bool> listed(static_cast<std::size_t>(sk_X509_NAME_num(issuers)));
    while (in) {
        const openssl_owned<X509_CRL> crl(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
        if (!crl) {
            break;
        }
        for (int i = 0; i < sk_X509_NAME_num(issuers); ++i) {
            if (X509_NAME_cmp(sk_X509_NAME_value(issuers, i), X509_CRL_get_issuer(crl.get())) == 0) {
                listed[static_cast<std::size_t>(i)] = true;
            }
        }
        X509_STORE_add_crl(store, crl.get());
        if (const auto end = end_of(crl.get())) {
            loaded.first_end = loaded.first_end ? std::min(*loaded.first_end, *end) : *end;
        }
    }
    // With a list that fits no CA every client would be refused: say so now.
    if (std::ranges::find(listed, true) == listed.end()) {
        fail({"crl_file 中没有客户端 CA 的 PEM 吊销列表", "crl_file holds no PEM revocation list of the client CA"}, settings.crl_file);
    }
    for (int i = 0; i < sk_X509_NAME_num(issuers); ++i) {
        if (!listed[static_cast<std::size_t>(i)]) {
            loaded.authorities_without.push_back(name_of(sk_X509_NAME_value(issuers, i)));
        }
    }
    check_revocation(store);
    ERR_clear_error(); // the end of the file, lists of others
    return loaded;
}

const char* refusal(long verify_result) {
    switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "not_yet_valid";
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
        fail({"无法建立 TLS 环境", "cannot make a context"});
    }
    set_protocol(made->native_);
    load_own(made->native_, settings);
    load_client_ca(made->native_, settings);
    auto lists = load_crl(made->native_, settings);
    made->revocation_end_ = lists.first_end;
    made->without_list_ = std::move(lists.authorities_without);
    made->own_ = facts_of(SSL_CTX_get0_certificate(made->native_));
    return made;
}

std::vector<sentence> tls_context::why_unfit(const tls_settings& from, std::chrono::system_clock::time_point now) const {
    auto found =
        security::why_unfit(SSL_CTX_get0_certificate(native_), certificate_use::server, now, from.certificate_file);
    if (revocation_end_ && *revocation_end_ <= now) {
        found.push_back(about(from.crl_file, {"吊销列表已过期，所有客户端都会被拒绝",
                                              "the revocation list has ended: every client would be refused"}));
    }
    return found;
}

tls_context::~tls_context() {
    SSL_CTX_free(native_);
}

std::shared_ptr<const certificate_facts> peer_facts(ssl_st* ssl) {
    const openssl_owned<X509> certificate(SSL_get1_peer_certificate(ssl));
    if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) {
        return nullptr;
    }
    return std::make_shared<const certificate_facts>(facts_of(certificate.get()));
}

std::string_view verify_again(ssl_st* ssl, const tls_context& now) {
    const openssl_owned<X509_STORE_CTX> store(X509_STORE_CTX_new());
    const openssl_owned<X509> certificate(SSL_get1_peer_certificate(ssl));
    if (!store || !certificate ||
        X509_STORE_CTX_init(store.get(), SSL_CTX_get_cert_store(now.native()), certificate.get(),
                            SSL_get_peer_cert_chain(ssl)) != 1 ||
        X509_STORE_CTX_set_default(store.get(), "ssl_client") != 1) {
        ERR_clear_error();
        return "other";
    }
    X509_STORE_CTX_set_depth(store.get(), SSL_CTX_get_verify_depth(now.native()));
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(store.get()), SSL_CTX_get_security_level(now.native()));
    const bool good = X509_verify_cert(store.get()) == 1;
    ERR_clear_error();
    return good ? std::string_view() : refusal(X509_STORE_CTX_get_error(store.get()));
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
