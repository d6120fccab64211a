// Positions of event streams as text, and the places that streams take.
#include "gateway/delivery/stream_places.hpp"
#include "gateway/delivery/stream_position.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

namespace tongban::delivery {
namespace {

const position_text own("ledger-a", {"370800"}, 3);

TEST(StreamPosition, ComesBackAsItWas) {
    std::mt19937_64 random(20261122);
    for (int i = 0; i < 1000; ++i) {
        stream_offsets offsets;
        for (int n = 0; n < 3; ++n) {
            offsets.push_back(random() >> (1 + random() % 63));
        }
        const auto text = own.write(offsets);
        EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos)
            << "fit for an address and a header";
        const auto read = own.read(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read, offsets);
    }
    EXPECT_EQ(*own.read(own.write({0, 0, std::numeric_limits<std::int64_t>::max()})),
              (stream_offsets{0, 0, std::numeric_limits<std::int64_t>::max()}));
}

TEST(StreamPosition, OfManyPartitionsFitsAHeader) {
    const position_text wide("ledger-a", {"370800"}, 256);
    EXPECT_LT(wide.write(stream_offsets(256, 1'000'000'000)).size(), 2000U);
}

TEST(StreamPosition, DoesNotDependOnTheOrderOfRegions) {
    const position_text one("l", {"a", "b"}, 1);
    const position_text other("l", {"b", "a"}, 1);
    EXPECT_EQ(one.write({7}), other.write({7}));
}

struct wrong {
    std::string text;
    position_fault fault;
};

TEST(StreamPosition, NamesWhatIsWrong) {
    const auto of = [](const char* ledger, std::vector<std::string> regions, std::size_t partitions) {
        return position_text(ledger, std::move(regions), partitions).write(stream_offsets(partitions, 300));
    };
    const auto good = of("ledger-a", {"370800"}, 3);
    std::vector<wrong> all{{"", position_fault::malformed},
                           {"!", position_fault::malformed},
                           {"A", position_fault::malformed},
                           {"AAAAAAAAAAAA", position_fault::malformed},
                           {good + "=", position_fault::malformed},
                           {good + "_w", position_fault::malformed}, // a number that does not end
                           {std::string(20'000, 'A'), position_fault::malformed},
                           {of("ledger-a", {"140400"}, 3), position_fault::other_regions},
                           {of("ledger-a", {"370800", "140400"}, 3), position_fault::other_regions},
                           {of("ledger-b", {"370800"}, 3), position_fault::other_ledger},
                           {of("ledger-a", {"370800"}, 4), position_fault::other_ledger}};
    for (const auto& each : all) {
        const auto read = own.read(each.text);
        ASSERT_FALSE(read) << each.text;
        EXPECT_EQ(read.error(), each.fault) << each.text;
    }
}

TEST(StreamPosition, SurvivesAnyBytes) {
    std::mt19937 random(7);
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/% ";
    const auto good = own.write({1, 300, 70'000});
    for (int i = 0; i < 20'000; ++i) {
        auto text = good;
        for (unsigned n = random() % 4; n > 0; --n) {
            text[random() % text.size()] = letters[random() % letters.size()];
        }
        text.resize(random() % (text.size() + 1));
        const auto read = own.read(text);
        EXPECT_TRUE(!read || read->size() == 3) << text;
    }
}

TEST(StreamPlaces, AreBoundedForEachPartnerAndInAll) {
    monitoring::registry metrics;
    stream_places places(3, 2, metrics);
    std::vector<stream_places::place> taken(3);
    EXPECT_EQ(places.take("a", taken[0]), stream_places::answer::taken);
    EXPECT_EQ(places.take("a", taken[1]), stream_places::answer::taken);
    stream_places::place none;
    EXPECT_EQ(places.take("a", none), stream_places::answer::partner_full);
    EXPECT_EQ(places.take("b", taken[2]), stream_places::answer::taken);
    EXPECT_EQ(places.take("b", none), stream_places::answer::all_full);
    taken[0] = {};
    EXPECT_EQ(places.take("b", none), stream_places::answer::taken) << "a place that was given back";
    const auto text = metrics.render();
    EXPECT_THAT(text, ::testing::HasSubstr("tongban_event_streams 3"));
    EXPECT_THAT(text, ::testing::HasSubstr("tongban_event_streams_refused_total{limit=\"partner\"} 1"));
    EXPECT_THAT(text, ::testing::HasSubstr("tongban_event_streams_refused_total{limit=\"all\"} 1"));
    taken.clear();
    none = {};
    EXPECT_THAT(metrics.render(), ::testing::HasSubstr("tongban_event_streams 0"));
}

} // namespace
} // namespace tongban::delivery
