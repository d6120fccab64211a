// The view in memory, for tests and for folding a ledger offline. Behaves as the RocksDB adapter does,
// crashes included: what was not flushed may be lost, from the newest batch backwards. Faults can be
// injected.
#pragma once

#include "connectors/store/view_store.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace tongban::store {

// Thread-safe. Keeps every batch since the last flush, so flush() now and then.
class memory_view_store final : public view_store {
public:
    using rows_type = std::map<std::string, std::string, std::less<>>;

    boost::system::result<bool> get(std::string_view key, std::string& value) const override;
    boost::system::error_code
    scan(std::string_view from, std::string_view until,
         const std::function<bool(std::string_view key, std::string_view value)>& visit) const override;
    std::unique_ptr<write_batch> new_batch() override;
    boost::system::error_code write(write_batch& batch) override;
    boost::system::error_code erase_all() override;
    boost::system::error_code flush() override;
    std::uint64_t size_bytes() const override;

    // Faults: the next `count` writes fail with `error` and change nothing.
    void fail_writes(errc error, std::size_t count);
    // The write after `skip` further ones fails once.
    void fail_write_after(std::size_t skip, errc error);
    // Every get and scan fails until cleared.
    void fail_reads(std::optional<errc> error);

    // What a crash leaves: the rows at the last flush and the first `batches` batches written since.
    void crash(std::size_t batches);
    std::size_t batches_since_flush() const;
    std::size_t writes_failed() const;
    rows_type rows() const;

private:
    struct change {
        std::string key;
        std::optional<std::string> value; // none: erased
    };
    class memory_batch;
    static void apply(rows_type& rows, const std::vector<change>& changes);

    mutable std::mutex mutex_;
    rows_type rows_;
    rows_type flushed_;
    std::vector<std::vector<change>> since_flush_;
    std::optional<errc> failing_reads_;
    errc write_error_ = errc::failed;
    std::size_t writes_until_failure_ = 0;
    std::size_t writes_failing_ = 0;
    std::size_t writes_failed_ = 0;
};

} // namespace tongban::store
