// Strict: a line that is misread would let a defect pass.
#include "tests/history/answer.hpp"

#include "gateway/ledger/record.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace tongban::history {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kind_names{"submitted",    "event", "claimed", "delivered",
                                                     "acknowledged", "fault", "end"};
constexpr std::array<std::string_view, 9> outcome_names{"",            "accepted", "duplicate", "conflict", "refused",
                                                        "unavailable", "unknown",  "taken",     "unsaid"};

template <typename Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

// Reads members and remembers the first thing that is wrong.
class members {
public:
    explicit members(const json::object& object) : object_(object) {}

    const std::string& problem() const noexcept { return problem_; }
    void complain(std::string what) {
        if (problem_.empty()) {
            problem_ = std::move(what);
        }
    }

    std::string text(std::string_view name, bool must = true) {
        const auto* value = object_.if_contains(name);
        if (value != nullptr && value->is_string()) {
            return std::string(value->get_string());
        }
        if (must || (value != nullptr && !value->is_null())) {
            complain(std::string(name) + " is no text");
        }
        return {};
    }

    std::optional<std::int64_t> number(std::string_view name, bool must = true) {
        const auto* value = object_.if_contains(name);
        boost::system::error_code ec;
        const auto read = value != nullptr ? value->to_number<std::int64_t>(ec) : 0;
        if (value != nullptr && !ec) {
            return read;
        }
        if (must || (value != nullptr && !value->is_null())) {
            complain(std::string(name) + " is no whole number");
        }
        return std::nullopt;
    }

    bool truth(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (value == nullptr || !value->is_bool()) {
            complain(std::string(name) + " is neither true nor false");
            return false;
        }
        return value->get_bool();
    }

    // Hexadecimal digits of an event id; empty when there are none.
    std::string event_id() {
        const auto hex = text("event_id", false);
        auto bytes = ledger::from_hex(hex);
        if (!bytes || (!bytes->empty() && bytes->size() != 16)) {
            complain("event_id is not 32 hexadecimal digits");
            return {};
        }
        return *std::move(bytes);
    }

private:
    const json::object& object_;
    std::string problem_;
};

void read_case(members& from, answer& to) {
    const bool is_taken = to.outcome == answer_outcome::accepted || to.outcome == answer_outcome::duplicate;
    to.case_id = from.text("case_id", is_taken);
    to.event_id = from.event_id();
    to.fencing_token = static_cast<std::uint64_t>(from.number("fencing_token", false).value_or(0));
}

void read_fault(members& from, answer& to) {
    to.fault = from.text("fault");
    to.target = from.text("target", false);
    to.expected = from.text("expected", false);
    to.began_ms = from.number("began_ms").value_or(0);
    to.ended_ms = from.number("ended_ms").value_or(0);
    to.recovered_ms = from.number("recovered_ms", false);
    to.bound_ms = from.number("bound_ms", false);
    const auto counted = from.text("counted_from", false);
    to.is_counted_from_begin = counted == "began";
    if (!counted.empty() && counted != "began" && counted != "ended") {
        from.complain("counted_from is neither began nor ended");
    }
}

void read_members(members& from, answer& to) {
    switch (to.kind) {
    case answer_kind::submitted:
        read_case(from, to);
        to.origin = from.text("origin");
        to.source_number = from.text("source_number");
        to.content = from.text("content", false);
        break;
    case answer_kind::event:
        read_case(from, to);
        to.event = from.text("event", false);
        break;
    case answer_kind::claimed:
        read_case(from, to);
        to.region = from.text("region");
        to.window = from.text("window");
        break;
    case answer_kind::delivered:
        to.region = from.text("region");
        to.transport = from.text("transport");
        to.delivery = from.text("delivery");
        to.case_id = from.text("case_id", false);
        to.event_id = from.event_id();
        break;
    case answer_kind::acknowledged:
        to.delivery = from.text("delivery");
        to.is_positive = from.truth("positive");
        break;
    case answer_kind::fault:
        read_fault(from, to);
        break;
    case answer_kind::end:
        break;
    }
}

bool has_outcome(answer_kind kind) {
    return kind != answer_kind::fault && kind != answer_kind::end;
}

bool is_of_target(answer_outcome outcome) {
    return outcome == answer_outcome::taken || outcome == answer_outcome::unsaid;
}

void read_outcome(members& from, answer& to) {
    if (!has_outcome(to.kind)) {
        return;
    }
    const auto outcome = named<answer_outcome>(outcome_names, from.text("outcome"));
    const bool by_target = to.kind == answer_kind::delivered;
    if (!outcome || *outcome == answer_outcome::none ||
        (by_target ? !is_of_target(*outcome) && *outcome != answer_outcome::refused : is_of_target(*outcome))) {
        from.complain("outcome is none of those this kind has");
        return;
    }
    to.outcome = *outcome;
}

} // namespace

std::string_view name(answer_kind kind) noexcept {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::string_view name(answer_outcome outcome) noexcept {
    return outcome_names[static_cast<std::size_t>(outcome)];
}

boost::system::result<answer, std::string> read_answer(std::string_view line) {
    std::array<unsigned char, 4096> place;
    json::monotonic_resource memory(place.data(), place.size());
    boost::system::error_code ec;
    const auto value = json::parse(line, ec, &memory);
    const auto* object = ec ? nullptr : value.if_object();
    if (object == nullptr) {
        return std::string("no JSON object");
    }
    members from(*object);
    answer read;
    const auto kind = named<answer_kind>(kind_names, from.text("kind"));
    if (!kind) {
        return std::string("kind is none that is known");
    }
    read.kind = *kind;
    read.at_ms = from.number("at_ms").value_or(0);
    read.by = from.text("by");
    read.sent_ms = from.number("sent_ms", false);
    read_outcome(from, read);
    read_members(from, read);
    if (!from.problem().empty()) {
        return from.problem();
    }
    return read;
}

std::string write_answer(const answer& given) {
    json::object line;
    const auto text = [&line](const char* name, const std::string& value) {
        if (!value.empty()) {
            line[name] = value;
        }
    };
    const auto time = [&line](const char* name, std::optional<std::int64_t> value) {
        if (value) {
            line[name] = *value;
        }
    };
    text("kind", std::string(name(given.kind)));
    time("at_ms", given.at_ms);
    line["by"] = given.by;
    time("sent_ms", given.sent_ms);
    text("outcome", std::string(name(given.outcome)));
    text("case_id", given.case_id);
    text("event_id", ledger::to_hex(given.event_id));
    text("event", given.event);
    text("origin", given.origin);
    text("source_number", given.source_number);
    text("content", given.content);
    text("region", given.region);
    text("window", given.window);
    if (given.fencing_token != 0) {
        line["fencing_token"] = given.fencing_token;
    }
    text("transport", given.transport);
    text("delivery", given.delivery);
    if (given.kind == answer_kind::acknowledged) {
        line["positive"] = given.is_positive;
    }
    text("fault", given.fault);
    text("target", given.target);
    text("expected", given.expected);
    if (given.kind == answer_kind::fault) {
        time("began_ms", given.began_ms);
        time("ended_ms", given.ended_ms);
        time("recovered_ms", given.recovered_ms);
        time("bound_ms", given.bound_ms);
        text("counted_from", given.is_counted_from_begin ? "began" : "");
    }
    return json::serialize(line);
}

} // namespace tongban::history
