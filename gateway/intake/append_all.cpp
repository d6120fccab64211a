#include "gateway/intake/append_all.hpp"

#include "gateway/intake/completed_receipt.hpp"
#include "gateway/intake/repetition.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

bool is_due(const admission& one) {
    return one.ready && !one.appended;
}

asio::awaitable<void> append_one(ledger::ledger& ledger, admission& admission,
                                 std::chrono::steady_clock::time_point deadline) {
    admission.appended = true;
    auto projected = co_await ledger.append(*admission.record, deadline);
    if (projected) {
        complete(admission.receipt, *admission.record, *projected);
        if (projected->verdict == cases::verdict::duplicate) {
            tell_first(admission.receipt, *admission.record, ledger.read());
        }
    } else {
        complete(admission.receipt, projected.error());
    }
}

} // namespace

asio::awaitable<void> append_all(ledger::ledger& ledger, std::vector<admission>& admissions,
                                 std::chrono::steady_clock::time_point deadline) {
    std::size_t under_way = 0;
    for (const auto& admission : admissions) {
        under_way += is_due(admission) ? 1 : 0;
    }
    if (under_way == 0) {
        co_return;
    }
    if (admissions.size() == 1) {
        co_await append_one(ledger, admissions.front(), deadline);
        co_return;
    }
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer settled(executor, asio::steady_timer::time_point::max());
    for (auto& admission : admissions) {
        if (!is_due(admission)) {
            continue;
        }
        asio::co_spawn(executor, append_one(ledger, admission, deadline),
                       [&settled, &under_way, &admission](std::exception_ptr failed) {
                           if (failed) {
                               complete(admission.receipt, make_error_code(log::errc::outcome_unknown));
                           }
                           if (--under_way == 0) {
                               settled.cancel();
                           }
                       });
    }
    while (under_way > 0) {
        boost::system::error_code cancelled;
        co_await settled.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
}

} // namespace tongban::intake
