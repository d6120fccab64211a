// A running gateway's view is walked in stretches, each row once; of a time or a pair of regions it counts what the ledger
// says, case by case, although the view goes on meanwhile.
#include "reconciliation_story.hpp"

#include <functional>

namespace tongban::ledger {
namespace {

TEST_F(Reconciliation, AWalkGoesOnFromItsCursorAndSeesEachRowOnce) {
    tell_story();
    project();
    const auto whole = now();
    EXPECT_TRUE(whole.next.empty());
    for (const std::size_t stretch : {1u, 2u, 3u, 7u}) {
        std::uint64_t seen = 0;
        std::string after;
        do {
            const auto part = standing(rows, {true, after, stretch, {}}).value();
            EXPECT_LE(part.rows_walked, stretch);
            seen += part.rows_walked;
            after = part.next;
        } while (!after.empty());
        EXPECT_EQ(seen, whole.rows_walked);
    }
    EXPECT_TRUE(standing(rows, {true, "zz", 10, {}}).has_error());
    EXPECT_TRUE(standing(rows, {true, "74", 10, {}}).has_error()) << "a row that is not walked";
}

TEST_F(Reconciliation, ARunningGatewayCountsTheSameCasesOfAPairAndOfATime) {
    tell_story();
    const auto later = clock.count() + 1;
    tell(story::collected({region_a, "620700", "C-1"}));
    tell(story::submitted({region_a, "620700", "C-1"}));
    tell(story::submitted({region_a, "620700", "C-2"}));
    project();
    reconciliation_filter pair;
    pair.origin = region_a;
    pair.dest = "620700";
    reconciliation_filter other = pair;
    other.dest = region_b;
    reconciliation_filter until;
    until.until_ms = later;
    reconciliation_filter from;
    from.from_ms = later + 1000; // the first event's time counts, which is the collection's
    reconciliation_filter both = other;
    both.from_ms = later;
    const std::vector<std::pair<reconciliation_filter, int>> asked{{pair, 2}, {other, 3}, {until, 3}, {from, 1}, {both, 0}};
    for (const auto& [filter, accepted] : asked) {
        const auto folded = report(filter);
        EXPECT_EQ(folded.accepted, accepted);
        for (const std::size_t stretch : {1u, 3u, 5000u}) {
            const auto running = now_of(rows, filter, stretch);
            expect_same(running, folded);
            EXPECT_EQ(running.gap(), 0u);
            EXPECT_FALSE(running.moving);
            EXPECT_TRUE(running.findings.empty());
        }
    }
    EXPECT_TRUE(standing(rows, {false, "zz", 10, pair}).has_error());
    EXPECT_TRUE(standing(rows, {false, "78", 10, pair}).has_error()) << "only cases are walked";
}

TEST_F(Reconciliation, AWalkOfAPairNamesWhatItsOwnCasesMiss) {
    tell_story();
    tell(story::submitted({region_a, "620700", "C-1"}));
    project();
    reconciliation_filter pair;
    pair.origin = region_a;
    pair.dest = region_b;
    reconciliation_filter elsewhere = pair;
    elsewhere.dest = "620700";
    const auto first = row_of(one);
    spoil(rows::settled_delivery(first.number, 2, region_a), std::nullopt);
    spoil(rows::dead_letter(region_b, row_of(two).number), std::nullopt);
    const auto lost = now_of(rows, pair);
    EXPECT_EQ(lost.gap(), 1u) << "due to the origin, and in no state";
    EXPECT_EQ(lost.findings.size(), 2u);
    EXPECT_TRUE(names(lost.findings, discrepancy::delivery_missing, one.id()));
    EXPECT_TRUE(names(lost.findings, discrepancy::queue_missing, two.id()));
    const auto offline = report(pair);
    EXPECT_EQ(offline.wrong, 2u);
    EXPECT_TRUE(names(offline.findings, discrepancy::delivery_missing, one.id()));
    EXPECT_TRUE(names(offline.findings, discrepancy::queue_missing, two.id()));

    spoil(rows::settled_delivery(row_of(three).number, 9, region_b), v1::EventDelivery().SerializeAsString());
    spoil(rows::number_of(three.id()), std::nullopt);
    auto unfiled = first.state;
    unfiled.set_revision(0);
    spoil(rows::state(first.number), unfiled.SerializeAsString());
    const auto more = now_of(rows, pair);
    EXPECT_TRUE(names(more.findings, discrepancy::delivery_differs, three.id()));
    EXPECT_TRUE(names(more.findings, discrepancy::case_missing, three.id()));
    EXPECT_TRUE(names(more.findings, discrepancy::case_unaccounted, one.id()));
    EXPECT_EQ(more.gap(), 2u) << "the filing that is neither closed nor open, too";
    EXPECT_TRUE(now_of(rows, elsewhere).findings.empty()) << "a defect of another pair is not this pair's";
}

TEST_F(Reconciliation, ACaseThatGoesOnWhileItIsReadIsReadAgain) {
    // Something happens to a case when its events are scanned, `times` times.
    class busy_rows final : public store::view_store {
    public:
        busy_rows(store::view_store& rows, case_number of, int times, std::function<void()> happens)
            : rows_(rows), events_(rows::events(of).view()), times_(times), happens_(std::move(happens)) {}
        boost::system::result<bool> get(std::string_view key, std::string& value) const override { return rows_.get(key, value); }
        boost::system::error_code scan(std::string_view from, std::string_view until,
                                       const std::function<bool(std::string_view, std::string_view)>& visit) const override {
            const auto error = rows_.scan(from, until, visit);
            if (from == events_ && times_-- > 0) {
                happens_();
            }
            return error;
        }
        std::unique_ptr<store::write_batch> new_batch() override { return rows_.new_batch(); }
        boost::system::error_code write(store::write_batch& batch) override { return rows_.write(batch); }
        boost::system::error_code erase_all() override { return {}; }
        boost::system::error_code flush() override { return {}; }
        std::uint64_t size_bytes() const override { return 0; }

    private:
        store::view_store& rows_;
        const std::string events_;
        mutable int times_;
        std::function<void()> happens_;
    };
    tell_story();
    project();
    reconciliation_filter whole;
    whole.until_ms = clock.count() + 1'000'000;
    const busy_rows settles(rows, row_of(one).number, 1, [&] {
        auto fact = story::delivery_fact(one, 5, region_a);
        fact.mutable_acknowledged();
        tell(fact);
        project();
    });
    const auto running = now_of(settles, whole);
    EXPECT_TRUE(running.findings.empty()) << "not settled and waiting at once";
    EXPECT_FALSE(running.moving);
    EXPECT_EQ(running.targets.at(region_a), (target_account{4, 4, 0, 0, 0}));
    const busy_rows never_rests(rows, row_of(two).number, 1000, [&] {
        auto state = row_of(two).state;
        state.set_updated_ms(state.updated_ms() + 1);
        spoil(rows::state(row_of(two).number), state.SerializeAsString());
    });
    EXPECT_TRUE(now_of(never_rests, whole).moving);
}

} // namespace
} // namespace tongban::ledger
