// A file that is collected by one replica while another keeps it anew: whatever the order of their calls at the store, what
// was told to be kept is there.
#include "gateway/materials/collection.hpp"

#include "connectors/store/memory_view_store.hpp"
#include "gateway/ledger/rows.hpp"
#include "gateway/materials/keeping.hpp"
#include "gateway/materials/notes.hpp"
#include "memory_store.hpp"
#include "security/content_digest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <random>
#include <thread>

namespace tongban::materials {
namespace {

using namespace std::chrono_literals;
using objects::errc;
using objects::source_of_bytes;

const std::string bytes(5000, 'x');
const std::string name = security::hex_of(security::digest_of(security::digest_algorithm::sha256, bytes));
const std::string note = name_of_note(holder_note("370800", name));
constexpr auto age_max = std::chrono::seconds(7 * 24 * 3600);

// Lets several threads' calls through in a given order, one at a time. What is left when the order is spent, or is not a
// finished one's, goes as it comes.
class turns {
public:
    explicit turns(std::string order) : order_(std::move(order)) {}
    void wait(char who) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
            while (at_ < order_.size() && finished_.find(order_[at_]) != std::string::npos) {
                ++at_;
            }
            return !busy_ && (at_ >= order_.size() || order_[at_] == who);
        });
        busy_ = true;
    }
    void done() {
        const std::lock_guard lock(mutex_);
        busy_ = false;
        at_ += at_ < order_.size() ? 1 : 0;
        changed_.notify_all();
    }
    void finish(char who) {
        const std::lock_guard lock(mutex_);
        finished_ += who;
        changed_.notify_all();
    }

private:
    const std::string order_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string finished_;
    std::size_t at_ = 0;
    bool busy_ = false;
};

thread_local char who_am_i = ' ';

struct Collection : ::testing::Test {
    Collection() {
        store.now -= 30 * 24h;
        EXPECT_TRUE(keep_file(store, name, "370800", *source_of_bytes(bytes)));
        store.now = std::chrono::system_clock::now();
    }
    // A case references the file just before the store is asked that.
    void reference_before(std::string_view asked) {
        store.before = [this, asked](std::string_view call) {
            if (call == asked) {
                auto batch = rows.new_batch();
                batch->put(ledger::rows::file_of(*security::bytes_of_hex(name), {0, 1}), "");
                EXPECT_FALSE(rows.write(*batch));
            }
            return boost::system::error_code();
        };
    }
    boost::system::result<collection_figures> collect_old() {
        return collect(store, ledger::material_view(rows), age_max, true, {});
    }
    boost::system::result<void> keep() { return keep_file(store, name, "370800", *source_of_bytes(bytes)); }
    bool is_there() const { return store.stat(name)->has_value() && store.stat(note)->has_value(); }

    tongban::store::memory_view_store rows;
    testing::memory_store store;
};

TEST_F(Collection, WhatIsOldGoesAndWhatIsNotStays) {
    const std::string young = "young";
    const auto its_name = security::hex_of(security::digest_of(security::digest_algorithm::sha256, young));
    ASSERT_TRUE(keep_file(store, its_name, "370800", *source_of_bytes(young)));
    const auto done = collect_old();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->removed, 2U) << "the file and its note";
    EXPECT_FALSE(*store.stat(name));
    EXPECT_FALSE(*store.stat(note));
    EXPECT_TRUE(*store.stat(its_name));
}

// A page of a large store is hours old when its last file's turn comes.
TEST_F(Collection, WhatIsKeptAfterItWasListedStays) {
    bool listed = false;
    store.before = [&](std::string_view call) {
        if (!listed && call == "read") { // the first call behind the list
            listed = true;
            EXPECT_TRUE(keep());
        }
        return boost::system::error_code();
    };
    const auto done = collect_old();
    ASSERT_TRUE(done && listed);
    EXPECT_EQ(done->removed, 0U);
    EXPECT_TRUE(is_there());
}

TEST_F(Collection, WhatIsReferencedAfterItWasListedStays) {
    reference_before("read");
    ASSERT_TRUE(collect_old());
    EXPECT_TRUE(*store.stat(name));
}

TEST_F(Collection, AReferenceThatComesWhileItIsRemovedIsTold) {
    reference_before("remove");
    const auto done = collect_old();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->lost, note < name ? 0U : 1U) << "seen beforehand when the note's turn was first";
}

// A DELETE on its way: nobody is told 201 until it cannot come any more.
TEST_F(Collection, WhatIsKeptWhileItIsRemovedIsToBeSentAgain) {
    std::vector<boost::system::error_code> told;
    store.before = [&](std::string_view call) {
        if (call == "remove") {
            for (int twice = 0; twice < 2; ++twice) {
                const auto done = keep();
                told.push_back(done ? boost::system::error_code() : done.error());
            }
        }
        return boost::system::error_code();
    };
    ASSERT_TRUE(collect_old());
    ASSERT_FALSE(told.empty());
    EXPECT_TRUE(std::ranges::all_of(told, [](auto each) { return each == errc::leaving; }));
    store.before = [](std::string_view) { return boost::system::error_code(); };
    store.now += leaving_lasts - 1s;
    EXPECT_EQ(keep().error(), errc::leaving);
    store.now += 1s;
    ASSERT_TRUE(keep());
    ASSERT_TRUE(collect_old());
    EXPECT_TRUE(is_there());
}

TEST_F(Collection, NotesOfRemovalsGoTooWhenTheyAreOld) {
    ASSERT_TRUE(collect_old());
    EXPECT_EQ(store.list("", 10)->size(), 1U) << "the leaving note";
    store.now = std::chrono::system_clock::now() - age_max - 2 * leaving_lasts - 1s;
    const auto old = leaving_note(name);
    ASSERT_TRUE(store.put(name_of_note(old), *source_of_bytes(old)));
    const auto done = collect_old();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->removed, 0U) << "it was nobody's file";
    EXPECT_EQ(store.list("", 10)->size(), 0U);
}

struct Orders : Collection {
    // Gives what the one who keeps was told, and checks that it is true. 'c' and 'd' collect, 'k' keeps.
    boost::system::error_code in_order(const std::string& order, const std::string& actors) {
        turns order_of_calls(order);
        store.before = [&](std::string_view) {
            order_of_calls.wait(who_am_i);
            return boost::system::error_code();
        };
        store.after = [&] { order_of_calls.done(); };
        boost::system::error_code told;
        std::vector<std::thread> threads;
        for (const char who : actors) {
            threads.emplace_back([&, who] {
                who_am_i = who;
                if (who == 'k') {
                    const auto done = keep();
                    told = done ? boost::system::error_code() : done.error();
                } else {
                    EXPECT_TRUE(collect_old());
                }
                order_of_calls.finish(who);
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        store.before = [](std::string_view) { return boost::system::error_code(); };
        store.after = [] {};
        EXPECT_TRUE(told ? told == errc::leaving : is_there()) << order << ": " << told.message();
        return told;
    }
    void begin_anew() {
        for (const auto& one : *store.list("", 100)) {
            EXPECT_TRUE(store.remove(one.name));
        }
        store.now -= 30 * 24h;
        EXPECT_TRUE(keep());
        store.now = std::chrono::system_clock::now();
    }
};

TEST_F(Orders, InEveryOrderOfOneWhoCollectsAndOneWhoKeepsWhatWasKeptIsThere) {
    // list, note: read, put, stat, remove; file: put, stat, remove. put, put, stat, stat.
    std::string order = "cccccccckkkk";
    std::size_t kept = 0;
    std::size_t all = 0;
    do {
        kept += in_order(order, "ck") ? 0 : 1;
        ++all;
        begin_anew();
    } while (std::ranges::next_permutation(order).found);
    EXPECT_EQ(all, 495U);
    EXPECT_GT(kept, 0U);
    EXPECT_LT(kept, all);
}

TEST_F(Orders, AlsoWhenTwoCollect) {
    std::mt19937 random(7);
    std::string order = "ccccccccddddddddkkkk";
    for (int i = 0; i < 1500; ++i) {
        std::ranges::shuffle(order, random);
        in_order(order, "cdk");
        begin_anew();
    }
}

} // namespace
} // namespace tongban::materials
