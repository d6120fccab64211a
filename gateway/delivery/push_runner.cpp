// Who is pushed to: partners with transport push, each with a pusher of its own that lives until the partner goes.
#include "gateway/delivery/push_runner.hpp"

#include "gateway/delivery/platform_call.hpp"
#include "gateway/delivery/target_pusher.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <mutex>

namespace tongban::delivery {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds catch_up_patience{500};

bool is_pushed_to(const security::partner& partner) {
    return partner.delivery && partner.delivery->transport == security::delivery_transport::push;
}

void complain(const std::string& partner, const std::string& mistake) {
    monitoring::log(monitoring::severity::error, "push_target_unusable", {{"partner", partner}, {"reason", mistake}});
}

} // namespace

class push_runner::state : public std::enable_shared_from_this<state> {
public:
    state(const delivery_parts& parts, const push_settings& settings, const asio::any_io_executor& executor,
          monitoring::registry& metrics)
        : parts_(parts), settings_(settings), executor_(executor), metrics_(metrics, parts.ledger),
          owned_(std::make_shared<owned_partitions>(parts.ledger.partition_count())), changes_(owned_->count()) {}

    void own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost);
    void reload();
    void stop();

private:
    struct running_target {
        std::shared_ptr<target_pusher> pusher;
        target_configuration configuration;
    };

    using partition_list = std::vector<std::uint32_t>;
    static asio::awaitable<void> take_over(work_count::token held, std::shared_ptr<state> self,
                                           partition_list gained, std::uint64_t change);
    bool is_outdated(const partition_list& gained, std::uint64_t change);
    void take(const partition_list& gained, std::uint64_t change);
    void configure(const std::shared_ptr<const security::partner>& partner, const dialects::dialect_set& dialects);
    std::shared_ptr<push::push_port> open_client(const security::partner& partner, const dialects::dialect* dialect);
    void tell_without_receiver(const security::partner_directory& partners);
    void retire(const std::string& id, running_target& gone);

    const delivery_parts parts_;
    const push_settings settings_;
    const asio::any_io_executor executor_;
    push_metrics metrics_;
    const std::shared_ptr<owned_partitions> owned_;
    work_count work_;

    std::mutex mutex_; // guards what follows; never held while something is waited for
    std::map<std::string, running_target> targets_; // by partner
    std::vector<std::weak_ptr<target_pusher>> retired_;
    std::vector<std::uint64_t> changes_; // by partition: its last change of owner
    std::uint64_t change_ = 0;
    bool is_stopped_ = false;
};

void push_runner::state::own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
        return;
    }
    owned_->change({}, lost);
    ++change_;
    for (const auto& partitions : {gained, lost}) {
        for (const auto partition : partitions) {
            if (partition < changes_.size()) {
                changes_[partition] = change_;
            }
        }
    }
    for (auto& [id, one] : targets_) {
        one.pusher->look_again();
    }
    if (!gained.empty()) {
        asio::co_spawn(executor_,
                       take_over(work_count::token(work_), shared_from_this(),
                                 partition_list(gained.begin(), gained.end()), change_),
                       asio::detached);
    }
}

// What the owner before told the ledger is read first: else what it delivered last would be pushed once more.
asio::awaitable<void> push_runner::state::take_over(work_count::token, std::shared_ptr<state> self,
                                                    partition_list gained, std::uint64_t change) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (!self->is_outdated(gained, change)) {
        const auto until = std::chrono::steady_clock::now() + catch_up_patience;
        const auto error = co_await self->parts_.ledger.catch_up(until);
        if (!error) {
            self->take(gained, change);
            co_return;
        }
        pause.expires_at(until);
        (void)co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

bool push_runner::state::is_outdated(const partition_list& gained, std::uint64_t change) {
    const std::lock_guard lock(mutex_);
    return is_stopped_ || std::none_of(gained.begin(), gained.end(), [&](std::uint32_t partition) {
               return partition < changes_.size() && changes_[partition] == change;
           });
}

void push_runner::state::take(const partition_list& gained, std::uint64_t change) {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
        return;
    }
    partition_list still;
    for (const auto partition : gained) {
        if (partition < changes_.size() && changes_[partition] == change) {
            still.push_back(partition);
        }
    }
    owned_->change(still, {});
    for (auto& [id, one] : targets_) {
        one.pusher->look_again();
    }
}

void push_runner::state::reload() {
    const auto partners = parts_.partners.get();
    const auto dialects = parts_.dialects.get();
    metrics_.gauges().set_partners(partners);
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
        return;
    }
    std::map<std::string, std::shared_ptr<const security::partner>> wanted;
    for (const auto& partner : partners->partners()) {
        if (is_pushed_to(*partner)) {
            wanted.emplace(partner->id, partner);
        }
    }
    for (auto at = targets_.begin(); at != targets_.end();) {
        if (wanted.contains(at->first)) {
            ++at;
            continue;
        }
        retire(at->first, at->second);
        at = targets_.erase(at);
    }
    for (const auto& [id, partner] : wanted) {
        configure(partner, *dialects);
    }
    tell_without_receiver(*partners);
}

// At the start and whenever partners are read: what waits for a region whose receiver, of whatever transport, was removed.
void push_runner::state::tell_without_receiver(const security::partner_directory& partners) {
    const auto totals = parts_.ledger.deliveries().totals();
    if (!totals) {
        return;
    }
    for (const auto& [region, row] : *totals) {
        if (row.pending > 0 && !partners.receiver_of(region)) {
            monitoring::log(monitoring::severity::warning, "deliveries_without_receiver",
                            {{"region", region}, {"pending", row.pending}});
        }
    }
}

void push_runner::state::configure(const std::shared_ptr<const security::partner>& partner,
                                   const dialects::dialect_set& dialects) {
    auto& one = targets_[partner->id];
    const bool is_new = one.pusher == nullptr;
    if (is_new) {
        one.pusher = std::make_shared<target_pusher>(parts_, settings_, executor_, owned_, metrics_, work_, partner->id);
    }
    const auto before = one.configuration;
    const auto& terms = *partner->delivery;
    target_configuration next{partner, nullptr, nullptr};
    bool is_usable = true;
    if (!terms.dialect.empty()) {
        next.dialect = dialects.find(terms.dialect);
        is_usable = next.dialect != nullptr;
        if (!is_usable) {
            complain(partner->id, "dialect " + terms.dialect + " is not loaded");
        }
    }
    const bool is_same = before.client && before.partner->delivery->push == terms.push &&
                         same_call(before.dialect.get(), next.dialect.get());
    if (is_usable && is_same) {
        next.client = before.client;
        if (const auto renewed = next.client->reload(); !renewed) {
            complain(partner->id, renewed.error()); // it goes on with the certificates it has
        }
    } else if (is_usable) {
        next.client = open_client(*partner, next.dialect.get());
    }
    one.configuration = next;
    one.pusher->configure(std::move(next), !is_same);
}

std::shared_ptr<push::push_port> push_runner::state::open_client(const security::partner& partner,
                                                                 const dialects::dialect* dialect) {
    const auto& terms = partner.delivery->push;
    auto target = push::target_of(terms, settings_.tls);
    target.connect_deadline = settings_.connect_deadline;
    target.tls_deadline = settings_.tls_deadline;
    target.answer_bytes_max = settings_.answer_bytes_max;
    call_as(dialect, target);
    auto opened = (settings_.open ? settings_.open : open_over_tls)(executor_, target);
    if (!opened) {
        for (const auto& mistake : opened.error()) {
            complain(partner.id, mistake);
        }
        return nullptr;
    }
    return std::move(*opened);
}

void push_runner::state::retire(const std::string& id, running_target& gone) {
    std::int64_t pending = 0;
    if (const auto totals = parts_.ledger.deliveries().totals()) {
        for (const auto& [region, row] : *totals) {
            pending += gone.configuration.partner->acts_for(region) ? row.pending : 0;
        }
    }
    monitoring::log(pending > 0 ? monitoring::severity::warning : monitoring::severity::info, "push_target_removed",
                    {{"partner", id}, {"pending", pending}});
    gone.pusher->retire();
    std::erase_if(retired_, [](const auto& each) { return each.expired(); });
    retired_.push_back(gone.pusher);
}

void push_runner::state::stop() {
    std::vector<std::shared_ptr<target_pusher>> all;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(is_stopped_, true)) {
            return;
        }
        std::vector<std::uint32_t> every(owned_->count());
        for (std::uint32_t i = 0; i < every.size(); ++i) {
            every[i] = i;
        }
        // Facts that the ledger does not take now are let go: the next owner attempts those deliveries again.
        owned_->change({}, every);
        for (auto& [id, one] : targets_) {
            all.push_back(one.pusher);
            one.pusher->retire();
        }
        for (const auto& each : retired_) {
            if (auto still = each.lock()) {
                still->look_again();
                all.push_back(std::move(still));
            }
        }
        targets_.clear();
    }
    if (!work_.wait_ended(settings_.stop_patience)) {
        monitoring::log(monitoring::severity::warning, "push_cut_off", {});
        for (const auto& each : all) {
            each->cut_off();
        }
        if (!work_.wait_ended(settings_.report_deadline + settings_.stop_patience)) {
            monitoring::log(monitoring::severity::error, "push_stop_gave_up", {});
        }
    }
    metrics_.gauges().close();
}

push_runner::push_runner(const delivery_parts& parts, const push_settings& settings,
                         const asio::any_io_executor& executor, monitoring::registry& metrics)
    : state_(std::make_shared<state>(parts, settings, executor, metrics)) {
    state_->reload();
}

push_runner::~push_runner() {
    stop();
}

void push_runner::own(std::span<const std::uint32_t> gained, std::span<const std::uint32_t> lost) {
    state_->own(gained, lost);
}

void push_runner::reload() {
    state_->reload();
}

void push_runner::stop() {
    state_->stop();
}

} // namespace tongban::delivery
