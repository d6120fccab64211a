// Random histories of two children that ask each other for archives, carried over by a gateway that may end between any two of its
// records: both cases come to agree, a lateness counts once, and the same records give the same bytes.
#include "gateway/bundles/archive_records.hpp"
#include "gateway/bundles/child_records.hpp"
#include "gateway/cases/archives.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/figures.hpp"
#include "gateway/cases/obligations.hpp"
#include "gateway/ledger/proposal.hpp"
#include "tests/unit/gateway/ledger/case_story.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <random>
#include <utility>
#include <vector>

namespace tongban::bundles {
namespace {

namespace story = ledger::story;
using cases::bundle_step;

struct child_case {
    story::case_name name;
    std::uint32_t number = 0;
    v1::CaseState state;
    std::vector<std::pair<v1::LedgerRecord, std::int64_t>> log;
    int red = 0;       // warnings about archives that this case's timer said
    int told_late = 0; // and those that it was told of the other

    cases::verdict take(const v1::LedgerRecord& record, std::int64_t now_ms) {
        const cases::record_time at{std::chrono::milliseconds(now_ms)};
        const auto reached = cases::evolve(state, record, at);
        log.emplace_back(record, now_ms);
        const auto& warning = record.event().supervision_warning();
        if (reached == cases::verdict::applied && warning.clock() == v1::CLOCK_KIND_ARCHIVE) {
            const bool counted = !cases::figures_added(record, state, at).empty();
            EXPECT_EQ(counted, !record.has_sibling()) << "against the place that owes, and once";
            told_late += record.has_sibling() ? 1 : 0;
            red += !record.has_sibling() && warning.band() == v1::SUPERVISION_BAND_RED ? 1 : 0;
        }
        return reached;
    }
};

class exchange {
public:
    explicit exchange(std::mt19937_64& random) : random_(random) {
        for (std::uint32_t i = 0; i < 2; ++i) {
            auto& child = children_[i];
            child.name = {"370800", i == 0 ? "140400" : "370200", "A-" + std::to_string(i + 1)};
            child.number = i + 1;
            auto filing = story::submitted(child.name);
            auto& body = *filing.mutable_event()->mutable_case_submitted();
            body.mutable_parent()->set_case_id("P");
            body.mutable_parent()->set_child(child.number);
            filing.mutable_routed()->mutable_terms()->set_archive_days(below(3) == 0 ? 0 : 2 + below(9));
            filing.mutable_routed()->mutable_terms()->set_never_deemed_accepted(true);
            EXPECT_EQ(child.take(filing, now_ms_), cases::verdict::applied);
            EXPECT_EQ(child.take(story::received(child.name), now_ms_), cases::verdict::applied);
        }
    }

    void step() {
        now_ms_ += static_cast<std::int64_t>(below(4) == 0 ? below(3 * 86'400'000) : below(60'000)) + 1;
        auto& child = children_[below(2)];
        switch (below(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
            return ask(child);
        case 4:
        case 5:
        case 6:
            return reply(child);
        case 7:
        case 8:
            return take_back(child);
        case 9:
            if (below(12) == 0) {
                child.take(story::returned(child.name), now_ms_);
            }
            return;
        case 10:
        case 11:
        case 12:
            return run_timers(child);
        default:
            (void)carry_on(child);
        }
    }

    void drain() {
        for (auto& child : children_) {
            run_timers(child);
        }
        for (int i = 0; i < 1000; ++i) {
            const bool first = carry_on(children_[0], true);
            const bool second = carry_on(children_[1], true);
            if (!first && !second) {
                return;
            }
        }
        ADD_FAILURE() << "it never comes to an end";
    }

    void check() const {
        for (std::size_t i = 0; i < 2; ++i) {
            check_owed(children_[i]);
            for (const auto& one : children_[i].state.archive_requests()) {
                if (!one.incoming()) {
                    check_both(one, children_[1 - i].state);
                }
            }
            check_rebuild(children_[i]);
            EXPECT_LE(children_[i].told_late, children_[1 - i].red);
        }
    }

    int replies = 0;
    int taken_back = 0;
    int told_late() const { return children_[0].told_late + children_[1].told_late; }

private:
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

    child_case& other_of(const child_case& child) { return children_[child.number == 1 ? 1 : 0]; }

    v1::LedgerRecord by_b(const child_case& child, v1::CaseEvent&& event) {
        event.set_source_sequence(++said_);
        return story::by_platform(child.name, std::move(event), child.name.dest);
    }

    // The number of some request, or none.
    std::string some_number(const child_case& child) {
        const auto& all = child.state.archive_requests();
        if (all.empty() || below(4) == 0) {
            return {};
        }
        return all[static_cast<int>(below(static_cast<std::size_t>(all.size())))].request_no();
    }

    void ask(child_case& child) {
        v1::CaseEvent event;
        auto& asked = *event.mutable_archive_requested();
        asked.add_materials()->set_code("DA0" + std::to_string(below(4)));
        if (below(3) == 0) {
            asked.mutable_limit()->set_value(static_cast<std::int32_t>(1 + below(12)));
            asked.mutable_limit()->set_unit(static_cast<v1::LimitUnit>(v1::LIMIT_UNIT_WORKDAY + below(2)));
        }
        auto record = by_b(child, std::move(event));
        *record.mutable_sibling() = sibling_of(other_of(child).state);
        child.take(record, now_ms_);
    }

    void reply(child_case& child) {
        v1::CaseEvent event;
        event.mutable_archive_replied()->set_archive_result(v1::ARCHIVE_RESULT_REFUSED);
        event.mutable_archive_replied()->set_request_no(some_number(child));
        replies += child.take(by_b(child, std::move(event)), now_ms_) == cases::verdict::applied ? 1 : 0;
    }

    void take_back(child_case& child) {
        v1::CaseEvent event;
        event.mutable_archive_replied()->set_archive_result(v1::ARCHIVE_RESULT_CALLED_OFF);
        event.mutable_archive_replied()->set_request_no(some_number(child));
        taken_back += child.take(by_b(child, std::move(event)), now_ms_) == cases::verdict::applied ? 1 : 0;
    }

    void run_timers(child_case& child) {
        for (auto timer = cases::next_timer(child.state); timer.at_ms != 0 && timer.at_ms <= now_ms_;
             timer = cases::next_timer(child.state)) {
            const auto key = "timer " + std::to_string(child.log.size());
            ASSERT_EQ(child.take(ledger::propose(child.state, cases::timer_event(child.state), key, now_ms_), now_ms_),
                      cases::verdict::applied);
        }
    }

    static const v1::LedgerRecord& said_in(const child_case& child, std::string_view event_id) {
        const auto found = std::find_if(child.log.begin(), child.log.end(),
                                        [&](const auto& one) { return one.first.event_id() == event_id; });
        return found->first;
    }

    // What the worker does next; false when that is nothing. It may end between the two records, and begins anew.
    bool carry_on(child_case& child, bool whole = false) {
        const auto work = cases::next_bundle_work(child.state);
        if (work.step == bundle_step::none) {
            return false;
        }
        if (work.step == bundle_step::tell) {
            child.take(informed_record(child.state, cases::progress_of(child.state), now_ms_), now_ms_);
            return true;
        }
        auto& other = other_of(child);
        const auto request = child.state.archive_requests(static_cast<int>(work.archive));
        const auto carried =
            work.step == bundle_step::call_off    ? archive_end_record(other.state, request, sibling_of(child.state),
                                                                       v1::ARCHIVE_RESULT_CALLED_OFF, now_ms_)
            : work.step == bundle_step::tell_late ? archive_late_record(other.state, request, child.state, now_ms_)
            : work.step == bundle_step::ask
                ? archive_request_record(said_in(child, request.event_id()), child.state, request, other.state)
                : archive_reply_record(said_in(child, request.event_id()), child.state, request, other.state);
        const auto reached = other.take(carried, now_ms_);
        if (!whole && below(3) == 0) {
            return true;
        }
        const bool stands = reached == cases::verdict::applied || reached == cases::verdict::duplicate;
        const bool not_asked = work.step == bundle_step::ask && !stands;
        const auto noted = not_asked ? archive_end_record(child.state, request, request.other(), v1::ARCHIVE_RESULT_NOT_ASKED, now_ms_)
                                     : archive_informed_record(child.state, request, now_ms_);
        EXPECT_EQ(child.take(noted, now_ms_), cases::verdict::applied);
        return true;
    }

    static void check_owed(const child_case& child) {
        const auto owed = cases::owed_beside(child.state);
        const bool stands = std::any_of(owed.begin(), owed.end(),
                                        [](const v1::Owed& one) { return one.clock() == v1::CLOCK_KIND_ARCHIVE; });
        const bool open = (cases::not_ended & cases::bit(child.state.status())) != 0;
        EXPECT_EQ(stands, open && cases::owes_archives(child.state));
    }

    // Once all is carried over.
    void check_both(const v1::ArchiveRequest& own, const v1::CaseState& asked) const {
        const auto& all = asked.archive_requests();
        const auto is = [&](const v1::ArchiveRequest& one) { return one.incoming() && one.request_no() == own.request_no(); };
        const auto times = std::count_if(all.begin(), all.end(), is);
        const auto result = own.result();
        ASSERT_LE(times, 1) << own.request_no();
        if (times == 0) {
            EXPECT_TRUE(result == v1::ARCHIVE_RESULT_NOT_ASKED || result == v1::ARCHIVE_RESULT_CALLED_OFF) << own.request_no();
            return;
        }
        const auto& there = *std::find_if(all.begin(), all.end(), is);
        EXPECT_EQ(there.limit().SerializeAsString(), own.limit().SerializeAsString());
        if (cases::day_of(there.since_ms()) == cases::day_of(own.since_ms())) {
            EXPECT_EQ(there.due_ms(), own.due_ms()) << "both sides show one day";
        }
        // What was answered a moment before it was called off stays so where it was asked.
        const bool crossed = result == v1::ARCHIVE_RESULT_CALLED_OFF && there.result() == v1::ARCHIVE_RESULT_REFUSED;
        EXPECT_TRUE(there.result() == result || crossed) << own.request_no() << ' ' << there.result() << ' ' << result;
        if (cases::is_open(own)) {
            EXPECT_TRUE(own.overdue() || !there.overdue()) << "who asked knows that it is late";
            EXPECT_TRUE(!own.overdue() || own.due_ms() < now_ms_);
        }
    }

    static void check_rebuild(const child_case& child) {
        v1::CaseState again;
        for (const auto& [record, at_ms] : child.log) {
            (void)cases::evolve(again, record, cases::record_time{std::chrono::milliseconds(at_ms)});
        }
        EXPECT_EQ(again.SerializeAsString(), child.state.SerializeAsString());
    }

    std::mt19937_64& random_;
    std::array<child_case, 2> children_;
    std::int64_t now_ms_ = 1'790'000'000'000;
    std::uint64_t said_ = 0;
};

TEST(ArchivesProperty, BothCasesComeToAgreeHoweverTheyAreCarriedOver) {
    const char* given = std::getenv("TONGBAN_TEST_SEED");
    const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "seed " << seed << " (TONGBAN_TEST_SEED repeats it)\n";
    std::mt19937_64 random(seed);
    int replies = 0;
    int taken_back = 0;
    int told_late = 0;
    for (int round = 0; round < 150 && !::testing::Test::HasFailure(); ++round) {
        exchange both(random);
        for (int i = 0; i < 150 && !::testing::Test::HasFailure(); ++i) {
            both.step();
        }
        both.drain();
        both.check();
        replies += both.replies;
        taken_back += both.taken_back;
        told_late += both.told_late();
    }
    EXPECT_GT(replies, 100);
    EXPECT_GT(taken_back, 100);
    EXPECT_GT(told_late, 20);
}

} // namespace
} // namespace tongban::bundles
