// Makes the ledger record of one event: who said it, digests, ids. The same content from the same region about the
// same case gives the same event id on every replica, so a retry is recognised wherever it arrives.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/cases/evolve.hpp"
#include "tongban/v1/ledger.pb.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::ledger {

// SHA-256, 32 bytes.
std::string sha256(std::string_view bytes);
std::string to_hex(std::string_view bytes);
// And back; nullopt when the text is not pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

// What is known of an event beside its content.
struct record_facts {
    v1::Sender sender;
    std::string_view idempotency_key;  // empty: the content itself tells one event from another
    std::string_view raw_digest;       // sha256() of what was sent
    std::string_view raw_content_type;
    std::string_view trace_id;
    std::uint32_t part = 0;            // position in its message, from 0
    std::chrono::system_clock::time_point received_at;
};

// Moves `event` into a record on `record`: the dossier is serialised apart, digests and ids are set. attempt_id is
// left to the append. Precondition: event.case has its case_id.
void make_record(v1::CaseEvent&& event, const record_facts& facts, v1::LedgerRecord& record);

// When the record counts as recorded: by the log's own time, or, in a ledger that was copied from another, by the time
// it had there. The one place that says so; leases, limits and pauses are folded by it.
cases::record_time recorded_at(const v1::LedgerRecord& record, const log::record& as_read);

// The event with its dossier back in its place, for readers who may see it. Empty dossier when it cannot be opened.
v1::CaseEvent open_event(v1::LedgerRecord record);

} // namespace tongban::ledger
