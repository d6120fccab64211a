#include "gateway/delivery/ack_request.hpp"

#include "connectors/dialects/text.hpp"
#include "gateway/http/json_object.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace tongban::delivery {

namespace json = boost::json;

namespace {

constexpr std::int64_t retry_after_max_s = 7 * 24 * 3600;

void wrong(acknowledgement& ack, std::string zh, std::string en) {
    if (ack.wrong_zh.empty()) {
        ack.wrong_zh = std::move(zh);
        ack.wrong_en = std::move(en);
    }
}

acknowledgement read_one(const json::value& value) {
    acknowledgement ack;
    const auto* object = value.if_object();
    if (object == nullptr) {
        wrong(ack, "应为对象", "must be an object");
        return ack;
    }
    for (const auto& [key, member] : *object) {
        if (key == "id" && member.is_string()) {
            ack.id_text = std::string(member.as_string());
        } else if (key == "taken" && member.is_bool()) {
            ack.taken = member.as_bool();
        } else if (key == "reason_code" && member.is_string() && dialects::is_code(member.get_string())) {
            ack.reason_code = std::string(member.as_string());
        } else if (key == "reason_code") {
            wrong(ack, "reason_code 应为代码：1–64 个字符，限 A-Z a-z 0-9 . _ : -，不得写文字说明或个人信息",
                  "reason_code must be a code: 1–64 of A-Z a-z 0-9 . _ : -; never a sentence or personal data");
        } else if (key == "retry_after_seconds" && member.is_int64() && member.as_int64() >= 0 &&
                   member.as_int64() <= retry_after_max_s) {
            ack.retry_after = std::chrono::seconds(member.as_int64());
        } else {
            wrong(ack, "成员无效：id、taken、reason_code、retry_after_seconds（0–604800）",
                  "a member is not valid; known: id, taken, reason_code, retry_after_seconds (0–604800)");
        }
    }
    if (const auto id = cases::delivery_id(ack.id_text)) {
        ack.id = *id;
    } else {
        wrong(ack, "id 不是送达编号", "id is no delivery's id");
    }
    if (!ack.taken && ack.reason_code.empty()) {
        wrong(ack, "拒收须给出 reason_code", "a refusal needs a reason_code");
    }
    return ack;
}

} // namespace

boost::system::result<std::vector<acknowledgement>, http::problem> parse_acks(std::string_view body, std::size_t most) {
    const std::string zh = "应为 {\"acks\": [{\"id\": …}]}";
    const std::string en = "Expected {\"acks\": [{\"id\": …}]}";
    const auto object = http::read_object(body, zh, en);
    if (!object) {
        return object.error();
    }
    const auto* list = object->size() == 1 ? object->if_contains("acks") : nullptr;
    if (list == nullptr || !list->is_array()) {
        return http::malformed(zh, en);
    }
    const auto& entries = list->as_array();
    if (entries.empty() || entries.size() > most) {
        const auto bound = std::to_string(most);
        return http::invalid("acks 应有 1–" + bound + " 项", "acks must hold 1–" + bound + " entries");
    }
    std::vector<acknowledgement> acks;
    for (const auto& entry : entries) {
        acks.push_back(read_one(entry));
    }
    return acks;
}

ack_answers::ack_answers(const std::vector<acknowledgement>& acks) {
    for (const auto& ack : acks) {
        auto& entry = answers_.emplace_back();
        // A text that is no id may be anything: it is not told back.
        entry.id = ack.id.ordinal() == 0 ? std::string() : ack.id_text;
        if (!ack.wrong_zh.empty()) {
            entry = {entry.id, 422, "invalid", ack.wrong_zh, ack.wrong_en};
        }
    }
}

void ack_answers::foreign(std::size_t i) {
    answers_[i] = {answers_[i].id, 403, "forbidden", "该送达不属于贵方行政区", "This delivery is not for a region of yours"};
}

void ack_answers::unknown(std::size_t i) {
    answers_[i] = {answers_[i].id, 404, "unknown", "没有该送达", "There is no such delivery"};
}

void ack_answers::settled(std::size_t i, v1::DeliveryStatus as) {
    const bool acknowledged = as == v1::DELIVERY_STATUS_ACKNOWLEDGED;
    answers_[i] = {answers_[i].id, acknowledged ? 200 : 409, acknowledged ? "acknowledged" : "discarded",
                   acknowledged ? "已送达" : "该送达已由网关运维放弃",
                   acknowledged ? "Delivered" : "An operator of the gateway gave this delivery up"};
}

void ack_answers::put_off(std::size_t i, bool spent) {
    answers_[i] = {answers_[i].id, 200, "put_off",
                   spent ? "已登记拒收；投递次数或时限已用完，将转入死信，由网关运维处理" : "已登记拒收，将按时再次送达",
                   spent ? "Refusal recorded; the attempts are used up: it becomes a dead letter for an operator of the gateway"
                         : "Refusal recorded; it will be delivered again"};
}

void ack_answers::told(std::size_t i, const fact_outcome& outcome) {
    auto& entry = answers_[i];
    if (!outcome) {
        const auto problem = http::problem_of(outcome.error());
        entry = {entry.id, problem.status, problem.type, problem.title_zh, problem.title_en};
        return;
    }
    switch (outcome->verdict) {
    case cases::delivery_verdict::not_first:
        entry = {entry.id, 409, "not_first", "该办件较早的事件尚未确认", "An earlier event of the case is not acknowledged yet"};
        break;
    case cases::delivery_verdict::stale:
        entry = {entry.id, 409, "stale", "该送达未领取或已重新领取", "The delivery was not handed out, or again since"};
        break;
    case cases::delivery_verdict::dead:
        entry = {entry.id, 409, "dead_lettered", "该送达已转入死信，等待网关运维处理",
                  "The delivery is dead-lettered and waits for an operator of the gateway"};
        break;
    default:
        entry = {entry.id, 409, std::string(cases::name(outcome->verdict)), "未生效", "Had no effect"};
        break;
    }
}

int ack_answers::status() const {
    const bool fine = std::all_of(answers_.begin(), answers_.end(), [](const answer& each) { return each.status == 200; });
    // Of a single acknowledgement the answer is that of the request.
    return fine ? 200 : answers_.size() == 1 ? answers_.front().status : 207;
}

std::string ack_answers::outcome() const {
    return status() == 200 ? "acknowledged" : answers_.size() == 1 ? answers_.front().result : "mixed";
}

std::string ack_answers::body() const {
    json::array results;
    for (const auto& each : answers_) {
        results.push_back({{"id", each.id},
                           {"status", each.status},
                           {"result", each.result},
                           {"message_zh", each.message_zh},
                           {"message", each.message_en}});
    }
    return json::serialize(json::object{{"results", std::move(results)}});
}

} // namespace tongban::delivery
