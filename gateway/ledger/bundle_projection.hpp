// What bundles 一件事 add to the view: a row for each case of which the gateway has something to do next. Part of the
// projection, on its thread, in its batch; beside it, where each partition's live front is. Grammar: schemas/README.md.
//
//   "j" P since_ms(8) N        empty: next_bundle_work() of the case is something, since then
#pragma once

#include "connectors/store/view_store.hpp"
#include "gateway/ledger/inbox_watch.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::ledger {

// Kept by the projector. Thread-safe.
class bundle_watch {
public:
    // --- projector
    void put(case_number number, std::string_view key) { fronts_.put(name(number.partition), key); }
    void erased(case_number number) { fronts_.erased(name(number.partition)); }
    void committed() { (void)fronts_.committed(); }

    // --- readers
    // The longest waiting first; at most `max`.
    struct waiting_case {
        case_number number;
        std::int64_t since_ms = 0;
    };
    std::vector<waiting_case> waiting(const store::view_store& rows, std::uint32_t partition, std::size_t max);
    // In all partitions.
    std::int64_t depth() const;

private:
    // Fronts are named by the partition's two bytes, as its rows are.
    static std::string name(std::uint32_t partition) {
        return {static_cast<char>(partition >> 8 & 0xff), static_cast<char>(partition & 0xff)};
    }

    inbox_watch fronts_{[](std::string_view partition) { return rows::key('j').text(partition); }};
};

class bundle_projection {
public:
    // With a watch, what waits is known there.
    explicit bundle_projection(bundle_watch* watch) : watch_(watch) {}

    // Since when something is to be done for the case; 0: nothing is.
    static std::int64_t index_of(const v1::CaseState& state) noexcept;

    // Tells the watch of the rows of a view that is there. An error is the store's.
    boost::system::error_code load(const store::view_store& rows);
    void write(case_number number, std::int64_t before_ms, std::int64_t after_ms, store::write_batch& batch);

private:
    bundle_watch* watch_;
};

} // namespace tongban::ledger
