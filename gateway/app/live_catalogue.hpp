// The catalogue a gateway works by: loaded whole at start, replaced whole by a reload that harms no open case.
#pragma once

#include "connectors/catalogue/load.hpp"
#include "connectors/store/view_store.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

namespace tongban::app {

struct catalogue_files {
    std::filesystem::path items;      // empty: no catalogue, nothing is checked
    std::filesystem::path agreements; // empty: those in the items' file, or none asked for
};

// What a catalogue is checked against: regions that somebody acts for, and their automatic handlers. `partners` must stay.
cases::check_settings check_settings_for(const security::partner_directory& partners);
// The files as they are now; of files that are not configured, nothing.
catalogue::load_result read_catalogue(const catalogue_files& files, const cases::check_settings& settings);

class live_catalogue {
public:
    // Logs each mistake with its place, then throws std::runtime_error.
    live_catalogue(catalogue_files files, const security::partner_directory& partners, monitoring::registry& metrics);

    const security::live<cases::catalogue>& current() const noexcept { return current_; }
    bool configured() const noexcept { return !files_.items.empty(); }

    // The same files anew. Throws, and keeps what was, when they are wrong, or when an item version or agreement is gone or
    // words otherwise what a case of the view is open under: it says which, some of the cases, and what to do instead.
    void reload(const security::partner_directory& partners, const store::view_store& rows);
    // At start nothing is refused, for all other cases would wait too: what open cases stand on and the files lack or word
    // otherwise is logged and counted.
    void look_at_open_cases(const store::view_store& rows, const std::stop_token& stop);

private:
    static void refuse_harm(const cases::catalogue& before, const cases::catalogue& next, const store::view_store& rows);
    std::shared_ptr<const cases::catalogue> load(const security::partner_directory& partners) const;
    void add_metrics(monitoring::registry& metrics);

    catalogue_files files_;
    security::live<cases::catalogue> current_;
    monitoring::gauge loaded_at_;
    monitoring::gauge harmed_cases_;
};

} // namespace tongban::app
