// The front of an inbox never passes a live row, whatever is put while a reader scans.
#include "gateway/ledger/inbox_watch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tongban::ledger {
namespace {

const std::string region = "140400";
std::string key_at(std::int64_t ms) {
    return std::string(rows::inbox(region, ms, 0, {0, 0}, false).view());
}

TEST(InboxWatch, AScanStartsAtTheFirstLiveRowTheLastOneFound) {
    inbox_watch watch;
    watch.put(region, key_at(10));
    watch.put(region, key_at(20));
    watch.committed();
    EXPECT_EQ(watch.begin(region), rows::inbox(region).view());
    watch.end(region, key_at(20));
    EXPECT_EQ(watch.begin(region), key_at(20));
    watch.end(region, {});
    EXPECT_EQ(watch.begin(region), key_at(20)) << "an empty scan teaches nothing";
    watch.end(region, key_at(20));
}

TEST(InboxWatch, ARowPutBeforeTheFrontMovesItBack) {
    inbox_watch watch;
    watch.put(region, key_at(20));
    watch.committed();
    watch.begin(region);
    watch.end(region, key_at(20));
    watch.put(region, key_at(10));
    EXPECT_EQ(watch.begin(region), key_at(10));
    watch.end(region, key_at(10));
}

TEST(InboxWatch, ARowPutDuringAScanIsNotPassed) {
    inbox_watch watch;
    watch.put(region, key_at(30));
    watch.begin(region);
    watch.put(region, key_at(10)); // not seen by the running scan
    watch.end(region, key_at(30));
    EXPECT_LE(watch.begin(region), key_at(10));
    watch.end(region, key_at(10));
}

TEST(InboxWatch, NeverPassesALiveRowUnderRandomTraffic) {
    std::mt19937_64 random(20261122);
    inbox_watch watch;
    std::set<std::string> live;    // committed: what a scan sees
    std::set<std::string> pending; // put, and their batch is being written
    std::vector<std::string> scans; // what each running scan will report
    for (int step = 0; step < 20000; ++step) {
        const auto key = key_at(static_cast<std::int64_t>(random() % 50 + step / 100));
        switch (random() % 5) {
        case 0:
            if (!live.contains(key) && pending.insert(key).second) {
                watch.put(region, key);
            }
            break;
        case 1:
            if (!live.empty()) {
                live.erase(live.begin());
                watch.erased(region);
            }
            break;
        case 2: {
            const auto from = watch.begin(region);
            ASSERT_TRUE(live.empty() || from <= *live.begin()) << "step " << step;
            ASSERT_TRUE(pending.empty() || from <= *pending.begin()) << "step " << step;
            scans.push_back(live.empty() ? "" : *live.lower_bound(from));
            break;
        }
        case 3:
            live.merge(pending);
            watch.committed();
            break;
        default:
            if (!scans.empty()) {
                const auto which = random() % scans.size();
                watch.end(region, scans[which]);
                scans.erase(scans.begin() + static_cast<std::ptrdiff_t>(which));
            }
        }
        ASSERT_EQ(watch.figures().empty() ? 0 : watch.figures().front().depth,
                  static_cast<std::int64_t>(live.size() + pending.size()));
    }
}

TEST(InboxWatch, VersionsGrowWhenABatchTouchedTheRegion) {
    inbox_watch watch;
    EXPECT_EQ(watch.version(region), 0u);
    watch.put(region, key_at(1));
    watch.put("370800", std::string(rows::inbox("370800", 1, 0, {0, 1}, false).view()));
    watch.erased(region);
    EXPECT_EQ(watch.version(region), 0u) << "not before the commit";
    EXPECT_EQ(watch.committed().size(), 2u);
    EXPECT_EQ(watch.version(region), 1u);
    EXPECT_TRUE(watch.committed().empty());
    EXPECT_EQ(watch.version(region), 1u);
}

TEST(InboxWatch, RowThatIsPutButNotCommittedWhenAScanBeginsIsNotLost) {
    inbox_watch watch;
    const auto later = std::string(rows::inbox("140400", 200, 0, {0, 2}, false).view());
    const auto sooner = std::string(rows::inbox("140400", 100, 0, {0, 1}, false).view());
    watch.put("140400", later);
    watch.committed();
    watch.put("140400", sooner); // its batch is still being written
    EXPECT_EQ(watch.begin("140400"), rows::inbox("140400").view());
    watch.end("140400", later); // the scan could not see it
    watch.committed();
    EXPECT_LE(watch.begin("140400"), sooner);
}

TEST(InboxWatch, CountsLeasesThatRun) {
    inbox_watch watch;
    watch.lease({0, 1}, 0, 100);
    watch.lease({0, 2}, 0, 200);
    EXPECT_EQ(watch.leases_held(50), 2u);
    EXPECT_EQ(watch.leases_held(150), 1u);
    ASSERT_EQ(watch.expired_leases(150, 10).size(), 1u);
    EXPECT_EQ(watch.expired_leases(150, 10).front().number, 1u) << "until somebody records its end";
    EXPECT_EQ(watch.expired_leases(250, 1).size(), 1u);
    const auto second = watch.expired_leases(250, 1, [](const case_number& of) { return of.number != 1; });
    ASSERT_EQ(second.size(), 1u) << "what is not wanted takes no place";
    EXPECT_EQ(second.front().number, 2u);
    watch.lease({0, 1}, 100, 0);
    EXPECT_TRUE(watch.expired_leases(150, 10).empty());
    watch.lease({0, 2}, 200, 0);
    EXPECT_EQ(watch.leases_held(150), 0u);
}

} // namespace
} // namespace tongban::ledger
