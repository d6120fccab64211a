// Certificates and keys as PEM files, and the facts of a certificate that identity and the development CA
// use.
#pragma once

#include "security/identity.hpp"
#include "security/openssl_owned.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace tongban::security {

// SAN entries that hold a NUL are left out: "good.example\0.evil.example" must never be taken for its front
// half.
certificate_facts facts_of(X509* certificate);

// Lower-case hex, as in certificate_facts.
std::string serial_of(const X509* certificate);

// The beginning of its validity; facts_of gives the end.
std::chrono::sys_seconds begin_of(const X509* certificate);

// The end of a revocation list (nextUpdate, RFC 5280 §5.1.2.5); nothing when it tells none.
std::optional<std::chrono::sys_seconds> end_of(const X509_CRL* list);

// These throw std::runtime_error with the file and what is wrong with it. A key must not be encrypted.
openssl_owned<X509> read_certificate(const std::filesystem::path& file);
openssl_owned<EVP_PKEY> read_key(const std::filesystem::path& file);

} // namespace tongban::security
