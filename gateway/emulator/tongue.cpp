// A dialect's answer template says how both sides of a vendor's protocol answer, its push section how such an answer is
// read. Here both are used the other way round as well, and each is tried against the other before it is trusted.
#include "gateway/emulator/tongue.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/http/json_answer.hpp"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <array>

namespace tongban::emulator {

using security::sentence;

namespace {

constexpr std::array<std::string_view, 6> told_names{"accepted", "duplicate", "conflict", "refused", "unavailable", "unknown"};

struct gateway_word {
    v1::ReceiptOutcome outcome;
    int status;
    told means;
};
constexpr std::array gateway_words{
    gateway_word{v1::RECEIPT_OUTCOME_ACCEPTED, 202, told::accepted},
    gateway_word{v1::RECEIPT_OUTCOME_DUPLICATE, 200, told::duplicate},
    gateway_word{v1::RECEIPT_OUTCOME_CONFLICT, 409, told::conflict},
    gateway_word{v1::RECEIPT_OUTCOME_REJECTED, 422, told::refused},
    gateway_word{v1::RECEIPT_OUTCOME_FORBIDDEN, 403, told::refused},
    gateway_word{v1::RECEIPT_OUTCOME_NOT_FOUND, 404, told::refused},
    gateway_word{v1::RECEIPT_OUTCOME_UNAVAILABLE, 503, told::unavailable},
    gateway_word{v1::RECEIPT_OUTCOME_UNKNOWN, 503, told::unavailable},
};

told by_status(int status) {
    return status == 200                    ? told::duplicate
           : status >= 201 && status <= 299 ? told::accepted
           : status == 409                  ? told::conflict
           : status == 429 || status == 503 ? told::unavailable
           : status >= 400 && status <= 499 && status != 408 ? told::refused
                                                             : told::unknown;
}

dialects::answer_input input_of(v1::ReceiptOutcome outcome, int status, const v1::CaseRef& ref, std::string_view event,
                                const std::string& request_id) {
    dialects::answer_input input;
    input.canonical_status = status;
    input.request_id = request_id;
    v1::Receipt receipt;
    receipt.set_outcome(outcome);
    receipt.set_case_id(ref.case_id());
    receipt.set_source_case_no(ref.source_case_no());
    receipt.set_event(std::string(event));
    if (outcome != v1::RECEIPT_OUTCOME_ACCEPTED && outcome != v1::RECEIPT_OUTCOME_DUPLICATE) {
        receipt.set_code("emulated");
        receipt.set_message_zh("模拟平台按要求答否");
        receipt.set_message_en("the emulated platform says no, as it was told to");
        input.code = receipt.code();
        input.message_zh = receipt.message_zh();
        input.message_en = receipt.message_en();
    }
    input.receipts.push_back(std::move(receipt));
    return input;
}

} // namespace

std::string_view name(told outcome) noexcept {
    return told_names[static_cast<std::size_t>(outcome)];
}

void set_time(v1::CaseEvent& event, std::chrono::system_clock::time_point at) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
    *event.mutable_occurred_at() = google::protobuf::util::TimeUtil::MillisecondsToTimestamp(ms);
}

tongue::tongue(std::shared_ptr<const dialects::dialect> hears, std::shared_ptr<const dialects::dialect> speaks,
               fixed_answers fixed)
    : hears_(std::move(hears)), speaks_(std::move(speaks)), fixed_(std::move(fixed)) {
    check_speech();
    learn_answers();
}

boost::system::result<heard_message, sentence> tongue::read(std::string_view content_type, std::string_view body) const {
    heard_message heard;
    const bool canonical = content_type.starts_with("application/vnd.tongban.");
    if (!hears_ || canonical) {
        google::protobuf::util::JsonParseOptions options;
        options.ignore_unknown_fields = true;
        const auto status = google::protobuf::util::JsonStringToMessage(std::string(body), &heard.event, options);
        if (!status.ok() || heard.event.body_case() == v1::CaseEvent::BODY_NOT_SET) {
            return sentence("标准 JSON 中没有事件", "no event in canonical JSON");
        }
        return heard;
    }
    google::protobuf::Arena arena;
    auto reading = hears_->read({content_type, body}, arena);
    if (!reading) {
        const auto& why = reading.error();
        return sentence(why.place + "：" + why.message_zh, why.place + ": " + why.message_en);
    }
    if (reading->events.empty()) {
        return sentence("报文中没有事件", "the message holds no event");
    }
    heard.event = *reading->events.front().event;
    heard.reading = std::move(*reading);
    heard.reading.events.clear(); // they live on the arena
    return heard;
}

dialects::wire_answer tongue::template_answer(spoken what, const heard_message* about, const v1::CaseRef& ref,
                                              const std::string& request_id) const {
    const auto outcome = what == spoken::taken   ? v1::RECEIPT_OUTCOME_ACCEPTED
                         : what == spoken::again ? v1::RECEIPT_OUTCOME_DUPLICATE
                         : what == spoken::never ? v1::RECEIPT_OUTCOME_REJECTED
                                                 : v1::RECEIPT_OUTCOME_UNAVAILABLE;
    const int status = what == spoken::taken || what == spoken::again ? 200 : what == spoken::never ? 422 : 503;
    const auto event = about != nullptr ? cases::name(about->event.body_case()) : std::string_view{};
    auto said = hears_->answer(input_of(outcome, status, ref, event, request_id), about != nullptr ? &about->reading : nullptr);
    if (what == spoken::later_inside || what == spoken::taken || what == spoken::again) {
        said.http_status = 200;
    }
    return said;
}

dialects::wire_answer tongue::answer(spoken what, const heard_message* about, const v1::CaseRef& ref,
                                     const std::string& request_id) const {
    const bool is_yes = what == spoken::taken || what == spoken::again;
    if (const auto& fixed = is_yes ? fixed_.taken : what == spoken::never ? fixed_.never : fixed_.later) {
        return {what == spoken::later_inside ? 200 : fixed->status, fixed->content_type, fixed->body};
    }
    if (judges()) {
        return template_answer(what, about, ref, request_id);
    }
    // The HTTP status alone counts.
    switch (what) {
    case spoken::taken: return {200, "application/json", R"({"outcome":"accepted"})"};
    case spoken::again: return {200, "application/json", R"({"outcome":"duplicate"})"};
    case spoken::never: return {422, "application/json", R"({"outcome":"rejected"})"};
    default: return {503, "application/json", R"({"outcome":"unavailable"})"};
    }
}

bool tongue::judges() const {
    return hears_ && hears_->judge(200, "", "");
}

// As the gateway will judge what the city is about to answer.
void tongue::check_speech() {
    if (!judges()) {
        shortcomings_.push_back((hears_ ? sentence("格式 " + hears_->name() + " 没有 push.answer", "dialect " + hears_->name() + " has no push.answer")
                                        : sentence("标准 JSON", "canonical JSON")) +
                                sentence("：只看 HTTP 状态码，error_inside 即 503，refuse 也会被重试",
                                         ": only the HTTP status counts, so error_inside is a 503, and refuse is tried again as well"));
        return;
    }
    v1::CaseRef ref;
    ref.set_source_case_no("1");
    const auto judged = [&](spoken what) {
        const auto said = answer(what, nullptr, ref, "1");
        return hears_->judge(said.http_status, said.content_type, said.body)->verdict;
    };
    const auto tell = [&](const std::string& which, const sentence& instead) {
        dumbness_.emplace_back("格式 " + hears_->name() + "：其 " + which + " 应答不会被它的 push.answer 认作" + instead.zh +
                               "，请在脚本中给出 answers." + which,
                           "dialect " + hears_->name() + ": its answer for " + which + " is not what its push.answer takes for " +
                               instead.en + "; give the script answers." + which);
    };
    if (judged(spoken::taken) != dialects::push_verdict::taken || judged(spoken::again) != dialects::push_verdict::taken) {
        tell("taken", {"接收", "a yes"});
    }
    if (const auto later = judged(spoken::later); later == dialects::push_verdict::taken || later == dialects::push_verdict::refused) {
        tell("later", {"稍后再试", "busy"});
    }
    if (const auto never = judged(spoken::never); never == dialects::push_verdict::taken) {
        tell("never", {"拒收", "a refusal"});
    } else if (never != dialects::push_verdict::refused) {
        shortcomings_.emplace_back("格式 " + hears_->name() + " 没有表示拒收的代码，refuse 也会被重试",
                                   "dialect " + hears_->name() + " has no code that means never: refuse is tried again as well");
    }
}

void tongue::learn_answers() {
    if (!speaks_) {
        return;
    }
    v1::CaseRef ref;
    ref.set_source_case_no("1");
    for (const auto& word : gateway_words) {
        const auto said = speaks_->answer(input_of(word.outcome, word.status, ref, "CASE_ACCEPTED", "1"), nullptr);
        const auto judged = speaks_->judge(said.http_status, said.content_type, said.body);
        if (!judged || (judged->verdict == dialects::push_verdict::taken) != (word.status < 300)) {
            shortcomings_.emplace_back("格式 " + speaks_->name() + "：其 push.answer 分不清网关的应答，本市报文改用标准 JSON 发送",
                                       "dialect " + speaks_->name() + ": the gateway's answers in it cannot be told apart by its "
                                                                      "push.answer; own messages are sent as canonical JSON");
            speaks_.reset();
            answers_.clear();
            return;
        }
        // Where two words look the same, the first: it is the one after which the gateway is asked.
        answers_.try_emplace({said.http_status, judged->verdict, judged->target_code}, word.means);
    }
}

own_message tongue::write(const v1::CaseEvent& event, bool canonical) const {
    if (speaks_ && !canonical) {
        const v1::CaseEvent* const events[] = {&event};
        if (auto written = speaks_->write(events)) {
            return {"/v1/messages/" + speaks_->name(), std::move(written->content_type), std::move(written->body), false};
        }
    }
    return {"/v1/cases/" + event.case_().case_id() + "/events", "application/json", v1::to_json(event), true};
}

told tongue::outcome_of(const own_message& sent, int status, std::string_view content_type, std::string_view body,
                        v1::Receipt& receipt) const {
    if (sent.canonical || content_type.find("problem+json") != std::string_view::npos) {
        google::protobuf::util::JsonParseOptions options;
        options.ignore_unknown_fields = true;
        if (status >= 200 && status <= 299) {
            (void)google::protobuf::util::JsonStringToMessage(std::string(body), &receipt, options);
        }
        // A claim that was taken is a 200 as well.
        return receipt.outcome() == v1::RECEIPT_OUTCOME_ACCEPTED ? told::accepted : by_status(status);
    }
    const auto judged = speaks_->judge(status, content_type, body);
    const auto known = answers_.find({status, judged->verdict, judged->target_code});
    return known != answers_.end() ? known->second
           : judged->verdict == dialects::push_verdict::taken && status <= 299 ? told::accepted
           : status >= 400                                                     ? by_status(status)
                                                                               : told::unknown;
}

} // namespace tongban::emulator
