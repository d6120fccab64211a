// `answer:` how the sender is told what became of its message.
#include "connectors/dialects/known_values.hpp"
#include "connectors/dialects/plan_loader.hpp"
#include "connectors/dialects/text.hpp"

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

// The machine-readable reasons that may stand in a receipt or a refusal (docs/problems.md), and the rules that an event may
// break.
constexpr std::array<std::string_view, 179> reasons{
    "agreement_expired", "agreement_missing", "agreement_not_yet_valid", "already_extended", "ambiguous", "archive_limit",
    "archive_open", "bad_field", "birth_date", "body_too_large", "broken_gzip", "bundle_child", "bundle_child_exists",
    "bundle_child_number", "bundle_destination", "bundle_empty", "bundle_item", "bundle_lead", "bundle_nested",
    "bundle_not_in_force", "bundle_origin", "bundle_unknown", "busy", "case_not_found", "case_type_differs",
    "certificate_expired", "certificate_revoked", "check_digit", "code", "codes", "commitment", "commitment_excluded",
    "commitment_missing", "connect_again", "consequence", "consistent", "content_conflict", "content_encoding",
    "control_character", "daily_bytes", "date", "deciding_body", "decision_conflict", "delivery_not_found", "digest",
    "digest_mismatch", "encoding", "event_limit", "expectation", "file_expired", "file_host", "file_name", "form",
    "form_ambiguous", "format", "gender", "header_too_large", "held_by_other", "http_version", "idempotency_key_reused",
    "illegal_transition", "impossible_time", "internal", "invalid", "item", "item_not_in_force", "item_unknown", "item_version",
    "late_extension", "ledger_refuses", "ledger_unavailable", "length", "licence_expired", "licence_not_of_item",
    "licence_not_yet_valid", "licence_service_unavailable", "limit", "malformed", "malformed_request", "malformed_target",
    "material_committed", "material_damaged", "material_leaving", "material_missing", "material_not_here", "material_owed",
    "material_unknown", "materials_owed", "media_type", "method_not_allowed", "mismatching_upload_offset", "missing_body", "mode",
    "no_archive_request", "no_holder", "no_licence_service", "no_papers", "no_session", "no_sibling", "no_such_event",
    "no_such_licence", "no_such_material", "no_such_upload", "no_urge", "not_brought", "not_claimed", "not_dead_lettered",
    "not_found", "not_owed", "not_pulled", "not_requested", "not_your_region", "not_your_role", "not_your_window",
    "nothing_to_rectify", "number", "of_bundle", "other_papers", "other_round", "other_session", "other_urge", "outcome_unknown",
    "own_urge", "position_foreign", "position_gone", "position_malformed", "promise_differs", "range", "range_not_satisfiable",
    "record_too_large", "region", "request_timeout", "required", "rounds_used_up", "scan", "scan_refused", "scan_unavailable",
    "scope", "session_known", "session_open", "signature_invalid", "situation_unknown", "size", "stale_token",
    "statutory_differs", "stopping", "storage_full", "store_unavailable", "streams_full", "switch", "target_too_long",
    "tolerance_excluded", "too_deep", "too_large", "too_many_bytes", "too_many_events", "too_many_questions", "too_many_streams",
    "too_many_uploads", "transfer_encoding", "type", "type_not_allowed", "unique", "unknown_case", "unknown_dialect",
    "unknown_message", "unknown_partner", "unreadable", "unsupported_content_type", "upload_taken_over", "urge_open", "value",
    "view_unavailable", "wrong_encoding", "wrong_length", "wrong_mode", "wrong_role", "wrong_side"};

void check_reason(const std::string& key, const yaml_place& at) {
    std::vector<std::string_view> known{outcomes.begin(), outcomes.end()};
    known.insert(known.end(), reasons.begin(), reasons.end());
    if (std::find(known.begin(), known.end(), key) == known.end()) {
        const auto wrong = sentence{"网关不给出“" + key + "”这样的原因或结果，这一条不会用到",
                                    "'" + key + "' is no reason or outcome that the gateway gives: this is never used"} +
                           did_you_mean(key, known);
        at.warn(wrong.zh, wrong.en);
    }
}

// By reason as they are looked up: problem types are written with '-', rules and what the case says with '_'.
void load_by_reason(const yaml_place& at, std::map<std::string, std::string, std::less<>>& out) {
    for (const auto& [written, text] : at.members()) {
        auto key = written;
        std::replace(key.begin(), key.end(), '-', '_');
        check_reason(key, text);
        out[key] = text.text();
    }
}

void check_outcome(const std::string& key, const yaml_place& at) {
    if (std::find(outcomes.begin(), outcomes.end(), key) == outcomes.end()) {
        const std::vector<std::string_view> known{outcomes.begin(), outcomes.end()};
        at.wrong(sentence{"未知结果“" + key + "”", "unknown outcome '" + key + "'"} + did_you_mean(key, known) + known_values(known));
    }
}

// The dialect's own words: without XML or JSON nothing escapes what the charset lacks.
void check_written(const yaml_place& at, std::string_view text, const answer_plan& answer) {
    auto lacking = answer.escape == format_kind::xml || answer.escape == format_kind::json ? std::string_view::npos
                                                                                           : first_lacking(answer.bytes, text);
    if (lacking != std::string_view::npos) {
        const auto begin = lacking;
        next_code_point(text, lacking);
        const std::string character(text.substr(begin, lacking - begin));
        const std::string in(charset_name(answer.bytes));
        at.wrong(in + " 中没有字符“" + character + "”", in + " has no character '" + character + "'");
    }
}

void check_names(const yaml_place& at, const text_template& t, const answer_plan& answer,
                 const load_context& context) {
    constexpr std::array<std::string_view, 22> known{
        "status",     "outcome",    "code",           "text",  "reason",   "message",
        "message_en", "case_id",    "source_case_no", "event", "event_id", "recorded_at",
        "state",      "row",        "request_id",     "rows",  "count",    "count_ok",
        "count_bad",  "violations", "holder",         "now"};
    constexpr std::array<std::string_view, 7> filters{"", "raw", "cdata", "xml", "json", "csv", "base64"};
    for (const auto& piece : t.pieces) {
        const std::string_view name = piece.name;
        check_written(at, piece.literal, answer);
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
    load_by_reason(at["code"], answer.codes);
    load_by_reason(at["text"], answer.texts);
    for (const auto* key : {"code", "text"}) {
        for (const auto& [name, said] : at[key].members()) {
            check_written(said, said.text(), answer);
        }
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
