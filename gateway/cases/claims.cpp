// Checks claims and leases of remote windows.
#include "gateway/cases/claims.hpp"

#include <algorithm>
#include <limits>

namespace tongban::cases {

namespace {

bool same_window(const v1::Lease& lease, const v1::LedgerRecord& record,
                 std::string_view window_id) noexcept {
    return lease.partner() == record.sender().partner() && lease.window_id() == window_id;
}

// CLAIMED: free, expired, or the holder's own.
verdict check_new_claim(const v1::CaseState& state, const v1::LedgerRecord& record,
                        std::int64_t now_ms) noexcept {
    if (!lease_is_live(state, now_ms)) {
        return verdict::applied; // whatever token it shows: it gets a new one
    }
    if (!extends_lease(state, record, now_ms)) {
        return verdict::held_by_other;
    }
    const auto token = record.event().fencing_token();
    return token == 0 || token == state.fencing_token() ? verdict::applied : verdict::stale_token;
}

// RELEASED: the holder, even a late one, as long as nobody claimed since.
verdict check_release(const v1::CaseState& state, const v1::LedgerRecord& record) noexcept {
    if (!state.has_lease()) {
        return verdict::not_claimed;
    }
    if (state.lease().partner() != record.sender().partner()) {
        return verdict::held_by_other;
    }
    return record.event().fencing_token() == state.fencing_token() ? verdict::applied : verdict::stale_token;
}

// LEASE_EXPIRED: the timer proposes; the lease must have ended by the record's own time.
verdict check_expiry(const v1::CaseState& state, const v1::LedgerRecord& record,
                     std::int64_t now_ms) noexcept {
    if (!state.has_lease()) {
        return verdict::not_claimed;
    }
    if (record.event().fencing_token() != state.fencing_token()) {
        return verdict::stale_token;
    }
    return lease_is_live(state, now_ms) ? verdict::held_by_other : verdict::applied;
}

// A window of B acts while it is B's turn: only under its own live lease, with that lease's token.
verdict check_holder(const v1::CaseState& state, const v1::LedgerRecord& record,
                     std::int64_t now_ms) noexcept {
    if (!state.has_lease()) {
        return verdict::not_claimed;
    }
    const auto& lease = state.lease();
    const auto token = record.event().fencing_token();
    if (token != 0 && token != state.fencing_token()) {
        return verdict::stale_token;
    }
    if (!lease_is_live(state, now_ms)) {
        return token == 0 && lease.partner() != record.sender().partner() ? verdict::not_claimed
                                                                          : verdict::stale_token;
    }
    const bool names_other = record.event().has_dest_received() &&
                             !record.event().dest_received().window_id().empty() &&
                             record.event().dest_received().window_id() != lease.window_id();
    if (lease.partner() != record.sender().partner() || names_other) {
        return verdict::held_by_other;
    }
    return token == 0 ? verdict::stale_token : verdict::applied;
}

} // namespace

bool lease_is_live(const v1::CaseState& state, std::int64_t now_ms) noexcept {
    return state.has_lease() && now_ms < state.lease().until_ms();
}

bool extends_lease(const v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) noexcept {
    const auto& claim = record.event().claimed();
    return lease_is_live(state, now_ms) && same_window(state.lease(), record, claim.window_id()) &&
           state.lease().operator_id() == claim.operator_id();
}

verdict check_claim(const v1::CaseState& state, const v1::LedgerRecord& record, const transition* row,
                    std::int64_t now_ms) noexcept {
    const auto& event = record.event();
    if (event.has_claimed()) {
        return row == nullptr ? verdict::applied : check_new_claim(state, record, now_ms);
    }
    if (event.has_released()) {
        return row == nullptr ? verdict::applied : check_release(state, record);
    }
    if (event.has_lease_expired()) {
        return row == nullptr ? verdict::applied : check_expiry(state, record, now_ms);
    }
    // What a window has taken up is not decided over its head.
    if (record.sender().automatic() && lease_is_live(state, now_ms)) {
        return verdict::held_by_other;
    }
    // Nor what its applicant wants back. Only its first event: a decision that has begun comes to its end.
    if (record.sender().automatic() && event.has_dest_received() && state.withdraw_requested()) {
        return verdict::illegal_transition;
    }
    const auto by = speaker_of(event.body_case());
    const auto status = state.status();
    // Out of its turn a window cannot hold the case (voiding while A supplements): nothing to show then.
    if (record.sender().role() == v1::ROLE_WINDOW && by != speaker::origin && is_claimable(status) &&
        is_destination_turn(status) && record.sender().region() == state.dest_region()) {
        return check_holder(state, record, now_ms);
    }
    const auto token = event.fencing_token();
    return token == 0 || token == state.fencing_token() ? verdict::applied : verdict::stale_token;
}

void take_lease(v1::CaseState& state, const v1::LedgerRecord& record, std::int64_t now_ms) {
    const auto& claim = record.event().claimed();
    if (!extends_lease(state, record, now_ms)) {
        state.set_fencing_token(state.fencing_token() + 1);
    }
    auto& lease = *state.mutable_lease();
    lease.set_partner(record.sender().partner());
    lease.set_window_id(claim.window_id());
    lease.set_operator_id(claim.operator_id());
    const auto length_ms = std::clamp<std::int64_t>(claim.lease_seconds(), 1, max_lease_seconds) * 1000;
    constexpr auto last = std::numeric_limits<std::int64_t>::max();
    lease.set_until_ms(now_ms > last - length_ms ? last : now_ms + length_ms);
}

} // namespace tongban::cases
