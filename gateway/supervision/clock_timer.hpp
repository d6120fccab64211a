// Says what follows from the passing of time: 视为受理, 补正超时, 特别程序超时, yellow and red warnings; and, when a calendar is
// published, that provisional due times are reckoned anew. For the partitions that this replica acts for; what is due is
// found by its row, never by a scan over cases.
#pragma once

#include "gateway/calendar/calendar_source.hpp"
#include "gateway/ledger/ledger.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace tongban::supervision {

struct clock_timer_settings {
    std::chrono::milliseconds tick{1000};      // how long after its time something is said at the latest
    std::size_t batch_max = 500;               // looked at in one tick, per partition
    std::size_t under_way_max = 64;            // proposals appended at once
    std::chrono::minutes revision_interval{60}; // between two looks at provisional cases when no calendar changed
};

class clock_timer {
public:
    // `owns` says whether this replica acts for a partition now; asked on the executor. `calendar` may be null: nothing is
    // revised then. All outlive the timer.
    clock_timer(ledger::ledger& ledger, std::shared_ptr<const calendars::calendar_source> calendar,
                std::function<bool(std::uint32_t partition)> owns, const boost::asio::any_io_executor& executor,
                const clock_timer_settings& settings = {});
    ~clock_timer(); // stops
    clock_timer(const clock_timer&) = delete;
    clock_timer& operator=(const clock_timer&) = delete;

    void start();
    // Proposes nothing more; appends under way end by themselves. From any thread.
    void stop();

private:
    struct state;
    std::shared_ptr<state> state_;
};

// The record that says what next_timer() asks for; precondition: it asks for something.
v1::LedgerRecord timer_proposal(const v1::CaseState& state);
// The record that revises the case's due times by `calendar`; nullopt when that makes nothing more certain.
std::optional<v1::LedgerRecord> revision_proposal(const v1::CaseState& state, const calendars::calendar& calendar,
                                                  std::int64_t now_ms);

} // namespace tongban::supervision
