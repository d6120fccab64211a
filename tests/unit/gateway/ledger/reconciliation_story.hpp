// The ledger that the reconciliation's tests tell, its view, and both counts of it.
#pragma once

#include "case_story.hpp"
#include "project_all.hpp"

#include "connectors/log/memory_log.hpp"
#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/delivery_view.hpp"
#include "gateway/ledger/dump_line.hpp"
#include "gateway/ledger/ledger_dump.hpp"
#include "gateway/ledger/reconciliation.hpp"
#include "gateway/ledger/view_accounts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace tongban::ledger {

using namespace std::chrono_literals;

inline constexpr const char* region_a = "370800";
inline constexpr const char* region_b = "140400";

class Reconciliation : public ::testing::Test {
protected:
    Reconciliation() : log(settings()) {}

    static log::memory_log_settings settings() {
        log::memory_log_settings made;
        made.clock = [] { return std::chrono::sys_time<std::chrono::milliseconds>(clock += 1000ms); };
        return made;
    }
    void tell(const v1::LedgerRecord& record) {
        const auto& key = record.has_deliveries() ? record.deliveries().facts(0).delivery().case_id()
                                                  : record.event().case_().case_id();
        log.store(key, record.SerializeAsString());
    }
    void tell(v1::DeliveryFact fact) { tell(story::about_deliveries({std::move(fact)})); }
    // Four cases: A-1 closed with all but the last delivered, A-2 dead-lettered, A-3 discarded, A-4 only collected.
    void tell_story() {
        for (const auto* number : {"A-1", "A-2", "A-3"}) {
            tell(story::submitted({region_a, region_b, number}));
            tell(story::submitted({region_a, region_b, number})); // a retry
        }
        tell(story::collected({region_a, region_b, "A-4"}));
        for (const auto& record : {story::received(one), story::accepted(one), story::decided(one), story::closed(one)}) {
            tell(record);
        }
        auto taken = story::delivery_fact(one, 1, region_b);
        taken.mutable_acknowledged();
        tell(taken);
        tell(taken); // told twice
        for (std::uint32_t ordinal = 2; ordinal <= 4; ++ordinal) {
            auto fact = story::delivery_fact(one, ordinal, region_a);
            fact.mutable_acknowledged();
            tell(fact);
        }
        auto dead = story::delivery_fact(two, 1, region_b);
        dead.mutable_dead_lettered()->set_code("attempts_spent");
        tell(dead);
        auto gone = story::delivery_fact(three, 1, region_b);
        gone.mutable_discarded()->set_operator_id("0042");
        tell(gone);
    }
    void project() { project_all(log, rows); }
    reconciliation report(const reconciliation_filter& filter = {}, bool with_view = true) {
        store::memory_view_store scratch;
        return reconcile(log, {scratch, with_view ? &rows : nullptr, filter, {}}).value();
    }
    standing_accounts now(bool walk = true) { return standing(rows, {walk, {}, 5000, {}}).value(); }
    // All stretches of a filtered walk added up.
    static standing_accounts now_of(const store::view_store& rows, const reconciliation_filter& filter, std::size_t stretch = 5000) {
        standing_accounts sum;
        std::string after;
        do {
            auto part = standing(rows, {false, after, stretch, filter}).value();
            EXPECT_TRUE(part.walked);
            sum.accepted += part.accepted;
            sum.closed += part.closed;
            sum.open += part.open;
            sum.collected_only += part.collected_only;
            sum.moving = sum.moving || part.moving;
            sum.rows_walked += part.rows_walked;
            for (const auto& [region, target] : part.targets) {
                sum.targets[region].add(target);
            }
            sum.findings.insert(sum.findings.end(), part.findings.begin(), part.findings.end());
            after = part.next;
        } while (!after.empty());
        return sum;
    }
    static void expect_same(const standing_accounts& running, const reconciliation& folded) {
        EXPECT_EQ(running.accepted, folded.accepted);
        EXPECT_EQ(running.closed, folded.closed);
        EXPECT_EQ(running.open, folded.open);
        EXPECT_EQ(running.collected_only, folded.collected_only);
        EXPECT_EQ(running.targets, folded.targets);
    }
    case_row row_of(const story::case_name& of) { return view(rows).find(of.id()).value().value(); }

    void spoil(std::string_view key, std::optional<std::string> value) {
        auto batch = rows.new_batch();
        if (value) {
            batch->put(key, *value);
        } else {
            batch->erase(key);
        }
        ASSERT_FALSE(rows.write(*batch));
    }
    template <class Findings>
    static bool names(const Findings& findings, discrepancy what, const std::string& case_id) {
        return std::any_of(findings.begin(), findings.end(),
                           [&](const finding& each) { return each.what == what && each.case_id == case_id; });
    }
    std::string dump(const ledger_dump_options& options = {}) {
        std::string all;
        EXPECT_TRUE(dump_ledger(log, options, [&](const std::string& line) {
            all += line + '\n';
            return true;
        }));
        return all;
    }
    static reconciliation of_dump(const std::string& text) {
        store::memory_view_store scratch;
        std::istringstream lines(text);
        return reconcile_dump(lines, {scratch, nullptr, {}, {}}).value();
    }

    static inline std::chrono::milliseconds clock{1'790'000'000'000};
    log::memory_log log;
    store::memory_view_store rows;
    story::case_name one{region_a, region_b, "A-1"};
    story::case_name two{region_a, region_b, "A-2"};
    story::case_name three{region_a, region_b, "A-3"};
};

} // namespace tongban::ledger
