#include "gateway/cases/case_terms.hpp"

#include <algorithm>

namespace tongban::cases {

void fill_terms(const catalogue_judgement& judgement, v1::CaseTerms& terms) {
    const auto& item = *judgement.item->item;
    terms.set_item_version(item.version());
    if (item.has_promise()) {
        *terms.mutable_promise() = item.promise();
    }
    if (item.has_statutory()) {
        *terms.mutable_statutory() = item.statutory();
    }
    terms.set_notice_days(item.notice_days());
    terms.set_never_deemed_accepted(item.never_deemed_accepted());
    if (item.has_supplement()) {
        *terms.mutable_supplement() = item.supplement();
    }
    terms.set_delivery_days(item.delivery_days());
    terms.set_opens_minute(item.opens_minute());
    terms.set_closes_minute(item.closes_minute());
    terms.set_yellow_percent(item.yellow_percent());
    terms.set_item_class(item.item_class());
    terms.set_level(item.level());
    terms.set_tolerance(std::any_of(item.materials().begin(), item.materials().end(),
                                    [](const auto& one) { return one.tolerance() || one.commitment(); }));
    terms.set_certificate_before_cleared(item.certificate_before_cleared());
    terms.set_rectification_days(item.rectification_days());
    terms.set_archive_days(item.archive_days());
    terms.set_session_idle_minutes(item.session_idle_minutes());
    terms.set_deciding_uscc(item.deciding().uscc());
    terms.mutable_missing()->Add(judgement.missing.begin(), judgement.missing.end());
    if (judgement.agreement != nullptr) {
        const auto& agreement = *judgement.agreement;
        terms.set_agreement(agreement.agreement->id());
        terms.set_rules_version(agreement.agreement->rules_version());
        terms.set_deciding_uscc(std::string(agreement.deciding_uscc(*judgement.item)));
        terms.set_accepts_by_mandate(agreement.agreement->accepts_by_mandate());
    }
}

} // namespace tongban::cases
