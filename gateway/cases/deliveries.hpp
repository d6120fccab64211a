// Which events the other side must learn, and what becomes of each: pure rules over the ledger's facts, like
// evolve. Per case and region only the first unsettled delivery is attempted, so order is kept whatever the
// transport; rivals (two replicas, two pollers) meet in the log and the first in its order counts.
#pragma once

#include "gateway/cases/evolve.hpp"
#include "tongban/v1/delivery.pb.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tongban::cases {

// History lines a delivery keeps: the first ones and the newest.
inline constexpr int delivery_history_max = 20;
// A target's own code is cut here, an operator's reason there (bytes, on a character's border).
inline constexpr std::size_t target_code_max = 64;
inline constexpr std::size_t operator_reason_max = 500;
// Longest time a delivery may be put off by one fact.
inline constexpr std::int64_t delivery_pause_max_ms = std::int64_t{7} * 24 * 3600 * 1000;

// What became of one fact. Anything but `applied` changed nothing.
enum class delivery_verdict {
    applied,
    not_pending, // settled before, or never due
    not_first,   // an earlier event of the case is to be delivered first
    not_yet,     // handed out to another, or put off
    stale,       // meant for an earlier attempt
    dead,        // dead-lettered: only an operator or an acknowledgement moves it
    not_dead,    // an operator's replay of what is not dead-lettered
    malformed,   // no fact, or no delivery named
};
std::string_view name(delivery_verdict v) noexcept;

// Regions that must learn an event, at most two: the other side for what a side says, both sides for what the
// gateway says (路由 and 拆分 aside, which the submission carries); the origin alone for the progress of a bundle, the
// destination alone for what the gateway carries over of 档案往来. None for 收件, 认领, 放回, 认领到期, 主办件知悉 and
// 档案往来知悉, nor for a side's own region.
struct due_regions {
    std::array<std::string_view, 2> regions; // of `state`
    std::size_t count = 0;
    const std::string_view* begin() const noexcept { return regions.data(); }
    const std::string_view* end() const noexcept { return regions.data() + count; }
};
due_regions regions_due(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept;

// Adds an applied event to the outboxes of the regions that must learn it. `state` is the one after the
// event; `offset` is where it stands in its partition. Returns the regions.
due_regions add_due(v1::CaseState& state, const v1::LedgerRecord& record, std::uint64_t offset,
                    record_time recorded_at);

// The outbox of a region; null when nothing is unsettled there.
const v1::Outbox* outbox_of(const v1::CaseState& state, std::string_view region) noexcept;

// Since when the retry budget of the outbox's first runs (milliseconds).
std::int64_t budget_since_ms(const v1::Outbox& outbox) noexcept;

struct delivery_outcome {
    delivery_verdict verdict = delivery_verdict::malformed;
    // After a fact that was applied: attempts ever made, and not attempted before this; of one that settled it, no pause.
    std::uint32_t attempts = 0;
    std::int64_t visible_at_ms = 0;
    // Set when the fact settled the delivery: with all its history.
    std::optional<v1::EventDelivery> settled{};
};
// Folds one fact into its case. Total and deterministic; time is the record's own. Precondition: the fact
// names the case of `state`.
[[nodiscard]] delivery_outcome fold_delivery(v1::CaseState& state, const v1::DeliveryFact& fact,
                                             record_time recorded_at);

// A delivery that is not settled, as the API shows it. `pending` is one of `outbox`.
v1::EventDelivery unsettled(const v1::CaseState& state, const v1::Outbox& outbox, const v1::PendingDelivery& pending);

// "TB…-3-140400", and back; nullopt for a text that is no delivery's name.
std::string to_text(const v1::DeliveryId& id);
std::optional<v1::DeliveryId> delivery_id(std::string_view text);

} // namespace tongban::cases
