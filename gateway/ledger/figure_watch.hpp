// The figures of all days by destination, mode and class of item, for whoever scrapes. As large as the view's rows of them:
// what regions and the catalogue allow, whatever the number of cases.
#pragma once

#include "gateway/cases/figures.hpp"

#include <map>
#include <mutex>
#include <string>

namespace tongban::ledger {

// Kept by the projector. Thread-safe.
class figure_watch {
public:
    void total(const std::string& row_key, const cases::figure_sums& sums) {
        const std::lock_guard lock(mutex_);
        totals_.insert_or_assign(row_key, sums);
    }
    // `visit` is called for each row while the projector waits.
    template <typename Visit>
    void each(const Visit& visit) const {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, sums] : totals_) {
            visit(key, sums);
        }
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, cases::figure_sums, std::less<>> totals_; // by row key
};

} // namespace tongban::ledger
