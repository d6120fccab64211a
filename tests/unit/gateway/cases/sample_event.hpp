// A valid submission to break in one place at a time, and readers of what validate() said.
#pragma once

#include "gateway/cases/validate.hpp"

#include <string>
#include <vector>

namespace tongban::cases::sample {

using namespace std::chrono_literals;

inline constexpr std::chrono::year_month_day today = 2026y / 11 / 22;

inline v1::CaseEvent submission() {
    v1::CaseEvent e;
    auto& ref = *e.mutable_case_();
    ref.set_origin_region("370800");
    ref.set_dest_region("140400");
    ref.set_source_case_no("370800241018000127");
    e.mutable_occurred_at()->set_seconds(1'729'213'953);
    e.set_occurred_text("2024-10-18 09:12:33");
    auto& filed = *e.mutable_case_submitted();
    filed.mutable_item()->set_impl_code("11140400TT000031433002017003000");
    filed.mutable_item()->set_name("公积金异地购房提取");
    filed.set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    filed.set_case_type(v1::CASE_TYPE_COMMITMENT);
    filed.mutable_promise()->set_value(3);
    filed.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    auto& applicant = *e.mutable_dossier()->mutable_applicant();
    applicant.set_type(v1::APPLICANT_TYPE_NATURAL);
    applicant.set_name("测试甲");
    applicant.set_id_type("111");
    applicant.set_id_no("370899198506150010");
    applicant.set_gender(v1::GENDER_MALE);
    applicant.set_phone("14000000101");
    auto& material = *e.mutable_dossier()->add_materials();
    material.set_name("购房合同");
    material.add_files()->set_file_id("A1");
    return e;
}

inline std::vector<v1::Violation> violations_of(const v1::CaseEvent& event) {
    return validate(event, today, [](std::string_view field) { return "/at/" + std::string(field); });
}

// "field rule" or "field rule (warning)", one a line.
inline std::vector<std::string> told(const v1::CaseEvent& event) {
    std::vector<std::string> lines;
    for (const auto& v : violations_of(event)) {
        lines.push_back(v.field() + ' ' + v.rule() + (v.warning() ? " (warning)" : ""));
    }
    return lines;
}

} // namespace tongban::cases::sample
