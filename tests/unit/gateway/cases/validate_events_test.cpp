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
         {"deadline_extended.extension required"},
         [](e& x) {
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

TEST(ValidateEvents, KindOneIsAnExtensionNotASpecialProcedure) {
    auto started = about_case(e::kSpecialStarted);
    started.mutable_special_started()->set_kind(v1::SPECIAL_KIND_EXTENSION);
    started.mutable_special_started()->mutable_limit()->set_unit(v1::LIMIT_UNIT_WORKDAY);
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
