// 秒批秒办: destinations whose systems decide filings at once. A filing is put to the destination's handler over mutual TLS,
// in its dialect, as a push would be, and its answer is given to who asked. Nothing is tried again and nothing waits: a
// handler that is slow, down, busy or left alone by its circuit breaker gives no answer, and the case goes the normal way.
#pragma once

#include "connectors/breaker/circuit_breaker.hpp"
#include "gateway/delivery/delivery.hpp"
#include "gateway/ledger/automatic_answer.hpp"
#include "security/client_tls.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string_view>

namespace tongban::delivery {

struct automatic_call_settings {
    security::client_tls_settings tls; // as for pushes
    breaker::breaker_settings breaker;
    std::chrono::milliseconds within{800};   // the longest any handler may take
    std::size_t answer_bytes_max = 256UL * 1024; // of an answer's body; a longer one is none
};

class automatic_handlers {
public:
    // `parts` outlives it; `executor` runs until after stop(). Handlers that cannot work as they are configured are
    // logged; they answer nothing.
    automatic_handlers(const delivery_parts& parts, const automatic_call_settings& settings,
                       const boost::asio::any_io_executor& executor);
    ~automatic_handlers(); // stops

    // Whether the destination has a handler of its own for the item. Any thread.
    bool has(std::string_view dest_region, std::string_view item_impl_code) const;
    // Asks the handler of the case's destination. Any thread; resumes on the caller's executor within the handler's time.
    boost::asio::awaitable<ledger::automatic_answer> ask(ledger::automatic_question question);
    // Partners, dialects or certificates changed. Reads files.
    void reload();
    // Ends questions under way without an answer.
    void stop();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::delivery
