// Owners for what OpenSSL allocates, and its error queue as a sentence. Seen only inside security.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace tongban::security {

struct openssl_deleter {
    void operator()(BIO* p) const noexcept { BIO_free(p); }
    void operator()(BIGNUM* p) const noexcept { BN_free(p); }
    void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
    void operator()(X509* p) const noexcept { X509_free(p); }
    void operator()(X509_STORE_CTX* p) const noexcept { X509_STORE_CTX_free(p); }
    void operator()(X509_CRL* p) const noexcept { X509_CRL_free(p); }
    void operator()(X509_REVOKED* p) const noexcept { X509_REVOKED_free(p); }
    void operator()(X509_EXTENSION* p) const noexcept { X509_EXTENSION_free(p); }
    // ASN1_INTEGER, ASN1_ENUMERATED and ASN1_TIME are this same type.
    void operator()(ASN1_STRING* p) const noexcept { ASN1_STRING_free(p); }
    void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
    void operator()(GENERAL_NAME* p) const noexcept { GENERAL_NAME_free(p); }
};
template <class T>
using openssl_owned = std::unique_ptr<T, openssl_deleter>;

// What a memory BIO holds.
std::string bio_text(BIO* bio);

// " (reason)" of the first error in OpenSSL's queue, empty when there is none; the queue is empty afterwards.
std::string openssl_reason();

} // namespace tongban::security
