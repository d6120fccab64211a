// What a line of the timeline says of each event, in both languages.
#include "gateway/inbox/event_words.hpp"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace tongban::inbox {
namespace {

v1::CaseEvent event_of(const std::string& text) {
    v1::CaseEvent event;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
    return event;
}

v1::CaseState state_of(const std::string& text) {
    v1::CaseState state;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &state)) << text;
    return state;
}

struct line {
    std::string event;
    std::string after;
    std::string zh;
    std::string en;
};

class EventWords : public testing::TestWithParam<line> {};

TEST_P(EventWords, SayWhatTheNameDoesNot) {
    const auto& [event, after, zh, en] = GetParam();
    const auto words = words_of(event_of(event), state_of(after));
    EXPECT_EQ(words.zh, zh);
    EXPECT_EQ(words.en, en);
}

INSTANTIATE_TEST_SUITE_P(
    Table, EventWords,
    testing::Values(
        line{"decided { decision: DECISION_DENIED document_no: 'X-7' }", "", "不予，文号 X-7", "denied; document X-7"},
        line{"case_closed { outcome: OUTCOME_PARTIALLY_COMPLETED }", "", "部分办结", "partially completed"},
        line{"case_closed { outcome: OUTCOME_COMPLETED deciding_org { uscc: '91370899TT0000015Q' } }",
             "item_impl_code: '11140400TT000031433002017003000'",
             "办结（无证），决定机构 91370899TT0000015Q 不是事项实施主体 11140400TT00003143",
             "completed; the deciding body 91370899TT0000015Q is not the item's owner 11140400TT00003143"},
        line{"supplement_required { missing { code: 'CL001' name: '购房合同' } missing { code: 'CL002' } "
             "limit { value: 5 unit: LIMIT_UNIT_WORKDAY } }",
             "", "补正 购房合同、CL002，期限 5个工作日", "required 购房合同, CL002; within 5 working days"},
        line{"case_accepted { notice_no: 'SL1' owed { name: '缴费凭证' } }", "", "受理通知书 SL1，容缺受理，待补 缴费凭证",
             "notice SL1; accepted without 缴费凭证"},
        line{"case_collected { priority: true terminal_id: 'T-0032' }", "", "申请优先办理，终端 T-0032",
             "asks for priority; terminal T-0032"},
        line{"case_submitted { priority: true }", "", "申请优先办理", "asks for priority"},
        line{"supervision_warning { band: SUPERVISION_BAND_YELLOW clock: CLOCK_KIND_COLLECTION owed_by: '140400' }", "",
             "预警，自收件起提示期限，责任地区 140400", "yellow; collection; owed by 140400"},
        line{"archive_requested { child: 2 region: '370200' materials { name: '参保缴费凭证' } materials { code: 'DA02' } }", "",
             "向子办件 2 (370200) 调取，参保缴费凭证、DA02", "asks child 2 (370200); 参保缴费凭证, DA02"},
        line{"archive_requested { child: 1 region: '370800' materials { code: 'DA02' } document_no: '函1' request_no: '1-1' "
             "limit { value: 5 unit: LIMIT_UNIT_WORKDAY } }",
             "", "子办件 1 (370800) 调取，DA02，答复期限 5个工作日，联系函 函1，调取编号 1-1",
             "asked by child 1 (370800); DA02; reply within 5 working days; letter 函1; request 1-1"},
        line{"archive_replied { archive_result: ARCHIVE_RESULT_PARTLY_GRANTED codes: 'DA02' }", "", "部分提供，DA02", "partly granted; DA02"},
        line{"archive_replied { archive_result: ARCHIVE_RESULT_CALLED_OFF request_no: '1-1' child: 1 region: '370800' }", "",
             "子办件 1 (370800)，不再需要，调取编号 1-1", "child 1 (370800); called off; request 1-1"},
        line{"archive_replied { archive_result: ARCHIVE_RESULT_CALLED_OFF request_no: '1-1' }", "", "收回调取，不再需要，调取编号 1-1",
             "takes its request back; called off; request 1-1"},
        line{"supervision_warning { band: SUPERVISION_BAND_RED clock: CLOCK_KIND_ARCHIVE owed_by: '370200' }", "",
             "超期，档案材料答复期限，责任地区 370200", "red; archive; owed by 370200"},
        line{"evaluated { grade: GRADE_VERY_DISSATISFIED }", "evaluation_rounds: 1", "非常不满意", "very dissatisfied"},
        line{"evaluated { grade: GRADE_SATISFIED }", "evaluation_rounds: 2", "满意，第2次评价", "satisfied; round 2"},
        line{"child_progressed { child: 2 status: CASE_STATUS_CLOSED outcome: OUTCOME_COMPLETED }",
             "bundle { children { plan { number: 2 item { name: '补贴申领' } } } }",
             "子办件 2，补贴申领，已办结，办结（无证）", "child 2; 补贴申领; closed; completed"},
        line{"child_progressed { child: 2 status: CASE_STATUS_CANCELLED outcome: OUTCOME_VOIDED events: 1 }",
             "bundle { children { plan { number: 2 item { name: '补贴申领' } } } }",
             "子办件 2，补贴申领，编号已被其他办件占用，未能申报", "child 2; 补贴申领; another case has its number: not filed"},
        line{"child_progressed { child: 2 status: CASE_STATUS_RETURNED }",
             "status: CASE_STATUS_JOINT_HANDLING bundle { children { plan { number: 2 } status: CASE_STATUS_RETURNED events: 3 } }",
             "子办件 2，已退件，待收件地重新申报", "child 2; returned; to be filed again by the origin"},
        line{"child_progressed { child: 2 status: CASE_STATUS_RETURNED }",
             "status: CASE_STATUS_JOINT_HANDLING bundle { children { plan { number: 1 required: true } status: CASE_STATUS_REFUSED events: 3 }"
             " children { plan { number: 2 } status: CASE_STATUS_RETURNED events: 3 } }",
             "子办件 2，已退件", "child 2; returned"},
        line{"child_progressed { child: 3 status: CASE_STATUS_DEST_RECEIVED }", "", "子办件 3，已接件（待受理）",
             "child 3; received by the destination"},
        line{"deemed_accepted { }", "clocks { accepted_ms: 1770687000000 }", "自 2026-02-10 起视为受理", "deemed accepted from 2026-02-10"},
        line{"owed_submitted { codes: 'CL002' codes: '照片' codes: 'CL009' }",
             "owed_materials { code: 'CL002' name: '购房合同' } owed_materials { name: '照片' }", "购房合同（CL002）、照片、CL009",
             "购房合同 (CL002), 照片, CL009"},
        line{"owed_lapsed { codes: 'CL002' consequence: OWED_CONSEQUENCE_CASE_ENDS }", "owed_materials { code: 'CL002' name: '购房合同' }",
             "购房合同（CL002），终止办理", "购房合同 (CL002); case ends"},
        line{"child_progressed { child: 3 status: CASE_STATUS_QUEUED }", "", "子办件 3，待接件", "child 3; queued"},
        line{"supervision_warning { band: SUPERVISION_BAND_RED clock: CLOCK_KIND_PROMISE owed_by: '140400' }", "",
             "超期，承诺期限，责任地区 140400", "red; promise; owed by 140400"},
        line{"shipped_to_dest { }", "", "件数 1", "parcels 1"}, line{"paper_received { }", "", "不齐全", "not complete"},
        line{"identity_checked { method: IDENTITY_METHOD_VIDEO passed: true }", "", "视频核验，核验通过", "video; passed"},
        line{"urged { urge_no: 'DB1' limit { value: 2 unit: LIMIT_UNIT_HOUR } }", "", "督办编号 DB1，答复期限 2小时",
             "urge DB1; answer within 2 hours"},
        line{"returned { reason_class: '03' }", "", "退件原因类别 03", "reason class 03"},
        line{"returned { reason_class: '03' reason: RETURN_REASON_DUPLICATE_FILING }", "", "退件原因类别 重复申报（03）",
             "reason class duplicate filing (03)"},
        line{"returned { reason_class: '材料不清' }", "", "退件原因类别 材料不清", "reason class materials unreadable (材料不清)"},
        line{"returned { reason: RETURN_REASON_OTHER }", "", "退件原因类别 其他", "reason class other"},
        line{"returned { }", "", "", ""},
        line{"deadline_extended { extension { value: 10 unit: LIMIT_UNIT_WORKDAY } approver_id: 'LD-0007' }", "",
             "延长 10个工作日，批准人工号 LD-0007", "by 10 working days; approved by LD-0007"},
        line{"bundle_closed { outcome: OUTCOME_PARTIALLY_COMPLETED succeeded: 3 failed: 1 }", "",
             "部分办结，办成 3，未成 1", "partially completed; succeeded 3; failed 1"},
        line{"bundle_closed { outcome: OUTCOME_RETURNED succeeded: 1 failed: 3 }",
             "bundle { children { plan { number: 1 item { name: '评定' } } status: CASE_STATUS_REFUSED outcome: OUTCOME_REFUSED events: 4 }"
             " children { plan { number: 2 item { name: '办证' } } status: CASE_STATUS_CLOSED outcome: OUTCOME_COMPLETED events: 9 }"
             " children { plan { number: 3 item { name: '补贴' } } status: CASE_STATUS_CLOSED outcome: OUTCOME_DENIED events: 9 }"
             " children { plan { number: 4 item { name: '代缴' } } status: CASE_STATUS_CANCELLED outcome: OUTCOME_VOIDED }"
             " children { plan { number: 5 item { name: '培训' } } status: CASE_STATUS_CANCELLED outcome: OUTCOME_VOIDED events: 1 } }",
             "退回办结，办成 1，未成 3，子办件 1 评定 不予受理、子办件 3 补贴 不予许可、子办件 4 代缴 未再申报、子办件 5 培训 编号已被其他办件占用，未能申报",
             "returned; succeeded 1; failed 3; child 1 评定 refused, child 3 补贴 denied, child 4 代缴 not filed any more, child 5 培训 another case has its number: not filed"},
        line{"review_started { }", "", "", ""}, line{"", "", "", ""},
        // Codes that this build does not know are not words.
        line{"decided { decision: DECISION_UNSPECIFIED }", "", "", ""}));

TEST(EventWords, WhatACitySaysByALaterEventIsTold) {
    const auto implied = [](const char* event, v1::CaseStatus before, const char* after) {
        const auto words = implied_by(event_of(event), before, state_of(after));
        EXPECT_EQ(words.zh.empty(), words.en.empty());
        return words.zh;
    };
    const auto accepted = v1::CASE_STATUS_ACCEPTED;
    const auto in_review = v1::CASE_STATUS_IN_REVIEW;
    EXPECT_EQ(implied("step {}", accepted, ""), "视为已承办");
    EXPECT_EQ(implied("special_started {}", accepted, ""), "视为已承办");
    EXPECT_EQ(implied("deadline_extended {}", accepted, ""), "视为已承办");
    EXPECT_EQ(implied("case_closed {}", accepted, "decision: DECISION_APPROVED"), "视为已承办，视为已决定 准予");
    EXPECT_EQ(implied("case_closed {}", in_review, "decision: DECISION_DENIED"), "视为已决定 不予");
    for (const auto* said_itself : {"step {}", "special_started {}", "deadline_extended {}", "decided {}"}) {
        EXPECT_EQ(implied(said_itself, in_review, "decision: DECISION_APPROVED"), "") << said_itself;
    }
    EXPECT_EQ(implied("decided {}", accepted, "decision: DECISION_APPROVED"), ""); // an immediate item's
    EXPECT_EQ(implied("review_started {}", accepted, ""), "");
    EXPECT_EQ(implied("case_closed {}", v1::CASE_STATUS_DECIDED, "decision: DECISION_APPROVED"), "");
}

TEST(EventWords, AListIsCutAndSaysHowLongItWas) {
    v1::CaseEvent event;
    for (int i = 1; i <= 12; ++i) {
        event.mutable_owed_cleared()->add_codes("M" + std::to_string(i));
    }
    const auto words = words_of(event, {});
    EXPECT_EQ(words.zh, "M1、M2、M3、M4、M5、M6、M7、M8、M9、M10 等12项");
    EXPECT_EQ(words.en, "M1, M2, M3, M4, M5, M6, M7, M8, M9, M10 and 2 more");
}

} // namespace
} // namespace tongban::inbox
