// Fills the dialect's templates; without an answer section the canonical JSON of the API.
#include "connectors/dialects/answer.hpp"

#include "connectors/dialects/text.hpp"
#include "connectors/dialects/time_format.hpp"
#include "connectors/dialects/transform.hpp"
#include "schemas/canonical_json.hpp"

#include <algorithm>
#include <chrono>

namespace tongban::dialects {

namespace {

std::string_view outcome_name(v1::ReceiptOutcome outcome) {
    switch (outcome) {
    case v1::RECEIPT_OUTCOME_ACCEPTED:
        return "accepted";
    case v1::RECEIPT_OUTCOME_DUPLICATE:
        return "duplicate";
    case v1::RECEIPT_OUTCOME_REJECTED:
        return "rejected";
    case v1::RECEIPT_OUTCOME_CONFLICT:
        return "conflict";
    case v1::RECEIPT_OUTCOME_FORBIDDEN:
        return "forbidden";
    case v1::RECEIPT_OUTCOME_NOT_FOUND:
        return "not_found";
    case v1::RECEIPT_OUTCOME_UNKNOWN:
        return "unknown";
    case v1::RECEIPT_OUTCOME_UNAVAILABLE:
        return "unavailable";
    default:
        return "refused";
    }
}

std::string_view refusal_name(int canonical_status) {
    switch (canonical_status) {
    case 400:
        return "malformed";
    case 401:
        return "unauthenticated";
    case 403:
        return "forbidden";
    case 404:
        return "not_found";
    case 408:
        return "timeout";
    case 409:
        return "conflict";
    case 413:
        return "too_large";
    case 415:
        return "unsupported";
    case 422:
        return "invalid";
    case 429:
        return "busy";
    case 503:
        return "unavailable";
    default:
        return canonical_status >= 500 ? "server_error" : "refused";
    }
}

int canonical_status(std::string_view outcome) {
    constexpr std::pair<std::string_view, int> all[] = {
        {"accepted", 202},     {"duplicate", 200}, {"rejected", 422}, {"conflict", 409},
        {"forbidden", 403},    {"not_found", 404}, {"unknown", 503},  {"unavailable", 503},
        {"all_accepted", 202}, {"mixed", 207}};
    const auto found =
        std::find_if(std::begin(all), std::end(all), [&](const auto& o) { return o.first == outcome; });
    return found == std::end(all) ? 500 : found->second;
}

bool good(const v1::Receipt& r) {
    return r.outcome() == v1::RECEIPT_OUTCOME_ACCEPTED || r.outcome() == v1::RECEIPT_OUTCOME_DUPLICATE;
}

// One outcome for the whole message.
std::string_view overall(const answer_input& input) {
    if (input.receipts.empty()) {
        return refusal_name(input.canonical_status);
    }
    const auto& first = input.receipts.front();
    const bool same = std::all_of(input.receipts.begin(), input.receipts.end(),
                                  [&](const v1::Receipt& r) { return r.outcome() == first.outcome(); });
    if (same) {
        return outcome_name(first.outcome());
    }
    return std::all_of(input.receipts.begin(), input.receipts.end(), good) ? "all_accepted" : "mixed";
}

template <class Map>
auto find(const Map& map, std::string_view key) {
    const auto found = map.find(key);
    return found != map.end() ? found : map.find("else");
}

class answer_writer {
public:
    answer_writer(const dialect_plan& plan, const answer_input& input, const reading* from)
        : plan_(plan), answer_(*plan.answer), input_(input), from_(from), overall_(overall(input)) {}

    wire_answer run() {
        wire_answer out;
        const auto status = find(answer_.statuses, overall_);
        const int canonical = input_.receipts.empty() ? input_.canonical_status : canonical_status(overall_);
        out.http_status = status != answer_.statuses.end() ? status->second : canonical;
        out.content_type = answer_.content_type;
        const auto body = find(answer_.bodies, overall_);
        out.body = in_charset(fill(body->second, current()));
        return out;
    }

private:
    // The receipt that placeholders of one value speak about: the first that went wrong, else the first.
    const v1::Receipt* current() const {
        const auto bad = std::find_if_not(input_.receipts.begin(), input_.receipts.end(), good);
        return bad != input_.receipts.end() ? &*bad
               : input_.receipts.empty()    ? nullptr
                                            : &input_.receipts.front();
    }

    std::string keyed(const std::map<std::string, std::string, std::less<>>& map, const v1::Receipt* receipt,
                      std::string fallback) const {
        const std::string_view outcome =
            receipt == nullptr || whole_ ? overall_ : outcome_name(receipt->outcome());
        // What is wrong with the event says more than that it is.
        for (int i = 0; receipt != nullptr && i < receipt->violations_size(); ++i) {
            const auto by_rule = map.find(receipt->violations(i).rule());
            if (by_rule != map.end() && !receipt->violations(i).warning()) {
                return by_rule->second;
            }
        }
        auto why = reason(receipt);
        std::replace(why.begin(), why.end(), '-', '_'); // as the keys are kept
        if (const auto by_reason = map.find(why); by_reason != map.end()) {
            return by_reason->second;
        }
        const auto found = find(map, outcome);
        return found != map.end() ? found->second : std::move(fallback);
    }

    std::string reason(const v1::Receipt* receipt) const {
        if (receipt == nullptr) {
            return input_.code;
        }
        if (receipt->code().empty() && receipt->violations_size() > 0) {
            return receipt->violations(0).rule();
        }
        return receipt->code();
    }

    std::string message(const v1::Receipt* receipt, bool chinese) const {
        if (receipt == nullptr) {
            return chinese ? input_.message_zh : input_.message_en;
        }
        const auto& own = chinese ? receipt->message_zh() : receipt->message_en();
        if (own.empty() && receipt->violations_size() > 0) {
            return chinese ? receipt->violations(0).message_zh() : receipt->violations(0).message_en();
        }
        return own;
    }

    std::string violations(const v1::Receipt* receipt) const {
        std::string all;
        for (int i = 0; receipt != nullptr && i < receipt->violations_size(); ++i) {
            const auto& v = receipt->violations(i);
            all += all.empty() ? "" : answer_.violation_separator;
            all += (v.source_path().empty() ? v.field() : v.source_path()) + ": " + v.message_zh();
        }
        return all;
    }

    std::string rows() {
        std::string all;
        whole_ = false;
        for (const auto& receipt : input_.receipts) {
            all += all.empty() ? "" : answer_.row_separator;
            all += answer_.row ? fill(*answer_.row, &receipt) : "";
        }
        whole_ = true;
        return all;
    }

    static std::string time(std::int64_t seconds, std::int32_t nanos, const std::string& pattern, int zone) {
        time_format format;
        parse_time_format(pattern.empty() ? "iso" : pattern, format);
        std::string out;
        print_time(format, {seconds, nanos}, zone, out);
        return out;
    }

    std::string value(const template_piece& piece, const v1::Receipt* r) {
        const auto& n = piece.name;
        const auto of = [&](auto get) { return r == nullptr ? std::string() : std::string(get(*r)); };
        const auto count = [&](bool ok) {
            return std::to_string(std::count_if(input_.receipts.begin(), input_.receipts.end(),
                                                [&](const auto& one) { return good(one) == ok; }));
        };
        if (n == "status") {
            const auto found = find(answer_.statuses, overall_);
            return std::to_string(found != answer_.statuses.end() ? found->second
                                                                  : canonical_status(overall_));
        }
        if (n == "outcome")
            return std::string(r == nullptr || whole_ ? overall_ : outcome_name(r->outcome()));
        if (n == "code")
            return keyed(answer_.codes, r, "");
        if (n == "text")
            return keyed(answer_.texts, r, message(r, true));
        if (n == "reason")
            return reason(r);
        if (n == "message")
            return message(r, true);
        if (n == "message_en")
            return message(r, false);
        if (n == "case_id")
            return of([](const auto& one) { return one.case_id(); });
        if (n == "source_case_no")
            return of([](const auto& one) { return one.source_case_no(); });
        if (n == "event")
            return of([](const auto& one) { return one.event(); });
        if (n == "event_id")
            return of([](const auto& one) { return one.event_id(); });
        if (n == "holder")
            return of([](const auto& one) { return one.holder(); });
        if (n == "state")
            return of([](const auto& one) { return v1::CaseStatus_Name(one.status()); });
        if (n == "row")
            return of([](const auto& one) { return std::to_string(one.row()); });
        if (n == "recorded_at") {
            return r == nullptr || !r->has_recorded_at()
                       ? ""
                       : time(r->recorded_at().seconds(), r->recorded_at().nanos(), piece.filter,
                              plan_.zone_minutes);
        }
        if (n == "now") {
            const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                std::chrono::system_clock::now().time_since_epoch());
            return time(now.count(), 0, piece.filter, plan_.zone_minutes);
        }
        if (n == "request_id")
            return input_.request_id;
        if (n == "count")
            return std::to_string(input_.receipts.size());
        if (n == "count_ok")
            return count(true);
        if (n == "count_bad")
            return count(false);
        if (n == "violations")
            return violations(r);
        if (n.starts_with("echo.") && from_ != nullptr) {
            for (const auto& [name, text] : from_->echo) {
                if (name == n.substr(5)) {
                    return text;
                }
            }
        }
        return {};
    }

    std::string fill(const text_template& t, const v1::Receipt* receipt) {
        std::string out;
        for (const auto& piece : t.pieces) {
            out += piece.literal;
            if (piece.name.empty()) {
                continue;
            }
            if (piece.name == "rows") {
                out += rows();
            } else if (piece.name.starts_with("part.")) {
                const auto part = answer_.parts.find(piece.name.substr(5));
                escape(fill(part->second, receipt), piece.filter, out);
            } else {
                const bool timed = piece.name == "recorded_at" || piece.name == "now";
                escape(value(piece, receipt), timed ? std::string() : piece.filter, out);
            }
        }
        return out;
    }

    std::string in_charset(std::string text) const {
        std::string bytes;
        if (from_utf8(answer_.bytes, text, bytes) > 0) { // seldom
            escape_lacking(answer_.bytes, style_of(answer_.escape), text);
            bytes.clear();
            from_utf8(answer_.bytes, text, bytes);
        }
        return bytes;
    }

    // How a document of the format says what its charset lacks.
    static escape_style style_of(format_kind format) {
        return format == format_kind::xml    ? escape_style::xml
               : format == format_kind::json ? escape_style::json
                                             : escape_style::plain;
    }

    void escape(const std::string& text, const std::string& filter, std::string& out) const {
        const auto begin = out.size();
        escape_marks(text, filter, out);
        // In XML and JSON the whole is escaped at last; elsewhere only what a filter makes XML or JSON of.
        if (filter.empty() || style_of(answer_.escape) != escape_style::plain) {
            return;
        }
        const auto how = filter == "json" ? escape_style::json : escape_style::xml;
        if (filter == "json" || filter == "xml" || filter == "cdata") {
            auto escaped = out.substr(begin);
            escape_lacking(answer_.bytes, how, escaped);
            out.replace(begin, std::string::npos, escaped);
        }
    }

    void escape_marks(const std::string& text, const std::string& filter, std::string& out) const {
        if (filter == "raw") {
            out += text;
        } else if (filter == "cdata") {
            append_cdata(text, out);
        } else if (filter == "base64") {
            encode_base64(in_charset(text), out);
        } else if (filter == "json" || (filter.empty() && answer_.escape == format_kind::json)) {
            append_json_escaped(text, out);
        } else if (filter == "xml" || (filter.empty() && answer_.escape == format_kind::xml)) {
            append_xml_escaped(text, out);
        } else if (filter == "csv" || (filter.empty() && answer_.escape == format_kind::csv)) {
            if (text.find_first_of(",\"\r\n") == std::string::npos) {
                out += text;
            } else {
                out += '"';
                for (const char c : text) {
                    out += c;
                    out += c == '"' ? "\"" : "";
                }
                out += '"';
            }
        } else {
            out += text;
        }
    }

    const dialect_plan& plan_;
    const answer_plan& answer_;
    const answer_input& input_;
    const reading* from_;
    std::string_view overall_;
    bool whole_{true};
};

// Receipts, or problem+json for a refusal of the whole.
wire_answer canonical_answer(const answer_input& input) {
    wire_answer out;
    if (input.receipts.empty()) {
        out.http_status = input.canonical_status;
        out.content_type = "application/problem+json";
        out.body = "{\"status\":" + std::to_string(input.canonical_status) + ",\"code\":\"";
        append_json_escaped(input.code, out.body);
        out.body += "\",\"title\":\"";
        append_json_escaped(input.message_zh, out.body);
        out.body += "\",\"detail\":\"";
        append_json_escaped(input.message_en, out.body);
        out.body += "\",\"request_id\":\"";
        append_json_escaped(input.request_id, out.body);
        out.body += "\"}";
        return out;
    }
    v1::Receipts receipts;
    receipts.set_request_id(input.request_id);
    for (const auto& receipt : input.receipts) {
        *receipts.add_receipts() = receipt;
    }
    out.body = v1::to_json(receipts);
    const auto whole = overall(input);
    out.http_status = whole == "all_accepted" ? 202 : canonical_status(whole);
    out.content_type = "application/json";
    return out;
}

} // namespace

wire_answer make_answer(const dialect_plan& plan, const answer_input& input, const reading* from) {
    return plan.answer ? answer_writer(plan, input, from).run() : canonical_answer(input);
}

} // namespace tongban::dialects
