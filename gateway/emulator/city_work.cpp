// Own messages: written once, sent until answered, and what the gateway's answers mean for the case.
#include "gateway/emulator/city.hpp"

#include "gateway/cases/evolve.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace tongban::emulator {

namespace json = boost::json;

namespace {

constexpr unsigned objections_max = 3;
constexpr unsigned patience = 6; // tries after which a pause is long
constexpr std::size_t inbox_page = 100;

json::object parsed(std::string_view body) {
    boost::system::error_code failed;
    auto value = json::parse(body, failed);
    return failed || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) {
        return 0;
    }
    if (value->is_int64()) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(value->get_int64(), 0));
    }
    std::uint64_t number = 0;
    const auto text = text_of(object, name);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

v1::CaseStatus status_of(const json::object& object, std::string_view name) {
    v1::CaseStatus status{};
    return v1::CaseStatus_Parse(text_of(object, name), &status) ? status : v1::CASE_STATUS_UNSPECIFIED;
}

// A problem's own words, one line; they name rules and fields, never values.
std::string reason_of(const line_answer& answer) {
    const auto problem = parsed(answer.body);
    security::sentence told(text_of(problem, "title_zh"), text_of(problem, "title"));
    if (const auto* violations = problem.if_contains("violations"); violations != nullptr && violations->is_array()) {
        for (const auto& each : violations->get_array()) {
            if (each.is_object()) {
                const auto& one = each.get_object();
                const auto field = text_of(one, "field");
                told = told + security::sentence("；" + field + "：" + text_of(one, "message_zh"), "; " + field + ": " + text_of(one, "message_en"));
            }
        }
    }
    return "HTTP " + std::to_string(answer.status) + ' ' + told.text();
}

bool is_claim(const act& doing) {
    return doing.step->event == v1::CaseEvent::kClaimed || doing.step->event == v1::CaseEvent::kReleased;
}

} // namespace

own_message city::compose(const remembered& one) const {
    const auto& step = *one.doing.step;
    const auto& about = one.about;
    if (is_claim(one.doing)) {
        json::object body{{"operator_id", step.prototype.claimed().operator_id()}};
        if (step.event == v1::CaseEvent::kClaimed) {
            body["lease_seconds"] = step.prototype.claimed().lease_seconds();
        } else {
            body = {{"operator_id", "EMU-001"}, {"fencing_token", std::to_string(about.token)}};
        }
        const auto* what = step.event == v1::CaseEvent::kClaimed ? "/claim" : "/release";
        return {"/v1/cases/" + about.ref.case_id() + what, "application/json", json::serialize(body), true};
    }
    auto event = step.prototype;
    *event.mutable_case_() = about.ref;
    event.mutable_actor()->set_name(settings_.name);
    event.mutable_actor()->set_region(about.region);
    event.set_fencing_token(one.doing.is_reply ? 0 : about.token);
    const auto error = clock_error(settings_.how.troubles, settings_.seed, about.ref.case_id());
    set_time(event, std::chrono::system_clock::now() + error);
    return speech_.write(event, settings_.how.canonical || one.canonical || event.fencing_token() != 0);
}

void city::work(const std::string& case_id, gateway_lines& lines) {
    own_message message;
    bool by_window = false;
    {
        const std::lock_guard lock(mutex_);
        const auto found = cases_.find(case_id);
        if (found == cases_.end()) {
            return;
        }
        auto& one = found->second;
        if (!one.must_look && !one.unsent) {
            const auto next = rules_.next(one.about);
            one.scheduled = next.has_value();
            if (!next) {
                plan(case_id, one);
                return;
            }
            one.doing = *next;
            one.tries = 0;
            one.unsent = compose(one);
            const auto error = clock_error(settings_.how.troubles, settings_.seed, case_id);
            counts_.troubles[static_cast<std::size_t>(trouble::skew)] += error.count() != 0 ? 1 : 0;
        }
        if (!one.must_look) {
            message = *one.unsent;
            by_window = is_claim(one.doing) || one.about.token != 0;
            by_window = by_window && !one.doing.is_reply;
        }
    }
    if (message.target.empty()) {
        look_at(case_id, lines);
        return;
    }
    const line_request request{"POST", message.target, message.content_type, message.body, {}, std::chrono::seconds(30), false};
    auto& line = by_window && lines.window ? *lines.window : *lines.platform;
    const auto sent_ms = now_ms();
    answered(case_id, message, by_window, sent_ms, line.ask(request));
}

void city::answered(const std::string& case_id, const own_message& sent, bool by_window, std::int64_t sent_ms,
                    const boost::system::result<line_answer, std::string>& got) {
    v1::Receipt receipt;
    const auto outcome =
        got ? speech_.outcome_of(sent, got->status, got->content_type, got->body, receipt) : told::unknown;
    if (!got) {
        note_once(got.error());
    }
    const std::lock_guard lock(mutex_);
    const auto found = cases_.find(case_id);
    if (found == cases_.end()) {
        return;
    }
    auto& one = found->second;
    ++counts_.events[static_cast<std::size_t>(outcome)];
    journal_event(one, sent_ms, outcome, got ? got->status : 0, receipt);
    switch (outcome) {
    case told::accepted:
    case told::duplicate: {
        const auto step = one.doing.step;
        rules_.did(one.about, one.doing, true, receipt.fencing_token());
        if (outcome == told::duplicate && receipt.status() != v1::CASE_STATUS_UNSPECIFIED) {
            one.about.status = receipt.status(); // said before the answer was lost: the other side may have gone on since
        }
        one.objections = 0;
        one.canonical = false;
        one.unsent.reset();
        one.scheduled = false;
        counts_.claims += step->event == v1::CaseEvent::kClaimed ? 1 : 0;
        if (outcome == told::accepted && !is_claim(one.doing) &&
            sends_twice(settings_.how.troubles, settings_.seed, case_id, cases::name(step->event))) {
            ++counts_.troubles[static_cast<std::size_t>(trouble::duplicate)];
            queue_.after(std::chrono::milliseconds(0), [this, one, sent, by_window](gateway_lines& lines) {
                send_again(one, sent, by_window && lines.window ? *lines.window : *lines.platform);
            });
        }
        plan(case_id, one);
        return;
    }
    case told::conflict:
    case told::refused:
        object(case_id, one, sent, outcome, got ? reason_of(*got) : std::string());
        return;
    case told::unavailable:
    case told::unknown:
        retry(case_id, one, got ? got->retry_after : std::nullopt);
        return;
    }
}

// The same bytes once more, although they were taken: what the city is told now must change nothing.
void city::send_again(const remembered& one, const own_message& sent, gateway_line& line) {
    const auto sent_ms = now_ms();
    const auto got = line.ask({"POST", sent.target, sent.content_type, sent.body, {}, std::chrono::seconds(30), false});
    v1::Receipt receipt;
    const auto outcome =
        got ? speech_.outcome_of(sent, got->status, got->content_type, got->body, receipt) : told::unknown;
    ++counts_.events[static_cast<std::size_t>(outcome)];
    journal_event(one, sent_ms, outcome, got ? got->status : 0, receipt);
}

// Full jitter, as everybody should: the same bytes again until there is an answer.
void city::retry(const std::string& case_id, remembered& one, std::optional<std::chrono::seconds> asked) {
    const auto most = settings_.longest_pause(one.tries++);
    std::uniform_int_distribution<std::int64_t> any(0, most.count());
    auto wait = std::chrono::milliseconds(any(random_));
    if (asked) {
        wait = std::max<std::chrono::milliseconds>(wait, std::min<std::chrono::milliseconds>(*asked, settings_.retry_most));
    }
    schedule(case_id, one, wait);
}

// The gateway does not want what the script says. Mostly somebody else was quicker: look, and go on from there. What it
// still does not want is left out, and said.
void city::object(const std::string& case_id, remembered& one, const own_message& sent, told outcome, std::string_view why) {
    const auto word = one.doing.step->word;
    one.unsent.reset();
    one.scheduled = false;
    one.must_look = true;
    if (is_claim(one.doing) && outcome == told::conflict) {
        one.tries = patience; // another window holds the case: it may take its time
        retry(case_id, one, std::nullopt);
        return;
    }
    ++one.objections;
    one.about.token = 0;
    if (!sent.canonical && outcome == told::refused && !one.canonical) {
        one.canonical = true; // the dialect may have no place for what this event needs
    } else if (one.objections >= objections_max) {
        rules_.did(one.about, one.doing, false);
        one.objections = 0;
        one.canonical = false;
        ++counts_.given_up;
        if (noted_.size() < notes_max && noted_.insert(word + std::string(why)).second) {
            note_(word + " (" + std::string(cases::name(one.doing.step->event)) + "): " + std::string(why));
        }
    }
    if (one.objections > 1) {
        retry(case_id, one, std::nullopt);
        return;
    }
    plan(case_id, one);
}

void city::look_at(const std::string& case_id, gateway_lines& lines) {
    const auto answer = lines.platform->ask({"GET", "/v1/cases/" + case_id, "", "", {}, std::chrono::seconds(30), false});
    if (!answer) {
        note_once(answer.error());
    }
    const std::lock_guard lock(mutex_);
    const auto found = cases_.find(case_id);
    if (found == cases_.end()) {
        return;
    }
    auto& one = found->second;
    if (answer && answer->status == 200 && look_up(one, *answer)) {
        one.must_look = false;
        one.scheduled = false;
        plan(case_id, one);
    } else if (answer && (answer->status == 404 || answer->status == 403)) {
        one.must_look = false;
        one.scheduled = false;
        one.about.status = v1::CASE_STATUS_CANCELLED; // not ours, or gone: nothing to do about it
        plan(case_id, one);
    } else {
        retry(case_id, one, answer ? answer->retry_after : std::nullopt);
    }
}

// Precondition: locked.
bool city::look_up(remembered& one, const line_answer& answer) {
    const auto body = parsed(answer.body);
    const auto* state = body.if_contains("case");
    if (state == nullptr || !state->is_object()) {
        return false;
    }
    const auto& shown = state->get_object();
    auto& about = one.about;
    about.ref.set_origin_region(text_of(shown, "origin_region"));
    about.ref.set_dest_region(text_of(shown, "dest_region"));
    about.ref.set_source_case_no(text_of(shown, "source_case_no"));
    about.item = text_of(shown, "item_impl_code");
    rules_.learn(about, status_of(shown, "status"), static_cast<std::uint32_t>(number_of(shown, "supplement_rounds")));
    return about.status != v1::CASE_STATUS_UNSPECIFIED;
}

// Cases that wait for the city and that it does not know: it was restarted, or nothing is delivered to it.
void city::look_into_inbox(const std::string& region, const std::string& cursor, gateway_lines& lines) {
    const auto answer = lines.platform->ask({"GET",
                                             "/v1/inbox?region=" + region + "&limit=" + std::to_string(inbox_page) +
                                                 (cursor.empty() ? "" : "&cursor=" + cursor),
                                             "", "", {}, std::chrono::seconds(30), false});
    std::string next;
    if (!answer) {
        note_once(answer.error());
    } else if (answer->status == 200) {
        const auto body = parsed(answer->body);
        next = text_of(body, "next");
        const auto* entries = body.if_contains("entries");
        const std::lock_guard lock(mutex_);
        for (const auto& each : entries != nullptr && entries->is_array() ? entries->get_array() : json::array()) {
            v1::CaseRef ref;
            ref.set_case_id(text_of(each.as_object(), "case_id"));
            ref.set_origin_region(text_of(each.as_object(), "origin_region"));
            ref.set_dest_region(text_of(each.as_object(), "dest_region"));
            ref.set_source_case_no(text_of(each.as_object(), "source_case_no"));
            // A bundle that waits for a part to be filed again is its origin's, and no case to work on.
            const bool is_bundle = text_of(each.as_object(), "status") == v1::CaseStatus_Name(v1::CASE_STATUS_JOINT_HANDLING);
            if (ref.case_id().size() < 8 || ref.dest_region() != region || is_bundle || cases_.contains(ref.case_id())) {
                continue;
            }
            if (auto* one = remember(ref, region)) {
                one->must_look = true;
                plan(ref.case_id(), *one);
            }
        }
    }
    // Whole at the start; later only the longest waiting, which come first.
    const bool more = !next.empty() && next != cursor;
    queue_.after(more ? std::chrono::milliseconds(0) : std::chrono::milliseconds(settings_.look_every),
                 [this, region, after = more ? next : std::string()](gateway_lines& again) { look_into_inbox(region, after, again); });
}

void city::journal_event(const remembered& one, std::int64_t sent_ms, told outcome, int status, const v1::Receipt& receipt) {
    const auto& step = *one.doing.step;
    json::object line;
    if (step.event == v1::CaseEvent::kClaimed) {
        line = {{"kind", "claimed"},
                {"case_id", one.about.ref.case_id()},
                {"region", one.about.region},
                {"window", settings_.window_id},
                {"outcome", name(outcome)}};
        if (receipt.fencing_token() != 0) {
            line["fencing_token"] = receipt.fencing_token();
            line["expires_ms"] = receipt.lease_until().seconds() * 1000 + receipt.lease_until().nanos() / 1'000'000;
        }
    } else {
        line = {{"kind", "event"},
                {"case_id", one.about.ref.case_id()},
                {"event", cases::name(step.event)},
                {"outcome", name(outcome)},
                {"http", status}};
        if (!receipt.event_id().empty()) {
            line["event_id"] = receipt.event_id();
        }
        if (one.about.token != 0) {
            line["fencing_token"] = one.about.token;
        }
    }
    line["sent_ms"] = sent_ms;
    journal_.write(std::move(line));
}

} // namespace tongban::emulator
