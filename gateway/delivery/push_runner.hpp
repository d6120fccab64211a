// Push: deliveries to regions whose partner is called (transport push), for the partitions this replica owns. Each
// target works for itself: its own connections, circuit breaker and pace, so a slow, hanging or flooding one delays no
// other. The backlog lives in the view; here is only what is under way. Pushes of one delivery carry one id whoever
// makes them, and the ledger takes its end once, so two replicas that push the same for a moment do no harm.
#pragma once

#include "connectors/breaker/circuit_breaker.hpp"
#include "gateway/delivery/delivery.hpp"
#include "security/client_tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tongban::push {
class push_port;
struct push_target;
} // namespace tongban::push

namespace tongban::delivery {

// Makes what a target is called through, or says what is wrong with its settings.
using open_push = std::function<boost::system::result<std::shared_ptr<push::push_port>, std::vector<std::string>>(
    const boost::asio::any_io_executor& executor, const push::push_target& target)>;

struct push_settings {
    security::client_tls_settings tls; // the gateway's own certificate and key, and the authority of the targets
    breaker::breaker_settings breaker;
    std::chrono::milliseconds connect_deadline{3'000};
    std::chrono::milliseconds tls_deadline{5'000};
    std::size_t answer_bytes_max = 256UL * 1024;
    std::chrono::milliseconds report_deadline{5'000}; // for the ledger to take facts; then they are tried again
    std::chrono::milliseconds stop_patience{3'000};   // for pushes under way when stop() is called
    open_push open;                                   // empty: push_client, over TLS
};

class push_runner {
public:
    // `parts` and `metrics` outlive the runner; `executor` runs on other threads than those that call it, until after
    // stop(). Reads the partners, and opens their targets' certificates; a target whose settings cannot work is logged,
    // shown by tongban_push_breaker_state 3, and its deliveries stay pending. Nothing is pushed before own().
    push_runner(const delivery_parts& parts, const push_settings& settings,
                const boost::asio::any_io_executor& executor, monitoring::registry& metrics);
    ~push_runner(); // stops

    // Give it to the ownership port as its ownership_changed. Any thread; returns at once. Attempts under way for a lost
    // partition run to their end, none begins. For a gained one they begin when this replica has read what the owner
    // before told the ledger.
    void own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost);

    // After partners, dialects or certificates changed, and parts.partners and parts.dialects hold the new ones: targets
    // come, go and change. Those under way end as they began. What is due to a target that went stays pending: logged,
    // and shown by tongban_deliveries_without_receiver. Reads files; any thread but the executor's.
    void reload();

    // No attempt begins any more; those under way end within stop_patience or are cut off, to be repeated by whoever
    // owns their partitions next. Blocks for at most twice that and the report deadline. Not from the executor's
    // threads; before the ledger stops. Further calls do nothing.
    void stop();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::delivery
