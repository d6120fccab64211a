// Rules for the personal part of an event.
#include "gateway/cases/check_digits.hpp"
#include "gateway/cases/field_sources.hpp"
#include "gateway/cases/licence_validity.hpp"
#include "gateway/cases/validate_parts.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr field name_field{"name", "姓名/名称", "name"};
constexpr field id_type{"id_type", "证件类型", "identity document type"};
constexpr field id_no{"id_no", "证件号码", "identity document number"};
constexpr field phone_field{"phone", "联系电话", "telephone number"};
constexpr field address_field{"address", "地址", "address"};

bool holds_identity_number(std::string_view type) noexcept {
    return type == "111" || type == "112";
}

// 证件类型 is three digits of GA/T 2000.156 or USCC; the list itself is not closed
// (schemas/codes/id_type.yaml).
bool is_id_type(std::string_view type) noexcept {
    return type == "USCC" ||
           (type.size() == 3 && std::ranges::all_of(type, [](char c) { return c >= '0' && c <= '9'; }));
}

void check_identity_document(rules& rules, const place& in, std::string_view type, std::string_view number) {
    rules.text(in, id_type, type, 50);
    rules.text(in, id_no, number, 50);
    if (!type.empty()) {
        rules.code(in, id_type, is_id_type(type));
    } else if (!number.empty()) {
        rules.found().missing(in, id_type);
    }
    // Whatever the document: a spreadsheet may have eaten its digits.
    const bool by_spreadsheet =
        !number.empty() && check_identity(number, rules.today()) == identity_fault::exponent;
    if (type == "USCC") {
        rules.uscc(in, id_no, number);
    } else if (holds_identity_number(type) || by_spreadsheet) {
        rules.identity(in, id_no, number);
    }
}

void check_person(rules& rules, const place& in, const v1::Person& person) {
    rules.text(in, name_field, person.name(), 100, text_kind::name);
    check_identity_document(rules, in, person.id_type(), person.id_no());
    rules.text(in, phone_field, person.phone(), 50);
    rules.phone(in, phone_field, person.phone());
}

// What the identity number says about birth and gender.
void check_against_number(rules& rules, const place& in, const v1::Applicant& applicant,
                          std::optional<std::chrono::year_month_day> born) {
    const std::string_view number = applicant.id_no();
    if (!holds_identity_number(applicant.id_type()) || number.size() != 18) {
        return;
    }
    const bool male = ((number[16] - '0') & 1) != 0;
    const bool disagrees =
        (applicant.gender() == v1::GENDER_MALE && !male) || (applicant.gender() == v1::GENDER_FEMALE && male);
    if (disagrees) {
        rules.found().add(in, {"gender", "性别", "gender"}, "consistent", "与身份证号第17位不符",
                          "disagrees with the identity number", severity::warn);
    }
    const auto in_number = identity_birth_date(number);
    if (born && in_number && *born != *in_number) {
        rules.found().add(in, {"birth_date", "出生日期", "birth date"}, "consistent", "与身份证号不符",
                          "disagrees with the identity number", severity::warn);
    }
}

void check_applicant(rules& rules, const place& in, const v1::Applicant& applicant) {
    static constexpr field birth_date{"birth_date", "出生日期", "birth date"};
    rules.code(in, {"type", "申请人类型", "applicant type"}, v1::ApplicantType_IsValid(applicant.type()));
    rules.code(in, {"gender", "性别", "gender"}, v1::Gender_IsValid(applicant.gender()));
    rules.text(in, name_field, applicant.name(), 100, text_kind::name);
    check_identity_document(rules, in, applicant.id_type(), applicant.id_no());
    rules.text(in, phone_field, applicant.phone(), 50);
    rules.phone(in, phone_field, applicant.phone());
    rules.text(in, address_field, applicant.address(), 500, text_kind::prose);
    rules.text(in, birth_date, applicant.birth_date(), 50);
    const auto born = rules.date(in, birth_date, applicant.birth_date());
    if (born && *born > rules.today()) {
        rules.found().add(in, birth_date, "date", "晚于今天", "is after today");
    }
    check_against_number(rules, in, applicant, born);
    const std::string_view nation = applicant.nation();
    static constexpr field nation_field{"nation", "民族", "ethnic group"};
    rules.text(in, nation_field, nation, 50);
    if (!nation.empty()) {
        rules.code(in, nation_field,
                   nation.size() == 2 && nation[0] >= '0' && nation[0] <= '9' && nation[1] >= '0' &&
                       nation[1] <= '9');
    }
    const place legal_rep{&in, "legal_rep", -1};
    check_person(rules, legal_rep, applicant.legal_rep());
    if (applicant.type() == v1::APPLICANT_TYPE_ENTERPRISE && applicant.legal_rep().name().empty()) {
        rules.found().missing(legal_rep, {"name", "法定代表人姓名", "name of the legal representative"},
                              severity::warn);
    }
    const bool person = applicant.type() == v1::APPLICANT_TYPE_NATURAL;
    if (applicant.type() != v1::APPLICANT_TYPE_UNSPECIFIED && !applicant.id_type().empty() &&
        person == (applicant.id_type() == "USCC")) {
        rules.found().add(in, id_type, "consistent", "与申请人类型不符",
                          "is unusual for this type of applicant", severity::warn);
    }
}

void check_file(rules& rules, const place& in, const v1::MaterialFile& file) {
    rules.text(in, {"file_id", "文件标识", "file id"}, file.file_id(), 500);
    rules.text(in, {"name", "文件名", "file name"}, file.name(), 255);
    if (file.has_size()) {
        rules.range(in, {"size", "文件大小", "file size"}, file.size(), std::int64_t{1} << 40);
    }
    rules.text(in, {"media_type", "文件类型", "media type"}, file.media_type(), 100);
    rules.text(in, {"sha256", "SHA-256", "SHA-256"}, file.sha256(), 100);
    rules.digest(in, {"sha256", "SHA-256", "SHA-256"}, file.sha256());
    rules.text(in, {"sm3", "SM3", "SM3"}, file.sm3(), 100);
    rules.digest(in, {"sm3", "SM3", "SM3"}, file.sm3());
    rules.text(in, {"url", "文件地址", "file address"}, file.url(), 2000);
    if (file.has_expires_at()) {
        rules.instant(in, {"expires_at", "地址有效期", "end of the address"}, file.expires_at());
    }
}

void check_agent(rules& rules, const place& in, const v1::Dossier& dossier, const v1::CaseEvent& event) {
    const auto& agent = dossier.agent();
    const place person{&in, "person", -1};
    check_person(rules, person, agent.person());
    rules.text(in, {"relation", "与申请人关系", "relation to the applicant"}, agent.relation(), 50);
    check_file(rules, {&in, "authorisation", -1}, agent.authorisation());
    if (agent.has_authorised_until()) {
        static constexpr field until{"authorised_until", "授权有效期", "end of the authorisation"};
        rules.instant(in, until, agent.authorised_until());
        if (event.has_occurred_at() && agent.authorised_until().seconds() < event.occurred_at().seconds()) {
            rules.found().add(in, until, "date", "授权已过期", "the authorisation has run out",
                              severity::warn);
        }
    }
    const auto& number = agent.person().id_no();
    if (!number.empty() && number == dossier.applicant().id_no() &&
        agent.person().id_type() == dossier.applicant().id_type()) {
        rules.found().add(person, id_no, "consistent", "代理人与申请人不能是同一人",
                          "the agent cannot be the applicant");
    }
    if (!number.empty() && agent.person().name().empty()) {
        rules.found().missing(person, {"name", "代理人姓名", "name of the agent"});
    }
}

void check_material(rules& rules, const place& in, const v1::Material& material) {
    rules.text(in, {"code", "材料编码", "material code"}, material.code(), 100);
    rules.text(in, {"name", "材料名称", "material name"}, material.name(), 200, text_kind::prose);
    rules.code(in, {"source", "材料来源", "material source"}, v1::MaterialSource_IsValid(material.source()));
    if (material.has_copies()) {
        rules.range(in, {"copies", "份数", "copies"}, material.copies(), 9999);
    }
    if (material.has_paper_copies()) {
        rules.range(in, {"paper_copies", "纸质份数", "paper copies"}, material.paper_copies(), 9999);
    }
    rules.count(in, {"files", "材料文件", "files"}, material.files_size(), 200);
    for (int i = 0; i < material.files_size(); ++i) {
        check_file(rules, {&in, "files", i}, material.files(i));
    }
    rules.text(in, {"licence_ref", "电子证照标识", "licence identifier"}, material.licence_ref(), 200);
    rules.licence(in, {"licence_ref", "电子证照标识", "licence identifier"}, material.licence_ref());
    if (material.tolerance().has_due_at()) {
        rules.instant({&in, "tolerance", -1},
                      {"due_at", "容缺补齐时间", "promised date of a tolerated material"},
                      material.tolerance().due_at());
    }
}

void check_certificate(rules& rules, const place& in, const v1::Certificate& certificate) {
    static constexpr field from{"valid_from", "有效期起", "valid from"};
    static constexpr field to{"valid_to", "有效期止", "valid to"};
    rules.text(in, {"licence_ref", "电子证照标识", "licence identifier"}, certificate.licence_ref(), 200);
    rules.licence(in, {"licence_ref", "电子证照标识", "licence identifier"}, certificate.licence_ref());
    rules.text(in, {"name", "证照名称", "certificate name"}, certificate.name(), 200, text_kind::prose);
    rules.text(in, {"number", "证照编号", "certificate number"}, certificate.number(), 100);
    rules.text(in, from, certificate.valid_from(), 50);
    rules.text(in, to, certificate.valid_to(), 50);
    rules.text(in, {"issuer", "颁发机构", "issuer"}, certificate.issuer(), 200, text_kind::name);
    check_file(rules, {&in, "file", -1}, certificate.file());
    const auto first = rules.date(in, from, certificate.valid_from());
    const auto last = rules.date(in, to, certificate.valid_to());
    if (first && last && *last < *first) {
        rules.found().add(in, to, "range", "早于有效期起", "is before the first day");
    } else if (last && has_expired(certificate, rules.today())) {
        rules.found().add(in, to, "licence_expired", "已过；证照已失效，已照收，请核验",
                          "has passed: the licence is no longer valid; taken as it is, please check", severity::warn);
    } else if (first && is_yet_to_begin(certificate, rules.today())) {
        rules.found().add(in, from, "licence_not_yet_valid", "未到；证照尚未生效，已照收，请核验",
                          "is still to come: the licence is not valid yet; taken as it is, please check", severity::warn);
    }
}

void check_delivery(rules& rules, const place& in, const v1::Delivery& delivery) {
    rules.code(in, {"way", "送达方式", "delivery way"}, v1::DeliveryWay_IsValid(delivery.way()));
    rules.text(in, {"receiver", "收件人", "receiver"}, delivery.receiver(), 100, text_kind::name);
    rules.text(in, phone_field, delivery.phone(), 50);
    rules.phone(in, phone_field, delivery.phone());
    rules.text(in, address_field, delivery.address(), 500, text_kind::prose);
    rules.text(in, {"postcode", "邮政编码", "postcode"}, delivery.postcode(), 10);
    rules.text(in, {"waybill", "运单号", "waybill"}, delivery.waybill(), 50);
    if (delivery.has_shipped_at()) {
        rules.instant(in, {"shipped_at", "寄出时间", "time of shipping"}, delivery.shipped_at());
    }
    if (delivery.has_signed_at()) {
        rules.instant(in, {"signed_at", "签收时间", "time of signature"}, delivery.signed_at());
    }
}

void check_fields(rules& rules, const place& in, const field& what,
                  const google::protobuf::RepeatedPtrField<v1::FormField>& fields) {
    rules.count(in, what, fields.size(), 2000);
    for (int i = 0; i < fields.size(); ++i) {
        const place one{&in, what.name, i};
        rules.text(one, {"name", "字段名", "field name"}, fields[i].name(), 200);
        rules.text(one, {"value", "字段值", "field value"}, fields[i].value(), 100'000, text_kind::prose);
    }
}

void check_words(rules& rules, const place& in, const v1::Dossier& dossier) {
    const auto prose = [&](const field& what, std::string_view value) {
        rules.text(in, what, value, 4000, text_kind::prose);
    };
    prose({"reason", "原因", "reason"}, dossier.reason());
    prose({"legal_basis", "法律依据", "legal basis"}, dossier.legal_basis());
    prose({"result_text", "结果描述", "result in words"}, dossier.result_text());
    prose({"evaluation_text", "评价内容", "evaluation in words"}, dossier.evaluation_text());
    prose({"note", "备注", "note"}, dossier.note());
    prose({"title", "申报名称", "title"}, dossier.title());
    rules.text(in, {"identity_token", "身份码", "identity token"}, dossier.identity_token(), 4000);
    rules.text(in, {"query_code", "查询密码", "query code"}, dossier.query_code(), 100);
}

} // namespace

void check_dossier(rules& rules, const place& in, const v1::Dossier& dossier, const v1::CaseEvent& event) {
    if (dossier.has_applicant()) {
        check_applicant(rules, {&in, "applicant", -1}, dossier.applicant());
    }
    if (dossier.has_agent()) {
        check_agent(rules, {&in, "agent", -1}, dossier, event);
    }
    check_fields(rules, in, {"form", "业务表单", "form"}, dossier.form());
    if (dossier.has_amount_fen()) {
        rules.range(in, {"amount_fen", "金额（分）", "amount in fen"}, dossier.amount_fen(),
                    1'000'000'000'000'000);
    }
    rules.count(in, {"materials", "材料", "materials"}, dossier.materials_size(), 500);
    for (int i = 0; i < dossier.materials_size(); ++i) {
        check_material(rules, {&in, "materials", i}, dossier.materials(i));
    }
    if (dossier.has_delivery()) {
        check_delivery(rules, {&in, "delivery", -1}, dossier.delivery());
    }
    rules.code(in, {"priority_group", "特殊群体", "priority group"}, v1::PriorityGroup_IsValid(dossier.priority_group()));
    const place by{&in, "operator", -1};
    rules.text(by, {"name", "办理人", "operator"}, dossier.operator_().name(), 100, text_kind::name);
    rules.text(by, {"staff_no", "工号", "staff number"}, dossier.operator_().staff_no(), 50);
    rules.count(in, {"certificates", "证照", "certificates"}, dossier.certificates_size(), 200);
    for (int i = 0; i < dossier.certificates_size(); ++i) {
        check_certificate(rules, {&in, "certificates", i}, dossier.certificates(i));
    }
    check_words(rules, in, dossier);
    check_fields(rules, in, {"extra", "其他字段", "extra fields"}, dossier.extra());
    check_field_sources(rules, in, dossier);
    const place contact{&in, "contact", -1};
    rules.text(contact, {"name", "联系人", "contact"}, dossier.contact().name(), 100, text_kind::name);
    rules.text(contact, phone_field, dossier.contact().phone(), 50);
    rules.phone(contact, phone_field, dossier.contact().phone());
}

} // namespace tongban::cases
