// The end of a schedule: is everything answered and delivered, do the replicas agree, and what does the checker say.
#include "gateway/ledger/ledger_dump.hpp"
#include "gateway/ledger/projection.hpp"
#include "gateway/ledger/record.hpp"
#include "tests/history/checker.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/partners.hpp"
#include "tests/simulation/world.hpp"

namespace tongban::simulation {

namespace {

using std::chrono::milliseconds;

// Every record, each partition in its order.
void each_record(const simulated_log& log, const std::function<void(const log::record&)>& visit) {
    for (std::uint32_t p = 0; p < log.partitions().size(); ++p) {
        std::uint64_t offset = 0;
        for (const auto& stored : log.partitions()[p]) {
            visit({{p, offset++}, stored.recorded_at, stored.key, stored.value});
        }
    }
}

store::memory_view_store::rows_type rebuilt(const simulated_log& log) {
    store::memory_view_store rows;
    ledger::projection projection(rows, {});
    projection.open("simulated", static_cast<std::uint32_t>(log.partitions().size()));
    each_record(log, [&](const log::record& record) { (void)projection.fold(record); });
    (void)projection.commit();
    return rows.rows();
}

bool is_at(const std::vector<std::uint64_t>& positions, const simulated_log& log) {
    for (std::size_t p = 0; p < log.partitions().size(); ++p) {
        if (p >= positions.size() || positions[p] != log.partitions()[p].size()) {
            return false;
        }
    }
    return true;
}

} // namespace

bool world::is_quiet() {
    if (clients_ != pullers) {
        return false;
    }
    for (auto& each : replicas_) {
        auto* running = each->running();
        const auto positions = running != nullptr ? running->book().read().positions() : std::vector<std::uint64_t>();
        if (!positions || !is_at(*positions, log_)) {
            return false;
        }
    }
    const auto totals = replicas_.front()->running()->book().deliveries().totals();
    for (const auto& [region, row] : totals.value()) {
        if (row.pending != 0 || row.dead_lettered != 0) {
            return false;
        }
    }
    return true;
}

std::string world::unsettled() {
    auto text = std::to_string(clients_) + " clients are not done";
    for (auto& each : replicas_) {
        auto* running = each->running();
        text += "; replica " + std::to_string(each->number()) + ' ' + (running == nullptr ? "is down" : running->state());
    }
    return text;
}

void world::replay_dead_letters() {
    auto* running = replicas_.front()->running();
    if (running == nullptr) {
        return;
    }
    const auto page = running->book().deliveries().dead_letters("", "", 20);
    for (const auto& letter : page.value().deliveries) {
        replay(*this, cases::to_text(letter.id()));
    }
}

// The timer says the end of every lease, within its tick.
void world::check_leases() {
    auto* running = replicas_.front()->running();
    if (running == nullptr) {
        return;
    }
    const auto ended = running->book().expired_leases(running->book().now_ms() - 10'000, 10);
    for (const auto& number : ended) {
        const auto state = running->book().read().case_of(number);
        if (state && *state && (*state)->has_lease()) {
            found_.emplace_back(history::defect::unexplained, (*state)->case_id() + ": its lease ended, and nobody said so");
        }
    }
}

// Each clock that ran out was said, and no band twice.
void world::check_clocks() {
    auto* running = replicas_.front()->running();
    if (running == nullptr) {
        return;
    }
    auto& book = running->book();
    const auto said = [&](ledger::case_number number, v1::SupervisionBand band) {
        int times = 0;
        for (const auto& event : book.read().events(number).value()) {
            times += event.refused_code.empty() && event.record.event().supervision_warning().band() == band ? 1 : 0;
        }
        return times;
    };
    for (std::uint32_t p = 0; p < book.partition_count(); ++p) {
        for (const auto& number : book.due_timers(p, book.now_ms() - 10'000, 10)) {
            found_.emplace_back(history::defect::unexplained,
                                "case " + std::to_string(number.number) + ": its clock ran out, and nobody said so");
        }
        for (std::uint64_t n = 0;; ++n) {
            const auto state = book.read().case_of({p, n});
            if (!state || !*state) {
                break;
            }
            const bool runs = (*state)->status() == v1::CASE_STATUS_ACCEPTED;
            const bool over = runs && (*state)->clocks().promise_due_ms() < book.now_ms() - 10'000;
            const auto yellow = said({p, n}, v1::SUPERVISION_BAND_YELLOW);
            const auto red = said({p, n}, v1::SUPERVISION_BAND_RED);
            if (yellow > 1 || red > 1 || (over && red != 1)) {
                found_.emplace_back(history::defect::unexplained, (*state)->case_id() + ": warned " + std::to_string(yellow) +
                                                                      " times yellow and " + std::to_string(red) + " times red");
            }
        }
    }
}

void world::compare_views() {
    const auto expected = rebuilt(log_);
    for (const auto& each : replicas_) {
        if (each->running() != nullptr && each->disk().rows() != expected) {
            found_.emplace_back(history::defect::unexplained,
                                "the view of replica " + std::to_string(each->number()) + " is not what the ledger gives");
        }
    }
}

result world::judge() {
    result said;
    history::answer end;
    end.kind = history::answer_kind::end;
    end.by = "simulation";
    end.at_ms = history_now_ms();
    told_.push_back(end);
    history::checker judge;
    std::string all;
    each_record(log_, [&](const log::record& record) {
        judge.record(record);
        all += std::to_string(record.at.partition) + ' ' + std::to_string(record.recorded_at.time_since_epoch().count());
        all += record.key;
        all += record.value;
        if (wanted_.keep_history) {
            said.ledger_lines += ledger::record_as_json(record, false) + '\n';
        }
    });
    for (const auto& each : told_) {
        judge.answered(each);
        const auto line = history::write_answer(each) + '\n';
        all += line;
        if (wanted_.keep_history) {
            said.answer_lines += line;
        }
    }
    said.said = judge.finish();
    for (const auto& [what, detail] : found_) {
        said.said.add(what, "", "", detail);
    }
    said.digest = ledger::to_hex(ledger::sha256(all));
    return said;
}

} // namespace tongban::simulation
