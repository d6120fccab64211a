// Scripts: what is read, and that every mistake is told where it stands.
#include "gateway/emulator/script.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/validate.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tongban::emulator {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

script good(const std::string& text) {
    auto read = read_script(text, "s.yaml");
    for (const auto& mistake : read.mistakes) {
        ADD_FAILURE() << mistake.text();
    }
    return read.value.value_or(script{});
}

std::string mistakes_of(const std::string& text) {
    const auto read = read_script(text, "s.yaml");
    EXPECT_FALSE(read.value);
    std::string all;
    for (const auto& line : testing::in_english(read.mistakes)) {
        all += line + '\n';
    }
    return all;
}

TEST(Script, StandardOneIsGood) {
    const auto how = good(standard_script());
    ASSERT_EQ(how.cases.size(), 1U);
    EXPECT_EQ(how.cases[0].steps.size(), 5U);
    EXPECT_EQ(how.replies.size(), 2U);
    EXPECT_FALSE(how.canonical);
    EXPECT_FALSE(how.claims());
    EXPECT_EQ(how.troubles.of_answers(), 0);
}

TEST(Script, ExamplesAreGood) {
    std::size_t seen = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(TONGBAN_SOURCE_DIR) / "examples/five-cities/emulator")) {
        std::ifstream in(entry.path());
        std::ostringstream text;
        text << in.rdbuf();
        EXPECT_GE(good(text.str()).cases.size(), 1U) << entry.path();
        ++seen;
    }
    EXPECT_GE(seen, 2U);
}

TEST(Script, EveryWordMakesItsEvent) {
    for (const auto word : step_words()) {
        const auto step = step_named(word);
        ASSERT_TRUE(step) << word;
        EXPECT_EQ(step->prototype.body_case(), step->event) << word;
    }
    EXPECT_FALSE(step_named("dance"));
}

TEST(Script, EveryWordSaysAllThatItsEventRequires) {
    const auto of_the_case = [](std::string_view field) { return field == "case" || field.starts_with("case."); };
    for (const auto word : step_words()) {
        auto said = step_named(word)->prototype;
        if (said.has_claimed()) {
            said.mutable_claimed()->set_window_id("EMU"); // the city's own
        }
        for (const auto& one : cases::validate(said, std::chrono::year{2026} / 11 / 22, {})) {
            EXPECT_TRUE(one.warning() || one.field() == "occurred_at" || of_the_case(one.field())) << word << ": " << one.ShortDebugString();
        }
    }
}

TEST(Script, EveryEventOfTheDestinationHasAWordOrIsNamedHere) {
    // One case goes elsewhere for good, the rest needs a second party on the screen.
    const std::set<std::string_view> without{"CASE_FORWARDED", "SESSION_OPENED", "SESSION_JOINED", "IDENTITY_CHECKED", "SESSION_CLOSED"};
    std::set<std::string_view> said;
    for (const auto word : step_words()) {
        said.insert(cases::name(step_named(word)->event));
    }
    const auto& fields = *v1::CaseEvent::descriptor()->FindOneofByName("body");
    for (int i = 0; i < fields.field_count(); ++i) {
        const auto body = static_cast<v1::CaseEvent::BodyCase>(fields.field(i)->number());
        if (cases::side_of(body) == cases::side::destination) {
            const auto name = cases::name(body);
            EXPECT_NE(said.contains(name), without.contains(name)) << name;
        }
    }
}

TEST(Script, EverythingThatMayBeSaid) {
    const auto how = good(R"(
speak: canonical
cases:
  - name: some
    items: ["1114*", X1]
    origins: ["370800"]
    numbers: ["T*"]
    share: 0.25
    steps:
      - claim
      - receive: {after: 1s..3s}
      - supplement: {with: {supplement_required: {missing: [{name: 合同}]}}}
      - accept: {after: 5m, with: {case_accepted: {tolerance: true, notice_no: "7"}}}
      - release
replies:
  SUPPLEMENT_REQUIRED: {do: supply, share: 50%, after: 10ms}
answers: {taken: {content_type: text/plain, body: OK}, later: {status: 503, content_type: text/plain, body: BUSY}}
misbehave: {slow: 10%, "500": 0.2, duplicate: 1, skew: 100%, slow_for: 2s..4s}
)");
    EXPECT_TRUE(how.canonical);
    EXPECT_TRUE(how.claims());
    ASSERT_EQ(how.cases.size(), 1U);
    const auto& rule = how.cases[0];
    EXPECT_EQ(rule.items, (std::vector<std::string>{"1114*", "X1"}));
    EXPECT_DOUBLE_EQ(rule.share, 0.25);
    ASSERT_EQ(rule.steps.size(), 5U);
    EXPECT_EQ(rule.steps[1].after, (pause{1s, 3s}));
    ASSERT_EQ(rule.steps[2].prototype.supplement_required().missing_size(), 1);
    EXPECT_EQ(rule.steps[2].prototype.supplement_required().missing(0).name(), "合同");
    EXPECT_TRUE(rule.steps[3].prototype.case_accepted().tolerance());
    EXPECT_EQ(rule.steps[3].prototype.case_accepted().notice_no(), "7");
    ASSERT_EQ(how.replies.size(), 1U);
    ASSERT_TRUE(how.answers.taken && how.answers.later);
    EXPECT_EQ(how.answers.taken->status, 200);
    EXPECT_EQ(how.answers.later->status, 503);
    EXPECT_EQ(how.answers.later->body, "BUSY");
    EXPECT_FALSE(how.answers.never);
    EXPECT_EQ(how.replies[0].heard, v1::CaseEvent::kSupplementRequired);
    EXPECT_EQ(how.replies[0].step.after.most, 10ms);
    EXPECT_DOUBLE_EQ(how.troubles.of(trouble::slow), 0.1);
    EXPECT_DOUBLE_EQ(how.troubles.of(trouble::error_500), 0.2);
    EXPECT_DOUBLE_EQ(how.troubles.of(trouble::duplicate), 1);
    EXPECT_EQ(how.troubles.slow_for, (pause{2s, 4s}));
}

struct wrong_script {
    const char* text;
    const char* told;
};
class WrongScript : public ::testing::TestWithParam<wrong_script> {};

TEST_P(WrongScript, IsToldWhereItStands) {
    EXPECT_THAT(mistakes_of(GetParam().text), HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Script, WrongScript,
    ::testing::Values(
        wrong_script{"", "s.yaml: is empty"}, wrong_script{"[]", "must be a mapping"},
        wrong_script{"cases:\n  - stpes: []\n", "s.yaml:2:5: cases[0].stpes: unknown key; did you mean steps?"},
        wrong_script{"speak: french\n", "s.yaml:1:8: speak: must be dialect or canonical"},
        wrong_script{"cases:\n  - steps: [recieve]\n", "2:13: cases[0].steps[0]: 'recieve' is no step; did you mean receive?"},
        wrong_script{"cases:\n  - steps: [receive, close]\n",
                     "2:22: cases[0].steps: close (CASE_CLOSED) is not possible in state DEST_RECEIVED"},
        wrong_script{"cases:\n  - steps: [receive, refuse, accept]\n", "not possible in state REFUSED"},
        wrong_script{"cases:\n  - steps: [supply]\n", "is not for the city that decides the case to say"},
        wrong_script{"cases:\n  - steps: [{receive: {after: soon}}]\n", "must be a time of at most 24h"},
        wrong_script{"cases:\n  - steps: [{receive: {after: 3s..1s}}]\n", "must be a time of at most 24h"},
        wrong_script{"cases:\n  - steps: [{receive: {after: 25h}}]\n", "must be a time of at most 24h"},
        wrong_script{"cases:\n  - {share: 120%, steps: [receive]}\n", "must be a share such as 10% or 0.1"},
        wrong_script{"cases:\n  - {items: [\"1*2\"], steps: [receive]}\n", "* may only stand at the end"},
        wrong_script{"cases:\n  - steps: [{receive: {}, accept: {}}]\n", "must be a word such as accept"},
        wrong_script{"cases:\n  - steps: [{receive: {with: {dest_received: {colour: red}}}}]\n", "is no event of the schema"},
        wrong_script{"cases:\n  - steps: [{receive: {with: {case_accepted: {}}}}]\n", "is no event of the schema"},
        wrong_script{"cases:\n  - steps: [receive, {refuse: {with: {dossier: {reason: \"\"}}}}]\n", "dossier.reason"},
        wrong_script{"replies: {CASE_CLOSD: {do: evaluate}}\n", "'CASE_CLOSD' is no event"},
        wrong_script{"replies: {CASE_CLOSED: {share: 10%}}\n", "replies.CASE_CLOSED.do: missing"},
        wrong_script{"replies: {CASE_CLOSED: {do: claim}}\n", "claims are steps"},
        wrong_script{"answers: {taken: {body: OK}}\n", "answers.taken.content_type: missing"},
        wrong_script{"answers: {taken: {status: 99, content_type: a/b, body: OK}}\n", "answers.taken.status: must be"},
        wrong_script{"answers: {perhaps: {}}\n", "answers.perhaps: unknown key"},
        wrong_script{"misbehave: {slow: often}\n", "1:19: misbehave.slow: must be a share"},
        wrong_script{"misbehave: {slwo: 10%}\n", "did you mean slow?"},
        wrong_script{"misbehave: {slow: 60%, lost: 60%}\n", "more than 100% together"}));

TEST(Script, AllMistakesAtOnce) {
    const auto told = mistakes_of("speak: x\ncases:\n  - {share: 2, steps: [dance]}\nmisbehave: {lost: x}\n");
    EXPECT_EQ(std::ranges::count(told, '\n'), 4) << told;
}

} // namespace
} // namespace tongban::emulator
