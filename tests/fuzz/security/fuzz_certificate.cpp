// A certificate as a peer may send it (DER) → facts → partner. Holds for any bytes: no crash, no name with a
// NUL, and nobody is identified whose names do not say so.
#include "security/certificate.hpp"
#include "security/partner_directory.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace tongban::security;

constexpr auto partners = R"(
partners:
  - id: platform
    name: {zh: 平台, en: P}
    role: platform
    regions: [370800]
    identities: [{san_uri: "tongban://370800/platform"}, {san_dns: api.example.cn}]
  - id: windows
    name: {zh: 窗口, en: W}
    role: platform
    regions: [370800]
    identities: [{san_uri: "tongban://370800/window/*"}, {subject: "CN=old java,O=Qingdao"}]
)";

bool says(const certificate_facts& facts) {
    for (const std::string& uri : facts.san_uris)
        if (uri.starts_with("tongban://370800/"))
            return true;
    return !facts.san_dns.empty() || facts.subject == "CN=old java,O=Qingdao";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto directory = partner_directory::parse({{"p.yaml", partners}}).directory;
    const unsigned char* at = data;
    const openssl_owned<X509> certificate(d2i_X509(nullptr, &at, static_cast<long>(size)));
    ERR_clear_error();
    if (!certificate)
        return 0;
    const certificate_facts facts = facts_of(certificate.get());
    for (const auto* names : {&facts.san_uris, &facts.san_dns})
        for (const std::string& name : *names)
            if (name.find('\0') != std::string::npos)
                std::abort();
    if (facts.sha256_fingerprint.size() != 64 || ERR_peek_error() != 0)
        std::abort();
    begin_of(certificate.get());
    if (directory->identify(facts) != nullptr && !says(facts))
        std::abort();
    return 0;
}
