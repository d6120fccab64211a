// Which lines a clerk reads of a case.
#include "gateway/inbox/timeline.hpp"
#include "gateway/ledger/proposal.hpp"
#include "tests/unit/gateway/ledger/case_story.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <gmock/gmock.h>

namespace tongban::inbox {
namespace {

namespace story = ledger::story;

TEST(Timeline, HoldsWhatASideSaidInVainAndNoIdleProposalOfTheGateway) {
    const story::case_name name;
    log::memory_log log;
    store::memory_view_store rows;
    story::running_ledger of(log, rows);
    ASSERT_EQ(of.told(story::submitted(name)).value().verdict, cases::verdict::applied);
    const auto found = of->read().find(name.id()).value();
    v1::CaseEvent late;
    late.mutable_parent_informed()->set_status(v1::CASE_STATUS_QUEUED);
    EXPECT_EQ(of.told(ledger::propose(found->state, std::move(late), "informed", 1)).value().verdict, cases::verdict::illegal_transition);
    EXPECT_EQ(of.told(story::decided(name)).value().verdict, cases::verdict::illegal_transition);
    std::vector<std::string> lines;
    const auto events = of->read().events(found->number).value();
    const ledger::case_sight sight([](std::string_view) { return true; }, found->state, events);
    const auto entries = timeline_of(events, sight);
    for (const auto& line : entries) {
        lines.push_back(line.event() + (line.refused_code().empty() ? "" : " refused"));
    }
    EXPECT_THAT(lines, testing::ElementsAre("CASE_SUBMITTED", "ROUTED", "DECIDED refused"));
}

} // namespace
} // namespace tongban::inbox
