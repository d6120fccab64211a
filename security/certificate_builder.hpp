// Builds and signs the certificates and revocation lists of the development CA (RFC 5280). Seen only by
// pki.cpp.
#pragma once

#include "security/openssl_owned.hpp"
#include "security/pki.hpp"

#include <string>
#include <vector>

namespace tongban::security {

struct authority {
    openssl_owned<X509> certificate;
    openssl_owned<EVP_PKEY> key;
};

openssl_owned<EVP_PKEY> make_key();

// A self-signed root that may sign end certificates and revocation lists, and nothing below it.
openssl_owned<X509> make_root(EVP_PKEY* key, const std::string& name, int days);

// `key` is the subject's. The order has been checked.
openssl_owned<X509> make_certificate(const authority& ca, EVP_PKEY* key, const certificate_order& order,
                                     std::chrono::sys_seconds not_before, std::chrono::sys_seconds not_after);

// Every revoked row; valid until the authority itself ends.
openssl_owned<X509_CRL> make_revocation_list(const authority& ca, const std::vector<issued_certificate>& rows,
                                             long number);

std::string pem_of(X509* certificate);
std::string pem_of(EVP_PKEY* key);
std::string pem_of(X509_CRL* list);

} // namespace tongban::security
