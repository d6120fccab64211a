#include "gateway/inbox/bundle_listing.hpp"

#include "gateway/cases/catalogue_rules.hpp"

#include <algorithm>

namespace tongban::inbox {

namespace {

// The version of the item in force at the region; null when there is none.
const cases::item_row* item_of(const cases::catalogue& known, const std::string& region, const std::string& code,
                               std::int32_t day) {
    const auto versions = known.versions(region, code);
    return cases::in_force(versions.empty() ? known.versions_by_basic(region, code) : versions, day);
}

// Whether the origin may send it there, and under which agreement: null when none is asked for.
struct way {
    bool open = false;
    const v1::Agreement* agreement = nullptr;
};
way way_to(const cases::catalogue& known, const cases::item_row& row, std::uint32_t origin, std::int32_t day) {
    if (origin == row.region) {
        return {true};
    }
    if (!cases::within_scope(row.item->scope(), cases::region_text(origin), row.item->region())) {
        return {};
    }
    if (!known.lists_agreements()) {
        return {true};
    }
    for (const auto& each : known.ways(origin, row.region)) {
        const auto& agreement = known.agreements()[each.agreement];
        if (agreement.valid.covers(day) && agreement.covers(row)) {
            return {true, agreement.agreement};
        }
    }
    return {};
}

bool is_origin(const v1::CatalogueBundle& bundle, const std::string& region) {
    return bundle.origins().empty() || std::ranges::find(bundle.origins(), region) != bundle.origins().end();
}

void add_place(const cases::catalogue& known, const v1::CatalogueBundleChild& child, const std::string& region,
               std::uint32_t origin, std::int32_t day, v1::CatalogueBundlePlace made, v1::CatalogueBundleEntry& entry) {
    const auto* row = item_of(known, region, child.item(), day);
    const auto found = row == nullptr ? way() : way_to(known, *row, origin, day);
    if (found.open && entry.places_size() < bundle_places_max) {
        made.set_dest_region(region);
        made.set_impl_code(row->item->impl_code());
        made.set_name(row->item->name());
        made.set_version(row->item->version());
        made.set_agreement(found.agreement == nullptr ? "" : found.agreement->id());
        *entry.add_places() = std::move(made);
    }
}

void add_places(const cases::catalogue& known, const v1::CatalogueBundleChild& child, std::uint32_t number,
                std::uint32_t origin, std::int32_t day, v1::CatalogueBundleEntry& entry) {
    v1::CatalogueBundlePlace place;
    place.set_child(number);
    if (!child.dest_region().empty()) {
        return add_place(known, child, child.dest_region(), origin, day, std::move(place), entry);
    }
    for (const auto region : known.regions()) {
        add_place(known, child, cases::region_text(region), origin, day, place, entry);
    }
}

} // namespace

std::size_t rows_looked_at(const cases::catalogue& known, const v1::CatalogueBundle& bundle) noexcept {
    constexpr std::size_t rows_of_region = 10; // an item is sought among them by its 基本编码
    const auto named_in_form =
        std::ranges::count_if(bundle.children(), [](const auto& child) { return child.dest_region().empty(); });
    return static_cast<std::size_t>(named_in_form) * known.regions().size() * rows_of_region;
}

std::optional<v1::CatalogueBundleEntry> bundle_entry(const cases::catalogue& known, const v1::CatalogueBundle& bundle,
                                                     std::uint32_t origin, std::int32_t day) {
    v1::CatalogueBundleEntry entry;
    entry.set_origin_region(cases::region_text(origin));
    if (!is_origin(bundle, entry.origin_region())) {
        return std::nullopt;
    }
    for (int i = 0; i < bundle.children_size(); ++i) {
        const auto before = entry.places_size();
        add_places(known, bundle.children(i), static_cast<std::uint32_t>(i + 1), origin, day, entry);
        if (entry.places_size() == before && before < bundle_places_max && !bundle.children(i).has_condition()) {
            return std::nullopt; // part of every filing, and refuses it
        }
    }
    *entry.mutable_bundle() = bundle;
    return entry;
}

bool concerns(const v1::CatalogueBundleEntry& entry, std::uint32_t region, std::string_view code) {
    const auto& places = entry.places();
    const bool goes = region == 0 || std::ranges::any_of(places, [region](const auto& place) {
                          return cases::region_number(place.dest_region()) == region;
                      });
    const bool named =
        code.empty() || code == entry.bundle().code() ||
        std::ranges::any_of(entry.bundle().children(), [code](const auto& child) { return code == child.item(); }) ||
        std::ranges::any_of(places, [code](const auto& place) { return code == place.impl_code(); });
    return goes && named;
}

} // namespace tongban::inbox
