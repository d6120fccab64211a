// What a region is told of the bundles 一件事 that it may file: each with the items and places of its children as they stand
// today. Pure.
#pragma once

#include "gateway/cases/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace tongban::inbox {

inline constexpr int bundle_places_max = 1000; // of one bundle; of more, those of the first children and regions are told

// Every place that a child may go to: the one that is fixed, or all that the form may name. None when the origin may not file
// it: it is not among its origins, or a child that every filing has is handled nowhere, or under no agreement.
std::optional<v1::CatalogueBundleEntry> bundle_entry(const cases::catalogue& known, const v1::CatalogueBundle& bundle,
                                                     std::uint32_t origin, std::int32_t day);

// How many rows of the catalogue an entry costs at most, about.
std::size_t rows_looked_at(const cases::catalogue& known, const v1::CatalogueBundle& bundle) noexcept;

// True when a child may go to the region (0: any), and a child is of the item, by 实施编码 or 基本编码, or the bundle has that
// code (empty: any).
bool concerns(const v1::CatalogueBundleEntry& entry, std::uint32_t region, std::string_view code);

} // namespace tongban::inbox
