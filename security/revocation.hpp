// Checks revocation lists as OpenSSL does, but verifies a list's signature once, when it is loaded, and not again in
// every handshake: that costs as much as verifying the client's certificate.
#pragma once

#include <openssl/x509_vfy.h>

namespace tongban::security {

// To be called when all authorities and lists are in `store`; those added later are checked the slow way. Turns the
// check of the leaf's revocation on.
void check_revocation(X509_STORE* store);

} // namespace tongban::security
