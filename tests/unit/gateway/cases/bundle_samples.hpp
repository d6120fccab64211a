// A bundle of two children in the small catalogue, and a filing of it, to change in one place at a time.
#pragma once

#include "gateway/cases/bundle_plan.hpp"
#include "gateway/cases/child_filing.hpp"
#include "tests/unit/gateway/cases/catalogue_samples.hpp"

#include <string>
#include <utility>
#include <vector>

namespace tongban::cases::sample {

inline v1::BundleField& add_name(google::protobuf::RepeatedPtrField<v1::BundleField>& to, const char* from, const char* name = "") {
    auto& one = *to.Add();
    one.set_from(from);
    one.set_to(name);
    return one;
}

// Two items of two regions; the second place is named in the form, after the first, where a subsidy is asked for.
inline catalogue_contents with_bundle() {
    auto made = contents();
    add_item(made, "370200", pension);
    add_agreement(made, "JN-QD", "370800", "370200");
    auto& bundle = made.add_bundle();
    bundle.set_code("CJR");
    bundle.set_name("残疾人服务一件事");
    bundle.set_version("1");
    bundle.add_origins("370800");
    auto& photo = *bundle.add_materials();
    photo.set_code("M1");
    photo.set_name("购房合同");
    photo.set_required(true);
    auto& first = *bundle.add_children();
    first.set_item(housing);
    first.set_dest_region("140400");
    first.set_required(true);
    add_name(*first.mutable_fields(), "身份证住址", "hjdz");
    add_name(*first.mutable_materials(), "M1", "CL002");
    auto& second = *bundle.add_children();
    second.set_item(pension);
    second.set_dest_field("参保地");
    second.add_after(1);
    second.mutable_condition()->set_field("申请补贴");
    second.mutable_condition()->add_values("是");
    add_name(*second.mutable_fields(), "银行账号");
    return made;
}
inline v1::CatalogueBundle& bundle_of(catalogue_contents& of) { return const_cast<v1::CatalogueBundle&>(*of.bundles.front()); }

inline void say(v1::CaseEvent& filed, const char* name, const char* value) {
    auto& field = *filed.mutable_dossier()->add_form();
    field.set_name(name);
    field.set_value(value);
}

inline v1::CaseEvent bundle_filing() {
    auto filed = submission();
    filed.mutable_case_()->set_origin_region("370800");
    filed.mutable_case_()->set_dest_region("370800");
    filed.mutable_case_submitted()->clear_item();
    filed.mutable_case_submitted()->set_bundle_code("CJR");
    filed.mutable_case_submitted()->set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    filed.mutable_dossier()->clear_form();
    filed.mutable_dossier()->clear_materials();
    say(filed, "身份证住址", "山东省济宁市");
    say(filed, "参保地", "370200");
    say(filed, "申请补贴", "是");
    say(filed, "银行账号", "6222000000000000");
    auto& material = *filed.mutable_dossier()->add_materials();
    material.set_code("M1");
    material.set_name("合同");
    material.add_files()->set_sha256(std::string(64, 'a'));
    return filed;
}

inline bundle_judgement plan(catalogue_contents known, const v1::CaseEvent& filed) {
    return plan_bundle(*catalogue::build(std::move(known)), filed, day, {});
}

inline std::vector<std::string> rules_of(const bundle_judgement& judged) {
    std::vector<std::string> lines;
    for (const auto& one : judged.found) {
        lines.push_back(one.rule() + (one.warning() ? " (warning)" : ""));
    }
    return lines;
}

} // namespace tongban::cases::sample
