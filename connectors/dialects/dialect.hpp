// One city platform's format, both ways. A dialect is a YAML file (docs/dialects.md) compiled at load into a
// flat plan; nothing here knows any city. Immutable after load and shared by all threads.
#pragma once

#include "connectors/dialects/sentence.hpp"
#include "tongban/v1/event.pb.h"
#include "tongban/v1/receipt.pb.h"

#include <boost/system/result.hpp>
#include <google/protobuf/arena.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::dialects {

// A mistake in a dialect file, or a warning about it.
struct mistake {
    std::string file;
    int line{};        // from 1
    int column{};      // from 1
    std::string field; // path inside the YAML: messages[0].fields[3].transform
    sentence message;
    bool warning{};
    // "file:line:column: field: 中文 / English", and that it is but a warning.
    std::string text() const;
};

// Why a message as a whole could not be read. Rows and events that are wrong are violations of their unit.
enum class errc {
    wrong_encoding = 1, // bytes are not of the charset (400)
    malformed,          // framing cannot be parsed: truncated, bad XML, duplicate JSON keys, NUL, DTD (400)
    too_large,          // a bound on rows, nodes, inflated parts or what rules take (413)
    too_deep,           // nesting (400)
    unknown_message,    // parsed, but no rule says what it is (422)
    unsupported_content_type, // not this dialect's content type (415)
    signature_invalid,        // a signed form post whose signature is wrong (403)
    cannot_be_written,        // writing: a text that the format has no way to say; `place` is its schema field
};
const boost::system::error_category& dialect_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), dialect_category()};
}

// What arrived.
struct wire_message {
    std::string_view content_type; // as sent, with parameters; may be empty
    std::string_view body;
};

struct event_plan; // one event of the compiled dialect
struct field_rule; // one rule of it

// Where a field was read that the rules alone do not place: of several paths or rules the one that had the value, an entry
// of a list by what it was in the message.
struct read_place {
    std::string field;        // "dossier.materials[1]"; empty: the row itself
    const field_rule* rule{}; // null for a row
    std::string place;        // empty: the rule was meant, and found nothing
};

// One event that a message carries, translated. A row that failed has `violations` and may lack parts.
struct translated_event {
    v1::CaseEvent* event{};                // on the arena
    std::uint32_t row{};                   // row or record in its message, from 1; 0 when there are no rows
    std::vector<v1::Violation> violations; // of translation: transform failures, unknown codes
    const event_plan* plan{};              // lives as long as the dialect
    std::uint32_t wire{};                  // which framing of the dialect it came in
    std::vector<read_place> read_places;   // in the order of reading

    // Place in the sender's own message for a schema field, for violations found later:
    // "dossier.materials[1].name" → "$.materials[1].materialName". Where several rules fill the field it is the place that was
    // read. Empty when no rule does.
    std::string source_path(std::string_view field) const;
};

struct reading_stats {
    std::uint32_t unmapped_fields{};     // input fields no rule maps
    std::uint32_t code_text_conflicts{}; // code and text disagree (DOMAIN §6.2.8)
};

// What a message said. Owns what the answer needs to echo (message id, …).
struct reading {
    std::string message_name; // which rule set matched
    std::vector<translated_event> events;
    std::vector<v1::Violation> violations;                 // of the message as a whole
    std::vector<std::pair<std::string, std::string>> echo; // captured for answer templates
    reading_stats stats;
};

// Why a message was refused as a whole, for the sender.
struct refusal {
    boost::system::error_code code;
    std::string place; // line, offset or path
    std::string message_zh;
    std::string message_en;
};

// An answer in the sender's format.
struct wire_answer {
    int http_status{};
    std::string content_type;
    std::string body;
};

// What the answer says.
struct answer_input {
    std::vector<v1::Receipt> receipts; // one per event, in order; empty for a refusal of the whole
    // For a refusal of the whole (identity, size, malformed, unavailable): the canonical status of DESIGN
    // §3.1.
    int canonical_status{};
    std::string code; // machine-readable reason
    std::string message_zh;
    std::string message_en;
    std::string request_id;
};

// How the city's platform is called.
struct push_call {
    std::string path; // where the partner's URL names none; empty: "/"
    std::vector<std::pair<std::string, std::string>> headers;
};

// What a platform's answer to a call means.
enum class push_verdict {
    taken,      // it has the message, perhaps from an earlier call
    retry,      // it says that it has not; it may be asked again
    refused,    // it never will: asking again is of no use
    unreadable, // nothing that the dialect's rules know
};
struct judgement {
    push_verdict verdict = push_verdict::unreadable;
    // The platform's own code, at most 64 of [A-Za-z0-9._:-]; empty when it gave none, or something else: texts may
    // name a person.
    std::string target_code;
};

class dialect {
public:
    virtual ~dialect() = default;

    virtual const std::string& name() const = 0;    // "jining-form-xml"
    virtual const std::string& version() const = 0; // "1.0"

    // Message in → events. Events live on `arena`. Thread-safe; uses per-thread parsers.
    virtual boost::system::result<reading, refusal> read(const wire_message& message,
                                                         google::protobuf::Arena& arena) const = 0;

    // Events out → message in this format (delivery, emulator, `send`). The violations say what cannot be
    // said here.
    struct writing {
        std::string content_type;
        std::string body;
        std::vector<v1::Violation> lost; // fields the format has no place for
    };
    virtual boost::system::result<writing, refusal>
    write(std::span<const v1::CaseEvent* const> events) const = 0;

    // Answers the sender in its own format. `from` may be null when the message could not be read.
    virtual wire_answer answer(const answer_input& input, const reading* from) const = 0;

    // Pushing to the city: how it is called, and what its answer means. No judgement when the dialect does not say
    // how it answers: then the HTTP status alone counts. Any bytes are judged, within the reading's own bounds.
    virtual const push_call& call() const = 0;
    virtual std::optional<judgement> judge(int http_status, std::string_view content_type,
                                           std::string_view body) const = 0;
};

struct load_result {
    std::shared_ptr<const dialect> loaded; // null when there are mistakes that are not warnings
    std::vector<mistake> mistakes;         // all of them, in file order
};

// Compiles one dialect file. Never throws for what the file says.
load_result load_dialect(const std::filesystem::path& file);
load_result load_dialect_text(std::string_view yaml, const std::string& file_name);

} // namespace tongban::dialects

template <>
struct boost::system::is_error_code_enum<tongban::dialects::errc> : std::true_type {};
