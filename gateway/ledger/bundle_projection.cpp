// A case that belongs to no bundle costs one comparison here.
#include "gateway/ledger/bundle_projection.hpp"

namespace tongban::ledger {

namespace {

rows::key work_of(std::uint32_t partition) {
    return rows::key('j').u16(partition);
}

rows::key work_of(case_number number, std::int64_t since_ms) {
    return work_of(number.partition).u64(static_cast<std::uint64_t>(since_ms)).u64(number.number);
}

} // namespace

std::vector<bundle_watch::waiting_case> bundle_watch::waiting(const store::view_store& rows, std::uint32_t partition,
                                                              std::size_t max) {
    std::vector<waiting_case> found;
    std::string first;
    const auto begin = fronts_.begin(name(partition));
    const auto error = rows.scan(begin, work_of(partition).past(), [&](std::string_view key, std::string_view) {
        if (first.empty()) {
            first = key;
        }
        if (found.size() == max) {
            return false;
        }
        rows::cursor at(key.substr(1));
        at.u16();
        const auto since_ms = static_cast<std::int64_t>(at.u64());
        found.push_back({{partition, at.u64()}, since_ms});
        return true;
    });
    fronts_.end(name(partition), error ? std::string_view() : std::string_view(first));
    return found;
}

std::int64_t bundle_watch::depth() const {
    std::int64_t all = 0;
    for (const auto& figure : fronts_.figures()) {
        all += figure.depth;
    }
    return all;
}

std::int64_t bundle_projection::index_of(const v1::CaseState& state) noexcept {
    return state.bundle_step_since_ms();
}

boost::system::error_code bundle_projection::load(const store::view_store& rows) {
    if (watch_ == nullptr) {
        return {};
    }
    return rows.scan(rows::key('j'), rows::key('j').past(), [this](std::string_view key, std::string_view) {
        watch_->put({rows::cursor(key.substr(1)).u16(), 0}, key);
        return true;
    });
}

void bundle_projection::write(case_number number, std::int64_t before_ms, std::int64_t after_ms, store::write_batch& batch) {
    if (before_ms == after_ms) {
        return;
    }
    if (before_ms != 0) {
        batch.erase(work_of(number, before_ms));
        if (watch_ != nullptr) {
            watch_->erased(number);
        }
    }
    if (after_ms != 0) {
        const auto key = work_of(number, after_ms);
        batch.put(key, {});
        if (watch_ != nullptr) {
            watch_->put(number, key);
        }
    }
}

} // namespace tongban::ledger
