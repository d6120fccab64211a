// Which changes of a catalogue a case that runs would notice, and which it would not.
#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/catalogue_standing.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <gmock/gmock.h>

namespace tongban::cases {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// An open case that sample::contents() gave its terms.
v1::CaseState open_case() {
    const auto known = catalogue::build(sample::contents());
    v1::CaseState state;
    state.set_case_id("TB140400");
    state.set_origin_region("370800");
    state.set_dest_region("140400");
    state.set_item_impl_code(sample::housing);
    state.set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    fill_terms({&known->rows().front(), &known->agreements().front(), {}, {}}, *state.mutable_terms());
    return state;
}

struct changed {
    const char* name;
    void (*change)(catalogue_contents&);
    const char* told; // in English; null: nothing
};

class CatalogueStanding : public testing::TestWithParam<changed> {};

TEST_P(CatalogueStanding, TellsWhatAnOpenCaseStandsOn) {
    const auto before = catalogue::build(sample::contents());
    auto contents = sample::contents();
    GetParam().change(contents);
    const auto next = catalogue::build(std::move(contents));
    const auto found = catalogue_difference(*before, *next).faults(open_case());
    if (GetParam().told == nullptr) {
        EXPECT_THAT(found, IsEmpty()) << found.front().en;
    } else {
        ASSERT_EQ(found.size(), 1);
        EXPECT_EQ(found.front().en, GetParam().told);
        EXPECT_FALSE(found.front().zh.empty());
    }
}

using C = catalogue_contents;
v1::CatalogueItem& item_of(C& c) { return sample::first_item(c); }
v1::Agreement& agreement_of(C& c) { return sample::first_agreement(c); }

INSTANTIATE_TEST_SUITE_P(
    , CatalogueStanding,
    testing::Values(
        changed{"Nothing", [](C&) {}, nullptr},
        changed{"AnotherVersionBeside", [](C& c) { sample::add_item(c, "140400", sample::housing, "2"); }, nullptr},
        changed{"NameAndLastDay",
                [](C& c) {
                    item_of(c).set_name("改正名称");
                    item_of(c).set_valid_to("2026-12-31");
                    agreement_of(c).set_valid_to("2026-12-31");
                },
                nullptr},
        changed{"OneMoreDestination", [](C& c) { agreement_of(c).add_destinations("370200"); }, nullptr},
        changed{"VersionRenamed", [](C& c) { item_of(c).set_version("2"); },
                "item 11140400TT000031433002017003000 of 140400 version 1 is gone"},
        changed{"Promise", [](C& c) { item_of(c).mutable_promise()->set_value(1); },
                "item 11140400TT000031433002017003000 of 140400 version 1 says otherwise (promise)"},
        changed{"CaseType", [](C& c) { item_of(c).set_case_type(v1::CASE_TYPE_IMMEDIATE); },
                "item 11140400TT000031433002017003000 of 140400 version 1 says otherwise (case_type)"},
        changed{"MaterialsGone", [](C& c) { item_of(c).clear_materials(); },
                "item 11140400TT000031433002017003000 of 140400 version 1 says otherwise (materials)"},
        changed{"AgreementRenamed", [](C& c) { agreement_of(c).set_id("OTHER"); }, "agreement JN-CZ is gone"},
        changed{"OtherDestinations", [](C& c) { agreement_of(c).set_destinations(0, "370200"); },
                "agreement JN-CZ says otherwise (origins, destinations)"},
        changed{"OtherRules", [](C& c) { agreement_of(c).set_rules_version("2027"); },
                "agreement JN-CZ says otherwise (rules_version)"},
        changed{"OtherModes", [](C& c) { agreement_of(c).add_modes(v1::BUSINESS_MODE_JOINT); },
                "agreement JN-CZ says otherwise (modes)"},
        changed{"OtherItems",
                [](C& c) {
                    agreement_of(c).set_all_items(false);
                    agreement_of(c).add_items("002014008000");
                },
                "agreement JN-CZ says otherwise (items)"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(CatalogueStandingAtStart, OnlyTheRecordIsThereToCompareWith) {
    auto contents = sample::contents();
    item_of(contents).mutable_promise()->set_value(1);
    agreement_of(contents).set_rules_version("2027");
    const auto found = standing_faults(*catalogue::build(std::move(contents)), open_case());
    ASSERT_EQ(found.size(), 2);
    EXPECT_THAT(found[0].zh, HasSubstr("承诺时限"));
    EXPECT_THAT(found[1].zh, HasSubstr("运行管理办法"));
    EXPECT_THAT(standing_faults(*catalogue::build(sample::contents()), open_case()), IsEmpty());
    EXPECT_THAT(standing_faults(*catalogue::build({}), v1::CaseState()), IsEmpty()) << "filed when there was no catalogue";
}

TEST(CatalogueStandingAtReload, WhatWasOtherwiseBeforeRefusesNoFurtherReload) {
    auto contents = sample::contents();
    item_of(contents).mutable_promise()->set_value(1);
    const auto before = catalogue::build(std::move(contents));
    auto renamed = sample::contents();
    item_of(renamed).mutable_promise()->set_value(1);
    item_of(renamed).set_name("改正名称");
    const auto next = catalogue::build(std::move(renamed));
    EXPECT_THAT(catalogue_difference(*before, *next).faults(open_case()), IsEmpty());
}

// An open bundle with one child, in the terms that sample::contents() gave it.
v1::CaseState open_bundle(v1::CaseStatus child_status = v1::CASE_STATUS_UNSPECIFIED) {
    const auto one = open_case();
    v1::CaseState parent;
    parent.set_case_id("TB370800");
    parent.set_status(v1::CASE_STATUS_JOINT_HANDLING);
    parent.set_origin_region("370800");
    parent.set_dest_region("370800");
    auto& child = *parent.mutable_bundle()->add_children();
    child.set_status(child_status);
    auto& plan = *child.mutable_plan();
    plan.set_number(1);
    plan.set_required(true);
    plan.set_dest_region(one.dest_region());
    plan.mutable_item()->set_impl_code(one.item_impl_code());
    plan.set_business_mode(one.business_mode());
    *plan.mutable_terms() = one.terms();
    return parent;
}

std::vector<std::string> told(const std::vector<standing_fault>& faults) {
    std::vector<std::string> lines;
    for (const auto& one : faults) {
        EXPECT_FALSE(one.zh.empty());
        lines.push_back(one.en);
    }
    return lines;
}

// What `change` takes away from the bundle, first at a reload, then at a start.
std::pair<std::vector<std::string>, std::vector<std::string>> taken_from(const v1::CaseState& parent, void (*change)(C&)) {
    const auto before = catalogue::build(sample::contents());
    auto contents = sample::contents();
    change(contents);
    const auto next = catalogue::build(std::move(contents));
    return {told(catalogue_difference(*before, *next).faults(parent)), told(standing_faults(*next, parent))};
}

using testing::ElementsAre;
using testing::Pair;

TEST(CatalogueStandingOfBundles, AChildThatWaitsForItsTurnStandsOnThePlansTerms) {
    const std::string item = "item 11140400TT000031433002017003000 of 140400 version 1";
    const std::string waits = "; a bundle's child is to be filed in its turn";
    const auto parent = open_bundle();
    EXPECT_THAT(taken_from(parent, [](C&) {}), Pair(IsEmpty(), IsEmpty()));
    EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).set_name("改正名称"); }), Pair(IsEmpty(), IsEmpty()));
    EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).set_version("2"); }),
                Pair(ElementsAre(item + " is gone" + waits), ElementsAre(item + " is gone" + waits)));
    EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).mutable_promise()->set_value(1); }),
                Pair(ElementsAre(item + " says otherwise (promise)" + waits), testing::SizeIs(1)));
    EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).clear_materials(); }),
                Pair(ElementsAre(item + " says otherwise (materials)" + waits), IsEmpty()))
        << "which no record holds";
    EXPECT_THAT(taken_from(parent, [](C& c) { agreement_of(c).set_id("OTHER"); }),
                Pair(ElementsAre("agreement JN-CZ is gone" + waits), testing::SizeIs(1)));
}

TEST(CatalogueStandingOfBundles, AChildThatCameBackStandsOnAnyVersionAndAgreementAsWhatWasCollectedDoes) {
    const std::string again = "; a bundle's child is to be filed again";
    for (const auto status : {v1::CASE_STATUS_RETURNED, v1::CASE_STATUS_LAPSED}) {
        const auto parent = open_bundle(status);
        EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).set_version("2"); }), Pair(IsEmpty(), IsEmpty()));
        EXPECT_THAT(taken_from(parent, [](C& c) { agreement_of(c).set_id("OTHER"); }), Pair(IsEmpty(), IsEmpty()));
        EXPECT_THAT(taken_from(parent, [](C& c) { item_of(c).set_region("140500"); }),
                    Pair(ElementsAre("item 11140400TT000031433002017003000 of 140400 is gone" + again), testing::SizeIs(1)));
        EXPECT_THAT(taken_from(parent, [](C& c) { agreement_of(c).set_destinations(0, "370200"); }),
                    Pair(ElementsAre("no agreement 370800→140400 covers item 11140400TT000031433002017003000" + again),
                         testing::SizeIs(1)));
    }
}

TEST(CatalogueStandingOfBundles, WhatRunsOrHasEndedIsItsOwnCasesMatterAndALostBundleWaitsForNoReturnedChild) {
    const auto gone = [](C& c) { item_of(c).set_region("140500"); };
    for (const auto status : {v1::CASE_STATUS_QUEUED, v1::CASE_STATUS_ACCEPTED, v1::CASE_STATUS_CLOSED, v1::CASE_STATUS_REFUSED,
                              v1::CASE_STATUS_CANCELLED}) {
        EXPECT_THAT(taken_from(open_bundle(status), gone), Pair(IsEmpty(), IsEmpty())) << status;
    }
    auto lost = open_bundle(v1::CASE_STATUS_RETURNED);
    auto& refused = *lost.mutable_bundle()->add_children();
    refused.set_status(v1::CASE_STATUS_REFUSED);
    refused.set_events(3);
    refused.mutable_plan()->set_number(2);
    refused.mutable_plan()->set_required(true);
    EXPECT_THAT(taken_from(lost, gone), Pair(IsEmpty(), IsEmpty()));
}

TEST(CatalogueStandingOfBundles, WhatALoadedCatalogueLacksAlreadyRefusesNoReload) {
    for (const auto status : {v1::CASE_STATUS_UNSPECIFIED, v1::CASE_STATUS_RETURNED}) {
        const auto without = [](std::int32_t promise_of_another) {
            C made;
            sample::add_item(made, "370200", sample::pension).mutable_promise()->set_value(promise_of_another);
            return catalogue::build(std::move(made));
        };
        const auto before = without(3);
        const auto next = without(4);
        EXPECT_THAT(standing_faults(*before, open_bundle(status)), testing::Not(IsEmpty()));
        EXPECT_THAT(catalogue_difference(*before, *next).faults(open_bundle(status)), IsEmpty()) << status;
    }
}

} // namespace
} // namespace tongban::cases
