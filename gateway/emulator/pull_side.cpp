// Poll, take, acknowledge; wait longer while the gateway is away.
#include "gateway/emulator/pull_side.hpp"

#include "connectors/dialects/transform.hpp"
#include "gateway/cases/deliveries.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace tongban::emulator {

namespace json = boost::json;

namespace {

constexpr std::size_t acks_max = 100;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array* list_of(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* list = object != nullptr ? object->if_contains(name) : nullptr;
    return list != nullptr ? list->if_array() : nullptr;
}

} // namespace

pull_side::pull_side(const pull_side_settings& settings, city& serves, open_lines open)
    : settings_(settings), city_(serves), open_(std::move(open)) {}

pull_side::~pull_side() {
    stop();
}

void pull_side::start() {
    thread_ = std::thread([this] { run(); });
}

bool pull_side::finish(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    return wake_.wait_for(lock, wait, [this] { return ended_ || !thread_.joinable(); });
}

void pull_side::stop() {
    (void)finish(std::chrono::milliseconds(0));
    if (thread_.joinable()) {
        thread_.join();
    }
}

void pull_side::run() {
    auto lines = open_();
    while (!stopping_) {
        const auto pause = poll(lines);
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause, [this] { return stopping_.load(); });
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    wake_.notify_all();
}

std::chrono::milliseconds pull_side::poll(gateway_lines& lines) {
    const auto target = "/v1/deliveries?limit=" + std::to_string(settings_.batch) +
                        "&wait=" + std::to_string(settings_.wait.count()) +
                        "&visibility=" + std::to_string(settings_.visibility.count()) +
                        (settings_.canonical ? "&format=canonical" : "");
    const auto answer = lines.platform->ask({"GET", target, "", "", {}, settings_.wait + std::chrono::seconds(30), false});
    ++city_.counts().polls;
    boost::system::error_code failed;
    const auto body = answer && answer->status == 200 ? json::parse(answer->body, failed) : json::value();
    const auto* handed = failed ? nullptr : list_of(body, "deliveries");
    if (handed == nullptr) {
        city_.note_once(answer ? "取不到送达 / nothing can be pulled: GET /v1/deliveries: HTTP " + std::to_string(answer->status)
                               : answer.error());
        const auto most = city_.settings().longest_pause(failures_++);
        const auto asked = answer && answer->retry_after ? std::chrono::milliseconds(*answer->retry_after) : most;
        return std::min(asked, city_.settings().retry_most);
    }
    failures_ = 0;
    acks_.clear();
    for (const auto& each : *handed) {
        if (each.is_object()) {
            take(each.get_object(), lines);
        }
    }
    acknowledge(std::move(acks_), lines);
    acks_ = {};
    return std::chrono::milliseconds(0);
}

void pull_side::take(const json::object& handed, gateway_lines& lines) {
    incoming what{text_of(handed, "id"), 1, text_of(handed, "content_type"), {}, "pull"};
    if (const auto* attempt = handed.if_contains("attempt"); attempt != nullptr && attempt->is_int64()) {
        what.attempt = static_cast<std::uint32_t>(attempt->get_int64());
    }
    std::string body;
    if (const auto* message = handed.if_contains("message")) {
        body = json::serialize(*message);
        what.content_type = "application/vnd.tongban.v1+json";
    } else if (!dialects::decode_base64(text_of(handed, "body_base64"), body)) {
        body.clear();
    }
    what.body = body;
    const auto wrong = city_.trouble_with(what);
    json::object ack{{"id", what.delivery}};
    const auto refuse = [&](std::string_view code) {
        city_.delivered(what, "refused");
        ack["taken"] = false;
        ack["reason_code"] = code;
        ack["retry_after_seconds"] = 1;
        acks_.push_back(ack);
    };
    if (wrong == trouble::garbage) {
        city_.delivered(what, "unsaid");
        acknowledge({ack}, lines, wrong);
        return;
    }
    if (wrong == trouble::error_500 || wrong == trouble::error_inside || wrong == trouble::refuse) {
        refuse("EMU-" + std::string(wrong == trouble::error_500 ? "500" : wrong == trouble::refuse ? "NEVER" : "INSIDE"));
        return;
    }
    std::optional<heard_message> heard;
    const auto took = city_.take(what, heard);
    if (took == taking::unreadable || took == taking::full) {
        refuse(took == taking::full ? "EMU-FULL" : "EMU-UNREADABLE");
        return;
    }
    if (wrong == trouble::lost || wrong == trouble::reset) {
        city_.delivered(what, "unsaid");
        if (wrong == trouble::reset) {
            acknowledge({ack}, lines, wrong);
        }
        return;
    }
    city_.delivered(what, "taken");
    if (wrong == trouble::slow) {
        const auto wait =
            city_.settings().how.troubles.slow_for.chosen(drawn(city_.settings().seed, {"slow", what.delivery}));
        city_.queue().after(wait, [this, ack](gateway_lines& later) { acknowledge({ack}, later); });
        return;
    }
    acks_.push_back(std::move(ack));
}

void pull_side::acknowledge(json::array acks, gateway_lines& lines, std::optional<trouble> wrong) {
    for (std::size_t from = 0; from < acks.size(); from += acks_max) {
        const auto until = std::min(acks.size(), from + acks_max);
        json::array part(acks.begin() + static_cast<std::ptrdiff_t>(from), acks.begin() + static_cast<std::ptrdiff_t>(until));
        line_request request{"POST", "/v1/deliveries/ack", "application/json", "", {}, std::chrono::seconds(30), false};
        request.body = json::serialize(json::object{{"acks", part}});
        if (wrong == trouble::garbage) {
            request.body = "\x1f\x8b{\"acks\": [<html>";
        }
        request.breaks_off = wrong == trouble::reset;
        const auto answer = lines.platform->ask(request);
        if (wrong) {
            continue; // whatever was said to that, nothing was acknowledged
        }
        boost::system::error_code failed;
        const auto body = answer ? json::parse(answer->body, failed) : json::value();
        const auto* results = answer && !failed ? list_of(body, "results") : nullptr;
        for (std::size_t i = 0; i < part.size(); ++i) {
            const auto& ack = part[i].get_object();
            std::int64_t status = answer ? answer->status : 0;
            if (results != nullptr && i < results->size() && (*results)[i].is_object()) {
                const auto* own = (*results)[i].get_object().if_contains("status");
                status = own != nullptr && own->is_int64() ? own->get_int64() : status;
            }
            const auto* outcome = status == 200                    ? "accepted"
                                  : status == 409                  ? "conflict"
                                  : status == 0 || status == 500   ? "unknown"
                                  : status == 503 || status == 429 ? "unavailable"
                                                                   : "refused";
            city_.acknowledged(text_of(ack, "id"), !ack.contains("taken"), outcome);
        }
    }
}

} // namespace tongban::emulator
