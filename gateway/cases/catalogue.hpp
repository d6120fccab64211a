// Items 事项 and agreements 合作协议 as one immutable value: what is asked of it on the path of a message allocates nothing.
// Flat rows in order of region, code and time behind one hash table; pairs of regions behind a sorted list.
#pragma once

#include "tongban/v1/catalogue.pb.h"

#include <google/protobuf/arena.h>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::cases {

// Days since 1970-01-01, both inclusive; local dates (+08:00).
struct validity {
    std::int32_t from = std::numeric_limits<std::int32_t>::min();
    std::int32_t to = std::numeric_limits<std::int32_t>::max();
    bool covers(std::int32_t day) const noexcept { return from <= day && day <= to; }
    bool overlaps(const validity& other) const noexcept { return from <= other.to && other.from <= to; }
};

// "2026-11-22" as days since 1970-01-01; nothing when it is no day.
std::optional<std::int32_t> day_of(std::string_view text) noexcept;
// The other way.
std::string day_text(std::int32_t day);

// 110 000 items and more; what a file may hold at most.
inline constexpr std::size_t catalogue_items_max = 1'000'000;
inline constexpr std::size_t catalogue_agreements_max = 10'000;
inline constexpr std::size_t catalogue_bundles_max = 1'000;
inline constexpr std::size_t catalogue_pairs_max = 2'000'000; // (origin, destination) of all agreements together
inline constexpr std::size_t item_classes_max = 20;           // a label of metrics: DOMAIN's bound
inline constexpr std::size_t item_code_bytes_max = 31;

// What was read, before it is one catalogue. The messages live on the arena.
struct catalogue_contents {
    std::unique_ptr<google::protobuf::Arena> arena = std::make_unique<google::protobuf::Arena>();
    v1::CatalogueHeader header;
    std::vector<const v1::CatalogueItem*> items;
    std::vector<const v1::Agreement*> agreements;
    std::vector<const v1::CatalogueBundle*> bundles;

    v1::CatalogueItem& add_item();
    v1::Agreement& add_agreement();
    v1::CatalogueBundle& add_bundle();
};

// One version of an item.
struct item_row {
    const v1::CatalogueItem* item{};
    validity valid;
    std::uint32_t region{};   // 370800
    std::uint32_t position{}; // in what was read
    std::int8_t class_number = -1; // in the header's list
    std::uint8_t code_bytes{};
    std::array<char, item_code_bytes_max> code{}; // 实施编码: here, so that a lookup touches one row

    std::string_view impl_code() const noexcept { return {code.data(), code_bytes}; }
};

struct agreement_row {
    const v1::Agreement* agreement{};
    validity valid;
    std::uint32_t position{};
    std::uint32_t class_mask{};
    std::vector<std::string_view> items; // sorted

    bool covers(const item_row& row) const noexcept;
    bool allows(v1::BusinessMode mode) const noexcept;
    // 2号章 for the item: the agreement's delegate, else the item's own; empty: its owner decides.
    std::string_view deciding_uscc(const item_row& row) const noexcept;
};

// One version of a bundle 一件事.
struct bundle_row {
    const v1::CatalogueBundle* bundle{};
    validity valid;
    std::uint32_t position{};
};

class catalogue {
public:
    // Total: what is wrong with the contents is the business of check_catalogue (catalogue_check.hpp).
    static std::shared_ptr<const catalogue> build(catalogue_contents contents);

    // All versions of the item at the region, by valid_from; empty when there is none.
    std::span<const item_row> versions(std::string_view region, std::string_view impl_code) const noexcept;
    // Those of an item that a message names by 基本编码 alone: its one 实施编码 at the region, else empty.
    std::span<const item_row> versions_by_basic(std::string_view region, std::string_view basic_code) const noexcept;
    // All rows of a region, by code and time.
    std::span<const item_row> of_region(std::uint32_t region) const noexcept;
    std::span<const item_row> rows() const noexcept { return rows_; }
    std::span<const std::uint32_t> regions() const noexcept { return regions_; } // ascending

    bool lists_agreements() const noexcept { return contents_.header.agreements_listed(); }
    std::span<const agreement_row> agreements() const noexcept { return agreements_; }

    // All versions of the bundle, by valid_from; empty when there is none.
    std::span<const bundle_row> bundles(std::string_view code) const noexcept;
    std::span<const bundle_row> bundles() const noexcept { return bundles_; } // by code and time

    // One way from an origin to a destination that an agreement opens.
    struct way {
        std::uint32_t from{};
        std::uint32_t to{};
        std::uint32_t agreement{}; // index in agreements()
        friend auto operator<=>(const way&, const way&) = default;
    };
    std::span<const way> ways(std::uint32_t origin, std::uint32_t destination) const noexcept;
    std::span<const way> ways_from(std::uint32_t origin) const noexcept; // ascending by destination
    std::span<const way> ways_to(std::uint32_t destination) const noexcept; // from and to swapped; ascending by origin
    std::span<const way> ways() const noexcept { return ways_; }

    const v1::CatalogueHeader& header() const noexcept { return contents_.header; }
    const catalogue_contents& contents() const noexcept { return contents_; }

private:
    explicit catalogue(catalogue_contents contents) : contents_(std::move(contents)) {}
    void build_rows();
    void build_table();
    void build_agreements();
    void build_bundles();

    catalogue_contents contents_;
    std::vector<item_row> rows_; // by region, code, valid_from
    std::vector<std::uint32_t> regions_;
    std::vector<std::uint32_t> region_begins_; // index of each region's first row, and one past the last
    std::vector<std::uint32_t> table_;         // open addressing: index of a code's first row, plus one
    std::vector<agreement_row> agreements_;
    std::vector<bundle_row> bundles_;
    std::vector<way> ways_;
    std::vector<way> ways_back_;
};

// The row in force on the day; null when none is.
const item_row* in_force(std::span<const item_row> versions, std::int32_t day) noexcept;

// "370800" as a number; 0 when it is no six digits.
std::uint32_t region_number(std::string_view region) noexcept;
std::string region_text(std::uint32_t region);

} // namespace tongban::cases
