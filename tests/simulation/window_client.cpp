// Two windows of one region that want the same case: each claims it, works while its lease lasts, and claims again.
#include "gateway/ledger/record.hpp"
#include "tests/simulation/clients.hpp"
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/partners.hpp"

#include <boost/json/parse.hpp>

namespace tongban::simulation {

namespace asio = boost::asio;
namespace json = boost::json;
namespace story = ledger::story;
using history::answer_kind;
using history::answer_outcome;
using std::chrono::milliseconds;

namespace {

struct claim_answer {
    answer_outcome outcome = answer_outcome::unknown;
    std::uint64_t token = 0;
    std::string event_id;
};

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

claim_answer read_claim(const std::optional<reply>& got) {
    claim_answer claim;
    if (!got) {
        return claim;
    }
    if (got->is_unreachable || got->response.status == 503 || got->response.status == 404) {
        // 504 aside, which says that nobody knows; 404: the replica could not ask how far the ledger is.
        claim.outcome = answer_outcome::unavailable;
        return claim;
    }
    if (got->response.status != 200) {
        claim.outcome = got->response.status == 409 ? answer_outcome::conflict
                        : got->response.status >= 500 ? answer_outcome::unknown
                                                      : answer_outcome::refused;
        return claim;
    }
    const auto receipt = json::parse(got->response.body).as_object();
    claim.outcome = text_of(receipt, "outcome") == "RECEIPT_OUTCOME_ACCEPTED" ? answer_outcome::accepted
                                                                               : answer_outcome::duplicate;
    claim.event_id = ledger::from_hex(text_of(receipt, "event_id")).value_or("");
    const auto token = text_of(receipt, "fencing_token");
    claim.token = token.empty() ? 0 : std::stoull(token);
    return claim;
}

// Until there is a clear answer; the token, or 0.
asio::awaitable<std::uint64_t> claim_case(world* in, std::shared_ptr<case_progress> of, int window, int wish) {
    const auto& region = of->name.dest;
    request_to request;
    request.route = "POST /v1/cases/{id}/claim";
    request.parameters = {of->name.id()};
    request.certificate_uri = window_uri(region, window);
    request.key = window_partner(region, window) + "-wish-" + std::to_string(wish);
    request.body = R"({"operator_id":"0042","lease_seconds":)" + std::to_string(in->luck().between(2, 15)) + '}';
    for (;;) {
        auto one = in->begin_answer(answer_kind::claimed, window_partner(region, window));
        const auto claim = read_claim(co_await in->call(in->any_replica(), request, milliseconds(8000)));
        one.at_ms = history_now_ms();
        one.outcome = claim.outcome;
        one.case_id = of->name.id();
        one.event_id = claim.event_id;
        one.region = region;
        one.window = window_id(region, window);
        one.fencing_token = claim.token;
        if (in->planted() == mistake::conflict_as_claim && claim.outcome == answer_outcome::conflict &&
            of->newest_token != 0) {
            one.outcome = answer_outcome::accepted;
            one.fencing_token = of->newest_token;
        }
        in->tell(std::move(one));
        if (claim.token != 0) {
            of->newest_token = claim.token;
        }
        if (claim.outcome != answer_outcome::unknown && claim.outcome != answer_outcome::unavailable) {
            co_return claim.token;
        }
        co_await in->sleep(in->luck().ms(100, 2000));
    }
}

v1::LedgerRecord under_claim(const case_progress& of, v1::CaseEvent event, int window, std::uint64_t token) {
    event.set_fencing_token(token);
    return story::by_window(of.name, std::move(event), of.name.dest, window_partner(of.name.dest, window));
}

std::vector<v1::CaseEvent> work_to_do() {
    std::vector<v1::CaseEvent> all(4);
    all[0].mutable_dest_received();
    all[1].mutable_case_accepted();
    all[2].mutable_decided()->set_decision(v1::DECISION_APPROVED);
    all[3].mutable_case_closed()->set_outcome(v1::OUTCOME_COMPLETED);
    return all;
}

} // namespace

asio::awaitable<void> work_at_window(world* in, std::shared_ptr<case_progress> of, int window) {
    const auto by = window_partner(of->name.dest, window);
    for (int wish = 0; !of->is_closed && wish < 300; ++wish) {
        co_await in->sleep(in->luck().ms(0, 4000));
        const auto token = co_await claim_case(in, of, window, wish);
        for (auto& event : work_to_do()) {
            if (token == 0 || of->is_closed) {
                break;
            }
            co_await in->sleep(in->luck().ms(0, 5000)); // sometimes longer than the lease
            const auto said = co_await say(in, by, under_claim(*of, std::move(event), window, token), answer_kind::event);
            if (!said) {
                co_return;
            }
            of->is_closed = of->is_closed || cases::is_closed(said->state.status());
            const bool is_over = said->verdict == cases::verdict::stale_token ||
                                 said->verdict == cases::verdict::not_claimed ||
                                 said->verdict == cases::verdict::held_by_other;
            if (is_over) {
                break;
            }
        }
        if (token != 0 && in->luck().one_in(3)) {
            v1::CaseEvent release;
            release.mutable_released();
            (void)co_await say(in, by, under_claim(*of, std::move(release), window, token), answer_kind::event);
        }
    }
}

} // namespace tongban::simulation
