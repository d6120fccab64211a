// The hot cases against a plain model of the same: which are kept, which leave, and that nobody gets another's
// memory.
#include "gateway/ledger/hot_cases.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <list>
#include <random>

namespace tongban::ledger {
namespace {

std::string id(std::uint64_t n) {
    return "TB370800" + std::string(20, 'A') + std::to_string(100000 + n);
}

hot_case fresh(std::uint64_t n) {
    hot_case made{id(n), {1, n}, {}, 0};
    made.state.set_case_id(id(n));
    return made;
}

// Newest first, as hot_cases should be.
struct model {
    std::list<std::uint64_t> recent;
    bool touch(std::uint64_t n) {
        const auto found = std::find(recent.begin(), recent.end(), n);
        if (found == recent.end()) {
            return false;
        }
        recent.splice(recent.begin(), recent, found);
        return true;
    }
};

TEST(HotCases, KeepsTheMostRecentlyUsedWhateverComes) {
    constexpr std::size_t max = 100;
    hot_cases cases(max);
    model expected;
    hot_case memory;
    std::mt19937 random(7);
    std::uniform_int_distribution<std::uint64_t> any(0, 399);
    for (int step = 0; step < 40000; ++step) {
        const auto n = any(random);
        auto* const found = cases.find(id(n));
        ASSERT_EQ(found != nullptr, expected.touch(n)) << "step " << step;
        if (found != nullptr) {
            ASSERT_EQ(found->case_id, id(n));
            ASSERT_EQ(found->number.number, n);
            ASSERT_EQ(found->state.case_id(), id(n));
        } else {
            memory = fresh(n);
            ASSERT_EQ(cases.add(std::move(memory)).state.case_id(), id(n));
            expected.recent.push_front(n);
        }
        if (step % 16 == 0) {
            cases.trim();
            expected.recent.resize(std::min(expected.recent.size(), max));
        }
        ASSERT_EQ(cases.size(), expected.recent.size());
    }
}

TEST(HotCases, StayWhereTheyAreUntilTrimmed) {
    hot_cases cases(1);
    auto* const first = &cases.add(fresh(0));
    for (std::uint64_t n = 1; n < 1000; ++n) {
        cases.add(fresh(n));
    }
    EXPECT_EQ(cases.find(id(0)), first);
    cases.trim();
    EXPECT_EQ(cases.size(), 1u);
    EXPECT_EQ(cases.find(id(0)), first);
    EXPECT_EQ(cases.find(id(999)), nullptr);
}

} // namespace
} // namespace tongban::ledger
