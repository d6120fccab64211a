// TLS settings of a listener: TLS 1.3, and 1.2 with ECDHE and AEAD for old Java clients; a client certificate is
// required and checked against the client CA and its revocation list.
#pragma once

#include "security/identity.hpp"
#include "security/sentence.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace tongban::security {

struct tls_settings {
    std::filesystem::path certificate_file; // PEM, whole chain
    std::filesystem::path key_file;         // PEM, not encrypted
    std::filesystem::path client_ca_file;   // PEM; who may have issued a client's certificate
    std::filesystem::path crl_file;         // PEM; empty: no revocation list
};

// Owns an SSL_CTX. Immutable after creation; reload builds a new one and swaps the pointer. Its ticket keys are its
// own, so a session made before a reload of the revocation list cannot be resumed after it.
class tls_context {
public:
    // Throws std::runtime_error with what to mend (start-up and reload only).
    static std::shared_ptr<const tls_context> for_server(const tls_settings& settings);

    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;
    ssl_ctx_st* native() const noexcept { return native_; }
    // The server's own certificate: serial and end, for metrics and warnings.
    const certificate_facts& own() const noexcept { return own_; }
    // The first end among the revocation lists: every client is refused after it. Nothing without a list.
    std::optional<std::chrono::sys_seconds> revocation_end() const noexcept { return revocation_end_; }
    // Subjects (RFC 2253) of the client authorities that no list is of though there are lists: clients that they issued are
    // refused. None is needed of one that issues only other authorities.
    const std::vector<std::string>& authorities_without_list() const noexcept { return without_list_; }
    // What would have clients refused at `now`, though it was loaded, each with its file of `from`: the server's certificate has
    // ended, has not begun, or is not for servers (RFC 5280 §4.2.1.12); a revocation list has ended. Empty when nothing is
    // wrong. Asked before it takes another's place.
    std::vector<sentence> why_unfit(const tls_settings& from, std::chrono::system_clock::time_point now) const;

private:
    tls_context() = default;
    ssl_ctx_st* native_ = nullptr;
    certificate_facts own_;
    std::optional<std::chrono::sys_seconds> revocation_end_;
    std::vector<std::string> without_list_;
};

// Facts of the peer's verified certificate; null when it sent none.
std::shared_ptr<const certificate_facts> peer_facts(ssl_st* ssl);

// Whether the peer of a connection that another context let in would be let in by `now`, with its authorities and lists: empty,
// or why not, as one of handshake_failures. A resumed connection knows no certificates between the peer's and the authority.
std::string_view verify_again(ssl_st* ssl, const tls_context& now);

// Why a handshake failed, as one of handshake_failures. `ssl_error` is the first code of OpenSSL's error queue, 0
// when there was none (the peer closed). `serial` gets the refused certificate's when there was one.
std::string handshake_failure(ssl_st* ssl, unsigned long ssl_error, std::string& serial);

// Every label handshake_failure can give, and "timeout", which the server itself finds out. "alert": the client
// refused us, mostly because it does not trust our certificate; "crl": our revocation list is stale or missing.
inline constexpr const char* handshake_failures[] = {"no_certificate", "unknown_ca", "expired", "not_yet_valid",
                                                     "revoked",        "crl",        "protocol", "alert",
                                                     "closed",         "timeout",    "other"};

} // namespace tongban::security
