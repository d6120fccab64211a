// 一件事: every row of the tables of docs/bundles.md, and that what reaches a parent in whatever order leads to the same end.
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/deliveries.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

namespace tongban::cases::story {
namespace {

struct wanted_child {
    std::vector<std::uint32_t> after = {};
    bool required = true;
};

v1::BundleStarted plan_of(const std::vector<wanted_child>& children) {
    v1::BundleStarted plan;
    plan.set_bundle_code("CJR-1");
    plan.set_name("残疾人服务一件事");
    for (std::uint32_t number = 1; number <= children.size(); ++number) {
        const auto& wanted = children[number - 1];
        auto& child = *plan.add_children();
        child.set_number(number);
        child.set_required(wanted.required);
        child.mutable_after()->Add(wanted.after.begin(), wanted.after.end());
    }
    return plan;
}

v1::LedgerRecord filing(const std::vector<wanted_child>& children) {
    auto r = record(event::kCaseSubmitted, platform_a());
    r.mutable_event()->mutable_case_()->set_dest_region(region_a); // the lead place
    r.mutable_event()->mutable_case_submitted()->set_bundle_code("CJR-1");
    *r.mutable_bundle_started() = plan_of(children);
    return r;
}

told parent_of(const std::vector<wanted_child>& children) {
    told parent;
    EXPECT_EQ(parent.tell(filing(children)), verdict::applied);
    EXPECT_EQ(parent.status(), "JOINT_HANDLING");
    return parent;
}

struct news {
    std::uint32_t child;
    v1::CaseStatus status;
    v1::Outcome outcome = v1::OUTCOME_UNSPECIFIED;
    v1::Decision decision = v1::DECISION_UNSPECIFIED;
};
constexpr news filed(std::uint32_t child) { return {child, v1::CASE_STATUS_QUEUED}; }
constexpr news done(std::uint32_t child) { return {child, v1::CASE_STATUS_CLOSED, v1::OUTCOME_COMPLETED}; }
constexpr news certified(std::uint32_t child) { return {child, v1::CASE_STATUS_CLOSED, v1::OUTCOME_APPROVED_WITH_CERT}; }
constexpr news denied(std::uint32_t child) {
    return {child, v1::CASE_STATUS_CLOSED, v1::OUTCOME_DENIED, v1::DECISION_DENIED};
}
constexpr news refused(std::uint32_t child) { return {child, v1::CASE_STATUS_REFUSED, v1::OUTCOME_REFUSED}; }
constexpr news returned(std::uint32_t child) { return {child, v1::CASE_STATUS_RETURNED, v1::OUTCOME_RETURNED}; }
constexpr news withdrawn(std::uint32_t child) { return {child, v1::CASE_STATUS_WITHDRAWN, v1::OUTCOME_WITHDRAWN}; }

v1::LedgerRecord progress(const news& of, std::uint32_t events, bool withdraw_asked = false) {
    auto r = record(event::kChildProgressed, gateway());
    auto& body = *r.mutable_event()->mutable_child_progressed();
    body.set_child(of.child);
    body.set_status(of.status);
    body.set_outcome(of.outcome);
    body.set_decision(of.decision);
    body.set_events(events);
    body.set_withdraw_asked(withdraw_asked);
    return r;
}

verdict tell(told& parent, const news& of) {
    return parent.tell(progress(of, find_child(parent.state, of.child)->events() + 1));
}

bundle_work next(const told& parent) {
    return next_bundle_work(parent.state);
}

verdict close(told& parent) {
    auto r = record(event::kBundleClosed, gateway());
    *r.mutable_event()->mutable_bundle_closed() = bundle_result(parent.state);
    return parent.tell(r);
}

// Told all of it and closed.
told ended(const std::vector<wanted_child>& children, const std::vector<news>& all) {
    auto parent = parent_of(children);
    for (const auto& one : all) {
        EXPECT_EQ(tell(parent, one), verdict::applied);
    }
    EXPECT_EQ(next(parent).step, bundle_step::close);
    EXPECT_EQ(close(parent), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{});
    return parent;
}

TEST(Bundles, AFilingBecomesAPlanThatNobodyHandles) {
    const auto parent = parent_of({{}, {}});
    EXPECT_EQ(parent.state.bundle().children_size(), 2);
    EXPECT_EQ(parent.state.item_name(), "残疾人服务一件事");
    EXPECT_TRUE(turn(parent.state).empty());
    EXPECT_FALSE(is_claimable(parent.state.status()));
    EXPECT_FALSE(is_final(parent.state.status()));
    EXPECT_FALSE(is_closed(parent.state.status()));
}

TEST(Bundles, ChildrenAreFiledInTheirOrderOneAfterAnotherWhereTheyDepend) {
    auto parent = parent_of({{}, {{1}}, {}, {{1, 3}}});
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 1}));
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 3})) << "2 waits for 1";
    EXPECT_EQ(tell(parent, filed(3)), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{});
    EXPECT_EQ(tell(parent, done(1)), verdict::applied);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 2}));
    EXPECT_EQ(tell(parent, filed(2)), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{}) << "4 waits for 3 too";
    EXPECT_EQ(tell(parent, done(3)), verdict::applied);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 4}));
}

verdict voids(told& parent) {
    auto r = record(event::kCaseVoided, platform_a());
    r.mutable_event()->mutable_case_()->set_dest_region(region_a);
    return parent.tell(r);
}

TEST(Bundles, AVoidParentEndsAtOnceAndAsksItsOpenChildrenToWithdraw) {
    auto parent = parent_of({{}, {{1}}, {}, {}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, done(3)), verdict::applied);
    EXPECT_EQ(tell(parent, returned(4)), verdict::applied);
    EXPECT_EQ(parent.tell(event::kCaseVoided, platform_b()), verdict::wrong_side) << "not one of its children's places";
    ASSERT_EQ(voids(parent), verdict::applied);
    EXPECT_EQ(parent.status(), "CANCELLED");
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_VOIDED);
    EXPECT_EQ(stage_of(*find_child(parent.state, 2)), child_stage::cancelled) << "never filed now";
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::withdraw, 1}));
    auto asked = filed(1);
    asked.status = v1::CASE_STATUS_DEST_RECEIVED;
    EXPECT_EQ(parent.tell(progress(asked, 2, true)), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{}) << "the rest is the places' own";
    EXPECT_EQ(parent.tell(progress(done(1), 9)), verdict::applied) << "it was too late for this one: kept in the tree";
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_VOIDED);
    EXPECT_EQ(tell(parent, filed(4)), verdict::applied) << "filed again by the origin";
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::withdraw, 4}));
    EXPECT_EQ(close(parent), verdict::illegal_transition);
    EXPECT_EQ(voids(parent), verdict::illegal_transition);
}

TEST(Bundles, AChildThatWasFiledWhileItsParentBecameVoidIsAskedToo) {
    auto parent = parent_of({{}});
    ASSERT_EQ(voids(parent), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied) << "its owner looked before";
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::withdraw, 1}));
}

TEST(Bundles, AStepIsOwedSinceItBecameTheNextWhateverHappensMeanwhile) {
    auto parent = parent_of({{}, {}});
    const auto filed_ms = parent.state.bundle_step_since_ms();
    EXPECT_EQ(filed_ms, parent.state.updated_ms());
    EXPECT_EQ(tell(parent, filed(2)), verdict::applied);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 1}));
    EXPECT_GT(parent.state.updated_ms(), filed_ms);
    EXPECT_EQ(parent.state.bundle_step_since_ms(), filed_ms) << "news of another child is no progress of this one";
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(parent.state.bundle_step_since_ms(), 0);
    EXPECT_EQ(tell(parent, done(1)), verdict::applied);
    EXPECT_EQ(tell(parent, done(2)), verdict::applied);
    EXPECT_EQ(next(parent).step, bundle_step::close);
    EXPECT_EQ(parent.state.bundle_step_since_ms(), parent.state.updated_ms());
}

struct end_row {
    const char* what;
    std::vector<wanted_child> children;
    std::vector<news> all;
    v1::Outcome outcome;
};

TEST(Bundles, EndsAsItsChildrenDo) {
    const wanted_child optional{{}, false};
    const end_row rows[] = {
        {"all well", {{}, {}}, {done(1), done(2)}, v1::OUTCOME_COMPLETED},
        {"one with a certificate", {{}, {}}, {done(1), certified(2)}, v1::OUTCOME_APPROVED_WITH_CERT},
        {"an optional one fails", {{}, optional}, {done(1), refused(2)}, v1::OUTCOME_PARTIALLY_COMPLETED},
        {"a required one is refused", {{}, {}}, {refused(1), done(2)}, v1::OUTCOME_RETURNED},
        {"a required one is denied", {{}, {}}, {done(1), denied(2)}, v1::OUTCOME_DENIED},
        {"closed as done, decided as denied", {{}}, {{1, v1::CASE_STATUS_CLOSED, v1::OUTCOME_COMPLETED, v1::DECISION_DENIED}},
         v1::OUTCOME_DENIED},
        {"the applicant withdraws a required one", {{}, {}}, {withdrawn(1), done(2)}, v1::OUTCOME_RETURNED},
        {"only optional ones, none well", {optional, optional}, {refused(1), denied(2)}, v1::OUTCOME_RETURNED},
        {"forwarded elsewhere", {{}, optional}, {done(1), {2, v1::CASE_STATUS_FORWARDED, v1::OUTCOME_FORWARDED}},
         v1::OUTCOME_PARTIALLY_COMPLETED},
    };
    for (const auto& row : rows) {
        auto children = row.children;
        // Both are filed before either ends: a failure drops what is still planned.
        auto parent = parent_of(children);
        for (const auto& one : row.all) {
            ASSERT_EQ(tell(parent, filed(one.child)), verdict::applied) << row.what;
        }
        for (const auto& one : row.all) {
            ASSERT_EQ(tell(parent, one), verdict::applied) << row.what;
        }
        ASSERT_EQ(next(parent).step, bundle_step::close) << row.what;
        ASSERT_EQ(close(parent), verdict::applied) << row.what;
        EXPECT_EQ(parent.status(), "CLOSED") << row.what;
        EXPECT_EQ(parent.state.outcome(), row.outcome) << row.what << ": " << v1::Outcome_Name(parent.state.outcome());
        EXPECT_TRUE(turn(parent.state).empty()) << row.what;
    }
}

TEST(Bundles, WhatDependsOnAFailureIsNeverFiled) {
    auto parent = parent_of({{{}, false}, {{1}, false}, {{2}, false}, {{}, false}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, filed(4)), verdict::applied);
    EXPECT_EQ(tell(parent, refused(1)), verdict::applied);
    EXPECT_EQ(find_child(parent.state, 2)->status(), v1::CASE_STATUS_CANCELLED);
    EXPECT_EQ(find_child(parent.state, 3)->status(), v1::CASE_STATUS_CANCELLED) << "and what depends on that";
    EXPECT_EQ(next(parent), bundle_work{}) << "4 is under way";
    EXPECT_EQ(tell(parent, done(4)), verdict::applied);
    EXPECT_EQ(close(parent), verdict::applied);
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_PARTIALLY_COMPLETED);
}

TEST(Bundles, ARequiredFailureFilesNothingMoreAndLeavesWhatIsUnderWayItsEnd) {
    auto parent = parent_of({{}, {}, {{2}, false}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, filed(2)), verdict::applied);
    EXPECT_EQ(tell(parent, refused(1)), verdict::applied);
    EXPECT_EQ(find_child(parent.state, 3)->status(), v1::CASE_STATUS_CANCELLED);
    EXPECT_EQ(next(parent), bundle_work{}) << "2 runs to its end";
    EXPECT_EQ(tell(parent, done(2)), verdict::applied);
    EXPECT_EQ(close(parent), verdict::applied);
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_RETURNED);
}

TEST(Bundles, AReturnedChildKeepsTheBundleOpenUntilItIsFiledAgain) {
    auto parent = parent_of({{}, {{1}}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, returned(1)), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{});
    EXPECT_EQ(close(parent), verdict::illegal_transition);
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, done(1)), verdict::applied);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::file, 2}));
}

TEST(Bundles, ABundleThatIsLostWaitsForNoReturnedChild) {
    for (const auto& all : {std::vector{filed(1), filed(2), filed(3), returned(2), refused(1), done(3)},
                            std::vector{filed(1), filed(2), filed(3), refused(1), done(3), returned(2)}}) {
        auto parent = ended({{}, {{}, false}, {{}, false}}, all);
        EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_RETURNED);
        EXPECT_EQ(tell(parent, filed(2)), verdict::applied) << "filed again all the same: kept in the tree";
    }
}

TEST(Bundles, AWithdrawalIsPassedOnOnceAndFilesNothingMore) {
    auto parent = parent_of({{}, {}, {{1}}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, filed(2)), verdict::applied);
    EXPECT_EQ(parent.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    EXPECT_EQ(parent.tell(event::kWithdrawRequested, platform_a()), verdict::illegal_transition) << "once";
    EXPECT_EQ(find_child(parent.state, 3)->status(), v1::CASE_STATUS_CANCELLED);
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::withdraw, 1}));
    EXPECT_EQ(parent.tell(progress(filed(1), 1, true)), verdict::applied);
    EXPECT_EQ(parent.tell(progress(filed(1), 1, true)), verdict::illegal_transition) << "asked before";
    EXPECT_EQ(next(parent), (bundle_work{bundle_step::withdraw, 2}));
    EXPECT_EQ(parent.tell(progress(filed(2), 1, true)), verdict::applied);
    EXPECT_EQ(next(parent), bundle_work{}) << "each destination confirms, or decides";
    EXPECT_EQ(tell(parent, withdrawn(1)), verdict::applied);
    EXPECT_EQ(tell(parent, withdrawn(2)), verdict::applied);
    EXPECT_EQ(close(parent), verdict::applied);
    EXPECT_EQ(parent.status(), "WITHDRAWN");
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_WITHDRAWN);
    EXPECT_FALSE(parent.state.withdraw_requested());
}

TEST(Bundles, ADecisionThatOvertookTheWithdrawalCounts) {
    auto parent = parent_of({{}, {}});
    EXPECT_EQ(tell(parent, filed(1)), verdict::applied);
    EXPECT_EQ(tell(parent, filed(2)), verdict::applied);
    EXPECT_EQ(parent.tell(event::kWithdrawRequested, platform_a()), verdict::applied);
    EXPECT_EQ(parent.tell(progress(certified(1), 5, true)), verdict::applied);
    EXPECT_EQ(parent.tell(progress(returned(2), 5, true)), verdict::applied) << "never to be filed again";
    EXPECT_EQ(close(parent), verdict::applied);
    EXPECT_EQ(parent.status(), "CLOSED");
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_PARTIALLY_COMPLETED);
}

TEST(Bundles, NewsAfterTheEndIsKeptAndChangesNoOutcome) {
    auto parent = ended({{}, {{}, false}}, {done(1), refused(2)});
    EXPECT_EQ(parent.tell(event::kEvaluated, platform_a()), verdict::applied);
    EXPECT_EQ(parent.tell(progress(done(2), 9)), verdict::applied);
    EXPECT_EQ(find_child(parent.state, 2)->outcome(), v1::OUTCOME_COMPLETED);
    EXPECT_EQ(parent.state.outcome(), v1::OUTCOME_PARTIALLY_COMPLETED);
}

TEST(Bundles, OldNewsAndAnEndThatIsNotTrueAreRefused) {
    auto parent = parent_of({{}, {}});
    EXPECT_EQ(parent.tell(progress(done(1), 7)), verdict::applied);
    EXPECT_EQ(parent.tell(progress(filed(1), 3)), verdict::illegal_transition);
    EXPECT_EQ(parent.tell(progress(filed(9), 3)), verdict::illegal_transition) << "no such child";
    EXPECT_EQ(close(parent), verdict::illegal_transition) << "2 is still to come";
    EXPECT_EQ(tell(parent, done(2)), verdict::applied);
    auto wrong = record(event::kBundleClosed, gateway());
    wrong.mutable_event()->mutable_bundle_closed()->set_outcome(v1::OUTCOME_APPROVED_WITH_CERT);
    EXPECT_EQ(parent.tell(wrong), verdict::illegal_transition);
    auto by_a_side = record(event::kBundleClosed, platform_a());
    *by_a_side.mutable_event()->mutable_bundle_closed() = bundle_result(parent.state);
    EXPECT_EQ(parent.tell(by_a_side), verdict::wrong_role);
    EXPECT_EQ(close(parent), verdict::applied);
}

TEST(Bundles, AChildTellsItsParentOfTheStepsThatMatterAndNoOthers) {
    told child;
    auto filed_child = submission();
    filed_child.mutable_event()->mutable_case_submitted()->mutable_parent()->set_case_id(case_name);
    filed_child.mutable_event()->mutable_case_submitted()->mutable_parent()->set_child(4);
    EXPECT_EQ(child.tell(filed_child), verdict::applied);
    std::vector<v1::CaseStatus> told_of;
    for (const auto body : {event::BODY_NOT_SET, event::kDestReceived, event::kCaseAccepted, event::kReviewStarted, event::kStep,
                            event::kDecided, event::kCaseClosed, event::kReadyForCollection, event::kCollectedByApplicant}) {
        if (body != event::BODY_NOT_SET) { // else as it was filed
            ASSERT_EQ(child.tell(body, side_of(body) == side::origin ? platform_a() : platform_b()), verdict::applied);
        }
        if (next(child).step == bundle_step::tell) {
            EXPECT_EQ(next(child).child, 4);
            const auto said = progress_of(child.state);
            told_of.push_back(said.status());
            auto informed = record(event::kParentInformed, gateway());
            informed.mutable_event()->mutable_parent_informed()->set_status(said.status());
            informed.mutable_event()->mutable_parent_informed()->set_events(said.events());
            EXPECT_EQ(child.tell(informed), verdict::applied);
            EXPECT_EQ(next(child), bundle_work{});
            auto late = record(event::kParentInformed, gateway());
            *late.mutable_event()->mutable_parent_informed() = informed.event().parent_informed();
            EXPECT_EQ(child.tell(late), verdict::illegal_transition) << "of an earlier state of the child";
        }
    }
    EXPECT_EQ(told_of, (std::vector{v1::CASE_STATUS_QUEUED, v1::CASE_STATUS_DEST_RECEIVED, v1::CASE_STATUS_ACCEPTED,
                                    v1::CASE_STATUS_CLOSED}));
}

TEST(Bundles, AReturnedChildStaysAChildWhenItIsFiledAgain) {
    told child;
    auto filed_child = submission();
    filed_child.mutable_event()->mutable_case_submitted()->mutable_parent()->set_child(1);
    EXPECT_EQ(child.tell(filed_child), verdict::applied);
    EXPECT_EQ(child.tell(event::kReturned, platform_b()), verdict::applied);
    EXPECT_EQ(next(child).step, bundle_step::tell);
    EXPECT_EQ(child.tell(submission()), verdict::applied);
    EXPECT_TRUE(child.state.has_parent());
    EXPECT_EQ(next(child).step, bundle_step::tell) << "the parent may have learned that it was away";
}

TEST(Bundles, OnlyWhoFiledItLearnsOfABundle) {
    auto parent = parent_of({{}});
    const auto news = progress(filed(1), 1);
    EXPECT_EQ(parent.tell(news), verdict::applied);
    const auto due = regions_due(parent.state, news);
    EXPECT_EQ(std::vector<std::string>(due.begin(), due.end()), std::vector<std::string>{region_a});
    const auto informed = record(event::kParentInformed, gateway());
    EXPECT_EQ(regions_due(parent.state, informed).count, 0u);
}

TEST(Bundles, AParentThatIsFullFilesNothingMore) {
    auto parent = parent_of({{}, {}});
    parent.state.set_event_count(max_events_that_stay);
    EXPECT_EQ(next(parent), bundle_work{}) << "it could not note it down, and would file it again and again";
}

// Each child's own history, all of them mixed, said twice, late or by two owners: the parent ends the same.
TEST(BundlesProperty, AnyOrderOfNewsEndsTheSame) {
    const char* given = std::getenv("TONGBAN_TEST_SEED");
    const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
    for (int round = 0; round < 300; ++round) {
        const auto count = static_cast<std::uint32_t>(1 + below(8));
        std::vector<wanted_child> children(count);
        for (auto& child : children) {
            child.required = below(2) == 0;
        }
        std::vector<v1::LedgerRecord> all;
        for (std::uint32_t child = 1; child <= count; ++child) {
            const news ends[] = {done(child), certified(child), denied(child), refused(child), withdrawn(child)};
            std::uint32_t events = 1;
            all.push_back(progress(filed(child), events++));
            for (auto steps = below(4); steps > 0; --steps) {
                all.push_back(progress(below(3) == 0 ? returned(child) : filed(child), events++));
            }
            all.push_back(progress(ends[below(5)], events++));
        }
        v1::BundleClosed expected;
        for (int order = 0; order < 4; ++order) {
            auto parent = parent_of(children);
            auto said = all;
            if (order > 0) {
                for (auto more = below(10); more > 0; --more) {
                    said.push_back(said[below(all.size())]);
                }
                std::shuffle(said.begin(), said.end(), random);
            }
            // A failure must not drop what another order would have filed: every child is filed first.
            for (std::uint32_t child = 1; child <= count; ++child) {
                (void)parent.tell(all[static_cast<std::size_t>(std::find_if(all.begin(), all.end(), [&](const auto& r) {
                    return r.event().child_progressed().child() == child;
                }) - all.begin())]);
            }
            for (const auto& one : said) {
                (void)parent.tell(one);
            }
            ASSERT_EQ(next(parent).step, bundle_step::close);
            const auto result = bundle_result(parent.state);
            ASSERT_EQ(close(parent), verdict::applied);
            if (order == 0) {
                expected = result;
            }
            ASSERT_EQ(result.SerializeAsString(), expected.SerializeAsString());
        }
    }
}

// Whatever stands in a plan, evolve ends.
TEST(BundlesProperty, APlanThatNoCatalogueWouldPassHarmsNobody) {
    auto circle = parent_of({{{2}}, {{1}}});
    EXPECT_EQ(next(circle), bundle_work{});
    auto itself = parent_of({{{1}}});
    EXPECT_EQ(next(itself), (bundle_work{bundle_step::file, 1}));
    auto unknown = parent_of({{{77}}});
    EXPECT_EQ(next(unknown), (bundle_work{bundle_step::file, 1}));
    auto empty = parent_of({});
    EXPECT_EQ(close(empty), verdict::applied);
    EXPECT_EQ(empty.state.outcome(), v1::OUTCOME_RETURNED);
}

} // namespace
} // namespace tongban::cases::story
