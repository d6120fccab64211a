// Plays stories.
#include "gateway/app/story.hpp"

#include "gateway/app/event_body.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/text_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <thread>

namespace tongban::app {

namespace {

boost::json::value parsed(const std::string& body) {
    boost::system::error_code ec;
    auto value = boost::json::parse(body, ec);
    return ec ? boost::json::value{} : value;
}

// The answer on one line, cut where a table would break.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    constexpr std::size_t longest = 600;
    if (text.size() > longest) {
        auto end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
            --end;
        }
        text = text.substr(0, end) + "…";
    }
    return text;
}

// "09:00:01.123" of an RFC 3339 time.
std::string clock_time(const std::string& time) {
    return time.size() < 23 ? time : time.substr(11, 12);
}

// " ✉140400@09:00:02.345" for each side that acknowledged the event; with its state while it does not have it.
std::string delivered(const boost::json::value& entry, const boost::json::value& timeline) {
    std::string text;
    const auto* all = timeline.as_object().if_contains("deliveries");
    if (all == nullptr || text_at(entry, "event") == "ROUTED") {
        return text;
    }
    for (const auto& each : all->as_array()) {
        if (text_at(each, "event") == text_at(entry, "event") && text_at(each, "due_at") == text_at(entry, "recorded_at")) {
            const auto at = text_at(each, "settled_at");
            text += " ✉" + text_at(each, "region") + "@" + (at.empty() ? text_at(each, "status") : clock_time(at));
        }
    }
    return text;
}

} // namespace

bool story_player::play(const story& played) {
    bool as_expected = true;
    for (const auto& step : played.steps) {
        const bool right = step.kind == "race"   ? play_race(step)
                           : step.kind == "pull" ? play_pull(step)
                           : step.kind == "tree" ? play_tree(step)
                                                 : play_step(step);
        as_expected = right && as_expected;
    }
    return as_expected;
}

story_player::known_case* story_player::find(const std::string& name) {
    const auto found =
        std::find_if(cases_.begin(), cases_.end(), [&](const known_case& one) { return one.name == name; });
    return found == cases_.end() ? nullptr : &*found;
}

client_request story_player::request_for(const story_step& step, const std::string& party) {
    client_request request;
    if (step.kind == "inbox") {
        request.target = "/v1/inbox?limit=50";
        return request;
    }
    request.method = "POST";
    request.content_type = "application/json";
    if (step.kind == "send") {
        request.target = "/v1/messages";
        request.content_type = step.content_type;
        request.body = file_bytes(step.file).value_or("");
        return request;
    }
    const auto* about = find(step.case_name);
    const auto base = "/v1/cases/" + (about == nullptr ? "unknown" : about->id);
    if (step.kind == "claim" || step.kind == "race") {
        request.target = base + "/claim";
        request.body = boost::json::serialize(boost::json::object{{"operator_id", party + "-017"}});
        return request;
    }
    const auto token = tokens_.find({step.case_name, party});
    request.target = base + "/events";
    request.body = event_body({}, {step.event,
                                   token == tokens_.end() ? "" : token->second,
                                   "",
                                   {step.settings.begin(), step.settings.end()}});
    return request;
}

bool story_player::judge(const story_step& step, const client_reply& reply) {
    const bool right_status = std::find(step.expected.begin(), step.expected.end(),
                                        static_cast<int>(reply.status)) != step.expected.end();
    const bool right_text =
        step.expected_text.empty() || reply.body.find(step.expected_text) != std::string::npos;
    out_ << (right_status && right_text ? "  ✓ " : "  ✗ ") << step.title << "  →  " << reply.status << '\n';
    if (!right_status || !right_text) {
        out_ << "      line " << step.line << ": expected another answer, got: " << one_line(reply.body)
             << '\n';
    }
    if (step.wrong_on_purpose) {
        wrong_inputs_.push_back({step.title, reply.status, one_line(reply.body)});
    }
    return right_status && right_text;
}

bool story_player::play_step(const story_step& step) {
    const auto& party = step.parties.front();
    const auto identity = parties_.find(party);
    if (identity == parties_.end()) {
        out_ << "  ✗ line " << step.line << ": no certificate for " << party << '\n';
        return false;
    }
    const auto reply = exchange(identity->second, request_for(step, party));
    if (!reply) {
        out_ << "  ✗ " << step.title << ": " << reply.error() << '\n';
        return false;
    }
    const bool right = judge(step, *reply);
    if (step.kind == "send" && !step.case_number.empty()) {
        remember_case(step);
    }
    if (step.kind == "claim" && reply->ok()) {
        tokens_[{step.case_name, party}] = text_at(parsed(reply->body), "fencing_token");
    }
    if (step.kind == "inbox") {
        const auto* wanted = find(step.case_name);
        const bool listed = wanted != nullptr && reply->body.find(wanted->id) != std::string::npos;
        if (!listed) {
            out_ << "      line " << step.line << ": the case is not in this inbox\n";
        }
        return right && listed;
    }
    return right;
}

// All claim at the same moment; exactly one may win, the others are told who holds the case.
bool story_player::play_race(const story_step& step) {
    std::vector<client_reply> replies(step.parties.size());
    std::vector<std::thread> rivals;
    for (std::size_t i = 0; i < step.parties.size(); ++i) {
        rivals.emplace_back([&, i] {
            const auto identity = parties_.find(step.parties[i]);
            if (identity != parties_.end()) {
                if (auto reply = exchange(identity->second, request_for(step, step.parties[i]))) {
                    replies[i] = std::move(*reply);
                }
            }
        });
    }
    for (auto& rival : rivals) {
        rival.join();
    }
    int winners = 0;
    bool right = true;
    for (std::size_t i = 0; i < replies.size(); ++i) {
        auto told = step;
        told.title += " (" + step.parties[i] + ")";
        told.wrong_on_purpose = !replies[i].ok();
        right = judge(told, replies[i]) && right;
        if (replies[i].ok()) {
            ++winners;
            // What follows in the story is done by whoever won, under the name "winner".
            tokens_[{step.case_name, "winner"}] = text_at(parsed(replies[i].body), "fencing_token");
            parties_["winner"] = parties_[step.parties[i]];
        }
    }
    return right && winners == 1;
}

void story_player::remember_case(const story_step& step) {
    client_request request;
    request.target = "/v1/cases?source_case_no=" + percent_encoded(step.case_number);
    const auto reply = exchange(parties_.at(step.parties.front()), request);
    if (!reply || !reply->ok()) {
        return;
    }
    const auto id = text_at(parsed(reply->body), "cases.0.case.case_id");
    if (!id.empty() && find(step.case_name) == nullptr) {
        cases_.push_back({step.case_name, id, step.parties.front()});
    }
}

void story_player::print_cases() {
    text_table table({"办件 case", "事项 item", "收件地→办理地", "状态 state", "网关流水号 case id"});
    std::string timelines;
    for (const auto& one : cases_) {
        client_request request;
        request.target = "/v1/cases/" + one.id;
        const auto shown = exchange(parties_.at(one.party), request);
        request.target += "/timeline";
        const auto history = exchange(parties_.at(one.party), request);
        if (!shown || !history) {
            continue;
        }
        const auto body = parsed(shown->body);
        table.add({one.name, text_at(body, "case.item_name"),
                   text_at(body, "case.origin_region") + "→" + text_at(body, "case.dest_region"),
                   text_at(body, "state_zh") + " " + text_at(body, "state"), one.id});
        timelines += one.name + ":";
        const auto entries = parsed(history->body);
        for (const auto& entry : entries.at("entries").as_array()) {
            const auto refused = text_at(entry, "refused_code");
            const auto queue = text_at(entry, "queue_region");
            timelines += " " + text_at(entry, "event") + (queue.empty() ? "" : "→" + queue) + "@" +
                         clock_time(text_at(entry, "recorded_at")) +
                         (refused.empty() ? "" : "(" + refused + ")") + delivered(entry, entries) + " ›";
        }
        timelines += '\n';
    }
    out_ << "\n办件 / cases\n";
    table.print(out_);
    out_ << "\n时间线 / timelines (ledger time, UTC; ✉ 送达 delivered to region@time)\n" << timelines;
}

void story_player::print_wrong_inputs() {
    out_ << "\n错误输入得到的答复 / what each wrong input was answered\n";
    for (const auto& input : wrong_inputs_) {
        out_ << "  " << input.title << "\n    HTTP " << input.status << "  " << input.answer << '\n';
    }
}

} // namespace tongban::app
