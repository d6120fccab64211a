// What the commands share that open a ledger themselves, with the gateway stopped: settings, log, view, a scratch
// store, progress on a terminal, and the words for what cannot begin.
#pragma once

#include "connectors/log/event_log.hpp"
#include "connectors/store/rocks_view_store.hpp"
#include "gateway/app/configuration.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace tongban::app {

// With every mistake of the file, a line each.
struct wrong_configuration : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws wrong_configuration.
gateway_settings settings_of(const std::filesystem::path& config);

// For reading: makes nothing. Throws std::runtime_error when it cannot be opened.
std::unique_ptr<log::event_log> open_ledger_log(const gateway_settings& settings);

// Null when the configuration's view is not there. Throws std::runtime_error when it cannot be opened, or when another version
// wrote it in another format.
std::unique_ptr<store::rocks_view_store> open_view(const gateway_settings& settings);

// A store for one command's own fold, in a folder beside `near`; gone with it.
class scratch_store {
public:
    explicit scratch_store(const std::filesystem::path& near);
    ~scratch_store();
    scratch_store(const scratch_store&) = delete;
    scratch_store& operator=(const scratch_store&) = delete;
    store::view_store& store() noexcept { return *store_; }

private:
    std::filesystem::path path_;
    std::unique_ptr<store::rocks_view_store> store_;
};

// A line that is written over while a long ledger is read; on a terminal only.
class progress_line {
public:
    explicit progress_line(std::string what);
    void operator()(std::uint64_t records, std::uint64_t of_about) const;
    void clear() const;

private:
    std::shared_ptr<const std::string> what_;
};

// Runs `work`; what cannot begin (a wrong configuration, a ledger or view that another process has open) is told in
// both languages and gives its exit code.
int with_ledger(const std::function<int()>& work);

} // namespace tongban::app
