// Codes stay codes: a program reads them; the words beside them are for people.
#include "gateway/http/delivery_text.hpp"

#include "connectors/push/push_failure.hpp"
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
// Codes of failures and of dead letters that are not the push client's own.
constexpr term codes[] = {{"refused", "对方拒收"},
                          {"not_taken", "对方暂不接收"},
                          {"answered_error", "对方应答错误状态"},
                          {"unreadable_answer", "对方应答无法识别"},
                          {"answer_too_large", "对方应答过大"},
                          {"attempts_spent", "投递次数已用尽"},
                          {"age_spent", "投递期限已过"},
                          {"no_receiver", "该行政区已无接收方"},
                          {"cannot_be_written", "无法以对方格式表达"}};
constexpr std::string_view transports[] = {"", "pull", "push", "kafka"};

template <std::size_t N>
std::string_view zh_of(const term (&terms)[N], std::string_view name) {
    for (const auto& each : terms) {
        if (each.name == name) {
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

void add_code(json::object& out, std::string_view code) {
    add(out, "code", code);
    const auto ours = zh_of(codes, code);
    add(out, "code_zh", ours.empty() ? push::text_zh(code) : ours);
}

json::object line_of(const v1::DeliveryAttempt& attempt) {
    json::object out;
    out["kind"] = attempt.kind();
    out["kind_zh"] = zh_of(kinds, attempt.kind());
    out["recorded_at"] = utc_text(attempt.recorded_ms());
    add(out, "begun_at", utc_text(attempt.begun_ms()));
    const auto transport = static_cast<std::size_t>(attempt.transport());
    add(out, "transport", transport < std::size(transports) ? transports[transport] : "");
    add(out, "party", attempt.party());
    add_code(out, attempt.code());
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
            add_code(out, attempt.code());
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
