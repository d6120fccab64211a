// What a dialect writes it can read: else it is not sent, and what does not come back equal is told.
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

namespace tongban::dialects::testing {
namespace {

constexpr const char* head = "dialect: t\nversion: '1'\nwire: {content_type: application/json, format: json}\n";

boost::system::result<dialect::writing, refusal> written(const dialect& d, const v1::CaseEvent& event) {
    const v1::CaseEvent* out = &event;
    return d.write({&out, 1});
}

v1::CaseEvent accepted() {
    v1::CaseEvent event;
    event.mutable_case_()->set_source_case_no("A-1");
    event.mutable_case_accepted();
    return event;
}

TEST(ReadBack, WhatTheFormatHasNoPlaceForIsTold) {
    const auto d = made(std::string(head) + "messages: {m: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
    auto event = accepted();
    event.mutable_dossier()->set_title("新生儿");
    const auto out = written(*d, event);
    ASSERT_TRUE(out);
    ASSERT_EQ(out->lost.size(), 1U);
    EXPECT_EQ(out->lost[0].field(), "dossier.title");
    EXPECT_EQ(out->lost[0].message_zh(), "本格式无处填写");
}

TEST(ReadBack, AMessageThatNoRuleOfItsOwnRecognisesIsNotWritten) {
    const auto d = made(std::string(head) +
                        "messages: {m: {match: {has: [kind]}, event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
    const auto out = written(*d, accepted());
    ASSERT_FALSE(out);
    EXPECT_TRUE(out.error().message_en.starts_with("what was written cannot be read by the dialect itself: "))
        << out.error().message_en;
    EXPECT_TRUE(out.error().message_zh.starts_with("写出的报文本格式自己无法读回：")) << out.error().message_zh;
}

TEST(ReadBack, AMessageThatIsReadAsAnotherEventIsNotWritten) {
    const auto d = made(std::string(head) + "messages:\n"
                                            "  a: {write: false, event: CASE_CLOSED, fields: {case.source_case_no: no}}\n"
                                            "  b: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}\n");
    const auto out = written(*d, accepted());
    ASSERT_FALSE(out);
    EXPECT_TRUE(out.error().message_en.ends_with("it is not read as CASE_ACCEPTED but as CASE_CLOSED")) << out.error().message_en;
}

} // namespace
} // namespace tongban::dialects::testing
