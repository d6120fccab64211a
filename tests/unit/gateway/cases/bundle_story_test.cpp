// A parent and its children, carried on by owners that look at old states and stop between two appends, while the children's
// destinations go their own ways: once all is quiet, the parent knows every child as it is, and has the end that follows.
#include "gateway/cases/bundles.hpp"
#include "tests/unit/gateway/cases/story.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tongban::cases::story {
namespace {

// The same key is the same event, whoever says it.
v1::LedgerRecord keyed(v1::LedgerRecord record, const std::string& key) {
    const auto hash = std::hash<std::string>{}(key);
    std::string id(16, 'k');
    std::memcpy(id.data(), &hash, sizeof hash);
    record.set_event_id(id);
    return record;
}

class bundle_world {
public:
    bundle_world(std::mt19937_64& random, std::uint32_t count) : random_(random) {
        auto filing = record(event::kCaseSubmitted, platform_a());
        filing.mutable_event()->mutable_case_()->set_dest_region(region_a);
        for (std::uint32_t number = 1; number <= count; ++number) {
            auto& child = *filing.mutable_bundle_started()->add_children();
            child.set_number(number);
            child.set_required(below(2) == 0);
            if (number > 1 && below(3) == 0) {
                child.add_after(static_cast<std::uint32_t>(1 + below(number - 1)));
            }
        }
        EXPECT_EQ(parent.tell(filing), verdict::applied);
    }

    // Something happens: to a child, by an owner that looked a while ago, or the second half of what one began.
    void happen() {
        switch (below(6)) {
        case 0:
            if (below(40) == 0) {
                (void)parent.tell(event::kWithdrawRequested, platform_a());
            } else if (below(80) == 0) {
                auto voids = record(event::kCaseVoided, platform_a());
                voids.mutable_event()->mutable_case_()->set_dest_region(region_a);
                (void)parent.tell(voids);
            }
            return;
        case 1:
        case 2:
            return move_a_child();
        case 3:
            seen_.push_back(look());
            return;
        case 4:
            if (!seen_.empty()) {
                act(seen_[below(seen_.size())]);
            }
            return;
        default:
            if (!begun_.empty()) {
                const auto at = begun_.begin() + static_cast<std::ptrdiff_t>(below(begun_.size()));
                const auto half = std::move(*at);
                begun_.erase(at);
                if (below(5) != 0) { // else the owner crashed
                    half();
                }
            }
        }
    }

    // What an owner does that is left alone, until nothing is left to do.
    bool settle() {
        for (int round = 0; round < 1000; ++round) {
            bool worked = next_bundle_work(parent.state).step != bundle_step::none;
            if (worked) {
                act(parent.state);
            }
            for (auto& [number, child] : children) {
                if (next_bundle_work(child).step != bundle_step::none) {
                    worked = true;
                    act(child);
                }
            }
            while (!begun_.empty()) {
                const auto half = std::move(begun_.back());
                begun_.pop_back();
                half();
            }
            if (!worked) {
                return true;
            }
        }
        return false;
    }

    told parent;
    std::map<std::uint32_t, v1::CaseState> children;

private:
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    verdict tell_child(std::uint32_t number, const v1::LedgerRecord& said) {
        parent.now_ms += 1000;
        auto& child = children[number];
        const auto reached = evolve(child, said, at(parent.now_ms));
        if (child.event_count() == 0) {
            children.erase(number);
        }
        return reached;
    }

    void move_a_child() {
        if (children.empty()) {
            return;
        }
        const auto number = std::next(children.begin(), static_cast<std::ptrdiff_t>(below(children.size())))->first;
        const event::BodyCase bodies[] = {event::kDestReceived, event::kCaseAccepted, event::kReviewStarted, event::kDecided,
                                          event::kCaseClosed,   event::kReturned,     event::kWithdrawn,     event::kCaseSubmitted,
                                          event::kWithdrawDenied};
        const auto body = bodies[below(9)];
        auto said = body == event::kCaseSubmitted ? submission() : record(body, platform_b());
        if (body == event::kCaseClosed) {
            said.mutable_event()->mutable_case_closed()->set_outcome(below(3) == 0 ? v1::OUTCOME_DENIED : v1::OUTCOME_COMPLETED);
        }
        (void)tell_child(number, said);
    }

    v1::CaseState look() {
        if (children.empty() || below(2) == 0) {
            return parent.state;
        }
        return std::next(children.begin(), static_cast<std::ptrdiff_t>(below(children.size())))->second;
    }

    void act(const v1::CaseState& seen) {
        const auto next = next_bundle_work(seen);
        const auto number = next.child;
        switch (next.step) {
        case bundle_step::none:
            return;
        case bundle_step::file: {
            auto filing = submission();
            filing.mutable_event()->mutable_case_submitted()->mutable_parent()->set_child(number);
            (void)tell_child(number, keyed(filing, "file " + std::to_string(number)));
            return begin([this, progress = progress_of(children[number])] { inform_parent(progress); });
        }
        case bundle_step::withdraw: {
            if (!children[number].withdraw_requested()) {
                (void)tell_child(number, keyed(record(event::kWithdrawRequested, platform_a()), "withdraw"));
            }
            auto progress = progress_of(children[number]);
            progress.set_withdraw_asked(true);
            return begin([this, progress] { inform_parent(progress); });
        }
        case bundle_step::close: {
            auto closing = record(event::kBundleClosed, gateway());
            *closing.mutable_event()->mutable_bundle_closed() = bundle_result(seen);
            (void)parent.tell(keyed(closing, "close " + std::to_string(seen.event_count())));
            return;
        }
        case bundle_step::tell: {
            const auto progress = progress_of(seen);
            inform_parent(progress);
            return begin([this, progress] {
                auto informed = record(event::kParentInformed, gateway());
                informed.mutable_event()->mutable_parent_informed()->set_status(progress.status());
                informed.mutable_event()->mutable_parent_informed()->set_events(progress.events());
                (void)tell_child(progress.child(), keyed(informed, "informed " + std::to_string(progress.events())));
            });
        }
        }
    }

    void inform_parent(const v1::ChildProgressed& progress) {
        auto said = record(event::kChildProgressed, gateway());
        *said.mutable_event()->mutable_child_progressed() = progress;
        (void)parent.tell(keyed(said, "child " + std::to_string(progress.child()) + ' ' + std::to_string(progress.events()) +
                                          (progress.withdraw_asked() ? " asked" : "")));
    }

    void begin(std::function<void()> second_half) { begun_.push_back(std::move(second_half)); }

    std::mt19937_64& random_;
    std::vector<v1::CaseState> seen_;
    std::vector<std::function<void()>> begun_;
};

TEST(BundleStory, OnceAllIsQuietTheParentKnowsEveryChildAsItIs) {
    const char* given = std::getenv("TONGBAN_TEST_SEED");
    const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    SCOPED_TRACE("TONGBAN_TEST_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::size_t ended = 0;
    for (int round = 0; round < 400; ++round) {
        bundle_world world(random, static_cast<std::uint32_t>(1 + random() % 5));
        for (int step = 0; step < 250; ++step) {
            world.happen();
        }
        ASSERT_TRUE(world.settle());
        const auto& parent = world.parent.state;
        for (const auto& child : parent.bundle().children()) {
            const auto number = child.plan().number();
            const auto found = world.children.find(number);
            if (found == world.children.end()) {
                const bool dropped = child.status() == v1::CASE_STATUS_CANCELLED;
                ASSERT_TRUE(dropped || child.status() == v1::CASE_STATUS_UNSPECIFIED) << v1::CaseStatus_Name(child.status());
                continue;
            }
            ASSERT_EQ(v1::CaseStatus_Name(child.status()), v1::CaseStatus_Name(told_status(found->second.status())));
            if (parent.status() == v1::CASE_STATUS_CANCELLED) {
                ASSERT_TRUE(child.withdraw_asked() || stage_of(child) != child_stage::under_way) << "of a void parent";
            }
            if (parent.status() == v1::CASE_STATUS_JOINT_HANDLING) {
                ASSERT_EQ(v1::Outcome_Name(child.outcome()), v1::Outcome_Name(found->second.outcome()));
            }
        }
        ended += parent.status() != v1::CASE_STATUS_JOINT_HANDLING ? 1 : 0;
    }
    EXPECT_GT(ended, 20u) << "bundles must end too";
}

} // namespace
} // namespace tongban::cases::story
