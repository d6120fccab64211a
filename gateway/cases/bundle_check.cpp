// The bundles' part of the catalogue's check: what a filing could only stumble over later is told when the file is read.
#include "gateway/cases/automatic_rule.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/catalogue_faults.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace tongban::cases {

namespace {

constexpr std::size_t basic_code_characters_max = 12;
constexpr int fields_max = 200;

std::string field_of(int child, const char* name) {
    return "children[" + std::to_string(child) + "]." + name;
}

class bundle_checker {
public:
    bundle_checker(const catalogue& read, const check_settings& settings, catalogue_faults& faults)
        : read_(read), settings_(settings), faults_(faults) {}

    void check(const bundle_row& row) {
        const auto& bundle = *row.bundle;
        if (bundle.code().empty() || bundle.code().size() > 50) {
            faults_.wrong("code", "一件事编码应为1至50字节", "the code must have 1 to 50 bytes");
        }
        if (bundle.name().empty() || bundle.name().size() > 800) {
            faults_.wrong("name", "一件事名称应为1至200字", "the name must have 1 to 200 characters");
        }
        if (bundle.version().empty() || bundle.version().size() > 50) {
            faults_.wrong("version", "版本应为1至50字节", "the version must have 1 to 50 bytes");
        }
        check_validity(bundle.valid_from(), bundle.valid_to(), faults_);
        for (int i = 0; i < bundle.origins_size(); ++i) {
            check_region(bundle.origins(i), "origins[" + std::to_string(i) + ']');
        }
        check_materials(bundle);
        if (bundle.children().empty() || bundle.children_size() > bundle_children_max) {
            faults_.wrong("children", "子事项应为1至32个：" + std::to_string(bundle.children_size()),
                          "must have 1 to 32 children: " + std::to_string(bundle.children_size()));
            return;
        }
        for (int i = 0; i < bundle.children_size(); ++i) {
            check_child(bundle, i);
        }
    }

    void check_against_earlier(const bundle_row& before, const bundle_row& row) {
        if (before.bundle->version() == row.bundle->version()) {
            faults_.wrong("version", "同一编码和版本重复：" + row.bundle->version(),
                          "this code and version stand twice: " + row.bundle->version());
        } else if (before.valid.overlaps(row.valid)) {
            faults_.wrong("valid_from", "有效期与版本 " + before.bundle->version() + " 重叠",
                          "in force at the same time as version " + before.bundle->version());
        }
    }

private:
    void check_region(const std::string& region, const std::string& field) {
        if (!is_region_code(region)) {
            faults_.wrong(field, "应为6位行政区划代码：" + region, "must be a region code of 6 digits: " + region);
        } else if (settings_.knows_region && !settings_.knows_region(region)) {
            faults_.warn(field, "没有接入单位代表区划 " + region, "no partner acts for region " + region);
        }
    }

    void check_materials(const v1::CatalogueBundle& bundle) {
        std::set<std::string_view> codes;
        std::set<std::string_view> names;
        for (int i = 0; i < bundle.materials_size(); ++i) {
            const auto& one = bundle.materials(i);
            const auto field = "materials[" + std::to_string(i) + ']';
            if (one.code().empty() || one.name().empty()) {
                faults_.wrong(field, "材料须有编码和名称", "the material needs a code and a name");
            } else if (!codes.insert(one.code()).second) {
                faults_.wrong(field + ".code", "材料编码重复：" + one.code(), "a material's code stands twice: " + one.code());
            } else if (!names.insert(one.name()).second) { // filings may name them so, and one file would count for both
                faults_.wrong(field + ".name", "材料名称重复：" + one.name(), "a material's name stands twice: " + one.name());
            }
            check_material(one, field + '.', faults_);
        }
    }

    void check_child(const v1::CatalogueBundle& bundle, int i) {
        const auto& child = bundle.children(i);
        check_place(bundle, child, i);
        check_order(child, i);
        check_condition(bundle, child, i);
        check_names(child.fields(), field_of(i, "fields"));
        check_names(child.materials(), field_of(i, "materials"));
        for (const auto& one : child.materials()) {
            if (!has_material(bundle, one.from())) {
                faults_.wrong(field_of(i, "materials"), "一件事的材料清单中没有：" + one.from(),
                              "the bundle lists no such material: " + one.from());
            }
        }
    }

    void check_place(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child, int i) {
        if (child.dest_region().empty() == child.dest_field().empty()) {
            faults_.wrong(field_of(i, "destination"), "须写明办理地或取自哪个表单项，二者选一",
                          "needs either a destination or the field of the form that names it");
        }
        if (!child.dest_region().empty()) {
            check_region(child.dest_region(), field_of(i, "destination"));
        }
        const auto versions = versions_of(child);
        if (child.item().empty() || (versions.empty() && !is_somewhere(child))) {
            faults_.wrong(field_of(i, "item"),
                          (child.dest_region().empty() ? std::string("事项目录中没有：") : child.dest_region() + " 的事项目录中没有：") +
                              child.item(),
                          (child.dest_region().empty() ? std::string("the catalogue") : "the catalogue of " + child.dest_region()) +
                              " has no item " + child.item());
            return;
        }
        if (!versions.empty()) {
            check_agreements(bundle, child, versions, i);
            check_handed_on(child, versions, i);
            check_tolerance(bundle, child, versions.back());
        }
    }

    // Of a fixed destination.
    std::span<const item_row> versions_of(const v1::CatalogueBundleChild& child) const {
        if (child.dest_region().empty()) {
            return {};
        }
        return child.item().size() > basic_code_characters_max
                   ? read_.versions(child.dest_region(), child.item())
                   : read_.versions_by_basic(child.dest_region(), child.item());
    }

    bool is_somewhere(const v1::CatalogueBundleChild& child) const {
        return child.dest_region().empty() &&
               std::any_of(read_.rows().begin(), read_.rows().end(), [&](const item_row& row) {
                   return row.impl_code() == child.item() || row.item->basic_code() == child.item();
               });
    }

    void check_agreements(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child,
                          std::span<const item_row> versions, int i) {
        if (!read_.lists_agreements()) {
            return;
        }
        const auto destination = region_number(child.dest_region());
        const auto covered = [&](std::span<const catalogue::way> ways, std::int32_t from_day) {
            return std::any_of(ways.begin(), ways.end(), [&](const catalogue::way& way) {
                const auto& agreement = read_.agreements()[way.agreement];
                return agreement.valid.to >= from_day && agreement.covers(versions.back());
            });
        };
        const auto field = field_of(i, "destination");
        for (const auto& origin : bundle.origins()) {
            const auto ways = read_.ways(region_number(origin), destination);
            if (region_number(origin) == destination || covered(ways, settings_.day)) {
                continue;
            }
            const auto pair_zh = origin + "→" + child.dest_region();
            const auto pair_en = origin + " to " + child.dest_region();
            if (covered(ways, std::numeric_limits<std::int32_t>::min())) {
                // A day that comes is no mistake of the files: what was taken yesterday starts again tomorrow.
                faults_.warn(field, pair_zh + " 包含该事项的合作协议均已到期", "every agreement " + pair_en + " that covers the item has ended");
            } else {
                faults_.wrong(field, pair_zh + " 没有包含该事项的合作协议", "no agreement " + pair_en + " covers the item");
            }
        }
        if (bundle.origins().empty() && !covered(read_.ways_to(destination), settings_.day)) {
            faults_.warn(field, "没有通往 " + child.dest_region() + " 且包含该事项的合作协议",
                         "no agreement that leads to " + child.dest_region() + " covers the item");
        }
    }

    void check_handed_on(const v1::CatalogueBundleChild& child, std::span<const item_row> versions, int i) {
        for (const auto& wanted : versions.back().item->materials()) {
            const bool given = std::any_of(child.materials().begin(), child.materials().end(), [&](const v1::BundleField& one) {
                return (one.to().empty() ? one.from() : one.to()) == wanted.code();
            });
            if (wanted.required() && !wanted.code().empty() && !given) {
                faults_.warn(field_of(i, "materials"), "没有转交该事项的必要材料 " + wanted.code() + " " + wanted.name(),
                             "hands on no " + wanted.code() + " " + wanted.name() + ", which the item requires");
            }
        }
    }

    // The child's own item decides on 容缺 and 告知承诺, and by when: what the bundle says of them is told to who may file it.
    void check_tolerance(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child, const item_row& row) {
        for (int i = 0; i < bundle.materials_size(); ++i) {
            const auto& whole = bundle.materials(i);
            const auto own = std::find_if(child.materials().begin(), child.materials().end(),
                                          [&](const v1::BundleField& one) { return one.from() == whole.code(); });
            if (own == child.materials().end() || !whole.required()) {
                continue;
            }
            const auto& code = own->to().empty() ? own->from() : own->to();
            const auto& asked = row.item->materials();
            const auto material = std::find_if(asked.begin(), asked.end(), [&](const v1::CatalogueMaterial& one) {
                return one.code().empty() ? one.name() == whole.name() : one.code() == code;
            });
            if (material != asked.end() && material->required()) {
                compare_tolerance(whole, *material, row, "materials[" + std::to_string(i) + "].");
            }
        }
    }

    void compare_tolerance(const v1::CatalogueMaterial& whole, const v1::CatalogueMaterial& own, const item_row& row,
                           const std::string& at) {
        const auto of = " " + std::string(row.impl_code()) + " " + row.item->name();
        if (whole.tolerance() && !own.tolerance()) {
            faults_.warn(at + "tolerance", "子事项" + of + " 不可容缺此材料，申请容缺将被退回",
                         "the child's item" + of + " does not tolerate that it is missing: such a filing is refused");
        } else if (whole.tolerance() && whole.has_tolerance_limit() &&
                   whole.tolerance_limit().SerializeAsString() != own.tolerance_limit().SerializeAsString()) {
            faults_.warn(at + "tolerance_limit", "与子事项" + of + " 的补齐期限不同，以子事项为准",
                         "is not that of the child's item" + of + ", which counts");
        }
        if (whole.commitment() && !own.commitment()) {
            faults_.warn(at + "commitment", "子事项" + of + " 不适用告知承诺", "the child's item" + of + " takes no letter for it");
        }
    }

    // What comes before has the smaller number: no circle can be written.
    void check_order(const v1::CatalogueBundleChild& child, int i) {
        const auto own = static_cast<std::uint32_t>(i + 1);
        std::set<std::uint32_t> seen;
        for (const auto before : child.after()) {
            if (before == 0 || before >= own || !seen.insert(before).second) {
                faults_.wrong(field_of(i, "after"), "只能等待序号更小的子事项，且不重复：" + std::to_string(before),
                              "may wait for children with a smaller number, each once: " + std::to_string(before));
            }
        }
    }

    void check_condition(const v1::CatalogueBundle& bundle, const v1::CatalogueBundleChild& child, int i) {
        const std::string_view field = child.condition().field();
        if (field.empty() && (child.has_condition() || !child.condition().values().empty())) {
            faults_.wrong(field_of(i, "when"), "条件没有写明表单项", "the condition names no field");
        }
        if (field.starts_with(material_condition) && !has_material(bundle, field.substr(material_condition.size()))) {
            faults_.wrong(field_of(i, "when"), "一件事的材料清单中没有该材料", "the bundle lists no such material");
        }
    }

    void check_names(const google::protobuf::RepeatedPtrField<v1::BundleField>& names, const std::string& field) {
        if (names.size() > fields_max) {
            faults_.wrong(field, "超过200项", "more than 200");
            return;
        }
        std::map<std::string_view, std::string_view> targets; // and what fills it
        for (const auto& one : names) {
            const std::string& target = one.to().empty() ? one.from() : one.to();
            if (one.from().empty()) {
                faults_.wrong(field, "没有名称", "has no name");
            } else if (const auto [before, is_new] = targets.emplace(target, one.from()); !is_new) {
                const auto both = std::string(before->second) + ", " + one.from();
                faults_.wrong(field, both + " 都转交为：" + target, both + " are both handed on as: " + target);
            }
        }
    }

    static bool has_material(const v1::CatalogueBundle& bundle, std::string_view code) {
        return std::any_of(bundle.materials().begin(), bundle.materials().end(),
                           [code](const v1::CatalogueMaterial& one) { return one.code() == code; });
    }

    const catalogue& read_;
    const check_settings& settings_;
    catalogue_faults& faults_;
};

} // namespace

void check_bundles(const catalogue& read, const check_settings& settings, catalogue_faults& faults) {
    bundle_checker checker(read, settings, faults);
    const bundle_row* before = nullptr;
    for (const auto& row : read.bundles()) {
        faults.about(catalogue_fault::subject::bundle, row.position);
        checker.check(row);
        if (before != nullptr && before->bundle->code() == row.bundle->code()) {
            checker.check_against_earlier(*before, row);
        }
        before = &row;
    }
}

} // namespace tongban::cases
