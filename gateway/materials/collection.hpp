// Files that no case references, found and removed when they are old enough; and the proof that the store holds what the
// ledger references. Calls block.
#pragma once

#include "connectors/objects/object_store.hpp"
#include "gateway/ledger/material_view.hpp"

#include <cstdint>
#include <functional>

namespace tongban::materials {

struct collection_figures {
    std::uint64_t files = 0; // notes of who sent a file among them
    std::uint64_t bytes = 0;
    std::uint64_t unreferenced = 0; // by any case
    std::uint64_t unreferenced_bytes = 0;
    std::uint64_t removed = 0;
    std::uint64_t removed_bytes = 0;
    std::uint64_t lost = 0; // removed, and referenced by a case all the same
};

struct stored_file {
    const objects::object_facts& facts;
    bool referenced = false;
    bool old = false; // written before the age that unreferenced files are kept
};

// Walks the store; removes what is unreferenced and old when `remove`, other replicas keeping files meanwhile. `visit` may
// be empty and ends the walk with false. Precondition for removing: the view has all of the ledger. An error is the store's
// or the view's and ends the walk.
boost::system::result<collection_figures> collect(objects::object_store& store, const ledger::material_view& view,
                                                  std::chrono::seconds age_max, bool remove,
                                                  const std::function<bool(const stored_file&)>& visit);

struct verification {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> damaged; // whose bytes are not their name's
    std::uint64_t referenced = 0;     // digests that cases reference
    std::vector<std::string> missing; // of them, what is not there; it may be at its sender's alone
};
// Reads every file.
boost::system::result<verification> verify(const objects::object_store& store, const ledger::material_view& view,
                                           const std::function<void(const verification&)>& progress);

} // namespace tongban::materials
