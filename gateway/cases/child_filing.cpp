#include "gateway/cases/child_filing.hpp"

#include "gateway/cases/field_sources.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tongban::cases {

namespace {

// Places in a dossier, as a plan names them: "dossier.materials[2]".
constexpr std::string_view materials_list = "dossier.materials[";
constexpr std::string_view certificates_list = "dossier.certificates[";

std::string place_text(std::string_view list, int at) { return std::string(list) + std::to_string(at) + ']'; }

// Nullopt: it is no place in the list.
std::optional<int> place_in(std::string_view list, std::string_view text) noexcept {
    int at = -1;
    if (!text.starts_with(list) || !text.ends_with(']')) {
        return std::nullopt;
    }
    const auto digits = text.substr(list.size(), text.size() - list.size() - 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), at);
    const bool is_place = error == std::errc{} && end == digits.data() + digits.size() && at >= 0;
    return is_place ? std::optional(at) : std::nullopt;
}

// "materials[2]", as a source of a field names it.
std::string part_text(std::string_view part, int at) { return std::string(part) + '[' + std::to_string(at) + ']'; }

void hand_on(const v1::Dossier& given, const v1::BundleChild& child, v1::Dossier& to) {
    moved_parts moved;
    for (const auto& wanted : child.fields()) {
        if (const auto* value = form_value(given, wanted.from())) {
            auto& field = *to.add_form();
            field.set_name(name_for_child(wanted));
            field.set_value(*value);
            moved.emplace_back("form." + wanted.from(), "form." + field.name());
        }
    }
    const auto add = [&](int at, const v1::BundleField& wanted) {
        moved.emplace_back(part_text("materials", at), part_text("materials", to.materials_size()));
        auto& same = *to.add_materials();
        same = given.materials(at);
        same.set_code(name_for_child(wanted));
    };
    for (const auto& wanted : child.materials()) {
        if (const auto material = place_in(materials_list, wanted.from())) {
            if (*material < given.materials_size()) {
                add(*material, wanted);
            }
        } else if (const auto certificate = place_in(certificates_list, wanted.from())) {
            if (*certificate < given.certificates_size()) {
                moved.emplace_back(part_text("certificates", *certificate), part_text("certificates", to.certificates_size()));
                *to.add_certificates() = given.certificates(*certificate);
            }
        } else {
            for (int at = 0; at < given.materials_size(); ++at) {
                if (given.materials(at).code() == wanted.from()) {
                    add(at, wanted);
                }
            }
        }
    }
    hand_on_sources(given, moved, to);
}

} // namespace

v1::CaseEvent child_filing(const v1::CaseEvent& filed, const v1::BundleChild& child) {
    v1::CaseEvent event;
    auto& ref = *event.mutable_case_();
    ref.set_case_id(child.case_id());
    ref.set_origin_region(filed.case_().origin_region());
    ref.set_dest_region(child.dest_region());
    ref.set_source_case_no(child.source_case_no());
    if (filed.has_occurred_at()) {
        *event.mutable_occurred_at() = filed.occurred_at();
    }
    event.set_occurred_text(filed.occurred_text());
    if (filed.has_actor()) {
        *event.mutable_actor() = filed.actor();
    }
    const auto& whole = filed.case_submitted();
    auto& body = *event.mutable_case_submitted();
    *body.mutable_item() = child.item();
    body.set_business_mode(child.business_mode());
    body.set_case_type(child.case_type());
    body.set_channel(whole.channel());
    body.set_terminal_id(whole.terminal_id());
    body.set_priority(whole.priority());
    if (child.has_promise()) {
        *body.mutable_promise() = child.promise();
    }
    if (child.has_statutory()) {
        *body.mutable_statutory() = child.statutory();
    }
    body.set_window_id(whole.window_id());
    body.set_receipt_no(whole.receipt_no());
    body.set_tolerance(whole.tolerance());
    body.set_commitment(whole.commitment());
    if (whole.has_onsite_visits()) {
        body.set_onsite_visits(0); // the visits, if any, were for all: child_filing_record gives them to one
    }
    body.mutable_parent()->set_case_id(filed.case_().case_id());
    body.mutable_parent()->set_child(child.number());

    const auto& given = filed.dossier();
    auto& dossier = *event.mutable_dossier();
    if (given.has_applicant()) {
        *dossier.mutable_applicant() = given.applicant();
    }
    if (given.has_agent()) {
        *dossier.mutable_agent() = given.agent();
    }
    if (given.has_delivery()) {
        *dossier.mutable_delivery() = given.delivery();
    }
    if (given.has_contact()) {
        *dossier.mutable_contact() = given.contact();
    }
    if (given.has_operator_()) {
        *dossier.mutable_operator_() = given.operator_();
    }
    dossier.set_identity_token(given.identity_token());
    dossier.set_priority_group(given.priority_group());
    hand_on(given, child, dossier);
    return event;
}

const std::string* form_value(const v1::Dossier& dossier, std::string_view name) {
    const auto found = std::find_if(dossier.form().begin(), dossier.form().end(),
                                    [name](const v1::FormField& one) { return means_same(one.name(), name); });
    return found == dossier.form().end() ? nullptr : &found->value();
}

const std::string& name_for_child(const v1::BundleField& one) noexcept {
    return one.to().empty() ? one.from() : one.to();
}

std::string material_place(int at) {
    return place_text(materials_list, at);
}

std::string certificate_place(int at) {
    return place_text(certificates_list, at);
}

} // namespace tongban::cases
