// Names for machines, terms for clerks and sentences for both, of states, events and verdicts.
#include "gateway/cases/evolve.hpp"

#include <iterator>

namespace tongban::cases {

namespace {

struct words {
    int number;
    std::string_view name;
    std::string_view term;
};

constexpr words statuses[] = {
    {v1::CASE_STATUS_UNSPECIFIED, "", ""},
    {v1::CASE_STATUS_DRAFT, "DRAFT", "暂存"},
    {v1::CASE_STATUS_COLLECTED, "COLLECTED", "已收件"},
    {v1::CASE_STATUS_SUBMITTED, "SUBMITTED", "已申报"},
    {v1::CASE_STATUS_QUEUED, "QUEUED", "待接件"},
    {v1::CASE_STATUS_DEST_RECEIVED, "DEST_RECEIVED", "已接件（待受理）"},
    {v1::CASE_STATUS_SUPPLEMENTING, "SUPPLEMENTING", "待补正"},
    {v1::CASE_STATUS_ACCEPTED, "ACCEPTED", "已受理"},
    {v1::CASE_STATUS_IN_REVIEW, "IN_REVIEW", "审查中"},
    {v1::CASE_STATUS_SUSPENDED, "SUSPENDED", "特别程序中"},
    {v1::CASE_STATUS_DECIDED, "DECIDED", "已决定"},
    {v1::CASE_STATUS_CLOSED, "CLOSED", "已办结"},
    {v1::CASE_STATUS_DELIVERING, "DELIVERING", "送达中"},
    {v1::CASE_STATUS_DELIVERED, "DELIVERED", "已送达/已领取"},
    {v1::CASE_STATUS_EVALUATED, "EVALUATED", "已评价"},
    {v1::CASE_STATUS_REFUSED, "REFUSED", "不予受理"},
    {v1::CASE_STATUS_RETURNED, "RETURNED", "已退件"},
    {v1::CASE_STATUS_WITHDRAWN, "WITHDRAWN", "已撤回"},
    {v1::CASE_STATUS_LAPSED, "LAPSED", "补正超时办结"},
    {v1::CASE_STATUS_CANCELLED, "CANCELLED", "作废"},
    {v1::CASE_STATUS_FORWARDED, "FORWARDED", "已转办"},
    {v1::CASE_STATUS_JOINT_HANDLING, "JOINT_HANDLING", "联办中"},
};

constexpr words events[] = {
    {v1::CaseEvent::kCaseCollected, "CASE_COLLECTED", "收件"},
    {v1::CaseEvent::kCaseSubmitted, "CASE_SUBMITTED", "申报"},
    {v1::CaseEvent::kRouted, "ROUTED", "路由"},
    {v1::CaseEvent::kRejectedByGateway, "REJECTED_BY_GATEWAY", "网关退回"},
    {v1::CaseEvent::kDestReceived, "DEST_RECEIVED", "接件"},
    {v1::CaseEvent::kCaseAccepted, "CASE_ACCEPTED", "受理"},
    {v1::CaseEvent::kDeemedAccepted, "DEEMED_ACCEPTED", "视为受理"},
    {v1::CaseEvent::kSupplementRequired, "SUPPLEMENT_REQUIRED", "补正告知"},
    {v1::CaseEvent::kSupplementSubmitted, "SUPPLEMENT_SUBMITTED", "补正"},
    {v1::CaseEvent::kSupplementLapsed, "SUPPLEMENT_LAPSED", "补正超时"},
    {v1::CaseEvent::kAcceptanceRefused, "ACCEPTANCE_REFUSED", "不予受理"},
    {v1::CaseEvent::kReturned, "RETURNED", "退件"},
    {v1::CaseEvent::kReviewStarted, "REVIEW_STARTED", "承办"},
    {v1::CaseEvent::kStep, "STEP", "审批步骤"},
    {v1::CaseEvent::kSpecialStarted, "SPECIAL_STARTED", "特别程序开始"},
    {v1::CaseEvent::kSpecialEnded, "SPECIAL_ENDED", "特别程序结束"},
    {v1::CaseEvent::kSpecialOverrun, "SPECIAL_OVERRUN", "特别程序超时"},
    {v1::CaseEvent::kDeadlineExtended, "DEADLINE_EXTENDED", "延长审批"},
    {v1::CaseEvent::kDecided, "DECIDED", "决定"},
    {v1::CaseEvent::kCaseClosed, "CASE_CLOSED", "办结"},
    {v1::CaseEvent::kCertIssued, "CERT_ISSUED", "制证"},
    {v1::CaseEvent::kShipped, "SHIPPED", "寄出"},
    {v1::CaseEvent::kReadyForCollection, "READY_FOR_COLLECTION", "可领取"},
    {v1::CaseEvent::kCollectedByApplicant, "COLLECTED_BY_APPLICANT", "领取登记"},
    {v1::CaseEvent::kSigned, "SIGNED", "签收"},
    {v1::CaseEvent::kEvaluated, "EVALUATED", "好差评"},
    {v1::CaseEvent::kWithdrawRequested, "WITHDRAW_REQUESTED", "申请撤回"},
    {v1::CaseEvent::kWithdrawn, "WITHDRAWN", "撤回"},
    {v1::CaseEvent::kWithdrawDenied, "WITHDRAW_DENIED", "不准撤回"},
    {v1::CaseEvent::kCaseVoided, "CASE_VOIDED", "作废"},
    {v1::CaseEvent::kCaseForwarded, "CASE_FORWARDED", "转办"},
    {v1::CaseEvent::kClaimed, "CLAIMED", "认领"},
    {v1::CaseEvent::kReleased, "RELEASED", "放回"},
    {v1::CaseEvent::kSupplementAccepted, "SUPPLEMENT_ACCEPTED", "补交受理"},
    {v1::CaseEvent::kLeaseExpired, "LEASE_EXPIRED", "认领到期"},
    {v1::CaseEvent::kSupervisionWarning, "SUPERVISION_WARNING", "监察预警"},
    {v1::CaseEvent::kCalendarRevised, "CALENDAR_REVISED", "期限重算"},
    {v1::CaseEvent::kShippedToDest, "SHIPPED_TO_DEST", "材料寄出"},
    {v1::CaseEvent::kPaperReceived, "PAPER_RECEIVED", "材料签收"},
    {v1::CaseEvent::kSessionOpened, "SESSION_OPENED", "远程虚拟窗口开启"},
    {v1::CaseEvent::kSessionJoined, "SESSION_JOINED", "远程虚拟窗口加入"},
    {v1::CaseEvent::kIdentityChecked, "IDENTITY_CHECKED", "身份核验"},
    {v1::CaseEvent::kSessionClosed, "SESSION_CLOSED", "远程虚拟窗口结束"},
    {v1::CaseEvent::kOwedSubmitted, "OWED_SUBMITTED", "容缺补交"},
    {v1::CaseEvent::kOwedCleared, "OWED_CLEARED", "容缺补齐"},
    {v1::CaseEvent::kOwedReminded, "OWED_REMINDED", "容缺提醒"},
    {v1::CaseEvent::kOwedLapsed, "OWED_LAPSED", "容缺逾期"},
    {v1::CaseEvent::kRectified, "RECTIFIED", "差评整改"},
    {v1::CaseEvent::kUrged, "URGED", "督办"},
    {v1::CaseEvent::kUrgeAnswered, "URGE_ANSWERED", "督办答复"},
    {v1::CaseEvent::kBundleStarted, "BUNDLE_STARTED", "联办拆分"},
    {v1::CaseEvent::kChildProgressed, "CHILD_PROGRESSED", "子办件进展"},
    {v1::CaseEvent::kBundleClosed, "BUNDLE_CLOSED", "联办办结"},
    {v1::CaseEvent::kParentInformed, "PARENT_INFORMED", "主办件知悉"},
    {v1::CaseEvent::kLicencesFetched, "LICENCES_FETCHED", "电子证照调用"},
    {v1::CaseEvent::kOwedRefused, "OWED_REFUSED", "容缺补交不符"},
    {v1::CaseEvent::kSessionLapsed, "SESSION_LAPSED", "远程虚拟窗口超时关闭"},
    {v1::CaseEvent::kArchiveRequested, "ARCHIVE_REQUESTED", "档案材料调取"},
    {v1::CaseEvent::kArchiveReplied, "ARCHIVE_REPLIED", "档案材料答复"},
    {v1::CaseEvent::kArchiveInformed, "ARCHIVE_INFORMED", "档案往来知悉"},
};

static_assert(std::size(statuses) == v1::CaseStatus_ARRAYSIZE, "a state has no words");
static_assert(std::size(events) == last_event_body - v1::CaseEvent::kCaseCollected + 1,
              "an event has no words");

constexpr words nothing{0, "", ""};

const words& words_of(v1::CaseStatus status) noexcept {
    const auto number = static_cast<std::size_t>(status); // a negative number is out of range too
    return number < std::size(statuses) ? statuses[number] : nothing;
}

const words& words_of(v1::CaseEvent::BodyCase body) noexcept {
    const auto number = static_cast<std::size_t>(body) - v1::CaseEvent::kCaseCollected;
    return number < std::size(events) ? events[number] : nothing;
}

struct sentence {
    std::string_view name;
    std::string_view zh;
    std::string_view en;
};

const sentence& sentence_of(verdict v) noexcept {
    static constexpr sentence sentences[] = {
        {"applied", "已生效", "The event took effect"},
        {"duplicate", "重复报文，以首次回执为准",
         "The same event took effect before; the first receipt stands"},
        {"illegal_transition", "办件当前状态不允许该操作", "The case's state does not allow this event"},
        {"wrong_side", "该操作不属于贵方（收件地/办理地）",
         "This event is not for your side of the case to say"},
        {"wrong_role", "该操作不属于贵方角色", "This event is not for your role to say"},
        {"stale_token", "认领凭证已失效，请重新认领",
         "The fencing token is no longer valid: claim the case again"},
        {"held_by_other", "办件已被其他窗口认领", "Another window holds the case"},
        {"not_claimed", "窗口须先认领办件", "A window must claim the case first"},
        {"content_conflict", "同一办件编号已有不同内容，当前状态不接受新版本",
         "This case number stands with other content, and its state takes no new revision"},
        {"already_extended", "审批期限只能延长一次", "The period was extended before; that is allowed once"},
        {"missing_body", "报文不含可识别的事件", "The record holds no known event"},
        {"unknown_case", "办件不存在，或编号与办件不符", "No such case, or the record names another"},
        {"wrong_mode", "与本办件的通办方式不符", "Not in the business mode of this case"},
        {"tolerance_excluded", "本事项不适用容缺受理", "The item does not allow acceptance with missing materials"},
        {"materials_owed", "容缺材料尚未补齐，暂不能出证", "Materials are still owed: no certificate before they are cleared"},
        {"decision_conflict", "办结结果与决定不符", "The outcome is not that of the decision"},
        {"not_owed", "所列材料并非本办件的容缺材料", "No such material is owed in this case"},
        {"not_brought", "所列容缺材料尚未补交", "The material was not brought yet"},
        {"urge_open", "已有督办待答复，期限未到", "An urge waits for its answer, and its limit has not passed"},
        {"own_urge", "该督办由贵方发起，应由对方答复", "The open urge is your own: the other side answers it"},
        {"other_urge", "督办编号与待答复的督办不符", "The answer names another urge than the open one"},
        {"no_urge", "没有待答复的督办", "No urge waits for an answer"},
        {"session_open", "已有远程虚拟窗口会话进行中，请先结束", "A session is open: close it first"},
        {"session_known", "该会话编号在本办件中已使用过", "This session number was used in the case before"},
        {"no_session", "没有进行中的远程虚拟窗口会话", "No session is open"},
        {"other_session", "会话编号与进行中的会话不符", "Another session is open than the one named"},
        {"other_round", "评价次数不是下一次", "This is not the next round of evaluation"},
        {"rounds_used_up", "评价次数已达上限", "No further evaluation is taken"},
        {"nothing_to_rectify", "没有待整改的差评", "No bad grade waits for its rectification"},
        {"no_papers", "没有在途的纸质材料", "No papers are under way"},
        {"other_papers", "运单号与在途的纸质材料不符", "The waybill is none of those under way"},
        {"of_bundle", "一件事主办件不适用该操作，请对子办件办理", "This is said of a part of the bundle, never of the whole"},
        {"no_sibling", "没有可调取档案材料的联办件", "No other part of the bundle can be asked for archives by what is named"},
        {"archive_open", "所列档案材料有的已在调取，尚待答复", "Some of these archives are asked for already, and the reply is still to come"},
        {"archive_limit", "本办件的档案材料调取已达上限", "The case holds as many requests for archives as a case may"},
        {"no_archive_request", "没有待答复的档案材料调取，或调取编号不符", "No request for archives waits for this reply, or it has another number"},
        {"not_requested", "答复所列档案材料与调取不符", "The reply does not fit what was asked for"},
        {"event_limit", "办件事件数已达上限", "The case holds as many events as a case may"},
    };
    static_assert(std::size(sentences) == static_cast<std::size_t>(verdict::event_limit) + 1);
    const auto number = static_cast<std::size_t>(v);
    static constexpr sentence unknown{"unknown", "未知", "Unknown"};
    return number < std::size(sentences) ? sentences[number] : unknown;
}

} // namespace

std::string_view name(verdict v) noexcept {
    return sentence_of(v).name;
}
std::optional<verdict> verdict_named(std::string_view name) noexcept {
    for (int number = 0;; ++number) {
        const auto known = sentence_of(static_cast<verdict>(number)).name;
        if (known == name) {
            return static_cast<verdict>(number);
        }
        if (known == "unknown") { // behind the last
            return std::nullopt;
        }
    }
}
std::string_view message_zh(verdict v) noexcept {
    return sentence_of(v).zh;
}
std::string_view message_en(verdict v) noexcept {
    return sentence_of(v).en;
}

std::string_view name(v1::CaseStatus status) noexcept {
    return words_of(status).name;
}
std::string_view term(v1::CaseStatus status) noexcept {
    return words_of(status).term;
}
std::string_view name(v1::CaseEvent::BodyCase body) noexcept {
    return words_of(body).name;
}
std::string_view term(v1::CaseEvent::BodyCase body) noexcept {
    return words_of(body).term;
}

v1::CaseEvent::BodyCase body_named(std::string_view name) noexcept {
    for (const auto& event : events) {
        if (event.name == name) {
            return static_cast<v1::CaseEvent::BodyCase>(event.number);
        }
    }
    return v1::CaseEvent::BODY_NOT_SET;
}

} // namespace tongban::cases
