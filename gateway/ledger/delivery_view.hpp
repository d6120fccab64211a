// Reads of the view about deliveries: what is due to a region now, what became of each, dead letters, and the
// region's events in the ledger's order. Thread-safe; every read sees whole batches.
#pragma once

#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/delivery_rows.hpp"
#include "gateway/ledger/view.hpp"

#include <functional>

namespace tongban::ledger {

// Stands for all regions where somebody waits for a change of their queues.
inline constexpr std::string_view any_region;

// A delivery that may be attempted: the first unsettled one of its case for the region.
struct due_delivery {
    case_number number;
    std::uint32_t ordinal{};
    std::uint64_t offset{};
    std::int64_t visible_at_ms{}; // may be attempted from then on
};

// An event that a region must learn, as its list has it.
struct region_event {
    log::position at;
    case_number number;
    std::uint32_t ordinal{};
};

class delivery_view {
public:
    delivery_view(const store::view_store& rows, delivery_watch* watch) : rows_(rows), cases_(rows), watch_(watch) {}

    // Up to `limit` deliveries of one partition that may be attempted at `now_ms`, longest waiting first, without
    // those that `skip` says yes to (under way already). At most `due_visited_max` rows are looked at. When fewer
    // than `limit` come, `next_visible_ms` is set to when the next one may be attempted (unchanged when none is
    // there).
    boost::system::result<std::vector<due_delivery>>
    due(std::string_view region, std::uint32_t partition, std::int64_t now_ms, std::size_t limit,
        const std::function<bool(const due_delivery&)>& skip, std::int64_t& next_visible_ms) const;
    static constexpr std::size_t due_visited_max = 5000;

    // Everything that was or is due of a case, by event and region.
    boost::system::result<std::vector<v1::EventDelivery>> of_case(const case_row& row) const;
    // One delivery; nullopt when there is none of that name.
    boost::system::result<std::optional<v1::EventDelivery>> find(const v1::DeliveryId& id) const;

    // Dead letters, of one region or (empty) of all; `after` is a cursor of the previous page.
    struct page {
        std::vector<v1::EventDelivery> deliveries;
        std::string next; // empty at the end
    };
    // boost::system::errc::invalid_argument when `after` is no cursor of ours.
    boost::system::result<page> dead_letters(std::string_view region, std::string_view after, std::size_t limit) const;
    // The same of what waits to be tried: of each case the first delivery to the region.
    boost::system::result<page> waiting(std::string_view region, std::string_view after, std::size_t limit) const;

    struct region_totals {
        std::string region;
        rows::delivery_totals_row totals;
    };
    boost::system::result<std::vector<region_totals>> totals() const;
    // When the delivery that waits longest for the region became due (milliseconds, delivery_watch), however often it
    // was put off since: of those that are tried, or of the dead letters. nullopt: there is none, or nobody watches.
    std::optional<std::int64_t> oldest_ms(std::string_view region, bool dead) const;

    // Events of a region from an offset of one partition on, in order.
    boost::system::result<std::vector<region_event>> events_of(std::string_view region, std::uint32_t partition,
                                                               std::uint64_t from_offset, std::size_t limit) const;

private:
    boost::system::result<page> heads(const rows::key& prefix, std::string_view after, std::size_t limit) const;
    // Sets when the first of those that are put off may be attempted; unchanged when there is none.
    boost::system::error_code next_visible(std::string_view region, std::uint32_t partition, std::int64_t now_ms,
                                           std::int64_t& next_visible_ms) const;

    const store::view_store& rows_;
    const view cases_;
    delivery_watch* watch_;
};

} // namespace tongban::ledger
