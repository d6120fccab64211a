// Decides of one translated event whether its sender may say it: which case it means, whose side speaks, whether the
// rules of DOMAIN §4 hold. Gives a record ready to append, or a receipt that says why not.
#pragma once

#include "connectors/dialects/dialect.hpp"
#include "gateway/cases/catalogue.hpp"
#include "gateway/http/message.hpp"
#include "gateway/intake/claim_admission.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/ledger.hpp"
#include "security/partner_directory.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>

namespace tongban::intake {

// Takes the files out of a message's dossier, and checks those that it references, well before the deadline; empty: nothing
// to do.
using file_taker = std::function<boost::asio::awaitable<ledger::files_taken>(
    v1::Dossier& dossier, const ledger::files_of_message& from, std::chrono::steady_clock::time_point deadline)>;

// One event on its way to a receipt.
struct admission {
    v1::LedgerRecord* record = nullptr; // set when `ready`; on the message's arena
    v1::Receipt receipt;     // complete when not `ready`
    bool ready = false;
    bool appended = false;   // the ledger was given it
    const v1::CatalogueItem* item = nullptr; // of a filing, where a catalogue says; lives as long as it
};

// Where the events of one message live: an event with its dossier and record needs a few kilobytes, so one block rather
// than one of each size up to it.
google::protobuf::ArenaOptions message_arena();

// What all events of one message share.
struct message_facts {
    std::shared_ptr<const security::partner> partner;
    const security::partner_directory& directory;
    const http::request& request;
    google::protobuf::Arena& arena; // holds the events
    std::string dialect;
    std::string dialect_version;
    std::string raw_digest;
    std::chrono::system_clock::time_point received_at;
    const file_taker& files;
    std::shared_ptr<const cases::catalogue> catalogue; // null: none is configured, nothing of it is checked
    bool automatic = false; // nobody's hand was in it 秒批
    lease_bounds leases = {};
};

// In days since 1970-01-01, at +08:00.
std::int32_t day_of_receipt(const message_facts& facts);

// `part` is the event's position in its message. Waits (for this replica to catch up) only when no such case is known.
boost::asio::awaitable<admission> admit(dialects::translated_event& translated, std::uint32_t part,
                                        const message_facts& facts, ledger::ledger& ledger);

// Region the partner speaks for about this case and event; empty when it is on neither side that may say it.
std::string speaking_region(const security::partner& partner, const v1::CaseEvent& event);

} // namespace tongban::intake
