// What open cases stand on in a catalogue. Their terms are in the ledger, so nothing of a case changes with a catalogue; but
// an item version or an agreement that says otherwise than the record is no longer what the case was accepted under.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include "tongban/v1/view.pb.h"

#include <set>
#include <string>
#include <vector>

namespace tongban::cases {

// Of one case: which item version or agreement, and what became of it.
struct standing_fault {
    std::string zh; // "事项 1114…（140400）版本 1：承诺时限、申请材料已改"
    std::string en; // "item 1114… of 140400 version 1 says otherwise: promise, materials"
    auto operator<=>(const standing_fault&) const = default;
};

// The version that the case was routed under, also when a newer one is in force; null when the catalogue does not have it.
const item_row* item_of(const catalogue& known, const v1::CaseState& state);

// Empty: `known` says of the case what its record says. A case that no catalogue gave terms stands on
// none; one that was only collected 收件 stands on what its filing will need. A bundle 一件事 stands on what its children need that
// wait: one that is filed in its turn gets the terms of its plan, one to be filed again 待重报 those of that day.
std::vector<standing_fault> standing_faults(const catalogue& known, const v1::CaseState& state);

// What a new catalogue takes away from, or says otherwise than, the one in use.
class catalogue_difference {
public:
    // Both must stay.
    catalogue_difference(const catalogue& before, const catalogue& next);

    bool empty() const noexcept { return items_.empty() && agreements_.empty(); }
    // The faults that the case does not have in the catalogue in use.
    std::vector<standing_fault> faults(const v1::CaseState& state) const;

private:
    std::vector<standing_fault> of_case(const v1::CaseState& state) const;

    const catalogue& before_;
    const catalogue& next_;
    std::set<const item_row*> items_;             // of the catalogue in use: gone or changed
    std::set<std::string, std::less<>> agreements_; // ids: gone or changed
};

} // namespace tongban::cases
