// Two stores side by side, in bounded memory.
#pragma once

#include "connectors/store/view_store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tongban::ledger {

struct row_comparison {
    std::uint64_t rows = 0;  // of the second
    std::uint64_t wrong = 0; // keys that only one has, or whose values differ
    std::vector<std::string> first_wrong;
};

// Compares every row of the view's key range; `examples_max` wrong keys are named.
boost::system::result<row_comparison> compare_rows(const store::view_store& expected,
                                                   const store::view_store& found, std::size_t examples_max);

} // namespace tongban::ledger
