// A case by its id, as this replica knows it when it has read all that others answered; and what somebody sees of it.
#pragma once

#include "gateway/ledger/case_sight.hpp"
#include "gateway/ledger/ledger.hpp"

namespace tongban::ledger {

// nullopt: there is none. Waits, until the deadline at most, only when the id is not known here.
boost::asio::awaitable<boost::system::result<std::optional<case_row>>>
standing_case(ledger& of, std::string case_id, std::chrono::steady_clock::time_point deadline);

struct seen_case {
    case_row row;
    std::vector<stored_event> events; // all of them
    case_sight sight;
};

// nullopt also where somebody who acts for these regions sees nothing of it.
boost::asio::awaitable<boost::system::result<std::optional<seen_case>>>
see_case(ledger& of, std::string case_id, std::function<bool(std::string_view region)> acts_for,
         std::chrono::steady_clock::time_point deadline);

} // namespace tongban::ledger
