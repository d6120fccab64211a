// The words of a script: the event that each stands for, and what it says where the script says nothing.
#include "gateway/emulator/script.hpp"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>

namespace tongban::emulator {

namespace {

struct word {
    std::string_view name;
    v1::CaseEvent::BodyCase event;
    std::string_view body;
};

// No person is named here: reasons and numbers are the emulator's own.
constexpr std::array words{
    word{"claim", v1::CaseEvent::kClaimed, R"({"claimed": {"operator_id": "EMU-001", "lease_seconds": 1800}})"},
    word{"release", v1::CaseEvent::kReleased, R"({"released": {}})"},
    word{"receive", v1::CaseEvent::kDestReceived, R"({"dest_received": {}})"},
    word{"accept", v1::CaseEvent::kCaseAccepted, R"({"case_accepted": {"notice_no": "EMU-SL"}})"},
    word{"accept_owing", v1::CaseEvent::kCaseAccepted,
         R"({"case_accepted": {"notice_no": "EMU-SL", "tolerance": true, "owed": [{"code": "CL002"}]}})"},
    word{"clear", v1::CaseEvent::kOwedCleared, R"({"owed_cleared": {"codes": ["CL002"]}})"},
    word{"refuse_owed", v1::CaseEvent::kOwedRefused,
         R"({"owed_refused": {"codes": ["CL002"], "limit": {"value": 5, "unit": "LIMIT_UNIT_WORKDAY"}},
             "dossier": {"reason": "补交的材料不清晰（模拟）"}})"},
    word{"paper", v1::CaseEvent::kPaperReceived, R"({"paper_received": {"complete": true}})"},
    word{"supplement", v1::CaseEvent::kSupplementRequired,
         R"({"supplement_required": {"missing": [{"code": "01", "name": "户口簿复印件", "demand": "补交一份"}],
             "limit": {"value": 5, "unit": "LIMIT_UNIT_WORKDAY"}}})"},
    word{"confirm_supplement", v1::CaseEvent::kSupplementAccepted, R"({"supplement_accepted": {}})"},
    word{"lapse", v1::CaseEvent::kSupplementLapsed, R"({"supplement_lapsed": {}})"},
    word{"refuse", v1::CaseEvent::kAcceptanceRefused,
         R"({"acceptance_refused": {"notice_no": "EMU-BYSL"},
             "dossier": {"reason": "申请事项不属于本机关职权范围（模拟）", "legal_basis": "《中华人民共和国行政许可法》第三十二条"}})"},
    word{"return", v1::CaseEvent::kReturned,
         R"({"returned": {"reason_class": "材料不全"}, "dossier": {"reason": "材料缺页（模拟）"}})"},
    word{"review", v1::CaseEvent::kReviewStarted, R"({"review_started": {}})"},
    word{"step", v1::CaseEvent::kStep,
         R"({"step": {"kind": "STEP_KIND_REVIEW", "result": "STEP_RESULT_PASS", "name": "审核"}})"},
    word{"suspend", v1::CaseEvent::kSpecialStarted,
         R"({"special_started": {"kind": "SPECIAL_KIND_SUSPENSION", "limit": {"value": 10, "unit": "LIMIT_UNIT_WORKDAY"}},
             "dossier": {"reason": "需要现场勘验（模拟）"}})"},
    word{"resume", v1::CaseEvent::kSpecialEnded, R"({"special_ended": {"kind": "SPECIAL_KIND_SUSPENSION"}})"},
    word{"extend", v1::CaseEvent::kDeadlineExtended,
         R"({"deadline_extended": {"extension": {"value": 10, "unit": "LIMIT_UNIT_WORKDAY"}}})"},
    word{"decide", v1::CaseEvent::kDecided, R"({"decided": {"decision": "DECISION_APPROVED", "document_no": "EMU-JD"}})"},
    word{"deny", v1::CaseEvent::kDecided,
         R"({"decided": {"decision": "DECISION_DENIED", "document_no": "EMU-BYXK"},
             "dossier": {"reason": "不符合法定条件（模拟）"}})"},
    word{"close", v1::CaseEvent::kCaseClosed, R"({"case_closed": {"outcome": "OUTCOME_COMPLETED"}})"},
    word{"issue", v1::CaseEvent::kCertIssued,
         R"({"cert_issued": {}, "dossier": {"certificates": [{"name": "模拟证照", "number": "EMU-0001"}]}})"},
    word{"ship", v1::CaseEvent::kShipped, R"({"shipped": {}, "dossier": {"delivery": {"waybill": "EMU0000000001"}}})"},
    word{"ready", v1::CaseEvent::kReadyForCollection, R"({"ready_for_collection": {"window_id": "EMU"}})"},
    word{"void", v1::CaseEvent::kCaseVoided,
         R"({"case_voided": {"outcome": "OUTCOME_VOIDED"}, "dossier": {"reason": "重复申报（模拟）"}})"},
    word{"confirm_withdrawal", v1::CaseEvent::kWithdrawn, R"({"withdrawn": {}})"},
    word{"deny_withdrawal", v1::CaseEvent::kWithdrawDenied, R"({"withdraw_denied": {}})"},
    word{"supply", v1::CaseEvent::kSupplementSubmitted,
         R"({"supplement_submitted": {}, "dossier": {"materials": [{"code": "01", "name": "户口簿复印件", "copies": 1}]}})"},
    word{"bring", v1::CaseEvent::kOwedSubmitted,
         R"({"owed_submitted": {"codes": ["CL002"]}, "dossier": {"materials": [{"code": "CL002", "name": "购房合同", "copies": 1}]}})"},
    word{"send_paper", v1::CaseEvent::kShippedToDest,
         R"({"shipped_to_dest": {"parcels": 1}, "dossier": {"delivery": {"waybill": "EMU0000000002"}}})"},
    word{"urge", v1::CaseEvent::kUrged, R"({"urged": {}, "dossier": {"reason": "申请人催办（模拟）"}})"},
    word{"answer_urge", v1::CaseEvent::kUrgeAnswered, R"({"urge_answered": {}, "dossier": {"result_text": "正在办理（模拟）"}})"},
    word{"rectify", v1::CaseEvent::kRectified,
         R"({"rectified": {"called_back": true}, "dossier": {"result_text": "已回访并整改（模拟）"}})"},
    word{"ask_archives", v1::CaseEvent::kArchiveRequested,
         R"({"archive_requested": {"child": 1, "materials": [{"code": "DA001", "name": "参保缴费凭证"}]},
             "dossier": {"reason": "转移接续需要核对（模拟）"}})"},
    word{"give_archives", v1::CaseEvent::kArchiveReplied,
         R"({"archive_replied": {"archive_result": "ARCHIVE_RESULT_GRANTED", "codes": ["DA001"]},
             "dossier": {"materials": [{"code": "DA001", "name": "参保缴费凭证", "copies": 1}]}})"},
    word{"refuse_archives", v1::CaseEvent::kArchiveReplied,
         R"({"archive_replied": {"archive_result": "ARCHIVE_RESULT_REFUSED"}, "dossier": {"reason": "查无此档（模拟）"}})"},
    word{"take_back_archives", v1::CaseEvent::kArchiveReplied,
         R"({"archive_replied": {"archive_result": "ARCHIVE_RESULT_CALLED_OFF"}})"},
    word{"withdraw", v1::CaseEvent::kWithdrawRequested, R"({"withdraw_requested": {}})"},
    word{"hand_over", v1::CaseEvent::kCollectedByApplicant, R"({"collected_by_applicant": {}})"},
    word{"sign", v1::CaseEvent::kSigned, R"({"signed": {}})"},
    word{"evaluate", v1::CaseEvent::kEvaluated, R"({"evaluated": {"grade": "GRADE_VERY_SATISFIED", "nth": 1}})"},
};

const word* found(std::string_view name) {
    const auto at = std::ranges::find(words, name, &word::name);
    return at == words.end() ? nullptr : &*at;
}

} // namespace

std::optional<script_step> step_named(std::string_view name) {
    const auto* known = found(name);
    if (known == nullptr) {
        return std::nullopt;
    }
    script_step step;
    step.word = name;
    step.event = known->event;
    (void)google::protobuf::util::JsonStringToMessage(std::string(known->body), &step.prototype);
    return step;
}

std::vector<std::string_view> step_words() {
    std::vector<std::string_view> all;
    std::ranges::transform(words, std::back_inserter(all), &word::name);
    return all;
}

std::string_view standard_body(std::string_view name) {
    return found(name)->body;
}

const std::string& standard_script() {
    static const std::string text = R"(cases:
  - name: everything
    steps:
      - receive: {after: 200ms}
      - accept: {after: 200ms}
      - review: {after: 200ms}
      - decide: {after: 200ms}
      - close: {after: 200ms}
replies:
  SUPPLEMENT_REQUIRED: {do: supply, after: 200ms}
  WITHDRAW_REQUESTED: {do: confirm_withdrawal, after: 200ms}
)";
    return text;
}

bool case_rule::claims() const {
    return std::ranges::any_of(steps, [](const auto& s) { return s.event == v1::CaseEvent::kClaimed; });
}

bool script::claims() const {
    return std::ranges::any_of(cases, [](const auto& rule) { return rule.claims(); });
}

} // namespace tongban::emulator
