// The cities' synthetic sample cases break no rule: their numbers as every dialect must yield them.
#include "gateway/cases/licence_validity.hpp"
#include "tests/unit/gateway/cases/sample_event.hpp"

#include <gtest/gtest.h>

namespace tongban::cases::sample {
namespace {

struct sample_case {
    const char* source_case_no;
    const char* impl_code;
    const char* origin;
    const char* dest;
    v1::ApplicantType type;
    const char* name;
    const char* id_type;
    const char* id_no;
    v1::Gender gender;
    const char* phone;
};

constexpr auto person = v1::APPLICANT_TYPE_NATURAL;
constexpr auto enterprise = v1::APPLICANT_TYPE_ENTERPRISE;
constexpr auto man = v1::GENDER_MALE;
constexpr auto woman = v1::GENDER_FEMALE;
constexpr auto unsaid = v1::GENDER_UNSPECIFIED;

constexpr sample_case samples[] = {
    {"370800241018000127", "11140400TT000031433002017003000", "370800", "140400", person, "测试甲", "111",
     "370899198506150010", man, "14000000101"},
    {"QD370200202410180000321", "11120103TT000041004002036011000", "370200", "120103", person, "样例乙",
     "111", "370299198808082225", woman, "14000000201"},
    {"QD370200202410210000007", "11120103TT0000437P4000131002000", "370200", "120103", enterprise,
     "天津样例合成科技有限公司", "USCC", "91120103TT0004016G", unsaid, "14000000202"},
    {"140400202410210031", "11370800TT000012XL3002014008000", "140400", "370800", person, "王䶮", "111",
     "140499197903021045", woman, "14000000301"},
    {"140400202410240008", "11120103TT0000445J4000711006000", "140400", "120103", person, "阿依·样例", "111",
     "14049920100517003X", man, ""},
    {"120103000000202410180077", "11370800TT0000146F3000709001000", "120103", "370800", person, "样例己",
     "111", "12019919660412009X", man, "02200000401"},
    {"120103000000202410250012", "11370200TT000022643000715005000", "120103", "370200", person, "样例丙",
     "111", "120199199211203314", unsaid, "14000000402"},
    {"XZ32030020241018C0001", "11370800TT0000138L3000131001000", "320300", "370800", person, "样例辛", "111",
     "320399195501011150", man, "14000000501"},
    {"XZRZ202410180001", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例子", "111",
     "320399194101110112", unsaid, "14000000501"},
    {"XZRZ202410180002", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例丑", "111",
     "320399194202120221", unsaid, "14000000502"},
    {"XZRZ202410180003", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例寅", "111",
     "320399194303130330", unsaid, "14000000503"},
    {"XZRZ202410180004", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例卯", "111",
     "32039919440414044X", unsaid, "14000000504"},
    {"XZRZ202410180005", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例辰", "111",
     "320399194505150559", unsaid, "14000000505"},
    {"XZRZ202410180006", "11370800TT000012XL3002014019000", "320300", "370800", person, "样例巳", "111",
     "320399194606160668", unsaid, "14000000506"},
};

TEST(ValidateSamples, EveryFiledSampleIsValid) {
    for (const auto& s : samples) {
        auto event = submission();
        auto& ref = *event.mutable_case_();
        ref.set_source_case_no(s.source_case_no);
        ref.set_origin_region(s.origin);
        ref.set_dest_region(s.dest);
        event.mutable_case_submitted()->mutable_item()->set_impl_code(s.impl_code);
        auto& applicant = *event.mutable_dossier()->mutable_applicant();
        applicant.Clear();
        applicant.set_type(s.type);
        applicant.set_name(s.name);
        applicant.set_id_type(s.id_type);
        applicant.set_id_no(s.id_no);
        applicant.set_gender(s.gender);
        applicant.set_phone(s.phone);
        if (s.type == enterprise) {
            auto& rep = *applicant.mutable_legal_rep();
            rep.set_name("样例丙");
            rep.set_id_type("111");
            rep.set_id_no("120199199211203314");
        }
        EXPECT_EQ(told(event), std::vector<std::string>{}) << s.source_case_no;
    }
}

TEST(ValidateSamples, RefusalWithoutLegalBasisIsWarnedOf) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("QD370200202410180000321");
    event.mutable_occurred_at()->set_seconds(1'729'242'262);
    event.mutable_actor()->set_name("天津市医疗保障局河西分局");
    event.mutable_acceptance_refused();
    event.mutable_dossier()->set_reason("申请人在我区无有效参保记录，不属于本机关职权范围");
    event.mutable_dossier()->mutable_operator_()->set_name("审核员庚");
    EXPECT_EQ(told(event), std::vector<std::string>{"dossier.legal_basis required (warning)"});
}

TEST(ValidateSamples, ClosingWithALicenceIsValid) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("140400202410210031");
    event.mutable_occurred_at()->set_seconds(1730685912);
    event.mutable_actor()->set_uscc("11370800TT000012XL");
    event.mutable_case_closed()->set_outcome(v1::OUTCOME_APPROVED_WITH_CERT);
    event.mutable_case_closed()->set_code_raw("0");
    event.mutable_case_closed()->set_fee_fen(0);
    auto& certificate = *event.mutable_dossier()->add_certificates();
    certificate.set_licence_ref(
        "1.2.156.3005.2.11100000000013338W011.11370800TT0000111W.370800TT2024000001.001.C");
    certificate.set_valid_from("2024-11-04");
    certificate.set_long_term(true);
    EXPECT_EQ(told(event), std::vector<std::string>{});
}

TEST(ValidateSamples, ALicenceThatHasRunOutOrIsNotValidYetIsToldAndTaken) {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("140400202410210031");
    event.mutable_occurred_at()->set_seconds(1730685912);
    event.mutable_case_closed()->set_outcome(v1::OUTCOME_COMPLETED);
    auto& certificate = *event.mutable_dossier()->add_certificates();
    certificate.set_name("居住证");
    certificate.set_valid_from("2020-01-01");
    certificate.set_valid_to("2021-12-31");
    EXPECT_EQ(told(event), std::vector<std::string>{"dossier.certificates[0].valid_to licence_expired (warning)"});
    certificate.set_long_term(true);
    EXPECT_EQ(told(event), std::vector<std::string>{});
    certificate.set_long_term(false);
    certificate.set_valid_from("2098-01-01");
    certificate.set_valid_to("2099-12-31");
    EXPECT_EQ(told(event), std::vector<std::string>{"dossier.certificates[0].valid_from licence_not_yet_valid (warning)"});
}

TEST(LicenceValidity, TheLastDayThereIsStandsForLongTerm) {
    v1::CaseEvent event;
    auto& certificate = *event.mutable_dossier()->add_certificates();
    certificate.set_valid_to("9999-12-31");
    say_long_term(event);
    EXPECT_TRUE(certificate.long_term());
    EXPECT_EQ(certificate.valid_to(), "");
    certificate.set_long_term(false);
    certificate.set_valid_to("2099-12-31");
    say_long_term(event);
    EXPECT_FALSE(certificate.long_term());
}

TEST(LicenceValidity, EndsWithItsLastDay) {
    using namespace std::chrono;
    v1::Dossier dossier;
    auto& certificate = *dossier.add_certificates();
    EXPECT_FALSE(has_expired(certificate, 2026y / 11 / 22)) << "none is given";
    certificate.set_valid_to("2026-11-22");
    EXPECT_FALSE(has_expired(certificate, 2026y / 11 / 22));
    EXPECT_TRUE(has_expired(certificate, 2026y / 11 / 23));
    *dossier.add_certificates() = certificate;
    dossier.mutable_certificates(1)->set_long_term(true);
    leave_out_invalid(dossier, 2026y / 11 / 23);
    ASSERT_EQ(dossier.certificates_size(), 1);
    EXPECT_TRUE(dossier.certificates(0).long_term());
}

TEST(LicenceValidity, OneThatDoesNotHoldTodayIsLeftOutWhereverItIsNamed) {
    using namespace std::chrono;
    v1::Dossier dossier;
    const auto add = [&](const std::string& ref, const std::string& from, const std::string& to) {
        auto& certificate = *dossier.add_certificates();
        certificate.set_licence_ref(ref);
        certificate.set_valid_from(from);
        certificate.set_valid_to(to);
        dossier.add_materials()->set_licence_ref(ref);
    };
    add("holds", "2026-11-22", "2026-11-22");
    add("ended", "2020-01-01", "2026-11-21");
    add("begins", "2026-11-23", "");
    dossier.add_materials()->set_licence_ref("nobody says until when");
    leave_out_invalid(dossier, 2026y / 11 / 22);
    ASSERT_EQ(dossier.certificates_size(), 1);
    EXPECT_EQ(dossier.certificates(0).licence_ref(), "holds");
    std::string left;
    for (const auto& material : dossier.materials()) {
        left += material.licence_ref() + '|';
    }
    EXPECT_EQ(left, "holds|||nobody says until when|");
}

} // namespace
} // namespace tongban::cases::sample
