// A case that was never received has no clocks, and costs next to nothing here.
#include "gateway/ledger/clock_projection.hpp"

#include "gateway/cases/case_clocks.hpp"

namespace tongban::ledger {

clock_projection::indexed clock_projection::index_of(const v1::CaseState& state, bool open) {
    indexed index;
    index.timer_ms = cases::next_timer(state).at_ms; // an urge may wait for its answer before anything else runs
    if (!state.has_clocks()) {
        return index;
    }
    index.provisional = state.clocks().provisional_from() != 0;
    if (open) {
        index.band = state.clocks().band();
        // 接件 is no limit of the law: what nobody took up in time is to be looked at, and not 超期未办结.
        if (index.band == v1::SUPERVISION_BAND_RED && state.clocks().band_clock() == v1::CLOCK_KIND_RECEIPT) {
            index.band = v1::SUPERVISION_BAND_YELLOW;
        }
        index.dest_region = state.dest_region();
    }
    return index;
}

boost::system::error_code clock_projection::load(const store::view_store& rows) {
    auto error = rows.scan(rows::key('b'), rows::key('b').past(), [&](std::string_view key, std::string_view value) {
        const auto count = static_cast<std::int64_t>(rows::cursor(value).u64());
        counts_[std::string(key)] = count;
        if (watch_ != nullptr) {
            const auto of = rows::decode_band_count(key);
            watch_->count(of.dest_region, of.band, count);
        }
        return true;
    });
    if (error || watch_ == nullptr) {
        return error;
    }
    return rows.scan(rows::key('v'), rows::key('v').past(), [&](std::string_view, std::string_view) {
        watch_->provisional(1);
        return true;
    });
}

void clock_projection::write(case_number number, const indexed& before, const indexed& after, store::write_batch& batch) {
    if (before == after) {
        return;
    }
    if (before.timer_ms != after.timer_ms) {
        if (before.timer_ms != 0) {
            batch.erase(rows::timer(number, before.timer_ms));
            if (watch_ != nullptr) {
                watch_->erased(number.partition);
            }
        }
        if (after.timer_ms != 0) {
            const auto key = rows::timer(number, after.timer_ms);
            batch.put(key, {});
            if (watch_ != nullptr) {
                watch_->put(number.partition, key);
            }
        }
    }
    if (before.provisional != after.provisional) {
        const auto key = rows::provisional_case(number);
        if (after.provisional) {
            batch.put(key, {});
        } else {
            batch.erase(key);
        }
        if (watch_ != nullptr) {
            watch_->provisional(after.provisional ? 1 : -1);
        }
    }
    if (before.band != after.band || before.dest_region != after.dest_region) {
        add(before, -1);
        add(after, 1);
    }
}

void clock_projection::add(const indexed& index, std::int64_t more) {
    if (index.band == v1::SUPERVISION_BAND_UNSPECIFIED) {
        return;
    }
    const std::string key(rows::band_count(index.dest_region, index.band).view());
    const auto count = counts_[key] += more;
    changed_.insert(key);
    if (watch_ != nullptr) {
        watch_->count(index.dest_region, index.band, count);
    }
}

void clock_projection::seal(store::write_batch& batch) {
    for (const auto& key : changed_) {
        const auto found = counts_.find(key);
        if (found->second == 0) {
            // Never a row for none: whether one was ever written depends on the batches.
            batch.erase(key);
            counts_.erase(found);
        } else {
            std::string value;
            rows::append_u64(value, static_cast<std::uint64_t>(found->second));
            batch.put(key, value);
        }
    }
    changed_.clear();
}

} // namespace tongban::ledger
