// What a dialect writes it can read: else it is not sent, and what does not come back equal is told.
#include "connectors/dialects/trace.hpp"
#include "tests/unit/connectors/dialects/dialect_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(ReadBack, ThatItWouldNotBeIsToldBeforeAnythingIsSent) {
    const auto told = [](const std::string& match) {
        const auto d = made(std::string(head) + "messages: {m: {" + match + "event: CASE_ACCEPTED, fields: {case.source_case_no: no}}}\n");
        const auto all = cannot_say(*d);
        return std::any_of(all.begin(), all.end(), [](const unsayable& u) {
            return u.event == "CASE_ACCEPTED" && u.why.zh.find("无法读回") != std::string::npos;
        });
    };
    EXPECT_TRUE(told("match: {has: [kind]}, "));
    EXPECT_FALSE(told("match: {is: {kind: '1'}}, "));
    for (const auto& name : city_names()) {
        for (const auto& u : cannot_say(*city(name))) {
            EXPECT_EQ(u.why.zh.find("无法读回"), std::string::npos) << name << ": " << u.event << ": " << u.why.zh;
        }
    }
}

TEST(ReadBack, AStatusInTwoColumnsOfWhichOneIsEmpty) {
    const auto d = made(std::string(head) +
                        "messages: {m: {event: {from: [a, b], join: '-', table: {'10': CASE_ACCEPTED, '20-': CASE_COLLECTED, "
                        "'30-1': CASE_CLOSED}}, fields: {case.source_case_no: no}}}\n");
    const auto event_of = [&](const std::string& body) { return events_of(*d, body).at(0).body_case(); };
    EXPECT_EQ(event_of(R"({"no": "1", "a": "10"})"), v1::CaseEvent::kCaseAccepted);
    EXPECT_EQ(event_of(R"({"no": "1", "a": "10", "b": " "})"), v1::CaseEvent::kCaseAccepted);
    EXPECT_EQ(event_of(R"({"no": "1", "b": "10"})"), v1::CaseEvent::kCaseAccepted);
    EXPECT_EQ(event_of(R"({"no": "1", "a": "20", "b": ""})"), v1::CaseEvent::kCaseCollected) << "as it was written for before";
    EXPECT_EQ(event_of(R"({"no": "1", "a": "30", "b": "1"})"), v1::CaseEvent::kCaseClosed);
    const auto out = written(*d, accepted());
    ASSERT_TRUE(out) << out.error().message_en;
    EXPECT_TRUE(out->lost.empty());
}

} // namespace
} // namespace tongban::dialects::testing
