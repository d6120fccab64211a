// Rules for events that stand beside the steps of the case: papers, sessions of the remote virtual window, owed materials,
// urges.
#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/text_scan.hpp"
#include "gateway/cases/validate_parts.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr field session_id{"session_id", "会话编号", "session id"};
constexpr field waybill{"waybill", "运单号", "waybill"};
constexpr field request_no{"request_no", "调取编号", "number of the request"};
constexpr field urge_no{"urge_no", "督办编号", "number of the urge"};
constexpr int codes_max = 50;
constexpr std::uint32_t parcels_max = 1000;

constexpr field code_list{"codes", "材料编码", "material codes"};

template <typename Codes>
void check_codes(rules& rules, const place& in, const Codes& codes, bool needed = true) {
    rules.required(in, code_list, !needed || !codes.empty());
    rules.count(in, code_list, codes.size(), codes_max);
    for (int i = 0; i < codes.size(); ++i) {
        rules.required_text({&in, "codes", i}, {"", "材料编码", "material code"}, codes[i], 100);
    }
}

void check_identity_check(rules& rules, const place& in, const v1::IdentityChecked& checked) {
    static constexpr field method{"method", "核验方式", "method"};
    rules.text(in, session_id, checked.session_id(), 100);
    rules.required(in, method, checked.method() != v1::IDENTITY_METHOD_UNSPECIFIED);
    rules.code(in, method, v1::IdentityMethod_IsValid(checked.method()));
    static constexpr field evidence{"evidence_ref", "核验凭证号", "reference to the evidence"};
    rules.text(in, evidence, checked.evidence_ref(), 200);
    rules.required(in, evidence, !checked.passed() || says(checked.evidence_ref()));
}

void check_joining(rules& rules, const place& in, const v1::SessionJoined& joined) {
    static constexpr field party{"party", "参与方", "party"};
    rules.required_text(in, session_id, joined.session_id(), 100);
    rules.required(in, party, joined.party() != v1::SESSION_PARTY_UNSPECIFIED);
    rules.code(in, party, v1::SessionParty_IsValid(joined.party()));
    rules.text(in, {"window_id", "窗口编号", "window id"}, joined.window_id(), 50);
}

void check_session_end(rules& rules, const place& in, const v1::SessionClosed& closed) {
    static constexpr field result{"result", "会话结果", "result"};
    rules.required_text(in, session_id, closed.session_id(), 100);
    rules.required(in, result, closed.result() != v1::SESSION_RESULT_UNSPECIFIED);
    rules.code(in, result, v1::SessionResult_IsValid(closed.result()));
}

void check_urge(rules& rules, const place& in, const v1::Urged& urged) {
    rules.text(in, urge_no, urged.urge_no(), 100);
    if (urged.has_limit()) {
        rules.waiting_limit(in, {"limit", "答复期限", "limit of the answer"}, urged.limit());
    }
}

void check_archive_request(rules& rules, const place& in, const v1::ArchiveRequested& asked) {
    static constexpr field child{"child", "子办件序号", "number of the child"};
    static constexpr field region{"region", "被调取地", "region that is asked"};
    static constexpr field list{"materials", "档案材料", "archives"};
    rules.range(in, child, asked.child(), bundle_children_max);
    rules.text(in, region, asked.region(), 50);
    rules.region(in, region, asked.region());
    rules.required(in, child, asked.child() != 0 || !asked.region().empty());
    rules.required(in, list, !asked.materials().empty());
    rules.count(in, list, asked.materials_size(), archive_materials_max);
    for (int i = 0; i < asked.materials_size(); ++i) {
        const auto& one = asked.materials(i);
        const place each{&in, "materials", i};
        rules.text(each, {"code", "材料编码", "material code"}, one.code(), 100);
        rules.text(each, {"name", "材料名称", "material name"}, one.name(), 200, text_kind::prose);
        rules.required(each, {"name", "材料名称", "material name"}, says(one.name()) || !one.code().empty());
    }
    if (asked.has_limit()) {
        rules.waiting_limit(in, {"limit", "答复期限", "limit of the reply"}, asked.limit());
    }
    rules.text(in, {"document_no", "联系函文号", "document number"}, asked.document_no(), 100);
    rules.text(in, request_no, asked.request_no(), 50);
}

void check_archive_reply(rules& rules, const place& in, const v1::ArchiveReplied& reply) {
    static constexpr field result{"archive_result", "答复结果", "result of the request"};
    const auto said = reply.archive_result();
    const bool gives = said == v1::ARCHIVE_RESULT_GRANTED || said == v1::ARCHIVE_RESULT_PARTLY_GRANTED;
    rules.text(in, request_no, reply.request_no(), 50);
    rules.required(in, result, said != v1::ARCHIVE_RESULT_UNSPECIFIED);
    // 未能转达 is the gateway's own word.
    rules.code(in, result, said <= v1::ARCHIVE_RESULT_CALLED_OFF && v1::ArchiveResult_IsValid(said));
    check_codes(rules, in, reply.codes(), gives);
    if (said == v1::ARCHIVE_RESULT_REFUSED && !reply.codes().empty()) {
        rules.found().add(in, code_list, "consistent", "不予提供时不应列出材料", "lists what is given, and the reply refuses");
    } else if (said == v1::ARCHIVE_RESULT_CALLED_OFF && !reply.codes().empty()) {
        rules.found().add(in, code_list, "consistent", "收回调取时不应列出材料", "lists what is given, and takes the request back");
    }
    rules.text(in, {"document_no", "复函文号", "document number"}, reply.document_no(), 100);
    // The gateway's words, dropped at admission.
    rules.range(in, {"child", "子办件序号", "number of the child"}, reply.child(), bundle_children_max);
    rules.text(in, {"region", "答复地", "region that replies"}, reply.region(), 50);
}

// All is given, or nothing is needed any more: neither asks for a reason.
bool says_enough(const v1::ArchiveReplied& reply) noexcept {
    return reply.archive_result() == v1::ARCHIVE_RESULT_GRANTED || reply.archive_result() == v1::ARCHIVE_RESULT_CALLED_OFF;
}

} // namespace

void check_beside(rules& rules, const place& in, const v1::CaseEvent& value) {
    using e = v1::CaseEvent;
    switch (value.body_case()) {
    case e::kShippedToDest:
        rules.text(in, waybill, value.shipped_to_dest().waybill(), 100);
        return rules.range(in, {"parcels", "件数", "number of parcels"}, value.shipped_to_dest().parcels(), parcels_max);
    case e::kPaperReceived:
        return rules.text(in, waybill, value.paper_received().waybill(), 100);
    case e::kSessionOpened:
        rules.required_text(in, session_id, value.session_opened().session_id(), 100);
        return rules.text(in, {"window_id", "窗口编号", "window id"}, value.session_opened().window_id(), 50);
    case e::kSessionJoined:
        return check_joining(rules, in, value.session_joined());
    case e::kIdentityChecked:
        return check_identity_check(rules, in, value.identity_checked());
    case e::kSessionClosed:
        return check_session_end(rules, in, value.session_closed());
    case e::kOwedSubmitted:
        return check_codes(rules, in, value.owed_submitted().codes());
    case e::kOwedCleared:
        return check_codes(rules, in, value.owed_cleared().codes());
    case e::kOwedRefused:
        check_codes(rules, in, value.owed_refused().codes());
        if (value.owed_refused().has_limit()) {
            rules.waiting_limit(in, {"limit", "重新补齐期限", "new limit"}, value.owed_refused().limit());
        }
        return;
    case e::kArchiveRequested:
        return check_archive_request(rules, in, value.archive_requested());
    case e::kArchiveReplied:
        return check_archive_reply(rules, in, value.archive_replied());
    case e::kUrged:
        return check_urge(rules, in, value.urged());
    case e::kUrgeAnswered:
        return rules.text(in, urge_no, value.urge_answered().urge_no(), 100);
    default:
        return; // no facts of its own, or the gateway's
    }
}

void check_required_beside(rules& rules, const place& dossier, const v1::CaseEvent& value) {
    const auto& words = value.dossier();
    static constexpr field reason{"reason", "原因", "reason"};
    static constexpr field result{"result_text", "结果", "result"};
    using e = v1::CaseEvent;
    switch (value.body_case()) {
    case e::kShippedToDest:
        return rules.required({&dossier, "delivery", -1}, {"waybill", "运单号", "waybill"},
                              says(value.shipped_to_dest().waybill()) || says(words.delivery().waybill()), severity::warn);
    case e::kPaperReceived:
        return rules.required(dossier, reason, value.paper_received().complete() || says(words.reason()));
    case e::kArchiveReplied:
        return rules.required(dossier, reason, says_enough(value.archive_replied()) || says(words.reason()));
    case e::kUrged:
    case e::kOwedRefused:
    case e::kArchiveRequested:
        return rules.required(dossier, reason, says(words.reason()));
    case e::kUrgeAnswered:
    case e::kRectified:
        return rules.required(dossier, result, says(words.result_text()));
    default:
        return;
    }
}

} // namespace tongban::cases
