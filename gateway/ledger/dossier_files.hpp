// The files of a dossier, each with its number: those of the materials first, then the agent's authorisation, then those
// of the certificates. The number is how facts of the ledger name a file (MaterialFact.file).
#pragma once

#include "tongban/v1/dossier.pb.h"
#include "tongban/v1/ledger.pb.h"

#include <cstdint>
#include <type_traits>

namespace tongban::ledger {

// Calls visit(number, file), with the dossier's constness.
template <class Dossier, class Visit>
void for_each_file(Dossier& dossier, Visit&& visit) {
    std::uint32_t number = 0;
    if constexpr (std::is_const_v<Dossier>) {
        for (const auto& material : dossier.materials()) {
            for (const auto& file : material.files()) {
                visit(number++, file);
            }
        }
        if (dossier.agent().has_authorisation()) {
            visit(number++, dossier.agent().authorisation());
        }
        for (const auto& certificate : dossier.certificates()) {
            if (certificate.has_file()) {
                visit(number++, certificate.file());
            }
        }
    } else {
        for (auto& material : *dossier.mutable_materials()) {
            for (auto& file : *material.mutable_files()) {
                visit(number++, file);
            }
        }
        if (dossier.agent().has_authorisation()) {
            visit(number++, *dossier.mutable_agent()->mutable_authorisation());
        }
        for (auto& certificate : *dossier.mutable_certificates()) {
            if (certificate.has_file()) {
                visit(number++, *certificate.mutable_file());
            }
        }
    }
}

// True when the file's bytes are, by what it says, in the object store: it has a digest, and neither content nor an
// address to fetch it from.
bool is_reference(const v1::MaterialFile& file) noexcept;

// Writes into the record which files of the object store its dossier references.
void note_files(const v1::Dossier& dossier, v1::LedgerRecord& record);

} // namespace tongban::ledger
