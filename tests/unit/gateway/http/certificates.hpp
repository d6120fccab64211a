// Certificates made in the test, with OpenSSL itself rather than with our own pki: valid, expired, foreign, revoked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace tongban::testing {

struct identity {
    std::string certificate; // PEM
    std::string key;         // PEM
    std::string serial;      // lower-case hex
};

class authority {
public:
    explicit authority(const std::string& name);
    ~authority();

    struct wish {
        std::string common_name = "platform";
        std::string uri = "tongban://370800/platform";
        long valid_from_s = -3600;
        long valid_to_s = 3600;
        bool server = false;
        std::string extended_usage{}; // instead of the usual one
    };
    identity issue(const wish& w) const;
    std::string certificate() const; // PEM
    // Revocation list of these serials, next update in `next_update_s`.
    std::string revocation_list(const std::vector<std::string>& serials, long next_update_s = 3600) const;

private:
    std::unique_ptr<evp_pkey_st, void (*)(evp_pkey_st*)> key_;
    std::unique_ptr<x509_st, void (*)(x509_st*)> certificate_;
};

// A folder that is removed with the object.
class folder {
public:
    folder();
    ~folder();
    folder(const folder&) = delete;
    std::filesystem::path write(const std::string& name, const std::string& text) const;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace tongban::testing
