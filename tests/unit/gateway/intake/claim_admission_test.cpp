// A claim for another window is refused in words that hold what the sender said, which is outside text.
#include "gateway/intake/claim_admission.hpp"

#include "monitoring/text.hpp"

#include <gtest/gtest.h>

namespace tongban::intake {
namespace {

std::string told_of(const std::string& window_id) {
    security::partner sender;
    sender.role = v1::ROLE_WINDOW;
    sender.window_id = "JN-01";
    v1::Claimed claim;
    claim.set_window_id(window_id);
    const auto problem = make_own(claim, sender, {});
    EXPECT_TRUE(problem);
    return problem ? problem->detail_zh + problem->detail_en : "";
}

bool is_valid(const std::string& text) {
    std::string same;
    monitoring::append_valid_utf8(same, text, text.size());
    return same == text;
}

TEST(ClaimAdmission, AnotherWindowIsToldInWholeCharacters) {
    for (const std::string before : {"", "1", "12"}) { // byte 64 in each place of a character of three bytes
        std::string window_id = before;
        while (window_id.size() < 90) {
            window_id += "窗";
        }
        const auto told = told_of(window_id);
        EXPECT_TRUE(is_valid(told)) << told;
        EXPECT_NE(told.find("窗…"), std::string::npos) << told;
    }
    EXPECT_NE(told_of("JN-02").find("报文窗口 JN-02。"), std::string::npos);
    EXPECT_TRUE(is_valid(told_of("JN\xFF")));
}

} // namespace
} // namespace tongban::intake
