#include "gateway/cases/bundle_plan.hpp"

#include "gateway/cases/automatic_rule.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/cases/case_terms.hpp"
#include "gateway/cases/child_filing.hpp"
#include "gateway/cases/listed_materials.hpp"
#include "gateway/cases/plain_text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

namespace tongban::cases {

namespace {

constexpr field code_field{"bundle_code", "一件事编码", "bundle code"};
constexpr field number_field{"source_case_no", "办件编号", "case number"};
constexpr field destination_field{"form", "表单", "form"};
constexpr field value_field{"value", "表单项", "form field"};
constexpr field materials_field{"materials", "材料", "materials"};
// What names one item, and with which a filing for several would contradict itself.
constexpr std::pair<field, const std::string& (v1::Item::*)() const> item_fields[] = {
    {{"impl_code", "实施编码", "implementation code"}, &v1::Item::impl_code},
    {{"basic_code", "基本编码", "basic code"}, &v1::Item::basic_code},
    {{"handle_item_code", "业务办理项编码", "handling item code"}, &v1::Item::handle_item_code},
    {{"situation_code", "情形编码", "situation code"}, &v1::Item::situation_code},
    {{"version", "事项版本", "item version"}, &v1::Item::version},
};
constexpr std::size_t number_characters_max = 50;

std::size_t characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class planner {
public:
    planner(const catalogue& known, const v1::CaseEvent& filed, std::int32_t day, const source_path_of& source_path)
        : known_(known), filed_(filed), day_(day), source_path_(source_path), found_(source_path) {}

    bundle_judgement run() {
        bundle_judgement judged;
        if (const auto* bundle = bundle_in_force()) {
            judged.plan.set_bundle_code(bundle->code());
            judged.plan.set_bundle_version(bundle->version());
            judged.plan.set_name(bundle->name());
            check_origin(*bundle);
            check_no_item();
            check_form(*bundle);
            for (int i = 0; i < bundle->children_size(); ++i) {
                const auto& child = bundle->children(i);
                if (!child.has_condition() || holds(child.condition(), filed_.dossier(), bundle->materials())) {
                    plan_child(*bundle, child, static_cast<std::uint32_t>(i + 1), judged.plan);
                }
            }
            check_materials(*bundle, judged.plan);
            if (judged.plan.children().empty()) {
                found_.add(in_body_, code_field, "bundle_empty", "所填表单没有命中任何子事项",
                           "no item of it applies to what the form says");
            }
        }
        judged.found = std::move(found_).take();
        judged.found.insert(judged.found.end(), std::make_move_iterator(of_children_.begin()),
                            std::make_move_iterator(of_children_.end()));
        return judged;
    }

private:
    const v1::CatalogueBundle* bundle_in_force() {
        const auto& code = filed_.case_submitted().bundle_code();
        const auto versions = known_.bundles(code);
        if (versions.empty()) {
            found_.add(in_body_, code_field, "bundle_unknown", "事项目录中没有此一件事", "is not in the catalogue");
            return nullptr;
        }
        const auto row = std::find_if(versions.begin(), versions.end(),
                                      [this](const bundle_row& one) { return one.valid.covers(day_); });
        if (row == versions.end()) {
            found_.add(in_body_, code_field, "bundle_not_in_force", "今日没有生效的版本", "has no version in force today");
            return nullptr;
        }
        return row->bundle;
    }

    void check_origin(const v1::CatalogueBundle& bundle) {
        const auto& origin = filed_.case_().origin_region();
        const auto& origins = bundle.origins();
        if (!origins.empty() && std::find(origins.begin(), origins.end(), origin) == origins.end()) {
            found_.add(in_body_, code_field, "bundle_origin", "不在 " + origin + " 受理", "is not taken at " + origin);
        }
    }

    // Where the sender wrote it, in its own words where the dialect knows.
    std::string shown_place(const std::string& path) const {
        const auto own = source_path_ ? source_path_(path) : std::string();
        return own.empty() ? path : own;
    }

    void check_no_item() {
        const auto& item = filed_.case_submitted().item();
        for (const auto& [what, text_of] : item_fields) {
            if (!(item.*text_of)().empty()) {
                const auto bundle = shown_place("case_submitted.bundle_code");
                const auto beside = shown_place("case_submitted.item." + std::string(what.name));
                found_.add({&in_body_, "item", -1}, what, "bundle_item",
                           "不能与一件事编码同时填写（" + beside + "、" + bundle + "）：一件事的事项由事项目录决定",
                           "cannot stand beside a bundle code (" + beside + ", " + bundle +
                               "): the catalogue says which items a bundle has");
            }
        }
    }

    // A field that the bundle reads is given once, or each time the same: which of two values a child would get, nobody said.
    void check_form(const v1::CatalogueBundle& bundle) {
        const auto& form = filed_.dossier().form();
        const auto read = names_read(bundle);
        std::map<std::string, int> first;
        for (int i = 0; i < form.size(); ++i) {
            const auto name = plain_text(form[i].name());
            if (!read.contains(name)) {
                continue;
            }
            const auto at = first.emplace(name, i).first->second;
            if (!means_same(form[at].value(), form[i].value())) {
                const auto both = shown_place("dossier.form[" + std::to_string(at) + "].value") + ", " +
                                  shown_place("dossier.form[" + std::to_string(i) + "].value");
                found_.add({&in_dossier_, "form", i}, value_field, "form_ambiguous",
                           "“" + form[i].name() + "”有两个不同的值（" + both + "），无法确定子事项采用哪一个",
                           "\"" + form[i].name() + "\" has two different values (" + both +
                               "): which of them a child is to get is not said");
            }
        }
    }

    // Form fields that decide or are handed on, by what their names mean.
    static std::set<std::string> names_read(const v1::CatalogueBundle& bundle) {
        std::set<std::string> names;
        for (const auto& child : bundle.children()) {
            names.insert(plain_text(child.dest_field()));
            names.insert(plain_text(child.condition().field()));
            for (const auto& one : child.fields()) {
                names.insert(plain_text(one.from()));
            }
        }
        names.erase("");
        return names;
    }

    // 容缺 and 告知承诺 are the children's own: what is missing is owed by those whose item takes it so, and where none does
    // there would be nobody to bring it.
    void check_materials(const v1::CatalogueBundle& bundle, const v1::BundleStarted& plan) {
        const auto& filed = filed_.case_submitted();
        for (const auto& wanted : bundle.materials()) {
            const bool may_follow = (filed.tolerance() && wanted.tolerance()) || (filed.commitment() && wanted.commitment());
            const bool brought = is_brought(wanted, filed_.dossier(), bundle.materials());
            if (!wanted.required() || brought || (may_follow && is_owed(bundle, wanted, plan))) {
                continue;
            }
            const auto what = wanted.code().empty() ? wanted.name() : wanted.code() + " " + wanted.name();
            const bool hint = wanted.tolerance() && !filed.tolerance();
            found_.add(in_dossier_, materials_field, "material_missing",
                       "缺少必要材料 " + what + (may_follow ? "（没有子事项可容缺此材料）" : hint ? "（可申请容缺受理）" : ""),
                       "a required one is missing: " + what +
                           (may_follow ? " (no child may be accepted without it)" : hint ? " (tolerance may be asked for)" : ""));
        }
    }

    // By a child that gets the material.
    static bool is_owed(const v1::CatalogueBundle& bundle, const v1::CatalogueMaterial& wanted, const v1::BundleStarted& plan) {
        return std::any_of(plan.children().begin(), plan.children().end(), [&](const v1::BundleChild& child) {
            const auto& handed_on = bundle.children(static_cast<int>(child.number()) - 1).materials();
            const auto own = std::find_if(handed_on.begin(), handed_on.end(),
                                          [&](const v1::BundleField& one) { return one.from() == wanted.code(); });
            const auto& owes = child.terms().missing();
            return own != handed_on.end() && std::any_of(owes.begin(), owes.end(), [&](const v1::OwedMaterial& missing) {
                return missing.code().empty() ? missing.name() == wanted.name() : missing.code() == name_for_child(*own);
            });
        });
    }

    void plan_child(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child, std::uint32_t number,
                    v1::BundleStarted& plan) {
        auto& made = *plan.add_children();
        made.set_number(number);
        made.set_required(child.required());
        *made.mutable_fields() = child.fields();
        plan_materials(bundle, child, made);
        made.set_business_mode(filed_.case_submitted().business_mode());
        for (const auto before : child.after()) {
            // One that was left out by its condition is not waited for.
            if (std::any_of(plan.children().begin(), plan.children().end(),
                            [before](const v1::BundleChild& one) { return one.number() == before; })) {
                made.add_after(before);
            }
        }
        made.set_source_case_no(child_case_no(filed_.case_().source_case_no(), number));
        made.set_case_id(case_id(filed_.case_().origin_region(), made.source_case_no()));
        if (characters(made.source_case_no()) > number_characters_max) {
            found_.add({&root_, "case", -1}, number_field, "length", "加上子办件序号后超过50字", "exceeds 50 characters with a child's number");
        }
        set_code(child.item(), *made.mutable_item());
        made.set_dest_region(child.dest_region());
        if (made.dest_region().empty() && !take_destination(child, made)) {
            return;
        }
        judge_child(made);
    }

    // What was filed under the code goes by the code. What counts as the material though it was not, by its name or as a
    // licence, goes by its place: what it is was judged by the list of today, which nobody has when the child is filed.
    void plan_materials(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child, v1::BundleChild& made) const {
        const auto& filed = filed_.dossier();
        *made.mutable_materials() = child.materials();
        std::set<int> licences; // one may stand for several
        for (const auto& one : child.materials()) {
            const auto& all = bundle.materials();
            const auto listed = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.code() == one.from(); });
            if (listed == all.end()) {
                continue;
            }
            for (int i = 0; i < filed.materials_size(); ++i) {
                if (filed.materials(i).code() != one.from() && is_for(*listed, filed.materials(i), all)) {
                    auto& by_place = *made.add_materials();
                    by_place.set_from(material_place(i));
                    by_place.set_to(name_for_child(one));
                }
            }
            for (int i = 0; i < filed.certificates_size(); ++i) {
                if (is_for(*listed, filed.certificates(i)) && licences.insert(i).second) {
                    made.add_materials()->set_from(certificate_place(i));
                }
            }
        }
    }

    // As people and systems write it: in either width, or padded to the twelve digits of a place below the county.
    static std::string region_said(const std::string& value) {
        constexpr std::string_view padding = "000000";
        auto region = plain_text(value);
        if (region.size() == 12 && region.ends_with(padding)) {
            region.resize(region.size() - padding.size());
        }
        return region;
    }

    static void set_code(const std::string& code, v1::Item& item) {
        if (code.size() > basic_code_characters_max) {
            item.set_impl_code(code);
        } else {
            item.set_basic_code(code);
        }
    }

    bool take_destination(const v1::CatalogueBundleChild& child, v1::BundleChild& made) {
        const auto* said = form_value(filed_.dossier(), child.dest_field());
        const auto region = said == nullptr ? std::string() : region_said(*said);
        if (region_number(region) == 0) {
            found_.add(in_dossier_, destination_field, "bundle_destination",
                       "“" + child.dest_field() + "”应填" + words_of(made).zh + "的办理地（6位行政区划代码）",
                       "must have \"" + child.dest_field() + "\", the destination of " + words_of(made).en + ": 6 digits");
            return false;
        }
        made.set_dest_region(region);
        return true;
    }

    // As if it came by itself.
    void judge_child(v1::BundleChild& made) {
        auto judged = judge(known_, child_filing(filed_, made), day_, source_path_);
        if (judged.item != nullptr) {
            take_item(judged, made);
        }
        const auto which = words_of(made);
        const auto in = "children[" + std::to_string(made.number() - 1) + "].";
        for (auto& one : judged.found) {
            one.set_field(in + one.field());
            one.set_message_zh(which.zh + "：" + one.message_zh());
            one.set_message_en(which.en + ": " + one.message_en());
            of_children_.push_back(std::move(one));
        }
    }

    static void take_item(const catalogue_judgement& judged, v1::BundleChild& made) {
        auto& item = *made.mutable_item();
        const auto& row = *judged.item->item;
        item.set_impl_code(row.impl_code());
        item.set_basic_code(row.basic_code());
        item.set_name(row.name());
        item.set_version(row.version());
        item.set_type(row.type());
        item.set_level(row.level());
        item.set_scope(row.scope());
        made.set_case_type(row.case_type());
        fill_terms(judged, *made.mutable_terms());
        if (made.terms().has_promise()) {
            *made.mutable_promise() = made.terms().promise();
        }
        if (made.terms().has_statutory()) {
            *made.mutable_statutory() = made.terms().statutory();
        }
    }

    static constexpr std::size_t basic_code_characters_max = 12;

    const catalogue& known_;
    const v1::CaseEvent& filed_;
    const std::int32_t day_;
    const source_path_of& source_path_;
    findings found_;
    std::vector<v1::Violation> of_children_;
    const place root_{};
    const place in_body_{&root_, "case_submitted", -1};
    const place in_dossier_{&root_, "dossier", -1};
};

} // namespace

bool bundle_judgement::refused() const noexcept {
    return std::any_of(found.begin(), found.end(), [](const v1::Violation& one) { return !one.warning(); });
}

std::string child_case_no(std::string_view parent_case_no, std::uint32_t child) {
    return std::string(parent_case_no) + '-' + std::to_string(child);
}

std::optional<child_number> child_number_of(std::string_view source_case_no) noexcept {
    const auto dash = source_case_no.rfind('-');
    if (dash == std::string_view::npos || dash == 0) {
        return std::nullopt;
    }
    const auto digits = source_case_no.substr(dash + 1);
    child_number found{source_case_no.substr(0, dash)};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), found.child);
    const bool is_ours = error == std::errc{} && end == digits.data() + digits.size() && digits.front() != '0' &&
                         found.child <= bundle_children_max;
    return is_ours ? std::optional(found) : std::nullopt;
}

bilingual words_of(const v1::BundleChild& child) {
    const auto& item = child.item();
    const auto& code = item.impl_code().empty() ? item.basic_code() : item.impl_code();
    const auto what = item.name().empty() ? code : item.name() + ' ' + code;
    const auto number = std::to_string(child.number());
    return {"子事项" + number + "（" + what + "）", "child " + number + " (" + what + ')'};
}

bundle_judgement plan_bundle(const catalogue& known, const v1::CaseEvent& filed, std::int32_t day,
                             const source_path_of& source_path) {
    return planner(known, filed, day, source_path).run();
}

} // namespace tongban::cases
