// `answer:` how the sender is told what became of its message.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"

#include <algorithm>
#include <array>

namespace tongban::dialects {

namespace {

// What `status`, `code`, `text` and `body` may be keyed by; `code` and `text` also by any machine-readable
// reason.
constexpr std::array<std::string_view, 20> outcomes{
    "accepted",    "duplicate", "rejected",  "conflict",        "forbidden",    "not_found",   "unknown",
    "unavailable", "mixed",     "malformed", "unauthenticated", "too_large",    "unsupported", "invalid",
    "busy",        "refused",   "else",      "all_accepted",    "server_error", "timeout"};

void check_outcome(const std::string& key, const yaml_place& at) {
    if (std::find(outcomes.begin(), outcomes.end(), key) == outcomes.end()) {
        const std::vector<std::string_view> known{outcomes.begin(), outcomes.end()};
        at.wrong(sentence{"未知结果“" + key + "”", "unknown outcome '" + key + "'"} + did_you_mean(key, known) + known_values(known));
    }
}

void check_names(const yaml_place& at, const text_template& t, const answer_plan& answer,
                 const load_context& context) {
    constexpr std::array<std::string_view, 22> known{
        "status",     "outcome",    "code",           "text",  "reason",   "message",
        "message_en", "case_id",    "source_case_no", "event", "event_id", "recorded_at",
        "state",      "row",        "request_id",     "rows",  "count",    "count_ok",
        "count_bad",  "violations", "holder",         "now"};
    constexpr std::array<std::string_view, 8> filters{"",     "raw", "cdata",  "xml",
                                                      "json", "csv", "base64", "xml_text"};
    for (const auto& piece : t.pieces) {
        const std::string_view name = piece.name;
        bool ok = name.empty() || std::find(known.begin(), known.end(), name) != known.end();
        if (name.starts_with("part.")) {
            ok = answer.parts.contains(name.substr(5));
        } else if (name.starts_with("echo.")) {
            ok = std::any_of(context.plan.captures.begin(), context.plan.captures.end(),
                             [&](const auto& c) { return c.first == name.substr(5); });
        }
        if (!ok) {
            at.wrong(sentence{"未知占位符“${" + piece.name + "}”", "unknown placeholder '${" + piece.name + "}'"} +
                     did_you_mean(name, {known.begin(), known.end()}));
        }
        const bool timed = name == "recorded_at" || name == "now";
        if (!timed && std::find(filters.begin(), filters.end(), piece.filter) == filters.end()) {
            at.wrong("未知过滤器“" + piece.filter + "”：raw、cdata、xml、json、csv、base64",
                     "unknown filter '" + piece.filter + "': raw, cdata, xml, json, csv, base64");
        }
        if (time_format format; timed && !piece.filter.empty()) {
            if (const auto wrong = parse_time_format(piece.filter, format); !wrong.empty()) {
                at.wrong(wrong);
            }
        }
    }
}

void load_outcomes(const yaml_place& at, answer_plan& answer) {
    for (const auto& [key, status] : at["status"].members()) {
        check_outcome(key, status);
        answer.statuses[key] = static_cast<int>(status.number(200, 100, 599));
    }
    for (const auto& [key, code] : at["code"].members()) {
        answer.codes[key] = code.text();
    }
    for (const auto& [key, text] : at["text"].members()) {
        answer.texts[key] = text.text();
    }
}

format_kind load_escape(const yaml_place& at) {
    const auto name = at.text("text");
    if (name == "xml") {
        return format_kind::xml;
    }
    if (name == "json") {
        return format_kind::json;
    }
    if (name == "csv") {
        return format_kind::csv;
    }
    if (name != "text") {
        at.wrong("应为 xml、json、csv 或 text", "expected xml, json, csv or text");
    }
    return format_kind::none;
}

} // namespace

void load_answer(load_context& context, const yaml_place& at) {
    if (!at.present()) {
        return;
    }
    at.only({"content_type", "charset", "format", "status", "code", "text", "body", "row", "row_separator",
             "violation_separator", "parts"});
    answer_plan answer;
    answer.content_type = at["content_type"].text();
    answer.escape = load_escape(at["format"]);
    if (const auto name = at["charset"]; name.present() && !parse_charset(name.text(), answer.bytes)) {
        name.wrong("未知字符集“" + name.text() + "”", "unknown charset '" + name.text() + "'");
    }
    load_outcomes(at, answer);
    for (const auto& [name, part] : at["parts"].members()) {
        answer.parts[name] = load_template(part);
    }
    if (at["row"].present()) {
        answer.row = load_template(at["row"]);
    }
    answer.row_separator = at["row_separator"].text("");
    answer.violation_separator = at["violation_separator"].text("; ");
    const auto body = at["body"];
    if (body.is_map()) {
        for (const auto& [key, one] : body.members()) {
            check_outcome(key, one);
            answer.bodies[key] = load_template(one);
            check_names(one, answer.bodies[key], answer, context);
        }
    } else {
        answer.bodies["else"] = load_template(body);
        check_names(body, answer.bodies["else"], answer, context);
    }
    if (!answer.bodies.contains("else")) {
        body.wrong("body 须有 else:，用于没有列出的结果", "body needs an else: for the outcomes that are not named");
    }
    for (const auto& [name, part] : answer.parts) {
        check_names(at["parts"], part, answer, context);
    }
    if (answer.row) {
        check_names(at["row"], *answer.row, answer, context);
    }
    if (answer.content_type.empty()) {
        at["content_type"].wrong("须有 content_type", "content_type is needed");
    }
    context.plan.answer = std::move(answer);
}

} // namespace tongban::dialects
