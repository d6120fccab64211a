// What a story's platforms are delivered: they ask until nothing is due, and acknowledge what they took.
#include "gateway/app/json_text.hpp"
#include "gateway/app/story.hpp"
#include "gateway/app/text_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace tongban::app {

namespace json = boost::json;

namespace {

// Of a case only the first event that is not acknowledged comes, so a case of ten events takes ten rounds.
constexpr int rounds_max = 200;

json::array deliveries_of(const std::string& body) {
    boost::system::error_code ec;
    const auto parsed = json::parse(body, ec);
    const auto* all = ec || !parsed.is_object() ? nullptr : parsed.as_object().if_contains("deliveries");
    return all != nullptr && all->is_array() ? all->as_array() : json::array();
}

std::string listed(const std::map<std::string, int>& counts) {
    std::string text;
    for (const auto& [name, count] : counts) {
        text += (text.empty() ? "" : "，") + name + (count == 1 ? "" : " ×" + std::to_string(count));
    }
    return text;
}

} // namespace

bool story_player::play_pull(const story_step& step) {
    const auto& party = step.parties.front();
    const auto identity = parties_.find(party);
    if (identity == parties_.end()) {
        out_ << "  ✗ line " << step.line << ": no certificate for " << party << '\n';
        return false;
    }
    https_session session(identity->second);
    const auto* wanted = find(step.case_name);
    bool found = step.case_name.empty();
    auto& taken = pulled_.emplace_back(pulled{party, 0, {}, {}});
    for (int round = 0; round < rounds_max; ++round) {
        client_request ask;
        ask.target = "/v1/deliveries?limit=200";
        const auto reply = session.exchange(ask);
        if (!reply || !reply->ok()) {
            out_ << "  ✗ " << step.title << ": " << (reply ? reply->body : reply.error().text) << '\n';
            return false;
        }
        const auto handed = deliveries_of(reply->body);
        if (handed.empty()) {
            out_ << (found ? "  ✓ " : "  ✗ ") << step.title << "  →  " << taken.count << " 件 / delivered\n";
            if (!found) {
                out_ << "      line " << step.line << ": nothing of the case was delivered\n";
            }
            return found;
        }
        json::array acks;
        for (const auto& each : handed) {
            ++taken.count;
            ++taken.events[text_at(each, "event_zh")];
            ++taken.formats[text_at(each, "dialect")];
            found = found || (wanted != nullptr && text_at(each, "case_id") == wanted->id);
            acks.push_back(json::object{{"id", text_at(each, "id")}});
        }
        client_request acknowledge;
        acknowledge.method = "POST";
        acknowledge.target = "/v1/deliveries/ack";
        acknowledge.content_type = "application/json";
        acknowledge.body = json::serialize(json::object{{"acks", std::move(acks)}});
        const auto answer = session.exchange(acknowledge);
        if (!answer || answer->status != 200) {
            out_ << "  ✗ " << step.title << ": " << (answer ? answer->body : answer.error().text) << '\n';
            return false;
        }
    }
    out_ << "  ✗ " << step.title << ": more comes after " << rounds_max << " rounds\n";
    return false;
}

void story_player::print_deliveries() {
    text_table table({"平台 platform", "送达 delivered", "格式 format", "事件 events"});
    for (const auto& one : pulled_) {
        table.add({one.party, std::to_string(one.count), listed(one.formats), listed(one.events)});
    }
    out_ << "\n送达 / deliveries, pulled and acknowledged\n";
    table.print(out_);
}

} // namespace tongban::app
