// Rules for the open facts of an event: limits, organisations, codes, and what each event requires.
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/cases/text_scan.hpp"
#include "gateway/cases/validate.hpp"
#include "gateway/cases/validate_parts.hpp"

#include <set>

namespace tongban::cases {

namespace {

constexpr field window_id{"window_id", "窗口编号", "window id"};
constexpr field reason{"reason", "原因", "reason"};
constexpr int max_owed_materials = 50;

// How A took it in: of a 收件 and of a filing.
template <typename Taken>
void check_intake(rules& rules, const place& in, const Taken& taken) {
    rules.code(in, {"channel", "申报来源", "channel"}, v1::Channel_IsValid(taken.channel()));
    rules.text(in, {"terminal_id", "终端编号", "terminal id"}, taken.terminal_id(), 50);
}

void check_submission(rules& rules, const place& in, const v1::CaseSubmitted& filed) {
    static constexpr field promise{"promise", "承诺时限", "promised limit"};
    static constexpr field statutory{"statutory", "法定时限", "statutory limit"};
    check_item(rules, in, filed.item());
    rules.code(in, {"business_mode", "通办方式", "business mode"},
               v1::BusinessMode_IsValid(filed.business_mode()));
    rules.code(in, {"case_type", "办件类型", "case type"}, v1::CaseType_IsValid(filed.case_type()));
    check_intake(rules, in, filed);
    if (filed.has_promise()) {
        rules.limit(in, promise, filed.promise());
    }
    if (filed.has_statutory()) {
        rules.limit(in, statutory, filed.statutory());
    }
    if (filed.has_promise() && filed.has_statutory() && filed.promise().unit() == filed.statutory().unit() &&
        filed.promise().value() > filed.statutory().value()) {
        rules.found().add(in, promise, "range", "长于法定时限", "is longer than the statutory limit");
    }
    rules.text(in, window_id, filed.window_id(), 50);
    rules.text(in, {"receipt_no", "收件凭证号", "receipt number"}, filed.receipt_no(), 50);
    rules.organisation(in, {"item_owner", "事项实施主体", "body in charge of the item"}, filed.item_owner());
    if (filed.has_fee_fen()) {
        rules.range(in, {"fee_fen", "收费（分）", "fee in fen"}, filed.fee_fen(), 100'000'000'000);
    }
    if (filed.has_onsite_visits()) {
        rules.range(in, {"onsite_visits", "到现场次数", "visits in person"}, filed.onsite_visits(), 100);
    }
    rules.text(in, {"bundle_code", "一件事编码", "bundle code"}, filed.bundle_code(), 50);
    // What only the gateway sets is dropped at admission; its text is no better than any other.
    rules.text({&in, "parent", -1}, {"case_id", "主办件", "parent case"}, filed.parent().case_id(), 50);
}

void check_collection(rules& rules, const place& in, const v1::CaseCollected& collected) {
    check_item(rules, in, collected.item());
    rules.code(in, {"business_mode", "通办方式", "business mode"},
               v1::BusinessMode_IsValid(collected.business_mode()));
    check_intake(rules, in, collected);
    rules.text(in, {"receipt_no", "收件凭证号", "receipt number"}, collected.receipt_no(), 50);
    rules.text(in, window_id, collected.window_id(), 50);
    if (collected.business_mode() == v1::BUSINESS_MODE_COLLECT_FOR_OTHER) { // what the window at A is there for
        rules.required(in, {"form_checked", "形式审查", "check of the form"}, collected.form_checked(), severity::warn);
        rules.required(in, {"identity_checked", "身份核验", "identity check"}, collected.identity_checked(), severity::warn);
    }
}

void check_supplement(rules& rules, const place& in, const v1::SupplementRequired& required) {
    rules.count(in, {"missing", "补正清单", "list of what is missing"}, required.missing_size(), 200);
    for (int i = 0; i < required.missing_size(); ++i) {
        const auto& item = required.missing(i);
        const place one{&in, "missing", i};
        rules.text(one, {"code", "材料编码", "material code"}, item.code(), 100);
        rules.text(one, {"name", "材料名称", "material name"}, item.name(), 200, text_kind::prose);
        rules.text(one, {"demand", "补正要求", "what is asked for"}, item.demand(), 2000, text_kind::prose);
        rules.required(one, {"name", "材料名称", "material name"},
                       says(item.name()) || !item.code().empty());
    }
    if (required.has_limit()) {
        rules.waiting_limit(in, {"limit", "补正期限", "limit of the supplement"}, required.limit());
    }
}

void check_owed_material(rules& rules, const place& in, const v1::OwedMaterial& owed) {
    static constexpr field code{"code", "材料编码", "material code"};
    rules.required(in, code, !owed.code().empty() || says(owed.name()));
    rules.text(in, code, owed.code(), 100);
    rules.text(in, {"name", "材料名称", "material name"}, owed.name(), 200, text_kind::prose);
    if (owed.has_limit()) {
        rules.waiting_limit(in, {"limit", "承诺补齐期限", "promised limit"}, owed.limit());
    }
    rules.code(in, {"consequence", "逾期后果", "consequence"}, v1::OwedConsequence_IsValid(owed.consequence()));
    rules.text(in, {"commitment", "承诺书材料编码", "material code of the commitment"}, owed.commitment(), 100);
}

void check_acceptance(rules& rules, const place& in, const v1::CaseAccepted& accepted) {
    rules.text(in, {"notice_no", "受理通知书文号", "notice number"}, accepted.notice_no(), 100);
    rules.count(in, {"owed", "容缺材料", "owed materials"}, accepted.owed_size(), max_owed_materials);
    std::set<std::string_view> codes;
    for (int i = 0; i < accepted.owed_size(); ++i) {
        const place one{&in, "owed", i};
        check_owed_material(rules, one, accepted.owed(i));
        if (!codes.insert(key_of(accepted.owed(i))).second) {
            rules.found().add(one, {"code", "材料编码", "material code"}, "unique", "重复", "stands twice");
        }
    }
}

void check_return(rules& rules, const place& in, const v1::Returned& returned) {
    rules.text(in, {"reason_class", "退件原因类别", "class of the reason"}, returned.reason_class(), 100);
    rules.code(in, {"reason", "退件原因类别", "class of the reason"}, v1::ReturnReason_IsValid(returned.reason()));
}

void check_extension(rules& rules, const place& in, const v1::DeadlineExtended& extended) {
    static constexpr field extension{"extension", "延长期限", "extension"};
    static constexpr field approver{"approver_id", "批准人工号", "staff number of the head who approved"};
    rules.text(in, approver, extended.approver_id(), 50);
    if (extended.approver_id().empty()) { // not every city's format carries it
        rules.found().add(in, approver, "required", "建议填写；延长期限须经本行政机关负责人批准（行政许可法第四十二条）",
                          "should be given; the head of the body has to approve an extension (行政许可法 42)", severity::warn);
    }
    if (!extended.has_extension()) {
        rules.found().missing(in, extension);
        return;
    }
    rules.limit(in, extension, extended.extension());
    const auto& limit = extended.extension();
    if (limit.unit() == v1::LIMIT_UNIT_WORKDAY ? limit.value() < 1 || limit.value() > joint_extension_days_max
                                               : limit.unit() != v1::LIMIT_UNIT_UNSPECIFIED) {
        rules.found().add(in, extension, "range", "应为1至10个工作日，联合办理至15个（行政许可法）",
                          "must be 1 to 10 working days, to 15 where handled jointly");
    }
}

void check_special(rules& rules, const place& in, const v1::SpecialStarted& started) {
    static constexpr field kind{"kind", "特别程序种类", "kind of special procedure"};
    static constexpr field limit{"limit", "特别程序时限", "limit of the special procedure"};
    if (started.kind() != v1::SPECIAL_KIND_SUSPENSION) {
        rules.found().add(in, kind, started.kind() == v1::SPECIAL_KIND_UNSPECIFIED ? "required" : "code",
                          "应为2（停止计时）；延长审批请用 DEADLINE_EXTENDED",
                          "must be 2 (the clock stops); an extension is DEADLINE_EXTENDED");
    }
    rules.required(in, limit, started.has_limit());
    if (started.has_limit()) {
        rules.waiting_limit(in, limit, started.limit());
    }
}

void check_closing(rules& rules, const place& in, const v1::CaseClosed& closed) {
    static constexpr field outcome{"outcome", "办结结果", "outcome"};
    rules.required(in, outcome, closed.outcome() != v1::OUTCOME_UNSPECIFIED);
    rules.code(in, outcome, v1::Outcome_IsValid(closed.outcome()));
    rules.text(in, {"code_raw", "原办结代码", "code at the source"}, closed.code_raw(), 50);
    if (closed.has_fee_fen()) {
        rules.range(in, {"fee_fen", "收费（分）", "fee in fen"}, closed.fee_fen(), 100'000'000'000);
    }
    rules.organisation(in, {"deciding_org", "决定机构", "deciding body"}, closed.deciding_org());
}

void check_evaluation(rules& rules, const place& in, const v1::Evaluated& evaluated) {
    static constexpr field grade{"grade", "评价等级", "grade"};
    rules.required(in, grade, evaluated.grade() != v1::GRADE_UNSPECIFIED);
    rules.code(in, grade, v1::Grade_IsValid(evaluated.grade()));
    rules.code(in, {"channel", "评价渠道", "channel"}, v1::Channel_IsValid(evaluated.channel()));
    rules.count(in, {"items", "评价指标", "evaluation items"}, evaluated.items_size(), 50);
    for (int i = 0; i < evaluated.items_size(); ++i) {
        rules.text({&in, "items", i}, {"", "评价指标", "evaluation item"}, evaluated.items(i), 200);
    }
    rules.range(in, {"nth", "评价次数", "number of the evaluation"}, evaluated.nth(), 100);
}

void check_step(rules& rules, const place& in, const v1::Step& step) {
    rules.code(in, {"kind", "审批步骤", "step"}, v1::StepKind_IsValid(step.kind()));
    rules.code(in, {"result", "步骤结果", "result of the step"}, v1::StepResult_IsValid(step.result()));
    rules.text(in, {"name", "步骤名称", "name of the step"}, step.name(), 200);
}

void check_decision(rules& rules, const place& in, const v1::Decided& decided) {
    static constexpr field decision{"decision", "决定", "decision"};
    rules.required(in, decision, decided.decision() != v1::DECISION_UNSPECIFIED);
    rules.code(in, decision, v1::Decision_IsValid(decided.decision()));
    rules.text(in, {"document_no", "文书号", "document number"}, decided.document_no(), 100);
}

void check_claim(rules& rules, const place& in, const v1::Claimed& claimed) {
    rules.required_text(in, window_id, claimed.window_id(), 50);
    rules.staff_number(in, {"operator_id", "工号", "staff number"}, claimed.operator_id());
    rules.required(in, {"lease_seconds", "认领时长", "length of the lease"}, claimed.lease_seconds() > 0);
}

void check_void(rules& rules, const place& in, const v1::CaseVoided& voided) {
    rules.code(in, {"outcome", "作废类别", "outcome"},
               voided.outcome() == v1::OUTCOME_UNSPECIFIED || voided.outcome() == v1::OUTCOME_VOIDED ||
                   voided.outcome() == v1::OUTCOME_DELETED);
}

void check_forward(rules& rules, const place& in, const v1::CaseForwarded& forwarded) {
    static constexpr field to_region{"to_region", "转往地区", "region it goes to"};
    rules.text(in, to_region, forwarded.to_region(), 50);
    rules.region(in, to_region, forwarded.to_region());
    rules.organisation(in, {"to_org", "转往机构", "body it goes to"}, forwarded.to_org());
    rules.required(in, to_region, !forwarded.to_region().empty() || says(forwarded.to_org().name()));
}

void check_terms(rules& rules, const place& in, const v1::CaseTerms& terms) {
    rules.text(in, {"item_version", "事项版本", "item version"}, terms.item_version(), 50);
    rules.text(in, {"agreement", "合作协议", "agreement"}, terms.agreement(), 100);
    rules.text(in, {"rules_version", "运行管理办法版本", "version of the rules"}, terms.rules_version(), 100);
    rules.text(in, {"item_class", "事项类别", "item class"}, terms.item_class(), 100);
    rules.text(in, {"deciding_uscc", "决定机构代码", "code of the deciding body"}, terms.deciding_uscc(), 50);
    rules.count(in, {"missing", "申报时缺少的材料", "materials missing at the filing"}, terms.missing_size(), max_owed_materials);
    for (int i = 0; i < terms.missing_size(); ++i) {
        check_owed_material(rules, {&in, "missing", i}, terms.missing(i));
    }
    rules.code(in, {"level", "行使层级", "level of authority"}, v1::AuthorityLevel_IsValid(terms.level()));
    if (terms.has_promise()) {
        rules.limit(in, {"promise", "承诺时限", "promised limit"}, terms.promise());
    }
    if (terms.has_statutory()) {
        rules.limit(in, {"statutory", "法定时限", "statutory limit"}, terms.statutory());
    }
    if (terms.has_supplement()) {
        rules.limit(in, {"supplement", "补正期限", "limit of the supplement"}, terms.supplement());
    }
}

void check_gateway_body(rules& rules, const place& in, const v1::CaseEvent& value) {
    rules.text(in, {"queue_region", "队列地区", "region of the queue"}, value.routed().queue_region(), 50);
    rules.region(in, {"queue_region", "队列地区", "region of the queue"}, value.routed().queue_region());
    if (value.routed().has_terms()) {
        check_terms(rules, {&in, "terms", -1}, value.routed().terms());
    }
    const auto& reasons = value.rejected_by_gateway().reasons();
    rules.count(in, {"reasons", "退回原因", "reasons"}, reasons.size(), 50);
    for (int i = 0; i < reasons.size(); ++i) {
        rules.text({&in, "reasons", i}, {"", "退回原因", "reason"}, reasons[i], 2000, text_kind::prose);
    }
}

bool has_words(const v1::Dossier& dossier) noexcept {
    return says(dossier.reason()) || says(dossier.evaluation_text());
}

void check_applicant_required(rules& rules, const place& dossier, const v1::CaseEvent& value) {
    const place in{&dossier, "applicant", -1};
    const auto& applicant = value.dossier().applicant();
    rules.required(in, {"name", "申请人姓名/名称", "applicant's name"}, says(applicant.name()));
    rules.required(in, {"id_no", "申请人证件号码", "applicant's identity document number"},
                   !applicant.id_no().empty());
    rules.required(in, {"id_type", "申请人证件类型", "applicant's identity document type"},
                   !applicant.id_type().empty() ||
                       !applicant.id_no().empty()); // with a number it is told there
    rules.required(in, {"type", "申请人类型", "applicant type"},
                   applicant.type() != v1::APPLICANT_TYPE_UNSPECIFIED, severity::warn);
}

} // namespace

void check_body(rules& rules, const place& event, const v1::CaseEvent& value) {
    const auto* body = v1::CaseEvent::descriptor()->FindFieldByNumber(value.body_case());
    const place in{&event, body == nullptr ? std::string_view{} : std::string_view(body->name()), -1};
    using e = v1::CaseEvent;
    switch (value.body_case()) {
    case e::kCaseCollected:
        return check_collection(rules, in, value.case_collected());
    case e::kCaseSubmitted:
        return check_submission(rules, in, value.case_submitted());
    case e::kRouted:
    case e::kRejectedByGateway:
        return check_gateway_body(rules, in, value);
    case e::kDestReceived:
        return rules.text(in, window_id, value.dest_received().window_id(), 50);
    case e::kCaseAccepted:
        return check_acceptance(rules, in, value.case_accepted());
    case e::kSupplementRequired:
        return check_supplement(rules, in, value.supplement_required());
    case e::kAcceptanceRefused:
        return rules.text(in, {"notice_no", "不予受理通知书文号", "notice number"},
                          value.acceptance_refused().notice_no(), 100);
    case e::kReturned:
        return check_return(rules, in, value.returned());
    case e::kStep:
        return check_step(rules, in, value.step());
    case e::kSpecialStarted:
        return check_special(rules, in, value.special_started());
    case e::kSpecialEnded:
        return rules.code(in, {"kind", "特别程序种类", "kind of special procedure"},
                          value.special_ended().kind() == v1::SPECIAL_KIND_UNSPECIFIED ||
                              value.special_ended().kind() == v1::SPECIAL_KIND_SUSPENSION);
    case e::kDeadlineExtended:
        return check_extension(rules, in, value.deadline_extended());
    case e::kDecided:
        return check_decision(rules, in, value.decided());
    case e::kCaseClosed:
        return check_closing(rules, in, value.case_closed());
    case e::kReadyForCollection:
        return rules.text(in, window_id, value.ready_for_collection().window_id(), 50);
    case e::kEvaluated:
        return check_evaluation(rules, in, value.evaluated());
    case e::kCaseVoided:
        return check_void(rules, in, value.case_voided());
    case e::kCaseForwarded:
        return check_forward(rules, in, value.case_forwarded());
    case e::kClaimed:
        return check_claim(rules, in, value.claimed());
    default:
        return check_beside(rules, in, value);
    }
}

bool names_case(const v1::CaseEvent& event) noexcept {
    const auto& ref = event.case_();
    const bool opens = event.has_case_submitted() || event.has_case_collected();
    return !ref.source_case_no().empty() || (!opens && (!ref.case_id().empty() || !ref.dest_case_no().empty()));
}

void check_required(rules& rules, const place& event, const v1::CaseEvent& value) {
    const place dossier{&event, "dossier", -1};
    const place ref{&event, "case", -1};
    const auto& words = value.dossier();
    using e = v1::CaseEvent;
    rules.required(ref, {"source_case_no", "办件编号", "case number"}, names_case(value) || value.body_case() == e::BODY_NOT_SET);
    switch (value.body_case()) {
    case e::kCaseCollected:
        return;
    case e::kCaseSubmitted: {
        const place in{&event, "case_submitted", -1};
        const auto& filed = value.case_submitted();
        // 一件事: the catalogue says which items, and where.
        const bool one_item = filed.bundle_code().empty();
        rules.required(ref, {"dest_region", "办理地", "destination region"},
                       !one_item || !value.case_().dest_region().empty());
        rules.required({&in, "item", -1}, {"impl_code", "实施编码", "implementation code"}, !one_item || !filed.item().impl_code().empty());
        rules.required(in, {"business_mode", "通办方式", "business mode"},
                       filed.business_mode() != v1::BUSINESS_MODE_UNSPECIFIED);
        return check_applicant_required(rules, dossier, value);
    }
    case e::kSupplementRequired:
        return rules.required({&event, "supplement_required", -1},
                              {"missing", "补正清单", "list of what is missing"},
                              value.supplement_required().missing_size() > 0);
    case e::kSupplementSubmitted:
        return rules.required(dossier, {"materials", "补正材料", "supplemented materials"},
                              words.materials_size() + words.form_size() > 0, severity::warn);
    case e::kAcceptanceRefused:
        rules.required(dossier, reason, says(words.reason()));
        return rules.required(dossier, {"legal_basis", "法律依据", "legal basis"},
                              says(words.legal_basis()), severity::warn);
    case e::kReturned:
        return rules.required(dossier, reason,
                              says(words.reason()) || says(value.returned().reason_class()) ||
                                  value.returned().reason() != v1::RETURN_REASON_UNSPECIFIED);
    case e::kSpecialStarted:
        return rules.required(dossier, reason, says(words.reason()), severity::warn);
    case e::kDecided:
        return rules.required(dossier, reason,
                              value.decided().decision() != v1::DECISION_DENIED || says(words.reason()),
                              severity::warn);
    case e::kCertIssued:
        return rules.required(dossier, {"certificates", "证照", "certificates"},
                              words.certificates_size() > 0);
    case e::kShipped:
        return rules.required({&dossier, "delivery", -1}, {"waybill", "运单号", "waybill"},
                              says(words.delivery().waybill()), severity::warn);
    case e::kEvaluated:
        return rules.required(dossier, {"evaluation_text", "差评原因", "reason of a bad grade"},
                              !is_bad(value.evaluated().grade()) || has_words(words) ||
                                  value.evaluated().items_size() > 0);
    case e::kCaseVoided:
        return rules.required(dossier, reason, says(words.reason()));
    default:
        return check_required_beside(rules, dossier, value);
    }
}

} // namespace tongban::cases
