// Whatever changes a case's rows writes its state too, in one batch: a state that is the same after reading as before
// proves that all was read at one time.
#include "gateway/ledger/case_balance.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/delivery_rows.hpp"
#include "gateway/ledger/queue_rows.hpp"
#include "gateway/ledger/record.hpp"

#include <set>
#include <utility>

namespace tongban::ledger {

namespace {

using error_code = boost::system::error_code;

constexpr int attempts = 5;

std::string event_place(std::uint32_t ordinal) {
    return "event " + std::to_string(ordinal);
}

// One reading; `told` is new.
class case_reading {
public:
    case_reading(const store::view_store& rows, case_number number, const reconciliation_filter& filter,
                 case_balance& told)
        : rows_(rows), number_(number), filter_(filter), told_(told) {}

    error_code read(std::string_view state) {
        told_.rows = 1;
        told_.bytes = state.size();
        if (!state_.ParseFromArray(state.data(), static_cast<int>(state.size()))) {
            wrong(discrepancy::case_differs, {}, hex_place(rows::state(number_)));
            return {};
        }
        told_.taken = filter_.takes_pair(state_.origin_region(), state_.dest_region());
        if (!told_.taken) {
            return {};
        }
        auto error = read_events();
        if (error || !told_.taken) {
            return error;
        }
        count_case();
        error = count_due();
        error = error ? error : count_settled();
        if (error) {
            return error;
        }
        count_waiting();
        for (const auto& [region, ordinal] : due_) { // what is left of them
            wrong(discrepancy::delivery_missing, region, event_place(ordinal));
        }
        return find_places();
    }

private:
    using delivery = std::pair<std::string, std::uint32_t>; // region and ordinal

    void wrong(discrepancy what, std::string region = {}, std::string place = {}) {
        told_.findings.push_back({what, state_.case_id(), std::move(region), std::move(place)});
    }

    static std::string hex_place(std::string_view key) { return std::string(1, key.front()) + " " + to_hex(key.substr(1)); }

    error_code read_events() {
        // A revision may go to another place than the one before: what the earlier one was told of is still its own.
        regions_ = {state_.origin_region(), state_.dest_region()};
        for (const auto& outbox : state_.outbox()) {
            regions_.insert(outbox.region());
        }
        const auto prefix = rows::events(number_);
        bool first = true;
        return rows_.scan(prefix, prefix.past(), [&](std::string_view key, std::string_view value) {
            ++told_.rows;
            told_.bytes += value.size();
            const auto row = rows::decode_event(value);
            if (!row || !record_.ParseFromArray(row->record.data(), static_cast<int>(row->record.size()))) {
                wrong(discrepancy::case_differs, {}, hex_place(key));
                return true;
            }
            if (std::exchange(first, false)) {
                told_.taken = filter_.takes_time(row->head.recorded_ms);
            }
            if (told_.taken && row->head.refused_code.empty()) {
                offsets_.push_back(rows::cursor(key.substr(prefix.view().size())).u64());
                if (record_.event().has_case_submitted()) {
                    told_.accepted = 1;
                    regions_.insert(record_.event().case_().dest_region());
                }
            }
            return told_.taken;
        });
    }

    void count_case() {
        const bool filed = state_.revision() > 0;
        const bool ended = cases::is_closed(state_.status());
        told_.closed = filed && ended ? 1 : 0;
        told_.open = filed && !ended ? 1 : 0;
        told_.collected_only = !filed && !ended ? 1 : 0;
        if (told_.accepted != (filed ? 1 : 0)) {
            wrong(discrepancy::case_unaccounted);
        }
        if (offsets_.size() != state_.event_count()) {
            wrong(discrepancy::case_differs, {},
                  "events " + std::to_string(offsets_.size()) + " != " + std::to_string(state_.event_count()));
        }
    }

    error_code count_due() {
        std::string bytes;
        for (const auto offset : offsets_) {
            for (const auto& region : regions_) {
                const auto key = rows::region_event(region, number_.partition, offset);
                const auto found = rows_.get(key, bytes);
                if (!found) {
                    return found.error();
                }
                const auto row = *found ? rows::decode_region_event(bytes) : std::nullopt;
                if (row && row->number == number_.number) {
                    due_.emplace(region, row->ordinal);
                    ++told_.targets[region].due;
                } else if (*found) {
                    wrong(discrepancy::delivery_differs, region, hex_place(key));
                }
            }
        }
        return {};
    }

    // What is settled or waits was due, once.
    void settle(const std::string& region, std::uint32_t ordinal) {
        if (due_.erase({region, ordinal}) == 0) {
            wrong(discrepancy::delivery_differs, region, event_place(ordinal));
        }
    }

    error_code count_settled() {
        const auto prefix = rows::settled_deliveries(number_);
        v1::EventDelivery settled;
        return rows_.scan(prefix, prefix.past(), [&](std::string_view key, std::string_view value) {
            ++told_.rows;
            told_.bytes += value.size();
            rows::cursor at(key.substr(prefix.view().size()));
            const auto ordinal = at.u32();
            const auto region = rows::region_text(at.rest());
            if (!settled.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
                settled.Clear();
            }
            if (settled.status() == v1::DELIVERY_STATUS_ACKNOWLEDGED) {
                ++told_.targets[region].acknowledged;
                settle(region, ordinal);
            } else if (settled.status() == v1::DELIVERY_STATUS_DISCARDED) {
                ++told_.targets[region].discarded;
                settle(region, ordinal);
            } else {
                due_.erase({region, ordinal}); // named here; it is in no state
                wrong(discrepancy::delivery_differs, region, event_place(ordinal));
            }
            return true;
        });
    }

    void count_waiting() {
        for (const auto& outbox : state_.outbox()) {
            auto& target = told_.targets[outbox.region()];
            target.dead_lettered += outbox.dead() ? 1 : 0;
            target.pending += outbox.pending_size() - (outbox.dead() ? 1 : 0);
            for (const auto& pending : outbox.pending()) {
                settle(outbox.region(), pending.ordinal());
            }
        }
    }

    // The name that leads to it, and its queues.
    error_code find_places() {
        std::string bytes;
        const bool named = cases::is_case_id(state_.case_id());
        const auto found = named ? rows_.get(rows::number_of(state_.case_id()), bytes) : false;
        if (!found) {
            return found.error();
        }
        if (!*found || bytes != rows::encode_number(number_)) {
            wrong(discrepancy::case_missing);
        }
        for (const auto& outbox : state_.outbox()) {
            const auto stands = is_queued(rows_, number_, outbox);
            if (!stands) {
                return stands.error();
            }
            if (!*stands) {
                wrong(discrepancy::queue_missing, outbox.region(), event_place(outbox.pending(0).ordinal()));
            }
        }
        return {};
    }

    const store::view_store& rows_;
    const case_number number_;
    const reconciliation_filter& filter_;
    case_balance& told_;
    v1::CaseState state_;
    v1::LedgerRecord record_;
    std::set<std::string, std::less<>> regions_;
    std::vector<std::uint64_t> offsets_; // of the events that were applied
    std::set<delivery> due_;             // not yet seen settled or waiting
};

} // namespace

boost::system::result<case_balance> balance_of(const store::view_store& rows, case_number number,
                                               const reconciliation_filter& filter) {
    case_balance told;
    std::string state;
    std::string after;
    auto found = rows.get(rows::state(number), state);
    for (int i = 0; found && i < attempts; ++i) {
        told = {};
        if (const auto error = case_reading(rows, number, filter, told).read(state)) {
            return error;
        }
        found = rows.get(rows::state(number), after);
        if (found && state == after) {
            return told;
        }
        state.swap(after);
    }
    if (!found) {
        return found.error();
    }
    told.moving = true;
    return told;
}

} // namespace tongban::ledger
