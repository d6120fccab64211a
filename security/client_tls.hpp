// TLS settings for connections that we open: our certificate, the authorities we accept, and the pins that
// tie a target's certificate to its partner. A target that fails any check ends the handshake, before our own
// certificate or a byte of a message is sent.
#pragma once

#include "security/certificate_pin.hpp"
#include "security/identity.hpp"
#include "security/partner_directory.hpp"
#include "security/sentence.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace tongban::security {

struct client_tls_settings {
    std::filesystem::path certificate_file; // PEM, our whole chain; empty: we show none
    std::filesystem::path key_file;         // PEM, not encrypted
    std::filesystem::path ca_file;          // PEM; who may have issued a target's certificate, nobody else
    std::filesystem::path crl_file;         // PEM; empty: no revocation list
};

// True when one of the (normalised) pins fits. No pins: false.
bool fits(const std::vector<certificate_pin>& pins, const certificate_facts& certificate);

// Whom a connection must lead to.
struct expected_target {
    std::string server_name; // host name or IP address that the certificate must carry; a name is sent as SNI
    std::vector<certificate_pin> pins; // normalised; one must fit
};

// Why the target's certificate was refused.
enum class target_refusal { none, untrusted, expired, revoked, wrong_name, not_pinned };

// Owns an SSL_CTX for TLS 1.2 and 1.3. Immutable after creation; reload builds a new one and swaps the
// pointer. Sessions are not resumed: each connection checks chain, name, validity and pins anew.
class client_tls {
public:
    // Throws std::runtime_error with what to mend (start-up and reload only).
    static std::shared_ptr<const client_tls> load(const client_tls_settings& settings);

    ~client_tls();
    client_tls(const client_tls&) = delete;
    client_tls& operator=(const client_tls&) = delete;

    // What would have targets refuse our certificate at `now`, though it was loaded, each with its file of `from`; nothing when
    // we show none.
    std::vector<sentence> why_unfit(const client_tls_settings& from, std::chrono::system_clock::time_point now) const;

    // A new SSL that accepts only `target`; the caller owns it (Asio's stream takes it). Null when memory is
    // short.
    ssl_st* connect_to(std::shared_ptr<const expected_target> target) const;

private:
    client_tls() = default;
    ssl_ctx_st* native_ = nullptr;
};

// After a failed handshake of an SSL of connect_to(): what was wrong with the certificate; none when it was
// not that.
target_refusal refusal_of(ssl_st* ssl) noexcept;

// After a handshake that went well: the serial number of the target's certificate, lower-case hex.
std::string target_serial(ssl_st* ssl);

} // namespace tongban::security
