#include "gateway/ledger/dossier_files.hpp"

#include "gateway/ledger/record.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {
constexpr std::size_t sha256_hex_size = 64;
}

bool is_reference(const v1::MaterialFile& file) noexcept {
    return file.sha256().size() == sha256_hex_size && file.content().empty() &&
           (file.url().empty() || file.url().starts_with('/'));
}

std::string gateway_address(std::string_view case_id, const v1::MaterialFile& file) {
    return "/v1/cases/" + std::string(case_id) + "/materials/" + file.sha256();
}

std::string place_of_file(const v1::Dossier& dossier, std::uint32_t number) {
    std::uint32_t next = 0;
    for (int m = 0; m < dossier.materials_size(); ++m) {
        for (int f = 0; f < dossier.materials(m).files_size(); ++f) {
            if (next++ == number) {
                return "materials[" + std::to_string(m) + "].files[" + std::to_string(f) + ']';
            }
        }
    }
    if (dossier.agent().has_authorisation() && next++ == number) {
        return "agent.authorisation";
    }
    for (int c = 0; c < dossier.certificates_size(); ++c) {
        if (dossier.certificates(c).has_file() && next++ == number) {
            return "certificates[" + std::to_string(c) + "].file";
        }
    }
    return "materials";
}

void put_back(const std::vector<std::pair<std::uint32_t, std::string>>& contents, v1::LedgerRecord& record) {
    v1::Dossier dossier;
    if (contents.empty() || !dossier.ParseFromString(record.dossier())) {
        return;
    }
    for_each_file(dossier, [&](std::uint32_t number, v1::MaterialFile& file) {
        for (const auto& [of, content] : contents) {
            if (of == number) {
                file.set_content(content);
            }
        }
    });
    note_files(dossier, record);
    record.set_dossier(dossier.SerializeAsString());
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
