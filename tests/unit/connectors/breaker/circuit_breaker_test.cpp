// The breaker alone, with a clock of its own.
#include "connectors/breaker/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tongban::breaker {
namespace {

using namespace std::chrono_literals;
using enum breaker_state;

class Breaker : public ::testing::Test {
protected:
    circuit_breaker breaker{{.failures_max = 3, .open_first = 1000ms, .open_most = 8000ms}};
    std::mt19937_64 random{7};
    circuit_breaker::time_point now{1h};

    void fail(std::chrono::milliseconds asked = 0ms) { breaker.failed(now, asked, random); }
    void open() {
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(breaker.try_begin(now));
            fail();
        }
    }
    std::chrono::milliseconds pause() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(breaker.opens_until() - now);
    }
};

TEST_F(Breaker, OpensAfterFailuresInARowOnly) {
    for (int i = 0; i < 9; ++i) {
        ASSERT_TRUE(breaker.try_begin(now));
        i % 3 == 2 ? breaker.succeeded() : fail();
    }
    EXPECT_EQ(breaker.state(), closed);
    open();
    EXPECT_EQ(breaker.state(), breaker_state::open);
}

TEST_F(Breaker, OpenLetsNobodyThroughUntilItsTime) {
    open();
    EXPECT_GE(pause(), 500ms);
    EXPECT_LE(pause(), 1000ms);
    EXPECT_FALSE(breaker.try_begin(now));
    now = breaker.opens_until() - 1ms;
    EXPECT_FALSE(breaker.try_begin(now));
    now += 1ms;
    EXPECT_TRUE(breaker.try_begin(now));
    EXPECT_EQ(breaker.state(), half_open);
    EXPECT_FALSE(breaker.try_begin(now)) << "one only";
}

TEST_F(Breaker, ItsPausesGrowToABoundAndSuccessForgetsThem) {
    open();
    for (const auto most : {2000ms, 4000ms, 8000ms, 8000ms, 8000ms}) {
        now = breaker.opens_until();
        ASSERT_TRUE(breaker.try_begin(now));
        fail();
        EXPECT_EQ(breaker.state(), breaker_state::open);
        EXPECT_GE(pause(), most / 2);
        EXPECT_LE(pause(), most);
    }
    now = breaker.opens_until();
    ASSERT_TRUE(breaker.try_begin(now));
    breaker.succeeded();
    EXPECT_EQ(breaker.state(), closed);
    EXPECT_TRUE(breaker.try_begin(now) && breaker.try_begin(now));
    breaker.succeeded();
    open();
    EXPECT_LE(pause(), 1000ms) << "as the first time";
}

TEST_F(Breaker, PausesDifferSoThatReplicasDoNotComeTogether) {
    std::set<std::int64_t> pauses;
    for (int i = 0; i < 20; ++i) {
        breaker.reset();
        open();
        pauses.insert(pause().count());
    }
    EXPECT_GT(pauses.size(), 5U);
}

TEST_F(Breaker, TheTargetsOwnWishCountsUpToTheBound) {
    fail();
    fail();
    fail(5s);
    EXPECT_EQ(pause(), 5s);
    breaker.reset();
    fail();
    fail();
    fail(24h);
    EXPECT_EQ(pause(), 8s);
}

TEST_F(Breaker, AWrongCertificateOpensItAtOnce) {
    ASSERT_TRUE(breaker.try_begin(now));
    breaker.tripped(now, random);
    EXPECT_EQ(breaker.state(), breaker_state::open);
    EXPECT_FALSE(breaker.try_begin(now));
}

TEST_F(Breaker, FailuresOfAttemptsThatBeganBeforeDoNotLengthenThePause) {
    open();
    const auto until = breaker.opens_until();
    now += 100ms;
    fail();
    breaker.tripped(now, random);
    EXPECT_EQ(breaker.opens_until(), until);
}

TEST_F(Breaker, AnAttemptThatSaidNothingLeavesHalfOpenToTheNext) {
    open();
    now = breaker.opens_until();
    ASSERT_TRUE(breaker.try_begin(now));
    breaker.abandoned();
    EXPECT_EQ(breaker.state(), half_open);
    EXPECT_TRUE(breaker.try_begin(now));
    EXPECT_FALSE(breaker.try_begin(now));
}

} // namespace
} // namespace tongban::breaker
