// What somebody sees of a case. Its origin sees all of it. After 退件 or 补正不来 a case may be filed anew, elsewhere too: a
// destination sees the runs that were filed to it, the earlier one's own still, and none of another's.
#pragma once

#include "gateway/ledger/view.hpp"

#include <functional>
#include <vector>

namespace tongban::ledger {

class case_sight {
public:
    // `acts_for` says for which regions; `events` are all of the case, in order.
    case_sight(const std::function<bool(std::string_view region)>& acts_for, const v1::CaseState& state,
               const std::vector<stored_event>& events);

    // It has, or had, a part in the case.
    bool any() const noexcept;
    // The event at this offset is of a run that it sees.
    bool sees(std::uint64_t offset) const noexcept;
    // The same, and the event was said by its side or was to be told to it.
    bool may_read(const stored_event& event) const;

private:
    struct run {
        std::uint64_t first = 0; // offset
        std::string dest_region;
        bool seen = false;
    };
    const run* run_of(std::uint64_t offset) const noexcept;

    std::function<bool(std::string_view region)> acts_for_;
    std::string origin_region_;
    std::vector<run> runs_;
};

} // namespace tongban::ledger
