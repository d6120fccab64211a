// At midnight a working day's worth of cases may turn yellow at once: proposals are appended side by side, up to a bound.
#include "gateway/supervision/clock_timer.hpp"

#include "gateway/cases/case_clocks.hpp"
#include "gateway/ledger/proposal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <vector>

namespace tongban::supervision {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds append_wait{5};
// Of the slice that a revision carries: no due time lies further ahead.
constexpr cases::day_number revision_days_ahead = 3 * 366;

} // namespace

v1::LedgerRecord timer_proposal(const v1::CaseState& state) {
    const auto timer = cases::next_timer(state);
    const auto key = "clock " + std::to_string(timer.clock) + ' ' + std::to_string(timer.band) + ' ' +
                     std::to_string(timer.due_ms) + ' ' + std::to_string(state.revision()) + ' ' + state.clocks().calendar() +
                     ' ' + std::to_string(state.urge().count()) + ' ' + std::to_string(state.owed_turns());
    return ledger::propose(state, cases::timer_event(state), key, timer.at_ms);
}

std::optional<v1::LedgerRecord> revision_proposal(const v1::CaseState& state, const calendars::calendar& calendar,
                                                  std::int64_t now_ms) {
    const auto slice =
        calendar.slice(cases::day_of(state.times().submitted_ms()), cases::day_of(now_ms) + revision_days_ahead);
    if (!cases::revised_clocks(state, slice, now_ms)) {
        return std::nullopt;
    }
    v1::CaseEvent event;
    event.mutable_calendar_revised()->set_version(calendar.version());
    const auto key = "calendar " + calendar.version() + ' ' + std::to_string(state.clocks().provisional_from()) + ' ' +
                     std::to_string(state.revision()) + ' ' + std::to_string(state.event_count());
    auto record = ledger::propose(state, std::move(event), key, now_ms);
    *record.mutable_working_days() = slice;
    return record;
}

struct clock_timer::state : std::enable_shared_from_this<state> {
    state(ledger::ledger& l, std::shared_ptr<const calendars::calendar_source> c, std::function<bool(std::uint32_t)> o,
          const asio::any_io_executor& executor, const clock_timer_settings& s)
        : ledger(l), calendar(std::move(c)), owns(std::move(o)), settings(s), strand(asio::make_strand(executor)), tick(strand),
          landed(strand) {}

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (!stopped) {
            for (std::uint32_t partition = 0; partition < ledger.partition_count() && !stopped; ++partition) {
                if (owns(partition)) {
                    co_await say_due(partition);
                    co_await revise(partition);
                }
            }
            begin_revision_when_due();
            tick.expires_after(settings.tick);
            if (!stopped) {
                (void)co_await tick.async_wait(asio::as_tuple(asio::use_awaitable));
            }
        }
    }

    asio::awaitable<void> say_due(std::uint32_t partition) {
        const auto now_ms = ledger.now_ms();
        for (const auto& number : ledger.due_timers(partition, now_ms, settings.batch_max)) {
            const auto found = ledger.read().case_of(number);
            if (stopped || !found || !*found) {
                continue;
            }
            const auto timer = cases::next_timer(**found);
            if (timer.at_ms != 0 && timer.at_ms <= now_ms) {
                co_await send(timer_proposal(**found));
            }
        }
        co_await all_landed();
    }

    // A part of the pass over provisional cases, which began when a calendar came or the interval was over.
    asio::awaitable<void> revise(std::uint32_t partition) {
        if (passing == nullptr || partition >= passed.size() || passed[partition] == done) {
            co_return;
        }
        const auto found = ledger.provisional_cases(partition, passed[partition], settings.batch_max);
        passed[partition] = found.size() < settings.batch_max ? done : found.back().number + 1;
        const auto by = passing; // a new pass may begin while this one waits
        for (const auto& number : found) {
            const auto row = ledger.read().case_of(number);
            if (stopped || !row || !*row) {
                continue;
            }
            if (auto record = revision_proposal(**row, *by, ledger.now_ms())) {
                co_await send(std::move(*record));
            }
        }
        co_await all_landed();
    }

    void begin_revision_when_due() {
        const auto now = std::chrono::steady_clock::now();
        const auto current = calendar ? calendar->get() : nullptr;
        if (current && (current != passing || now >= next_pass)) {
            passing = current;
            next_pass = now + settings.revision_interval;
            passed.assign(ledger.partition_count(), 0);
        }
    }

    // Appends beside what is under way; waits while that is as much as may be.
    asio::awaitable<void> send(v1::LedgerRecord record) {
        while (under_way >= settings.under_way_max && !stopped) {
            co_await one_landed();
        }
        ++under_way;
        asio::co_spawn(strand, append(shared_from_this(), std::move(record)), asio::detached);
    }
    // Refused or not stored: the next tick sees what stands then.
    static asio::awaitable<void> append(std::shared_ptr<state> self, v1::LedgerRecord record) {
        (void)co_await self->ledger.append(record, std::chrono::steady_clock::now() + append_wait);
        --self->under_way;
        self->landed.cancel();
    }
    asio::awaitable<void> all_landed() {
        while (under_way > 0) {
            co_await one_landed();
        }
    }
    asio::awaitable<void> one_landed() {
        landed.expires_after(append_wait);
        (void)co_await landed.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    static constexpr std::uint64_t done = UINT64_MAX;

    ledger::ledger& ledger;
    const std::shared_ptr<const calendars::calendar_source> calendar;
    const std::function<bool(std::uint32_t)> owns;
    const clock_timer_settings settings;
    asio::strand<asio::any_io_executor> strand;
    asio::steady_timer tick;
    asio::steady_timer landed; // cancelled whenever an append ended
    // On the strand.
    bool stopped = false;
    std::size_t under_way = 0;
    std::shared_ptr<const calendars::calendar> passing;
    std::chrono::steady_clock::time_point next_pass;
    std::vector<std::uint64_t> passed; // by partition: next case number to look at, or done
};

clock_timer::clock_timer(ledger::ledger& ledger, std::shared_ptr<const calendars::calendar_source> calendar,
                         std::function<bool(std::uint32_t)> owns, const asio::any_io_executor& executor,
                         const clock_timer_settings& settings)
    : state_(std::make_shared<state>(ledger, std::move(calendar), std::move(owns), executor, settings)) {}

clock_timer::~clock_timer() {
    stop();
}

void clock_timer::start() {
    asio::co_spawn(state_->strand, state_->run(), asio::detached);
}

void clock_timer::stop() {
    asio::post(state_->strand, [s = state_] {
        s->stopped = true;
        s->tick.cancel();
        s->landed.cancel();
    });
}

} // namespace tongban::supervision
