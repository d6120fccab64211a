// Reads of the view about files: who references one, which are still to be fetched, what became of those.
#pragma once

#include "gateway/ledger/view.hpp"
#include "tongban/v1/material.pb.h"

#include <functional>

namespace tongban::ledger {

class material_view {
public:
    explicit material_view(const store::view_store& rows) : rows_(rows) {}

    // Whether the case references the file of this digest (32 bytes).
    boost::system::result<bool> references(case_number number, std::string_view sha256) const;
    // Whether any case does. What is once referenced stays so.
    boost::system::result<bool> is_referenced(std::string_view sha256) const;

    // Every case that does, until `visit` says false.
    boost::system::error_code cases_of(std::string_view sha256, const std::function<bool(case_number)>& visit) const;

    // Every digest that some case references, each once, until `visit` says false.
    boost::system::error_code referenced(const std::function<bool(std::string_view sha256)>& visit) const;

    // What became of the case's files that were to be fetched. Of one that was given up and fetched all the same the
    // latter.
    struct outcome {
        v1::MaterialFact fact;
        std::int64_t recorded_ms = 0;
        std::uint64_t offset = 0; // in the case's partition
    };
    boost::system::result<std::vector<outcome>> outcomes_of(case_number number) const;

    // A file that is still to be fetched.
    struct unfetched_file {
        case_number number;
        std::string event_id;
        std::uint32_t file = 0;
        std::int64_t recorded_ms = 0;
    };
    // Those of a partition, by case, until `visit` says false.
    boost::system::error_code unfetched(std::uint32_t partition,
                                        const std::function<bool(const unfetched_file&)>& visit) const;

private:
    const store::view_store& rows_;
};

} // namespace tongban::ledger
