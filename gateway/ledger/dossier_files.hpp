// The files of a dossier, each with its number: those of the materials first, then the agent's authorisation, then those
// of the certificates. The number is how facts of the ledger name a file (MaterialFact.file).
#pragma once

#include "security/identity.hpp"
#include "tongban/v1/dossier.pb.h"
#include "tongban/v1/ledger.pb.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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

// "materials[1].files[0]" of the file with this number.
std::string place_of_file(const v1::Dossier& dossier, std::uint32_t number);

// Whose files they are.
struct files_of_message {
    std::string region;                               // whose side says the event
    std::shared_ptr<const security::partner> partner; // who sent it
    bool may_follow = false; // 材料可后补: what cannot be stored now stays inside the message
};

// What became of a dossier's files before its record is made.
struct files_taken {
    struct fault {
        std::string place; // within the dossier
        std::string rule;
        std::string zh;
        std::string en;
        bool warning = false;
    };
    std::vector<fault> faults; // one that is no warning: the event is refused
    bool refused() const noexcept {
        return std::any_of(faults.begin(), faults.end(), [](const fault& one) { return !one.warning; });
    }
    std::vector<std::uint32_t> to_fetch; // numbers of files that are at addresses of their sender
    bool unavailable = false;  // files cannot be dealt with now: to be sent again
    // What could not be put into the store and stays in the message: by number.
    std::vector<std::pair<std::uint32_t, std::string>> kept_inline;
};
// Puts content back that was taken out before the record was made: the record's digests stay those of the lifted form, so
// the same message is the same event whether or not the store could be reached.
void put_back(const std::vector<std::pair<std::uint32_t, std::string>>& contents, v1::LedgerRecord& record);

// True when the file's bytes are, by what it says, in the object store: it has a digest, and neither content nor an
// address to fetch it from. An address that begins with a slash is the gateway's own (gateway_address).
bool is_reference(const v1::MaterialFile& file) noexcept;
// Where the two sides of the case read the file: a path at the gateway.
std::string gateway_address(std::string_view case_id, const v1::MaterialFile& file);

// Writes into the record which files of the object store its dossier references.
void note_files(const v1::Dossier& dossier, v1::LedgerRecord& record);

} // namespace tongban::ledger
