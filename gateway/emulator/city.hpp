// The emulated city: takes deliveries in, remembers its cases within a bound, works them by its script and tells the
// gateway, again and again with the same bytes until it has an answer. How deliveries come to it is push_side's and
// pull_side's.
#pragma once

#include "gateway/emulator/journal.hpp"
#include "gateway/emulator/tongue.hpp"
#include "gateway/emulator/work_queue.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <random>
#include <set>
#include <unordered_map>

namespace tongban::emulator {

struct city_settings {
    std::string partner;                // id
    std::string name;                   // of its own organisation, in what it reports
    std::vector<std::string> regions;
    std::string window_id;              // of its window, where it has one
    script how;
    std::uint64_t seed = 1;
    std::size_t threads = 8;            // own messages under way at once
    std::size_t cases_max = 200'000;    // remembered; those that are over go first
    std::chrono::milliseconds retry_first{200};
    std::chrono::milliseconds retry_most{10'000};
    std::chrono::seconds look_every{30}; // into the inbox, for cases that it does not know

    // Before the next try, after so many.
    std::chrono::milliseconds longest_pause(unsigned tries) const {
        return std::min<std::chrono::milliseconds>(retry_first * (1LL << std::min(tries, 20U)), retry_most);
    }
};

// Sums for people; each only grows, but for the levels.
struct city_counts {
    std::atomic<std::uint64_t> taken{0}, repeated{0}, refused{0}, unsaid{0}, unreadable{0};
    std::array<std::atomic<std::uint64_t>, 6> events{}; // by told
    std::atomic<std::uint64_t> claims{0}, given_up{0}, acknowledged{0}, polls{0};
    std::array<std::atomic<std::uint64_t>, trouble_count> troubles{};
};

// One delivery as it came.
struct incoming {
    std::string delivery; // "TB…-3-140400"
    std::uint32_t attempt = 1;
    std::string content_type;
    std::string_view body;
    std::string_view transport; // "push" | "pull"
};

enum class taking { taken, again, unreadable, full };

class city {
public:
    // `note`: a sentence for the person at the terminal; each is told once.
    city(const city_settings& settings, const class tongue& speech, journal& lines, open_lines open,
         std::function<void(const std::string&)> note);
    ~city();

    void start();
    void stop();

    const city_settings& settings() const { return settings_; }
    const class tongue& speech() const { return speech_; }
    class journal& book() { return journal_; }
    city_counts& counts() { return counts_; }
    work_queue& queue() { return queue_; }

    // What goes wrong with the answer to this attempt, if anything.
    std::optional<trouble> trouble_with(const incoming& what);
    // Takes the delivery in and begins to work on it. `heard` gets the message when it could be read.
    taking take(const incoming& what, std::optional<heard_message>& heard);
    // One line of the journal about a delivery: taken, refused or unsaid.
    void delivered(const incoming& what, std::string_view outcome);

    // The same about an acknowledgement of a pulled one.
    void acknowledged(const std::string& delivery, bool positive, std::string_view outcome);
    // For the person at the terminal, unless it was told before.
    void note_once(const std::string& text);

    struct levels {
        std::size_t cases = 0;
        std::size_t open = 0;
    };
    levels standing() const;

private:
    static constexpr std::size_t notes_max = 200;
    struct remembered {
        known_case about;
        bool scheduled = false;             // a task will come back to it, or is under way
        bool must_look = false;             // ask the gateway where the case stands
        bool over = false;                  // stands in over_
        std::optional<own_message> unsent;  // written, not answered yet
        act doing;
        unsigned tries = 0;
        unsigned objections = 0;            // in a row: the gateway did not want what the script says
        bool canonical = false;             // for this message: the dialect's way was refused
    };

    remembered* remember(const v1::CaseRef& ref, const std::string& region);
    void plan(const std::string& case_id, remembered& one);
    void schedule(const std::string& case_id, remembered& one, std::chrono::milliseconds wait);
    void work(const std::string& case_id, gateway_lines& lines);
    void look_at(const std::string& case_id, gateway_lines& lines);
    void look_into_inbox(const std::string& region, const std::string& cursor, gateway_lines& lines);
    bool look_up(remembered& one, const line_answer& answer);
    own_message compose(const remembered& one) const;
    void answered(const std::string& case_id, const own_message& sent, bool by_window, std::int64_t sent_ms,
                  const boost::system::result<line_answer, std::string>& got);
    void send_again(const remembered& one, const own_message& sent, gateway_line& line);
    void retry(const std::string& case_id, remembered& one, std::optional<std::chrono::seconds> asked);
    void object(const std::string& case_id, remembered& one, const own_message& sent, told outcome, std::string_view why);
    void journal_event(const remembered& one, std::int64_t sent_ms, told outcome, int status, const v1::Receipt& receipt);

    const city_settings settings_;
    const class tongue& speech_;
    class journal& journal_;
    std::function<void(const std::string&)> note_;
    case_work rules_;
    city_counts counts_;

    mutable std::mutex mutex_;
    std::unordered_map<std::string, remembered> cases_;
    std::deque<std::string> over_; // may be forgotten, oldest first
    std::set<std::string> noted_;
    std::mt19937_64 random_;       // pauses between retries only
    work_queue queue_;             // last: its threads use all of the above
};

} // namespace tongban::emulator
