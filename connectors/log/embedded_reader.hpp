// A reader of the embedded log: from memory while it keeps up, from disk while it does not.
#pragma once

#include "connectors/log/committed_tail.hpp"
#include "connectors/log/embedded_store.hpp"

#include <memory>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace tongban::log {

// What the writer and the readers of one embedded log share. `store` is replaced, or empty for a while, when
// a full disk makes the writer open it anew: hold `store_mutex` shared while using it.
struct embedded_shared {
    embedded_shared(std::vector<std::uint64_t> ends, std::size_t tail_bytes_max)
        : tail(std::move(ends), tail_bytes_max) {}

    std::shared_mutex store_mutex;
    std::unique_ptr<embedded_store> store;
    committed_tail tail;
};

class embedded_reader final : public log_reader {
public:
    // `shared` outlives the reader, whatever becomes of the log.
    embedded_reader(std::shared_ptr<embedded_shared> shared, std::vector<std::uint64_t> next_offsets);

    boost::system::result<std::span<const record>> next(std::chrono::milliseconds wait,
                                                        std::size_t max_records) override;
    void wake() override;

private:
    // Each fills records_ with what comes next, if anything.
    void read_memory(std::size_t max_records);
    boost::system::error_code read_disk(std::size_t max_records);
    void emit_held(std::size_t max_records);

    const std::shared_ptr<embedded_shared> shared_;
    std::vector<std::uint64_t> positions_;
    std::vector<record> records_; // what next() gave last
    row_page page_;               // bytes of records_ read from disk
    committed_batches held_;      // bytes of records_ read from memory; the last may be given in part
    std::size_t held_batch_ = 0;  // where in held_ to go on
    std::size_t held_record_ = 0;
    std::optional<std::uint64_t> next_batch_; // in memory; none while reading from disk
    std::uint32_t disk_partition_ = 0;        // which partition to read next
    bool woken_ = false;                      // guarded by the tail
};

} // namespace tongban::log
