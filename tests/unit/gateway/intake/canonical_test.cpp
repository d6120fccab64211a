// Canonical JSON and Protobuf bodies: what is taken, and what a lenient parser would have let pass.
#include "gateway/intake/canonical.hpp"

#include <gtest/gtest.h>

namespace tongban::intake {
namespace {

constexpr auto event_json = R"({"case":{"origin_region":"370800","source_case_no":"A-1"},
  "occurred_at":"2024-10-18T09:12:33+08:00","dest_received":{"window_id":"CZ-01"}})";

boost::system::result<canonical_reading, dialects::refusal> read(std::string_view body,
                                                                 google::protobuf::Arena& arena,
                                                                 std::string_view type = "application/json") {
    return read_canonical(type, body, arena);
}

TEST(Canonical, OneEventIsNoBatch) {
    google::protobuf::Arena arena;
    const auto result = read(event_json, arena);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result->batch);
    ASSERT_EQ(result->reading.events.size(), 1u);
    EXPECT_EQ(result->reading.events[0].row, 0u);
    EXPECT_EQ(result->reading.events[0].event->dest_received().window_id(), "CZ-01");
    EXPECT_EQ(result->reading.events[0].event->occurred_at().seconds(), 1729213953);
}

TEST(Canonical, EventsMakeABatchWithRowsFromOne) {
    google::protobuf::Arena arena;
    const auto result = read(std::string(R"({"events":[)") + event_json + "," + event_json + "]}", arena);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->batch);
    ASSERT_EQ(result->reading.events.size(), 2u);
    EXPECT_EQ(result->reading.events[1].row, 2u);
}

TEST(Canonical, ByteOrderMarkIsNoError) {
    google::protobuf::Arena arena;
    EXPECT_TRUE(read(std::string("\xEF\xBB\xBF") + event_json, arena));
}

TEST(Canonical, ProtobufBytes) {
    v1::MessageBatch batch;
    batch.add_events()->mutable_case_accepted()->set_notice_no("N-1");
    google::protobuf::Arena arena;
    const auto result = read(batch.SerializeAsString(), arena, canonical_protobuf);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->reading.events[0].event->case_accepted().notice_no(), "N-1");
}

struct bad_body {
    const char* name;
    std::string body;
};
class CanonicalRefuses : public testing::TestWithParam<bad_body> {};

TEST_P(CanonicalRefuses, AsMalformed) {
    google::protobuf::Arena arena;
    const auto result = read(GetParam().body, arena);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, make_error_code(dialects::errc::malformed));
    EXPECT_FALSE(result.error().message_zh.empty());
    EXPECT_FALSE(result.error().message_en.empty());
}

INSTANTIATE_TEST_SUITE_P(Bodies, CanonicalRefuses,
                         testing::Values(bad_body{"Empty", ""}, bad_body{"Truncated", R"({"case":{"case_id")"},
                                         bad_body{"TextAfter", "{} {}"}, bad_body{"DuplicateKey", R"({"case":{},"case":{}})"},
                                         bad_body{"DuplicateKeyDeep", R"({"case":{"case_id":"a","case_id":"b"}})"},
                                         bad_body{"UnknownField", R"({"no_such_field":1})"},
                                         bad_body{"WrongType", R"({"case":[1,2]})"},
                                         bad_body{"BadTime", R"({"occurred_at":"2024-02-30T00:00:00Z"})"},
                                         bad_body{"Nul", std::string("{\"case\":\0{}}", 12)},
                                         bad_body{"Deep", std::string(5000, '[')},
                                         bad_body{"BadUtf8", "{\"case\":{\"case_id\":\"\xC3\x28\"}}"}),
                         [](const auto& row) { return row.param.name; });

TEST(Canonical, MediaTypeIsWithoutParametersAndCase) {
    EXPECT_EQ(media_type("Application/JSON ; charset=utf-8"), "application/json");
    EXPECT_EQ(media_type(""), "");
}

} // namespace
} // namespace tongban::intake
