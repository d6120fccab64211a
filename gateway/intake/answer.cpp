// Answers to messages.
#include "gateway/intake/answer.hpp"

#include "gateway/http/case_problem.hpp"
#include "schemas/canonical_json.hpp"

#include <algorithm>

namespace tongban::intake {

namespace {

// One word for log and metrics.
std::string outcome_word(std::span<const v1::Receipt> receipts) {
    if (receipts.empty()) {
        return "empty";
    }
    const auto first = receipts.front().outcome();
    const bool same = std::all_of(receipts.begin(), receipts.end(),
                                  [&](const v1::Receipt& r) { return r.outcome() == first; });
    if (!same) {
        return "mixed";
    }
    switch (first) {
    case v1::RECEIPT_OUTCOME_ACCEPTED: return "accepted";
    case v1::RECEIPT_OUTCOME_DUPLICATE: return "duplicate";
    case v1::RECEIPT_OUTCOME_REJECTED: return "rejected";
    case v1::RECEIPT_OUTCOME_CONFLICT: return "conflict";
    case v1::RECEIPT_OUTCOME_FORBIDDEN: return "forbidden";
    case v1::RECEIPT_OUTCOME_NOT_FOUND: return "not_found";
    case v1::RECEIPT_OUTCOME_UNKNOWN: return "unknown";
    default: return "unavailable";
    }
}

// 202 and 200 mix to 202; anything else that differs is 207.
int canonical_status(std::span<const v1::Receipt> receipts) {
    int status = 0;
    for (const auto& receipt : receipts) {
        const int one = http::status_of(receipt.outcome());
        if (status == 0 || status == one) {
            status = one;
        } else if ((status == 200 || status == 202) && (one == 200 || one == 202)) {
            status = 202;
        } else {
            return 207;
        }
    }
    return status;
}

bool is_success(v1::ReceiptOutcome outcome) {
    return outcome == v1::RECEIPT_OUTCOME_ACCEPTED || outcome == v1::RECEIPT_OUTCOME_DUPLICATE;
}

http::problem problem_of_receipt(const v1::Receipt& receipt) {
    http::problem problem;
    problem.status = http::status_of(receipt.outcome());
    problem.type = receipt.code();
    std::replace(problem.type.begin(), problem.type.end(), '_', '-');
    problem.title_zh = receipt.message_zh();
    problem.title_en = receipt.message_en();
    problem.detail_zh = receipt.message_zh(); // what would be right is in the same sentence
    problem.detail_en = receipt.message_en();
    problem.retry_after_s = problem.status == 503 ? 5 : 0;
    problem.members.emplace_back("receipt", to_json(receipt));
    if (receipt.status() != v1::CASE_STATUS_UNSPECIFIED) {
        problem.members.emplace_back("state", '"' + std::string(cases::name(receipt.status())) + '"');
        problem.members.emplace_back("state_zh", '"' + std::string(cases::term(receipt.status())) + '"');
    }
    if (!receipt.holder().empty()) {
        problem.members.emplace_back("holder", '"' + receipt.holder() + '"');
    }
    return problem;
}

// A city's format may answer 200 to everything: what our own would have answered stands in a header, for tools and logs.
http::response from_wire(dialects::wire_answer&& answer, int canonical_status) {
    http::response response;
    response.status = answer.http_status;
    response.headers.emplace_back("X-Tongban-Status", std::to_string(canonical_status));
    response.content_type = std::move(answer.content_type);
    response.body = std::move(answer.body);
    return response;
}

http::response canonical_answer(const answer_form& form, std::span<const v1::Receipt> receipts,
                                const http::request& request) {
    http::response response;
    if (!form.batch && receipts.size() == 1) {
        const auto& receipt = receipts.front();
        if (!is_success(receipt.outcome())) {
            const std::vector<v1::Violation> violations(receipt.violations().begin(), receipt.violations().end());
            return http::to_response(problem_of_receipt(receipt), request, violations);
        }
        response.body = to_json(receipt);
    } else {
        v1::Receipts all;
        all.set_request_id(request.request_id);
        for (const auto& receipt : receipts) {
            *all.add_receipts() = receipt;
        }
        response.body = to_json(all);
    }
    response.status = canonical_status(receipts);
    response.content_type = "application/json";
    return response;
}

} // namespace

http::response answer_receipts(const answer_form& form, const dialects::reading& reading,
                               std::vector<v1::Receipt>&& receipts, const http::request& request) {
    const auto outcome = outcome_word(receipts);
    const auto case_id = receipts.size() == 1 ? receipts.front().case_id() : std::string{};
    const int status = canonical_status(receipts);
    http::response response;
    if (form.speaks() != nullptr) {
        dialects::answer_input input;
        input.canonical_status = status;
        input.request_id = request.request_id;
        // A city's answer names one reason: that of the first event that failed.
        const auto failed = std::find_if(receipts.begin(), receipts.end(),
                                         [](const v1::Receipt& r) { return !is_success(r.outcome()); });
        if (failed != receipts.end()) {
            input.code = failed->code();
            input.message_zh = failed->message_zh();
            input.message_en = failed->message_en();
        }
        input.receipts = std::move(receipts);
        response = from_wire(form.speaks()->answer(input, &reading), status);
    } else {
        response = canonical_answer(form, receipts, request);
    }
    const bool told = std::any_of(response.headers.begin(), response.headers.end(),
                                  [](const auto& header) { return header.first == "Retry-After"; });
    if (status == 503 && !told) {
        response.headers.emplace_back("Retry-After", "5");
    }
    response.outcome = outcome;
    response.case_id = case_id;
    return response;
}

http::response answer_problem(const answer_form& form, const http::problem& problem, const http::request& request,
                              std::span<const v1::Violation> violations) {
    http::response response;
    if (form.speaks() != nullptr) {
        dialects::answer_input input;
        input.canonical_status = problem.status;
        input.code = problem.type;
        input.message_zh = problem.title_zh + (problem.detail_zh.empty() ? "" : "：" + problem.detail_zh);
        input.message_en = problem.title_en + (problem.detail_en.empty() ? "" : ": " + problem.detail_en);
        input.request_id = request.request_id;
        response = from_wire(form.speaks()->answer(input, nullptr), problem.status);
        if (problem.retry_after_s > 0) {
            response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
        }
    } else {
        response = http::to_response(problem, request, violations);
    }
    response.outcome = problem.type;
    return response;
}

http::problem problem_of(const dialects::refusal& refusal) {
    http::problem problem;
    problem.title_zh = "报文无法解析";
    problem.title_en = "The message cannot be read";
    problem.detail_zh = refusal.message_zh + (refusal.place.empty() ? "" : "（" + refusal.place + "）");
    problem.detail_en = refusal.message_en + (refusal.place.empty() ? "" : " (" + refusal.place + ")");
    const auto set = [&](int status, std::string_view type) {
        problem.status = status;
        problem.type = type;
    };
    switch (static_cast<dialects::errc>(refusal.code.value())) {
    case dialects::errc::wrong_encoding: set(400, "wrong-encoding"); break;
    case dialects::errc::malformed: set(400, "malformed"); break;
    case dialects::errc::too_deep: set(400, "too-deep"); break;
    case dialects::errc::too_large: set(413, "too-large"); break;
    case dialects::errc::unsupported_content_type: set(415, "unsupported-content-type"); break;
    case dialects::errc::signature_invalid: set(403, "signature-invalid"); break;
    case dialects::errc::cannot_be_written: // of writing only
    case dialects::errc::unknown_message: set(422, "unknown-message"); break;
    }
    return problem;
}

} // namespace tongban::intake
