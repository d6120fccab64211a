// Which case references which file, and which files are still to be fetched. Only cases with files have such rows.
#include "gateway/ledger/projection.hpp"

namespace tongban::ledger {

namespace {
constexpr std::size_t sha256_size = 32;
constexpr std::size_t event_id_size = 16;
} // namespace

void projection::write_materials(const hot_case& of, const log::record& record) {
    for (const auto& sha256 : record_.materials()) {
        if (sha256.size() == sha256_size) {
            batch_->put(rows::file_of(sha256, of.number), {});
        }
    }
    if (record_.event_id().size() != event_id_size) {
        return;
    }
    for (const auto file : record_.to_fetch()) {
        bytes_.clear();
        rows::append_u64(bytes_, static_cast<std::uint64_t>(record.recorded_at.time_since_epoch().count()));
        batch_->put(rows::unfetched(of.number, record_.event_id(), file), bytes_);
    }
}

boost::system::result<folded> projection::fold_material(const log::record& record) {
    const auto& fact = record_.material_fact();
    const auto found = find(record.key);
    if (!found) {
        return found.error();
    }
    folded told{.readable = true,
                .known = *found != nullptr,
                .verdict = cases::verdict::unknown_case,
                .record = record_,
                .state = *found != nullptr ? (*found)->state : unknown_,
                .times_before = times_before_,
                .recorded_at = record.recorded_at};
    // Nothing is read, so that it makes no difference which records share a batch: of two facts about one file the later
    // one replaces the earlier, and that a file was fetched is not undone by another replica's failure.
    if (*found != nullptr && fact.event_id().size() == event_id_size) {
        const auto number = (*found)->number;
        told.verdict = cases::verdict::applied;
        batch_->erase(rows::unfetched(number, fact.event_id(), fact.file()));
        bytes_.clear();
        rows::append_u64(bytes_, static_cast<std::uint64_t>(record.recorded_at.time_since_epoch().count()));
        rows::append_u64(bytes_, static_cast<std::uint64_t>(record.at.offset));
        fact.AppendToString(&bytes_);
        batch_->put(rows::fetch_outcome(number, fact.event_id(), fact.file(), fact.has_fetched()), bytes_);
        if (fact.fetched().sha256().size() == sha256_size) {
            batch_->put(rows::file_of(fact.fetched().sha256(), number), {});
        }
    }
    advance(record);
    return told;
}

} // namespace tongban::ledger
