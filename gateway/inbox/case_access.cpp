// Callers and the cases they may see.
#include "gateway/inbox/case_access.hpp"

#include "gateway/http/json_answer.hpp"

namespace tongban::inbox {

namespace asio = boost::asio;

partner_or_problem registered(const http::request& request, const inbox_parts& parts) {
    auto partner = request.certificate ? parts.partners.get()->identify(*request.certificate) : nullptr;
    if (!partner) {
        return http::unknown_partner();
    }
    return partner;
}

partner_or_problem caller(const http::request& request, const inbox_parts& parts) {
    auto partner = registered(request, parts);
    if (partner && (*partner)->role != v1::ROLE_WINDOW && (*partner)->role != v1::ROLE_PLATFORM) {
        return http::not_your_role("platform, window");
    }
    return partner;
}

asio::awaitable<boost::system::result<ledger::case_row, http::problem>>
visible_case(std::string case_id, std::shared_ptr<const security::partner> partner,
             std::chrono::steady_clock::time_point deadline, const inbox_parts& parts) {
    auto row = co_await ledger::standing_case(parts.ledger, std::move(case_id), deadline);
    if (!row) {
        co_return http::view_unavailable();
    }
    if (!*row || !(partner->acts_for((*row)->state.origin_region()) || partner->acts_for((*row)->state.dest_region()))) {
        co_return http::case_not_found();
    }
    co_return std::move(**row);
}

asio::awaitable<boost::system::result<asked_case, http::response>> case_asked_for(http::request& request,
                                                                                  const inbox_parts& parts) {
    auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    auto row = co_await visible_case(request.parameters[0], *partner, request.deadline, parts);
    if (!row) {
        co_return http::refused(row.error(), request, partner->get());
    }
    co_return asked_case{std::move(*partner), std::move(*row)};
}

asio::awaitable<boost::system::result<seen_case, http::response>> case_seen(http::request& request,
                                                                            const inbox_parts& parts) {
    auto partner = caller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    const auto acts_for = [who = *partner](std::string_view region) { return who->acts_for(region); };
    auto seen = co_await ledger::see_case(parts.ledger, request.parameters[0], acts_for, request.deadline);
    if (!seen || !*seen) {
        co_return http::refused(seen ? http::case_not_found() : http::view_unavailable(), request, partner->get());
    }
    co_return seen_case{std::move(*partner), std::move(**seen)};
}

} // namespace tongban::inbox
