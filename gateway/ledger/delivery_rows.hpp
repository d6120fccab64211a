// Rows of deliveries; the rest of the view's rows stands in rows.hpp, the grammar of all in schemas/README.md.
//
//   "q" R P visible_ms(8) N   first unsettled delivery of a case for a region, unless dead: ordinal (4), offset (8), due_ms (8)
//   "x" R P N                 the same when it is dead-lettered: ordinal (4), offset (8), due_ms (8)
//   "d" P N ordinal(4) R      EventDelivery, settled
//   "g" R P offset(8)         an event the region must learn: N, ordinal (4)
//   "t" R                     due (8), acknowledged (8), pending (8), dead-lettered now (8), discarded (8)
//
// What is unsettled stands in the case's own row (CaseState.outbox): an event that nobody has asked for yet costs
// one row in the queue and one in the region's list of events.
#pragma once

#include "gateway/ledger/rows.hpp"

namespace tongban::ledger::rows {

key delivery_queues(std::string_view region);
key delivery_queue(std::string_view region, std::uint32_t partition);
key queued_delivery(std::string_view region, std::uint32_t partition, std::int64_t visible_ms, std::uint64_t number);
key dead_letters(std::string_view region);
key dead_letter(std::string_view region, case_number number);
key settled_deliveries(case_number number);
key settled_delivery(case_number number, std::uint32_t ordinal, std::string_view region);
key region_events(std::string_view region, std::uint32_t partition);
key region_event(std::string_view region, std::uint32_t partition, std::uint64_t offset);
key delivery_totals(std::string_view region);

// Value of "q" and "x".
struct queued_row {
    std::uint32_t ordinal{};
    std::uint64_t offset{};
    std::int64_t due_ms{}; // when it became due, whenever it is tried next
};
std::string encode(const queued_row& row);
std::optional<queued_row> decode_queued(std::string_view value);

// Value of "g".
struct region_event_row {
    std::uint64_t number{};
    std::uint32_t ordinal{};
};
std::string encode(const region_event_row& row);
std::optional<region_event_row> decode_region_event(std::string_view value);

// Value of "t". due = acknowledged + pending + dead_lettered + discarded, or something is wrong.
struct delivery_totals_row {
    std::int64_t due{};
    std::int64_t acknowledged{};
    std::int64_t pending{};
    std::int64_t dead_lettered{};
    std::int64_t discarded{};
};
std::string encode(const delivery_totals_row& row);
std::optional<delivery_totals_row> decode_delivery_totals(std::string_view value);

// A region as it stands in a key, without the filling.
std::string region_text(std::string_view field);

} // namespace tongban::ledger::rows
