// index.json of the development CA: what it issued and revoked. Seen only by pki.cpp.
#pragma once

#include "security/pki.hpp"

#include <filesystem>
#include <vector>

namespace tongban::security {

struct pki_index {
    long list_number = 0; // of the newest revocation list
    std::vector<issued_certificate> rows;
};

// An absent file is an empty index. Both throw std::runtime_error.
pki_index read_index(const std::filesystem::path& folder);
void write_index(const std::filesystem::path& folder, const pki_index& index);

} // namespace tongban::security
