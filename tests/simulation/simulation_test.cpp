// The gateway's code under schedules of trouble: clean for every seed. The simulation itself: a seed is a schedule, and a
// mistake that is planted around the code is found.
#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <unistd.h>

namespace tongban::simulation {
namespace {

constexpr int fixed_seeds = 60;
constexpr int fresh_seeds = 30;
constexpr std::uint64_t seeds_for_a_mistake = 20; // one of them must show it

void expect_clean(std::uint64_t first, int count) {
    for (int i = 0; i < count; ++i) {
        const auto seed = first + static_cast<std::uint64_t>(i);
        const auto got = run({seed});
        EXPECT_TRUE(got.said.is_clean()) << "again: tests/simulation/run --from " << seed << " --seeds 1\n"
                                         << history::as_text(got.said);
    }
}

TEST(Simulation, FixedSeedsAreClean) {
    expect_clean(1, fixed_seeds);
}

TEST(Simulation, FreshSeedsAreClean) {
    const char* given = std::getenv("TONGBAN_SEED");
    const auto first = given != nullptr ? std::strtoull(given, nullptr, 10)
                                        : static_cast<std::uint64_t>(std::time(nullptr)) * 1000 +
                                              static_cast<std::uint64_t>(getpid()) % 1000;
    SCOPED_TRACE("TONGBAN_SEED=" + std::to_string(first));
    expect_clean(first, fresh_seeds);
}

TEST(Simulation, ASeedIsASchedule) {
    for (const std::uint64_t seed : {3, 14, 159}) {
        const auto first = run({seed});
        (void)run({seed + 1}); // what another leaves behind in the process changes nothing
        const auto again = run({seed});
        EXPECT_EQ(first.digest, again.digest) << seed;
        EXPECT_EQ(first.lasted, again.lasted) << seed;
        EXPECT_NE(first.digest, run({seed + 1}).digest) << seed;
    }
}

TEST(Simulation, HasTheTroubleItIsAbout) {
    std::map<std::string, std::uint64_t> answers;
    std::uint64_t kills = 0;
    std::uint64_t closed = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto got = run({seed});
        kills += got.kills;
        closed += got.said.closed;
        for (const auto& [which, lines] : got.said.answers) {
            answers[which] += lines;
        }
    }
    EXPECT_GT(kills, 20U);
    EXPECT_GT(closed, 100U);
    for (const auto* which : {"submitted unknown", "submitted unavailable", "submitted duplicate", "event unknown",
                              "event duplicate", "claimed conflict", "claimed unknown", "delivered refused",
                              "delivered unsaid", "acknowledged unknown", "acknowledged conflict"}) {
        EXPECT_GT(answers[which], 0U) << which;
    }
}

struct planted_mistake {
    mistake what;
    history::defect shows_as;
};

class PlantedMistake : public testing::TestWithParam<planted_mistake> {};

TEST_P(PlantedMistake, IsFound) {
    std::uint64_t found = 0;
    for (std::uint64_t seed = 1; seed <= seeds_for_a_mistake && found == 0; ++seed) {
        found += run({seed, GetParam().what}).said.count(GetParam().shows_as);
    }
    EXPECT_GT(found, 0U);
}

INSTANTIATE_TEST_SUITE_P(AroundTheCode, PlantedMistake,
                         testing::Values(planted_mistake{mistake::forgotten_record, history::defect::unexplained},
                                         planted_mistake{mistake::foreign_partition, history::defect::unexplained},
                                         planted_mistake{mistake::answer_without_append, history::defect::lost},
                                         planted_mistake{mistake::duplicate_as_accepted, history::defect::done_twice},
                                         planted_mistake{mistake::conflict_as_claim, history::defect::done_twice},
                                         planted_mistake{mistake::taken_without_target, history::defect::lost},
                                         planted_mistake{mistake::overtaking_push, history::defect::out_of_order},
                                         planted_mistake{mistake::acknowledged_nowhere, history::defect::lost},
                                         planted_mistake{mistake::torn_view, history::defect::unexplained},
                                         planted_mistake{mistake::ownership_lost, history::defect::lost},
                                         planted_mistake{mistake::slow_start, history::defect::fault_outcome}),
                         [](const auto& each) { return std::string(name(each.param.what)); });

} // namespace
} // namespace tongban::simulation
