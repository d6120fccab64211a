// Certificates and keys as PEM files, and the facts of a certificate that identity and the development CA
// use.
#pragma once

#include "security/identity.hpp"
#include "security/openssl_owned.hpp"
#include "security/sentence.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tongban::security {

// SAN entries that hold a NUL are left out: "good.example\0.evil.example" must never be taken for its front
// half.
certificate_facts facts_of(X509* certificate);

// RFC 2253, but UTF-8 stays readable: a subject may hold Chinese names.
std::string name_of(const X509_NAME* name);

// Lower-case hex, as in certificate_facts.
std::string serial_of(const X509* certificate);

// The beginning of its validity; facts_of gives the end.
std::chrono::sys_seconds begin_of(const X509* certificate);

enum class certificate_use { server, client };

// Why its peers would refuse it at `now`, though it can be read: it has ended, has not begun, or is for another use (RFC 5280
// §4.2.1.12). Each sentence begins with `file`, where it was read. Empty when nothing is wrong.
std::vector<sentence> why_unfit(X509* certificate, certificate_use use, std::chrono::system_clock::time_point now,
                                const std::filesystem::path& file);

// `what` said of `file`.
sentence about(const std::filesystem::path& file, const sentence& what);

// The end of a revocation list (nextUpdate, RFC 5280 §5.1.2.5); nothing when it tells none.
std::optional<std::chrono::sys_seconds> end_of(const X509_CRL* list);

// These throw std::runtime_error with the file and what is wrong with it. A key must not be encrypted.
openssl_owned<X509> read_certificate(const std::filesystem::path& file);
openssl_owned<EVP_PKEY> read_key(const std::filesystem::path& file);

} // namespace tongban::security
