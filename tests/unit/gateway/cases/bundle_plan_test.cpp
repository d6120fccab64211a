// What a filing for several items becomes, and what refuses it: by its children's own rules, whole.
#include "gateway/cases/child_filing.hpp"
#include "tests/unit/gateway/cases/bundle_samples.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace tongban::cases::sample {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(BundlePlan, TheNumberOfAChildSaysWhoseItIs) {
    for (const std::uint32_t child : {1U, 9U, 32U}) {
        const auto number = child_case_no("XZ-2026", child);
        const auto found = child_number_of(number);
        ASSERT_TRUE(found) << number;
        EXPECT_EQ(found->parent_case_no, "XZ-2026");
        EXPECT_EQ(found->child, child);
    }
    for (const char* none : {"", "-", "-1", "XZ", "XZ-", "XZ-0", "XZ-01", "XZ-33", "XZ-1a", "XZ-+1", "XZ--", "XZ-99999999999"}) {
        EXPECT_FALSE(child_number_of(none)) << none;
    }
}

TEST(BundlePlan, HandsEachChildItsOwnAndNothingElse) {
    const auto filed = bundle_filing();
    const auto judged = plan(with_bundle(), filed);
    ASSERT_FALSE(judged.refused()) << judged.found[0].ShortDebugString();
    ASSERT_EQ(judged.plan.children_size(), 2);
    const auto& first = judged.plan.children(0);
    EXPECT_EQ(first.source_case_no(), filed.case_().source_case_no() + "-1");
    EXPECT_EQ(first.dest_region(), "140400");
    EXPECT_EQ(first.item().impl_code(), housing);
    EXPECT_EQ(first.item().version(), "1");
    EXPECT_EQ(first.terms().agreement(), "JN-CZ");
    EXPECT_EQ(first.promise().value(), 3);
    const auto& second = judged.plan.children(1);
    EXPECT_EQ(second.dest_region(), "370200");
    EXPECT_THAT(second.after(), ElementsAre(1));
    EXPECT_EQ(second.terms().agreement(), "JN-QD");
    EXPECT_NE(first.case_id(), second.case_id());

    const auto of_first = child_filing(filed, first);
    ASSERT_EQ(of_first.dossier().form_size(), 1);
    EXPECT_EQ(of_first.dossier().form(0).name(), "hjdz");
    EXPECT_EQ(of_first.dossier().form(0).value(), "山东省济宁市");
    ASSERT_EQ(of_first.dossier().materials_size(), 1);
    EXPECT_EQ(of_first.dossier().materials(0).code(), "CL002");
    EXPECT_EQ(of_first.dossier().materials(0).files(0).sha256(), std::string(64, 'a'));
    EXPECT_EQ(of_first.dossier().applicant().name(), filed.dossier().applicant().name());
    EXPECT_EQ(of_first.case_submitted().parent().child(), 1u);
    const auto of_second = child_filing(filed, second);
    EXPECT_EQ(of_second.DebugString().find("山东省济宁市"), std::string::npos) << "what is the first child's alone";
    EXPECT_THAT(of_second.dossier().materials(), IsEmpty());
}

TEST(BundlePlan, LeavesOutWhatTheFormDoesNotAskForAndWaitsForNothingThatIsNotThere) {
    auto known = with_bundle();
    auto& bundle = bundle_of(known);
    bundle.mutable_children(0)->mutable_condition()->set_field("没有这一项");
    auto filed = bundle_filing();
    const auto judged = plan(std::move(known), filed);
    ASSERT_FALSE(judged.refused());
    ASSERT_EQ(judged.plan.children_size(), 1);
    EXPECT_EQ(judged.plan.children(0).number(), 2u) << "numbers are the configuration's";
    EXPECT_THAT(judged.plan.children(0).after(), IsEmpty());
}

TEST(BundlePlan, ABlankBesideAValueLeavesNoChildOut) {
    for (const char* value : {"是 ", "　是", "是"}) {
        auto filed = bundle_filing();
        filed.mutable_dossier()->mutable_form(2)->set_value(value);
        EXPECT_EQ(plan(with_bundle(), filed).plan.children_size(), 2) << '[' << value << ']';
    }
    auto filed = bundle_filing();
    filed.mutable_dossier()->mutable_form(2)->set_value("否 ");
    EXPECT_EQ(plan(with_bundle(), filed).plan.children_size(), 1);
}

TEST(BundlePlan, ADestinationIsReadAsPeopleAndSystemsWriteIt) {
    auto filed = bundle_filing();
    const std::string plain = filed.dossier().form(1).value();
    std::string wide;
    for (const char digit : plain) {
        wide += std::string("\xEF\xBC") + static_cast<char>('\x90' + digit - '0');
    }
    for (const auto& value : {plain + ' ', "　" + plain, wide, plain + "000000"}) {
        filed.mutable_dossier()->mutable_form(1)->set_value(value);
        const auto judged = plan(with_bundle(), filed);
        ASSERT_FALSE(judged.refused()) << value;
        EXPECT_EQ(judged.plan.children(1).dest_region(), plain);
    }
    for (const auto& value : {plain + "001001", plain + "00", std::string("000000")}) {
        filed.mutable_dossier()->mutable_form(1)->set_value(value);
        EXPECT_TRUE(plan(with_bundle(), filed).refused()) << value;
    }
}

// Names of fields and materials mean what values mean: white space and width are nobody's intent.
TEST(BundlePlan, ABlankBesideANameLosesNothing) {
    const auto as_written = plan(with_bundle(), bundle_filing());
    auto filed = bundle_filing();
    for (auto& field : *filed.mutable_dossier()->mutable_form()) {
        field.set_name("　" + field.name() + " ");
    }
    filed.mutable_dossier()->mutable_materials(0)->set_code("Ｍ1 ");
    const auto judged = plan(with_bundle(), filed);
    EXPECT_THAT(rules_of(judged), IsEmpty());
    ASSERT_EQ(judged.plan.children_size(), 2);
    for (int i = 0; i < 2; ++i) {
        const auto wanted = child_filing(bundle_filing(), as_written.plan.children(i));
        const auto given = child_filing(filed, judged.plan.children(i));
        EXPECT_EQ(given.case_().dest_region(), wanted.case_().dest_region());
        EXPECT_EQ(given.dossier().DebugString(), wanted.dossier().DebugString());
    }
    say(filed, "银行账号", "6222000000000001");
    EXPECT_THAT(rules_of(plan(with_bundle(), filed)), ElementsAre("form_ambiguous"));
}

struct refusal {
    const char* rule;
    std::function<void(catalogue_contents&, v1::CaseEvent&)> change;
};

TEST(BundlePlan, RefusesTheWholeForWhatRefusesOneOfIt) {
    const refusal rows[] = {
        {"bundle_unknown", [](auto&, auto& filed) { filed.mutable_case_submitted()->set_bundle_code("X"); }},
        {"bundle_not_in_force", [](auto& known, auto&) { bundle_of(known).set_valid_from("2027-01-01"); }},
        {"bundle_origin", [](auto& known, auto&) { bundle_of(known).set_origins(0, "320300"); }},
        {"bundle_empty",
         [](auto& known, auto&) {
             for (auto& child : *bundle_of(known).mutable_children()) {
                 child.mutable_condition()->set_field("没有这一项");
             }
         }},
        {"bundle_destination",
         [](auto&, auto& filed) { filed.mutable_dossier()->mutable_form(1)->set_value("青岛"); }},
        {"form_ambiguous", [](auto&, auto& filed) { say(filed, "银行账号", "6222000000000001"); }},
        {"form_ambiguous", [](auto&, auto& filed) { say(filed, "参保地", "140400"); }},
        {"form_ambiguous", [](auto&, auto& filed) { say(filed, "申请补贴", "否"); }},
        {"bundle_item", [](auto&, auto& filed) { filed.mutable_case_submitted()->mutable_item()->set_impl_code(housing); }},
        {"bundle_item", [](auto&, auto& filed) { filed.mutable_case_submitted()->mutable_item()->set_basic_code(pension); }},
        {"bundle_item", [](auto&, auto& filed) { filed.mutable_case_submitted()->mutable_item()->set_version("1"); }},
        {"length",
         [](auto&, auto& filed) { filed.mutable_case_()->set_source_case_no(std::string(49, '1')); }},
        {"agreement_missing", [](auto&, auto& filed) { filed.mutable_dossier()->mutable_form(1)->set_value("140400"); }},
        {"mode",
         [](auto& known, auto&) { first_item(known).add_modes(v1::BUSINESS_MODE_COLLECT_FOR_OTHER); }},
    };
    for (const auto& row : rows) {
        auto known = with_bundle();
        auto filed = bundle_filing();
        if (std::string_view(row.rule) == "agreement_missing") {
            add_item(known, "320300", pension);
            filed.mutable_dossier()->mutable_form(1)->set_value("320300");
        } else {
            row.change(known, filed);
        }
        const auto judged = plan(std::move(known), filed);
        EXPECT_TRUE(judged.refused()) << row.rule;
        EXPECT_THAT(rules_of(judged), testing::Contains(row.rule));
    }
    auto filed = bundle_filing();
    filed.mutable_dossier()->clear_materials();
    EXPECT_THAT(rules_of(plan(with_bundle(), filed)), ElementsAre("material_missing", "material_missing"))
        << "the bundle's, and the first item's";
}

TEST(BundlePlan, WhatIsGivenTwiceTheSameOrReadByNobodyIsNoContradiction) {
    auto filed = bundle_filing();
    say(filed, "银行账号", "6222000000000000");
    say(filed, "银行账号", " 6222000000000000　");
    say(filed, "备注", "一");
    say(filed, "备注", "二");
    filed.mutable_case_submitted()->mutable_item()->set_name("残疾人服务一件事"); // names the whole
    EXPECT_THAT(rules_of(plan(with_bundle(), filed)), IsEmpty());
}

TEST(BundlePlan, AContradictionIsNamedByBothItsPlacesInTheSendersWords) {
    auto filed = bundle_filing();
    say(filed, "银行账号", "6222000000000001");
    filed.mutable_case_submitted()->mutable_item()->set_impl_code(housing);
    const source_path_of written = [](std::string_view field) {
        return field == "dossier.form[3].value"          ? "$.bank.account"
               : field == "dossier.form[4].value"        ? "$.card"
               : field == "case_submitted.item.impl_code" ? "$.item"
                                                          : "";
    };
    const auto judged = plan_bundle(*catalogue::build(with_bundle()), filed, day, written);
    ASSERT_THAT(rules_of(judged), ElementsAre("bundle_item", "form_ambiguous"));
    EXPECT_THAT(judged.found[0].message_zh(), testing::HasSubstr("$.item、case_submitted.bundle_code"));
    EXPECT_EQ(judged.found[1].field(), "dossier.form[4].value");
    EXPECT_EQ(judged.found[1].source_path(), "$.card");
    for (const auto& sentence : {judged.found[1].message_zh(), judged.found[1].message_en()}) {
        EXPECT_THAT(sentence, testing::HasSubstr("$.bank.account, $.card"));
        EXPECT_THAT(sentence, testing::HasSubstr("银行账号"));
        EXPECT_THAT(sentence, testing::Not(testing::HasSubstr("6222")));
    }
}

TEST(BundlePlan, WhatIsSaidOfAChildSaysOfWhich) {
    auto known = with_bundle();
    first_item(known).add_modes(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    auto filed = bundle_filing();
    filed.mutable_dossier()->mutable_form(1)->set_value("320300"); // no such item there
    const auto name = first_item(known).name();
    const auto judged = plan(std::move(known), filed);
    ASSERT_THAT(rules_of(judged), ElementsAre("mode", "item_unknown"));
    const auto& mode = judged.found[0];
    EXPECT_EQ(mode.field(), "children[0].case_submitted.business_mode");
    EXPECT_THAT(mode.message_zh(), testing::StartsWith("子事项1（" + name + " " + housing + "）：通办方式"));
    EXPECT_THAT(mode.message_en(), testing::StartsWith("child 1 (" + name + " " + housing + "): business mode"));
    const auto& unknown = judged.found[1];
    EXPECT_EQ(unknown.field(), "children[1].case_submitted.item.impl_code");
    EXPECT_THAT(unknown.message_zh(), testing::StartsWith(std::string("子事项2（") + pension + "）："));
}

TEST(BundlePlan, NumbersAreCountedInCharacters) {
    auto filed = bundle_filing();
    std::string number;
    for (int i = 0; i < 48; ++i) {
        number += "号";
    }
    filed.mutable_case_()->set_source_case_no(number);
    EXPECT_FALSE(plan(with_bundle(), filed).refused());
}

TEST(BundleCheck, AGoodOneIsSilent) {
    EXPECT_THAT(faults(with_bundle()), IsEmpty());
}

struct fault_row {
    const char* line;
    std::function<void(v1::CatalogueBundle&)> change;
};

TEST(BundleCheck, NamesEveryMistakeAtItsPlace) {
    const fault_row rows[] = {
        {"b0 code", [](auto& b) { b.clear_code(); }},
        {"b0 name", [](auto& b) { b.clear_name(); }},
        {"b0 version", [](auto& b) { b.clear_version(); }},
        {"b0 valid_from", [](auto& b) { b.set_valid_from("2026-13-01"); }},
        {"b0 origins[0]", [](auto& b) { b.set_origins(0, "99"); }},
        {"b0 materials[0]", [](auto& b) { b.mutable_materials(0)->clear_name(); }},
        {"b0 materials[1].code", [](auto& b) { *b.add_materials() = b.materials(0); }},
        {"b0 children[0].materials", [](auto& b) { b.mutable_children(0)->mutable_materials(0)->set_from("M9"); }},
        {"b0 children[0].item", [](auto& b) { b.mutable_children(0)->set_item(pension); }},
        {"b0 children[1].item", [](auto& b) { b.mutable_children(1)->set_item("000000000000"); }},
        {"b0 children[0].destination", [](auto& b) { b.mutable_children(0)->set_dest_field("x"); }},
        {"b0 children[1].destination", [](auto& b) { b.mutable_children(1)->clear_dest_field(); }},
        {"b0 children[1].after", [](auto& b) { b.mutable_children(1)->set_after(0, 2); }},
        {"b0 children[1].after", [](auto& b) { b.mutable_children(1)->add_after(1); }},
        {"b0 children[1].when", [](auto& b) { b.mutable_children(1)->mutable_condition()->clear_field(); }},
        {"b0 children[1].when", [](auto& b) { b.mutable_children(1)->mutable_condition()->set_field("material:M9"); }},
        {"b0 children[0].fields",
         [](auto& b) { *b.mutable_children(0)->add_fields() = b.children(0).fields(0); }},
        {"b0 children[0].fields",
         [](auto& b) { add_name(*b.mutable_children(0)->mutable_fields(), "现住址", "hjdz"); }},
        {"b0 children[1].fields", [](auto& b) { b.mutable_children(1)->mutable_fields(0)->clear_from(); }},
        {"b0 children[0].materials (warning)", [](auto& b) { b.mutable_children(0)->clear_materials(); }},
        {"b0 children",
         [](auto& b) {
             while (b.children_size() <= 32) {
                 *b.add_children() = b.children(1);
             }
         }},
        {"b0 children", [](auto& b) { b.clear_children(); }},
    };
    for (const auto& row : rows) {
        auto known = with_bundle();
        row.change(bundle_of(known));
        EXPECT_THAT(faults(std::move(known)), testing::Contains(row.line)) << row.line;
    }
}

TEST(BundleCheck, ADestinationWithoutAnAgreementIsToldWhenTheFileIsRead) {
    auto known = with_bundle();
    bundle_of(known).add_origins("320300");
    EXPECT_THAT(faults(std::move(known)), ElementsAre("b0 children[0].destination"));
    auto anywhere = with_bundle();
    bundle_of(anywhere).clear_origins();
    first_agreement(anywhere).set_destinations(0, "370200");
    EXPECT_THAT(faults(std::move(anywhere)), testing::Contains("b0 children[0].destination (warning)"));
}

TEST(BundleCheck, VersionsStandSideBySideAndNotOverEachOther) {
    auto known = with_bundle();
    auto& next = known.add_bundle();
    next = bundle_of(known);
    next.set_version("2");
    EXPECT_THAT(faults(with_bundle()), IsEmpty());
    next.set_valid_from("2027-01-01");
    bundle_of(known).set_valid_to("2026-12-31");
    auto apart = catalogue::build(std::move(known));
    EXPECT_EQ(apart->bundles("CJR").size(), 2u);
    EXPECT_THAT(check_catalogue(*apart, {day, {}}), IsEmpty());
}

} // namespace
} // namespace tongban::cases::sample
