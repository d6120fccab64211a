// Who asks, and may they see the case: shared by every route of this folder.
#pragma once

#include "gateway/http/case_problem.hpp"
#include "gateway/http/message.hpp"
#include "gateway/inbox/inbox.hpp"
#include "gateway/ledger/seen_case.hpp"

namespace tongban::inbox {

using partner_or_problem = boost::system::result<std::shared_ptr<const security::partner>, http::problem>;

// Whom the certificate stands for, or the problem to answer; `caller` only a window or platform.
partner_or_problem registered(const http::request& request, const inbox_parts& parts);
partner_or_problem caller(const http::request& request, const inbox_parts& parts);

// The case, when the partner acts for one of its regions; else the same 404 as for no case at all.
boost::asio::awaitable<boost::system::result<ledger::case_row, http::problem>>
visible_case(std::string case_id, std::shared_ptr<const security::partner> partner,
             std::chrono::steady_clock::time_point deadline, const inbox_parts& parts);

// What a read of one case begins with: who asks, and the case of the request's path; or the answer that
// refuses it.
struct asked_case {
    std::shared_ptr<const security::partner> partner;
    ledger::case_row row;
};
boost::asio::awaitable<boost::system::result<asked_case, http::response>>
case_asked_for(http::request& request, const inbox_parts& parts);

// The same of a case in which the partner has, or had, a part: with its events, and what of them it sees.
struct seen_case {
    std::shared_ptr<const security::partner> partner;
    ledger::seen_case seen;
};
boost::asio::awaitable<boost::system::result<seen_case, http::response>> case_seen(http::request& request,
                                                                                   const inbox_parts& parts);

} // namespace tongban::inbox
