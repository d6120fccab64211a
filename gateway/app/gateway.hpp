// The gateway as one object: builds its parts in data-flow order and stops them in the reverse.
#pragma once

#include "connectors/log/embedded_log.hpp"
#include "connectors/log/kafka_log.hpp"
#include "connectors/store/rocks_view_store.hpp"
#include "gateway/app/live_catalogue.hpp"
#include "gateway/app/object_settings.hpp"
#include "gateway/delivery/delivery.hpp"
#include "gateway/http/server.hpp"
#include "gateway/inbox/inbox.hpp"
#include "gateway/intake/message_intake.hpp"
#include "gateway/ledger/ledger.hpp"
#include "gateway/materials/materials.hpp"
#include "security/client_tls.hpp"
#include "security/tls_context.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tongban::app {

// Settings of every part, mapped from the configuration file.
struct gateway_settings {
    security::tls_settings tls;
    http::listener_settings gateway;
    http::listener_settings operations;
    std::optional<security::tls_settings> operations_tls; // absent: plain HTTP on loopback
    std::variant<log::embedded_settings, log::kafka_settings> ledger_log;
    store::rocks_view_settings view;
    ledger::ledger_settings ledger;
    intake::intake_settings intake;
    inbox::window_settings windows;
    delivery::delivery_settings deliveries;
    materials::material_settings materials;
    object_settings objects;
    std::filesystem::path push_certificate; // empty, with its key: those of `tls`
    std::filesystem::path push_key;
    std::filesystem::path push_ca;  // empty: the clients' authority, with its revocation list
    std::filesystem::path push_crl; // of push_ca
    std::filesystem::path partners_folder;
    std::filesystem::path dialects_folder;
    catalogue_files catalogue;
    std::filesystem::path calendar_file; // empty: the one built in
    std::chrono::milliseconds drain_timeout{15000};
};

// What is shown to the platforms that are called, and whom they may be certified by.
security::client_tls_settings push_tls_of(const gateway_settings& settings);

class gateway {
public:
    // Opens the ledger and the view, loads partners and dialects, binds the listeners. Throws std::runtime_error that
    // says what to mend; for wrong partner and dialect files with one line per mistake.
    explicit gateway(const gateway_settings& settings);
    ~gateway();

    void start();
    // Partners, dialects, catalogue, calendar and certificates anew, each validated whole; what is wrong stays as it was and
    // is logged with file and line. True when all were taken. `calendar_file` gives calendar.file as the configuration names it
    // now, empty for the built-in one, or throws not_taken: the one key of that file that a reload reads.
    bool reload(const std::function<std::filesystem::path()>& calendar_file);
    // Stops accepting, finishes what is under way, flushes. Within the drain timeout.
    void stop();
    // When the ledger holds what only a newer version knows, other replicas get this one's deliveries, timers and intake topics,
    // once: it answers 503 until it is upgraded. To be called now and then, by the thread that reloads and stops.
    void give_way_when_outdated();
    // The view can no longer be written (corruption, I/O error): the process must stop and an operator look.
    bool broken() const;

    std::uint16_t port() const noexcept;
    std::uint16_t operations_port() const noexcept;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace tongban::app
