// What a file is, by its first bytes and never by its name. Knows what applicants hand in, and the programs and scripts
// that somebody may try to pass on; an archive is recognised, never unpacked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::materials {

inline constexpr std::size_t sniffed_bytes = 4096;

// Of the first bytes of a file (up to sniffed_bytes); "application/octet-stream" for what is not known.
std::string_view media_type_of(std::string_view head) noexcept;
// Whether a file of this type by its content may be announced as `claimed`: also a name that says less, an older name, or
// one that the content alone cannot tell (a Word file of the old kind, text of a special kind).
bool may_be_called(std::string_view type, std::string_view claimed);

// "application/pdf, image/*": what is taken.
class type_list {
public:
    // Precondition: is_type_list(text).
    explicit type_list(std::string_view text);
    bool has(std::string_view type) const noexcept;

private:
    std::vector<std::string> entries_;
};
bool is_type_list(std::string_view text) noexcept;

} // namespace tongban::materials
