// A bundle 一件事 that waits for its origin to file a child again, and where that is seen.
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/inbox_places.hpp"

#include <gtest/gtest.h>

namespace tongban::cases {
namespace {

v1::CaseState bundle_of(std::initializer_list<v1::CaseStatus> children) {
    v1::CaseState parent;
    parent.set_status(v1::CASE_STATUS_JOINT_HANDLING);
    parent.set_origin_region("320300");
    parent.set_dest_region("320300");
    parent.set_turn_since_ms(1'790'000'000'000);
    for (const auto status : children) {
        auto& child = *parent.mutable_bundle()->add_children();
        child.mutable_plan()->set_number(static_cast<std::uint32_t>(parent.bundle().children_size()));
        child.mutable_plan()->set_required(true);
        child.set_status(status);
        child.set_events(2);
    }
    return parent;
}

std::string inbox_of(const v1::CaseState& parent) {
    return inbox_places(parent)[0].region;
}

TEST(BundleWaiting, StandsInTheInboxOfItsOriginUntilTheChildIsFiledAgain) {
    EXPECT_EQ(inbox_of(bundle_of({v1::CASE_STATUS_QUEUED, v1::CASE_STATUS_CLOSED})), "") << "the places act";
    for (const auto came_back : {v1::CASE_STATUS_RETURNED, v1::CASE_STATUS_LAPSED}) {
        const auto parent = bundle_of({came_back, v1::CASE_STATUS_QUEUED});
        const auto place = inbox_places(parent)[0];
        EXPECT_EQ(place.region, "320300");
        EXPECT_TRUE(place.beside) << "nobody claims it";
        EXPECT_EQ(place.order_ms, parent.turn_since_ms()) << "it has no limit";
        EXPECT_EQ(inbox_places(parent)[1].region, "");
    }
}

TEST(BundleWaiting, OneWhoseEndIsCertainWaitsForNone) {
    EXPECT_EQ(inbox_of(bundle_of({v1::CASE_STATUS_RETURNED, v1::CASE_STATUS_REFUSED})), "") << "it is lost";
    auto withdrawn = bundle_of({v1::CASE_STATUS_RETURNED, v1::CASE_STATUS_QUEUED});
    withdrawn.set_withdraw_requested(true);
    EXPECT_EQ(inbox_of(withdrawn), "");
    auto voided = bundle_of({v1::CASE_STATUS_RETURNED});
    voided.set_status(v1::CASE_STATUS_CANCELLED);
    voided.set_outcome(v1::OUTCOME_VOIDED);
    EXPECT_EQ(inbox_of(voided), "");
}

} // namespace
} // namespace tongban::cases
