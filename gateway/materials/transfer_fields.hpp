// Fields of requests about files: ranges (RFC 9110), digests (RFC 9530), and those of resumable uploads
// (draft-ietf-httpbis-resumable-upload). Pure, total, fuzzed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::materials {

// Integer and Boolean of RFC 8941, without parameters; nullopt for anything else. Never negative.
std::optional<std::uint64_t> read_integer(std::string_view field) noexcept;
std::optional<bool> read_boolean(std::string_view field) noexcept;

// What a digest field says; empty: not given. 32 bytes each. Algorithms we do not know are left out, as RFC 9530 asks.
struct given_digests {
    std::string sha256;
    std::string sm3;
};
// nullopt: broken, or a digest of the wrong length.
std::optional<given_digests> read_digests(std::string_view field);
// "sha-256=:…:, sm3=:…:"; `sm3` may be empty.
std::string write_digests(std::string_view sha256, std::string_view sm3);

struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0; // inclusive
};
enum class range_verdict { whole, part, unsatisfiable };
// One range of bytes within `size`. A field that is broken, of another unit or of several ranges means the whole, as RFC
// 9110 allows.
range_verdict read_range(std::string_view field, std::uint64_t size, byte_range& range) noexcept;

// If-None-Match and If-Range: whether one of the entity tags is this one. Weak tags never fit `strong`.
bool has_tag(std::string_view field, std::string_view tag, bool strong) noexcept;

} // namespace tongban::materials
