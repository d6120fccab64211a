// One schedule: a log, replicas, targets and clients in simulated time, everything in one order that follows from the
// seed. It ends when all trouble is over and everything was answered and delivered; the checker has the last word.
#pragma once

#include "tests/history/answer.hpp"
#include "tests/history/verdict.hpp"
#include "tests/simulation/replica.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tongban::simulation {

struct schedule {
    std::uint64_t seed = 0;
    mistake planted = mistake::none;
    int cases = 14;
    std::chrono::milliseconds trouble{40'000}; // how long things go wrong; then they are mended
    bool keep_history = false;                 // the two files of it, for a person
};

struct result {
    history::verdict said;
    std::string digest; // of the whole history: equal for equal seeds
    std::chrono::milliseconds lasted{0};
    std::uint64_t kills = 0;
    std::string ledger_lines; // with keep_history
    std::string answer_lines;
};

result run(const schedule& wanted);

// What a client got to its request; nothing: no answer ever came.
struct reply {
    bool is_unreachable = false; // nobody listened: it was not taken
    http::response response;
    std::optional<boost::system::result<ledger::projected>> appended;
};

class world {
public:
    explicit world(const schedule& wanted);
    ~world();

    result run();

    // --- for the clients
    boost::asio::awaitable<void> sleep(std::chrono::milliseconds time);
    // Sends it to a replica and waits for the answer.
    boost::asio::awaitable<std::optional<reply>> call(int replica, request_to what, std::chrono::milliseconds patience);
    void tell(history::answer one) { told_.push_back(std::move(one)); }
    history::answer begin_answer(history::answer_kind kind, std::string by) const;
    chance& luck() noexcept { return luck_; }
    mistake planted() const noexcept { return wanted_.planted; }
    int any_replica() { return static_cast<int>(luck_.below(replicas_.size())); }
    bool is_mended() const noexcept { return is_mended_; }
    bool is_over() const noexcept { return is_over_; }
    // Clients that have something to bring to an end.
    void client_began() noexcept { ++clients_; }
    void client_ended(const std::exception_ptr& by);
    boost::asio::any_io_executor executor() { return context_.get_executor(); }
    replica& nth(int number) { return *replicas_[static_cast<std::size_t>(number)]; }

private:
    struct call_state;
    static boost::asio::awaitable<void> serve(world* self, int replica, std::shared_ptr<request_to> what,
                                              std::shared_ptr<call_state> state, std::chrono::milliseconds patience);
    void deliver_reply(std::shared_ptr<call_state> state, reply said);
    std::chrono::milliseconds way();

    // Everything that is ready now; then the time moves on. False when nothing is left to happen.
    bool advance(agenda::time_point until);
    void run_ready();
    void start_replica(int number);

    // Trouble.
    void plan_trouble();
    void change_weather();
    void kill(int number);
    // Until it is ready: then the fault has its recovery.
    void watch_start(int number, std::size_t fault);
    void jump_clock();
    void reassign(std::chrono::milliseconds after);
    void give(std::uint32_t partition, int owner);
    void mend();

    bool is_quiet();
    std::string unsettled();
    void check_leases();
    // Runs until all is told that is due; false when that takes longer.
    bool settle(std::chrono::minutes patience);
    // Lets the clocks of the cases run out, and looks whether that was said, once.
    void let_clocks_run_out();
    void check_clocks();
    void compare_views();
    void replay_dead_letters();
    result judge();

    const schedule wanted_;
    chance luck_;
    agenda todo_;
    simulated_log log_;
    std::map<std::string, simulated_target> targets_;
    polled_context context_;
    std::vector<history::answer> told_;
    std::vector<std::pair<history::defect, std::string>> found_; // beside the checker's finds
    std::vector<std::unique_ptr<replica>> replicas_;
    std::vector<std::vector<bool>> owns_; // by replica and partition
    std::uint64_t assignment_ = 0;
    int clients_ = 0;
    std::uint64_t lost_percent_ = 0; // of requests and of answers
    std::uint64_t slow_percent_ = 0;
    std::uint64_t kills_ = 0;
    bool is_mended_ = false;
    bool is_over_ = false;
};

} // namespace tongban::simulation
