// The files of a dossier, each with its number: those of the materials first, then the agent's authorisation, then those
// of the certificates. The number is how facts of the ledger name a file (MaterialFact.file).
#pragma once

#include "security/identity.hpp"
#include "tongban/v1/dossier.pb.h"
#include "tongban/v1/ledger.pb.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
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
    // Why files cannot be dealt with now: the message is to be sent again.
    struct delay {
        std::string code;
        std::string zh;
        std::string en;
    };
    std::optional<delay> later;
    // SHA-256 (32 bytes) of the files in the object store that the sender may refer to. A digest that only stands in a
    // dossier gives nobody anything.
    std::vector<std::string> referenced;
    std::vector<std::uint32_t> to_fetch; // numbers of files that the gateway has still to get, or to put into the store
    // What could not be put into the store and stays in the message: by number.
    std::vector<std::pair<std::uint32_t, std::string>> kept_inline;
};
// Writes into the record what came of its files. Content that stays inside is put back after the record was made: the
// record's digests are those of the lifted form, so the same message is the same event whether or not the store could be
// reached.
void note_files(const files_taken& taken, v1::LedgerRecord& record);
// Of the files that `from` references those that `record` names too: one message said in several cases.
void note_same_files(const v1::LedgerRecord& from, v1::LedgerRecord& record);

// True when the file's bytes are, by what it says, in the object store: it has a digest, and neither content nor an
// address to fetch it from. An address that begins with a slash is the gateway's own (gateway_address).
bool is_reference(const v1::MaterialFile& file) noexcept;
// Where the two sides of the case read the file: a path at the gateway.
std::string gateway_address(std::string_view case_id, const v1::MaterialFile& file);

// True when the file is one of those in the object store that the record references.
bool is_stored(const v1::MaterialFile& file, const v1::LedgerRecord& record);

} // namespace tongban::ledger
