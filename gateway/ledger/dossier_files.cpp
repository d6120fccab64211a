#include "gateway/ledger/dossier_files.hpp"

#include "gateway/ledger/record.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {
constexpr std::size_t sha256_hex_size = 64;
}

bool is_reference(const v1::MaterialFile& file) noexcept {
    return file.sha256().size() == sha256_hex_size && file.content().empty() && file.url().empty();
}

void note_files(const v1::Dossier& dossier, v1::LedgerRecord& record) {
    record.clear_materials();
    for_each_file(dossier, [&](std::uint32_t, const v1::MaterialFile& file) {
        if (is_reference(file)) {
            const auto digest = from_hex(file.sha256());
            if (digest && std::ranges::find(record.materials(), *digest) == record.materials().end()) {
                record.add_materials(*digest);
            }
        }
    });
}

} // namespace tongban::ledger
