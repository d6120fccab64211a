// What `tongban dialect try`, `diff` and `check` show: how a sample was translated, what a change of the
// dialect would do, and what a dialect cannot say when it writes.
#pragma once

#include "connectors/dialects/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

// One rule that ran.
struct trace_row {
    std::uint32_t event{}; // position in the message, from 0
    std::string source;    // place in the sample; empty for a constant or a default
    std::string raw;
    std::string steps;   // "id, table"
    std::string field;   // dossier.materials[0].name
    std::string value;   // canonical
    std::string problem; // rule and message of a violation
};

struct unmapped_field {
    std::string source;
    std::string value;
};

struct trace_report {
    bool readable{};
    refusal refused; // when it is not
    std::string message_name;
    std::vector<std::string> events;    // CASE_SUBMITTED
    std::vector<std::string> canonical; // proto3 JSON of each
    std::vector<trace_row> rows;
    std::vector<unmapped_field> unmapped;
    std::vector<v1::Violation> violations; // all of them, with their places
    reading_stats stats;
};
trace_report trace(const dialect& d, const wire_message& sample);

// The events of a sample as the dialect writes them itself: what the city would be sent.
struct written_back {
    std::vector<std::string> events; // CASE_SUBMITTED
    std::optional<refusal> refused;  // when they cannot be written, or not be read again
    std::string content_type;
    std::string body;
    std::string text;                // the body in UTF-8; empty when it is none
    std::vector<v1::Violation> lost; // what does not come back equal
};
// One message for all events where the dialect can say several at once, else one for each.
std::vector<written_back> write_back(const dialect& d, const wire_message& sample);

// One difference between what two dialects make of a sample, or write of its events.
struct trace_difference {
    std::uint32_t event{};
    std::string field; // "event", "refused", "violations", "written" or a schema field
    std::string before;
    std::string after;
};
std::vector<trace_difference> diff(const dialect& before, const dialect& after, const wire_message& sample);

// A schema field that the dialect cannot write for an event it can write.
struct unsayable {
    std::string event;
    std::string field; // empty: the event as a whole
    sentence why;
};
std::vector<unsayable> cannot_say(const dialect& d);

} // namespace tongban::dialects
