// What a bulletin says of the moment it is made at, beside what its days brought: open cases by band and destination, and what
// the reconciliation cannot explain. A few rows of counts that the projection keeps, whatever the number of cases.
#pragma once

#include "connectors/store/view_store.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tongban::ledger {

// 在办. In no band are those that wait for the applicant, and parents of bundles: no office's clock runs.
struct open_cases_by_band {
    std::int64_t open = 0;
    std::int64_t blue = 0;
    std::int64_t yellow = 0;
    std::int64_t red = 0; // 超期未办结
    open_cases_by_band& operator+=(const open_cases_by_band& other) noexcept;
    friend bool operator==(const open_cases_by_band&, const open_cases_by_band&) = default;
};

struct standing_figures {
    std::map<std::string, open_cases_by_band, std::less<>> destinations;
    // 对账差异 of the whole ledger, as reconciliation has it: 0, or something is lost, doubled or hidden. None while the view went
    // on so fast that its sums could not be compared.
    std::optional<std::int64_t> unexplained;
    open_cases_by_band whole() const noexcept;
    friend bool operator==(const standing_figures&, const standing_figures&) = default;
};

// An error is the store's. Thread-safe.
boost::system::result<standing_figures> read_standing_figures(const store::view_store& rows);

} // namespace tongban::ledger
