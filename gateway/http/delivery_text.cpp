// Codes stay codes: a program reads them; the words beside them are for people.
#include "gateway/http/delivery_text.hpp"

#include "gateway/cases/deliveries.hpp"
#include "gateway/http/json_answer.hpp"

#include <boost/json/array.hpp>

namespace tongban::http {

namespace {

namespace json = boost::json;

struct term {
    std::string_view name;
    std::string_view zh;
};
constexpr term kinds[] = {{"handed_out", "领取"},     {"failed", "未送达"},    {"acknowledged", "已送达"},
                          {"dead_lettered", "转入死信"}, {"replayed", "重新投递"}, {"discarded", "放弃投递"}};
constexpr term states[] = {{"", ""},
                           {"pending", "待送达"},
                           {"acknowledged", "已送达"},
                           {"dead_lettered", "死信"},
                           {"discarded", "已放弃"}};
constexpr std::string_view transports[] = {"", "pull", "push", "kafka"};

std::string_view zh_of(std::string_view kind) {
    for (const auto& each : kinds) {
        if (each.name == kind) {
            return each.zh;
        }
    }
    return "";
}

// Members that say nothing are left out.
void add(json::object& out, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        out[name] = text;
    }
}

json::object line_of(const v1::DeliveryAttempt& attempt) {
    json::object out;
    out["kind"] = attempt.kind();
    out["kind_zh"] = zh_of(attempt.kind());
    out["recorded_at"] = utc_text(attempt.recorded_ms());
    add(out, "begun_at", utc_text(attempt.begun_ms()));
    const auto transport = static_cast<std::size_t>(attempt.transport());
    add(out, "transport", transport < std::size(transports) ? transports[transport] : "");
    add(out, "party", attempt.party());
    add(out, "code", attempt.code());
    if (attempt.http_status() != 0) {
        out["http_status"] = attempt.http_status();
    }
    add(out, "target_code", attempt.target_code());
    add(out, "operator_id", attempt.operator_id());
    add(out, "reason", attempt.reason());
    return out;
}

} // namespace

json::object delivery_line(const v1::EventDelivery& delivery, std::string_view event, std::string_view event_zh) {
    json::object out;
    out["id"] = cases::to_text(delivery.id());
    out["case_id"] = delivery.id().case_id();
    out["region"] = delivery.id().region();
    out["event"] = event;
    out["event_zh"] = event_zh;
    const auto status = static_cast<std::size_t>(delivery.status());
    const auto& state = status < std::size(states) ? states[status] : states[0];
    out["status"] = state.name;
    out["status_zh"] = state.zh;
    out["due_at"] = utc_text(delivery.due_ms());
    out["attempts"] = delivery.attempts();
    for (const auto& attempt : delivery.history()) {
        if (attempt.kind() == "dead_lettered") {
            out["dead_since"] = utc_text(attempt.recorded_ms());
            out["code"] = attempt.code();
        } else if (attempt.kind() == "failed") {
            out["last_failure"] = line_of(attempt);
        }
    }
    return out;
}

json::object delivery_whole(const v1::EventDelivery& delivery, std::string_view event, std::string_view event_zh) {
    auto out = delivery_line(delivery, event, event_zh);
    out.erase("last_failure");
    add(out, "settled_at", utc_text(delivery.settled_ms()));
    add(out, "not_before", utc_text(delivery.visible_at_ms()));
    json::array history;
    for (const auto& attempt : delivery.history()) {
        history.push_back(line_of(attempt));
    }
    out["history"] = std::move(history);
    return out;
}

} // namespace tongban::http
