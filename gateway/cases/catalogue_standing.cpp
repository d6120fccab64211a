// The record's terms are compared with those the catalogue would give now; what terms do not hold, version with version.
#include "gateway/cases/catalogue_standing.hpp"

#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/catalogue_rules.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>
#include <span>

namespace tongban::cases {

namespace {

struct named_field {
    std::string_view name; // in CaseTerms or CatalogueItem
    std::string_view zh;
};

constexpr std::array item_terms{named_field{"promise", "承诺时限"},
                                named_field{"statutory", "法定时限"},
                                named_field{"notice_days", "补正告知期限"},
                                named_field{"never_deemed_accepted", "不适用视为受理"},
                                named_field{"supplement", "补正期限"},
                                named_field{"delivery_days", "送达期限"},
                                named_field{"opens_minute", "办公时间"},
                                named_field{"closes_minute", "办公时间"},
                                named_field{"yellow_percent", "预警比例"},
                                named_field{"item_class", "事项类别"},
                                named_field{"tolerance", "可容缺"},
                                named_field{"certificate_before_cleared", "容缺补齐前可发证"},
                                named_field{"rectification_days", "差评整改期限"},
                                named_field{"archive_days", "档案材料答复期限"},
                                named_field{"session_idle_minutes", "会话空闲时限"}};
constexpr std::array agreement_terms{named_field{"rules_version", "运行管理办法"},
                                     named_field{"deciding_uscc", "委托决定"},
                                     named_field{"accepts_by_mandate", "异地受理"}};
// Of a version as a whole. Its name, its days and what only a filing asks may be corrected under open cases.
constexpr std::array item_contents{named_field{"case_type", "办件类型"}, named_field{"situations", "情形"},
                                   named_field{"materials", "申请材料"}, named_field{"fee_fen", "收费"},
                                   named_field{"owner", "实施主体"},     named_field{"deciding", "决定机构"}};

struct changed_names {
    std::string zh;
    std::string en;
    bool empty() const noexcept { return en.empty(); }
    void add(std::string_view more_zh, std::string_view more_en) {
        if (!zh.ends_with(more_zh)) { // both ends of the office hours are one
            zh += (zh.empty() ? "" : "、") + std::string(more_zh);
        }
        en += (en.empty() ? "" : ", ") + std::string(more_en);
    }
};

template <class Message>
changed_names differences(const Message& was, const Message& is, std::span<const named_field> fields) {
    changed_names found;
    if (was.SerializeAsString() == is.SerializeAsString()) { // nearly always, and a comparison by reflection is slow
        return found;
    }
    for (const auto& field : fields) {
        google::protobuf::util::MessageDifferencer compare;
        const auto* descriptor = Message::GetDescriptor()->FindFieldByName(std::string(field.name));
        if (!compare.CompareWithFields(was, is, {descriptor}, {descriptor})) {
            found.add(field.zh, field.name);
        }
    }
    return found;
}

const item_row* version_of(const catalogue& known, std::string_view region, std::string_view code, std::string_view version) {
    const auto versions = known.versions(region, code);
    const auto version_of_row = [](const item_row& row) -> std::string_view { return row.item->version(); };
    const auto found = std::ranges::find(versions, version, version_of_row);
    return found == versions.end() ? nullptr : &*found;
}

const agreement_row* agreement_of(const catalogue& known, std::string_view id) {
    const auto all = known.agreements();
    const auto found = std::ranges::find(all, id, [](const agreement_row& row) -> std::string_view { return row.agreement->id(); });
    return found == all.end() ? nullptr : &*found;
}

standing_fault about_item(const v1::CaseState& state, const changed_names& changed) {
    const auto& version = state.terms().item_version();
    standing_fault fault{"事项 " + state.item_impl_code() + "（" + state.dest_region() + "）版本 " + version,
                         "item " + state.item_impl_code() + " of " + state.dest_region() + " version " + version};
    fault.zh += changed.empty() ? "已不在目录中" : "内容已改（" + changed.zh + "）";
    fault.en += changed.empty() ? " is gone" : " says otherwise (" + changed.en + ")";
    return fault;
}

standing_fault about_agreement(const std::string& id, const changed_names& changed) {
    return {"协议 " + id + (changed.empty() ? "已不在目录中" : "内容已改（" + changed.zh + "）"),
            "agreement " + id + (changed.empty() ? " is gone" : " says otherwise (" + changed.en + ")")};
}

// What the agreement no longer opens for the case, or says of it otherwise than its terms.
changed_names agreement_changes(const catalogue& known, const agreement_row& row, const item_row* item,
                                const v1::CaseState& state) {
    changed_names changed;
    const auto ways = known.ways(region_number(state.origin_region()), region_number(state.dest_region()));
    if (std::ranges::none_of(ways, [&row](const catalogue::way& one) { return one.agreement == row.position; })) {
        changed.add("收件地、办理地", "origins, destinations");
    }
    if (item != nullptr && !row.covers(*item)) {
        changed.add("事项", "items");
    }
    if (state.business_mode() != v1::BUSINESS_MODE_UNSPECIFIED && !row.allows(state.business_mode())) {
        changed.add("通办方式", "modes");
    }
    return changed;
}

// What waits to be filed, and how it is told of.
struct waiting {
    std::string_view zh;
    std::string_view en;
};
constexpr waiting collected{"，已收件未申报", "; collected, not filed yet"};
constexpr waiting planned{"，一件事的子办件待申报", "; a bundle's child is to be filed in its turn"};
constexpr waiting to_file_again{"，一件事的子办件待重报", "; a bundle's child is to be filed again"};

// Its filing will be judged by the catalogue of its day, so only what no version and no agreement allows is told.
std::vector<standing_fault> faults_of_filing(const catalogue& known, const v1::CaseState& state, const waiting& what) {
    const auto versions = known.versions(state.dest_region(), state.item_impl_code());
    const auto pair = state.origin_region() + "→" + state.dest_region();
    if (versions.empty()) {
        return {{"事项 " + state.item_impl_code() + "（" + state.dest_region() + "）已不在目录中" + std::string(what.zh),
                 "item " + state.item_impl_code() + " of " + state.dest_region() + " is gone" + std::string(what.en)}};
    }
    if (!known.lists_agreements() || state.origin_region() == state.dest_region()) {
        return {};
    }
    const auto ways = known.ways(region_number(state.origin_region()), region_number(state.dest_region()));
    const bool allowed = std::ranges::any_of(ways, [&](const catalogue::way& one) {
        const auto& agreement = known.agreements()[one.agreement];
        const bool in_mode =
            state.business_mode() == v1::BUSINESS_MODE_UNSPECIFIED || agreement.allows(state.business_mode());
        return in_mode && std::ranges::any_of(versions, [&](const item_row& row) { return agreement.covers(row); });
    });
    if (allowed) {
        return {};
    }
    return {{pair + " 已没有包含事项 " + state.item_impl_code() + " 的合作协议" + std::string(what.zh),
             "no agreement " + pair + " covers item " + state.item_impl_code() + std::string(what.en)}};
}

std::vector<standing_fault> faults_of_terms(const catalogue& known, const v1::CaseState& state) {
    std::vector<standing_fault> faults;
    const auto& terms = state.terms();
    if (terms.item_version().empty()) {
        return faults;
    }
    const auto* item = item_of(known, state);
    const auto* agreement = terms.agreement().empty() ? nullptr : agreement_of(known, terms.agreement());
    v1::CaseTerms now;
    if (item == nullptr) {
        faults.push_back(about_item(state, {}));
    } else {
        fill_terms({item, agreement, {}, {}}, now);
        if (const auto changed = differences(terms, now, item_terms); !changed.empty()) {
            faults.push_back(about_item(state, changed));
        }
    }
    if (terms.agreement().empty()) {
        return faults;
    }
    if (agreement == nullptr) {
        faults.push_back(about_agreement(terms.agreement(), {}));
        return faults;
    }
    auto changed = agreement_changes(known, *agreement, item, state);
    if (item != nullptr) {
        if (const auto said = differences(terms, now, agreement_terms); !said.empty()) {
            changed.add(said.zh, said.en);
        }
    }
    if (!changed.empty()) {
        faults.push_back(about_agreement(terms.agreement(), changed));
    }
    return faults;
}

// A child as the case that it will be.
v1::CaseState case_of(const v1::CaseState& parent, const v1::BundleChild& plan) {
    v1::CaseState made;
    made.set_origin_region(parent.origin_region());
    made.set_dest_region(plan.dest_region());
    made.set_item_impl_code(plan.item().impl_code());
    made.set_business_mode(plan.business_mode());
    *made.mutable_terms() = plan.terms();
    return made;
}

// `faults` of each child that waits to be filed in its turn; what one to be filed again lacks in `known`.
template <class Faults>
std::vector<standing_fault> faults_of_children(const catalogue& known, const v1::CaseState& parent, Faults faults) {
    std::vector<standing_fault> all;
    for (const auto& child : parent.bundle().children()) {
        if (!waits_to_be_filed(parent, child)) {
            continue;
        }
        const auto made = case_of(parent, child.plan());
        const bool again = stage_of(child) == child_stage::to_file_again;
        for (auto& one : again ? faults_of_filing(known, made, to_file_again) : faults(made)) {
            if (!again) {
                one.zh += planned.zh;
                one.en += planned.en;
            }
            if (std::ranges::find(all, one) == all.end()) {
                all.push_back(std::move(one));
            }
        }
    }
    return all;
}

} // namespace

const item_row* item_of(const catalogue& known, const v1::CaseState& state) {
    return version_of(known, state.dest_region(), state.item_impl_code(), state.terms().item_version());
}

std::vector<standing_fault> standing_faults(const catalogue& known, const v1::CaseState& state) {
    if (state.status() == v1::CASE_STATUS_COLLECTED) {
        return faults_of_filing(known, state, collected);
    }
    const auto of_terms = [&known](const v1::CaseState& one) { return faults_of_terms(known, one); };
    return state.has_bundle() ? faults_of_children(known, state, of_terms) : of_terms(state);
}

catalogue_difference::catalogue_difference(const catalogue& before, const catalogue& next) : before_(before), next_(next) {
    for (const auto& row : before.rows()) {
        const auto* now = version_of(next, row.item->region(), row.impl_code(), row.item->version());
        if (now == nullptr || now->item->SerializeAsString() != row.item->SerializeAsString()) {
            items_.insert(&row);
        }
    }
    for (const auto& row : before.agreements()) {
        const auto* now = agreement_of(next, row.agreement->id());
        if (now == nullptr || now->agreement->SerializeAsString() != row.agreement->SerializeAsString()) {
            agreements_.insert(row.agreement->id());
        }
    }
}

std::vector<standing_fault> catalogue_difference::faults(const v1::CaseState& state) const {
    if (!state.has_bundle()) {
        return of_case(state);
    }
    auto found = faults_of_children(next_, state, [this](const v1::CaseState& child) { return of_case(child); });
    const auto had = faults_of_children(before_, state, [](const v1::CaseState&) { return std::vector<standing_fault>(); });
    std::erase_if(found, [&had](const standing_fault& one) { return std::ranges::find(had, one) != had.end(); });
    return found;
}

std::vector<standing_fault> catalogue_difference::of_case(const v1::CaseState& state) const {
    const auto* was = item_of(before_, state);
    const bool is_collected = state.status() == v1::CASE_STATUS_COLLECTED; // stands on all that its filing may be judged by
    if (!is_collected && !items_.contains(was) && !agreements_.contains(state.terms().agreement())) {
        return {};
    }
    auto found = standing_faults(next_, state);
    const auto had = standing_faults(before_, state);
    std::erase_if(found, [&had](const standing_fault& one) { return std::ranges::find(had, one) != had.end(); });
    const auto* is = item_of(next_, state);
    if (was != nullptr && is != nullptr) {
        if (const auto changed = differences(*was->item, *is->item, item_contents); !changed.empty()) {
            found.push_back(about_item(state, changed));
        }
    }
    return found;
}

} // namespace tongban::cases
