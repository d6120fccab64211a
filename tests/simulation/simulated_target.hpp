// A city's platform that is pushed to, as it is on good and bad days, and the way to it. What it was given and what it said
// goes into the history.
#pragma once

#include "connectors/push/push_client.hpp"
#include "connectors/push/push_target.hpp"
#include "tests/history/answer.hpp"
#include "tests/simulation/agenda.hpp"
#include "tests/simulation/chance.hpp"
#include "tests/simulation/mistakes.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tongban::simulation {

// In percent of the pushes.
struct target_weather {
    std::uint64_t refuses = 0;  // an error status, some with Retry-After
    std::uint64_t hangs = 0;    // no answer, ever; half of them took it
    std::uint64_t loses = 0;    // took it, and the answer is lost
    std::uint64_t cuts = 0;     // the connection breaks before it has the request
    std::uint64_t slow = 0;     // seconds
    bool is_down = false;
};

// What the target's end answers; nothing: never.
using push_reply = std::optional<push::push_port::outcome>;

class simulated_target {
public:
    simulated_target(std::string region, agenda& todo, chance& luck, std::vector<history::answer>& told);

    // A request has come: what is answered to it.
    push_reply take(const push::push_request& request);
    const std::string& region() const noexcept { return region_; }
    std::chrono::milliseconds way();

    target_weather weather;

private:
    void tell(const std::string& delivery, history::answer_outcome outcome);

    const std::string region_;
    agenda& todo_;
    chance& luck_;
    std::vector<history::answer>& told_;
};

// The port of one replica to it.
class push_line final : public push::push_port {
public:
    push_line(simulated_target& to, agenda& todo, chance& luck, mistake planted, const push::push_target& terms,
              std::function<void()> woken);

    boost::asio::awaitable<outcome> post(push::push_request request) override;
    boost::system::result<void, std::string> reload() override { return {}; }

private:
    simulated_target& to_;
    agenda& todo_;
    chance& luck_;
    const mistake planted_;
    const std::chrono::milliseconds read_deadline_;
    const std::function<void()> woken_;
    std::uint64_t posts_ = 0;
};

} // namespace tongban::simulation
