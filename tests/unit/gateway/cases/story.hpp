// Builds ledger records for tests of the case rules: an A side (Jining), a B side (Changzhi), windows on
// both.
#pragma once

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"

#include <cstring>
#include <ostream>
#include <string>

namespace tongban::cases {

inline void PrintTo(verdict v, std::ostream* out) {
    *out << name(v);
}

} // namespace tongban::cases

namespace tongban::cases::story {

using event = v1::CaseEvent;

inline constexpr const char* region_a = "370800";
inline constexpr const char* region_b = "140400";
inline constexpr const char* case_name = "TB3708000000000000000000000000000A";

inline v1::Sender sender(const char* partner, const char* region, v1::Role role) {
    v1::Sender s;
    s.set_partner(partner);
    s.set_region(region);
    s.set_role(role);
    return s;
}

inline v1::Sender platform_a() {
    return sender("jining", region_a, v1::ROLE_PLATFORM);
}
inline v1::Sender platform_b() {
    return sender("changzhi", region_b, v1::ROLE_PLATFORM);
}
inline v1::Sender window_a() {
    return sender("jining-w1", region_a, v1::ROLE_WINDOW);
}
inline v1::Sender window_b() {
    return sender("changzhi-w1", region_b, v1::ROLE_WINDOW);
}
inline v1::Sender other_window_b() {
    return sender("changzhi-w2", region_b, v1::ROLE_WINDOW);
}
inline v1::Sender gateway() {
    return sender("gateway", "", v1::ROLE_GATEWAY);
}

// Sets the oneof by number, with an empty body.
inline void set_body(v1::CaseEvent& e, v1::CaseEvent::BodyCase body) {
    const auto* field = v1::CaseEvent::descriptor()->FindFieldByNumber(body);
    (void)e.GetReflection()->MutableMessage(&e, field);
}

// A record with an id of its own: each call of a process gives another.
inline v1::LedgerRecord record(v1::CaseEvent::BodyCase body, const v1::Sender& by) {
    static std::uint64_t next = 0;
    ++next;
    v1::LedgerRecord r;
    std::string id(16, '\0');
    std::memcpy(id.data(), &next, sizeof next);
    r.set_event_id(id);
    r.set_content_digest("content " + std::to_string(next));
    *r.mutable_sender() = by;
    auto& ref = *r.mutable_event()->mutable_case_();
    ref.set_case_id(case_name);
    ref.set_origin_region(region_a);
    ref.set_dest_region(region_b);
    ref.set_source_case_no("370800241018000127");
    set_body(*r.mutable_event(), body);
    return r;
}

inline v1::LedgerRecord submission(bool routed = true) {
    auto r = record(event::kCaseSubmitted, platform_a());
    auto& body = *r.mutable_event()->mutable_case_submitted();
    body.mutable_item()->set_impl_code("11140400TT000031433002017003000");
    body.mutable_item()->set_name("公积金异地购房提取");
    body.set_business_mode(v1::BUSINESS_MODE_COLLECT_FOR_OTHER);
    body.set_case_type(v1::CASE_TYPE_COMMITMENT);
    body.mutable_promise()->set_value(3);
    body.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
    if (routed) {
        r.mutable_routed()->set_queue_region(region_b);
    }
    return r;
}

inline v1::LedgerRecord claim(const v1::Sender& by, const char* window, const char* operator_id,
                              std::uint32_t lease_seconds = 300) {
    auto r = record(event::kClaimed, by);
    auto& body = *r.mutable_event()->mutable_claimed();
    body.set_window_id(window);
    body.set_operator_id(operator_id);
    body.set_lease_seconds(lease_seconds);
    return r;
}

inline v1::LedgerRecord with_token(v1::LedgerRecord r, std::uint64_t token) {
    r.mutable_event()->set_fencing_token(token);
    return r;
}

inline record_time at(std::int64_t ms) {
    return record_time(std::chrono::milliseconds(ms));
}

// A case and a clock that moves on one second with each record.
struct told {
    v1::CaseState state;
    std::int64_t now_ms = 1'729'213'953'000;

    verdict tell(const v1::LedgerRecord& r) {
        now_ms += 1000;
        return evolve(state, r, at(now_ms));
    }
    verdict tell(v1::CaseEvent::BodyCase body, const v1::Sender& by) { return tell(record(body, by)); }
    std::string status() const { return std::string(name(state.status())); }
};

// A case led to where its events leave it, by platforms alone.
inline told told_until(std::initializer_list<v1::CaseEvent::BodyCase> events) {
    told t;
    (void)t.tell(submission());
    for (const auto body : events) {
        const auto side = side_of(body);
        (void)t.tell(body, side == side::origin    ? platform_a()
                           : side == side::gateway ? gateway()
                                                   : platform_b());
    }
    return t;
}

} // namespace tongban::cases::story
