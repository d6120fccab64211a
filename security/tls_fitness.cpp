#include "security/tls_fitness.hpp"

#include "security/certificate.hpp"

#include <openssl/x509v3.h>

namespace tongban::security {

namespace {

sentence about(const std::filesystem::path& file, const sentence& what) {
    return {file.string() + "：" + what.zh, file.string() + ": " + what.en};
}

} // namespace

std::vector<sentence> why_unfit(const tls_settings& settings, std::chrono::system_clock::time_point now) {
    std::vector<sentence> found;
    const auto certificate = read_certificate(settings.certificate_file);
    if (facts_of(certificate.get()).not_after <= now) {
        found.push_back(about(settings.certificate_file, {"证书已过期", "the certificate has expired"}));
    }
    if (begin_of(certificate.get()) > now) {
        found.push_back(about(settings.certificate_file, {"证书尚未生效", "the certificate is not valid yet"}));
    }
    if (X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0) != 1) {
        found.push_back(about(settings.certificate_file, {"证书不能用于服务端", "the certificate is not for servers"}));
    }
    const auto lists_end = settings.crl_file.empty() ? std::nullopt : end_of_revocation_lists(settings.crl_file);
    if (lists_end && *lists_end <= now) {
        found.push_back(about(settings.crl_file, {"吊销列表已过期，所有客户端都会被拒绝",
                                                  "the revocation list has ended: every client would be refused"}));
    }
    return found;
}

} // namespace tongban::security
