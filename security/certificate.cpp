#include "security/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>
#include <stdexcept>

namespace tongban::security {
namespace {

std::string lower_hex(const unsigned char* bytes, std::size_t size) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    text.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) {
        text += hex[bytes[i] >> 4];
        text += hex[bytes[i] & 15];
    }
    return text;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    return lower_hex(digest.data(), size);
}

void add_names(X509* certificate, certificate_facts& facts) {
    const openssl_owned<GENERAL_NAMES> names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_URI && name->type != GEN_DNS)
            continue;
        const ASN1_IA5STRING* value =
            name->type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.dNSName;
        std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                         static_cast<std::size_t>(ASN1_STRING_length(value)));
        if (text.find('\0') == std::string::npos)
            (name->type == GEN_URI ? facts.san_uris : facts.san_dns).push_back(std::move(text));
    }
}

openssl_owned<BIO> open_file(const std::filesystem::path& file) {
    ERR_clear_error();
    openssl_owned<BIO> in(BIO_new_file(file.c_str(), "r"));
    if (!in)
        throw std::runtime_error(file.string() + ": 无法读取 / cannot be read" + openssl_reason());
    return in;
}

// Given so that OpenSSL never asks for a password on the terminal.
int no_password(char*, int, int, void*) {
    return -1;
}

} // namespace

std::string name_of(const X509_NAME* name) {
    const openssl_owned<BIO> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return bio_text(out.get());
}

std::string serial_of(const X509* certificate) {
    const openssl_owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char* hex = number ? BN_bn2hex(number.get()) : nullptr;
    std::string text = hex != nullptr ? hex : "";
    OPENSSL_free(hex);
    for (char& c : text)
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

std::string bio_text(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::string openssl_reason() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? std::string() : std::string(" (") + reason + ')';
}

certificate_facts facts_of(X509* certificate) {
    certificate_facts facts;
    facts.subject = name_of(X509_get_subject_name(certificate));
    facts.sha256_fingerprint = fingerprint_of(certificate);
    facts.serial = serial_of(certificate);
    facts.not_after = time_of(X509_get0_notAfter(certificate));
    add_names(certificate, facts);
    ERR_clear_error();
    return facts;
}

std::chrono::sys_seconds begin_of(const X509* certificate) {
    return time_of(X509_get0_notBefore(certificate));
}

std::vector<sentence> why_unfit(X509* certificate, certificate_use use, std::chrono::system_clock::time_point now,
                                const std::filesystem::path& file) {
    std::vector<sentence> found;
    if (facts_of(certificate).not_after <= now) {
        found.push_back(about(file, {"证书已过期", "the certificate has expired"}));
    }
    if (begin_of(certificate) > now) {
        found.push_back(about(file, {"证书尚未生效", "the certificate is not valid yet"}));
    }
    const bool server = use == certificate_use::server;
    if (X509_check_purpose(certificate, server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT, 0) != 1) {
        found.push_back(about(file, server ? sentence{"证书不能用于服务端", "the certificate is not for servers"}
                                           : sentence{"证书不能用于客户端", "the certificate is not for clients"}));
    }
    return found;
}

sentence about(const std::filesystem::path& file, const sentence& what) {
    return {file.string() + "：" + what.zh, file.string() + ": " + what.en};
}

std::optional<std::chrono::sys_seconds> end_of(const X509_CRL* list) {
    const ASN1_TIME* end = X509_CRL_get0_nextUpdate(list);
    return end == nullptr ? std::nullopt : std::optional(time_of(end));
}

openssl_owned<X509> read_certificate(const std::filesystem::path& file) {
    const auto in = open_file(file);
    openssl_owned<X509> certificate(PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr));
    if (!certificate)
        throw std::runtime_error(file.string() + ": 没有 PEM 证书 / holds no PEM certificate" + openssl_reason());
    return certificate;
}

openssl_owned<EVP_PKEY> read_key(const std::filesystem::path& file) {
    const auto in = open_file(file);
    openssl_owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
    if (!key)
        throw std::runtime_error(file.string() + ": 没有无口令的 PEM 私钥 / holds no PEM private key without a password" +
                                 openssl_reason());
    return key;
}

} // namespace tongban::security
