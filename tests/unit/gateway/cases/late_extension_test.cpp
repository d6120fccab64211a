// 延长 is made before a limit ends.
#include "gateway/cases/late_extension.hpp"

#include <gtest/gtest.h>

namespace tongban::cases {
namespace {

constexpr std::int64_t last_moment = 1'796'313'599'999; // 2026-12-03 23:59:59.999 at +08:00

TEST(LateExtension, IsOneAfterThePromiseHadPassed) {
    v1::CaseState state;
    EXPECT_FALSE(late_extension(state, last_moment)) << "no limit";
    state.mutable_clocks()->set_statutory_due_ms(last_moment - 1);
    EXPECT_EQ(late_extension(state, last_moment)->zh, "法定期限已于 2026-12-03 届满，此后才延长");
    state.mutable_clocks()->set_promise_due_ms(last_moment);
    EXPECT_FALSE(late_extension(state, last_moment)) << "on its last day, by the promise";
    const auto late = late_extension(state, last_moment + 1);
    ASSERT_TRUE(late);
    EXPECT_EQ(late->zh, "承诺期限已于 2026-12-03 届满，此后才延长");
    EXPECT_EQ(late->en, "the promise ended on 2026-12-03, before it was extended");
}

} // namespace
} // namespace tongban::cases
