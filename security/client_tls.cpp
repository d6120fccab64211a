// Pins are checked inside OpenSSL's verification, as its last step for the leaf: a wrong one fails the
// handshake like a wrong chain does.
#include "security/client_tls.hpp"

#include "security/certificate.hpp"
#include "security/certificate_pin.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace tongban::security {

namespace {

using expected_pointer = std::shared_ptr<const expected_target>;

[[noreturn]] void fail(const sentence& what, const std::filesystem::path& file = {}) {
    std::string text = "TLS of targets: " + what.text();
    if (!file.empty()) {
        text += ": " + file.string();
    }
    text += openssl_reason();
    throw std::runtime_error(text);
}

bool control_or_space(char c) {
    return static_cast<unsigned char>(c) <= 0x20;
}

// Where an SSL keeps whom it must lead to.
int expected_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                                  [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
                                                      delete static_cast<expected_pointer*>(value);
                                                  });
    return index;
}

// Called for every certificate of the chain, the leaf last; all other checks of the leaf are done by then.
int check_pin(int verified, X509_STORE_CTX* store) {
    if (verified == 0 || X509_STORE_CTX_get_error_depth(store) != 0) {
        return verified;
    }
    const auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* expected =
        ssl == nullptr ? nullptr : static_cast<expected_pointer*>(SSL_get_ex_data(ssl, expected_index()));
    X509* leaf = X509_STORE_CTX_get_current_cert(store);
    if (expected != nullptr && leaf != nullptr && fits((*expected)->pins, facts_of(leaf))) {
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

void set_protocol(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    if (SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set_ciphersuites(
            context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1) {
        fail({"OpenSSL 缺少所需的密码套件或曲线", "this OpenSSL lacks the cipher suites or groups that are needed"});
    }
    // Buffers are given back while a connection is idle.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(context, 32L * 1024);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

void load_own(SSL_CTX* context, const client_tls_settings& settings) {
    if (settings.certificate_file.empty() && settings.key_file.empty()) {
        return;
    }
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
}

void load_authorities(SSL_CTX* context, const client_tls_settings& settings) {
    if (settings.ca_file.empty() || SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1) {
        fail({"ca_file 中读不到 PEM 证书", "cannot read PEM certificates from ca_file"}, settings.ca_file);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &check_pin);
    SSL_CTX_set_verify_depth(context, 4);
    if (settings.crl_file.empty()) {
        return;
    }
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP* lists = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lists == nullptr || X509_load_crl_file(lists, settings.crl_file.c_str(), X509_FILETYPE_PEM) < 1) {
        fail({"crl_file 中读不到 PEM 吊销列表", "cannot read PEM revocation lists from crl_file"}, settings.crl_file);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

bool fits(const certificate_pin& pin, const certificate_facts& certificate) {
    const std::string& wanted = pin.value;
    switch (pin.kind) {
    case identity_rule::san_uri:
        return std::ranges::any_of(certificate.san_uris, [&](const std::string& uri) {
            if (!wanted.ends_with("/*")) {
                return uri == wanted;
            }
            const std::string_view front(wanted.data(), wanted.size() - 1);
            return uri.size() > front.size() && uri.starts_with(front) &&
                   std::ranges::none_of(uri, control_or_space);
        });
    case identity_rule::san_dns:
        return std::ranges::any_of(certificate.san_dns,
                                   [&](const std::string& name) { return lower_case(name) == wanted; });
    case identity_rule::subject:
        return certificate.subject == wanted;
    case identity_rule::fingerprint:
        return certificate.sha256_fingerprint == wanted;
    }
    return false;
}

} // namespace

bool fits(const std::vector<certificate_pin>& pins, const certificate_facts& certificate) {
    return std::ranges::any_of(pins, [&](const certificate_pin& pin) { return fits(pin, certificate); });
}

std::shared_ptr<const client_tls> client_tls::load(const client_tls_settings& settings) {
    ERR_clear_error();
    expected_index();
    std::shared_ptr<client_tls> made(new client_tls);
    made->native_ = SSL_CTX_new(TLS_client_method());
    if (made->native_ == nullptr) {
        fail({"无法建立 TLS 环境", "cannot make a context"});
    }
    set_protocol(made->native_);
    load_own(made->native_, settings);
    load_authorities(made->native_, settings);
    ERR_clear_error();
    return made;
}

client_tls::~client_tls() {
    SSL_CTX_free(native_);
}

std::vector<sentence> client_tls::why_unfit(const client_tls_settings& from,
                                            std::chrono::system_clock::time_point now) const {
    X509* certificate = SSL_CTX_get0_certificate(native_);
    return certificate == nullptr ? std::vector<sentence>()
                                  : security::why_unfit(certificate, certificate_use::client, now, from.certificate_file);
}

ssl_st* client_tls::connect_to(std::shared_ptr<const expected_target> target) const {
    ERR_clear_error();
    SSL* ssl = SSL_new(native_);
    if (ssl == nullptr) {
        return nullptr;
    }
    const std::string name = target->server_name;
    auto kept = std::make_unique<expected_pointer>(std::move(target));
    bool done = SSL_set_ex_data(ssl, expected_index(), kept.get()) == 1;
    if (done) {
        static_cast<void>(kept.release());
    }
    // An address is compared with the IP names of the certificate and is never sent as SNI (RFC 6066).
    if (done && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) != 1) {
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        done = !name.empty() && SSL_set1_host(ssl, name.c_str()) == 1 &&
               SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
    }
    ERR_clear_error();
    if (!done) {
        SSL_free(ssl);
        return nullptr;
    }
    return ssl;
}

target_refusal refusal_of(ssl_st* ssl) noexcept {
    switch (SSL_get_verify_result(ssl)) {
    case X509_V_OK:
        return target_refusal::none;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return target_refusal::expired;
    case X509_V_ERR_CERT_REVOKED:
        return target_refusal::revoked;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return target_refusal::wrong_name;
    case X509_V_ERR_APPLICATION_VERIFICATION:
        return target_refusal::not_pinned;
    default:
        return target_refusal::untrusted;
    }
}

std::string target_serial(ssl_st* ssl) {
    X509* leaf = SSL_get0_peer_certificate(ssl);
    return leaf == nullptr ? std::string() : facts_of(leaf).serial;
}

} // namespace tongban::security
