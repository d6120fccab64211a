// The strand keeps what is under way; workers fetch.
#include "gateway/materials/fetching.hpp"

#include "gateway/materials/file_fetch.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <tuple>

namespace tongban::materials {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;
using unfetched_file = ledger::material_view::unfetched_file;
using end = fetch_attempt::end;

namespace {

constexpr std::chrono::milliseconds tick_length{250};
constexpr std::chrono::seconds append_wait{5};
constexpr std::size_t looked_at_max = 20'000; // rows in one tick, of all partitions
constexpr unsigned doublings_max = 10;

using file_key = std::tuple<std::uint32_t, std::uint64_t, std::string, std::uint32_t>;

file_key key_of(const unfetched_file& one) {
    return {one.number.partition, one.number.number, one.event_id, one.file};
}

// What is known of a file that was tried. Gone after a restart: then it is tried at once.
struct attempts {
    unsigned count = 0;
    clock::time_point not_before{};
    bool under_way = false;
    bool seen = true; // in the present look
};

v1::LedgerRecord fact_record(const unfetched_file& wanted, const fetch_attempt& attempt, unsigned tried) {
    v1::LedgerRecord record;
    record.mutable_sender()->set_partner("gateway");
    record.mutable_sender()->set_role(v1::ROLE_GATEWAY);
    record.mutable_event()->mutable_case_()->set_case_id(attempt.case_id);
    auto& fact = *record.mutable_material_fact();
    fact.set_event_id(wanted.event_id);
    fact.set_file(wanted.file);
    if (attempt.how == end::fetched) {
        fact.mutable_fetched()->set_sha256(attempt.file.sha256);
        fact.mutable_fetched()->set_size(attempt.file.size);
        fact.mutable_fetched()->set_media_type(attempt.file.media_type);
    } else {
        fact.mutable_failed()->set_code(attempt.code);
        fact.mutable_failed()->set_attempts(tried);
    }
    return record;
}

void log_end(const fetch_attempt& attempt, unsigned tried) {
    const bool fetched = attempt.how == end::fetched;
    monitoring::log(fetched ? monitoring::severity::info : monitoring::severity::warning,
                    fetched ? "material_fetched" : "material_given_up",
                    {{"partner", attempt.partner},
                     {"case_id", attempt.case_id},
                     {"sha256", security::hex_of(attempt.file.sha256)},
                     {"bytes", static_cast<std::int64_t>(attempt.file.size)},
                     {"code", attempt.code},
                     {"attempts", static_cast<std::int64_t>(tried)}});
}

} // namespace

class fetching::state : public std::enable_shared_from_this<state> {
public:
    state(std::shared_ptr<room> in, std::function<bool(std::uint32_t)> owns, const asio::any_io_executor& executor,
          monitoring::registry& metrics)
        : room_(std::move(in)), owns_(std::move(owns)), strand_(asio::make_strand(executor)), tick_(strand_),
          workers_("fetch",
                   {room_->parts.settings.fetch.workers, room_->parts.settings.fetch.workers * 2UL,
                    room_->parts.settings.fetch.workers},
                   metrics),
          fetches_(metrics.make_counter_family("tongban_materials_fetches_total",
                                               "Attempts to fetch a file from its sender's address, by how they ended.",
                                               {"outcome"}, 60)),
          given_up_(metrics.make_counter_family("tongban_materials_given_up_total",
                                                "Files that are not tried again, by the last reason.", {"code"}, 60)),
          bytes_(metrics.make_counter("tongban_materials_fetched_bytes_total", "Bytes of files fetched.")),
          waiting_(metrics.make_gauge("tongban_materials_to_fetch",
                                      "Files that this replica has still to fetch from their senders, at the last look.")) {}

    void start() { asio::co_spawn(strand_, run(shared_from_this()), asio::detached); }
    void stop() {
        stopping_ = true;
        asio::post(strand_, [self = shared_from_this()] { self->tick_.cancel(); });
        workers_.stop();
    }

private:
    static asio::awaitable<void> run(std::shared_ptr<state> self) {
        while (!self->stopping_) {
            self->look();
            self->tick_.expires_after(tick_length);
            (void)co_await self->tick_.async_wait(asio::as_tuple(asio::use_awaitable));
        }
    }

    void look() {
        for (auto& [key, tried] : tried_) {
            tried.seen = tried.under_way;
        }
        std::size_t looked_at = 0;
        const auto now = clock::now();
        const auto visit = [&](const unfetched_file& one) {
            const auto key = key_of(one);
            const auto known = tried_.find(key);
            if (known != tried_.end()) {
                known->second.seen = true;
            }
            const bool waits = known != tried_.end() && (known->second.under_way || now < known->second.not_before);
            if (!waits && under_way_ < room_->parts.settings.fetch.workers) {
                begin(one, key);
            }
            return ++looked_at < looked_at_max;
        };
        const ledger::material_view view(room_->parts.ledger.rows());
        const auto partitions = room_->parts.ledger.partition_count();
        // Another partition is first each time, so that none starves behind a full one.
        first_ = partitions == 0 ? 0 : (first_ + 1) % partitions;
        for (std::uint32_t i = 0; i < partitions && looked_at < looked_at_max; ++i) {
            const auto partition = (first_ + i) % partitions;
            if (owns_(partition) && view.unfetched(partition, visit)) {
                return; // the view cannot be read now: what is known stays
            }
        }
        waiting_.set(static_cast<double>(looked_at));
        std::erase_if(tried_, [](const auto& one) { return !one.second.seen; });
    }

    void begin(const unfetched_file& one, const file_key& key) {
        auto& tried = tried_[key];
        tried.under_way = true;
        tried.seen = true;
        ++under_way_;
        asio::co_spawn(strand_, fetch(shared_from_this(), one, key), asio::detached);
    }

    static asio::awaitable<void> fetch(std::shared_ptr<state> self, unfetched_file wanted, file_key key) {
        fetch_attempt attempt;
        attempt.how = end::crowded;
        const bool ran = co_await self->workers_.run(
            [&] { attempt = fetch_one(*self->room_, wanted, self->stopping_); });
        if (ran && !self->stopping_) {
            co_await self->conclude(wanted, key, attempt);
        }
        --self->under_way_;
        self->tried_[key].under_way = false;
    }

    asio::awaitable<void> conclude(const unfetched_file& wanted, const file_key& key, fetch_attempt& attempt) {
        constexpr std::chrono::seconds crowded_pause{1};
        auto tried = tried_[key].count;
        if (attempt.how == end::crowded || attempt.how == end::gone) {
            tried_[key].not_before = clock::now() + crowded_pause;
            co_return;
        }
        ++tried;
        fetches_.with({attempt.how == end::fetched ? "fetched" : attempt.code}).add();
        const auto& settings = room_->parts.settings.fetch;
        const auto age = std::chrono::milliseconds(room_->parts.ledger.now_ms() - wanted.recorded_ms);
        const bool is_over = age >= settings.age_max;
        if (attempt.how != end::again || is_over) {
            auto record = fact_record(wanted, attempt, tried);
            const auto said = co_await room_->parts.ledger.append(record, clock::now() + append_wait);
            if (said) {
                log_end(attempt, tried);
                bytes_.add(static_cast<double>(attempt.bytes));
                if (attempt.how != end::fetched) {
                    given_up_.with({attempt.code}).add();
                }
            }
        }
        auto& known = tried_[key];
        known.count = tried;
        known.not_before = clock::now() + settings.retry_first * (1U << std::min(tried - 1, doublings_max));
    }

    const std::shared_ptr<room> room_;
    const std::function<bool(std::uint32_t)> owns_;
    asio::strand<asio::any_io_executor> strand_;
    asio::steady_timer tick_;
    workers workers_;
    monitoring::counter_family& fetches_;
    monitoring::counter_family& given_up_;
    const monitoring::counter bytes_;
    const monitoring::gauge waiting_;
    std::atomic<bool> stopping_{false};
    std::map<file_key, attempts> tried_; // on the strand; as many as a look sees
    std::size_t under_way_ = 0;
    std::uint32_t first_ = 0;
};

fetching::fetching(std::shared_ptr<room> in, std::function<bool(std::uint32_t)> owns,
                   const asio::any_io_executor& executor, monitoring::registry& metrics)
    : state_(std::make_shared<state>(std::move(in), std::move(owns), executor, metrics)) {}

fetching::~fetching() {
    state_->stop();
}

void fetching::start() {
    state_->start();
}

} // namespace tongban::materials
