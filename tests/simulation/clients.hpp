// Who uses the gateway in a schedule: platforms that file cases, platforms and windows that work on them, and a platform
// that pulls what is due to it. Each is sequential, believes only what it was answered, and tells it to the history.
#pragma once

#include "tests/simulation/world.hpp"
#include "tests/unit/gateway/ledger/case_story.hpp"

#include <memory>

namespace tongban::simulation {

inline constexpr int pullers = 2; // they go on to the end

// `cases` of them are filed within a time.
void start_clients(world& in, int cases, std::chrono::milliseconds over);
// An operator has a dead letter delivered again.
void replay(world& in, const std::string& delivery);

// What the clients of one case know together.
struct case_progress {
    ledger::story::case_name name;
    bool is_closed = false;
    std::uint64_t newest_token = 0;
};

boost::asio::awaitable<void> file_case(world* in, std::shared_ptr<case_progress> of, std::chrono::milliseconds start);
boost::asio::awaitable<void> work_by_platform(world* in, std::shared_ptr<case_progress> of);
boost::asio::awaitable<void> ask_to_withdraw(world* in, std::shared_ptr<case_progress> of);
boost::asio::awaitable<void> work_at_window(world* in, std::shared_ptr<case_progress> of, int window);
boost::asio::awaitable<void> pull(world* in, int nth);

// Counts as a client with something to bring to an end.
void start_client(world& in, boost::asio::awaitable<void> what);

// Appends it again until there is a clear answer, and tells each to the history. What came at last; nothing when it was
// given up.
boost::asio::awaitable<std::optional<ledger::projected>> say(world* in, std::string by, v1::LedgerRecord record,
                                                             history::answer_kind kind);

} // namespace tongban::simulation
