// Rules in the order in which a clerk would ask: what, which version, from where and how, under which agreement, with
// which materials. The first question without an answer ends the rest that depend on it.
#include "gateway/cases/catalogue_rules.hpp"

#include "gateway/cases/catalogue_standing.hpp"
#include "gateway/cases/listed_materials.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>

namespace tongban::cases {

namespace {

constexpr field impl_code{"impl_code", "实施编码", "implementation code"};
constexpr field version_field{"version", "事项版本", "item version"};
constexpr field situation_field{"situation_code", "情形编码", "situation code"};
constexpr field mode_field{"business_mode", "通办方式", "business mode"};
constexpr field promise_field{"promise", "承诺时限", "promised limit"};
constexpr field statutory_field{"statutory", "法定时限", "statutory limit"};
constexpr field case_type_field{"case_type", "办件类型", "case type"};
constexpr field dest_field{"dest_region", "办理地", "destination"};
constexpr field materials_field{"materials", "材料", "materials"};

// What submission and collection have in common, and where it stands.
struct filing {
    const v1::CaseEvent& event;
    const v1::CaseSubmitted* submitted;
    const v1::Item& item;
    v1::BusinessMode mode;
    std::int32_t day;
    place root{};
    place body;
    place in_item;

    filing(const v1::CaseEvent& of, std::int32_t on)
        : event(of), submitted(of.has_case_submitted() ? &of.case_submitted() : nullptr),
          item(submitted != nullptr ? submitted->item() : of.case_collected().item()),
          mode(submitted != nullptr ? submitted->business_mode() : of.case_collected().business_mode()), day(on),
          body{&root, submitted != nullptr ? "case_submitted" : "case_collected", -1}, in_item{&body, "item", -1} {}
    filing(const filing&) = delete;
    filing& operator=(const filing&) = delete;

    const std::string& origin() const { return event.case_().origin_region(); }
    const std::string& destination() const { return event.case_().dest_region(); }
};

// At most 64 bytes of what a sender wrote, whole characters.
std::string shown(std::string_view text) {
    std::size_t end = std::min<std::size_t>(text.size(), 64);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return std::string(text.substr(0, end));
}

std::string quoted(std::string_view text) {
    return "“" + shown(text) + "”";
}

std::string span_text(const validity& valid) {
    constexpr validity always;
    const auto side = [](std::int32_t day, bool open) { return open ? std::string("…") : day_text(day); };
    return side(valid.from, valid.from == always.from) + " – " + side(valid.to, valid.to == always.to);
}

std::string_view term(v1::BusinessMode mode) {
    switch (mode) {
    case v1::BUSINESS_MODE_FULL_ONLINE: return "全程网办 FULL_ONLINE";
    case v1::BUSINESS_MODE_COLLECT_FOR_OTHER: return "异地代收代办 COLLECT_FOR_OTHER";
    case v1::BUSINESS_MODE_JOINT: return "多地联办 JOINT";
    default: return "–";
    }
}

template <class Modes>
std::string modes_text(const Modes& modes) {
    std::string text;
    for (const int mode : modes) {
        text += (text.empty() ? "" : ", ") + std::string(term(static_cast<v1::BusinessMode>(mode)));
    }
    return text;
}

std::span<const item_row> versions_of(const catalogue& known, const filing& filed) {
    const auto& item = filed.item;
    if (!item.impl_code().empty()) {
        return known.versions(filed.destination(), item.impl_code());
    }
    if (item.handle_item_code().size() == 33) {
        return known.versions(filed.destination(), std::string_view(item.handle_item_code()).substr(0, 31));
    }
    return item.basic_code().empty() ? std::span<const item_row>{}
                                     : known.versions_by_basic(filed.destination(), item.basic_code());
}

std::string_view code_of(const v1::Item& item) {
    return !item.impl_code().empty()          ? item.impl_code()
           : !item.handle_item_code().empty() ? item.handle_item_code()
                                              : item.basic_code();
}

void tell_unknown(const catalogue& known, const filing& filed, findings& found) {
    const auto code = code_of(filed.item);
    std::string zh = "办理地 " + filed.destination() + " 的事项目录中没有" + quoted(code);
    std::string en = "the catalogue of " + filed.destination() + " has no item \"" + shown(code) + '"';
    for (const auto region : known.regions()) {
        const auto other = region_text(region);
        if (!known.versions(other, code).empty()) {
            zh += "，该事项属于 " + other;
            en += "; it is an item of " + other;
            break;
        }
    }
    std::string near;
    for (const auto candidate : nearest_codes(known, filed.destination(), code)) {
        near += (near.empty() ? "" : ", ") + std::string(candidate);
    }
    if (!near.empty()) {
        zh += "，相近的有 " + near;
        en += "; near to it: " + near;
    }
    found.add(filed.in_item, impl_code, "item_unknown", zh, en);
}

// The row that counts, or null after it was told why none does.
const item_row* version_that_counts(std::span<const item_row> versions, const filing& filed, findings& found) {
    const auto* row = in_force(versions, filed.day);
    const auto& asked = filed.item.version();
    if (row == nullptr) {
        std::string all;
        for (const auto& one : versions.last(std::min<std::size_t>(versions.size(), 5))) {
            all += (all.empty() ? "" : "; ") + one.item->version() + " (" + span_text(one.valid) + ")";
        }
        found.add(filed.in_item, impl_code, "item_not_in_force", "该事项今日没有生效的版本：" + all,
                  "no version of the item is in force today: " + all);
        return nullptr;
    }
    if (asked.empty() || means_same(asked, row->item->version())) {
        return row;
    }
    const bool old = std::any_of(versions.begin(), versions.end(),
                                 [&](const item_row& one) { return means_same(one.item->version(), asked); });
    const bool refuse = row->item->other_versions() != v1::VERSION_RULE_WARN;
    found.add(filed.in_item, version_field, "item_version",
              quoted(asked) + (old ? "不在有效期内" : "不存在") + "，现行版本为" + quoted(row->item->version()) +
                  (refuse ? "" : "，以现行版本为准，是否受理由办理地决定"),
              '"' + shown(asked) + (old ? "\" is not in force" : "\" is not known") + "; in force is \"" +
                  row->item->version() + '"' + (refuse ? "" : ", which counts; the destination decides whether to accept"),
              refuse ? severity::refuse : severity::warn);
    return row;
}

// The case keeps its version, so another one named in an answer to a 补正 is only told.
void check_own_version(const item_row& row, const filing& filed, findings& found) {
    const auto& asked = filed.item.version();
    if (!asked.empty() && !means_same(asked, row.item->version())) {
        found.add(filed.in_item, version_field, "item_version",
                  quoted(asked) + "不是本办件的版本，本办件按版本" + quoted(row.item->version()) + "办理",
                  '"' + shown(asked) + "\" is not the case's version; it runs on under \"" + row.item->version() + '"',
                  severity::warn);
    }
}

void check_situation(const item_row& row, const filing& filed, findings& found) {
    const auto& known = row.item->situations();
    const auto& asked = filed.item.situation_code();
    if (asked.empty() || known.empty() ||
        std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.code() == asked; })) {
        return;
    }
    std::string all;
    for (int i = 0; i < known.size() && i < 10; ++i) {
        all += (all.empty() ? "" : ", ") + known[i].code();
    }
    found.add(filed.in_item, situation_field, "situation_unknown", quoted(asked) + "不存在，可用：" + all,
              '"' + shown(asked) + "\" is not known; known: " + all);
}

void check_scope_and_mode(const item_row& row, const filing& filed, findings& found) {
    if (!within_scope(row.item->scope(), filed.origin(), filed.destination())) {
        const bool city = row.item->scope() == v1::SERVICE_SCOPE_CROSS_CITY;
        found.add(filed.in_item, impl_code, "scope",
                  city ? "该事项的通办范围为跨市，只能在本省范围内提交" : "该事项的通办范围为跨县，只能在本市范围内提交",
                  city ? "the item is open to the cities of its province only (跨市)"
                       : "the item is open to the counties of its city only (跨县)");
    }
    const auto& modes = row.item->modes();
    if (filed.mode != v1::BUSINESS_MODE_UNSPECIFIED && !modes.empty() &&
        std::find(modes.begin(), modes.end(), static_cast<int>(filed.mode)) == modes.end()) {
        found.add(filed.body, mode_field, "mode", "该事项不支持此方式，可用：" + modes_text(modes),
                  "the item is not handled so; allowed: " + modes_text(modes));
    }
}

void tell_no_agreement(const agreement_row* outdated, const item_row& row, const filing& filed, findings& found) {
    const auto pair = filed.origin() + "→" + filed.destination();
    const place in{&filed.root, "case", -1};
    if (outdated == nullptr) {
        found.add(in, dest_field, "agreement_missing",
                  pair + " 没有包含该事项（" + std::string(row.impl_code()) + " " + row.item->name() + "）的合作协议",
                  "no agreement " + pair + " covers the item " + std::string(row.impl_code()) + " (" + row.item->name() +
                      ")");
        return;
    }
    const bool over = outdated->valid.to < filed.day;
    const auto what = outdated->agreement->id() + " (" + span_text(outdated->valid) + ")";
    found.add(in, dest_field, over ? "agreement_expired" : "agreement_not_yet_valid",
              pair + " 的合作协议 " + what + (over ? " 已过期" : " 尚未生效"),
              "the agreement " + what + " of " + pair + (over ? " has expired" : " is not yet valid"));
}

const agreement_row* agreement_for(const catalogue& known, const item_row& row, const filing& filed, findings& found) {
    const auto origin = region_number(filed.origin());
    if (!known.lists_agreements() || origin == row.region) {
        return nullptr;
    }
    const agreement_row* outdated = nullptr;
    const agreement_row* other_mode = nullptr;
    for (const auto& way : known.ways(origin, row.region)) {
        const auto& agreement = known.agreements()[way.agreement];
        if (!agreement.covers(row)) {
            continue;
        }
        if (!agreement.valid.covers(filed.day)) {
            // The one that ended last, or begins first, is the one people know.
            const bool later = outdated == nullptr || agreement.valid.to > outdated->valid.to;
            outdated = later ? &agreement : outdated;
        } else if (filed.mode != v1::BUSINESS_MODE_UNSPECIFIED && !agreement.allows(filed.mode)) {
            other_mode = &agreement;
        } else {
            return &agreement;
        }
    }
    if (other_mode != nullptr) {
        const auto& modes = other_mode->agreement->modes();
        found.add(filed.body, mode_field, "mode",
                  "合作协议 " + other_mode->agreement->id() + " 不包含此方式，可用：" + modes_text(modes),
                  "agreement " + other_mode->agreement->id() + " does not hold for it; allowed: " + modes_text(modes));
        return nullptr;
    }
    tell_no_agreement(outdated, row, filed, found);
    return nullptr;
}

v1::OwedMaterial missing_as(const v1::CatalogueMaterial& wanted) {
    v1::OwedMaterial missing;
    missing.set_code(wanted.code());
    missing.set_name(wanted.name());
    if (wanted.has_tolerance_limit()) {
        *missing.mutable_limit() = wanted.tolerance_limit();
    }
    missing.set_consequence(wanted.consequence());
    return missing;
}

// 承诺书: filed as such, or by its name.
const v1::Material* letter_in(const v1::Dossier& dossier) noexcept {
    const auto& materials = dossier.materials();
    const auto found = std::find_if(materials.begin(), materials.end(), [](const v1::Material& one) {
        return one.source() == v1::MATERIAL_SOURCE_COMMITMENT || one.name().find("承诺") != std::string::npos;
    });
    return found == materials.end() ? nullptr : &*found;
}

void check_material(const v1::CatalogueMaterial& wanted, const filing& filed, findings& found,
                    std::vector<v1::OwedMaterial>& missing) {
    const place in{&filed.root, "dossier", -1};
    const auto what = wanted.code().empty() ? wanted.name() : wanted.code() + " " + wanted.name();
    const bool may_commit = filed.submitted->commitment() && wanted.commitment();
    const auto* letter = may_commit ? letter_in(filed.event.dossier()) : nullptr;
    if (letter != nullptr) {
        missing.push_back(missing_as(wanted));
        missing.back().set_commitment(letter->code().empty() ? letter->name() : letter->code());
        found.add(in, materials_field, "material_committed", "以告知承诺代替 " + what,
                  "a letter of commitment stands for " + what, severity::warn);
    } else if (filed.submitted->tolerance() && wanted.tolerance()) {
        missing.push_back(missing_as(wanted));
        found.add(in, materials_field, "material_owed", "申请容缺，是否受理由办理地决定，待补 " + what,
                  "tolerance is asked for, and the destination decides on it; to be brought: " + what, severity::warn);
    } else if (may_commit) {
        found.add(in, materials_field, "commitment_missing", "以告知承诺代替 " + what + " 须附承诺书",
                  "a letter of commitment must be filed where it is to stand for " + what);
    } else {
        found.add(in, materials_field, "material_missing",
                  "缺少必要材料 " + what + (wanted.tolerance() ? "（可申请容缺受理）" : ""),
                  "a required one is missing: " + what + (wanted.tolerance() ? " (tolerance may be asked for)" : ""));
    }
}

void check_materials(const item_row& row, const filing& filed, findings& found, std::vector<v1::OwedMaterial>& missing) {
    for (const auto& wanted : row.item->materials()) {
        if (wanted.required() && !is_brought(wanted, filed.event.dossier(), row.item->materials())) {
            check_material(wanted, filed, found, missing);
        }
    }
}

std::string limit_text(const v1::Limit& limit) {
    static constexpr std::string_view units[] = {"", "个工作日", "个自然日", "小时", "个月"};
    const auto unit = static_cast<std::size_t>(limit.unit());
    return std::to_string(limit.value()) + std::string(units[unit < std::size(units) ? unit : 0]);
}

void check_limit(const v1::Limit& filed_limit, const v1::Limit& counts, const field& what, std::string_view rule,
                 const filing& filed, findings& found) {
    const bool same = filed_limit.value() == counts.value() &&
                      (filed_limit.unit() == counts.unit() || filed_limit.value() == 0);
    if (!same) {
        found.add(filed.body, what, rule,
                  "申报为 " + limit_text(filed_limit) + "，以事项目录的 " + limit_text(counts) + " 为准",
                  "filed as " + limit_text(filed_limit) + "; the catalogue's " + limit_text(counts) + " counts",
                  severity::warn);
    }
}

void check_as_filed(const item_row& row, const filing& filed, findings& found) {
    const auto& submitted = *filed.submitted;
    const auto& item = *row.item;
    if (submitted.has_promise() && item.has_promise()) {
        check_limit(submitted.promise(), item.promise(), promise_field, "promise_differs", filed, found);
    }
    if (submitted.has_statutory() && item.has_statutory()) {
        check_limit(submitted.statutory(), item.statutory(), statutory_field, "statutory_differs", filed, found);
    }
    if (submitted.case_type() != v1::CASE_TYPE_UNSPECIFIED && item.case_type() != v1::CASE_TYPE_UNSPECIFIED &&
        submitted.case_type() != item.case_type()) {
        found.add(filed.body, case_type_field, "case_type_differs", "与事项目录不一致，以目录为准",
                  "differs from the catalogue, which counts", severity::warn);
    }
}

// How unlike two codes are: places that differ, with the shared basic code counting for more.
std::size_t distance(std::string_view a, std::string_view b) noexcept {
    const auto length = std::min(a.size(), b.size());
    std::size_t differ = std::max(a.size(), b.size()) - length;
    for (std::size_t i = 0; i < length; ++i) {
        differ += a[i] == b[i] ? 0 : 1;
    }
    const bool same_basic = a.size() >= 12 && b.size() >= 12 && a.substr(a.size() - 12) == b.substr(b.size() - 12);
    return same_basic ? 0 : differ;
}

} // namespace

bool catalogue_judgement::refused() const noexcept {
    return std::any_of(found.begin(), found.end(), [](const v1::Violation& one) { return !one.warning(); });
}

bool within_scope(v1::ServiceScope scope, std::string_view origin, std::string_view destination) noexcept {
    switch (scope) {
    case v1::SERVICE_SCOPE_CROSS_CITY: return origin.substr(0, 2) == destination.substr(0, 2);
    case v1::SERVICE_SCOPE_CROSS_COUNTY: return origin.substr(0, 4) == destination.substr(0, 4);
    default: return true;
    }
}

std::vector<std::string_view> nearest_codes(const catalogue& known, std::string_view region, std::string_view code) {
    constexpr std::size_t shown_max = 3;
    constexpr std::size_t unlike = 6;
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const auto& row : known.of_region(region_number(region))) {
        const auto differ = distance(row.impl_code(), code);
        const auto candidate = std::pair{differ, row.impl_code()};
        if (differ <= unlike && std::find(near.begin(), near.end(), candidate) == near.end()) {
            near.insert(std::upper_bound(near.begin(), near.end(), candidate), candidate);
            near.resize(std::min(near.size(), shown_max));
        }
    }
    std::vector<std::string_view> codes;
    for (const auto& [differ, one] : near) {
        codes.push_back(one);
    }
    return codes;
}

catalogue_judgement judge(const catalogue& known, const v1::CaseEvent& event, std::int32_t day,
                          const source_path_of& source_path) {
    catalogue_judgement judged;
    findings found(source_path);
    const filing filed(event, day);
    const auto versions = versions_of(known, filed);
    if (versions.empty()) {
        tell_unknown(known, filed, found);
    } else {
        judged.item = version_that_counts(versions, filed, found);
    }
    if (judged.item != nullptr) {
        const auto& row = *judged.item;
        check_situation(row, filed, found);
        check_scope_and_mode(row, filed, found);
        judged.agreement = agreement_for(known, row, filed, found);
        if (filed.submitted != nullptr) {
            check_materials(row, filed, found, judged.missing);
            check_as_filed(row, filed, found);
        }
    }
    judged.found = std::move(found).take();
    return judged;
}

catalogue_judgement judge_answer(const catalogue& known, const v1::CaseEvent& event, const v1::CaseState& standing,
                                 const source_path_of& source_path) {
    catalogue_judgement judged;
    judged.item = standing.terms().item_version().empty() ? nullptr : item_of(known, standing);
    if (judged.item == nullptr) {
        return judged;
    }
    findings found(source_path);
    const filing filed(event, 0); // no day: nothing of it depends on one
    check_own_version(*judged.item, filed, found);
    check_situation(*judged.item, filed, found);
    check_materials(*judged.item, filed, found, judged.missing);
    check_as_filed(*judged.item, filed, found);
    judged.found = std::move(found).take();
    return judged;
}

} // namespace tongban::cases
