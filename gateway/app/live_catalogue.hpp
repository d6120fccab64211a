// The catalogue a gateway works by: loaded whole at start, replaced whole by a reload that harms no open case.
#pragma once

#include "connectors/catalogue/load.hpp"
#include "connectors/store/view_store.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace tongban::app {

struct catalogue_files {
    std::filesystem::path items;      // empty: no catalogue, nothing is checked
    std::filesystem::path agreements; // empty: those in the items' file, or none asked for
};

class live_catalogue {
public:
    // Logs each mistake with its place, then throws std::runtime_error.
    live_catalogue(catalogue_files files, const security::partner_directory& partners, monitoring::registry& metrics);

    const security::live<cases::catalogue>& current() const noexcept { return current_; }
    bool configured() const noexcept { return !files_.items.empty(); }

    // The same files anew. Throws, and keeps what was, when they are wrong, or when an item or agreement is gone under
    // which a case of the view is open: it says which, and what to do instead.
    void reload(const security::partner_directory& partners, const store::view_store& rows);

private:
    std::shared_ptr<const cases::catalogue> load(const security::partner_directory& partners) const;
    void add_metrics(monitoring::registry& metrics);

    catalogue_files files_;
    security::live<cases::catalogue> current_;
    monitoring::gauge loaded_at_;
};

// Why `next` must not replace `before`: a line for each item or agreement that open cases stand on and that is gone.
// Their terms are in the ledger, so their clocks run on; but no supplement, rectification or question about them could
// name its rules any more. To end an agreement or a version its last day is set, it is not taken out.
std::vector<std::string> harmed_by(const cases::catalogue& before, const cases::catalogue& next,
                                   const store::view_store& rows);

} // namespace tongban::app
