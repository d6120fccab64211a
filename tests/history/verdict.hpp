// What the checker says of a history: what is wrong, how many of each kind, the figures, and how long each recovery took.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::history {

enum class defect { lost, done_twice, out_of_order, unexplained, fault_outcome };
inline constexpr std::size_t defect_kinds = 5;
std::string_view name(defect what) noexcept;

struct finding {
    defect what{};
    std::string case_id; // empty: it is about none
    std::string delivery;
    std::string detail;
};

// What was due to a region, counted from the ledger's records.
struct region_figures {
    std::uint64_t due = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t pending = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t discarded = 0;
};

struct recovery {
    std::string fault;
    std::string target;
    std::string expected;
    std::optional<std::int64_t> took_ms; // nothing: it never did
    std::optional<std::int64_t> bound_ms;
    bool is_as_stated = false;
};

struct verdict {
    std::array<std::uint64_t, defect_kinds> counts{};
    std::vector<finding> findings; // the first of each kind
    static constexpr std::size_t findings_max = 50; // of a kind

    std::uint64_t records = 0;
    std::uint64_t cases = 0;
    std::uint64_t accepted = 0;
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    std::uint64_t events = 0; // with effect
    std::map<std::string, region_figures> regions;
    std::map<std::string, std::uint64_t> answers; // "submitted accepted" → lines
    std::vector<recovery> recoveries;
    bool is_ended = false; // an `end` was seen: nothing may be pending

    std::uint64_t count(defect what) const { return counts[static_cast<std::size_t>(what)]; }
    bool is_clean() const {
        for (const auto each : counts) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }
    void add(defect what, std::string case_id, std::string delivery, std::string detail);
};

// For a person, and as one JSON object.
std::string as_text(const verdict& said);
std::string as_json(const verdict& said);

} // namespace tongban::history
