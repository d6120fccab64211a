// One broken rule at a time against a valid case: exactly the expected finding, in both languages, without
// the value.
#include "tests/unit/gateway/cases/sample_event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace tongban::cases::sample {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using e = v1::CaseEvent;

TEST(Validate, ValidCaseHasNoFindings) {
    EXPECT_THAT(told(submission()), IsEmpty());
}

struct breach {
    const char* name;
    std::function<void(e&)> make;
    const char* expected;
};

v1::Applicant& applicant(e& event) {
    return *event.mutable_dossier()->mutable_applicant();
}
v1::CaseSubmitted& filed(e& event) {
    return *event.mutable_case_submitted();
}

std::string name_of(const testing::TestParamInfo<breach>& tested) {
    return tested.param.name;
}

class validate_breach : public testing::TestWithParam<breach> {};

TEST_P(validate_breach, IsTheOnlyFindingAndKeepsTheValueToItself) {
    auto event = submission();
    GetParam().make(event);
    EXPECT_THAT(told(event), ElementsAre(GetParam().expected));
    for (const auto& v : violations_of(event)) {
        EXPECT_FALSE(v.message_zh().empty());
        EXPECT_FALSE(v.message_en().empty());
        EXPECT_EQ(v.source_path(), "/at/" + v.field());
        const auto& person = event.dossier().applicant();
        for (const auto& secret : {person.name(), person.id_no(), person.phone(), person.birth_date()}) {
            if (secret.size() > 3) {
                EXPECT_EQ(v.message_zh().find(secret), std::string::npos) << v.message_zh();
                EXPECT_EQ(v.message_en().find(secret), std::string::npos) << v.message_en();
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Applicant, validate_breach,
    testing::Values(
        breach{"NoName", [](e& x) { applicant(x).clear_name(); }, "dossier.applicant.name required"},
        breach{"NameOfBlanks", [](e& x) { applicant(x).set_name(" \u3000\u00a0"); }, "dossier.applicant.name required"},
        breach{"NameWithoutWidth", [](e& x) { applicant(x).set_name("\u200b"); }, "dossier.applicant.name required"},
        breach{"LongName",
               [](e& x) {
                   std::string name;
                   for (int i = 0; i < 101; ++i) {
                       name += "䶮";
                   }
                   applicant(x).set_name(name);
               },
               "dossier.applicant.name length"},
        breach{"LostName", [](e& x) { applicant(x).set_name("王?"); }, "dossier.applicant.name encoding"},
        breach{"ReplacedName", [](e& x) { applicant(x).set_name("王\xEF\xBF\xBD"); },
               "dossier.applicant.name encoding"},
        breach{"MisreadName", [](e& x) { applicant(x).set_name("锟斤拷"); },
               "dossier.applicant.name encoding"},
        breach{"BrokenName", [](e& x) { applicant(x).set_name("\xC3\xFB"); },
               "dossier.applicant.name encoding"},
        breach{"NulInName", [](e& x) { applicant(x).set_name(std::string("王\0甲", 7)); },
               "dossier.applicant.name control_character"},
        breach{"LineBreakInName", [](e& x) { applicant(x).set_name("王\n甲"); },
               "dossier.applicant.name control_character"},
        breach{"DirectionOverride", [](e& x) { applicant(x).set_name("王\u202e甲"); },
               "dossier.applicant.name control_character"},
        breach{"NoNumber", [](e& x) { applicant(x).clear_id_no(); }, "dossier.applicant.id_no required"},
        breach{"NoIdType", [](e& x) { applicant(x).clear_id_type(); }, "dossier.applicant.id_type required"},
        breach{"OddIdType", [](e& x) { applicant(x).set_id_type("身份证"); },
               "dossier.applicant.id_type code"},
        breach{"WrongCheckDigit", [](e& x) { applicant(x).set_id_no("370899198506150011"); },
               "dossier.applicant.id_no check_digit"},
        breach{"Old15", [](e& x) { applicant(x).set_id_no("370899850615001"); },
               "dossier.applicant.id_no length"},
        breach{"Spreadsheet", [](e& x) { applicant(x).set_id_no("3.2E+17"); },
               "dossier.applicant.id_no number"},
        breach{"LowerCaseX", [](e& x) { applicant(x).set_id_no("12019919660412009x"); },
               "dossier.applicant.id_no format"},
        breach{"NoSuchBirthday", [](e& x) { applicant(x).set_id_no("370899202402300010"); },
               "dossier.applicant.id_no date"},
        breach{"NoSuchProvince", [](e& x) { applicant(x).set_id_no("990899198506150010"); },
               "dossier.applicant.id_no region"},
        breach{"GenderDisagrees", [](e& x) { applicant(x).set_gender(v1::GENDER_FEMALE); },
               "dossier.applicant.gender consistent (warning)"},
        breach{"BirthDateDisagrees", [](e& x) { applicant(x).set_birth_date("1985-06-16"); },
               "dossier.applicant.birth_date consistent (warning)"},
        breach{"BirthDateNoDay", [](e& x) { applicant(x).set_birth_date("2024-02-30"); },
               "dossier.applicant.birth_date date"},
        breach{"Phone", [](e& x) { applicant(x).set_phone("1400000010A"); },
               "dossier.applicant.phone format"},
        breach{"Nation", [](e& x) { applicant(x).set_nation("汉"); }, "dossier.applicant.nation code"},
        breach{"NoType", [](e& x) { applicant(x).clear_type(); },
               "dossier.applicant.type required (warning)"},
        breach{"PersonWithUscc",
               [](e& x) {
                   applicant(x).set_id_type("USCC");
                   applicant(x).set_id_no("91370899TT0000015Q");
               },
               "dossier.applicant.id_type consistent (warning)"},
        breach{"EnterpriseWithoutLegalRep",
               [](e& x) {
                   applicant(x).set_type(v1::APPLICANT_TYPE_ENTERPRISE);
                   applicant(x).set_id_type("USCC");
                   applicant(x).set_id_no("91370899TT0000015Q");
               },
               "dossier.applicant.legal_rep.name required (warning)"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Filing, validate_breach,
    testing::Values(
        breach{"NoCaseNumber", [](e& x) { x.mutable_case_()->clear_source_case_no(); },
               "case.source_case_no required"},
        breach{"CaseNumberOfBlanks", [](e& x) { x.mutable_case_()->set_source_case_no("\u3000"); },
               "case.source_case_no format"},
        breach{"CaseNumberThatEndsUnseen", [](e& x) { x.mutable_case_()->set_source_case_no("QD-1\u200b"); },
               "case.source_case_no format"},
        breach{"CaseNumberThatBeginsWithABlank", [](e& x) { x.mutable_case_()->set_source_case_no(" QD-1"); },
               "case.source_case_no format"},
        breach{"LongCaseNumber", [](e& x) { x.mutable_case_()->set_source_case_no(std::string(51, '1')); },
               "case.source_case_no length"},
        breach{"NoDestination", [](e& x) { x.mutable_case_()->clear_dest_region(); },
               "case.dest_region required"},
        breach{"RegionOf12", [](e& x) { x.mutable_case_()->set_dest_region("140400000000"); },
               "case.dest_region region"},
        breach{"RegionNoProvince", [](e& x) { x.mutable_case_()->set_dest_region("990400"); },
               "case.dest_region region"},
        breach{"SameRegion", [](e& x) { x.mutable_case_()->set_dest_region("370800"); },
               "case.dest_region consistent (warning)"},
        breach{"ForeignCaseId", [](e& x) { x.mutable_case_()->set_case_id("42"); }, "case.case_id format"},
        breach{"NoItem", [](e& x) { filed(x).mutable_item()->clear_impl_code(); },
               "case_submitted.item.impl_code required"},
        breach{"ItemOf30",
               [](e& x) { filed(x).mutable_item()->set_impl_code("11140400TT00003143300201700300"); },
               "case_submitted.item.impl_code format"},
        breach{"ItemLevel8",
               [](e& x) { filed(x).mutable_item()->set_impl_code("11140400TT000031438002017003000"); },
               "case_submitted.item.impl_code format"},
        breach{"LegacyItem", [](e& x) { filed(x).mutable_item()->set_impl_code("14040000-GJJ-0001"); },
               "case_submitted.item.impl_code format (warning)"},
        breach{"ItemUscc",
               [](e& x) { filed(x).mutable_item()->set_impl_code("11140400TT000031533002017003000"); },
               "case_submitted.item.impl_code check_digit (warning)"},
        breach{"BasicCode", [](e& x) { filed(x).mutable_item()->set_basic_code("00201I003000"); },
               "case_submitted.item.basic_code format"},
        breach{"HandlingCode",
               [](e& x) { filed(x).mutable_item()->set_handle_item_code("11140400TT000031433002017003000"); },
               "case_submitted.item.handle_item_code format"},
        breach{"NoMode", [](e& x) { filed(x).clear_business_mode(); },
               "case_submitted.business_mode required"},
        breach{"PromiseBeyondStatute",
               [](e& x) {
                   filed(x).mutable_statutory()->set_value(2);
                   filed(x).mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
               },
               "case_submitted.promise range"},
        breach{"PromiseWithoutUnit", [](e& x) { filed(x).mutable_promise()->clear_unit(); },
               "case_submitted.promise.unit required"},
        breach{"NegativePromise", [](e& x) { filed(x).mutable_promise()->set_value(-1); },
               "case_submitted.promise.value range"},
        breach{"AbsurdPromise", [](e& x) { filed(x).mutable_promise()->set_value(100'000); },
               "case_submitted.promise.value range"},
        breach{"NegativeFee", [](e& x) { filed(x).set_fee_fen(-1); }, "case_submitted.fee_fen range"},
        breach{"OwnersUscc", [](e& x) { filed(x).mutable_item_owner()->set_uscc("11140400TT00003144"); },
               "case_submitted.item_owner.uscc check_digit"},
        breach{"Before2000", [](e& x) { x.mutable_occurred_at()->set_seconds(946'684'799); },
               "occurred_at date"},
        breach{"NegativeNanos", [](e& x) { x.mutable_occurred_at()->set_nanos(-1); }, "occurred_at date"},
        breach{"NoEvent", [](e& x) { x.clear_body(); }, "event required"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Dossier, validate_breach,
    testing::Values(
        breach{"AgentIsApplicant",
               [](e& x) {
                   auto& agent = *x.mutable_dossier()->mutable_agent()->mutable_person();
                   agent.set_name("测试甲");
                   agent.set_id_type("111");
                   agent.set_id_no("370899198506150010");
               },
               "dossier.agent.person.id_no consistent"},
        breach{"AgentWithoutName",
               [](e& x) {
                   auto& agent = *x.mutable_dossier()->mutable_agent()->mutable_person();
                   agent.set_id_type("111");
                   agent.set_id_no("370299198808082225");
               },
               "dossier.agent.person.name required"},
        breach{"AuthorisationRanOut",
               [](e& x) {
                   x.mutable_dossier()->mutable_agent()->mutable_authorised_until()->set_seconds(
                       1'700'000'000);
               },
               "dossier.agent.authorised_until date (warning)"},
        breach{"LicenceCheckCharacter",
               [](e& x) {
                   x.mutable_dossier()->mutable_materials(0)->set_licence_ref(
                       "1.2.156.3005.2.11100000MB0143028R001.11120103TT0000437P.120103TT2024000401.001.K");
               },
               "dossier.materials[0].licence_ref check_digit (warning)"},
        breach{"LicenceShape",
               [](e& x) { x.mutable_dossier()->mutable_materials(0)->set_licence_ref("鲁A12345"); },
               "dossier.materials[0].licence_ref format (warning)"},
        breach{"Digest",
               [](e& x) { x.mutable_dossier()->mutable_materials(0)->mutable_files(0)->set_sm3("ABC"); },
               "dossier.materials[0].files[0].sm3 format"},
        breach{"QuestionInAddress", [](e& x) { applicant(x).set_address("山西省?治市"); },
               "dossier.applicant.address encoding (warning)"},
        breach{"ReplacementInForm",
               [](e& x) {
                   auto& field = *x.mutable_dossier()->add_form();
                   field.set_name("小区名称");
                   field.set_value("幸福里\xEF\xBF\xBD号");
               },
               "dossier.form[0].value encoding"},
        breach{"CertificateBackwards",
               [](e& x) {
                   auto& certificate = *x.mutable_dossier()->add_certificates();
                   certificate.set_valid_from("2024-11-04");
                   certificate.set_valid_to("2024-11-03");
               },
               "dossier.certificates[0].valid_to range"}),
    name_of);

TEST(Validate, NamesThatMustPass) {
    for (const char* name : {"王䶮", "阿依·样例", "𠮷田", "Null", "无", "欧阳", "天津样例合成科技有限公司",
                             "O'Brien-Smith", "买买提·吐尔逊江"}) {
        auto event = submission();
        applicant(event).set_name(name);
        EXPECT_THAT(told(event), IsEmpty()) << name;
    }
    auto longest = submission();
    std::string hundred;
    for (int i = 0; i < 100; ++i) {
        hundred += "䶮";
    }
    applicant(longest).set_name(hundred);
    EXPECT_THAT(told(longest), IsEmpty()) << "100 characters, 300 bytes";
}

TEST(Validate, PhonesThatMustPassAndThatMustNot) {
    for (const char* phone : {"14000000101", "02200000401", "022-00000401", "0537-0000000-801", "4000000000",
                              "12345678", "+85200000000"}) {
        auto event = submission();
        applicant(event).set_phone(phone);
        EXPECT_THAT(told(event), IsEmpty()) << phone;
    }
    for (const char* phone : {"1", "无", "140-", "-1400000010", "140--00000101", "１４０００００００３０１",
                              "1.4E+10", "+123", "1400000010114000000101"}) {
        auto event = submission();
        applicant(event).set_phone(phone);
        EXPECT_THAT(told(event), ElementsAre("dossier.applicant.phone format")) << phone;
    }
}

TEST(Validate, TimeMayBeTomorrowNotLater) {
    auto event = submission();
    // 2026-11-24 00:00 +08:00 is the end of tomorrow.
    event.mutable_occurred_at()->set_seconds(1'795'449'600 - 1);
    EXPECT_THAT(told(event), IsEmpty());
    event.mutable_occurred_at()->set_seconds(1'795'449'600);
    EXPECT_THAT(told(event), ElementsAre("occurred_at date"));
}

TEST(Validate, TellsEverythingAtOnce) {
    auto event = submission();
    event.mutable_case_()->set_dest_region("9904");
    filed(event).mutable_item()->set_impl_code("公积金");
    applicant(event).set_id_no("370899198506150011");
    applicant(event).set_phone("x");
    event.mutable_dossier()->mutable_materials(0)->set_name(std::string(201, 'a'));
    EXPECT_THAT(told(event),
                UnorderedElementsAre("case.dest_region region", "case_submitted.item.impl_code format",
                                     "dossier.applicant.id_no check_digit", "dossier.applicant.phone format",
                                     "dossier.materials[0].name length"));
}

TEST(Validate, AbsurdEventGetsABoundedAnswer) {
    auto event = submission();
    for (int i = 0; i < 5000; ++i) {
        event.mutable_dossier()->add_materials()->set_name(std::string("\0", 1));
    }
    EXPECT_EQ(violations_of(event).size(), 200u);
}

TEST(Validate, WhatCouldNotBeTranslatedIsToldOnce) {
    auto event = submission();
    event.clear_occurred_at();
    applicant(event).clear_name();
    std::vector<v1::Violation> faults(1);
    faults[0].set_field("occurred_at");
    faults[0].set_rule("date");
    auto found = validate_translated(event, faults, today, nullptr);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].field(), "dossier.applicant.name");
    EXPECT_TRUE(validate_translated(v1::CaseEvent(), faults, today, nullptr).empty()) << "no event was made of it";
    EXPECT_FALSE(validate_translated(v1::CaseEvent(), {}, today, nullptr).empty());
}

TEST(Validate, WorksWithoutASourcePath) {
    auto event = submission();
    applicant(event).set_id_no("1");
    const auto found = validate(event, today, nullptr);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].source_path(), "");
    EXPECT_EQ(found[0].message_zh(), "证件号码：应为18位。");
    EXPECT_EQ(found[0].message_en(), "identity document number: must have 18 characters.");
}

} // namespace
} // namespace tongban::cases::sample
