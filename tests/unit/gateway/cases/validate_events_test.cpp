// What each event requires, that no field of the schema escapes the rules, and the project's sample cases.
#include "tests/unit/gateway/cases/sample_event.hpp"

#include "gateway/cases/evolve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace tongban::cases::sample {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using e = v1::CaseEvent;

// An event about a known case, with an empty body.
e about_case(e::BodyCase body) {
    e event;
    event.mutable_case_()->set_source_case_no("370800241018000127");
    const auto* field = e::descriptor()->FindFieldByNumber(body);
    (void)event.GetReflection()->MutableMessage(&event, field);
    event.mutable_occurred_at()->set_seconds(1729213953);
    return event;
}

struct requirement {
    e::BodyCase body;
    std::vector<std::string> when_empty;
    std::function<void(e&)> fill;
};

std::vector<requirement> up_to_review() {
    return {
        {e::kCaseCollected, {}, [](e&) {}},
        {e::kDestReceived, {}, [](e&) {}},
        {e::kCaseAccepted, {}, [](e&) {}},
        {e::kSupplementRequired,
         {"supplement_required.missing required"},
         [](e& x) { x.mutable_supplement_required()->add_missing()->set_name("居民身份证"); }},
        {e::kSupplementSubmitted,
         {"dossier.materials required (warning)"},
         [](e& x) { x.mutable_dossier()->add_materials()->set_name("居民身份证"); }},
        {e::kSupplementAccepted, {}, [](e&) {}},
        {e::kAcceptanceRefused,
         {"dossier.reason required", "dossier.legal_basis required (warning)"},
         [](e& x) {
             x.mutable_dossier()->set_reason("不属于本机关职权范围");
             x.mutable_dossier()->set_legal_basis("行政许可法第三十二条");
         }},
        {e::kReturned,
         {"dossier.reason required"},
         [](e& x) { x.mutable_returned()->set_reason_class("材料不清晰"); }},
        {e::kReviewStarted, {}, [](e&) {}},
        {e::kStep, {}, [](e&) {}},
    };
}

std::vector<requirement> from_review_on() {
    return {
        {e::kSpecialStarted,
         {"special_started.kind required", "special_started.limit required",
          "dossier.reason required (warning)"},
         [](e& x) {
             x.mutable_special_started()->set_kind(v1::SPECIAL_KIND_SUSPENSION);
             x.mutable_special_started()->mutable_limit()->set_value(5);
             x.mutable_special_started()->mutable_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
             x.mutable_dossier()->set_reason("实地查看");
         }},
        {e::kSpecialEnded, {}, [](e&) {}},
        {e::kDeadlineExtended,
         {"deadline_extended.extension required", "deadline_extended.approver_id required (warning)"},
         [](e& x) {
             x.mutable_deadline_extended()->set_approver_id("LD-0007");
             x.mutable_deadline_extended()->mutable_extension()->set_value(10);
             x.mutable_deadline_extended()->mutable_extension()->set_unit(v1::LIMIT_UNIT_WORKDAY);
         }},
        {e::kDecided,
         {"decided.decision required"},
         [](e& x) { x.mutable_decided()->set_decision(v1::DECISION_APPROVED); }},
        {e::kCaseClosed,
         {"case_closed.outcome required"},
         [](e& x) { x.mutable_case_closed()->set_outcome(v1::OUTCOME_COMPLETED); }},
        {e::kCertIssued,
         {"dossier.certificates required"},
         [](e& x) { x.mutable_dossier()->add_certificates()->set_name("残疾人证"); }},
        {e::kShipped,
         {"dossier.delivery.waybill required (warning)"},
         [](e& x) { x.mutable_dossier()->mutable_delivery()->set_waybill("TT0000000245CN"); }},
        {e::kReadyForCollection, {}, [](e&) {}},
        {e::kCollectedByApplicant, {}, [](e&) {}},
        {e::kSigned, {}, [](e&) {}},
        {e::kEvaluated,
         {"evaluated.grade required"},
         [](e& x) { x.mutable_evaluated()->set_grade(v1::GRADE_SATISFIED); }},
        {e::kWithdrawRequested, {}, [](e&) {}},
        {e::kWithdrawn, {}, [](e&) {}},
        {e::kWithdrawDenied, {}, [](e&) {}},
        {e::kCaseVoided,
         {"dossier.reason required"},
         [](e& x) { x.mutable_dossier()->set_reason("重复申报"); }},
        {e::kCaseForwarded,
         {"case_forwarded.to_region required"},
         [](e& x) { x.mutable_case_forwarded()->set_to_region("320300"); }},
        {e::kClaimed,
         {"claimed.window_id required", "claimed.operator_id required", "claimed.lease_seconds required"},
         [](e& x) {
             x.mutable_claimed()->set_window_id("w1");
             x.mutable_claimed()->set_operator_id("1001");
             x.mutable_claimed()->set_lease_seconds(300);
         }},
        {e::kReleased, {}, [](e&) {}},
    };
}

TEST(ValidateEvents, TimeOfTheEventIsRequired) {
    auto event = about_case(e::kDestReceived);
    event.clear_occurred_at();
    EXPECT_THAT(told(event), ElementsAre("occurred_at required"));
}

void expect_requirements(const std::vector<requirement>& table) {
    for (const auto& row : table) {
        auto event = about_case(row.body);
        EXPECT_THAT(told(event), testing::UnorderedElementsAreArray(row.when_empty)) << name(row.body);
        row.fill(event);
        EXPECT_THAT(told(event), IsEmpty()) << name(row.body);
    }
}

TEST(ValidateEvents, EachRequiresItsOwnAndNoMore) {
    expect_requirements(up_to_review());
    expect_requirements(from_review_on());
    EXPECT_EQ(up_to_review().size() + from_review_on().size(), 28u) << "all but 申报 and the gateway's own";
}

TEST(ValidateEvents, ARequestForArchivesSaysOfWhomWhatAndWhy) {
    auto event = about_case(e::kArchiveRequested);
    EXPECT_THAT(told(event), testing::UnorderedElementsAre("archive_requested.child required", "archive_requested.materials required",
                                                           "dossier.reason required"));
    auto& asked = *event.mutable_archive_requested();
    asked.set_child(33);
    asked.set_region("3702");
    asked.add_materials();
    event.mutable_dossier()->set_reason("核对缴费年限");
    EXPECT_THAT(told(event), testing::UnorderedElementsAre("archive_requested.child range", "archive_requested.region region",
                                                           "archive_requested.materials[0].name required"));
    asked.set_child(2);
    asked.clear_region();
    asked.mutable_materials(0)->set_name("参保缴费凭证");
    EXPECT_THAT(told(event), IsEmpty());
    for (int i = 0; i < 50; ++i) {
        asked.add_materials()->set_code("M" + std::to_string(i));
    }
    EXPECT_THAT(told(event), ElementsAre("archive_requested.materials length"));
}

TEST(ValidateEvents, AReplyAboutArchivesGivesOrSaysWhyNot) {
    const auto reply = [](v1::ArchiveResult result, bool gives, bool says_why) {
        auto event = about_case(e::kArchiveReplied);
        event.mutable_archive_replied()->set_archive_result(result);
        if (gives) {
            event.mutable_archive_replied()->add_codes("DA01");
        }
        if (says_why) {
            event.mutable_dossier()->set_reason("查无此档");
        }
        return told(event);
    };
    EXPECT_THAT(told(about_case(e::kArchiveReplied)),
                testing::UnorderedElementsAre("archive_replied.archive_result required", "dossier.reason required"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_GRANTED, true, false), IsEmpty());
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_GRANTED, false, false), ElementsAre("archive_replied.codes required"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_PARTLY_GRANTED, true, true), IsEmpty());
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_PARTLY_GRANTED, true, false), ElementsAre("dossier.reason required"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_REFUSED, false, true), IsEmpty());
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_REFUSED, false, false), ElementsAre("dossier.reason required"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_REFUSED, true, true), ElementsAre("archive_replied.codes consistent"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_CALLED_OFF, false, false), IsEmpty()) << "who asked says it of its own request";
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_CALLED_OFF, true, false), ElementsAre("archive_replied.codes consistent"));
    EXPECT_THAT(reply(v1::ARCHIVE_RESULT_NOT_ASKED, true, true), ElementsAre("archive_replied.archive_result code"))
        << "the gateway alone says it";
}

TEST(ValidateEvents, BadGradeNeedsWords) {
    for (const auto grade : {v1::GRADE_DISSATISFIED, v1::GRADE_VERY_DISSATISFIED}) {
        auto event = about_case(e::kEvaluated);
        event.mutable_evaluated()->set_grade(grade);
        EXPECT_THAT(told(event), ElementsAre("dossier.evaluation_text required"));
        auto with_item = event;
        with_item.mutable_evaluated()->add_items("服务态度");
        EXPECT_THAT(told(with_item), IsEmpty());
        event.mutable_dossier()->set_evaluation_text("等了太久");
        EXPECT_THAT(told(event), IsEmpty());
    }
}

TEST(ValidateEvents, ExtensionIsAtMostFifteenWorkingDays) {
    auto event = about_case(e::kDeadlineExtended);
    event.mutable_deadline_extended()->set_approver_id("LD-0007");
    auto& extension = *event.mutable_deadline_extended()->mutable_extension();
    extension.set_unit(v1::LIMIT_UNIT_WORKDAY);
    for (const int days : {0, 16}) {
        extension.set_value(days);
        EXPECT_THAT(told(event), ElementsAre("deadline_extended.extension range")) << days;
    }
    extension.set_value(1);
    extension.set_unit(v1::LIMIT_UNIT_MONTH);
    EXPECT_THAT(told(event), ElementsAre("deadline_extended.extension range"));
}

TEST(ValidateEvents, EveryEventNamesItsCase) {
    auto event = about_case(e::kCaseAccepted);
    event.clear_case_();
    EXPECT_THAT(told(event), ElementsAre("case.source_case_no required"));
    EXPECT_FALSE(names_case(event));
    event.mutable_case_()->set_dest_case_no("A-1");
    EXPECT_THAT(told(event), IsEmpty());
    event.mutable_case_()->clear_dest_case_no();
    event.mutable_case_()->set_case_id("x");
    EXPECT_TRUE(names_case(event));
    auto filing = submission();
    filing.mutable_case_()->clear_source_case_no();
    filing.mutable_case_()->set_dest_case_no("A-1");
    EXPECT_FALSE(names_case(filing)) << "one that opens a case names it by its own number";
}

TEST(ValidateEvents, AReturnNeedsWordsOrAClass) {
    auto event = about_case(e::kReturned);
    event.mutable_returned()->set_reason(v1::RETURN_REASON_OTHER);
    EXPECT_THAT(told(event), IsEmpty());
    event.mutable_returned()->set_reason(static_cast<v1::ReturnReason>(8));
    EXPECT_THAT(told(event), ElementsAre("returned.reason code"));
}

TEST(ValidateEvents, ALimitOfNothingWouldTurnItsClockOff) {
    const struct {
        e::BodyCase body;
        std::function<v1::Limit*(e&)> limit;
        const char* told;
    } rows[] = {
        {e::kSupplementRequired, [](e& x) { return x.mutable_supplement_required()->mutable_limit(); },
         "supplement_required.limit.value range"},
        {e::kSpecialStarted, [](e& x) { return x.mutable_special_started()->mutable_limit(); },
         "special_started.limit.value range"},
        {e::kArchiveRequested, [](e& x) { return x.mutable_archive_requested()->mutable_limit(); },
         "archive_requested.limit.value range"},
        {e::kUrged, [](e& x) { return x.mutable_urged()->mutable_limit(); }, "urged.limit.value range"},
        {e::kOwedRefused, [](e& x) { return x.mutable_owed_refused()->mutable_limit(); }, "owed_refused.limit.value range"},
        {e::kCaseAccepted,
         [](e& x) {
             auto& owed = *x.mutable_case_accepted()->add_owed();
             owed.set_name("住所使用证明");
             return owed.mutable_limit();
         },
         "case_accepted.owed[0].limit.value range"}};
    for (const auto& row : rows) {
        auto event = about_case(row.body);
        auto& limit = *row.limit(event);
        limit.set_unit(v1::LIMIT_UNIT_WORKDAY);
        EXPECT_THAT(told(event), testing::Contains(row.told));
        limit.set_value(1);
        EXPECT_THAT(told(event), testing::Not(testing::Contains(row.told)));
    }
}

TEST(ValidateEvents, ASessionEndsWithAResultAndAnIdentityIsPassedOnEvidence) {
    auto closed = about_case(e::kSessionClosed);
    closed.mutable_session_closed()->set_session_id("VW-1");
    EXPECT_THAT(told(closed), ElementsAre("session_closed.result required"));
    closed.mutable_session_closed()->set_result(v1::SESSION_RESULT_COMPLETED);
    EXPECT_THAT(told(closed), IsEmpty());
    auto checked = about_case(e::kIdentityChecked);
    checked.mutable_identity_checked()->set_method(v1::IDENTITY_METHOD_FACE);
    EXPECT_THAT(told(checked), IsEmpty()) << "one that failed proves nothing";
    checked.mutable_identity_checked()->set_passed(true);
    EXPECT_THAT(told(checked), ElementsAre("identity_checked.evidence_ref required"));
    checked.mutable_identity_checked()->set_evidence_ref("EV-1");
    EXPECT_THAT(told(checked), IsEmpty());
}

TEST(ValidateEvents, WhatTheWindowDidNotCheckIsWarnedOf) {
    auto event = about_case(e::kCaseCollected);
    event.mutable_case_collected()->set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    EXPECT_THAT(told(event), ElementsAre("case_collected.form_checked required (warning)",
                                         "case_collected.identity_checked required (warning)"));
    event.mutable_case_collected()->set_form_checked(true);
    event.mutable_case_collected()->set_identity_checked(true);
    EXPECT_THAT(told(event), IsEmpty());
}

TEST(ValidateEvents, OnlyAFilingForOneItemGoesElsewhere) {
    auto event = about_case(e::kUrged);
    event.mutable_dossier()->set_reason("申请人急需办理");
    event.mutable_case_()->set_origin_region("370800");
    event.mutable_case_()->set_dest_region("370800");
    EXPECT_THAT(told(event), IsEmpty()) << "a bundle's own case stands at its origin";
    auto collected = about_case(e::kCaseCollected);
    *collected.mutable_case_() = event.case_();
    EXPECT_THAT(told(collected), ElementsAre("case.dest_region consistent (warning)"));
}

TEST(ValidateEvents, TheBasicCodeIsTheOneInsideTheImplementationCode) {
    auto event = about_case(e::kCaseCollected);
    auto& item = *event.mutable_case_collected()->mutable_item();
    item.set_impl_code("11120103TT0000445J4000711006000");
    item.set_basic_code("000711006000");
    EXPECT_THAT(told(event), IsEmpty());
    item.set_basic_code("000711006001");
    EXPECT_THAT(told(event), ElementsAre("case_collected.item.basic_code consistent (warning)"));
}

TEST(ValidateEvents, KindOneIsAnExtensionNotASpecialProcedure) {
    auto started = about_case(e::kSpecialStarted);
    started.mutable_special_started()->set_kind(v1::SPECIAL_KIND_EXTENSION);
    started.mutable_special_started()->mutable_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    started.mutable_special_started()->mutable_limit()->set_value(5);
    started.mutable_dossier()->set_reason("延长");
    EXPECT_THAT(told(started), ElementsAre("special_started.kind code"));
    auto ended = about_case(e::kSpecialEnded);
    ended.mutable_special_ended()->set_kind(v1::SPECIAL_KIND_EXTENSION);
    EXPECT_THAT(told(ended), ElementsAre("special_ended.kind code"));
}

TEST(ValidateEvents, DenialShouldSayWhy) {
    auto event = about_case(e::kDecided);
    event.mutable_decided()->set_decision(v1::DECISION_DENIED);
    EXPECT_THAT(told(event), ElementsAre("dossier.reason required (warning)"));
}

} // namespace
} // namespace tongban::cases::sample
