// Reads come from the view; what an operator says is appended like every other fact, and the ledger decides.
#include "gateway/delivery/dead_letters.hpp"

#include "gateway/cases/check_digits.hpp"
#include "gateway/delivery/report.hpp"
#include "gateway/delivery/retry_policy.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/http/delivery_text.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/json_object.hpp"
#include "gateway/http/query_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>

namespace tongban::delivery {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t page_default = 50;
constexpr std::size_t page_max = 500;
constexpr std::size_t operator_id_max = 50;

// An operator's word: who and why.
struct operator_word {
    std::string operator_id;
    std::string reason;
};

enum class act { replay, discard };

bool is_staff_number(std::string_view text) {
    const auto is_fit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    };
    return !text.empty() && text.size() <= operator_id_max && std::all_of(text.begin(), text.end(), is_fit) &&
           !cases::has_identity_shape(text);
}

bool is_reason(std::string_view text) {
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    const bool says_something = text.find_first_not_of(' ') != std::string_view::npos;
    return printable && says_something && text.size() <= cases::operator_reason_max;
}

boost::system::result<operator_word, http::problem> parse_word(const http::request& request) {
    const auto object = http::read_object(request.body, "应为 {\"operator_id\": \"工号\", \"reason\": \"原因\"}。",
                                          "Expected {\"operator_id\": \"staff number\", \"reason\": \"why\"}.");
    if (!object) {
        return object.error();
    }
    operator_word word;
    for (const auto& [key, member] : *object) {
        const auto text = member.is_string() ? std::string_view(member.get_string()) : std::string_view();
        if (key == "operator_id" && is_staff_number(text)) {
            word.operator_id = text;
        } else if (key == "reason" && is_reason(text)) {
            word.reason = text;
        } else if (key == "operator_id") {
            return http::invalid("operator_id 应为工号：1–50 个字母、数字、点、横线或下划线，不得用姓名或身份证号。",
                                 "operator_id must be a staff number: 1–50 letters, digits, dots, dashes or "
                                 "underscores; never a name or an identity number.");
        } else if (key == "reason") {
            return http::invalid("reason 应为 1–500 字节的文字，不含控制字符，不写个人信息。",
                                 "reason must be text of 1–500 bytes without control characters; no personal data.");
        } else {
            return http::invalid("只接受 operator_id 与 reason。", "Only operator_id and reason are taken.");
        }
    }
    if (word.operator_id.empty() || word.reason.empty()) {
        return http::invalid("operator_id（工号）与 reason（原因）均须给出。",
                             "operator_id (staff number) and reason must both be given.");
    }
    return word;
}

http::problem no_letter() {
    return {404, "delivery-not-found", "没有该送达", "There is no such delivery", "编号形如 TB…-3-140400。",
            "Ids look like TB…-3-140400.", 0, {}};
}

http::problem not_dead_lettered(const v1::EventDelivery& standing, act wanted) {
    http::problem problem{409, "not-dead-lettered", "该送达不是死信", "The delivery is not dead-lettered", "", "", 0, {}};
    if (standing.settled_ms() != 0) {
        problem.detail_zh = "它已于 " + http::utc_text(standing.settled_ms()) + " 办结，无需处理。";
        problem.detail_en = "It was settled at " + http::utc_text(standing.settled_ms()) + "; nothing is left to do.";
    } else if (wanted == act::discard) {
        problem.detail_zh = "它仍在投递；只有死信，或已无接收方的地区的首个待送达，才可放弃。";
        problem.detail_en = "It is still attempted; only a dead letter can be given up, or the first delivery of a "
                            "case to a region that has no receiver any more.";
    } else {
        problem.detail_zh = "它仍在投递，无需重新投递。";
        problem.detail_en = "It is still attempted and needs no replay.";
    }
    return problem;
}

http::response answer(int status, json::object body, std::string outcome) {
    http::response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = json::serialize(body) + "\n";
    response.outcome = std::move(outcome);
    return response;
}

// The event a delivery is about, by name.
v1::CaseEvent::BodyCase event_of(const dead_letter_parts& parts, const v1::EventDelivery& letter) {
    const auto row = parts.ledger.read().find(letter.id().case_id());
    if (!row || !*row) {
        return v1::CaseEvent::BODY_NOT_SET;
    }
    const auto stored = parts.ledger.read().event_at((*row)->number, letter.offset());
    return stored && *stored ? (*stored)->record.event().body_case() : v1::CaseEvent::BODY_NOT_SET;
}

v1::Sender sender_of(const http::request& request, const dead_letter_parts& parts) {
    auto sender = gateway_sender();
    const auto partner = request.certificate ? parts.partners.get()->identify(*request.certificate) : nullptr;
    if (partner) {
        sender.set_partner(partner->id);
        sender.set_role(v1::ROLE_OPERATOR);
        sender.set_certificate_serial(request.certificate->serial);
    }
    return sender;
}

// The last of what is added is the operator's word.
void add_facts(std::vector<v1::DeliveryFact>& facts, const v1::EventDelivery& standing, const operator_word& word,
               const v1::Sender& by, act what) {
    if (what == act::discard && standing.status() == v1::DELIVERY_STATUS_PENDING && standing.replays() > 0) {
        // What was replayed is only given up when it is dead again, and without a receiver nobody else will find it so.
        auto& letter = facts.emplace_back();
        *letter.mutable_delivery() = standing.id();
        set_dead_lettered(letter, "no_receiver", standing.attempts(), standing.replays());
    }
    auto& fact = facts.emplace_back();
    fact.set_party(by.partner());
    *fact.mutable_delivery() = standing.id();
    if (what == act::replay) {
        fact.mutable_replayed()->set_operator_id(word.operator_id);
        fact.mutable_replayed()->set_reason(word.reason);
    } else {
        fact.mutable_discarded()->set_operator_id(word.operator_id);
        fact.mutable_discarded()->set_reason(word.reason);
    }
}

std::optional<http::problem> wrong_region(const http::request& request, bool needed) {
    const auto region = request.query_value("region");
    if ((!region && needed) || (region && !http::is_region(*region))) {
        return http::bad_parameter("region", "六位行政区划代码", "a region code of six digits");
    }
    return std::nullopt;
}

http::problem bad_page(const boost::system::error_code& error) {
    return error == boost::system::errc::invalid_argument
               ? http::bad_parameter("after", "上一页返回的 next", "what the page before gave as next")
               : http::view_unavailable();
}

enum class which { dead, waiting };

asio::awaitable<http::response> list(http::request& request, const dead_letter_parts& parts, which of) {
    auto limit = page_default;
    auto problem = wrong_region(request, of == which::waiting);
    problem = problem ? problem : http::whole_number<std::size_t>(request, "limit", 1, page_max, limit);
    if (problem) {
        co_return http::refused(*problem, request);
    }
    const auto region = request.query_value("region").value_or("");
    const auto after = request.query_value("after").value_or("");
    const auto deliveries = parts.ledger.deliveries();
    const auto page = of == which::dead ? deliveries.dead_letters(region, after, limit)
                                        : deliveries.waiting(region, after, limit);
    if (!page) {
        co_return http::refused(bad_page(page.error()), request);
    }
    json::array letters;
    for (const auto& letter : page->deliveries) {
        const auto event = event_of(parts, letter);
        letters.push_back(http::delivery_line(letter, cases::name(event), cases::term(event)));
    }
    co_return answer(200, {{of == which::dead ? "deadletters" : "deliveries", std::move(letters)}, {"next", page->next}},
                     "read");
}

// The delivery that the path names, or why not.
boost::system::result<v1::EventDelivery, http::problem> named(const http::request& request,
                                                              const dead_letter_parts& parts) {
    const auto id = cases::delivery_id(request.parameters.front());
    if (!id) {
        return no_letter();
    }
    auto standing = parts.ledger.deliveries().find(*id);
    if (!standing) {
        return http::view_unavailable();
    }
    if (!*standing) {
        return no_letter();
    }
    return std::move(**standing);
}

json::object whole(const dead_letter_parts& parts, const v1::EventDelivery& letter) {
    const auto event = event_of(parts, letter);
    return http::delivery_whole(letter, cases::name(event), cases::term(event));
}

asio::awaitable<http::response> show(http::request& request, const dead_letter_parts& parts) {
    const auto letter = named(request, parts);
    if (!letter) {
        co_return http::refused(letter.error(), request);
    }
    co_return answer(200, whole(parts, *letter), "read");
}

bool may(act what, const v1::EventDelivery& standing, const dead_letter_parts& parts) {
    if (standing.status() == v1::DELIVERY_STATUS_DEAD_LETTERED) {
        return true;
    }
    return what == act::discard && standing.status() == v1::DELIVERY_STATUS_PENDING &&
           parts.partners.get()->receiver_of(standing.id().region()) == nullptr;
}

asio::awaitable<http::response> decide(http::request& request, const dead_letter_parts& parts, act what) {
    const auto word = parse_word(request);
    if (!word) {
        co_return http::refused(word.error(), request);
    }
    const auto letter = named(request, parts);
    if (!letter) {
        co_return http::refused(letter.error(), request);
    }
    if (!may(what, *letter, parts)) {
        co_return http::refused(not_dead_lettered(*letter, what), request);
    }
    const auto sender = sender_of(request, parts);
    std::vector<v1::DeliveryFact> facts;
    add_facts(facts, *letter, *word, sender, what);
    const auto outcomes = co_await report(parts.ledger, std::move(facts), sender, request.deadline);
    const auto& outcome = outcomes.back();
    if (!outcome) {
        co_return http::refused(http::problem_of(outcome.error()), request);
    }
    const auto after = named(request, parts);
    if (!after) {
        co_return http::refused(after.error(), request);
    }
    if (outcome->verdict != cases::delivery_verdict::applied) {
        co_return http::refused(not_dead_lettered(*after, what), request); // somebody else was quicker
    }
    const bool replayed = what == act::replay;
    auto response = answer(200,
                           {{"result", replayed ? "replayed" : "discarded"},
                            {"result_zh", replayed ? "已重新投递" : "已放弃"},
                            {"delivery", whole(parts, *after)}},
                           replayed ? "replayed" : "discarded");
    response.case_id = after->id().case_id();
    co_return response;
}

// What is asked for a whole region.
struct region_request {
    std::string region;
    std::size_t limit = page_max;
    operator_word word;
};
boost::system::result<region_request, http::problem> parse_region(const http::request& request) {
    region_request asked;
    auto problem = wrong_region(request, true);
    problem = problem ? problem : http::whole_number<std::size_t>(request, "limit", 1, page_max, asked.limit);
    if (problem) {
        return std::move(*problem);
    }
    auto word = parse_word(request);
    if (!word) {
        return word.error();
    }
    asked.region = *request.query_value("region");
    asked.word = std::move(*word);
    return asked;
}

struct batch_end {
    std::int64_t done = 0;
    std::int64_t left = 0; // somebody else had settled or replayed them meanwhile
};
asio::awaitable<boost::system::result<batch_end>> decide_batch(const std::vector<v1::EventDelivery>& batch, operator_word word,
                                                               act what, const http::request& request,
                                                               const dead_letter_parts& parts) {
    const auto sender = sender_of(request, parts);
    std::vector<v1::DeliveryFact> facts;
    std::vector<std::size_t> words; // which of the facts are the operator's
    for (const auto& each : batch) {
        add_facts(facts, each, word, sender, what);
        words.push_back(facts.size() - 1);
    }
    batch_end sum;
    const auto outcomes = co_await report(parts.ledger, std::move(facts), sender, request.deadline);
    for (const std::size_t i : words) {
        const auto& outcome = outcomes[i];
        if (!outcome) {
            co_return outcome.error();
        }
        ++(outcome->verdict == cases::delivery_verdict::applied ? sum.done : sum.left);
    }
    co_return sum;
}

// One batch: as many as `limit` from the cursor on, so that a caller who follows `next` takes each once.
asio::awaitable<http::response> replay_region(http::request& request, const dead_letter_parts& parts) {
    const auto asked = parse_region(request);
    if (!asked) {
        co_return http::refused(asked.error(), request);
    }
    const auto page =
        parts.ledger.deliveries().dead_letters(asked->region, request.query_value("after").value_or(""), asked->limit);
    if (!page) {
        co_return http::refused(bad_page(page.error()), request);
    }
    const auto end = co_await decide_batch(page->deliveries, asked->word, act::replay, request, parts);
    if (!end) {
        co_return http::refused(http::problem_of(end.error()), request);
    }
    co_return answer(200, {{"replayed", end->done}, {"left", end->left}, {"next", page->next}}, "replayed");
}

// Dead letters of the region, and of a region without a receiver what waits for it, up to `limit`.
boost::system::result<std::vector<v1::EventDelivery>> to_give_up(const dead_letter_parts& parts, std::string_view region,
                                                                 std::size_t limit) {
    auto letters = parts.ledger.deliveries().dead_letters(region, "", limit);
    if (!letters) {
        return letters.error();
    }
    auto all = std::move(letters->deliveries);
    if (all.size() < limit && parts.partners.get()->receiver_of(region) == nullptr) {
        auto waiting = parts.ledger.deliveries().waiting(region, "", limit - all.size());
        if (!waiting) {
            return waiting.error();
        }
        std::move(waiting->deliveries.begin(), waiting->deliveries.end(), std::back_inserter(all));
    }
    return all;
}

// One batch; what was behind a delivery of the batch is for the next.
asio::awaitable<http::response> discard_region(http::request& request, const dead_letter_parts& parts) {
    const auto asked = parse_region(request);
    if (!asked) {
        co_return http::refused(asked.error(), request);
    }
    const auto all = to_give_up(parts, asked->region, asked->limit);
    if (!all) {
        co_return http::refused(http::view_unavailable(), request);
    }
    const auto end = co_await decide_batch(*all, asked->word, act::discard, request, parts);
    if (!end) {
        co_return http::refused(http::problem_of(end.error()), request);
    }
    co_return answer(200, {{"discarded", end->done}, {"left", end->left}}, "discarded");
}

} // namespace

std::vector<http::route> dead_letter_routes(const dead_letter_parts& given) {
    using http::method;
    const auto parts = std::make_shared<const dead_letter_parts>(given);
    return {
        {method::get, "/deadletters", [parts](http::request& request) { return list(request, *parts, which::dead); },
         {"region", "after", "limit"}},
        {method::get, "/deliveries/waiting",
         [parts](http::request& request) { return list(request, *parts, which::waiting); },
         {"region", "after", "limit"}},
        {method::get, "/deadletters/{id}", [parts](http::request& request) { return show(request, *parts); }},
        {method::post, "/deadletters/replay",
         [parts](http::request& request) { return replay_region(request, *parts); },
         {"region", "after", "limit"}},
        {method::post, "/deadletters/discard",
         [parts](http::request& request) { return discard_region(request, *parts); }, {"region", "limit"}},
        {method::post, "/deadletters/{id}/replay",
         [parts](http::request& request) { return decide(request, *parts, act::replay); }},
        {method::post, "/deadletters/{id}/discard",
         [parts](http::request& request) { return decide(request, *parts, act::discard); }},
    };
}

} // namespace tongban::delivery
