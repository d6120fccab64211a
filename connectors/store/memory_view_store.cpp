// An ordered map with atomic batches, crash points and injected faults.
#include "connectors/store/memory_view_store.hpp"

#include <algorithm>

namespace tongban::store {

class memory_view_store::memory_batch final : public write_batch {
public:
    void put(std::string_view key, std::string_view value) override {
        changes.push_back({std::string(key), std::string(value)});
    }
    void erase(std::string_view key) override { changes.push_back({std::string(key), std::nullopt}); }
    void clear() override { changes.clear(); }
    std::size_t count() const override { return changes.size(); }

    std::vector<change> changes;
};

void memory_view_store::apply(rows_type& rows, const std::vector<change>& changes) {
    for (const auto& change : changes) {
        if (change.value) {
            rows.insert_or_assign(change.key, *change.value);
        } else {
            rows.erase(change.key);
        }
    }
}

boost::system::result<bool> memory_view_store::get(std::string_view key, std::string& value) const {
    const std::lock_guard lock(mutex_);
    if (failing_reads_) {
        return {boost::system::in_place_error, make_error_code(*failing_reads_)};
    }
    const auto found = rows_.find(key);
    if (found == rows_.end()) {
        return false;
    }
    value = found->second;
    return true;
}

boost::system::error_code
memory_view_store::scan(std::string_view from, std::string_view until,
                        const std::function<bool(std::string_view, std::string_view)>& visit) const {
    const std::lock_guard lock(mutex_);
    if (failing_reads_) {
        return make_error_code(*failing_reads_);
    }
    for (auto row = rows_.lower_bound(from); row != rows_.end() && row->first < until; ++row) {
        if (!visit(row->first, row->second)) {
            break;
        }
    }
    return {};
}

std::unique_ptr<write_batch> memory_view_store::new_batch() {
    return std::make_unique<memory_batch>();
}

boost::system::error_code memory_view_store::write(write_batch& batch) {
    const std::lock_guard lock(mutex_);
    if (writes_failing_ > 0) {
        if (writes_until_failure_ == 0) {
            --writes_failing_;
            ++writes_failed_;
            return make_error_code(write_error_);
        }
        --writes_until_failure_;
    }
    const auto& changes = static_cast<memory_batch&>(batch).changes;
    apply(rows_, changes);
    since_flush_.push_back(changes);
    return {};
}

boost::system::error_code memory_view_store::erase_all() {
    const std::lock_guard lock(mutex_);
    rows_.clear();
    flushed_.clear();
    since_flush_.clear();
    return {};
}

boost::system::error_code memory_view_store::flush() {
    const std::lock_guard lock(mutex_);
    for (const auto& changes : since_flush_) {
        apply(flushed_, changes);
    }
    since_flush_.clear();
    return {};
}

std::uint64_t memory_view_store::size_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& [key, value] : rows_) {
        bytes += key.size() + value.size();
    }
    return bytes;
}

void memory_view_store::fail_writes(errc error, std::size_t count) {
    const std::lock_guard lock(mutex_);
    write_error_ = error;
    writes_failing_ = count;
    writes_until_failure_ = 0;
}

void memory_view_store::fail_write_after(std::size_t skip, errc error) {
    const std::lock_guard lock(mutex_);
    write_error_ = error;
    writes_failing_ = 1;
    writes_until_failure_ = skip;
}

void memory_view_store::fail_reads(std::optional<errc> error) {
    const std::lock_guard lock(mutex_);
    failing_reads_ = error;
}

void memory_view_store::crash(std::size_t batches) {
    const std::lock_guard lock(mutex_);
    since_flush_.resize(std::min(batches, since_flush_.size()));
    rows_ = flushed_;
    for (const auto& changes : since_flush_) {
        apply(rows_, changes);
    }
}

std::size_t memory_view_store::batches_since_flush() const {
    const std::lock_guard lock(mutex_);
    return since_flush_.size();
}

std::size_t memory_view_store::writes_failed() const {
    const std::lock_guard lock(mutex_);
    return writes_failed_;
}

memory_view_store::rows_type memory_view_store::rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
}

} // namespace tongban::store
