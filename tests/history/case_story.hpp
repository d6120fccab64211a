// What the checker keeps of a case: as little as a million of them allow. Texts that repeat are numbered once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tongban::history {

// Texts by number, from 0.
class numbered_texts {
public:
    std::uint16_t number_of(std::string_view text);
    const std::string& text(std::uint16_t number) const { return texts_[number]; }
    std::size_t size() const noexcept { return texts_.size(); }

private:
    std::unordered_map<std::string, std::uint16_t> numbers_;
    std::vector<std::string> texts_;
};

// Of one delivery: one event due to one region.
struct delivery_story {
    enum : std::uint16_t {
        acknowledged = 1,
        discarded = 2,
        refused_in_ledger = 4, // a failed attempt stands in the ledger
        seen_taken = 8,
        seen_unsaid = 16,
        seen_refused = 32,
        seen_in_topic = 64,
        replayed = 128,
    };
    std::int64_t first_given_ms = 0; // 0: never, as far as is known
    std::uint16_t ordinal = 0;       // of the event in its case, from 1
    std::uint16_t region = 0;
    std::uint16_t flags = 0;
    bool has(std::uint16_t flag) const noexcept { return (flags & flag) != 0; }
    bool is_settled() const noexcept { return has(acknowledged | discarded); }
};

// A token that the ledger gave.
struct claim_story {
    std::uint64_t token = 0;
    std::uint16_t window = 0; // its region and id
};

// An answer `accepted` about an event.
struct accepted_story {
    std::int64_t sent_ms = 0; // 0: not told
    std::int64_t at_ms = 0;
    std::uint16_t ordinal = 0;
    std::uint16_t client = 0;
};

struct case_story {
    std::string id;
    std::string state;     // CaseState
    std::string event_ids; // 16 bytes of each event with effect, in ledger order
    std::string other_ids; // 16 bytes of each record without effect: it is there, and did nothing
    std::vector<delivery_story> deliveries;
    std::vector<claim_story> claims;
    std::vector<accepted_story> accepted;
    std::uint16_t partition = 0;
    bool is_filed = false;           // a submission had effect
    bool is_submission_seen = false; // somebody says to have filed it, and was not refused
    bool is_refusal_seen = false;

    // From 1; 0: no event with this id had effect.
    std::uint16_t ordinal_of(std::string_view event_id) const noexcept;
    bool has_without_effect(std::string_view event_id) const noexcept;
    delivery_story* delivery(std::uint32_t ordinal, std::uint16_t region) noexcept;
};

} // namespace tongban::history
