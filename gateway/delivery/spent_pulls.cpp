#include "gateway/delivery/spent_pulls.hpp"

#include "gateway/delivery/report.hpp"
#include "gateway/delivery/retry_policy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds append_wait{5};

// In order, each once.
std::vector<std::string> pulling_regions(const security::partner_directory& partners) {
    std::vector<std::string> regions;
    for (const auto& partner : partners.partners()) {
        if (partner->delivery && partner->delivery->transport == security::delivery_transport::pull) {
            regions.insert(regions.end(), partner->regions.begin(), partner->regions.end());
        }
    }
    std::ranges::sort(regions);
    regions.erase(std::unique(regions.begin(), regions.end()), regions.end());
    return regions;
}

v1::DeliveryFact dead_letter(const v1::EventDelivery& spent, const delivery_settings& settings) {
    v1::DeliveryFact fact;
    *fact.mutable_delivery() = spent.id();
    fact.set_transport(v1::DELIVERY_TRANSPORT_PULL);
    set_dead_lettered(fact, spent_code(settings, spent.budget_used()), spent.attempts(), spent.replays());
    return fact;
}

} // namespace

struct spent_pulls::state : std::enable_shared_from_this<state> {
    state(const delivery_parts& p, std::function<bool(std::uint32_t)> o, const asio::any_io_executor& executor,
          const spent_pulls_settings& s)
        : parts(p), owns(std::move(o)), settings(s), strand(asio::make_strand(executor)), tick(strand) {}

    // Of the next stretch of what waits, from where the last one ended; over all regions, then from the first again.
    std::vector<v1::DeliveryFact> next_spent() {
        const auto regions = pulling_regions(*parts.partners.get());
        auto region = std::ranges::lower_bound(regions, next_region);
        if (region == regions.end() || *region != next_region) {
            next_after.clear();
        }
        std::vector<v1::DeliveryFact> facts;
        const auto now_ms = parts.ledger.now_ms();
        for (auto left = settings.batch_max; left > 0 && region != regions.end();) {
            const auto page = parts.ledger.deliveries().waiting(*region, next_after, left);
            if (!page) {
                break; // unreadable now: the next tick tries again
            }
            for (const auto& each : page->deliveries) {
                if (is_spent(parts.settings, each, now_ms) && each.visible_at_ms() <= now_ms &&
                    owns(parts.ledger.partition_of(each.id().case_id()))) {
                    facts.push_back(dead_letter(each, parts.settings));
                }
            }
            left -= std::min(left, page->deliveries.size());
            next_after = page->next;
            region += next_after.empty() ? 1 : 0;
        }
        next_region = region == regions.end() ? std::string() : *region;
        return facts;
    }

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (!stopped) {
            if (auto facts = next_spent(); !facts.empty()) {
                // What is not stored is found again.
                (void)co_await report(parts.ledger, std::move(facts), gateway_sender(),
                                      std::chrono::steady_clock::now() + append_wait);
            }
            tick.expires_after(settings.tick);
            if (!stopped) {
                (void)co_await tick.async_wait(asio::as_tuple(asio::use_awaitable));
            }
        }
    }

    const delivery_parts& parts;
    const std::function<bool(std::uint32_t)> owns;
    const spent_pulls_settings settings;
    asio::strand<asio::any_io_executor> strand;
    asio::steady_timer tick;
    bool stopped = false; // on the strand, as what follows
    std::string next_region;  // where the next stretch begins: empty at the first region
    std::string next_after;
};

spent_pulls::spent_pulls(const delivery_parts& parts, std::function<bool(std::uint32_t)> owns,
                         const asio::any_io_executor& executor, const spent_pulls_settings& settings)
    : state_(std::make_shared<state>(parts, std::move(owns), executor, settings)) {}

spent_pulls::~spent_pulls() {
    stop();
}

void spent_pulls::start() {
    asio::co_spawn(state_->strand, state_->run(), asio::detached);
}

void spent_pulls::stop() {
    asio::post(state_->strand, [s = state_] {
        s->stopped = true;
        s->tick.cancel();
    });
}

} // namespace tongban::delivery
