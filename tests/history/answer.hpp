// What a client of the gateway, a target or the harness saw: one line of answers.jsonl (README.md has the fields).
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::history {

enum class answer_kind { submitted, event, claimed, delivered, acknowledged, fault, end };

enum class answer_outcome {
    none, // fault, end
    accepted,
    duplicate,
    conflict,
    refused,
    unavailable, // not taken, or not known to be
    unknown,     // no answer
    taken,       // a target said yes
    unsaid,      // a target gave no usable answer
};

std::string_view name(answer_kind kind) noexcept;
std::string_view name(answer_outcome outcome) noexcept; // empty for none

struct answer {
    answer_kind kind{};
    std::int64_t at_ms = 0; // when the answer was seen
    std::string by;
    std::optional<std::int64_t> sent_ms; // when it was asked; without it no order is demanded
    answer_outcome outcome = answer_outcome::none;

    std::string case_id;
    std::string event_id; // 16 bytes; empty: not told
    std::string event;    // CASE_ACCEPTED

    std::string origin; // submitted
    std::string source_number;
    std::string content;

    std::string region; // claimed, delivered
    std::string window; // claimed
    std::uint64_t fencing_token = 0;

    std::string transport; // delivered: pull, push, topic
    std::string delivery;  // delivered, acknowledged
    bool is_positive = false;

    std::string fault;
    std::string target;
    std::string expected;
    std::int64_t began_ms = 0;
    std::int64_t ended_ms = 0;
    std::optional<std::int64_t> recovered_ms;
    std::optional<std::int64_t> bound_ms;
    bool is_counted_from_begin = false; // the bound, and how long it took: else from its end
};

// The error says what is wrong with the line.
boost::system::result<answer, std::string> read_answer(std::string_view line);

// The line of an answer, without its line end. read_answer() gives it back.
std::string write_answer(const answer& given);

} // namespace tongban::history
