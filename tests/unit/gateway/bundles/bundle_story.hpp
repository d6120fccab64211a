// Bundles of a ledger in memory, and replicas whose workers carry them on.
#pragma once

#include "gateway/bundles/bundle_worker.hpp"
#include "gateway/bundles/child_records.hpp"
#include "gateway/cases/bundles.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "tests/unit/gateway/ledger/running_ledger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace tongban::bundles {

namespace story = ledger::story;
using std::chrono::milliseconds;

inline constexpr const char* origin = "140400";
inline constexpr const char* destinations[] = {"370800", "370200", "320300", "120103"};

struct wanted_child {
    std::vector<std::uint32_t> after = {};
    bool required = true;
};

// What a parent is filed as: two fields and one file, of which each child gets its own.
inline v1::LedgerRecord filing(const std::string& number, const std::vector<wanted_child>& children) {
    v1::CaseEvent event;
    auto& ref = *event.mutable_case_();
    ref.set_case_id(cases::case_id(origin, number));
    ref.set_origin_region(origin);
    ref.set_dest_region(origin);
    ref.set_source_case_no(number);
    event.mutable_case_submitted()->set_bundle_code("CJR");
    event.mutable_case_submitted()->set_business_mode(v1::BUSINESS_MODE_FULL_ONLINE);
    event.mutable_dossier()->mutable_applicant()->set_name("张三");
    for (std::size_t i = 1; i <= children.size(); ++i) {
        auto& field = *event.mutable_dossier()->add_form();
        field.set_name("项" + std::to_string(i));
        field.set_value("值" + std::to_string(i));
    }
    auto& material = *event.mutable_dossier()->add_materials();
    material.set_code("M1");
    material.add_files()->set_sha256(std::string(64, 'a'));
    ledger::record_facts facts;
    facts.sender.set_partner("changzhi");
    facts.sender.set_region(origin);
    facts.sender.set_role(v1::ROLE_PLATFORM);
    facts.received_at = std::chrono::system_clock::now();
    v1::LedgerRecord record;
    ledger::make_record(std::move(event), facts, record);
    record.add_materials(std::string(32, '\xaa')); // its sender may refer to it
    auto& plan = *record.mutable_bundle_started();
    plan.set_bundle_code("CJR");
    plan.set_name("残疾人服务一件事");
    for (std::uint32_t i = 1; i <= children.size(); ++i) {
        auto& child = *plan.add_children();
        child.set_number(i);
        child.set_source_case_no(number + '-' + std::to_string(i));
        child.set_case_id(cases::case_id(origin, child.source_case_no()));
        child.set_dest_region(destinations[(i - 1) % 4]);
        child.mutable_item()->set_impl_code("ITEM" + std::to_string(i));
        child.set_required(children[i - 1].required);
        child.mutable_after()->Add(children[i - 1].after.begin(), children[i - 1].after.end());
        child.add_fields()->set_from("项" + std::to_string(i));
        child.add_materials()->set_from("M1");
        child.mutable_terms()->set_agreement("A" + std::to_string(i));
    }
    return record;
}

inline story::case_name child_name(const std::string& number, std::uint32_t child) {
    return {origin, destinations[(child - 1) % 4], number + '-' + std::to_string(child)};
}
inline std::string parent_id(const std::string& number) {
    return cases::case_id(origin, number);
}

inline v1::LedgerRecord withdrawal(const std::string& number) {
    v1::CaseEvent event;
    event.mutable_withdraw_requested();
    event.mutable_dossier()->set_reason("申请人放弃");
    return story::by_platform({origin, origin, number}, std::move(event), origin);
}
inline v1::LedgerRecord confirmed(const story::case_name& of) {
    v1::CaseEvent event;
    event.mutable_withdrawn();
    return story::by_platform(of, std::move(event), of.dest);
}

class BundleWorker : public ::testing::Test {
protected:
    // A replica whose worker acts for every partition: so does the other replica's.
    struct replica {
        replica(log::event_log& log, store::view_store& rows, decide_filing decide = {}, std::size_t decisions_max = 64)
            : of(log, rows), worker(*of, of.metrics, [](std::uint32_t) { return true; }, std::move(decide),
                                    thread.context.get_executor(),
                                    {.tick = milliseconds(5), .rest = std::chrono::seconds(1), .decisions_max = decisions_max}) {
            worker.start();
        }

        std::optional<v1::CaseState> state(const std::string& case_id) {
            EXPECT_FALSE(of.catch_up().get());
            auto found = of->read().find(case_id).value();
            return found ? std::optional(std::move(found->state)) : std::nullopt;
        }
        bool is(const std::string& case_id, v1::CaseStatus status) {
            const auto now = state(case_id);
            return now && now->status() == status;
        }
        // As the parent sees the child.
        bool sees(const std::string& number, std::uint32_t child, v1::CaseStatus status) {
            const auto now = state(parent_id(number));
            return now && cases::find_child(*now, child)->status() == status;
        }
        void tell(v1::LedgerRecord record) {
            const auto said = of.told(std::move(record));
            EXPECT_TRUE(said);
            EXPECT_EQ(said->verdict, cases::verdict::applied);
        }
        void succeed(const story::case_name& child) {
            for (auto& record : {story::received(child), story::accepted(child), story::decided(child), story::closed(child)}) {
                tell(record);
            }
        }
        bool idle() {
            EXPECT_FALSE(of.catch_up().get());
            for (std::uint32_t partition = 0; partition < of->partition_count(); ++partition) {
                if (!of->bundle_work(partition, 1).empty()) {
                    return false;
                }
            }
            return true;
        }

        story::running_ledger of;
        story::io_thread thread; // ends when all that the worker has under way has ended, and the ledger after it
        bundle_worker worker;
    };

    // How often the event took effect on the case.
    static std::ptrdiff_t count(replica& at, const std::string& case_id, std::string_view event) {
        const auto found = at.of->read().find(case_id).value();
        const auto timeline = ledger::view::lines_of(at.of->read().events(found->number).value());
        return std::count_if(timeline.begin(), timeline.end(), [&](const v1::TimelineEntry& entry) {
            return entry.event() == event && entry.refused_code().empty();
        });
    }

    // How far the log's clock is ahead of the machine's.
    std::atomic<std::int64_t> ahead_ms{0};
    log::memory_log log{{.clock = [this] {
        return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()) + milliseconds(ahead_ms);
    }}};
    store::memory_view_store rows_a;
    store::memory_view_store rows_b;
};

} // namespace tongban::bundles
