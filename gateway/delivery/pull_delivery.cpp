// Pull: the region's platform asks, is handed a batch that is hidden from others for a time, and acknowledges. Handing
// out is a fact in the ledger like any other, so two pollers on two replicas never get the same delivery at once.
#include "gateway/delivery/ack_request.hpp"
#include "gateway/delivery/delivery.hpp"
#include "gateway/delivery/rendering.hpp"
#include "gateway/delivery/report.hpp"
#include "gateway/delivery/retry_policy.hpp"
#include "gateway/http/case_problem.hpp"
#include "gateway/http/json_answer.hpp"
#include "gateway/http/query_rules.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::delivery {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

struct pull_request {
    std::shared_ptr<const security::partner> partner;
    std::vector<std::string> regions;
    std::size_t limit = 50;
    std::chrono::seconds wait{0};
    std::chrono::seconds visibility{60};
    std::shared_ptr<const dialects::dialect> dialect; // null: canonical
};

// A delivery that may be handed out, and once it was, how.
struct handed_delivery {
    ledger::due_delivery due;
    std::string region;
    v1::CaseState state; // as it was read
    v1::CaseEvent::BodyCase event = v1::CaseEvent::BODY_NOT_SET;
    std::string message{}; // JSON text, as with_message() makes it
    bool is_spent = false; // its retry budget: it becomes a dead letter instead
    std::uint32_t attempt = 0;
    std::int64_t visible_at_ms = 0;

    v1::DeliveryId id() const {
        v1::DeliveryId named;
        named.set_case_id(state.case_id());
        named.set_ordinal(due.ordinal);
        named.set_region(region);
        return named;
    }
};

http::problem no_deliveries(const security::partner& partner) {
    const auto how = partner.delivery ? std::string(security::name(partner.delivery->transport)) : std::string("none");
    http::problem problem;
    problem.status = 403;
    problem.type = "not-pulled";
    problem.title_zh = "贵方的送达方式不是拉取";
    problem.title_en = "What is due to you is not delivered by pull";
    problem.detail_zh = "登记的送达方式：" + how + "；请由网关运维在 partners 中调整。";
    problem.detail_en = "Registered transport: " + how + "; the gateway's operator changes it in the partner file.";
    return problem;
}

boost::system::result<std::shared_ptr<const security::partner>, http::problem>
puller(const http::request& request, const delivery_parts& parts) {
    auto partner = request.certificate ? parts.partners.get()->identify(*request.certificate) : nullptr;
    if (!partner) {
        return http::unknown_partner();
    }
    if (partner->role != v1::ROLE_PLATFORM) {
        return http::not_your_role("platform");
    }
    if (!partner->delivery || partner->delivery->transport != security::delivery_transport::pull) {
        return no_deliveries(*partner);
    }
    return partner;
}

boost::system::result<pull_request, http::problem> parse(const http::request& request,
                                                         std::shared_ptr<const security::partner> partner,
                                                         const delivery_parts& parts) {
    pull_request wanted;
    const auto& settings = parts.settings;
    std::int64_t wait = 0;
    std::int64_t visibility = settings.visibility_default.count();
    wanted.limit = std::min(wanted.limit, settings.batch_max);
    for (auto problem :
         {http::whole_number<std::size_t>(request, "limit", 1, settings.batch_max, wanted.limit),
          http::whole_number<std::int64_t>(request, "wait", 0, settings.wait_max.count(), wait),
          http::whole_number<std::int64_t>(request, "visibility", 1, settings.visibility_max.count(), visibility)}) {
        if (problem) {
            return std::move(*problem);
        }
    }
    wanted.wait = std::chrono::seconds(wait);
    wanted.visibility = std::chrono::seconds(visibility);
    wanted.regions = partner->regions;
    if (const auto region = request.query_value("region")) {
        if (!partner->acts_for(*region)) {
            return http::not_your_region(partner->regions.front(), *region);
        }
        wanted.regions = {std::string(*region)};
    }
    const auto format = request.query_value("format").value_or("");
    if (format != "" && format != "canonical" && format != "dialect") {
        return http::bad_parameter("format", " canonical 或 dialect", "canonical or dialect");
    }
    if (format != "canonical" && !partner->delivery->dialect.empty()) {
        wanted.dialect = parts.dialects.get()->find(partner->delivery->dialect);
    }
    wanted.partner = std::move(partner);
    return wanted;
}

// What may be handed out now, from all partitions in turn; `next_ms`: when there may be more.
boost::system::result<std::vector<handed_delivery>> due_now(const pull_request& wanted, const delivery_parts& parts,
                                                            std::int64_t& next_ms) {
    const auto& view = parts.ledger.deliveries();
    const auto partitions = parts.ledger.partition_count();
    const auto now_ms = parts.ledger.now_ms();
    // Another partition is first each time, so that none starves behind a full batch.
    const auto first = static_cast<std::uint32_t>(now_ms % std::max<std::uint32_t>(partitions, 1));
    std::vector<handed_delivery> all;
    for (const auto& region : wanted.regions) {
        for (std::uint32_t i = 0; i < partitions && all.size() < wanted.limit; ++i) {
            std::int64_t next = 0;
            auto found = view.due(region, (first + i) % partitions, now_ms, wanted.limit - all.size(),
                                  [](const ledger::due_delivery&) { return false; }, next);
            if (!found) {
                return found.error();
            }
            if (next != 0 && (next_ms == 0 || next < next_ms)) {
                next_ms = next;
            }
            for (const auto& each : *found) {
                auto state = parts.ledger.read().case_of(each.number);
                if (!state) {
                    return state.error();
                }
                const auto* outbox = *state ? cases::outbox_of(**state, region) : nullptr;
                if (outbox != nullptr && outbox->pending(0).ordinal() == each.ordinal) { // else it moved on since
                    all.push_back({each, region, std::move(**state)});
                }
            }
        }
    }
    return all;
}

// The messages of what will be handed out, made before it is: what this answer has no room for must not be hidden from the
// next poll. One is always taken, however long. `left_out`: some were, for `pull_bytes_max`.
boost::system::error_code write_messages(std::vector<handed_delivery>& due, const pull_request& wanted,
                                         const delivery_parts& parts, bool& left_out) {
    std::size_t bytes = 0;
    const auto now_ms = parts.ledger.now_ms();
    for (auto each = due.begin(); each != due.end(); ++each) {
        const auto& outbox = *cases::outbox_of(each->state, each->region);
        each->is_spent = is_spent(parts.settings, outbox.budget_used(), cases::budget_since_ms(outbox), now_ms);
        if (each->is_spent) {
            continue;
        }
        auto stored = parts.ledger.read().event_at(each->due.number, each->due.offset);
        if (!stored || !*stored) {
            return store::make_error_code(store::errc::failed);
        }
        const auto event = whole_event(std::move((*stored)->record), each->state, parts.ledger);
        each->event = event.body_case();
        each->message = with_message({}, event, wanted.dialect.get());
        if (bytes > 0 && bytes + each->message.size() > parts.settings.pull_bytes_max) {
            due.erase(each, due.end());
            left_out = true;
            return {};
        }
        bytes += each->message.size();
    }
    return {};
}

v1::Sender sender_of(const security::partner& partner, const http::request& request) {
    v1::Sender sender;
    sender.set_partner(partner.id);
    sender.set_region(partner.regions.front());
    sender.set_role(partner.role);
    sender.set_certificate_serial(request.certificate->serial);
    return sender;
}

// Hands out what is due; what another poller got first, or what spent its budget, is left out. The error when nothing
// could be handed out because the ledger did not take it.
asio::awaitable<boost::system::result<std::vector<handed_delivery>>>
hand_out(std::vector<handed_delivery> due, const pull_request& wanted, const http::request& request,
         const delivery_parts& parts, std::chrono::steady_clock::time_point deadline) {
    std::vector<v1::DeliveryFact> facts;
    const auto now_ms = parts.ledger.now_ms();
    const auto hidden = std::chrono::milliseconds(wanted.visibility).count();
    for (const auto& each : due) {
        auto& fact = facts.emplace_back();
        *fact.mutable_delivery() = each.id();
        fact.set_transport(v1::DELIVERY_TRANSPORT_PULL);
        fact.set_party(wanted.partner->id);
        fact.set_begun_ms(now_ms);
        if (each.is_spent) {
            const auto& outbox = *cases::outbox_of(each.state, each.region);
            set_dead_lettered(fact, spent_code(parts.settings, outbox.budget_used()), outbox.attempts(), outbox.replays());
        } else {
            fact.mutable_handed_out()->set_visible_after_ms(static_cast<std::uint32_t>(hidden));
        }
    }
    std::vector<bool> is_handed;
    for (const auto& fact : facts) {
        is_handed.push_back(fact.has_handed_out());
    }
    const auto outcomes =
        co_await report(parts.ledger, std::move(facts), sender_of(*wanted.partner, request), deadline);
    std::vector<handed_delivery> handed;
    boost::system::error_code failed;
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (!outcomes[i]) {
            failed = outcomes[i].error();
        } else if (is_handed[i] && outcomes[i]->verdict == cases::delivery_verdict::applied) {
            auto& one = handed.emplace_back(std::move(due[i]));
            one.attempt = outcomes[i]->attempts;
            one.visible_at_ms = outcomes[i]->visible_at_ms;
        }
    }
    if (handed.empty() && failed) {
        co_return failed;
    }
    co_return handed;
}

// {"id":…,"event":…,"attempt":…,"content_type":…,"message":{…}}
std::string shown(const handed_delivery& handed) {
    json::object out;
    out["id"] = cases::to_text(handed.id());
    out["case_id"] = handed.state.case_id();
    out["region"] = handed.region;
    out["event"] = std::string(cases::name(handed.event));
    out["event_zh"] = std::string(cases::term(handed.event));
    out["attempt"] = handed.attempt;
    out["due_at"] = http::utc_text(cases::outbox_of(handed.state, handed.region)->pending(0).due_ms());
    out["visible_at"] = http::utc_text(handed.visible_at_ms);
    auto text = json::serialize(out);
    text.back() = ',';
    text.append(handed.message, 1);
    return text;
}

std::string show_all(const std::vector<handed_delivery>& handed) {
    std::string all;
    for (const auto& each : handed) {
        all += all.empty() ? "" : ",";
        all += shown(each);
    }
    return all;
}

// What a poll waits for: its region, or for several any.
std::string awaited(const pull_request& wanted) {
    return wanted.regions.size() == 1 ? wanted.regions.front() : std::string(ledger::any_region);
}

asio::awaitable<http::response> pull(http::request& request, const delivery_parts& parts, monitoring::counter cut) {
    auto partner = puller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    auto wanted = parse(request, *partner, parts);
    if (!wanted) {
        co_return http::refused(wanted.error(), request, partner->get());
    }
    const auto patience = std::chrono::steady_clock::now() + wanted->wait;
    // Who left while it waited is handed nothing: it would stay hidden from the next poll. Who asks and closes its sending
    // side at once is still served what is there.
    const auto has_left = [&] { return request.client_has_closed && request.client_has_closed(); };
    // Nor whoever a reload may have taken the right from: the next poll is judged anew.
    const auto may_differ = [&] { return request.rights_may_differ && request.rights_may_differ(); };
    for (bool again = false; !again || !(has_left() || may_differ()); again = true) {
        // Taken before the read, so that a change in between is not slept through.
        const auto seen = parts.ledger.deliveries_version(awaited(*wanted));
        std::int64_t next_ms = 0;
        auto due = due_now(*wanted, parts, next_ms);
        if (!due) {
            co_return http::refused(http::view_unavailable(), request, partner->get());
        }
        bool left_out = false;
        if (write_messages(*due, *wanted, parts, left_out)) {
            co_return http::refused(http::view_unavailable(), request, partner->get());
        }
        const auto deadline = std::max(request.deadline, std::chrono::steady_clock::now() + std::chrono::seconds(2));
        const bool any = !due->empty();
        auto handed = co_await hand_out(std::move(*due), *wanted, request, parts, deadline);
        if (!handed) {
            co_return http::refused(http::problem_of(handed.error()), request, partner->get());
        }
        const bool patient = std::chrono::steady_clock::now() < patience;
        if (!handed->empty() || !patient) {
            if (left_out) {
                cut.add();
            }
            co_return http::json_answer(200, "{\"deliveries\":[" + show_all(*handed) + "]}",
                                        handed->empty() ? "empty" : "handed_out", **partner);
        }
        if (!any) {
            auto until = patience;
            if (next_ms != 0) {
                const auto pause = std::chrono::milliseconds(std::max<std::int64_t>(next_ms - parts.ledger.now_ms(), 1));
                until = std::min(until, std::chrono::steady_clock::now() + pause);
            }
            if (const auto waited = co_await parts.ledger.deliveries_changed(awaited(*wanted), until, seen); !waited) {
                co_return http::refused(http::view_unavailable(), request, partner->get());
            }
        }
    }
    co_return http::json_answer(200, "{\"deliveries\":[]}", has_left() ? "client_left" : "reloaded", **partner);
}

// The fact that one acknowledgement states.
v1::DeliveryFact fact_of(const acknowledgement& ack, const security::partner& partner, std::uint32_t attempts) {
    v1::DeliveryFact fact;
    *fact.mutable_delivery() = ack.id;
    fact.set_transport(v1::DELIVERY_TRANSPORT_PULL);
    fact.set_party(partner.id);
    if (ack.taken) {
        fact.mutable_acknowledged();
        return fact;
    }
    auto& failed = *fact.mutable_failed();
    failed.set_attempt(attempts);
    failed.set_code("refused");
    failed.set_target_code(ack.reason_code);
    failed.set_retry_after_ms(static_cast<std::uint32_t>(std::chrono::milliseconds(ack.retry_after).count()));
    return fact;
}

asio::awaitable<http::response> acknowledge(http::request& request, const delivery_parts& parts) {
    auto partner = puller(request, parts);
    if (!partner) {
        co_return http::refused(partner.error(), request);
    }
    auto acks = parse_acks(request.body, parts.settings.acks_max);
    if (!acks) {
        co_return http::refused(acks.error(), request, partner->get());
    }
    ack_answers answers(*acks);
    std::vector<v1::DeliveryFact> facts;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < acks->size(); ++i) {
        const auto& ack = (*acks)[i];
        if (!ack.wrong_zh.empty()) {
            continue; // its answer says so already
        }
        if (!(*partner)->acts_for(ack.id.region())) {
            answers.foreign(i);
            continue;
        }
        const auto standing = parts.ledger.deliveries().find(ack.id);
        if (!standing) {
            co_return http::refused(http::view_unavailable(), request, partner->get());
        }
        if (!*standing) {
            answers.unknown(i);
        } else if ((*standing)->settled_ms() != 0) {
            answers.settled(i, (*standing)->status());
        } else {
            facts.push_back(fact_of(ack, **partner, (*standing)->attempts()));
            places.push_back(i);
        }
    }
    const auto outcomes =
        co_await report(parts.ledger, std::move(facts), sender_of(**partner, request), request.deadline);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& ack = (*acks)[places[i]];
        const bool was_applied = outcomes[i] && outcomes[i]->verdict == cases::delivery_verdict::applied;
        if (was_applied && ack.taken) {
            answers.settled(places[i], v1::DELIVERY_STATUS_ACKNOWLEDGED);
        } else if (was_applied) {
            const auto standing = parts.ledger.deliveries().find(ack.id);
            answers.put_off(places[i], standing && *standing && is_spent(parts.settings, **standing, parts.ledger.now_ms()));
        } else if (const auto standing = parts.ledger.deliveries().find(ack.id);
                   standing && *standing && (*standing)->settled_ms() != 0) {
            answers.settled(places[i], (*standing)->status()); // by one that was quicker: the same answer
        } else {
            answers.told(places[i], outcomes[i]);
        }
    }
    co_return http::json_answer(answers.status(), answers.body(), answers.outcome(), **partner);
}

} // namespace

std::vector<http::route> pull_routes(const delivery_parts& given, monitoring::registry& metrics) {
    const auto parts = std::make_shared<const delivery_parts>(given);
    const auto cut = metrics.make_counter("tongban_pull_answers_cut_total",
                                          "Answers to a pull that left out what was due for deliveries.pull_bytes_max");
    return {
        {.method = http::method::get,
         .pattern = "/v1/deliveries",
         .handler = [parts, cut](http::request& request) { return pull(request, *parts, cut); },
         .query_names = {"region", "limit", "wait", "visibility", "format"},
         .get_changes = true},
        {http::method::post, "/v1/deliveries/ack",
         [parts](http::request& request) { return acknowledge(request, *parts); }},
    };
}

} // namespace tongban::delivery
