// The table of all settings, bound to one configuration that is being filled. Seen only by configuration.cpp.
#pragma once

#include "gateway/app/configuration.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::app {

enum class ledger_kind { embedded, kafka };

// What the file says before it is put together: both kinds of ledger may be described, one is chosen.
struct draft {
    configuration made;
    ledger_kind kind = ledger_kind::embedded;
    log::embedded_settings embedded;
    log::kafka_settings kafka;
    bool operations_mutual_tls = false;
    std::size_t backlog_records_max = log::embedded_settings{}.backlog_records_max;
    std::size_t backlog_bytes_max = log::embedded_settings{}.backlog_bytes_max;
    std::size_t record_bytes_max = log::embedded_settings{}.record_bytes_max;
};

struct setting {
    setting_description description;
    // Takes the text of the value; gives why it cannot be, empty when it can.
    std::function<security::sentence(const std::string&)> assign;
    // For a file or folder that has to be there: where its path was put.
    const std::filesystem::path* must_exist = nullptr;
};

// Binds every setting to `d`, which has to stay where it is. `folder` is where relative paths begin.
std::vector<setting> bind_settings(draft& d, const std::filesystem::path& folder);

// "5s", "250ms", "10m", "8h" in milliseconds, "16KiB", "4MiB", "1GiB", "512B" in bytes; nothing for all else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::optional<std::size_t> parse_size(std::string_view text);
std::string write_duration(std::chrono::milliseconds value);
std::string write_size(std::size_t value);

} // namespace tongban::app
