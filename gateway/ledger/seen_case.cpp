#include "gateway/ledger/seen_case.hpp"

#include "gateway/cases/case_id.hpp"

namespace tongban::ledger {

namespace asio = boost::asio;

asio::awaitable<boost::system::result<std::optional<case_row>>>
standing_case(ledger& of, std::string case_id, std::chrono::steady_clock::time_point deadline) {
    if (!cases::is_case_id(case_id)) {
        co_return std::optional<case_row>();
    }
    auto row = of.read().find(case_id);
    if (row && !*row) {
        // Another replica may have answered the filing a moment ago.
        if (const auto late = co_await of.catch_up(deadline)) {
            co_return late;
        }
        row = of.read().find(case_id);
    }
    co_return row;
}

asio::awaitable<boost::system::result<std::optional<seen_case>>>
see_case(ledger& of, std::string case_id, std::function<bool(std::string_view region)> acts_for,
         std::chrono::steady_clock::time_point deadline) {
    auto row = co_await standing_case(of, std::move(case_id), deadline);
    if (!row) {
        co_return row.error();
    }
    if (!*row) {
        co_return std::optional<seen_case>();
    }
    auto events = of.read().events((*row)->number);
    if (!events) {
        co_return events.error();
    }
    case_sight sight(acts_for, (*row)->state, *events);
    if (!sight.any()) {
        co_return std::optional<seen_case>();
    }
    co_return seen_case{std::move(**row), std::move(*events), std::move(sight)};
}

} // namespace tongban::ledger
