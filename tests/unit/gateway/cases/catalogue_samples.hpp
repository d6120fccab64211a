// A small catalogue to break in one place at a time.
#pragma once

#include "gateway/cases/catalogue_check.hpp"
#include "gateway/cases/catalogue_rules.hpp"
#include "tests/unit/gateway/cases/sample_event.hpp"

#include <string>
#include <vector>

namespace tongban::cases::sample {

inline constexpr const char* housing = "11140400TT000031433002017003000";
inline constexpr const char* pension = "11370800TT000012XL3002014008000";
inline const std::int32_t day = *day_of("2026-11-22");

inline v1::CatalogueItem& add_item(catalogue_contents& into, const std::string& region, const std::string& code,
                                   const std::string& version = "1") {
    auto& item = into.add_item();
    item.set_region(region);
    item.set_impl_code(code);
    item.set_basic_code(code.substr(19));
    item.set_name("事项" + code.substr(19, 3));
    item.set_version(version);
    item.set_case_type(v1::CASE_TYPE_COMMITMENT);
    item.mutable_promise()->set_value(3);
    item.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    item.set_other_versions(v1::VERSION_RULE_REJECT);
    return item;
}

inline v1::Agreement& add_agreement(catalogue_contents& into, const std::string& id, const std::string& origin,
                                    const std::string& destination) {
    auto& agreement = into.add_agreement();
    agreement.set_id(id);
    agreement.add_origins(origin);
    agreement.add_destinations(destination);
    agreement.set_all_items(true);
    agreement.set_rules_version("2022");
    agreement.set_valid_from("2024-01-01");
    into.header.set_agreements_listed(true);
    return agreement;
}

// The item of sample::submission, and an agreement for it.
inline catalogue_contents contents() {
    catalogue_contents made;
    auto& housing_class = *made.header.add_classes();
    housing_class.set_code("housing");
    auto& item = add_item(made, "140400", housing);
    item.set_item_class("housing");
    auto& material = *item.add_materials();
    material.set_code("CL002");
    material.set_name("购房合同");
    material.set_required(true);
    add_agreement(made, "JN-CZ", "370800", "140400");
    return made;
}

inline v1::CatalogueItem& first_item(catalogue_contents& of) { return const_cast<v1::CatalogueItem&>(*of.items.front()); }
inline v1::Agreement& first_agreement(catalogue_contents& of) {
    return const_cast<v1::Agreement&>(*of.agreements.front());
}

// "field rule" or "field rule (warning)".
inline std::vector<std::string> told(const catalogue_judgement& judged) {
    std::vector<std::string> lines;
    for (const auto& v : judged.found) {
        lines.push_back(v.field() + ' ' + v.rule() + (v.warning() ? " (warning)" : ""));
    }
    return lines;
}

// "position field" or "position field (warning)"; of the whole "- field".
inline std::vector<std::string> faults(catalogue_contents of) {
    std::vector<std::string> lines;
    const auto built = catalogue::build(std::move(of));
    for (const auto& one : check_catalogue(*built, {day, {}})) {
        const auto at = one.of == catalogue_fault::subject::whole  ? std::string("-")
                        : one.of == catalogue_fault::subject::item   ? 'i' + std::to_string(one.position)
                        : one.of == catalogue_fault::subject::bundle ? 'b' + std::to_string(one.position)
                                                                     : 'a' + std::to_string(one.position);
        lines.push_back(at + ' ' + one.field + (one.warning ? " (warning)" : ""));
    }
    return lines;
}

} // namespace tongban::cases::sample
