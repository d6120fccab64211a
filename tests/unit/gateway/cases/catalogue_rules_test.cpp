// What a filing is told by catalogue and agreements: each rule broken by itself, and what a good one gets.
#include "gateway/cases/case_terms.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <gmock/gmock.h>

namespace tongban::cases {
namespace {

using sample::contents;
using sample::first_agreement;
using sample::first_item;
using sample::submission;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

catalogue_judgement judged(catalogue_contents known, const v1::CaseEvent& event) {
    static std::shared_ptr<const catalogue> kept; // rows of the judgement live in it
    kept = catalogue::build(std::move(known));
    return judge(*kept, event, sample::day, {});
}

std::vector<std::string> told(catalogue_contents known, const v1::CaseEvent& event) {
    return sample::told(judged(std::move(known), event));
}

v1::CaseEvent with(void (*change)(v1::CaseEvent&)) {
    auto event = submission();
    change(event);
    return event;
}

catalogue_contents with(void (*change)(catalogue_contents&)) {
    auto known = contents();
    change(known);
    return known;
}

TEST(CatalogueRules, AFilingThatFitsIsToldNothing) {
    const auto result = judged(contents(), submission());
    EXPECT_THAT(sample::told(result), IsEmpty());
    ASSERT_NE(result.item, nullptr);
    ASSERT_NE(result.agreement, nullptr);
    EXPECT_EQ(result.agreement->agreement->id(), "JN-CZ");
}

TEST(CatalogueRules, AnUnknownItemIsRefusedWithTheNearestCodes) {
    const auto result = judged(contents(), with([](v1::CaseEvent& e) {
        e.mutable_case_submitted()->mutable_item()->set_impl_code("11140400TT000031433002017003001");
    }));
    EXPECT_THAT(sample::told(result), ElementsAre("case_submitted.item.impl_code item_unknown"));
    EXPECT_THAT(result.found[0].message_zh(), HasSubstr(sample::housing));
    EXPECT_THAT(result.found[0].message_en(), HasSubstr(sample::housing));
}

TEST(CatalogueRules, AnItemOfAnotherRegionIsNamedSo) {
    const auto result = judged(with([](catalogue_contents& known) { sample::add_item(known, "370800", sample::pension); }),
                               with([](v1::CaseEvent& e) {
                                   e.mutable_case_submitted()->mutable_item()->set_impl_code(sample::pension);
                               }));
    ASSERT_EQ(result.found.size(), 1);
    EXPECT_THAT(result.found[0].message_en(), HasSubstr("it is an item of 370800"));
}

TEST(CatalogueRules, TheBasicCodeAloneIsEnoughWhereOneBodyHandlesIt) {
    const auto by_basic = with([](v1::CaseEvent& e) {
        e.mutable_case_submitted()->mutable_item()->clear_impl_code();
        e.mutable_case_submitted()->mutable_item()->set_basic_code("002017003000");
    });
    EXPECT_THAT(told(contents(), by_basic), IsEmpty());
    EXPECT_THAT(told(with([](catalogue_contents& known) {
                         sample::add_item(known, "140400", "11140400TT00000XXX3002017003000");
                     }),
                     by_basic),
                ElementsAre("case_submitted.item.impl_code item_unknown"));
}

TEST(CatalogueRules, AnotherVersionIsRefusedOrWarnedAsTheItemSays) {
    const auto asks_for_2 = with([](v1::CaseEvent& e) { e.mutable_case_submitted()->mutable_item()->set_version("2"); });
    EXPECT_THAT(told(contents(), asks_for_2), ElementsAre("case_submitted.item.version item_version"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).set_other_versions(v1::VERSION_RULE_WARN); }),
                     asks_for_2),
                ElementsAre("case_submitted.item.version item_version (warning)"));
    EXPECT_THAT(told(contents(), with([](v1::CaseEvent& e) { e.mutable_case_submitted()->mutable_item()->set_version("1"); })),
                IsEmpty());
}

TEST(CatalogueRules, VersionsSideBySideTheOneInForceCounts) {
    const auto result = judged(with([](catalogue_contents& known) {
                                   first_item(known).set_valid_to("2026-11-21");
                                   auto& next = sample::add_item(known, "140400", sample::housing, "2");
                                   next.set_valid_from("2026-11-22");
                               }),
                               submission());
    ASSERT_NE(result.item, nullptr);
    EXPECT_EQ(result.item->item->version(), "2");
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).set_valid_to("2026-11-21"); }), submission()),
                ElementsAre("case_submitted.item.impl_code item_not_in_force"));
}

TEST(CatalogueRules, ScopeModeAndSituationMustBeTheItems) {
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).set_scope(v1::SERVICE_SCOPE_CROSS_CITY); }),
                     submission()),
                ElementsAre("case_submitted.item.impl_code scope"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).set_scope(v1::SERVICE_SCOPE_NATIONAL); }),
                     submission()),
                IsEmpty());
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).add_modes(v1::BUSINESS_MODE_FULL_ONLINE); }),
                     submission()),
                ElementsAre("case_submitted.business_mode mode"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).add_situations()->set_code("01"); }),
                     with([](v1::CaseEvent& e) { e.mutable_case_submitted()->mutable_item()->set_situation_code("09"); })),
                ElementsAre("case_submitted.item.situation_code situation_unknown"));
    EXPECT_TRUE(within_scope(v1::SERVICE_SCOPE_CROSS_CITY, "370800", "370200"));
    EXPECT_FALSE(within_scope(v1::SERVICE_SCOPE_CROSS_COUNTY, "370800", "370200"));
    EXPECT_TRUE(within_scope(v1::SERVICE_SCOPE_CROSS_COUNTY, "370811", "370826"));
}

TEST(CatalogueRules, WithoutAnAgreementItIsNamed) {
    const auto missing = judged(with([](catalogue_contents& known) { first_agreement(known).set_origins(0, "370200"); }),
                                submission());
    EXPECT_THAT(sample::told(missing), ElementsAre("case.dest_region agreement_missing"));
    EXPECT_THAT(missing.found[0].message_en(), HasSubstr("370800→140400"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_agreement(known).set_all_items(false); }), submission()),
                ElementsAre("case.dest_region agreement_missing"));

    const auto expired = judged(with([](catalogue_contents& known) { first_agreement(known).set_valid_to("2026-11-21"); }),
                                submission());
    EXPECT_THAT(sample::told(expired), ElementsAre("case.dest_region agreement_expired"));
    EXPECT_THAT(expired.found[0].message_zh(), HasSubstr("JN-CZ"));
    EXPECT_THAT(expired.found[0].message_zh(), HasSubstr("2026-11-21"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_agreement(known).set_valid_from("2026-11-23"); }), submission()),
                ElementsAre("case.dest_region agreement_not_yet_valid"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_agreement(known).add_modes(v1::BUSINESS_MODE_JOINT); }),
                     submission()),
                ElementsAre("case_submitted.business_mode mode"));
}

TEST(CatalogueRules, AnAgreementCoversByClassCodeOrBasicCodeAndBothWays) {
    for (const auto& code : {std::string(sample::housing), std::string("002017003000")}) {
        auto known = contents();
        first_agreement(known).set_all_items(false);
        first_agreement(known).add_items(code);
        EXPECT_THAT(told(std::move(known), submission()), IsEmpty()) << code;
    }
    EXPECT_THAT(told(with([](catalogue_contents& known) {
                         first_agreement(known).set_all_items(false);
                         first_agreement(known).add_item_classes("housing");
                     }),
                     submission()),
                IsEmpty());
    const auto turned = [](bool mutual) {
        auto known = contents();
        first_agreement(known).set_origins(0, "140400");
        first_agreement(known).set_destinations(0, "370800");
        first_agreement(known).set_mutual(mutual);
        return known;
    };
    EXPECT_THAT(told(turned(true), submission()), IsEmpty());
    EXPECT_THAT(told(turned(false), submission()), ElementsAre("case.dest_region agreement_missing"));
}

TEST(CatalogueRules, WithoutAListOfAgreementsNoneIsAskedFor) {
    EXPECT_THAT(told(with([](catalogue_contents& known) {
                         known.agreements.clear();
                         known.header.set_agreements_listed(false);
                     }),
                     submission()),
                IsEmpty());
}

// Code and text disagree: the code decides, and one file is not two materials.
TEST(CatalogueRules, AMaterialIsFiledByItsCodeElseByItsName) {
    const auto known = [] {
        return with([](catalogue_contents& both) {
            auto& other = *first_item(both).add_materials();
            other.set_code("CL003");
            other.set_name("户口簿");
            other.set_required(true);
        });
    };
    const auto filed = [](std::initializer_list<std::pair<const char*, const char*>> all) {
        auto e = submission();
        e.mutable_dossier()->clear_materials();
        for (const auto& [code, name] : all) {
            auto& material = *e.mutable_dossier()->add_materials();
            material.set_code(code);
            material.set_name(name);
        }
        return e;
    };
    EXPECT_THAT(told(known(), filed({{"CL002", ""}, {"", "户口簿"}})), IsEmpty());
    EXPECT_THAT(told(known(), filed({{"ＣＬ００２", ""}, {"A-3", "　户口簿"}})), IsEmpty()) << "a code of the city's own";
    EXPECT_THAT(told(known(), filed({{"CL002", "户口簿"}})), ElementsAre("dossier.materials material_missing"));
}

TEST(CatalogueRules, ARequiredMaterialIsNamedUnlessItMayBeOwed) {
    const auto without = with([](v1::CaseEvent& e) { e.mutable_dossier()->clear_materials(); });
    const auto result = judged(contents(), without);
    EXPECT_THAT(sample::told(result), ElementsAre("dossier.materials material_missing"));
    EXPECT_THAT(result.found[0].message_zh(), HasSubstr("CL002 购房合同"));

    const auto owed = with([](v1::CaseEvent& e) {
        e.mutable_dossier()->clear_materials();
        e.mutable_case_submitted()->set_tolerance(true);
    });
    EXPECT_THAT(told(contents(), owed), ElementsAre("dossier.materials material_missing")) << "the item allows none";
    const auto tolerant = [] {
        return with([](catalogue_contents& known) { first_item(known).mutable_materials(0)->set_tolerance(true); });
    };
    EXPECT_THAT(told(tolerant(), owed), ElementsAre("dossier.materials material_owed (warning)"));
    EXPECT_THAT(told(tolerant(), without), ElementsAre("dossier.materials material_missing")) << "not asked for";
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).mutable_materials(0)->set_commitment(true); }),
                     with([](v1::CaseEvent& e) {
                         e.mutable_dossier()->clear_materials();
                         e.mutable_dossier()->add_materials()->set_name("告知承诺书");
                         e.mutable_case_submitted()->set_commitment(true);
                     })),
                ElementsAre("dossier.materials material_committed (warning)"));
    EXPECT_THAT(told(with([](catalogue_contents& known) { first_item(known).mutable_materials(0)->set_commitment(true); }),
                     with([](v1::CaseEvent& e) {
                         e.mutable_dossier()->clear_materials();
                         e.mutable_case_submitted()->set_commitment(true);
                     })),
                ElementsAre("dossier.materials commitment_missing")) << "without its letter";
    EXPECT_THAT(told(contents(), with([](v1::CaseEvent& e) {
                         auto& material = *e.mutable_dossier()->mutable_materials(0);
                         material.set_name("另一名称");
                         material.set_code("CL002");
                     })),
                IsEmpty())
        << "by code";
}

TEST(CatalogueRules, ThePromiseOfTheCatalogueCounts) {
    EXPECT_THAT(told(contents(), with([](v1::CaseEvent& e) { e.mutable_case_submitted()->mutable_promise()->set_value(5); })),
                ElementsAre("case_submitted.promise promise_differs (warning)"));
    EXPECT_THAT(told(contents(), with([](v1::CaseEvent& e) {
                         e.mutable_case_submitted()->set_case_type(v1::CASE_TYPE_IMMEDIATE);
                     })),
                ElementsAre("case_submitted.case_type case_type_differs (warning)"));
}

TEST(CatalogueRules, ACollectionIsAskedForItemAndAgreementNotForMaterials) {
    v1::CaseEvent collected = submission();
    const auto item = collected.case_submitted().item();
    *collected.mutable_case_collected()->mutable_item() = item;
    collected.mutable_dossier()->clear_materials();
    EXPECT_THAT(told(contents(), collected), IsEmpty());
    collected.mutable_case_()->set_origin_region("370200");
    EXPECT_THAT(told(contents(), collected), ElementsAre("case.dest_region agreement_missing"));
}

TEST(CatalogueRules, TermsSayUnderWhichRulesTheCaseRuns) {
    auto known = contents();
    auto& item = first_item(known);
    item.set_level(v1::AUTHORITY_LEVEL_CITY);
    item.mutable_statutory()->set_value(20);
    item.mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    item.set_notice_days(3);
    item.set_delivery_days(7);
    item.set_archive_days(9);
    item.set_opens_minute(540);
    item.set_closes_minute(1020);
    item.set_yellow_percent(20);
    item.mutable_materials(0)->set_tolerance(true);
    item.mutable_deciding()->set_uscc("11370800TT000012XL");
    first_agreement(known).set_accepts_by_mandate(true);
    auto result = judged(std::move(known), submission());
    v1::CaseTerms terms;
    fill_terms(result, terms);
    EXPECT_EQ(terms.ShortDebugString(),
              "item_version: \"1\" agreement: \"JN-CZ\" rules_version: \"2022\" promise { value: 3 unit: LIMIT_UNIT_WORKDAY } "
              "statutory { value: 20 unit: LIMIT_UNIT_WORKDAY } notice_days: 3 delivery_days: 7 opens_minute: 540 "
              "closes_minute: 1020 yellow_percent: 20 item_class: \"housing\" level: AUTHORITY_LEVEL_CITY tolerance: true "
              "deciding_uscc: \"11370800TT000012XL\" accepts_by_mandate: true archive_days: 9");

    auto delegated = contents();
    auto& delegation = *first_agreement(delegated).add_delegations();
    delegation.add_items("002017003000");
    delegation.mutable_deciding()->set_uscc("91370899TT0000015Q");
    result = judged(std::move(delegated), submission());
    v1::CaseTerms other;
    fill_terms(result, other);
    EXPECT_EQ(other.deciding_uscc(), "91370899TT0000015Q") << "the agreement's delegate 2号章";
}

} // namespace
} // namespace tongban::cases
