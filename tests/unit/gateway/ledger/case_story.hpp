// Ledger records for tests: the life of a case as its two sides tell it, and random stories with everything
// that may go wrong in one.
#pragma once

#include "gateway/ledger/record.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger::story {

struct case_name {
    std::string origin = "370800";
    std::string dest = "140400";
    std::string source_no = "A-1";
    std::string id() const;
};

// Who speaks: the origin's platform or the destination's.
v1::LedgerRecord collected(const case_name& of);
v1::LedgerRecord submitted(const case_name& of, std::string_view applicant = "张三");
v1::LedgerRecord by_platform(const case_name& of, v1::CaseEvent&& event, std::string_view region);
v1::LedgerRecord by_window(const case_name& of, v1::CaseEvent&& event, std::string_view region,
                           std::string_view partner);
v1::LedgerRecord received(const case_name& of);
v1::LedgerRecord accepted(const case_name& of, std::string_view dest_no = {});
v1::LedgerRecord decided(const case_name& of);
v1::LedgerRecord closed(const case_name& of);
v1::LedgerRecord returned(const case_name& of);
v1::LedgerRecord claimed(const case_name& of, std::string_view partner, std::uint32_t seconds = 600);

// What became of a delivery of the case: event `ordinal` to `region`. `fill` says what.
v1::DeliveryFact delivery_fact(const case_name& of, std::uint32_t ordinal, std::string_view region);
v1::LedgerRecord about_deliveries(std::vector<v1::DeliveryFact> facts);

struct story_record {
    std::string key;
    std::string value;
};
// `events` records about `cases` cases in random order: legal, illegal, doubled, contradicting, unknown and
// unreadable; and about their deliveries, true or not.
std::vector<story_record> random_story(std::uint64_t seed, std::size_t cases, std::size_t events);

} // namespace tongban::ledger::story
