// Digests of file contents, a piece at a time: SHA-256 names a file, SM3 (GB/T 32905) is checked where a city gives it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tongban::security {

enum class digest_algorithm { sha256, sm3 };

class content_digest {
public:
    explicit content_digest(digest_algorithm algorithm);
    ~content_digest();
    content_digest(content_digest&&) noexcept;
    content_digest& operator=(content_digest&&) noexcept;

    void update(std::string_view bytes);
    // 32 bytes; once.
    std::string finish();

private:
    struct free_context {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

std::string digest_of(digest_algorithm algorithm, std::string_view bytes);

// Lower-case hexadecimal digits of each byte, and back; nullopt when the text is not pairs of such digits (of either
// case).
std::string hex_of(std::string_view bytes);
std::optional<std::string> bytes_of_hex(std::string_view text);

} // namespace tongban::security
