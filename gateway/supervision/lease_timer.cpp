#include "gateway/supervision/lease_timer.hpp"

#include "gateway/ledger/proposal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>
#include <utility>

namespace tongban::supervision {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds append_wait{5};

v1::LedgerRecord expiry_of(const v1::CaseState& state) {
    v1::CaseEvent event;
    event.set_fencing_token(state.fencing_token());
    event.mutable_lease_expired();
    const auto key = "lease " + std::to_string(state.fencing_token()) + ' ' + std::to_string(state.lease().until_ms());
    return ledger::propose(state, std::move(event), key, state.lease().until_ms());
}

} // namespace

struct lease_timer::state : std::enable_shared_from_this<state> {
    state(ledger::ledger& l, std::function<bool(std::uint32_t)> o, const asio::any_io_executor& executor,
          const lease_timer_settings& s)
        : ledger(l), owns(std::move(o)), settings(s), strand(asio::make_strand(executor)), tick(strand) {}

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (!stopped) {
            const auto expired = ledger.expired_leases(ledger.now_ms(), settings.batch_max, [&](const ledger::case_number& number) {
                return owns(number.partition) && !full.contains({number.partition, number.number});
            });
            for (const auto& number : expired) {
                const auto found = ledger.read().case_of(number);
                if (stopped || !owns(number.partition) || !found || !*found || !(*found)->has_lease()) {
                    continue;
                }
                auto record = expiry_of(**found);
                const auto said = co_await ledger.append(record, std::chrono::steady_clock::now() + append_wait);
                // Refused or not stored: the next tick sees what stands then. A case that takes no more events never
                // will, nor a new lease, and is not asked for ever: its lease is over all the same.
                if (said && said->verdict == cases::verdict::event_limit) {
                    full.insert({number.partition, number.number});
                }
            }
            tick.expires_after(settings.tick);
            if (!stopped) {
                (void)co_await tick.async_wait(asio::as_tuple(asio::use_awaitable));
            }
        }
    }

    ledger::ledger& ledger;
    const std::function<bool(std::uint32_t)> owns;
    const lease_timer_settings settings;
    asio::strand<asio::any_io_executor> strand;
    asio::steady_timer tick;
    bool stopped = false; // on the strand
    std::set<std::pair<std::uint32_t, std::uint64_t>> full; // as many as such cases: next to none
};

lease_timer::lease_timer(ledger::ledger& ledger, std::function<bool(std::uint32_t)> owns,
                         const asio::any_io_executor& executor, const lease_timer_settings& settings)
    : state_(std::make_shared<state>(ledger, std::move(owns), executor, settings)) {}

lease_timer::~lease_timer() {
    stop();
}

void lease_timer::start() {
    asio::co_spawn(state_->strand, state_->run(), asio::detached);
}

void lease_timer::stop() {
    asio::post(state_->strand, [s = state_] {
        s->stopped = true;
        s->tick.cancel();
    });
}

} // namespace tongban::supervision
