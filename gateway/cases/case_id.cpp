// Case ids from origin region and source number. SHA-256 because every replica and every later reader must
// agree; Crockford's alphabet because clerks read numbers out over the telephone.
#include "gateway/cases/case_id.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

namespace tongban::cases {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view prefix = "TB";
constexpr auto in_alphabet = [] {
    std::array<bool, 256> known{};
    for (const char c : alphabet) {
        known[static_cast<unsigned char>(c)] = true;
    }
    return known;
}();
constexpr std::size_t region_length = 6;
constexpr std::size_t digest_length = 26;
constexpr std::size_t id_length = 34;
static_assert(prefix.size() + region_length + digest_length == id_length);

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

struct free_context {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

using digest_bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

digest_bytes digest_of(std::string_view source_case_no) {
    // Fetched once, and one context for each thread: OpenSSL 3 looks the algorithm up and allocates on each use otherwise.
    static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
    static constexpr std::string_view domain = "tongban/case/";
    digest_bytes digest{};
    if (!context || EVP_DigestInit_ex2(context.get(), sha256, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), domain.data(), domain.size()) != 1 ||
        EVP_DigestUpdate(context.get(), source_case_no.data(), source_case_no.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL offers no SHA-256"); // no case can be named on this machine
    }
    return digest;
}

} // namespace

std::string case_number_digest(std::string_view source_case_no) {
    const auto digest = digest_of(source_case_no);
    // 128 bits as 26 digits of 5: the two bits too many lead and are zero.
    std::string text;
    text.reserve(digest_length);
    unsigned buffer = 0;
    unsigned bits = 2;
    for (std::size_t i = 0; i < 16; ++i) {
        buffer = buffer << 8 | digest[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            text.push_back(alphabet[buffer >> bits & 31]);
        }
    }
    return text;
}

std::string case_id(std::string_view origin_region, std::string_view source_case_no) {
    std::string id(prefix);
    id += origin_region;
    id += case_number_digest(source_case_no);
    return id;
}

bool is_case_id(std::string_view text) noexcept {
    if (text.size() != id_length || !text.starts_with(prefix)) {
        return false;
    }
    const auto region = text.substr(prefix.size(), region_length);
    const auto digest = text.substr(prefix.size() + region_length);
    return std::ranges::all_of(region, is_digit) && digest.front() <= '7' &&
           std::ranges::all_of(digest, [](char c) { return in_alphabet[static_cast<unsigned char>(c)]; });
}

} // namespace tongban::cases
