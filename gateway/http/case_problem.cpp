// Verdicts and log errors as RFC 9457 problems.
#include "gateway/http/case_problem.hpp"

#include "connectors/log/event_log.hpp"
#include "gateway/cases/verdict_detail.hpp"

namespace tongban::http {

namespace {

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"'; // names and codes only: nothing that needs escaping
}

std::string kebab(std::string_view snake) {
    std::string text(snake);
    for (char& c : text) {
        c = c == '_' ? '-' : c;
    }
    return text;
}

} // namespace

problem problem_of(cases::verdict verdict, const v1::CaseState& state) {
    problem p;
    p.status = status_of(outcome_of(verdict));
    p.type = kebab(cases::name(verdict));
    p.title_zh = cases::message_zh(verdict);
    p.title_en = cases::message_en(verdict);
    auto detail = cases::detail_of(verdict, state);
    p.detail_zh = std::move(detail.zh);
    p.detail_en = std::move(detail.en);
    if (!state.case_id().empty()) {
        p.members.emplace_back("case_id", quoted(state.case_id()));
        p.members.emplace_back("state", quoted(cases::name(state.status())));
        p.members.emplace_back("state_zh", quoted(cases::term(state.status())));
    }
    if (state.has_lease()) {
        p.members.emplace_back("holder", quoted(state.lease().window_id()));
        p.members.emplace_back("lease_until_ms", std::to_string(state.lease().until_ms()));
    }
    return p;
}

problem problem_of(cases::verdict verdict, const v1::CaseState& state, v1::CaseEvent::BodyCase body, const v1::Sender& sender) {
    auto p = problem_of(verdict, state);
    auto detail = cases::detail_of(verdict, state, body, sender);
    p.detail_zh = std::move(detail.zh);
    p.detail_en = std::move(detail.en);
    return p;
}

problem problem_of(boost::system::error_code error) {
    using log::errc;
    if (error == errc::too_large) {
        return {413, "record-too-large", "报文超过账本单条上限", "The message is larger than one ledger record may be", "", "",
                0, {}};
    }
    if (error == errc::outcome_unknown || error == errc::closed) {
        return {503, "outcome-unknown", "暂时无法确认是否已保存", "It is not known yet whether this was stored",
                "请原样重发同一报文；网关按内容去重，不会重复受理。",
                "Send the same message again: it is recognised by its content and never stored twice.", 5, {}};
    }
    if (error == errc::not_authorised || error == errc::failed) {
        return {503, "ledger-refuses", "账本拒绝写入，已告警", "The ledger refuses to store; operators are alarmed",
                "未保存，请稍后重发。", "Nothing was stored; send it again later.", 30, {}};
    }
    return {503, "ledger-unavailable", "账本暂不可用", "The ledger cannot store right now", "未保存，请稍后重发。",
            "Nothing was stored; send it again later.", 5, {}};
}

v1::ReceiptOutcome outcome_of(cases::verdict reached) {
    using cases::verdict;
    switch (reached) {
    case verdict::applied: return v1::RECEIPT_OUTCOME_ACCEPTED;
    case verdict::duplicate: return v1::RECEIPT_OUTCOME_DUPLICATE;
    case verdict::wrong_side:
    case verdict::wrong_role: return v1::RECEIPT_OUTCOME_FORBIDDEN;
    case verdict::unknown_case: return v1::RECEIPT_OUTCOME_NOT_FOUND;
    case verdict::missing_body: return v1::RECEIPT_OUTCOME_REJECTED;
    default: return v1::RECEIPT_OUTCOME_CONFLICT;
    }
}

v1::ReceiptOutcome outcome_of(boost::system::error_code error) {
    if (error == log::errc::too_large) {
        return v1::RECEIPT_OUTCOME_REJECTED;
    }
    return error == log::errc::outcome_unknown || error == log::errc::closed ? v1::RECEIPT_OUTCOME_UNKNOWN
                                                                            : v1::RECEIPT_OUTCOME_UNAVAILABLE;
}

int status_of(v1::ReceiptOutcome outcome) noexcept {
    switch (outcome) {
    case v1::RECEIPT_OUTCOME_ACCEPTED: return 202;
    case v1::RECEIPT_OUTCOME_DUPLICATE: return 200;
    case v1::RECEIPT_OUTCOME_REJECTED: return 422;
    case v1::RECEIPT_OUTCOME_CONFLICT: return 409;
    case v1::RECEIPT_OUTCOME_FORBIDDEN: return 403;
    case v1::RECEIPT_OUTCOME_NOT_FOUND: return 404;
    case v1::RECEIPT_OUTCOME_UNKNOWN:
    case v1::RECEIPT_OUTCOME_UNAVAILABLE: return 503;
    default: return 500;
    }
}

problem unknown_partner() {
    return {403, "unknown-partner", "证书未登记为任何合作方", "The certificate belongs to no registered partner",
            "请联系运维登记证书。", "Ask the operators to register the certificate.", 0, {}};
}

problem case_not_found() {
    return {404, "case-not-found", "未找到办件，或贵方不是该办件的收件地或办理地",
            "No such case, or it is not of a region you act for", "", "", 0, {}};
}

problem not_your_region(std::string_view own_regions, std::string_view wanted) {
    problem p{403, "not-your-region", "报文中的地区不是贵方可代表的地区", "The region in the message is none you act for", "", "", 0, {}};
    p.detail_zh = "贵方代表地区 " + std::string(own_regions) + "，报文地区 " + std::string(wanted) + "。";
    p.detail_en = "You act for " + std::string(own_regions) + "; the message says " +
                  std::string(wanted) + ".";
    return p;
}

problem not_your_role(std::string_view needed) {
    problem p{403, "not-your-role", "该证书的角色不能执行此操作", "This certificate's role may not do this", "", "", 0, {}};
    p.detail_en = "Needed: " + std::string(needed) + ".";
    p.detail_zh = "需要角色：" + std::string(needed) + "。";
    return p;
}

problem malformed(std::string detail_zh, std::string detail_en) {
    return {400, "malformed", "报文无法解析", "The message cannot be parsed", std::move(detail_zh), std::move(detail_en), 0, {}};
}

problem invalid(std::string detail_zh, std::string detail_en) {
    return {422, "invalid", "报文内容不符合要求", "The message breaks rules", std::move(detail_zh), std::move(detail_en), 0, {}};
}

problem view_unavailable() {
    return {503, "view-unavailable", "查询视图暂不可用", "The view cannot be read right now", "请稍后重试。", "Try again later.",
            5, {}};
}

} // namespace tongban::http
