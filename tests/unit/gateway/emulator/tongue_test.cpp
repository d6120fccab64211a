// The example's dialects spoken from the city's side: what it answers is what the gateway's push judges, and what the
// gateway answers is understood.
#include "gateway/emulator/tongue.hpp"

#include "connectors/dialects/dialect_set.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>

namespace tongban::emulator {
namespace {

using dialects::push_verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::in_english;

std::shared_ptr<const dialects::dialect_set> example() {
    static const auto loaded =
        dialects::dialect_set::load(std::filesystem::path(TONGBAN_SOURCE_DIR) / "examples/five-cities/dialects").loaded;
    return loaded;
}

v1::CaseRef some_case() {
    v1::CaseRef ref;
    ref.set_case_id("TB370800271EH7H9E4MWWGBDSZ73NK4X1Z");
    ref.set_source_case_no("JN-1");
    ref.set_origin_region("370800");
    ref.set_dest_region("140400");
    return ref;
}

v1::CaseEvent event_of(const char* word) {
    auto event = step_named(word)->prototype;
    *event.mutable_case_() = some_case();
    set_time(event, std::chrono::system_clock::time_point(std::chrono::seconds(1'729'213'953)));
    return event;
}

class Dialect : public ::testing::TestWithParam<const char*> {
protected:
    std::shared_ptr<const dialects::dialect> dialect = example()->find(GetParam());
    tongue speech{dialect, dialect};

    push_verdict judged(spoken what) const {
        const auto said = speech.answer(what, nullptr, some_case(), "r-1");
        return dialect->judge(said.http_status, said.content_type, said.body)->verdict;
    }
};

TEST_P(Dialect, AnswersWhatThePushJudges) {
    EXPECT_THAT(speech.dumbness(), ::testing::IsEmpty());
    EXPECT_EQ(judged(spoken::taken), push_verdict::taken);
    EXPECT_EQ(judged(spoken::again), push_verdict::taken);
    EXPECT_EQ(judged(spoken::later), push_verdict::retry);
    EXPECT_EQ(judged(spoken::later_inside), push_verdict::retry);
    EXPECT_EQ(speech.answer(spoken::later_inside, nullptr, some_case(), "r-1").http_status, 200);
    const bool can_refuse = speech.shortcomings().empty();
    EXPECT_EQ(judged(spoken::never), can_refuse ? push_verdict::refused : push_verdict::retry);
}

TEST_P(Dialect, UnderstandsTheGateway) {
    const auto sent = speech.write(event_of("accept"), false);
    ASSERT_FALSE(sent.canonical);
    const auto told_of = [&](v1::ReceiptOutcome outcome, int status) {
        dialects::answer_input input;
        input.canonical_status = status;
        input.request_id = "r-2";
        auto& receipt = input.receipts.emplace_back();
        receipt.set_outcome(outcome);
        receipt.set_case_id(some_case().case_id());
        receipt.set_event("CASE_ACCEPTED");
        receipt.set_code("some_reason");
        const auto said = dialect->answer(input, nullptr);
        v1::Receipt unused;
        return speech.outcome_of(sent, said.http_status, said.content_type, said.body, unused);
    };
    EXPECT_THAT(told_of(v1::RECEIPT_OUTCOME_ACCEPTED, 202), ::testing::AnyOf(told::accepted, told::duplicate));
    EXPECT_THAT(told_of(v1::RECEIPT_OUTCOME_DUPLICATE, 200), ::testing::AnyOf(told::accepted, told::duplicate));
    EXPECT_THAT(told_of(v1::RECEIPT_OUTCOME_CONFLICT, 409), ::testing::AnyOf(told::conflict, told::refused));
    EXPECT_THAT(told_of(v1::RECEIPT_OUTCOME_REJECTED, 422), ::testing::AnyOf(told::conflict, told::refused));
    EXPECT_EQ(told_of(v1::RECEIPT_OUTCOME_UNAVAILABLE, 503), told::unavailable);
    EXPECT_EQ(told_of(v1::RECEIPT_OUTCOME_UNKNOWN, 503), told::unavailable);
    v1::Receipt unused;
    EXPECT_EQ(speech.outcome_of(sent, 200, "text/html", "<html>Welcome to nginx!</html>", unused), told::unknown);
    EXPECT_EQ(speech.outcome_of(sent, 502, "text/html", "<html>Bad gateway</html>", unused), told::unknown);
}

TEST_P(Dialect, ReadsWhatItWrites) {
    const auto sent = speech.write(event_of("accept"), false);
    const auto heard = speech.read(sent.content_type, sent.body);
    ASSERT_TRUE(heard) << heard.error().text();
    EXPECT_TRUE(heard->event.has_case_accepted());
    EXPECT_EQ(heard->event.case_().source_case_no(), "JN-1");
    EXPECT_FALSE(speech.read(sent.content_type, "\x1f\x8b nonsense"));
}

INSTANTIATE_TEST_SUITE_P(Example, Dialect, ::testing::Values("jining", "qingdao", "changzhi", "hexi", "xuzhou"),
                         [](const auto& one) { return std::string(one.param); });

TEST(Tongue, CanonicalJsonGoesByTheStatus) {
    const tongue speech(nullptr, nullptr);
    EXPECT_EQ(speech.answer(spoken::taken, nullptr, some_case(), "").http_status, 200);
    EXPECT_EQ(speech.answer(spoken::later_inside, nullptr, some_case(), "").http_status, 503);
    EXPECT_EQ(speech.answer(spoken::never, nullptr, some_case(), "").http_status, 422);
    const auto sent = speech.write(event_of("accept"), false);
    EXPECT_TRUE(sent.canonical);
    EXPECT_THAT(sent.target, HasSubstr("/events"));
    v1::Receipt receipt;
    EXPECT_EQ(speech.outcome_of(sent, 202, "application/json",
                                R"({"outcome": "RECEIPT_OUTCOME_ACCEPTED", "event_id": "ab", "new_member": 1})", receipt),
              told::accepted);
    EXPECT_EQ(receipt.event_id(), "ab");
    EXPECT_EQ(speech.outcome_of(sent, 200, "application/json", R"({"outcome": "RECEIPT_OUTCOME_DUPLICATE"})", receipt),
              told::duplicate);
    EXPECT_EQ(speech.outcome_of(sent, 200, "application/json", R"({"outcome": "RECEIPT_OUTCOME_ACCEPTED"})", receipt),
              told::accepted)
        << "a claim is answered 200";
    for (const auto& [status, means] : {std::pair{409, told::conflict}, {422, told::refused}, {404, told::refused},
                                        {429, told::unavailable}, {503, told::unavailable}, {500, told::unknown},
                                        {302, told::unknown}, {408, told::unknown}}) {
        v1::Receipt unused;
        EXPECT_EQ(speech.outcome_of(sent, status, "application/problem+json", "{}", unused), means) << status;
    }
    EXPECT_FALSE(speech.read("application/json", "[]"));
    EXPECT_FALSE(speech.read("application/json", "{}")) << "no event";
}

constexpr const char* crooked = R"(
dialect: crooked
version: "1.0"
wire: {content_type: application/json, format: json}
messages:
  status: {event: CASE_ACCEPTED, fields: {case.source_case_no: no}}
answer:
  content_type: application/json
  format: json
  code: {accepted: "0", else: "1"}
  body: '{"ret":"${code}"}'
push:
  answer:
    format: text
    taken: {is: {.: OK}}
    refused: {is: {.: NEVER}}
)";

TEST(Tongue, ADialectWhoseSidesAnswerDifferentlyNeedsAScript) {
    const auto dialect = dialects::load_dialect_text(crooked, "crooked.yaml").loaded;
    ASSERT_TRUE(dialect);
    const tongue without(dialect, dialect);
    EXPECT_THAT(in_english(without.dumbness()), Contains(HasSubstr("give the script answers.taken")));
    EXPECT_THAT(in_english(without.shortcomings()), Contains(HasSubstr("own messages are sent as canonical JSON")));
    EXPECT_TRUE(without.write(event_of("accept"), false).canonical);
    fixed_answers fixed;
    fixed.taken = {200, "text/plain", "OK"};
    fixed.later = {200, "text/plain", "BUSY"};
    fixed.never = {200, "text/plain", "NEVER"};
    const tongue with(dialect, dialect, fixed);
    EXPECT_THAT(with.dumbness(), ::testing::IsEmpty());
    EXPECT_EQ(with.answer(spoken::again, nullptr, some_case(), "").body, "OK");
    EXPECT_EQ(with.answer(spoken::never, nullptr, some_case(), "").body, "NEVER");
}

} // namespace
} // namespace tongban::emulator
