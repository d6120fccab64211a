// Sums are added to in memory; a row is read at most once while it is remembered, and written once for each batch.
#include "gateway/ledger/figure_projection.hpp"

#include <utility>

namespace tongban::ledger {

namespace {

constexpr std::size_t days_max = 4096; // rows remembered, some 5 MB

} // namespace

boost::system::error_code figure_projection::load(const store::view_store& rows) {
    boost::system::error_code broken;
    const auto error = rows.scan(rows::key('S'), rows::key('S').past(), [&](std::string_view key, std::string_view value) {
        const auto sums = cases::figure_sums::decode(value);
        if (!sums) {
            broken = store::make_error_code(store::errc::failed);
            return false;
        }
        totals_.insert_or_assign(std::string(key), sum{*sums, true, false, nullptr});
        if (watch_ != nullptr) {
            watch_->total(std::string(key), *sums);
        }
        return true;
    });
    return error ? error : broken;
}

figure_projection::entry& figure_projection::at(sums_by_key& in, std::string_view key, bool whole) {
    auto found = in.find(key);
    if (found == in.end()) {
        found = in.emplace(std::string(key), sum{}).first;
        found->second.whole = whole;
    }
    return *found;
}

cases::figure_sums& figure_projection::changing(entry& of) {
    if (!of.second.changed) {
        of.second.changed = true;
        changed_.push_back(&of);
    }
    return of.second.sums;
}

void figure_projection::count(const v1::LedgerRecord& record, const v1::CaseState& state, const cases::due_regions& due,
                              cases::record_time recorded_at) {
    const auto now_ms = recorded_at.time_since_epoch().count();
    const auto add_on = [&](const cases::increments& added, std::int64_t at_ms) {
        if (!added.empty()) {
            add(added, figure_place_of(state), at_ms);
        }
    };
    auto added = cases::figures_added(record, state, recorded_at);
    const auto at_ms = cases::figure_time_of(record, state, recorded_at);
    if (cases::day_of(at_ms) != cases::day_of(now_ms)) {
        add_on(std::exchange(added, {}), at_ms);
    }
    cases::add_messages(added, state, due);
    add_on(added, now_ms);
}

void figure_projection::receipt(const v1::CaseState& state, std::string_view region, std::int64_t due_ms) {
    cases::increments added;
    added.add(cases::receipt_of(state, region));
    auto place = figure_place_of(state);
    if (region != state.origin_region()) {
        place.dest = region; // since then the case may have been filed elsewhere
    }
    add(added, place, due_ms);
}

void figure_projection::rectification(const v1::CaseState& state, bool owed_before) {
    if (const auto one = cases::rectification_of(state, owed_before)) {
        cases::increments added;
        added.add(*one);
        add(added, figure_place_of(state), state.clocks().evaluated_ms());
    }
}

void figure_projection::add(const cases::increments& added, const figure_place& place, std::int64_t at_ms) {
    auto& day = at(days_, rows::figures(cases::day_of(at_ms), place), false);
    if (day.second.total == nullptr) {
        day.second.total = &at(totals_, rows::figure_total(place), true);
    }
    added.add_to(changing(day));
    added.add_to(changing(*day.second.total));
}

boost::system::error_code figure_projection::complete(const store::view_store& rows, const std::string& key, sum& of) {
    const auto found = rows.get(key, bytes_);
    if (!found) {
        return found.error();
    }
    if (*found) {
        const auto stored = cases::figure_sums::decode(bytes_);
        if (!stored) {
            return store::make_error_code(store::errc::failed);
        }
        of.sums += *stored;
    }
    of.whole = true;
    return {};
}

boost::system::error_code figure_projection::seal(const store::view_store& rows, store::write_batch& batch) {
    while (!changed_.empty()) {
        auto& [key, of] = *changed_.back();
        if (!of.whole) {
            if (const auto error = complete(rows, key, of)) {
                return error;
            }
        }
        bytes_.clear();
        of.sums.encode(bytes_);
        batch.put(key, bytes_);
        if (watch_ != nullptr && key.front() == 'S') {
            watch_->total(key, of.sums);
        }
        of.changed = false;
        changed_.pop_back();
    }
    return {};
}

void figure_projection::trim() {
    if (days_.size() > days_max) {
        days_.clear();
    }
}

} // namespace tongban::ledger
