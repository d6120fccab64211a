// The figures of supervision 电子监察 as sums that can be added up: what each applied event adds to them. Counts and totals
// only, never a ratio, so days, regions and classes add up to any report. Ratios: figure_rates.hpp; what each figure is:
// docs/supervision.md.
#pragma once

#include "gateway/cases/deliveries.hpp"
#include "gateway/cases/evolve.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tongban::cases {

// Stored by number: a new one is added at the end.
enum class figure : std::uint8_t {
    submitted,
    received,
    accepted,
    deemed_accepted,
    refused,
    returned,
    returned_unreceived,
    lapsed,
    owed_lapsed,
    supplemented,
    withdrawn,
    forwarded,
    voided,
    rejected_by_gateway,
    closed,
    denied,
    measured,
    early,
    on_time,
    late,
    commitment,
    commitment_early,
    immediate,
    used_days,
    promise_days,
    promise_used_days,
    statutory_days,
    statutory_promise_days,
    handling_seconds,
    total_seconds,
    visits_known,
    zero_visit,
    visits,
    full_online,
    automatic,
    transfer_seconds,
    delivered,
    delivery_seconds,
    evaluated,
    satisfied,
    dissatisfied,
    rectified,
    urged,
    urge_answered,
    urge_overdue,
    warned_yellow,
    warned_red,
    suspended,
    extended,
    provisional,
    bundles,
    bundles_closed,
    returned_materials_missing,
    returned_materials_unreadable,
    returned_not_in_legal_form,
    returned_not_handled_here,
    returned_application_wrong,
    returned_duplicate_filing,
    returned_damaged_in_transfer,
    returned_other,
    messages_to_dest,
    receipts_of_dest,
    messages_to_origin,
    receipts_of_origin,
    to_rectify,
};
inline constexpr std::size_t figures_known = static_cast<std::size_t>(figure::to_rectify) + 1;

// "on_time", "按时办结（末日）", and what it counts.
std::string_view name(figure f) noexcept;
std::string_view term(figure f) noexcept;
std::string_view meaning(figure f) noexcept;

// Closed cases by working days used; the last slot is all that took longer.
inline constexpr std::size_t used_days_slots = 62;
// Received cases by transfer time 流转时长; bounds in seconds, as buckets of a histogram. One slot more than bounds.
inline constexpr std::array<std::int64_t, 23> transfer_bounds{
    1,        5,         10,    30,        60,        120,       300,        600,        900,        1800,       3600, 7200,
    4 * 3600, 8 * 3600, 12 * 3600, 86400, 2 * 86400, 3 * 86400, 5 * 86400, 10 * 86400, 20 * 86400, 40 * 86400, 90 * 86400};
inline constexpr std::size_t transfer_slots = transfer_bounds.size() + 1;

// Slots in one row: the figures, then the two distributions. Never negative.
class figure_sums {
public:
    static constexpr std::size_t first_used_days = figures_known;
    static constexpr std::size_t first_transfer = first_used_days + used_days_slots;
    static constexpr std::size_t size = first_transfer + transfer_slots;

    std::int64_t operator[](figure f) const noexcept { return slots_[static_cast<std::size_t>(f)]; }
    std::span<const std::int64_t, size> slots() const noexcept { return slots_; }
    std::span<const std::int64_t> used_days() const noexcept { return std::span(slots_).subspan(first_used_days, used_days_slots); }
    std::span<const std::int64_t> transfer() const noexcept { return std::span(slots_).subspan(first_transfer); }

    void add(std::size_t slot, std::int64_t more) noexcept { slots_[slot] += more; }
    figure_sums& operator+=(const figure_sums& other) noexcept;
    friend bool operator==(const figure_sums&, const figure_sums&) = default;

    // Slots that are not 0: pairs of varints (slot, sum), ascending.
    void encode(std::string& out) const;
    // nullopt when the bytes are no such pairs.
    static std::optional<figure_sums> decode(std::string_view bytes) noexcept;

private:
    std::array<std::int64_t, size> slots_{};
};

// What one event adds. Small and on the stack: it is made for every applied event.
class increments {
public:
    void add(figure f, std::int64_t more = 1) noexcept { put(static_cast<std::size_t>(f), more); }
    void put(std::size_t slot, std::int64_t more) noexcept;
    bool empty() const noexcept { return count_ == 0; }
    void add_to(figure_sums& sums) const noexcept;
    std::int64_t of(figure f) const noexcept;

private:
    struct step {
        std::uint16_t slot;
        std::int64_t more;
    };
    std::array<step, 32> steps_;
    std::size_t count_ = 0;
};

// `state` as the applied event left it.
increments figures_added(const v1::LedgerRecord& record, const v1::CaseState& state, record_time recorded_at);
// To which day they belong: that of the record, or, of a share of the cases that were received or urged, that of the receipt 接件
// (补正, 退件) or of the urge by its legal time (督办, its answer), so that no share is more than the whole. Of records since
// rules_of_figures; what was counted before stays.
std::int64_t figure_time_of(const v1::LedgerRecord& record, const v1::CaseState& state, record_time recorded_at) noexcept;
// 送达: the messages that an event makes due, and one that its region acknowledged. Both belong to the day of the event, so that
// what is acknowledged is never more than what was due.
void add_messages(increments& to, const v1::CaseState& state, const due_regions& due) noexcept;
figure receipt_of(const v1::CaseState& state, std::string_view region) noexcept;

// 差评整改 as an event left it, `owed_before` as it found it: made due (to_rectify), settled (rectified), or neither. Both belong
// to the day of the grade that made it due, so that what is rectified is never more than what was due. A further bad grade
// before that is part of the same 整改, which one RECTIFIED settles.
std::optional<figure> rectification_of(const v1::CaseState& state, bool owed_before) noexcept;

} // namespace tongban::cases
