// One file, from its address to the object store. Blocks; for a worker.
#pragma once

#include "gateway/ledger/material_view.hpp"
#include "gateway/materials/room.hpp"

#include <atomic>
#include <string>

namespace tongban::materials {

struct fetch_attempt {
    enum class end {
        fetched,
        failed, // for good
        again,  // may pass by itself
        crowded, // as many of this partner's as may be are under way: nothing was tried
        gone,    // there is nothing to fetch, or this process stops
    };
    end how = end::gone;
    std::string code; // why not: host_not_allowed, expired, wrong_digest, http_404, too_slow, …
    received file;    // when fetched
    std::uint64_t bytes = 0; // that came from the sender's address
    std::string case_id;
    std::string partner;
};

fetch_attempt fetch_one(room& in, const ledger::material_view::unfetched_file& wanted, const std::atomic<bool>& stopping);

} // namespace tongban::materials
