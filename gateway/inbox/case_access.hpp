// Who asks, and may they see the case: shared by every route of this folder.
#pragma once

#include "gateway/http/case_problem.hpp"
#include "gateway/http/message.hpp"
#include "gateway/inbox/inbox.hpp"

namespace google::protobuf {
class Message;
}

namespace tongban::inbox {

// A window or platform behind a certificate, or the problem to answer.
boost::system::result<std::shared_ptr<const security::partner>, http::problem>
caller(const http::request& request, const inbox_parts& parts);

// The case, when the partner acts for one of its regions; else the same 404 as for no case at all.
boost::asio::awaitable<boost::system::result<ledger::case_row, http::problem>>
visible_case(std::string case_id, std::shared_ptr<const security::partner> partner,
             std::chrono::steady_clock::time_point deadline, const inbox_parts& parts);

http::response refused(const http::problem& problem, const http::request& request,
                       const security::partner* partner = nullptr);

// proto3 JSON with the field names of the .proto files.
std::string to_json(const google::protobuf::Message& message);
http::response json(int status, std::string body, std::string outcome, const security::partner& partner);

} // namespace tongban::inbox
