// What the intake works with.
#pragma once

#include "connectors/dialects/dialect_set.hpp"
#include "gateway/cases/catalogue.hpp"
#include "gateway/intake/admission.hpp"
#include "gateway/ledger/automatic_answer.hpp"
#include "gateway/ledger/ledger.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>

namespace tongban::intake {

struct intake_settings {
    std::size_t events_max = 2000; // events in one message; more are refused as too large
    lease_bounds leases; // of claims that come as events
    std::chrono::milliseconds automatic_within{800}; // 秒批: how long one message's answer waits for decisions
};

// Puts a filing to the handler of its destination; empty: there is none.
using ask_handler =
    std::function<boost::asio::awaitable<ledger::automatic_answer>(ledger::automatic_question question)>;

// Whether a filing of this item for this destination has somebody to be put to. Asked for each filing: cheap, any thread.
using has_handler = std::function<bool(std::string_view dest_region, std::string_view item_impl_code)>;

// What every message needs; lives as long as the server.
struct intake_parts {
    ledger::ledger& ledger;
    const security::live<security::partner_directory>& partners;
    const security::live<dialects::dialect_set>& dialects;
    intake_settings settings;
    file_taker files; // may be empty: files stay as they came
    const security::live<cases::catalogue>* catalogue = nullptr; // holds null while none is configured
    has_handler may_ask = {};
    ask_handler ask = {};
};

} // namespace tongban::intake
