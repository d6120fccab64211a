// Who sees which run of a case, and whose events may be read.
#include "case_story.hpp"

#include "gateway/ledger/case_sight.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tongban::ledger {

namespace {

constexpr auto origin = "370800";
constexpr auto first = "140400";
constexpr auto second = "370200";

// Filed to `first`, claimed and returned there; filed anew to `second`, after a filing that was refused.
std::vector<stored_event> two_runs() {
    const story::case_name to_first;
    story::case_name to_second;
    to_second.dest = second;
    std::vector<stored_event> events;
    const auto add = [&](v1::LedgerRecord record, std::string refused_code = {}) {
        stored_event event;
        event.record = std::move(record);
        event.at.offset = 10 * (events.size() + 1);
        event.refused_code = std::move(refused_code);
        events.push_back(std::move(event));
    };
    add(story::submitted(to_first));             // 10
    add(story::claimed(to_first, "window-1"));   // 20
    add(story::received(to_first), "duplicate"); // 30
    add(story::returned(to_first));              // 40
    add(story::submitted(to_second), "illegal_transition"); // 50
    add(story::submitted(to_second, "李四"));    // 60
    return events;
}

v1::CaseState standing() {
    v1::CaseState state;
    state.set_origin_region(origin);
    state.set_dest_region(second);
    return state;
}

std::set<std::uint64_t> seen_by(std::string_view region, bool to_read) {
    const auto events = two_runs();
    const case_sight sight([region](std::string_view of) { return of == region; }, standing(), events);
    std::set<std::uint64_t> seen;
    for (const auto& event : events) {
        if (to_read ? sight.may_read(event) : sight.sees(event.at.offset)) {
            seen.insert(event.at.offset);
        }
    }
    EXPECT_EQ(sight.any(), !seen.empty());
    return seen;
}

} // namespace

TEST(CaseSight, EachDestinationSeesItsOwnRunAndTheOriginAll) {
    EXPECT_EQ(seen_by(origin, false), (std::set<std::uint64_t>{10, 20, 30, 40, 50, 60}));
    EXPECT_EQ(seen_by(first, false), (std::set<std::uint64_t>{10, 20, 30, 40, 50}));
    EXPECT_EQ(seen_by(second, false), (std::set<std::uint64_t>{60}));
    EXPECT_TRUE(seen_by("120103", false).empty());
}

TEST(CaseSight, AnEventIsReadByWhoSaidItAndWhoIsToldIt) {
    EXPECT_EQ(seen_by(origin, true), (std::set<std::uint64_t>{10, 40, 50, 60})) << "not 认领, nor what was refused of the other side";
    EXPECT_EQ(seen_by(first, true), (std::set<std::uint64_t>{10, 20, 30, 40}));
    EXPECT_EQ(seen_by(second, true), (std::set<std::uint64_t>{60}));
    EXPECT_TRUE(seen_by("120103", true).empty());
}

TEST(CaseSight, WhatNoFilingStandsBeforeIsSeenByNobody) {
    const case_sight sight([](std::string_view) { return true; }, standing(), {});
    EXPECT_FALSE(sight.any());
    EXPECT_FALSE(sight.sees(0));
}

} // namespace tongban::ledger
