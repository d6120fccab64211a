// Reads a script strictly: every mistake at once, each where it stands.
#include "gateway/emulator/script.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/cases/life_cycle.hpp"
#include "gateway/cases/validate.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>

namespace tongban::emulator {

namespace {

namespace json = boost::json;
using security::sentence;
using security::strict_map;

constexpr std::size_t rules_max = 100;
constexpr std::size_t steps_max = 50;
constexpr std::size_t patterns_max = 100;
constexpr int with_depth_max = 16;

// As proto3 JSON takes it: plain true and false as such, other scalars as text. None for what has no JSON.
std::optional<json::value> json_of(const YAML::Node& node, int depth) {
    if (depth > with_depth_max) {
        return std::nullopt;
    }
    if (node.IsSequence()) {
        json::array all;
        for (const auto& each : node) {
            auto value = json_of(each, depth + 1);
            if (!value) {
                return std::nullopt;
            }
            all.push_back(std::move(*value));
        }
        return all;
    }
    if (node.IsMap()) {
        json::object all;
        for (const auto& each : node) {
            auto value = each.first.IsScalar() ? json_of(each.second, depth + 1) : std::nullopt;
            if (!value) {
                return std::nullopt;
            }
            all[each.first.Scalar()] = std::move(*value);
        }
        return all;
    }
    if (!node.IsScalar()) {
        return std::nullopt;
    }
    const bool plain = node.Tag() == "?";
    if (plain && (node.Scalar() == "true" || node.Scalar() == "false")) {
        return json::value(node.Scalar() == "true");
    }
    return json::value(node.Scalar());
}

// Mappings are put together, everything else is replaced.
void merge(json::value& into, const json::value& from) {
    if (!into.is_object() || !from.is_object()) {
        into = from;
        return;
    }
    for (const auto& [key, value] : from.get_object()) {
        merge(into.get_object()[key], value);
    }
}

class script_reader {
public:
    script_reader(std::string file, std::vector<security::file_mistake>& mistakes)
        : file_(std::move(file)), mistakes_(mistakes) {}

    script read(const YAML::Node& root) {
        script out;
        strict_map map(root, file_, "", mistakes_);
        if (const auto speak = map.text("speak", false)) {
            out.canonical = *speak == "canonical";
            if (*speak != "canonical" && *speak != "dialect") {
                map.report(*map.take("speak"), "speak", {"应为 dialect 或 canonical", "must be dialect or canonical"});
            }
        }
        if (const auto rules = list(map, "cases", rules_max)) {
            for (std::size_t i = 0; i < rules->size(); ++i) {
                out.cases.push_back(rule((*rules)[i], "cases[" + std::to_string(i) + ']'));
            }
        }
        if (const auto replies = map.take("replies")) {
            read_replies(*replies, out);
        }
        if (const auto answers = map.take("answers")) {
            read_answers(*answers, out.answers);
        }
        if (const auto troubles = map.take("misbehave")) {
            read_troubles(*troubles, out.troubles);
        }
        map.finish();
        return out;
    }

private:
    std::optional<YAML::Node> list(strict_map& map, std::string_view key, std::size_t most) {
        const auto node = map.take(key);
        if (!node) {
            return std::nullopt;
        }
        if (!node->IsSequence() || node->size() > most) {
            map.report(*node, key, {"应为列表，至多 " + std::to_string(most) + " 条", "must be a list of at most " + std::to_string(most)});
            return std::nullopt;
        }
        return node;
    }

    std::vector<std::string> patterns(strict_map& map, std::string_view key) {
        std::vector<std::string> all;
        for (const auto& [text, node] : map.texts(key, patterns_max)) {
            if (text.find('*') < text.size() - 1) {
                map.report(node, key, {"“*”只能在末尾", "* may only stand at the end"});
            }
            all.push_back(text);
        }
        return all;
    }

    double share(strict_map& map) {
        const auto text = map.text("share", false);
        const auto value = text ? share_of(*text) : std::optional(1.0);
        if (!value) {
            map.report(*map.take("share"), "share", not_a_share());
        }
        return value.value_or(0);
    }

    pause read_pause(strict_map& map, std::string_view key, pause otherwise) {
        const auto text = map.text(key, false);
        const auto value = text ? pause_of(*text) : std::optional(otherwise);
        if (!value) {
            map.report(*map.take(key), key, {"应为不超过 24h 的时长，如 200ms、5s 或 1s..10s",
                                             "must be a time of at most 24h such as 200ms, 5s or 1s..10s"});
        }
        return value.value_or(otherwise);
    }

    case_rule rule(const YAML::Node& node, const std::string& field) {
        case_rule out;
        strict_map map(node, file_, field, mistakes_);
        out.name = map.text("name", false).value_or("");
        out.items = patterns(map, "items");
        out.origins = patterns(map, "origins");
        out.numbers = patterns(map, "numbers");
        out.share = share(map);
        const auto steps = list(map, "steps", steps_max);
        if (!steps && map.valid()) {
            map.report("steps", {"缺少必填项，请写明该市如何办理", "missing; say what the city does with such a case"});
        }
        std::vector<YAML::Node> places;
        for (std::size_t i = 0; steps && i < steps->size(); ++i) {
            if (auto made = step((*steps)[i], map.field_of("steps[" + std::to_string(i) + ']'))) {
                out.steps.push_back(std::move(*made));
                places.push_back((*steps)[i]);
            }
        }
        if (!steps || places.size() == steps->size()) {
            check_order(out, places, map);
        }
        map.finish();
        return out;
    }

    // "accept" or {accept: {after: 1s, with: {…}}}.
    std::optional<script_step> step(const YAML::Node& node, const std::string& field) {
        strict_map none(YAML::Node(YAML::NodeType::Map), file_, field, mistakes_);
        if (node.IsScalar()) {
            return named(node.Scalar(), node, none);
        }
        if (!node.IsMap() || node.size() != 1 || !node.begin()->first.IsScalar()) {
            none.report(node, "", {"应为一个词，如 accept，或 {accept: {after: 1s}}", "must be a word such as accept, or {accept: {after: 1s}}"});
            return std::nullopt;
        }
        auto made = named(node.begin()->first.Scalar(), node.begin()->first, none);
        if (made) {
            strict_map map(node.begin()->second, file_, field + '.' + made->word, mistakes_);
            fill(*made, map);
            map.finish();
        }
        return made;
    }

    std::optional<script_step> named(const std::string& word, const YAML::Node& at, strict_map& map) {
        auto made = step_named(word);
        if (!made) {
            map.report(at, "", sentence("没有“" + word + "”这一步", "'" + word + "' is no step") + security::did_you_mean(word, step_words()));
        }
        return made;
    }

    void fill(script_step& step, strict_map& map) {
        step.after = read_pause(map, "after", {});
        const auto with = map.take("with");
        if (!with) {
            return;
        }
        auto body = json::parse(standard_body(step.word));
        const auto more = with->IsMap() ? json_of(*with, 0) : std::nullopt;
        if (!more) {
            map.report(*with, "with", {"应为事件成员的映射", "must be a mapping of the event's members"});
            return;
        }
        merge(body, *more);
        v1::CaseEvent event;
        const auto status = google::protobuf::util::JsonStringToMessage(json::serialize(body), &event);
        if (!status.ok()) {
            const std::string why(status.message());
            map.report(*with, "with", {"不符合事件结构：" + why, "is no event of the schema: " + why});
        } else if (event.body_case() != step.event) {
            const std::string other(cases::name(event.body_case()));
            map.report(*with, "with", {"变成了另一个事件：" + other, "makes another event of it: " + other});
        } else {
            check_rules(event, *with, map);
            step.prototype = std::move(event);
        }
    }

    // As it will be sent, but for the case it is about.
    void check_rules(v1::CaseEvent event, const YAML::Node& at, strict_map& map) {
        event.mutable_case_()->set_source_case_no("SCRIPT");
        event.mutable_occurred_at()->set_seconds(1'729'213'953);
        if (event.has_claimed()) {
            event.mutable_claimed()->set_window_id("SCRIPT");
        }
        const auto violations =
            cases::validate(event, std::chrono::year(2026) / 1 / 1, [](std::string_view) { return std::string(); });
        for (const auto& each : violations) {
            if (!each.warning()) {
                map.report(at, "with", {each.field() + "：" + each.message_zh(), each.field() + ": " + each.message_en()});
            }
        }
    }

    // A step that can never take effect is a mistake of whoever wrote it.
    void check_order(const case_rule& rule, const std::vector<YAML::Node>& places, strict_map& map) {
        auto status = v1::CASE_STATUS_QUEUED;
        for (std::size_t i = 0; i < rule.steps.size(); ++i) {
            const auto& step = rule.steps[i];
            if (status == v1::CASE_STATUS_SUPPLEMENTING && cases::find_transition(status, step.event) == nullptr) {
                status = v1::CASE_STATUS_DEST_RECEIVED; // by then the other side has supplied
            }
            const auto* row = cases::find_transition(status, step.event);
            const auto by = cases::speaker_of(step.event);
            const auto said = step.word + " (" + std::string(cases::name(step.event)) + ')';
            if (by == cases::speaker::origin || by == cases::speaker::gateway) {
                map.report(places[i], "steps", {said + " 不由办理地说出", said + " is not for the city that decides the case to say"});
                return;
            }
            if (row == nullptr) {
                const std::string state(cases::name(status));
                map.report(places[i], "steps", {said + " 在状态 " + state + "（前面各步之后）不能发生",
                                                said + " is not possible in state " + state + ", where the steps before it lead"});
                return;
            }
            status = row->to == v1::CASE_STATUS_UNSPECIFIED ? status : row->to;
        }
    }

    void read_replies(const YAML::Node& node, script& out) {
        strict_map map(node, file_, "replies", mistakes_);
        if (!map.valid()) {
            return;
        }
        for (const auto& entry : node) {
            const auto heard = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
            (void)map.take(heard);
            reply_rule reply;
            reply.heard = cases::body_named(heard);
            if (reply.heard == v1::CaseEvent::BODY_NOT_SET) {
                map.report(entry.first, "", {"“" + heard + "”不是事件名称，见 docs/life-cycle.md",
                                             "'" + heard + "' is no event; see docs/life-cycle.md"});
                continue;
            }
            strict_map terms(entry.second, file_, map.field_of(heard), mistakes_);
            reply.share = share(terms);
            if (const auto word = terms.text("do", true)) {
                if (auto made = named(*word, *terms.take("do"), terms)) {
                    reply.step = std::move(*made);
                    if (reply.step.event == v1::CaseEvent::kClaimed || reply.step.event == v1::CaseEvent::kReleased) {
                        terms.report(*terms.take("do"), "do", {"回应由平台报送，接件只能写在 steps 中",
                                                               "a reply is reported by the platform; claims are steps"});
                    }
                    fill(reply.step, terms);
                    out.replies.push_back(std::move(reply));
                }
            }
            (void)terms.take("after");
            (void)terms.take("with");
            terms.finish();
        }
    }

    void read_answers(const YAML::Node& node, fixed_answers& answers) {
        strict_map map(node, file_, "answers", mistakes_);
        for (const auto& [name, into] : {std::pair{"taken", &answers.taken}, {"later", &answers.later}, {"never", &answers.never}}) {
            const auto given = map.take(name);
            if (!given) {
                continue;
            }
            strict_map one(*given, file_, map.field_of(name), mistakes_);
            auto& answer = into->emplace();
            if (const auto status = one.text("status", false)) {
                const auto* end = status->data() + status->size();
                const auto read = std::from_chars(status->data(), end, answer.status);
                if (read.ec != std::errc{} || read.ptr != end || answer.status < 200 || answer.status > 599) {
                    one.report(*one.take("status"), "status", {"应为 200 至 599 的 HTTP 状态码", "must be an HTTP status from 200 to 599"});
                }
            }
            answer.content_type = one.text("content_type", true).value_or("");
            answer.body = one.text("body", true).value_or("");
            one.finish();
        }
        map.finish();
    }

    void read_troubles(const YAML::Node& node, misbehaviour& troubles) {
        strict_map map(node, file_, "misbehave", mistakes_);
        for (std::size_t i = 0; i < trouble_count; ++i) {
            const auto which = static_cast<trouble>(i);
            const auto text = map.text(name(which), false);
            const auto value = text ? share_of(*text) : std::optional(0.0);
            if (!value) {
                map.report(*map.take(name(which)), name(which), not_a_share());
            }
            troubles.of(which) = value.value_or(0);
        }
        troubles.slow_for = read_pause(map, "slow_for", troubles.slow_for);
        if (troubles.of_answers() > 1) {
            map.report("", more_than_all());
        }
        map.finish();
    }

    std::string file_;
    std::vector<security::file_mistake>& mistakes_;
};

} // namespace

script_result read_script(const std::string& text, const std::string& file) {
    script_result result;
    const auto root = security::parse_yaml(text, file, result.mistakes);
    if (!root) {
        return result;
    }
    auto made = script_reader(file, result.mistakes).read(*root);
    if (result.mistakes.empty()) {
        result.value = std::move(made);
    }
    return result;
}

} // namespace tongban::emulator
