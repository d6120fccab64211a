// Builds the flat rows and the tables that find them.
#include "gateway/cases/catalogue.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <tuple>

namespace tongban::cases {

namespace {

std::size_t hash_of(std::uint32_t region, std::string_view code) noexcept {
    return std::hash<std::string_view>{}(code) ^ (static_cast<std::size_t>(region) * 0x9E3779B97F4A7C15ULL);
}

validity validity_of(std::string_view from, std::string_view to) noexcept {
    validity valid;
    valid.from = day_of(from).value_or(valid.from);
    valid.to = day_of(to).value_or(valid.to);
    return valid;
}

bool contains(const std::vector<std::string_view>& sorted, std::string_view code) noexcept {
    return !code.empty() && std::binary_search(sorted.begin(), sorted.end(), code);
}

// Rows of two messages; only the order of the file tells equal ones apart.
bool before(const item_row& a, const item_row& b) noexcept {
    return std::forward_as_tuple(a.region, a.impl_code(), a.valid.from, a.position) <
           std::forward_as_tuple(b.region, b.impl_code(), b.valid.from, b.position);
}

} // namespace

std::optional<std::int32_t> day_of(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const auto whole = [](std::string_view part, auto& into) {
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into);
        return error == std::errc{} && end == part.data() + part.size();
    };
    if (text[0] == '-' || !whole(text.substr(0, 4), year) || !whole(text.substr(5, 2), month) ||
        !whole(text.substr(8, 2), day)) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok()) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
}

std::string day_text(std::int32_t day) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    char text[16];
    const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return {text, static_cast<std::size_t>(std::clamp(size, 0, 15))};
}

std::uint32_t region_number(std::string_view region) noexcept {
    std::uint32_t number = 0;
    if (region.size() != 6) {
        return 0;
    }
    const auto [end, error] = std::from_chars(region.data(), region.data() + 6, number);
    return error == std::errc{} && end == region.data() + 6 ? number : 0;
}

std::string region_text(std::uint32_t region) {
    auto text = std::to_string(region);
    return text.size() < 6 ? std::string(6 - text.size(), '0') + text : text;
}

v1::CatalogueItem& catalogue_contents::add_item() {
    auto* item = google::protobuf::Arena::CreateMessage<v1::CatalogueItem>(arena.get());
    items.push_back(item);
    return *item;
}

v1::Agreement& catalogue_contents::add_agreement() {
    auto* agreement = google::protobuf::Arena::CreateMessage<v1::Agreement>(arena.get());
    agreements.push_back(agreement);
    return *agreement;
}

v1::CatalogueBundle& catalogue_contents::add_bundle() {
    auto* bundle = google::protobuf::Arena::CreateMessage<v1::CatalogueBundle>(arena.get());
    bundles.push_back(bundle);
    return *bundle;
}

bool agreement_row::covers(const item_row& row) const noexcept {
    if (agreement->all_items()) {
        return true;
    }
    if (row.class_number >= 0 && (class_mask >> row.class_number & 1U) != 0) {
        return true;
    }
    return contains(items, row.impl_code()) || contains(items, row.item->basic_code());
}

bool agreement_row::allows(v1::BusinessMode mode) const noexcept {
    const auto& modes = agreement->modes();
    return modes.empty() || std::find(modes.begin(), modes.end(), static_cast<int>(mode)) != modes.end();
}

std::string_view agreement_row::deciding_uscc(const item_row& row) const noexcept {
    for (const auto& delegation : agreement->delegations()) {
        const auto& of = delegation.items();
        const bool named = std::any_of(of.begin(), of.end(), [&](const std::string& code) {
            return code == row.impl_code() || code == row.item->basic_code();
        });
        if (of.empty() || named) {
            return delegation.deciding().uscc();
        }
    }
    return row.item->deciding().uscc();
}

std::shared_ptr<const catalogue> catalogue::build(catalogue_contents contents) {
    std::shared_ptr<catalogue> made(new catalogue(std::move(contents)));
    made->build_rows();
    made->build_table();
    made->build_agreements();
    made->build_bundles();
    return made;
}

void catalogue::build_rows() {
    const auto& classes = contents_.header.classes();
    const auto number_of = [&classes](const std::string& code) -> std::int8_t {
        for (int i = 0; i < classes.size() && i < static_cast<int>(item_classes_max); ++i) {
            if (!code.empty() && classes[i].code() == code) {
                return static_cast<std::int8_t>(i);
            }
        }
        return -1;
    };
    rows_.reserve(contents_.items.size());
    for (const auto* item : contents_.items) {
        item_row row;
        row.item = item;
        row.valid = validity_of(item->valid_from(), item->valid_to());
        row.region = region_number(item->region());
        row.position = static_cast<std::uint32_t>(rows_.size());
        row.class_number = number_of(item->item_class());
        const auto code = std::string_view(item->impl_code()).substr(0, item_code_bytes_max);
        row.code_bytes = static_cast<std::uint8_t>(code.size());
        std::copy(code.begin(), code.end(), row.code.begin());
        rows_.push_back(row);
    }
    if (!std::is_sorted(rows_.begin(), rows_.end(), before)) { // a compiled file is
        std::sort(rows_.begin(), rows_.end(), before);
    }
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        if (regions_.empty() || regions_.back() != rows_[i].region) {
            regions_.push_back(rows_[i].region);
            region_begins_.push_back(i);
        }
    }
    region_begins_.push_back(static_cast<std::uint32_t>(rows_.size()));
}

void catalogue::build_table() {
    table_.assign(std::bit_ceil(rows_.size() * 2 + 2), 0);
    const auto mask = table_.size() - 1;
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
        const auto& row = rows_[i];
        if (i > 0 && rows_[i - 1].region == row.region && rows_[i - 1].impl_code() == row.impl_code()) {
            continue;
        }
        auto at = hash_of(row.region, row.impl_code()) & mask;
        while (table_[at] != 0) {
            at = (at + 1) & mask;
        }
        table_[at] = i + 1;
    }
}

void catalogue::build_agreements() {
    const auto& classes = contents_.header.classes();
    for (const auto* agreement : contents_.agreements) {
        agreement_row row;
        row.agreement = agreement;
        row.valid = validity_of(agreement->valid_from(), agreement->valid_to());
        row.position = static_cast<std::uint32_t>(agreements_.size());
        row.items.assign(agreement->items().begin(), agreement->items().end());
        std::sort(row.items.begin(), row.items.end());
        for (int i = 0; i < classes.size() && i < static_cast<int>(item_classes_max); ++i) {
            const auto& named = agreement->item_classes();
            if (std::find(named.begin(), named.end(), classes[i].code()) != named.end()) {
                row.class_mask |= 1U << i;
            }
        }
        for (const auto& origin : agreement->origins()) {
            for (const auto& destination : agreement->destinations()) {
                const way forth{region_number(origin), region_number(destination), row.position};
                if (forth.from == forth.to || ways_.size() >= catalogue_pairs_max) {
                    continue; // the bound is told by check_catalogue
                }
                ways_.push_back(forth);
                if (agreement->mutual()) {
                    ways_.push_back({forth.to, forth.from, forth.agreement});
                }
            }
        }
        agreements_.push_back(std::move(row));
    }
    const auto sort = [](std::vector<way>& ways) {
        std::sort(ways.begin(), ways.end());
        ways.erase(std::unique(ways.begin(), ways.end()), ways.end());
        ways.shrink_to_fit();
    };
    sort(ways_);
    ways_back_.reserve(ways_.size());
    for (const auto& forth : ways_) {
        ways_back_.push_back({forth.to, forth.from, forth.agreement});
    }
    sort(ways_back_);
}

void catalogue::build_bundles() {
    for (const auto* bundle : contents_.bundles) {
        bundles_.push_back({bundle, validity_of(bundle->valid_from(), bundle->valid_to()),
                            static_cast<std::uint32_t>(bundles_.size())});
    }
    std::sort(bundles_.begin(), bundles_.end(), [](const bundle_row& a, const bundle_row& b) {
        return std::tuple(std::string_view(a.bundle->code()), a.valid.from, a.position) <
               std::tuple(std::string_view(b.bundle->code()), b.valid.from, b.position);
    });
}

std::span<const bundle_row> catalogue::bundles(std::string_view code) const noexcept {
    const auto found = std::ranges::equal_range(bundles_, code, {}, [](const bundle_row& row) -> std::string_view {
        return row.bundle->code();
    });
    return {found.begin(), found.end()};
}

std::span<const item_row> catalogue::versions(std::string_view region, std::string_view impl_code) const noexcept {
    const auto number = region_number(region);
    const auto mask = table_.size() - 1;
    for (auto at = hash_of(number, impl_code) & mask; table_[at] != 0; at = (at + 1) & mask) {
        const std::size_t first = table_[at] - 1;
        const auto same = [&](std::size_t i) {
            return i < rows_.size() && rows_[i].region == number && rows_[i].impl_code() == impl_code;
        };
        if (same(first)) {
            std::size_t end = first + 1;
            while (same(end)) {
                ++end;
            }
            return {rows_.data() + first, end - first};
        }
    }
    return {};
}

std::span<const item_row> catalogue::versions_by_basic(std::string_view region,
                                                       std::string_view basic_code) const noexcept {
    const item_row* found = nullptr;
    for (const auto& row : of_region(region_number(region))) {
        if (row.item->basic_code() != basic_code) {
            continue;
        }
        if (found != nullptr && found->impl_code() != row.impl_code()) {
            return {}; // several bodies handle it: the message must say which
        }
        found = &row;
    }
    return found == nullptr ? std::span<const item_row>{} : versions(region, found->impl_code());
}

std::span<const item_row> catalogue::of_region(std::uint32_t region) const noexcept {
    const auto found = std::lower_bound(regions_.begin(), regions_.end(), region);
    if (found == regions_.end() || *found != region) {
        return {};
    }
    const auto at = static_cast<std::size_t>(found - regions_.begin());
    return {rows_.data() + region_begins_[at], region_begins_[at + 1] - region_begins_[at]};
}

namespace {

// Of a sorted list those between two keys, without the second.
std::span<const catalogue::way> between(std::span<const catalogue::way> ways, const catalogue::way& first,
                                        const catalogue::way& end) noexcept {
    const auto from = std::lower_bound(ways.begin(), ways.end(), first);
    const auto to = std::lower_bound(from, ways.end(), end);
    return {from, to};
}

} // namespace

std::span<const catalogue::way> catalogue::ways(std::uint32_t origin, std::uint32_t destination) const noexcept {
    return between(ways_, {origin, destination, 0}, {origin, destination + 1, 0});
}

std::span<const catalogue::way> catalogue::ways_from(std::uint32_t origin) const noexcept {
    return between(ways_, {origin, 0, 0}, {origin + 1, 0, 0});
}

std::span<const catalogue::way> catalogue::ways_to(std::uint32_t destination) const noexcept {
    return between(ways_back_, {destination, 0, 0}, {destination + 1, 0, 0});
}

const item_row* in_force(std::span<const item_row> versions, std::int32_t day) noexcept {
    // The newest that has begun: versions overlap only in a catalogue that check_catalogue refuses.
    for (auto row = versions.rbegin(); row != versions.rend(); ++row) {
        if (row->valid.covers(day)) {
            return &*row;
        }
    }
    return nullptr;
}

} // namespace tongban::cases
