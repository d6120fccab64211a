// Materials of a bundle, given once for the whole: what counts for it is what its children get.
#include "tests/unit/gateway/cases/bundle_samples.hpp"

#include <gmock/gmock.h>

namespace tongban::cases::sample {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* licence = "1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.R";

v1::Material& bring(v1::CaseEvent& filed, const char* code, const char* name, char file) {
    auto& one = *filed.mutable_dossier()->add_materials();
    one.set_code(code);
    one.set_name(name);
    one.add_files()->set_sha256(std::string(64, file));
    return one;
}

// "code name file" of each.
std::vector<std::string> materials_of(const v1::CaseEvent& filed) {
    std::vector<std::string> lines;
    for (const auto& one : filed.dossier().materials()) {
        lines.push_back(one.code() + ' ' + one.name() + (one.files().empty() ? "" : ' ' + one.files(0).sha256().substr(0, 1)));
    }
    return lines;
}

TEST(BundleMaterials, WhatCountsByItsNameIsHandedOnUnderTheChildsCode) {
    for (const char* code : {"", "CL-9"}) {
        auto filed = bundle_filing();
        filed.mutable_dossier()->clear_materials();
        bring(filed, "M9", "别的材料", 'b');
        bring(filed, code, "购房合同", 'a');
        const auto judged = plan(with_bundle(), filed);
        ASSERT_THAT(rules_of(judged), IsEmpty()) << code;
        EXPECT_THAT(materials_of(child_filing(filed, judged.plan.children(0))), ElementsAre("CL002 购房合同 a"));
        EXPECT_THAT(materials_of(child_filing(filed, judged.plan.children(1))), IsEmpty());
    }
}

TEST(BundleMaterials, EveryPartOfOneIsHandedOnAndACodeThatIsUsedTwiceHandsOnNoOther) {
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    bring(filed, "1", "购房合同", 'a');
    bring(filed, "1", "银行卡", 'b');
    bring(filed, "M1", "合同附页", 'c');
    const auto judged = plan(with_bundle(), filed);
    ASSERT_THAT(rules_of(judged), IsEmpty());
    EXPECT_THAT(materials_of(child_filing(filed, judged.plan.children(0))),
                testing::UnorderedElementsAre("CL002 购房合同 a", "CL002 合同附页 c"));
}

TEST(BundleMaterials, ALicenceThatStandsForOneIsHandedOnAndTheChildsItemJudgesIt) {
    const auto licensed = [](bool item_too) {
        auto known = with_bundle();
        bundle_of(known).mutable_materials(0)->set_licence_type("不动产权证书");
        first_item(known).mutable_materials(0)->set_licence_type(item_too ? "不动产权证书" : "");
        return known;
    };
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    for (const char* name : {"居民身份证", "不动产权证书"}) {
        auto& certificate = *filed.mutable_dossier()->add_certificates();
        certificate.set_name(name);
        certificate.set_licence_ref(licence);
    }
    const auto judged = plan(licensed(true), filed);
    ASSERT_THAT(rules_of(judged), IsEmpty());
    const auto child = child_filing(filed, judged.plan.children(0));
    ASSERT_EQ(child.dossier().certificates_size(), 1) << "the other stands for nothing that the child gets";
    EXPECT_EQ(child.dossier().certificates(0).name(), "不动产权证书");
    EXPECT_THAT(child_filing(filed, judged.plan.children(1)).dossier().certificates(), IsEmpty());
    EXPECT_THAT(rules_of(plan(licensed(false), filed)), ElementsAre("material_missing")) << "the child's item takes none";
}

TEST(BundleMaterials, ALicenceAmongTheMaterialsIsKnownByItsTypeAndHandedOnUnderTheChildsCode) {
    auto known = with_bundle();
    bundle_of(known).mutable_materials(0)->set_licence_type("11100000000013338W001");
    auto filed = bundle_filing();
    auto& only = *filed.mutable_dossier()->mutable_materials(0);
    only.Clear();
    only.set_name("产权证");
    only.set_licence_ref(licence);
    const auto judged = plan(std::move(known), filed);
    ASSERT_THAT(rules_of(judged), IsEmpty());
    EXPECT_THAT(materials_of(child_filing(filed, judged.plan.children(0))), ElementsAre("CL002 产权证"));
}

TEST(BundleMaterials, TheSourceOfAValueGoesWithItAndNoOther) {
    auto filed = bundle_filing();
    auto& dossier = *filed.mutable_dossier();
    dossier.clear_materials();
    bring(filed, "M9", "别的材料", 'b');
    bring(filed, "", "购房合同", 'a');
    const auto judged = plan(with_bundle(), filed);
    ASSERT_THAT(rules_of(judged), IsEmpty());
    const auto& fields = judged.plan.children(0).fields();
    ASSERT_FALSE(fields.empty()) << "the sample hands a field on";
    for (const auto& field : {std::string("applicant.id_no"), "form." + fields[0].from(), std::string("form.无人要的"),
                              std::string("materials[0].name"), std::string("materials[1].name"), std::string("note")}) {
        auto& one = *dossier.add_field_sources();
        one.set_field(field);
        one.set_source("数源");
        one.set_standard("GB 11643");
    }
    const auto child = child_filing(filed, judged.plan.children(0));
    std::vector<std::string> got;
    for (const auto& one : child.dossier().field_sources()) {
        EXPECT_EQ(one.source() + one.standard(), "数源GB 11643");
        got.push_back(one.field());
    }
    EXPECT_THAT(got, ElementsAre("applicant.id_no", "form." + name_for_child(fields[0]), "materials[0].name"));
}

TEST(BundleMaterials, OneThatIsStillOwedGoesWithTheRestAndCountsForNobody) {
    auto filed = bundle_filing();
    auto& only = *filed.mutable_dossier()->mutable_materials(0);
    only.set_code("");
    only.set_name("购房合同");
    only.clear_files();
    only.mutable_tolerance()->set_allowed(true);
    EXPECT_THAT(rules_of(plan(with_bundle(), filed)), ElementsAre("material_missing", "material_missing"));
}

TEST(BundleMaterials, APlanOfAnEarlierReleaseGoesByCodeAlone) {
    auto filed = bundle_filing();
    bring(filed, "", "购房合同", 'b');
    v1::BundleChild child;
    add_name(*child.mutable_materials(), "M1", "CL002");
    EXPECT_THAT(materials_of(child_filing(filed, child)), ElementsAre("CL002 合同 a"));
    for (const char* nowhere : {"dossier.materials[2]", "dossier.materials[-1]", "dossier.materials[x]", "dossier.certificates[0]"}) {
        child.mutable_materials(0)->set_from(nowhere);
        EXPECT_THAT(materials_of(child_filing(filed, child)), IsEmpty()) << nowhere;
    }
}

TEST(BundleMaterials, AConditionOnAMaterialHoldsForWhateverCountsAsIt) {
    auto known = with_bundle();
    bundle_of(known).mutable_children(1)->mutable_condition()->set_field("material:M1");
    bundle_of(known).mutable_children(1)->mutable_condition()->clear_values();
    const auto children_of = [&](const v1::CaseEvent& filed) {
        auto copy = with_bundle();
        bundle_of(copy) = bundle_of(known);
        return plan(std::move(copy), filed).plan.children_size();
    };
    auto filed = bundle_filing();
    EXPECT_EQ(children_of(filed), 2);
    filed.mutable_dossier()->clear_materials();
    auto& named = bring(filed, "", "购房合同", 'a');
    EXPECT_EQ(children_of(filed), 2);
    named.clear_files();
    EXPECT_EQ(children_of(filed), 1) << "without a file";
    bundle_of(known).mutable_materials(0)->set_licence_type("不动产权证书");
    auto& certificate = *filed.mutable_dossier()->add_certificates();
    certificate.set_name("不动产权证书");
    certificate.set_licence_ref(licence);
    EXPECT_EQ(children_of(filed), 2);
}

v1::CatalogueMaterial& listed(catalogue_contents& of) { return *bundle_of(of).mutable_materials(0); }
v1::CatalogueMaterial& own(catalogue_contents& of) { return *first_item(of).mutable_materials(0); }

// Of the bundle, of the first child's item.
catalogue_contents tolerating(bool whole, bool item) {
    auto known = with_bundle();
    listed(known).set_tolerance(whole);
    own(known).set_tolerance(item);
    if (item) {
        own(known).mutable_tolerance_limit()->set_value(5);
        own(known).mutable_tolerance_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    }
    return known;
}

TEST(BundleTolerance, AsksForItOfEveryChildAndTheChildsItemDecides) {
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    EXPECT_THAT(rules_of(plan(tolerating(true, true), filed)), ElementsAre("material_missing", "material_missing"))
        << "nobody asked";
    EXPECT_THAT(plan(tolerating(true, true), filed).found[0].message_zh(), testing::HasSubstr("可申请容缺受理"));
    filed.mutable_case_submitted()->set_tolerance(true);
    const auto judged = plan(tolerating(true, true), filed);
    EXPECT_THAT(rules_of(judged), ElementsAre("material_owed (warning)"));
    EXPECT_EQ(judged.found[0].field(), "children[0].dossier.materials");
    ASSERT_EQ(judged.plan.children(0).terms().missing_size(), 1);
    EXPECT_EQ(judged.plan.children(0).terms().missing(0).code(), "CL002");
    EXPECT_EQ(judged.plan.children(0).terms().missing(0).limit().value(), 5) << "the item's";
    EXPECT_TRUE(child_filing(filed, judged.plan.children(0)).case_submitted().tolerance());

    EXPECT_THAT(rules_of(plan(tolerating(false, true), filed)), ElementsAre("material_missing", "material_owed (warning)"))
        << "the bundle does not allow it";
    EXPECT_THAT(rules_of(plan(tolerating(true, false), filed)), ElementsAre("material_missing", "material_missing"))
        << "the item does not";
}

TEST(BundleTolerance, WhatNoChildWouldOweIsMissing) {
    auto known = tolerating(true, true);
    own(known).set_required(false);
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    filed.mutable_case_submitted()->set_tolerance(true);
    const auto judged = plan(std::move(known), filed);
    ASSERT_THAT(rules_of(judged), ElementsAre("material_missing"));
    EXPECT_THAT(judged.found[0].message_zh(), testing::HasSubstr("没有子事项可容缺此材料"));

    auto by_name = tolerating(true, true); // the item's list has no codes
    own(by_name).clear_code();
    EXPECT_THAT(rules_of(plan(std::move(by_name), filed)), ElementsAre("material_owed (warning)"));
}

TEST(BundleTolerance, ALetterOfCommitmentStandsForOneWhereTheChildGetsIt) {
    auto known = with_bundle();
    listed(known).set_commitment(true);
    own(known).set_commitment(true);
    auto& letter = *bundle_of(known).add_materials();
    letter.set_code("M2");
    letter.set_name("告知承诺书");
    add_name(*bundle_of(known).mutable_children(0)->mutable_materials(), "M2");
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    bring(filed, "M2", "告知承诺书", 'a');
    filed.mutable_case_submitted()->set_commitment(true);
    EXPECT_THAT(rules_of(plan(std::move(known), filed)), ElementsAre("material_committed (warning)"));
}

TEST(BundleTolerance, WhatTheCatalogueSaysOfItIsHeldAgainstTheChildsItem) {
    EXPECT_THAT(faults(tolerating(true, true)), IsEmpty());
    EXPECT_THAT(faults(tolerating(true, false)), ElementsAre("b0 materials[0].tolerance (warning)"));
    auto other_limit = tolerating(true, true);
    *listed(other_limit).mutable_tolerance_limit() = own(other_limit).tolerance_limit();
    listed(other_limit).mutable_tolerance_limit()->set_value(20);
    EXPECT_THAT(faults(std::move(other_limit)), ElementsAre("b0 materials[0].tolerance_limit (warning)"));
    auto letter = with_bundle();
    listed(letter).set_commitment(true);
    EXPECT_THAT(faults(std::move(letter)), ElementsAre("b0 materials[0].commitment (warning)"));

    auto without = with_bundle();
    listed(without).mutable_tolerance_limit()->set_value(5);
    listed(without).mutable_tolerance_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    EXPECT_THAT(faults(std::move(without)), ElementsAre("b0 materials[0].tolerance_limit")) << "as of an item's";
    auto twice = with_bundle();
    *bundle_of(twice).add_materials() = listed(twice);
    bundle_of(twice).mutable_materials(1)->set_code("M2");
    EXPECT_THAT(faults(std::move(twice)), ElementsAre("b0 materials[1].name"));
}

} // namespace
} // namespace tongban::cases::sample
