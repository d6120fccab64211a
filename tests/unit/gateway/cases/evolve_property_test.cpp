// Random histories: replay equals the first run however it is cut, refused records leave no trace, nothing
// crashes.
#include "tests/unit/gateway/cases/story.hpp"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <vector>

namespace tongban::cases::story {
namespace {

std::uint64_t seed() {
    const char* given = std::getenv("TONGBAN_TEST_SEED");
    const auto value = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "seed " << value << " (TONGBAN_TEST_SEED repeats it)\n";
    return value;
}

class histories {
public:
    explicit histories(std::uint64_t start) : random_(start) {}

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

    // A record anybody might append to this case; mostly plausible, sometimes absurd.
    v1::LedgerRecord next(const v1::CaseState& state) {
        const v1::Sender senders[] = {platform_a(),
                                      platform_b(),
                                      window_a(),
                                      window_b(),
                                      other_window_b(),
                                      gateway(),
                                      sender("hexi", "120103", v1::ROLE_PLATFORM)};
        auto body = static_cast<event::BodyCase>(event::kCaseCollected + below(34));
        if (chance(70)) { // an event the state allows, if any
            for (int tries = 0; tries < 100 && find_transition(state.status(), body) == nullptr; ++tries) {
                body = static_cast<event::BodyCase>(event::kCaseCollected + below(34));
            }
        }
        auto r = body == event::kCaseSubmitted ? submission(chance(80)) : record(body, senders[below(7)]);
        if (chance(60) && body != event::kCaseSubmitted) {
            const auto side = side_of(body);
            *r.mutable_sender() = side == side::origin    ? platform_a()
                                  : side == side::gateway ? gateway()
                                  : chance(50)            ? platform_b()
                                                          : window_b();
        }
        if (body == event::kClaimed) {
            r = claim(chance(50)   ? window_b()
                      : chance(50) ? other_window_b()
                                   : window_a(),
                      chance(50) ? "w1" : "w2", chance(70) ? "1001" : "1002",
                      static_cast<std::uint32_t>(below(20)));
        }
        if (chance(70)) {
            r.mutable_event()->set_fencing_token(state.fencing_token());
        }
        if (chance(5)) {
            r.mutable_event()->mutable_case_()->set_dest_region(chance(50) ? region_a : "120103");
        }
        return r;
    }

private:
    std::mt19937_64 random_;
};

struct entry {
    v1::LedgerRecord record;
    std::int64_t at_ms;
};

std::vector<entry> write_history(histories& h, std::size_t length, v1::CaseState& end) {
    std::vector<entry> log;
    std::int64_t now_ms = 1'729'213'953'000;
    for (std::size_t i = 0; i < length; ++i) {
        now_ms += static_cast<std::int64_t>(h.below(8000));
        auto r = !log.empty() && h.chance(10) ? log[h.below(log.size())].record : h.next(end);
        (void)evolve(end, r, at(now_ms));
        log.push_back({std::move(r), now_ms});
    }
    return log;
}

TEST(EvolveProperty, AnySplitAndReparseGivesTheSameBytes) {
    histories h(seed());
    for (int round = 0; round < 300; ++round) {
        v1::CaseState expected;
        const auto log = write_history(h, 5 + h.below(60), expected);
        v1::CaseState state;
        for (const auto& [record, at_ms] : log) {
            if (h.chance(30)) { // a batch ends here: the state goes to disk and back
                v1::CaseState reread;
                ASSERT_TRUE(reread.ParseFromString(state.SerializeAsString()));
                state = std::move(reread);
            }
            v1::LedgerRecord reread;
            ASSERT_TRUE(reread.ParseFromString(record.SerializeAsString()));
            (void)evolve(state, reread, at(at_ms));
        }
        ASSERT_EQ(state.SerializeAsString(), expected.SerializeAsString());
    }
}

TEST(EvolveProperty, RefusedRecordsLeaveNoTraceWhereverTheyStand) {
    histories h(seed());
    std::size_t refused = 0;
    std::size_t applied = 0;
    for (int round = 0; round < 300; ++round) {
        v1::CaseState expected;
        const auto log = write_history(h, 5 + h.below(60), expected);
        v1::CaseState state;
        std::vector<entry> effective;
        for (const auto& e : log) {
            const auto before = state.SerializeAsString();
            if (evolve(state, e.record, at(e.at_ms)) == verdict::applied) {
                effective.push_back(e);
                ++applied;
            } else {
                ASSERT_EQ(state.SerializeAsString(), before);
                ++refused;
            }
        }
        // Without them the history is the same; with every applied record told again at once too.
        v1::CaseState purged;
        for (const auto& e : effective) {
            ASSERT_EQ(evolve(purged, e.record, at(e.at_ms)), verdict::applied);
            const auto once = purged.SerializeAsString();
            ASSERT_EQ(evolve(purged, e.record, at(e.at_ms + 1)), verdict::duplicate);
            ASSERT_EQ(purged.SerializeAsString(), once);
        }
        ASSERT_EQ(purged.SerializeAsString(), expected.SerializeAsString());
        for (const auto& e : effective) {
            ASSERT_EQ(evolve(purged, e.record, at(e.at_ms + 1'000'000)), verdict::duplicate);
        }
        ASSERT_EQ(purged.SerializeAsString(), expected.SerializeAsString());
    }
    EXPECT_GT(refused, 1000u);
    EXPECT_GT(applied, 1000u);
}

TEST(EvolveProperty, TokensOnlyGrowAndOneWindowActsAtATime) {
    histories h(seed());
    for (int round = 0; round < 300; ++round) {
        v1::CaseState end;
        const auto log = write_history(h, 80, end);
        v1::CaseState state;
        std::uint64_t token = 0;
        for (const auto& [record, at_ms] : log) {
            const auto before = state;
            if (evolve(state, record, at(at_ms)) != verdict::applied) {
                continue;
            }
            ASSERT_GE(state.fencing_token(), token);
            token = state.fencing_token();
            const bool window_of_b = record.sender().role() == v1::ROLE_WINDOW &&
                                     side_of(record.event().body_case()) == side::destination &&
                                     is_destination_turn(before.status()) && is_claimable(before.status());
            if (window_of_b) {
                ASSERT_TRUE(before.has_lease());
                ASSERT_EQ(before.lease().partner(), record.sender().partner());
                ASSERT_GT(before.lease().until_ms(), at_ms);
                ASSERT_EQ(record.event().fencing_token(), before.fencing_token());
            }
            ASSERT_EQ(state.event_count() * 8u, state.applied_event_ids().size());
        }
    }
}

TEST(EvolveProperty, IsTotalOverMangledRecordsAndStates) {
    histories h(seed());
    const google::protobuf::LogSilencer quiet; // Protobuf prints each string that is no UTF-8
    std::size_t parsed = 0;
    for (int round = 0; round < 20'000; ++round) {
        v1::CaseState state;
        (void)write_history(h, h.below(3), state);
        auto bytes = h.next(state).SerializeAsString();
        for (std::size_t i = 0, n = 1 + h.below(4); i < n && !bytes.empty(); ++i) {
            bytes[h.below(bytes.size())] = static_cast<char>(h.below(256));
        }
        v1::LedgerRecord mangled;
        if (!mangled.ParseFromString(bytes)) {
            continue;
        }
        ++parsed;
        const auto before = state.SerializeAsString();
        if (evolve(state, mangled, at(static_cast<std::int64_t>(h.below(1'000'000)))) != verdict::applied) {
            ASSERT_EQ(state.SerializeAsString(), before);
        }
    }
    EXPECT_GT(parsed, 1000u);
}

} // namespace
} // namespace tongban::cases::story
