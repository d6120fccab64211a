#include "gateway/materials/notes.hpp"

#include "security/content_digest.hpp"

#include <algorithm>

namespace tongban::materials {

namespace {
constexpr std::string_view holder = "tongban holder\n";
constexpr std::string_view leaving = "tongban leaving\n";
constexpr std::size_t digest_digits = 64;
} // namespace

std::string holder_note(std::string_view region, std::string_view sha256) {
    return std::string(holder) + std::string(region) + "\n" + std::string(sha256) + "\n";
}

std::string leaving_note(std::string_view sha256) {
    return std::string(leaving) + std::string(sha256) + "\n";
}

std::string name_of_note(std::string_view note) {
    return security::hex_of(security::digest_of(security::digest_algorithm::sha256, note));
}

bool is_note(std::string_view head) noexcept {
    return head.starts_with(holder) || is_leaving_note(head);
}

bool is_leaving_note(std::string_view head) noexcept {
    return head.starts_with(leaving);
}

std::string_view file_of_note(std::string_view note) noexcept {
    note.remove_suffix(note.ends_with('\n') ? 1 : 0);
    return note.substr(note.size() - std::min(note.size(), digest_digits));
}

} // namespace tongban::materials
