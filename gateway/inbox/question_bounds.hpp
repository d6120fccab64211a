// How often licences 电子证照 may be asked for: each question calls a service that is not ours and writes a fact into the ledger,
// so there is a bound for a case and one for a partner, each within a time that begins with the first question in it. Of
// this replica and in memory: it keeps a client that loops from doing harm, and is no accounting.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace tongban::inbox {

struct question_limits {
    std::size_t of_case_max = 20;
    std::chrono::seconds of_case_within{3600};
    std::size_t of_partner_max = 300;
    std::chrono::seconds of_partner_within{60};
    std::size_t counted_max = 50'000; // cases and partners counted at once; of more cases only the partner is bounded
};

class question_bounds {
public:
    using time_point = std::chrono::steady_clock::time_point;
    explicit question_bounds(const question_limits& limits = {}) : limits_(limits) {}

    // Counts a question; when it is one too many, nothing, and how long to wait. Any thread.
    std::optional<std::chrono::seconds> wait_for(const std::string& partner, const std::string& case_id, time_point now);

private:
    struct count {
        time_point until;
        std::size_t asked = 0;
    };
    using counts = std::unordered_map<std::string, count>;

    // Null when there is no room to count by this key.
    count* count_of(counts& all, const std::string& key, std::chrono::seconds within, time_point now);

    const question_limits limits_;
    std::mutex mutex_;
    counts of_cases_;
    counts of_partners_;
};

} // namespace tongban::inbox
