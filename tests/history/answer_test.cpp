// Lines of answers: back as they were, or refused with what is wrong.
#include "tests/history/answer.hpp"
#include "tests/history/sample_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::history {
namespace {

using testing::HasSubstr;

TEST(Answer, IsReadBackAsItWasWritten) {
    for (const auto& given : sample_history(2).answers) {
        const auto line = write_answer(given);
        const auto read = read_answer(line);
        ASSERT_TRUE(read) << line << ": " << read.error();
        EXPECT_EQ(write_answer(*read), line);
        EXPECT_EQ(read->event_id, given.event_id);
        EXPECT_EQ(read->outcome, given.outcome);
    }
}

TEST(Answer, UnknownMembersAreLeftAlone) {
    EXPECT_TRUE(read_answer(R"({"kind":"end","at_ms":1,"by":"h","quiet_ms":5,"more":[1]})"));
}

TEST(Answer, ThatIsMisreadIsRefused) {
    const auto problem = [](const char* line) {
        const auto read = read_answer(line);
        return read ? std::string("read") : read.error();
    };
    EXPECT_THAT(problem("{"), HasSubstr("no JSON object"));
    EXPECT_THAT(problem(R"({"kind":"rumour","at_ms":1,"by":"h"})"), HasSubstr("kind"));
    EXPECT_THAT(problem(R"({"kind":"end","by":"h"})"), HasSubstr("at_ms"));
    EXPECT_THAT(problem(R"({"kind":"event","at_ms":1,"by":"h","outcome":"accepted"})"), HasSubstr("case_id"));
    EXPECT_THAT(problem(R"({"kind":"event","at_ms":1,"by":"h","outcome":"fine"})"), HasSubstr("outcome"));
    EXPECT_THAT(problem(R"({"kind":"event","at_ms":1,"by":"h","outcome":"taken"})"), HasSubstr("outcome"));
    EXPECT_THAT(problem(R"({"kind":"delivered","at_ms":1,"by":"h","outcome":"accepted"})"), HasSubstr("outcome"));
    EXPECT_THAT(problem(R"({"kind":"event","at_ms":1,"by":"h","outcome":"unknown","event_id":"zz"})"),
                HasSubstr("event_id"));
    EXPECT_THAT(problem(R"({"kind":"acknowledged","at_ms":1,"by":"h","outcome":"accepted","delivery":"d"})"),
                HasSubstr("positive"));
    EXPECT_THAT(problem(R"({"kind":"fault","at_ms":1,"by":"h","fault":"kill","began_ms":1})"), HasSubstr("ended_ms"));
}

} // namespace
} // namespace tongban::history
