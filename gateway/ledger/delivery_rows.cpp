// Keys and values of deliveries, byte by byte.
#include "gateway/ledger/delivery_rows.hpp"

namespace tongban::ledger::rows {

namespace {

key regional(char kind, std::string_view region) {
    key made(kind);
    made.region(region);
    return made;
}

} // namespace

key delivery_queues(std::string_view region) {
    return regional('q', region);
}

key delivery_queue(std::string_view region, std::uint32_t partition) {
    return regional('q', region).u16(partition);
}

key queued_delivery(std::string_view region, std::uint32_t partition, std::int64_t visible_ms,
                    std::uint64_t number) {
    return delivery_queue(region, partition).u64(static_cast<std::uint64_t>(visible_ms)).u64(number);
}

key dead_letters(std::string_view region) {
    return regional('x', region);
}

key dead_letter(std::string_view region, case_number number) {
    return regional('x', region).number(number);
}

key settled_deliveries(case_number number) {
    return key('d').number(number);
}

key settled_delivery(case_number number, std::uint32_t ordinal, std::string_view region) {
    std::string tail;
    append_u32(tail, ordinal);
    return key('d').number(number).text(tail).region(region);
}

key region_events(std::string_view region, std::uint32_t partition) {
    return regional('g', region).u16(partition);
}

key region_event(std::string_view region, std::uint32_t partition, std::uint64_t offset) {
    return region_events(region, partition).u64(offset);
}

key delivery_totals(std::string_view region) {
    return regional('t', region);
}

std::string encode(const queued_row& row) {
    std::string value;
    append_u32(value, row.ordinal);
    append_u64(value, row.offset);
    append_u64(value, static_cast<std::uint64_t>(row.due_ms));
    return value;
}

std::optional<queued_row> decode_queued(std::string_view value) {
    cursor at(value);
    queued_row row;
    row.ordinal = at.u32();
    row.offset = at.u64();
    row.due_ms = static_cast<std::int64_t>(at.u64());
    return at.ok() ? std::optional(row) : std::nullopt;
}

std::string encode(const region_event_row& row) {
    std::string value;
    append_u64(value, row.number);
    append_u32(value, row.ordinal);
    return value;
}

std::optional<region_event_row> decode_region_event(std::string_view value) {
    cursor at(value);
    region_event_row row;
    row.number = at.u64();
    row.ordinal = at.u32();
    return at.ok() ? std::optional(row) : std::nullopt;
}

std::string encode(const delivery_totals_row& row) {
    std::string value;
    for (const auto count : {row.due, row.acknowledged, row.pending, row.dead_lettered, row.discarded}) {
        append_u64(value, static_cast<std::uint64_t>(count));
    }
    return value;
}

std::optional<delivery_totals_row> decode_delivery_totals(std::string_view value) {
    cursor at(value);
    delivery_totals_row row;
    for (auto* count : {&row.due, &row.acknowledged, &row.pending, &row.dead_lettered, &row.discarded}) {
        *count = static_cast<std::int64_t>(at.u64());
    }
    return at.ok() ? std::optional(row) : std::nullopt;
}

std::string region_text(std::string_view field) {
    return std::string(field.substr(0, field.find('\0')));
}

} // namespace tongban::ledger::rows
