// One record at a time: find the case, evolve it, put the rows that changed into the batch.
#include "gateway/ledger/projection.hpp"

#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/ledger/newer_record.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <utility>

namespace tongban::ledger {

projection::projection(store::view_store& rows, const projection_settings& settings, inbox_watch* watch,
                       delivery_watch* deliveries, clock_watch* clocks, figure_watch* figures,
                       bundle_watch* bundles)
    : rows_(rows), watch_(watch), cases_(settings.hot_cases_max), outboxes_(deliveries), clocks_(clocks), figures_(figures),
      bundles_(bundles),
      batch_(rows.new_batch()) {}

projection::indexed projection::index_of(const v1::CaseState& state) {
    indexed index;
    index.status = state.status();
    if (state.status() == v1::CASE_STATUS_UNSPECIFIED) {
        return index;
    }
    // Collected and never submitted is no case yet for the reconciliation, open or ended.
    index.accepted = state.revision() > 0;
    index.closed = index.accepted && cases::is_closed(state.status());
    index.open = !cases::is_closed(state.status());
    index.dest_region = state.dest_region();
    index.dest_case_no = state.dest_case_no();
    index.inbox = cases::inbox_places(state);
    index.lease_until_ms = state.has_lease() ? state.lease().until_ms() : 0;
    index.clocks = clock_projection::index_of(state, index.open);
    index.bundle_work_ms = bundle_projection::index_of(state);
    return index;
}

boost::system::result<hot_case*> projection::find(std::string_view case_id) {
    if (auto* hot = cases_.find(case_id)) {
        return hot;
    }
    const auto known = rows_.get(rows::number_of(case_id), bytes_);
    if (!known) {
        return known.error();
    }
    if (!*known) {
        return nullptr;
    }
    hot_case cold{std::string(case_id), rows::cursor(bytes_).number(), {}, {}};
    const auto found = rows_.get(rows::state(cold.number), bytes_);
    if (!found) {
        return found.error();
    }
    if (!*found || !cold.state.ParseFromString(bytes_)) {
        return store::make_error_code(store::errc::failed);
    }
    return &cases_.add(std::move(cold));
}

boost::system::error_code projection::load_refused(hot_case& of) {
    if (of.refused) {
        return {};
    }
    const auto found = rows_.get(rows::refused(of.number), bytes_);
    if (!found) {
        return found.error();
    }
    of.refused = *found ? rows::cursor(bytes_).u32() : 0;
    return {};
}

boost::system::result<folded> projection::fold(const log::record& read) {
    folded nothing{.record = record_, .state = unknown_, .times_before = times_before_};
    auto record = read;
    if (record.at.partition >= next_offsets_.size() ||
        record.at.offset < next_offsets_[record.at.partition]) {
        nothing.repeated = true;
        return nothing;
    }
    if (!cases::is_case_id(record.key) ||
        !record_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        advance(record);
        return nothing;
    }
    if (is_of_newer_version(record_)) {
        return make_error_code(record_errc::newer_version);
    }
    record.recorded_at = nothing.recorded_at = recorded_at(record_, read);
    if (record_.has_deliveries()) {
        return fold_facts(record);
    }
    if (record_.event().case_().case_id() != record.key) {
        advance(record);
        return nothing;
    }
    return record_.has_material_fact() ? fold_material(record) : fold_event(record);
}

boost::system::result<folded> projection::fold_event(const log::record& record) {
    const auto found = find(record.key);
    if (!found) {
        return found.error();
    }
    auto* of = *found;
    auto& fresh = fresh_;
    fresh.state.Clear();
    const bool created = of == nullptr;
    auto& state = created ? fresh.state : of->state;
    const auto before = index_of(state);
    times_before_ = state.times();
    const bool owed_rectification = state.rectification_owed();
    const auto verdict = cases::evolve(state, record_, record.recorded_at);
    const bool refused = verdict != cases::verdict::applied && verdict != cases::verdict::duplicate;
    if (refused && !created) {
        // Before anything is written, so that an error leaves nothing behind.
        if (const auto error = load_refused(*of)) {
            return error;
        }
    }
    advance(record);
    bool kept = true;
    if (verdict == cases::verdict::applied) {
        if (created) {
            fresh.case_id = record.key;
            fresh.number = {record.at.partition, next_numbers_[record.at.partition]++};
            fresh.refused = 0;
            of = &cases_.add(std::move(fresh));
        }
        const auto due = outboxes_.due(*of, record_, record, *batch_);
        write_applied(*of, created, before, record);
        figures_.count(record_, of->state, due, record.recorded_at);
        figures_.rectification(of->state, owed_rectification);
    } else if (refused && !created) {
        kept = write_refused(*of, verdict, record);
    }
    return folded{.readable = true,
                  .known = of != nullptr,
                  .kept = kept,
                  .verdict = verdict,
                  .record = record_,
                  .state = of != nullptr ? of->state : unknown_,
                  .times_before = times_before_,
                  .recorded_at = record.recorded_at,
                  .status_before = before.status};
}

boost::system::result<folded> projection::fold_facts(const log::record& record) {
    folded told{
        .record = record_, .state = unknown_, .times_before = times_before_, .recorded_at = record.recorded_at};
    const auto& facts = record_.deliveries().facts();
    // All are found before anything is written, so that an error leaves nothing behind. What is found stays until
    // the batch is committed.
    std::vector<hot_case*> of;
    for (const auto& fact : facts) {
        const auto& case_id = fact.delivery().case_id();
        const auto found = cases::is_case_id(case_id) ? find(case_id) : nullptr;
        if (!found) {
            return found.error();
        }
        of.push_back(*found);
    }
    advance(record);
    facts_.clear();
    for (int i = 0; i < facts.size(); ++i) {
        auto* const at = of[static_cast<std::size_t>(i)];
        // A case of another partition is not this record's to change: its own partition's order decides.
        if (at == nullptr || at->number.partition != record.at.partition) {
            facts_.push_back({cases::delivery_verdict::not_pending});
            continue;
        }
        facts_.push_back(outboxes_.fold(*at, facts[i], record.recorded_at, *batch_));
        if (facts_.back().verdict == cases::delivery_verdict::applied) {
            at->state.SerializeToString(&bytes_);
            batch_->put(rows::state(at->number), bytes_);
            if (facts[i].has_acknowledged()) {
                figures_.receipt(at->state, facts[i].delivery().region(), facts_.back().settled->due_ms());
            }
        }
    }
    told.readable = true;
    told.known = true;
    told.verdict = cases::verdict::applied;
    told.facts = facts_;
    return told;
}

void projection::write_applied(hot_case& of, bool created, const indexed& before, const log::record& record) {
    if (created) {
        batch_->put(rows::number_of(of.case_id), rows::encode_number(of.number));
    }
    of.state.SerializeToString(&bytes_);
    batch_->put(rows::state(of.number), bytes_);
    rows::encode_event(bytes_, {record.recorded_at.time_since_epoch().count(), of.state.status(), {}},
                       record.value);
    batch_->put(rows::event(of.number, record.at.offset), bytes_);
    write_materials(of, record);
    const auto after = index_of(of.state);
    write_indexes(of, before, after);
    count(before, after);
}

bool projection::write_refused(hot_case& of, cases::verdict verdict, const log::record& record) {
    const bool kept = *of.refused < refused_kept_max;
    if (kept) {
        // The state did not take it in, so the view keeps no personal part of it; the ledger has it.
        record_.clear_dossier();
        rows::encode_event(
            bytes_, {record.recorded_at.time_since_epoch().count(), of.state.status(), cases::name(verdict)},
            record_.SerializeAsString());
        batch_->put(rows::event(of.number, record.at.offset), bytes_);
    }
    ++*of.refused;
    bytes_.clear();
    rows::append_u32(bytes_, *of.refused);
    batch_->put(rows::refused(of.number), bytes_);
    return kept;
}

void projection::write_indexes(const hot_case& of, const indexed& before, const indexed& after) {
    if (before.dest_case_no != after.dest_case_no || before.dest_region != after.dest_region) {
        if (!before.dest_case_no.empty()) {
            batch_->erase(rows::dest_number(before.dest_region,
                                            cases::case_number_digest(before.dest_case_no), of.number));
        }
        if (!after.dest_case_no.empty()) {
            batch_->put(rows::dest_number(after.dest_region, cases::case_number_digest(after.dest_case_no),
                                          of.number),
                        {});
        }
    }
    write_inbox(of, before, after);
    clocks_.write(of.number, before.clocks, after.clocks, *batch_);
    bundles_.write(of.number, before.bundle_work_ms, after.bundle_work_ms, *batch_);
    if (watch_ != nullptr && before.lease_until_ms != after.lease_until_ms) {
        watch_->lease(of.number, before.lease_until_ms, after.lease_until_ms);
    }
}

void projection::write_inbox(const hot_case& of, const indexed& before, const indexed& after) {
    for (const auto& was : before.inbox) {
        if (was.region.empty()) {
            continue;
        }
        // One that stays is written over.
        const bool stays = std::any_of(after.inbox.begin(), after.inbox.end(), [&](const cases::inbox_place& is) {
            return is.region == was.region && is.order_ms == was.order_ms && is.since_ms == was.since_ms && is.untaken == was.untaken;
        });
        if (!stays) {
            batch_->erase(rows::inbox(was.region, was.order_ms, was.since_ms, of.number, was.untaken));
        }
        if (watch_ != nullptr) {
            watch_->erased(was.region);
            if (was.untaken) {
                watch_->taken(was.region, was.since_ms);
            }
        }
    }
    for (const auto& place : after.inbox) {
        if (!place.region.empty()) {
            write_inbox_row(of, place);
        }
    }
}

void projection::write_inbox_row(const hot_case& of, const cases::inbox_place& place) {
    const auto key = rows::inbox(place.region, place.order_ms, place.since_ms, of.number, place.untaken);
    const auto& state = of.state;
    entry_.Clear();
    entry_.set_case_id(state.case_id());
    entry_.set_status(state.status());
    entry_.set_origin_region(state.origin_region());
    entry_.set_dest_region(state.dest_region());
    entry_.set_source_case_no(state.source_case_no());
    entry_.set_item_impl_code(state.item_impl_code());
    entry_.set_item_name(state.item_name());
    entry_.set_business_mode(state.business_mode());
    entry_.set_case_type(state.case_type());
    if (state.has_promise()) {
        *entry_.mutable_promise() = state.promise();
    }
    entry_.set_turn_since_ms(state.turn_since_ms());
    if (state.has_lease() && !place.beside) {
        *entry_.mutable_lease() = state.lease(); // held by the side whose turn it is
    }
    if (state.has_clocks()) {
        const auto clock = cases::running_clock(state);
        entry_.set_clock(clock);
        entry_.set_due_ms(cases::due_of(state.clocks(), clock));
        entry_.set_band(cases::band_of(state));
    }
    for (auto& owed : cases::owed_beside(state)) {
        if (owed.by() == place.region) {
            *entry_.add_also_owed() = std::move(owed);
        }
    }
    entry_.set_beside(place.beside);
    entry_.set_priority(state.priority());
    const auto& urge = state.urge();
    entry_.set_urged(state.has_urge() && !urge.answered() && urge.by_region() != place.region);
    entry_.set_owed_materials(static_cast<std::uint32_t>(state.owed_materials_size()));
    entry_.SerializeToString(&bytes_);
    batch_->put(key, bytes_);
    if (watch_ != nullptr) {
        watch_->put(place.region, key);
        if (place.untaken) {
            watch_->untaken(place.region, place.since_ms);
        }
    }
}

void projection::count(const indexed& before, const indexed& after) {
    totals_.accepted += after.accepted - before.accepted;
    totals_.closed += after.closed - before.closed;
    totals_changed_ = totals_changed_ || after.accepted != before.accepted || after.closed != before.closed;
    const auto add = [&](const indexed& index, std::int64_t n) {
        if (index.open) {
            const std::string key(rows::open_count(index.dest_region, index.status).view());
            open_[key] += n;
            open_changed_.insert(key);
        }
    };
    if (before.open != after.open || before.status != after.status ||
        before.dest_region != after.dest_region) {
        add(before, -1);
        add(after, 1);
    }
}

void projection::advance(const log::record& record) {
    next_offsets_[record.at.partition] = record.at.offset + 1;
    moved_.insert(record.at.partition);
    sealed_ = false;
}

boost::system::error_code projection::seal() {
    if (sealed_) {
        return {};
    }
    if (const auto error = figures_.seal(rows_, *batch_)) {
        return error;
    }
    sealed_ = true;
    for (const auto& key : open_changed_) {
        const auto found = open_.find(key);
        if (found->second == 0) {
            // Never a row for none: whether one was ever written depends on the batches.
            batch_->erase(key);
            open_.erase(found);
        } else {
            bytes_.clear();
            rows::append_u64(bytes_, static_cast<std::uint64_t>(found->second));
            batch_->put(key, bytes_);
        }
    }
    open_changed_.clear();
    outboxes_.seal(*batch_);
    clocks_.seal(*batch_);
    if (std::exchange(totals_changed_, false)) {
        batch_->put(rows::totals(), rows::encode(totals_));
    }
    for (const auto partition : moved_) {
        batch_->put(rows::position(partition),
                    rows::encode(rows::position_row{next_offsets_[partition], next_numbers_[partition]}));
    }
    moved_.clear();
    return {};
}

boost::system::error_code projection::commit() {
    if (const auto error = seal()) {
        return error;
    }
    if (const auto error = rows_.write(*batch_)) {
        return error;
    }
    batch_->clear();
    sealed_ = false;
    cases_.trim();
    figures_.trim();
    return {};
}

} // namespace tongban::ledger
