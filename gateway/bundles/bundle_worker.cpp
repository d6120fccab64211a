// One case at a time, step after step until nothing is left to do for it; several cases side by side, up to a bound.
#include "gateway/bundles/bundle_worker.hpp"

#include "gateway/bundles/archive_records.hpp"
#include "gateway/bundles/child_records.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "monitoring/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace tongban::bundles {

namespace asio = boost::asio;
using cases::bundle_step;

namespace {

constexpr std::chrono::seconds append_wait{5};
// Three for each child, and the end: what takes longer goes on at the next tick.
constexpr int steps_max = 3 * cases::bundle_children_max + 1;
constexpr std::size_t resting_max = 10'000;

std::string_view name(bundle_step step) noexcept {
    switch (step) {
    case bundle_step::file:
        return "file";
    case bundle_step::withdraw:
        return "withdraw";
    case bundle_step::close:
        return "close";
    case bundle_step::tell:
        return "tell";
    case bundle_step::ask:
        return "ask";
    case bundle_step::answer:
        return "answer";
    case bundle_step::call_off:
        return "call_off";
    case bundle_step::tell_late:
        return "tell_late";
    case bundle_step::none:
        break;
    }
    return "none";
}

bool stands(cases::verdict verdict) noexcept {
    return verdict == cases::verdict::applied || verdict == cases::verdict::duplicate;
}

// A child whose number another case has: it never comes to be.
v1::ChildProgressed never_filed(std::uint32_t child) {
    v1::ChildProgressed progress;
    progress.set_child(child);
    progress.set_status(v1::CASE_STATUS_CANCELLED);
    progress.set_outcome(v1::OUTCOME_VOIDED);
    progress.set_events(cases::events_of_lost_number);
    return progress;
}

} // namespace

struct bundle_worker::state : std::enable_shared_from_this<state> {
    using case_key = std::pair<std::uint32_t, std::uint64_t>;
    // How a step ended: the case after it, or nothing when it must wait.
    struct ended {
        std::string_view outcome; // label of the metric
        std::optional<v1::CaseState> after;
    };

    state(ledger::ledger& l, monitoring::registry& metrics, std::function<bool(std::uint32_t)> o, decide_filing d,
          const asio::any_io_executor& executor, const bundle_worker_settings& s)
        : ledger(l), owns(std::move(o)), decide(std::move(d)), settings(s),
          strand(asio::make_strand(executor)), tick(strand), landed(strand),
          steps(metrics.make_counter_family("tongban_bundle_steps_total",
                                            "What the gateway did for bundles 一件事, and how it ended", {"step", "outcome"}, 40)) {
    }

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (!stopped) {
            for (std::uint32_t partition = 0; partition < ledger.partition_count() && !stopped; ++partition) {
                if (owns(partition)) {
                    co_await look_at(partition);
                }
            }
            tick.expires_after(settings.tick);
            if (!stopped) {
                (void)co_await tick.async_wait(asio::as_tuple(asio::use_awaitable));
            }
        }
    }

    asio::awaitable<void> look_at(std::uint32_t partition) {
        for (const auto& number : ledger.bundle_work(partition, settings.batch_max)) {
            const case_key key{number.partition, number.number};
            if (stopped || is_resting(key) || !under_way.insert(key).second) {
                continue;
            }
            asio::co_spawn(strand, carry_on(shared_from_this(), number), asio::detached);
            while (under_way.size() >= settings.under_way_max && !stopped) {
                landed.expires_after(append_wait);
                (void)co_await landed.async_wait(asio::as_tuple(asio::use_awaitable));
            }
        }
    }

    bool is_resting(const case_key& key) {
        const auto found = resting.find(key);
        if (found == resting.end()) {
            return false;
        }
        if (std::chrono::steady_clock::now() < found->second) {
            return true;
        }
        resting.erase(found);
        return false;
    }

    static asio::awaitable<void> carry_on(std::shared_ptr<state> self, ledger::case_number number) {
        co_await self->work_on(number);
        self->under_way.erase({number.partition, number.number});
        self->landed.cancel();
    }

    asio::awaitable<void> work_on(ledger::case_number number) {
        auto found = ledger.read().case_of(number);
        if (!found || !*found) {
            co_return;
        }
        auto now = std::move(**found);
        for (int done = 0; done < steps_max && !stopped; ++done) {
            const auto next = cases::next_bundle_work(now);
            ended end;
            switch (next.step) {
            case bundle_step::none:
                co_return;
            case bundle_step::file:
                end = co_await file(now, number, next.child);
                break;
            case bundle_step::withdraw:
                end = co_await withdraw(now, number, next.child);
                break;
            case bundle_step::close:
                end = co_await say(closing_record(now, ledger.now_ms()));
                break;
            case bundle_step::tell:
                end = co_await tell(now);
                break;
            case bundle_step::ask:
            case bundle_step::answer:
            case bundle_step::call_off:
            case bundle_step::tell_late:
                end = co_await carry_over(now, number, next);
                break;
            }
            steps.with({std::string(name(next.step)), std::string(end.outcome)}).add();
            if (!end.after) {
                co_return; // the next tick sees what stands then
            }
            if (end.after->event_count() == now.event_count()) {
                // Refused, and nothing changed: asking again at once would be refused again.
                if (resting.size() < resting_max) {
                    resting[{number.partition, number.number}] = std::chrono::steady_clock::now() + settings.rest;
                }
                co_return;
            }
            now = std::move(*end.after);
        }
    }

    asio::awaitable<ended> say(v1::LedgerRecord record) {
        auto said = co_await ledger.append(record, std::chrono::steady_clock::now() + append_wait);
        if (!said) {
            co_return ended{"unavailable", std::nullopt};
        }
        co_return ended{stands(said->verdict) ? "done" : "refused", std::move(said->state)};
    }

    asio::awaitable<ended> file(const v1::CaseState& parent, ledger::case_number number, std::uint32_t child) {
        const auto filed = newest_record(ledger.read(), number, v1::CaseEvent::kCaseSubmitted);
        if (!filed || !*filed) {
            co_return ended{"unavailable", std::nullopt};
        }
        const auto& plan = cases::find_child(parent, child)->plan();
        auto record = child_filing_record(**filed, plan);
        const auto said = co_await ledger.append(record, std::chrono::steady_clock::now() + append_wait);
        if (!said) {
            co_return ended{"unavailable", std::nullopt};
        }
        const bool ours = said->state.parent().case_id() == parent.case_id() && said->state.parent().child() == child;
        if (!ours) {
            monitoring::log(monitoring::severity::warning, "bundle_child_refused",
                            {{"case_id", std::string_view(plan.case_id())}, {"reason", cases::name(said->verdict)}});
        } else if (said->state.status() == v1::CASE_STATUS_QUEUED) {
            put_to_decision(record);
        }
        // Not inside the co_await: g++ 12 destroys what a conditional makes there twice.
        const auto progress = ours ? cases::progress_of(said->state) : never_filed(child);
        auto told = co_await say(progress_record(parent, progress, ledger.now_ms()));
        if (ours && told.after) {
            // Its own partition would find that the parent is not known to know; this is quicker.
            (void)co_await say(informed_record(said->state, progress, ledger.now_ms()));
        } else if (told.after) {
            told.outcome = "refused";
        }
        co_return told;
    }

    void put_to_decision(const v1::LedgerRecord& filing) {
        if (!decide) {
            return;
        }
        if (deciding >= settings.decisions_max) {
            steps.with({"decide", "busy"}).add();
            return;
        }
        ++deciding;
        asio::co_spawn(strand, decide(filing), [self = shared_from_this()](const std::exception_ptr& failed) {
            --self->deciding;
            self->steps.with({"decide", failed ? "unavailable" : "done"}).add();
        });
    }

    asio::awaitable<ended> withdraw(const v1::CaseState& parent, ledger::case_number number, std::uint32_t child) {
        const auto called_off = parent.status() == v1::CASE_STATUS_CANCELLED ? v1::CaseEvent::kCaseVoided
                                                                             : v1::CaseEvent::kWithdrawRequested;
        const auto asked = newest_record(ledger.read(), number, called_off);
        auto row = ledger.read().find(cases::find_child(parent, child)->plan().case_id());
        if (!asked || !*asked || !row || !*row) {
            co_return ended{"unavailable", std::nullopt};
        }
        auto& standing = (*row)->state;
        const bool undecided = cases::find_transition(standing.status(), v1::CaseEvent::kWithdrawRequested) != nullptr;
        if (undecided && !standing.withdraw_requested()) {
            auto record = child_withdrawal_record(**asked, standing);
            auto said = co_await ledger.append(record, std::chrono::steady_clock::now() + append_wait);
            if (!said) {
                co_return ended{"unavailable", std::nullopt};
            }
            standing = std::move(said->state); // decided meanwhile: then its decision counts
        }
        auto progress = cases::progress_of(standing);
        progress.set_withdraw_asked(true);
        co_return co_await say(progress_record(parent, progress, ledger.now_ms()));
    }

    asio::awaitable<ended> tell(const v1::CaseState& child) {
        const auto row = ledger.read().find(child.parent().case_id());
        if (!row || !*row) {
            co_return ended{"unavailable", std::nullopt};
        }
        const auto progress = cases::progress_of(child);
        const auto told = co_await say(progress_record((*row)->state, progress, ledger.now_ms()));
        if (!told.after) {
            co_return told;
        }
        // Refused: the parent knows something newer, or takes no more; either way it is told.
        co_return co_await say(informed_record(child, progress, ledger.now_ms()));
    }

    // 档案往来: what was said in this child's case is said in the other's, and then noted here.
    asio::awaitable<ended> carry_over(const v1::CaseState& child, ledger::case_number number, const cases::bundle_work& work) {
        const auto& request = child.archive_requests(static_cast<int>(work.archive));
        const auto other = ledger.read().find(request.other().case_id());
        if (!other || !*other) {
            co_return ended{"unavailable", std::nullopt};
        }
        auto record = std::optional<v1::LedgerRecord>();
        if (work.step == bundle_step::call_off) {
            record = archive_end_record((*other)->state, request, sibling_of(child), v1::ARCHIVE_RESULT_CALLED_OFF, ledger.now_ms());
        } else if (work.step == bundle_step::tell_late) {
            record = archive_late_record((*other)->state, request, child, ledger.now_ms());
        } else if (const auto said = ledger.read().event_of(number, request.event_id()); said && *said) {
            const auto& was = (*said)->record;
            record = work.step == bundle_step::ask ? archive_request_record(was, child, request, (*other)->state)
                                                   : archive_reply_record(was, child, request, (*other)->state);
        }
        if (!record) {
            co_return ended{"unavailable", std::nullopt};
        }
        const auto carried = co_await say(std::move(*record));
        if (!carried.after) {
            co_return carried;
        }
        if (work.step == bundle_step::ask && carried.outcome == "refused") {
            // It ended a moment before, or takes no more.
            co_return co_await say(archive_end_record(child, request, request.other(), v1::ARCHIVE_RESULT_NOT_ASKED, ledger.now_ms()));
        }
        // Refused: the case that asked has ended and takes no reply, or was answered a moment before it called off; or it had the
        // reply, or knew of another that is late as well, before it was told.
        co_return co_await say(archive_informed_record(child, request, ledger.now_ms()));
    }

    ledger::ledger& ledger;
    const std::function<bool(std::uint32_t)> owns;
    const decide_filing decide;
    const bundle_worker_settings settings;
    asio::strand<asio::any_io_executor> strand;
    asio::steady_timer tick;
    asio::steady_timer landed; // cancelled whenever a case is done with
    monitoring::counter_family& steps;
    // On the strand.
    bool stopped = false;
    std::set<case_key> under_way;
    std::size_t deciding = 0;
    std::map<case_key, std::chrono::steady_clock::time_point> resting;
};

bundle_worker::bundle_worker(ledger::ledger& ledger, monitoring::registry& metrics, std::function<bool(std::uint32_t)> owns,
                             decide_filing decide, const asio::any_io_executor& executor,
                             const bundle_worker_settings& settings)
    : state_(std::make_shared<state>(ledger, metrics, std::move(owns), std::move(decide), executor, settings)) {}

bundle_worker::~bundle_worker() {
    stop();
}

void bundle_worker::start() {
    asio::co_spawn(state_->strand, state_->run(), asio::detached);
}

void bundle_worker::stop() {
    asio::post(state_->strand, [s = state_] {
        s->stopped = true;
        s->tick.cancel();
        s->landed.cancel();
    });
}

} // namespace tongban::bundles
