// A platform that pulls: two of its workers ask at once, take, refuse, or die with what they were given.
#include "tests/simulation/clients.hpp"
#include "tests/simulation/history_time.hpp"
#include "tests/simulation/partners.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <set>

namespace tongban::simulation {

namespace asio = boost::asio;
namespace json = boost::json;
using history::answer_kind;
using history::answer_outcome;
using std::chrono::milliseconds;

namespace {

// What the worker makes of what it was handed: yes or no by delivery.
using decisions = std::map<std::string, bool>;

// `content_with`: what it need not see again.
decisions decide(world* in, const std::string& by, const std::string& body, const std::set<std::string>& content_with) {
    decisions made;
    const auto answer = json::parse(body);
    for (const auto& each : answer.at("deliveries").as_array()) {
        const auto& delivery = each.as_object();
        auto one = in->begin_answer(answer_kind::delivered, by);
        one.sent_ms.reset();
        one.at_ms = history_now_ms();
        one.region = pulling_region;
        one.transport = "pull";
        one.delivery = std::string(delivery.at("id").as_string());
        one.case_id = std::string(delivery.at("case_id").as_string());
        if (content_with.contains(one.delivery)) {
            continue;
        }
        const auto mood = in->is_mended() ? 0 : in->luck().below(10);
        one.outcome = mood < 7   ? answer_outcome::taken
                      : mood < 9 ? answer_outcome::refused
                                 : answer_outcome::unsaid;
        if (mood < 9) {
            made[one.delivery] = mood < 7;
        }
        in->tell(std::move(one));
    }
    return made;
}

std::string acks_of(const decisions& made) {
    json::array acks;
    for (const auto& [id, taken] : made) {
        json::object ack{{"id", id}, {"taken", taken}};
        if (!taken) {
            ack["reason_code"] = "busy";
            ack["retry_after_seconds"] = 1;
        }
        acks.push_back(std::move(ack));
    }
    return json::serialize(json::object{{"acks", std::move(acks)}});
}

answer_outcome outcome_of(std::int64_t status) {
    return status == 200   ? answer_outcome::accepted
           : status == 409 ? answer_outcome::conflict
           : status == 503 ? answer_outcome::unavailable
           : status >= 500 ? answer_outcome::unknown
                           : answer_outcome::refused;
}

bool is_clear(answer_outcome outcome) {
    return outcome != answer_outcome::unknown && outcome != answer_outcome::unavailable;
}

// By delivery.
std::map<std::string, answer_outcome> read_acks(const std::optional<reply>& got) {
    std::map<std::string, answer_outcome> outcomes;
    if (got && !got->is_unreachable) {
        const auto body = json::parse(got->response.body);
        const auto* list = body.is_object() ? body.as_object().if_contains("results") : nullptr;
        for (const auto& each : list != nullptr ? list->as_array() : json::array()) {
            outcomes[std::string(each.at("id").as_string())] = outcome_of(each.at("status").to_number<std::int64_t>());
        }
    }
    return outcomes;
}

// False when it has to be said again.
bool tell_acks(world* in, const history::answer& begun, const decisions& made, const std::optional<reply>& got) {
    const auto outcomes = read_acks(got);
    bool all_clear = true;
    for (const auto& [id, taken] : made) {
        auto one = begun;
        one.at_ms = history_now_ms();
        one.delivery = id;
        one.is_positive = taken;
        const auto found = outcomes.find(id);
        one.outcome = found != outcomes.end() ? found->second
                      : got                   ? answer_outcome::unavailable
                                              : answer_outcome::unknown;
        all_clear = all_clear && is_clear(one.outcome);
        in->tell(std::move(one));
    }
    return all_clear;
}

// What nobody was handed: the event of the same case after the one that was. Its answer is a refusal, unless another
// worker's yes to the first came in between; then it was taken when that was said.
asio::awaitable<void> acknowledge_too_much(world* in, std::string by, std::string handed) {
    auto id = *cases::delivery_id(handed);
    id.set_ordinal(id.ordinal() + 1);
    const decisions made{{cases::to_text(id), true}};
    auto one = in->begin_answer(answer_kind::delivered, by);
    one.at_ms = *one.sent_ms;
    one.region = pulling_region;
    one.transport = "pull";
    one.delivery = made.begin()->first;
    for (one.outcome = answer_outcome::unknown; !is_clear(one.outcome);) {
        request_to request;
        request.route = "POST /v1/deliveries/ack";
        request.certificate_uri = platform_uri(pulling_region);
        request.body = acks_of(made);
        const auto got = co_await in->call(in->any_replica(), std::move(request), milliseconds(6000));
        const auto outcomes = read_acks(got);
        const auto found = outcomes.find(one.delivery);
        one.outcome = found == outcomes.end() ? answer_outcome::unknown : found->second;
        co_await in->sleep(in->luck().ms(0, 500));
    }
    if (one.outcome == answer_outcome::accepted) {
        one.outcome = answer_outcome::taken;
        in->tell(std::move(one));
    }
}

asio::awaitable<void> acknowledge(world* in, std::string by, decisions made, std::set<std::string>* content_with) {
    if (in->planted() == mistake::acknowledged_nowhere && in->luck().one_in(4)) {
        content_with->insert(made.begin()->first);
        auto one = in->begin_answer(answer_kind::acknowledged, by);
        one.at_ms = history_now_ms();
        one.delivery = made.begin()->first;
        one.is_positive = true;
        one.outcome = answer_outcome::accepted;
        in->tell(std::move(one));
        made.erase(made.begin());
    }
    for (int times = 0; times < 3 && !made.empty(); ++times) {
        request_to request;
        request.route = "POST /v1/deliveries/ack";
        request.certificate_uri = platform_uri(pulling_region);
        request.body = acks_of(made);
        const auto begun = in->begin_answer(answer_kind::acknowledged, by);
        const auto got = co_await in->call(in->any_replica(), std::move(request), milliseconds(6000));
        if (tell_acks(in, begun, made, got) && !in->luck().one_in(8)) {
            co_return;
        }
        co_await in->sleep(in->luck().ms(10, 1000));
    }
}

} // namespace

asio::awaitable<void> pull(world* in, int nth) {
    const auto by = std::string("puller-") + std::to_string(nth);
    std::set<std::string> content_with; // by a mistake
    while (!in->is_over()) {
        request_to request;
        request.route = "GET /v1/deliveries";
        request.certificate_uri = platform_uri(pulling_region);
        request.query = {{"limit", std::to_string(in->luck().between(1, 10))},
                         {"wait", std::to_string(in->luck().below(8))},
                         {"visibility", std::to_string(in->luck().between(2, 20))}};
        const auto got = co_await in->call(in->any_replica(), std::move(request), milliseconds(15'000));
        if (got && !got->is_unreachable && got->response.status == 200) {
            auto made = decide(in, by, got->response.body, content_with);
            co_await in->sleep(in->luck().ms(0, 200));
            if (!made.empty() && in->luck().one_in(10)) {
                co_await acknowledge_too_much(in, by, made.begin()->first);
            }
            if (!made.empty()) {
                co_await acknowledge(in, by, std::move(made), &content_with);
            }
        }
        // As a platform with nothing to do: it does not ask day and night.
        co_await in->sleep(in->luck().ms(50, in->is_mended() ? 3000 : 1500));
    }
}

} // namespace tongban::simulation
