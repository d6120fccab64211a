#include "gateway/intake/bundle_admission.hpp"

#include "gateway/cases/bundle_plan.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/intake/violation_at.hpp"

#include <utility>

namespace tongban::intake {

namespace {

bool is_another(const std::string& said, const std::string& known) {
    return !said.empty() && !known.empty() && said != known;
}

// Of name and document number one may be corrected; who has neither is somebody else.
bool is_somebody_else(const v1::Applicant& said, const v1::Applicant& known) {
    return is_another(said.name(), known.name()) && is_another(said.id_no(), known.id_no());
}

std::vector<v1::Violation> judge_child_again(const dialects::translated_event& translated, const v1::CatalogueItem* item,
                                             const ledger::case_row& standing, const ledger::view& view) {
    const auto& event = *translated.event;
    const auto& state = standing.state;
    std::vector<v1::Violation> found;
    const auto refuse = [&](std::string field, const std::string& zh, const std::string& en) {
        found.push_back(violation_at(translated, std::move(field), "bundle_child", "一件事的子办件重新申报：" + zh, "a child is filed again: " + en));
    };
    const auto& code = item != nullptr ? item->impl_code() : event.case_submitted().item().impl_code();
    if (is_another(code, state.item_impl_code())) {
        refuse("case_submitted.item.impl_code", "事项应仍为 " + state.item_impl_code() + "。",
               "its item stays " + state.item_impl_code() + '.');
    }
    if (event.case_().dest_region() != state.dest_region()) {
        refuse("case.dest_region", "办理地应仍为 " + state.dest_region() + "。", "its destination stays " + state.dest_region() + '.');
    }
    const auto before = view.submission_of(standing.number);
    if (before && *before && is_somebody_else(event.dossier().applicant(), (*before)->event.dossier().applicant())) {
        refuse("dossier.applicant", "申请人应仍为同一人，姓名和证件号码可更正其一。",
               "it stays the same person's: name or document number may be corrected, not both.");
    }
    return found;
}

// The bundle of the origin that has still to file a child under this number.
bool is_planned(const v1::CaseRef& ref, const ledger::view& view) {
    const auto number = cases::child_number_of(ref.source_case_no());
    if (!number) {
        return false;
    }
    const auto parent = view.find(cases::case_id(ref.origin_region(), number->parent_case_no));
    if (!parent || !*parent) {
        return false;
    }
    const auto* child = cases::find_child((*parent)->state, number->child);
    return child != nullptr && child->plan().case_id() == ref.case_id() && cases::stage_of(*child) == cases::child_stage::planned;
}

bool exists(const ledger::view& view, const std::string& case_id) {
    const auto row = view.find(case_id);
    return row && *row;
}

} // namespace

bool is_bundle(const v1::CaseEvent& event) noexcept {
    return !event.case_submitted().bundle_code().empty();
}

void lead_from_origin(dialects::translated_event& translated, v1::Receipt& receipt) {
    auto& ref = *translated.event->mutable_case_();
    if (!ref.dest_region().empty() && ref.dest_region() != ref.origin_region()) {
        *receipt.add_violations() =
            warning_at(translated, "case.dest_region", "bundle_lead", "一件事由收件地牵头，所填办理地不采用；各子事项的办理地由目录和表单决定。",
                      "The origin leads a bundle: the destination given is not used; those of its children follow from "
                      "catalogue and form.");
    }
    ref.set_dest_region(ref.origin_region());
}

cases::catalogue_judgement judge_bundle(const dialects::translated_event& translated, const message_facts& facts,
                                        const ledger::view& view) {
    cases::catalogue_judgement judged;
    const auto& event = *translated.event;
    if (!facts.catalogue) {
        judged.found.push_back(violation_at(translated, "case_submitted.bundle_code", "bundle_unknown",
                                         "一件事编码：本网关没有事项目录。", "bundle code: this gateway has no catalogue."));
        return judged;
    }
    const cases::source_path_of source_path = [&translated](std::string_view field) { return translated.source_path(field); };
    auto planned = cases::plan_bundle(*facts.catalogue, event, day_of_receipt(facts), source_path);
    judged.found = std::move(planned.found);
    const auto standing = view.find(event.case_().case_id());
    const bool is_new = standing && !*standing;
    if (standing && *standing && (*standing)->state.has_parent()) {
        judged.found.push_back(violation_at(translated, "case_submitted.bundle_code", "bundle_nested",
                                         "一件事编码：子办件不能再拆分。", "bundle code: a child cannot become a bundle."));
    }
    for (const auto& child : planned.plan.children()) {
        const auto which = cases::words_of(child);
        if (!child.dest_region().empty() && !facts.directory.knows_region(child.dest_region())) {
            judged.found.push_back(violation_at(translated, "case.dest_region", "region",
                                             which.zh + "：办理地 " + child.dest_region() + " 未接入本网关。",
                                             which.en + ": region " + child.dest_region() +
                                                 " is not connected to this gateway."));
        }
        if (is_new && exists(view, child.case_id())) {
            judged.found.push_back(violation_at(translated, "case.source_case_no", "bundle_child_exists",
                                             which.zh + "：编号 " + child.source_case_no() + " 已有办件。",
                                             which.en + ": a case has the number " + child.source_case_no() + '.'));
        }
    }
    judged.bundle = std::move(planned.plan);
    return judged;
}

std::vector<v1::Violation> judge_child_number(const dialects::translated_event& translated,
                                              const std::optional<ledger::case_row>& before, const v1::CatalogueItem* item,
                                              const ledger::view& view) {
    const auto& ref = translated.event->case_();
    if (before) {
        const bool again = before->state.has_parent() && !is_bundle(*translated.event);
        return again ? judge_child_again(translated, item, *before, view) : std::vector<v1::Violation>();
    }
    if (!is_planned(ref, view)) {
        return {};
    }
    return {violation_at(translated, "case.source_case_no", "bundle_child_number",
                      "办件编号 " + ref.source_case_no() + " 已留给一件事的子办件，由网关适时申报，请另编号。",
                      "the number " + ref.source_case_no() + " is kept for a bundle's child, which the gateway files in its turn: use another.")};
}

void check_extension(const dialects::translated_event& translated, const v1::CaseState& standing, v1::Receipt& receipt) {
    const auto& event = *translated.event;
    const auto& limit = event.deadline_extended().extension();
    const auto most = cases::extension_days_max(standing);
    if (event.has_deadline_extended() && limit.unit() == v1::LIMIT_UNIT_WORKDAY && limit.value() > most) {
        const auto days = std::to_string(most);
        *receipt.add_violations() = violation_at(translated, "deadline_extended.extension", "range",
                                              "延长期限：该办件最多 " + days + " 个工作日（行政许可法第四十二条）。",
                                              "extension: at most " + days + " working days for this case.");
    }
}

} // namespace tongban::intake
