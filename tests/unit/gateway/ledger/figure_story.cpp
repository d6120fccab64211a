// Working days of September 2026: the 1st to 4th, 7th to 11th, 14th to 18th, Sunday the 20th (调休上班), 21st to 24th and 28th
// to 30th; then 8 October.
#include "figure_story.hpp"

#include "case_story.hpp"

#include "gateway/calendar/calendar.hpp"
#include "gateway/cases/case_clocks.hpp"
#include "gateway/cases/working_days.hpp"
#include "gateway/ledger/projection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace tongban::ledger::story {

namespace {

using namespace std::chrono_literals;

struct told {
    std::int64_t at_ms;
    std::string key;
    v1::LedgerRecord record;
};

struct filing {
    const char* item_class;
    int promise;
    int statutory; // 0: none
    int visits;    // -1: not said
    v1::BusinessMode mode = v1::BUSINESS_MODE_COLLECT_FOR_OTHER;
};

class month {
public:
    void tell(const case_name& of, v1::LedgerRecord record, std::string_view when) {
        const auto at_ms = moment(when);
        if (cases::reckons_days(record.event().body_case())) {
            const auto day = cases::day_of(at_ms);
            *record.mutable_working_days() = calendars::calendar::built_in()->slice(day - 400, day + 100);
        }
        all.push_back({at_ms, of.id(), std::move(record)});
    }
    void file(const case_name& of, const filing& what, std::string_view when) {
        auto record = submitted(of);
        auto& body = *record.mutable_event()->mutable_case_submitted();
        body.set_business_mode(what.mode);
        body.set_case_type(what.promise == 0 ? v1::CASE_TYPE_IMMEDIATE : v1::CASE_TYPE_COMMITMENT);
        if (what.visits >= 0) {
            body.set_onsite_visits(what.visits);
        }
        auto& terms = *record.mutable_routed()->mutable_terms();
        terms.set_item_class(what.item_class);
        terms.set_level(v1::AUTHORITY_LEVEL_CITY);
        terms.mutable_promise()->set_value(what.promise);
        terms.mutable_promise()->set_unit(v1::LIMIT_UNIT_WORKDAY);
        if (what.statutory > 0) {
            terms.mutable_statutory()->set_value(what.statutory);
            terms.mutable_statutory()->set_unit(v1::LIMIT_UNIT_WORKDAY);
        }
        tell(of, std::move(record), when);
    }
    // What became of the message to `region` about the case's event `ordinal`.
    void acknowledge(const case_name& of, std::uint32_t ordinal, std::string_view region, std::string_view when) {
        auto fact = delivery_fact(of, ordinal, region);
        fact.mutable_acknowledged();
        all.push_back({moment(when), of.id(), about_deliveries({fact})});
    }
    void discard(const case_name& of, std::uint32_t ordinal, std::string_view region, std::string_view when) {
        auto fact = delivery_fact(of, ordinal, region);
        fact.mutable_discarded()->set_operator_id("0042");
        all.push_back({moment(when), of.id(), about_deliveries({fact})});
    }
    void close(const case_name& of, std::string_view when) {
        tell(of, decided(of), when);
        tell(of, closed(of), when);
    }
    void evaluate(const case_name& of, v1::Grade grade, std::string_view when) {
        v1::CaseEvent event;
        event.mutable_evaluated()->set_grade(grade);
        tell(of, by_platform(of, std::move(event), of.origin), when);
    }

    std::vector<told> all;
};

case_name first_pair(std::string_view number) {
    return {"370800", "140400", std::string(number)};
}

case_name second_pair(std::string_view number) {
    return {"370200", "120103", std::string(number)};
}

v1::LedgerRecord by_origin(const case_name& of, v1::CaseEvent&& event) {
    return by_platform(of, std::move(event), of.origin);
}

v1::LedgerRecord by_dest(const case_name& of, v1::CaseEvent&& event) {
    return by_platform(of, std::move(event), of.dest);
}

// Promise 10, law 20, no visit; five days used, so early; handed over, satisfied.
void early_case(month& tells) {
    const auto of = first_pair("1");
    tells.tell(of, collected(of), "2026-09-01 09:00");
    tells.file(of, {"公积金", 10, 20, 0}, "2026-09-01 09:10");
    tells.tell(of, received(of), "2026-09-01 10:00"); // 3 600 s after collection
    tells.tell(of, accepted(of), "2026-09-01 11:00");
    tells.close(of, "2026-09-08 11:00"); // 2nd, 3rd, 4th, 7th, 8th
    v1::CaseEvent ready;
    ready.mutable_ready_for_collection();
    tells.tell(of, by_origin(of, std::move(ready)), "2026-09-08 12:00");
    v1::CaseEvent handed;
    handed.mutable_collected_by_applicant();
    tells.tell(of, by_origin(of, std::move(handed)), "2026-09-08 15:00");
    tells.evaluate(of, v1::GRADE_VERY_SATISFIED, "2026-09-09 09:00");
}

// Of case 1: the destination acknowledges all, the last one in October; of the origin's four an operator gives up the last.
void receipts(month& tells) {
    const auto of = first_pair("1");
    tells.acknowledge(of, 2, of.dest, "2026-09-01 09:11");   // filed
    tells.acknowledge(of, 3, of.origin, "2026-09-01 10:01"); // received
    tells.acknowledge(of, 4, of.origin, "2026-09-02 09:00"); // accepted
    tells.acknowledge(of, 5, of.origin, "2026-09-08 11:01"); // decided
    tells.discard(of, 6, of.origin, "2026-09-10 09:00");     // closed
    tells.acknowledge(of, 7, of.dest, "2026-09-08 12:01");
    tells.acknowledge(of, 8, of.dest, "2026-09-08 15:01");
    tells.acknowledge(of, 9, of.dest, "2026-10-01 09:00"); // evaluated on 9 September
}

// Promise 3, law 5, one visit; supplements; three days used, so on the last day; dissatisfied twice, put right once.
void last_day_case(month& tells) {
    const auto of = first_pair("2");
    tells.file(of, {"公积金", 3, 5, 1}, "2026-09-02 09:00");
    tells.tell(of, received(of), "2026-09-02 11:00"); // 7 200 s
    v1::CaseEvent asked;
    asked.mutable_supplement_required()->add_missing()->set_name("户口簿");
    tells.tell(of, by_dest(of, std::move(asked)), "2026-09-03 10:00");
    v1::CaseEvent brought;
    brought.mutable_supplement_submitted();
    tells.tell(of, by_origin(of, std::move(brought)), "2026-09-04 10:00");
    tells.tell(of, accepted(of), "2026-09-04 15:00");
    tells.close(of, "2026-09-09 15:00"); // 7th, 8th, 9th
    tells.evaluate(of, v1::GRADE_DISSATISFIED, "2026-09-10 09:00");
    tells.evaluate(of, v1::GRADE_VERY_DISSATISFIED, "2026-09-11 09:00"); // the same 整改
    v1::CaseEvent rectified;
    rectified.mutable_rectified()->set_called_back(true);
    tells.tell(of, by_dest(of, std::move(rectified)), "2026-09-16 09:00");
}

// Promise 2, no law, visits not said; six days used, so late; satisfied.
void late_case(month& tells) {
    const auto of = first_pair("3");
    tells.file(of, {"社保", 2, 0, -1}, "2026-09-14 09:00");
    tells.tell(of, received(of), "2026-09-14 09:30"); // 1 800 s
    tells.tell(of, accepted(of), "2026-09-14 10:00");
    tells.close(of, "2026-09-21 10:00"); // 15th to 18th, 20th, 21st
    tells.evaluate(of, v1::GRADE_SATISFIED, "2026-09-22 09:00");
}

// Immediate, law 5, no visit, online, decided by no person: on time.
void immediate_case(month& tells) {
    const auto of = second_pair("4");
    tells.file(of, {"社保", 0, 5, 0, v1::BUSINESS_MODE_FULL_ONLINE}, "2026-09-15 09:00");
    tells.tell(of, received(of), "2026-09-15 09:01"); // 60 s
    tells.tell(of, accepted(of), "2026-09-15 09:02");
    tells.tell(of, decided(of), "2026-09-15 09:03");
    auto closing = closed(of);
    closing.mutable_sender()->set_automatic(true);
    tells.tell(of, std::move(closing), "2026-09-15 09:03");
}

// Sent back after receipt and before it, refused, withdrawn: none is closed.
void ended_otherwise(month& tells) {
    const auto five = second_pair("5");
    tells.file(five, {"社保", 5, 0, -1}, "2026-09-16 09:00");
    tells.tell(five, received(five), "2026-09-16 09:10"); // 600 s
    tells.tell(five, returned(five), "2026-09-16 10:00");
    const auto six = second_pair("6");
    tells.file(six, {"社保", 5, 0, -1}, "2026-09-16 10:00");
    auto twice = returned(six);
    twice.mutable_event()->mutable_returned()->set_reason(v1::RETURN_REASON_DUPLICATE_FILING);
    tells.tell(six, std::move(twice), "2026-09-16 11:00");
    const auto seven = first_pair("7");
    tells.file(seven, {"公积金", 5, 0, -1}, "2026-09-17 09:00");
    tells.tell(seven, received(seven), "2026-09-17 09:05"); // 300 s
    v1::CaseEvent refused;
    refused.mutable_acceptance_refused();
    tells.tell(seven, by_dest(seven, std::move(refused)), "2026-09-18 09:00");
    const auto eight = first_pair("8");
    tells.file(eight, {"公积金", 5, 0, -1}, "2026-09-17 10:00");
    tells.tell(eight, received(eight), "2026-09-17 10:05"); // 300 s
    tells.tell(eight, accepted(eight), "2026-09-17 11:00");
    v1::CaseEvent wish;
    wish.mutable_withdraw_requested();
    tells.tell(eight, by_origin(eight, std::move(wish)), "2026-09-18 09:00");
    v1::CaseEvent withdrawn;
    withdrawn.mutable_withdrawn();
    tells.tell(eight, by_dest(eight, std::move(withdrawn)), "2026-09-18 10:00");
}

// Accepted and urged in September, closed in October.
void open_case(month& tells) {
    const auto of = first_pair("9");
    tells.file(of, {"公积金", 5, 10, -1}, "2026-09-21 09:00");
    tells.tell(of, received(of), "2026-09-21 09:10"); // 600 s
    tells.tell(of, accepted(of), "2026-09-21 10:00");
    v1::CaseEvent urged;
    urged.mutable_urged()->set_urge_no("D-1");
    tells.tell(of, by_origin(of, std::move(urged)), "2026-09-28 10:00");
    v1::CaseEvent answered;
    answered.mutable_urge_answered();
    tells.tell(of, by_dest(of, std::move(answered)), "2026-09-29 10:00");
    tells.close(of, "2026-10-08 10:00");
}

} // namespace

std::int64_t moment(std::string_view text) {
    const auto number = [&](std::size_t at, std::size_t size) { return std::stoi(std::string(text.substr(at, size))); };
    const auto day = calendars::parse_day(text.substr(0, 10)).value();
    return cases::start_of(day) + (number(11, 2) * 60 + number(14, 2)) * std::int64_t{60'000};
}

std::unique_ptr<log::memory_log> example_month() {
    month tells;
    early_case(tells);
    last_day_case(tells);
    late_case(tells);
    immediate_case(tells);
    ended_otherwise(tells);
    open_case(tells);
    receipts(tells);
    std::stable_sort(tells.all.begin(), tells.all.end(), [](const told& a, const told& b) { return a.at_ms < b.at_ms; });
    log::memory_log_settings settings;
    settings.clock = [times = std::make_shared<std::deque<std::int64_t>>([&] {
                          std::deque<std::int64_t> all;
                          for (const auto& each : tells.all) {
                              all.push_back(each.at_ms);
                          }
                          return all;
                      }())] {
        const auto next = times->front();
        times->pop_front();
        return cases::record_time(std::chrono::milliseconds(next));
    };
    auto log = std::make_unique<log::memory_log>(settings);
    for (const auto& each : tells.all) {
        log->store(each.key, each.record.SerializeAsString());
    }
    return log;
}

void project_example(log::memory_log& log, store::view_store& rows, figure_watch* watch) {
    projection fold(rows, {}, nullptr, nullptr, nullptr, watch);
    fold.open(log.identity(), log.partition_count());
    const auto reader = log.read(fold.next_offsets()).value();
    for (auto records = reader->next(0ms, 7).value(); !records.empty(); records = reader->next(0ms, 7).value()) {
        for (const auto& record : records) {
            const auto done = fold.fold(record);
            ASSERT_TRUE(done);
            ASSERT_EQ(done->verdict, cases::verdict::applied) << cases::name(done->record.event().body_case());
            for (const auto& fact : done->facts) {
                ASSERT_EQ(fact.verdict, cases::delivery_verdict::applied) << cases::name(fact.verdict);
            }
        }
        ASSERT_FALSE(fold.commit());
    }
}

const std::vector<expected_figure>& figures_by_hand() {
    using enum cases::figure;
    constexpr std::int64_t day = 86400;
    static const std::vector<expected_figure> all{
        {submitted, 9},
        {received, 8}, // all but 6
        {accepted, 6}, // 1, 2, 3, 4, 8, 9
        {refused, 1},
        {returned, 2},
        {returned_unreceived, 1},
        {supplemented, 1},
        {withdrawn, 1},
        {closed, 4},
        {measured, 4},
        {early, 1},
        {on_time, 2},
        {late, 1},
        {commitment, 3},
        {commitment_early, 1},
        {immediate, 1},
        {used_days, 5 + 3 + 6 + 0},
        {promise_days, 10 + 3 + 2 + 0},
        {promise_used_days, 5 + 3 + 6 + 0},
        {statutory_days, 20 + 5 + 5}, // 1, 2, 4
        {statutory_promise_days, 10 + 3 + 0},
        {handling_seconds, 7 * day + 5 * day + 7 * day + 60},
        {total_seconds, (7 * day + 2 * 3600) + (7 * day + 6 * 3600) + (7 * day + 3600) + 180},
        {visits_known, 3}, // 1, 2, 4
        {zero_visit, 2},
        {visits, 1},
        {full_online, 1},
        {automatic, 1},
        {transfer_seconds, 3600 + 7200 + 1800 + 60 + 600 + 300 + 300 + 600},
        {delivered, 1},
        {delivery_seconds, 4 * 3600},
        {evaluated, 4},
        {satisfied, 2},
        {dissatisfied, 2},
        {to_rectify, 1},
        {rectified, 1},
        {urged, 1},
        {urge_answered, 1},
        {returned_materials_unreadable, 1},
        {returned_duplicate_filing, 1},
        // By case, without the two of October; 4 is closed by a rule of the item, which both sides are told.
        {messages_to_dest, 4 + 4 + 2 + 2 + 1 + 1 + 1 + 2 + 2},
        {receipts_of_dest, 4},
        {messages_to_origin, 4 + 6 + 4 + 4 + 2 + 1 + 2 + 3 + 3},
        {receipts_of_origin, 3},
    };
    return all;
}

const std::vector<expected_rate>& rates_by_hand() {
    static const std::vector<expected_rate> all{
        {"on_time_rate", 3.0 / 4},
        {"early_rate", 1.0 / 4},
        {"commitment_early_rate", 1.0 / 3},
        {"overdue_rate", 1.0 / 4},
        {"accept_rate", 6.0 / 9}, // 6 accepted, 1 refused, 2 returned
        {"return_rate", 2.0 / 9}, // 8 received, 1 returned before
        {"return_rate_materials_missing", 0.0},
        {"return_rate_materials_unreadable", 1.0 / 9},
        {"return_rate_not_in_legal_form", 0.0},
        {"return_rate_not_handled_here", 0.0},
        {"return_rate_application_wrong", 0.0},
        {"return_rate_duplicate_filing", 1.0 / 9},
        {"return_rate_damaged_in_transfer", 0.0},
        {"return_rate_other", 0.0},
        {"supplement_rate", 1.0 / 8},
        {"first_pass_rate", 7.0 / 8},
        {"average_used_days", 14.0 / 4},
        {"median_used_days", 4.0}, // 0, 3, 5, 6
        {"average_handling_hours", 1641660.0 / 4 / 3600},
        {"average_total_hours", 1846980.0 / 4 / 3600},
        {"speedup", 1.0 / 15},
        {"case_compress_ratio", 17.0 / 30},
        {"case_immediate_share", 1.0 / 4},
        {"case_zero_visit", 2.0 / 3},
        {"average_visits", 1.0 / 3},
        {"case_full_online_rate", 1.0 / 4},
        {"automatic_rate", 1.0 / 4},
        {"average_transfer_hours", 14460.0 / 8 / 3600},
        // Up to 60 s one, 300 s three, 600 s five, 1 800 s six, 3 600 s seven, 7 200 s eight.
        {"transfer_hours_p50", 450.0 / 3600},        // rank 4, halfway between 300 and 600
        {"transfer_hours_p95", 5760.0 / 3600},       // rank 7.6: 3 600 + 0.6 × 3 600
        {"transfer_hours_p99", 6912.0 / 3600},       // rank 7.92: 3 600 + 0.92 × 3 600
        {"delivery_rate", 7.0 / 48},
        {"delivery_rate_to_dest", 4.0 / 19},
        {"delivery_rate_to_origin", 3.0 / 29},
        {"average_delivery_hours", 4.0},
        {"satisfaction_rate", 2.0 / 4},
        {"rectified_rate", 1.0},
        {"urge_answered_rate", 1.0},
    };
    return all;
}

} // namespace tongban::ledger::story
