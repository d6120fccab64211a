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

} // namespace
} // namespace tongban::cases
