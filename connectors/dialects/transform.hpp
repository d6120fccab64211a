// One step between a city's text and the schema's value, both ways. Reading runs a rule's steps in order,
// writing runs them backwards.
#pragma once

#include "connectors/dialects/path.hpp"
#include "connectors/dialects/quantities.hpp"
#include "connectors/dialects/time_format.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tongban::dialects {

// A city's codes and ours. The first source listed for a canonical code is the one that is written.
struct code_table {
    enum class otherwise : std::uint8_t { refuse, keep, drop, value };

    std::string name; // of a table written in place: where in the file
    bool is_named{};
    std::vector<std::pair<std::string, std::string>> entries; // source → canonical, as listed
    std::vector<std::pair<std::string, std::string>> writes;  // canonical → source, only for writing
    otherwise other{otherwise::refuse};
    std::string other_value;

    void index(); // after filling
    const std::string* canonical(std::string_view source) const noexcept;
    const std::string* source(std::string_view canonical_code) const noexcept;

private:
    std::vector<std::uint32_t> by_source_; // sorted
};

enum class transform_kind : std::uint8_t {
    half_width,
    upper,
    lower,
    strip,
    strip_prefix,
    strip_suffix,
    add_prefix,
    phone,
    id,
    number,
    width,
    table,
    date,
    time,
    amount,
    limit,
    base64,
    json,
    between,
    part,
    id_gender,
    id_birth,
};

struct transform {
    transform_kind kind{};
    std::string text;               // strip: characters; between: before; part: separator
    std::string text2;              // between: after
    std::vector<std::string> texts; // strip_prefix, strip_suffix
    std::size_t in{};               // width: characters after reading; part: position from 1
    std::size_t out{};              // width: characters when written
    char fill{'0'};
    std::shared_ptr<const code_table> table; // also: unit codes of an amount
    std::vector<time_format> formats;        // the first one is written
    int zone_minutes{480};
    amount_style amount;
    std::vector<path> unit_from; // amount: where the unit stands, at most one
    limit_unit bare{limit_unit::none};

    std::string_view name() const noexcept;
    // What the step makes of a text.
    enum class result : std::uint8_t { text, integer, time, limit, bytes };
    result makes() const noexcept;
};

// What flows through the steps. `text` views the message or one of the thread's two buffers.
struct flowing_value {
    transform::result kind{transform::result::text};
    std::string_view text;
    std::int64_t integer{};
    instant time;
    limit_unit unit{};
};

struct transform_fault {
    std::string_view rule; // Violation.rule
    std::string zh;
    std::string en;
};

// Buffers that a chain of steps writes to in turn.
struct transform_buffers {
    std::string a;
    std::string b;
    std::string& other(std::string_view in) { return in.data() == a.data() ? b : a; }
};

enum class step_outcome : std::uint8_t { ok, absent, failed };

// `unit` is the text at unit_from, for amounts.
step_outcome apply(const transform& t, flowing_value& value, std::string_view unit,
                   transform_buffers& buffers, transform_fault& fault);

// The way back: from the schema's text or number to the city's text in `out`. False: this value cannot be
// said.
bool invert(const transform& t, const flowing_value& value, std::string& out);

// Nothing for a step that can be run backwards, else why not.
sentence not_invertible(const transform& t);

bool decode_base64(std::string_view text, std::string& out);
void encode_base64(std::string_view bytes, std::string& out);

} // namespace tongban::dialects
