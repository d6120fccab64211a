// Bundles carried on: by one replica, by two at once, by a new one after a crash at any point; every fact once, and views that
// are equal byte for byte.
#include "tests/unit/gateway/bundles/bundle_story.hpp"

namespace tongban::bundles {
namespace {

TEST_F(BundleWorker, FilesEachChildWithItsOwnPartAndTellsTheParent) {
    replica a(log, rows_a);
    a.tell(filing("N1", {{}, {{1}}, {}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("N1", 1, v1::CASE_STATUS_QUEUED) && a.sees("N1", 3, v1::CASE_STATUS_QUEUED); }));
    EXPECT_FALSE(a.state(child_name("N1", 2).id())) << "waits for the first";
    const auto row = a.of->read().find(child_name("N1", 3).id()).value();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->state.parent().case_id(), parent_id("N1"));
    EXPECT_EQ(row->state.terms().agreement(), "A3");
    EXPECT_EQ(row->state.origin_region(), origin);
    const auto events = a.of->read().events(row->number).value();
    EXPECT_EQ(events[0].record.sender().partner(), "changzhi") << "who filed the whole";
    ASSERT_EQ(events[0].record.materials_size(), 1) << "the file is the child's to read";
    const auto said = ledger::open_event(events[0].record);
    ASSERT_EQ(said.dossier().form_size(), 1);
    EXPECT_EQ(said.dossier().form(0).value(), "值3");
    a.succeed(child_name("N1", 1));
    ASSERT_TRUE(story::eventually([&] { return a.is(child_name("N1", 2).id(), v1::CASE_STATUS_QUEUED); }));
    a.succeed(child_name("N1", 2));
    a.succeed(child_name("N1", 3));
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("N1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_TRUE(story::eventually([&] { return a.idle(); }));
    EXPECT_TRUE(a.of.metric_is("tongban_bundle_steps_total{outcome=\"done\",step=\"file\"} 3"));
}

TEST(ChildFilingRecord, TheVisitsOfTheWholeAreThoseOfTheFirstChildThatIsFiled) {
    auto whole = filing("V1", {{{2}}, {}, {}});
    const auto visits = [&](int child) {
        const auto record = child_filing_record(whole, whole.bundle_started().children(child));
        const auto& filed = record.event().case_submitted();
        return filed.has_onsite_visits() ? filed.onsite_visits() : -1;
    };
    EXPECT_EQ(visits(1), -1) << "nobody said";
    whole.mutable_event()->mutable_case_submitted()->set_onsite_visits(2);
    EXPECT_EQ(visits(1), 2);
    EXPECT_EQ(visits(0), 0) << "comes after it";
    EXPECT_EQ(visits(2), 0);
}

// Keeps what it is asked about, and answers when it is let go on.
struct slow_decider {
    static boost::asio::awaitable<void> decide(std::shared_ptr<slow_decider> self, v1::LedgerRecord filing) {
        const auto executor = co_await boost::asio::this_coro::executor;
        const auto answer = std::make_shared<boost::asio::steady_timer>(executor, story::long_enough);
        {
            const std::lock_guard lock(self->mutex);
            self->asked.push_back(filing.event().case_().case_id());
            self->answers.push_back(answer);
        }
        (void)co_await answer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    // The timers end with their calls: none outlives its executor.
    void answer_all() {
        const std::lock_guard lock(mutex);
        for (const auto& each : std::exchange(answers, {})) {
            boost::asio::post(each->get_executor(), [each] { each->cancel(); });
        }
    }

    std::mutex mutex;
    std::vector<std::string> asked;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> answers;
};

TEST_F(BundleWorker, PutsEachFiledChildToWhoMayDecideItAndWaitsForNobody) {
    const auto decider = std::make_shared<slow_decider>();
    replica a(log, rows_a, [decider](v1::LedgerRecord filing) { return slow_decider::decide(decider, std::move(filing)); }, 2);
    const auto steps = [&a](const std::string& outcome, int count) {
        return a.of.metric_is("tongban_bundle_steps_total{outcome=\"" + outcome + "\",step=\"decide\"} " + std::to_string(count));
    };
    a.tell(filing("D1", {{}, {}, {}, {{1}}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("D1", 3, v1::CASE_STATUS_QUEUED); })) << "nobody has answered yet";
    EXPECT_TRUE(steps("busy", 1)) << "two are decided at once at most";
    a.succeed(child_name("D1", 1));
    ASSERT_TRUE(story::eventually([&] { return a.sees("D1", 4, v1::CASE_STATUS_QUEUED); }));
    decider->answer_all();
    EXPECT_TRUE(story::eventually([&] { return steps("done", 2); }));
    EXPECT_THAT(decider->asked, testing::ElementsAre(child_name("D1", 1).id(), child_name("D1", 2).id()));
}

TEST_F(BundleWorker, TwoReplicasAtOnceDoEverythingOnce) {
    replica a(log, rows_a);
    replica b(log, rows_b);
    constexpr int bundles = 10;
    for (int i = 0; i < bundles; ++i) {
        (i % 2 == 0 ? a : b).tell(filing("T" + std::to_string(i), {{}, {}, {{1}, false}}));
    }
    for (int i = 0; i < bundles; ++i) {
        const auto number = "T" + std::to_string(i);
        for (const std::uint32_t child : {1U, 2U, 3U}) {
            ASSERT_TRUE(story::eventually([&] { return b.is(child_name(number, child).id(), v1::CASE_STATUS_QUEUED); }));
            if (child == 3 && i % 3 == 0) {
                b.tell(story::returned(child_name(number, child)));
                ASSERT_TRUE(story::eventually([&] { return a.sees(number, child, v1::CASE_STATUS_RETURNED); }));
                b.tell(story::submitted(child_name(number, child)));
                ASSERT_TRUE(story::eventually([&] { return a.sees(number, child, v1::CASE_STATUS_QUEUED); }));
            }
            b.succeed(child_name(number, child));
        }
    }
    for (int i = 0; i < bundles; ++i) {
        const auto number = "T" + std::to_string(i);
        ASSERT_TRUE(story::eventually([&] { return a.is(parent_id(number), v1::CASE_STATUS_CLOSED); })) << number;
        EXPECT_EQ(count(a, parent_id(number), "BUNDLE_CLOSED"), 1);
        EXPECT_EQ(count(a, child_name(number, 1).id(), "CASE_SUBMITTED"), 1);
        EXPECT_EQ(a.state(parent_id(number))->outcome(), v1::OUTCOME_COMPLETED);
    }
    ASSERT_TRUE(story::eventually([&] { return a.idle() && b.idle(); }));
    ASSERT_FALSE(a.of.catch_up().get());
    ASSERT_FALSE(b.of.catch_up().get());
    EXPECT_EQ(rows_a.rows(), rows_b.rows()) << "two replicas, one history, equal bytes";
}

TEST_F(BundleWorker, AnotherReplicaGoesOnWhereOneStopped) {
    { // files the parent and is gone before any worker looks at it
        story::running_ledger first(log, rows_a);
        ASSERT_EQ(first.told(filing("C1", {{}, {}})).value().verdict, cases::verdict::applied);
    }
    {
        replica b(log, rows_b);
        ASSERT_TRUE(story::eventually([&] { return b.sees("C1", 2, v1::CASE_STATUS_QUEUED); }));
    }
    { // the child is filed, and its parent not told
        story::running_ledger first(log, rows_a);
        for (auto& record : {story::received(child_name("C1", 1)), story::accepted(child_name("C1", 1))}) {
            ASSERT_EQ(first.told(record).value().verdict, cases::verdict::applied);
        }
    }
    replica b(log, rows_b);
    EXPECT_TRUE(story::eventually([&] { return b.sees("C1", 1, v1::CASE_STATUS_ACCEPTED); }));
    EXPECT_TRUE(story::eventually([&] { return b.idle(); }));
    store::memory_view_store anew;
    story::running_ledger rebuilt(log, anew);
    ASSERT_FALSE(rebuilt.catch_up().get());
    EXPECT_EQ(anew.rows(), rows_b.rows()) << "rebuilt from the ledger";
}

TEST_F(BundleWorker, AWithdrawalReachesWhatIsUnderWayAndNothingElseIsFiled) {
    replica a(log, rows_a);
    a.tell(filing("W1", {{}, {}, {{2}}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("W1", 2, v1::CASE_STATUS_QUEUED); }));
    for (auto& record : {story::received(child_name("W1", 1)), story::accepted(child_name("W1", 1)), story::decided(child_name("W1", 1))}) {
        a.tell(record);
    }
    a.tell(withdrawal("W1"));
    ASSERT_TRUE(story::eventually([&] { return a.state(child_name("W1", 2).id())->withdraw_requested(); }));
    EXPECT_FALSE(a.state(child_name("W1", 1).id())->withdraw_requested()) << "decided before";
    EXPECT_TRUE(a.sees("W1", 3, v1::CASE_STATUS_CANCELLED));
    a.tell(confirmed(child_name("W1", 2)));
    a.tell(story::closed(child_name("W1", 1)));
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("W1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_EQ(a.state(parent_id("W1"))->outcome(), v1::OUTCOME_PARTIALLY_COMPLETED);
    EXPECT_FALSE(a.state(child_name("W1", 3).id()));
}

TEST_F(BundleWorker, AChildWhoseNumberIsTakenFailsTheBundleInTheOpen) {
    replica a(log, rows_a);
    auto taken = story::submitted(child_name("X1", 1));
    a.tell(taken);
    a.tell(filing("X1", {{}, {}}));
    ASSERT_TRUE(story::eventually([&] { return a.sees("X1", 1, v1::CASE_STATUS_CANCELLED); }));
    EXPECT_FALSE(a.state(child_name("X1", 1).id())->has_parent());
    ASSERT_TRUE(story::eventually([&] { return a.is(parent_id("X1"), v1::CASE_STATUS_CLOSED); }));
    EXPECT_EQ(a.state(parent_id("X1"))->outcome(), v1::OUTCOME_RETURNED);
}

} // namespace
} // namespace tongban::bundles
