// A view of all that a ledger in memory has.
#pragma once

#include "connectors/log/memory_log.hpp"
#include "connectors/store/view_store.hpp"
#include "gateway/ledger/projection.hpp"

#include <gtest/gtest.h>

namespace tongban::ledger {

inline void project_all(log::memory_log& log, store::view_store& rows) {
    using namespace std::chrono_literals;
    projection fold(rows, {});
    fold.open(log.identity(), log.partition_count());
    const auto reader = log.read(fold.next_offsets()).value();
    for (;;) {
        const auto records = reader->next(0ms, 10).value();
        if (records.empty()) {
            return;
        }
        for (const auto& record : records) {
            ASSERT_TRUE(fold.fold(record));
        }
        ASSERT_FALSE(fold.commit());
    }
}

} // namespace tongban::ledger
