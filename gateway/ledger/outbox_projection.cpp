// A queue row's time is when its delivery may next be attempted, and never before the delivery was due.
#include "gateway/ledger/outbox_projection.hpp"

#include <algorithm>

namespace tongban::ledger {

boost::system::error_code outbox_projection::load(const store::view_store& rows) {
    bool readable = true;
    auto error = rows.scan(rows::key('t'), rows::key('t').past(), [&](std::string_view key, std::string_view value) {
        const auto row = rows::decode_delivery_totals(value);
        readable = row.has_value();
        if (readable) {
            totals_[rows::region_text(key.substr(1))] = *row;
        }
        return readable;
    });
    if (error || !readable) {
        return error ? error : store::make_error_code(store::errc::failed);
    }
    if (watch_ == nullptr) {
        return {};
    }
    error = rows.scan(rows::key('q'), rows::key('q').past(), [&](std::string_view key, std::string_view value) {
        rows::cursor at(key.substr(1));
        const auto region = rows::region_text(at.text(rows::region_size));
        const auto row = rows::decode_queued(value);
        readable = row.has_value();
        if (readable) {
            watch_->put(region, at.u16(), key);
            watch_->waits(region, false, row->due_ms);
        }
        return readable;
    });
    if (!error && readable) {
        error = rows.scan(rows::key('x'), rows::key('x').past(), [&](std::string_view key, std::string_view value) {
            const auto row = rows::decode_queued(value);
            readable = row.has_value();
            if (readable) {
                watch_->waits(rows::region_text(rows::cursor(key.substr(1)).text(rows::region_size)), true, row->due_ms);
            }
            return readable;
        });
    }
    watch_->committed();
    return error || readable ? error : store::make_error_code(store::errc::failed);
}

outbox_projection::head outbox_projection::head_of(const v1::CaseState& state, std::string_view region) {
    const auto* outbox = cases::outbox_of(state, region);
    if (outbox == nullptr) {
        return {};
    }
    const auto& first = outbox->pending(0);
    return {first.ordinal(), first.offset(), std::max(first.due_ms(), outbox->visible_at_ms()), first.due_ms(),
            outbox->dead()};
}

cases::due_regions outbox_projection::due(hot_case& of, const v1::LedgerRecord& record, const log::record& at,
                                          store::write_batch& batch) {
    const auto told = cases::add_due(of.state, record, at.at.offset, at.recorded_at);
    for (const auto to : told) {
        batch.put(rows::region_event(to, at.at.partition, at.at.offset),
                  rows::encode(rows::region_event_row{of.number.number, of.state.event_count()}));
        if (watch_ != nullptr) {
            watch_->event(to, at.at.partition, at.at.offset);
        }
        auto& totals = change(to);
        ++totals.due;
        ++totals.pending;
        if (cases::outbox_of(of.state, to)->pending_size() == 1) { // it is the first
            move(of.number, to, {},
                 {of.state.event_count(), at.at.offset, at.recorded_at.time_since_epoch().count(),
                  at.recorded_at.time_since_epoch().count(), false},
                 batch);
        }
    }
    return told;
}

cases::delivery_outcome outbox_projection::fold(hot_case& of, const v1::DeliveryFact& fact,
                                                cases::record_time recorded_at, store::write_batch& batch) {
    const std::string region = fact.delivery().region();
    const auto before = head_of(of.state, region);
    auto outcome = cases::fold_delivery(of.state, fact, recorded_at);
    if (outcome.verdict != cases::delivery_verdict::applied) {
        return outcome;
    }
    move(of.number, region, before, head_of(of.state, region), batch);
    auto& totals = change(region);
    if (fact.has_dead_lettered() || fact.has_replayed()) {
        const int moved = fact.has_dead_lettered() ? 1 : -1;
        totals.dead_lettered += moved;
        totals.pending -= moved;
    }
    if (outcome.settled) {
        --(before.dead ? totals.dead_lettered : totals.pending);
        ++(outcome.settled->status() == v1::DELIVERY_STATUS_ACKNOWLEDGED ? totals.acknowledged : totals.discarded);
        batch.put(rows::settled_delivery(of.number, before.ordinal, region), outcome.settled->SerializeAsString());
    }
    return outcome;
}

void outbox_projection::move(case_number number, std::string_view region, const head& before, const head& after,
                             store::write_batch& batch) {
    if (before == after) {
        return;
    }
    if (before.dead) {
        batch.erase(rows::dead_letter(region, number));
    } else if (before.ordinal != 0) {
        batch.erase(rows::queued_delivery(region, number.partition, before.queued_ms, number.number));
        if (watch_ != nullptr) {
            watch_->erased(region, number.partition);
        }
    }
    if (watch_ != nullptr && before.ordinal != 0) {
        watch_->waits_no_more(region, before.dead, before.due_ms);
    }
    if (watch_ != nullptr && after.ordinal != 0) {
        watch_->waits(region, after.dead, after.due_ms);
    }
    const rows::queued_row row{after.ordinal, after.offset, after.due_ms};
    if (after.dead) {
        batch.put(rows::dead_letter(region, number), rows::encode(row));
    } else if (after.ordinal != 0) {
        const auto key = rows::queued_delivery(region, number.partition, after.queued_ms, number.number);
        batch.put(key, rows::encode(row));
        if (watch_ != nullptr) {
            watch_->put(region, number.partition, key);
        }
    }
}

rows::delivery_totals_row& outbox_projection::change(std::string_view region) {
    std::string name(region);
    auto& totals = totals_[name];
    changed_.insert(std::move(name));
    return totals;
}

void outbox_projection::seal(store::write_batch& batch) {
    for (const auto& region : changed_) {
        batch.put(rows::delivery_totals(region), rows::encode(totals_.find(region)->second));
    }
    changed_.clear();
}

} // namespace tongban::ledger
