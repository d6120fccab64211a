#include "gateway/ledger/dossier_files.hpp"

#include "gateway/ledger/record.hpp"

#include <algorithm>

namespace tongban::ledger {

namespace {
constexpr std::size_t sha256_hex_size = 64;

bool names(const google::protobuf::RepeatedPtrField<std::string>& digests, const std::string& one) {
    return std::ranges::find(digests, one) != digests.end();
}
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

void note_files(const files_taken& taken, v1::LedgerRecord& record) {
    for (const auto& digest : taken.referenced) {
        if (!names(record.materials(), digest)) {
            record.add_materials(digest);
        }
    }
    record.mutable_to_fetch()->Add(taken.to_fetch.begin(), taken.to_fetch.end());
    v1::Dossier dossier;
    if (taken.kept_inline.empty() || !dossier.ParseFromString(record.dossier())) {
        return;
    }
    for_each_file(dossier, [&](std::uint32_t number, v1::MaterialFile& file) {
        for (const auto& [of, content] : taken.kept_inline) {
            if (of == number) {
                file.set_content(content);
            }
        }
    });
    record.set_dossier(dossier.SerializeAsString());
}

void note_same_files(const v1::LedgerRecord& from, v1::LedgerRecord& record) {
    v1::Dossier dossier;
    if (from.materials().empty() || !dossier.ParseFromString(record.dossier())) {
        return;
    }
    const v1::Dossier& named = dossier;
    for_each_file(named, [&](std::uint32_t, const v1::MaterialFile& file) {
        if (is_stored(file, from) && !is_stored(file, record)) {
            record.add_materials(*from_hex(file.sha256()));
        }
    });
}

bool is_stored(const v1::MaterialFile& file, const v1::LedgerRecord& record) {
    const auto digest = is_reference(file) ? from_hex(file.sha256()) : std::nullopt;
    return digest && names(record.materials(), *digest);
}

} // namespace tongban::ledger
