// The view port: an ordered byte map with atomic batches. Disposable: the ledger is the truth, so nothing
// here is synced per write; after a crash the rows are those of some earlier batch, with the position that
// belongs to them.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tongban::store {

enum class errc {
    disk_full = 1, // nothing written; recovers when space returns
    failed,        // I/O error or corruption: delete the view and start again
};
const boost::system::error_category& store_category() noexcept;
inline boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), store_category()};
}

// Changes that become visible together or not at all. Reusable after clear().
class write_batch {
public:
    virtual ~write_batch() = default;
    virtual void put(std::string_view key, std::string_view value) = 0;
    virtual void erase(std::string_view key) = 0;
    virtual void clear() = 0;
    virtual std::size_t count() const = 0;
};

class view_store {
public:
    virtual ~view_store() = default;

    // Reads are thread-safe; they see the newest committed batch.
    // `value` is replaced; false when there is no such key.
    virtual boost::system::result<bool> get(std::string_view key, std::string& value) const = 0;

    // Visits rows with from <= key < until in key order until `visit` returns false. Views live for the call.
    virtual boost::system::error_code
    scan(std::string_view from, std::string_view until,
         const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;

    // Written by the projector alone.
    virtual std::unique_ptr<write_batch> new_batch() = 0;
    virtual boost::system::error_code write(write_batch& batch) = 0;

    // Every row is gone, also after a crash in the middle. Before anything else uses the store.
    virtual boost::system::error_code erase_all() = 0;

    // Makes what was written survive a crash of the process. Called on a clean stop and from time to time.
    virtual boost::system::error_code flush() = 0;

    // Bytes on disk, about.
    virtual std::uint64_t size_bytes() const = 0;
};

} // namespace tongban::store

template <>
struct boost::system::is_error_code_enum<tongban::store::errc> : std::true_type {};
