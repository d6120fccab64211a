// Callers and the cases they may see.
#include "gateway/inbox/case_access.hpp"

#include "gateway/cases/case_id.hpp"
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

namespace {

// Of whomever it is.
asio::awaitable<boost::system::result<ledger::case_row, http::problem>>
standing_case(std::string case_id, std::chrono::steady_clock::time_point deadline, const inbox_parts& parts) {
    if (!cases::is_case_id(case_id)) {
        co_return http::case_not_found();
    }
    auto row = parts.ledger.read().find(case_id);
    if (row && !*row) {
        // Another replica may have answered the filing a moment ago.
        if (co_await parts.ledger.catch_up(deadline)) {
            co_return http::view_unavailable();
        }
        row = parts.ledger.read().find(case_id);
    }
    if (!row) {
        co_return http::view_unavailable();
    }
    if (!*row) {
        co_return http::case_not_found();
    }
    co_return std::move(**row);
}

} // namespace

asio::awaitable<boost::system::result<ledger::case_row, http::problem>>
visible_case(std::string case_id, std::shared_ptr<const security::partner> partner,
             std::chrono::steady_clock::time_point deadline, const inbox_parts& parts) {
    auto row = co_await standing_case(std::move(case_id), deadline, parts);
    if (row && !partner->acts_for(row->state.origin_region()) && !partner->acts_for(row->state.dest_region())) {
        co_return http::case_not_found();
    }
    co_return row;
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
    auto row = co_await standing_case(request.parameters[0], request.deadline, parts);
    if (!row) {
        co_return http::refused(row.error(), request, partner->get());
    }
    auto events = parts.ledger.read().events(row->number);
    if (!events) {
        co_return http::refused(http::view_unavailable(), request, partner->get());
    }
    const auto acts_for = [who = *partner](std::string_view region) { return who->acts_for(region); };
    ledger::case_sight sight(acts_for, row->state, *events);
    if (!sight.any()) {
        co_return http::refused(http::case_not_found(), request, partner->get());
    }
    co_return seen_case{std::move(*partner), std::move(*row), std::move(*events), std::move(sight)};
}

} // namespace tongban::inbox
