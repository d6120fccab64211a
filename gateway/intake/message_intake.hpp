// POST /v1/messages: what a city's platform or window says, in its own dialect or canonical, becomes durable events.
// Each event passes identity, translation, rules and append, and gets a receipt; the sender is answered in its own
// format.
#pragma once

#include "gateway/http/message.hpp"
#include "gateway/intake/intake_parts.hpp"
#include "monitoring/metrics.hpp"

#include <memory>

namespace tongban::intake {

// How a message ended that came otherwise than by HTTPS.
struct taken_message {
    http::response answer;
    bool unsettled = false; // one of its events is not known to be stored: the same message again is safe, and needed
    bool stored = false;    // one was stored by this try
};

class message_intake {
public:
    message_intake(const intake_parts& parts, monitoring::registry& metrics);
    ~message_intake();

    // POST /v1/messages, POST /v1/messages/{dialect}, POST /v1/cases/{id}/events.
    std::vector<http::route> routes();

    // The same path for a message that came otherwise than by HTTPS, for `partner`, whom the transport names (a region's
    // topic). Answered canonically: 202 and 200 are taken, 207 in part, 503 to be tried again. Lives as long as the
    // coroutine: `request`, with a certificate_facts whose serial may be empty.
    boost::asio::awaitable<taken_message> take(http::request& request, std::shared_ptr<const security::partner> partner);

    // 秒批 of a filing that is durable already and came in no message: a child that the gateway filed for a bundle 一件事.
    // Asked once, as for any filing; whatever fails leaves the case in the normal way.
    boost::asio::awaitable<void> decide(v1::LedgerRecord filing);

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::intake
