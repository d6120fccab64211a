#include "gateway/delivery/push_outcome.hpp"

namespace tongban::delivery {

namespace {

push_outcome outcome_of(const push::push_failure& failure) {
    push_outcome outcome;
    switch (failure.code) {
    case push::errc::pool_busy:
    case push::errc::cancelled:
    case push::errc::closed:
        return outcome;
    case push::errc::request_refused:
        outcome.target = target_state::works; // a fault of ours
        break;
    case push::errc::tls_failed:
    case push::errc::certificate_untrusted:
    case push::errc::certificate_expired:
    case push::errc::certificate_revoked:
    case push::errc::certificate_wrong_name:
    case push::errc::certificate_not_pinned:
        outcome.target = target_state::closed;
        break;
    default:
        outcome.target = target_state::fails;
    }
    outcome.result = push_result::failed;
    outcome.code = push::name_of(failure.code);
    outcome.text = failure.text;
    return outcome;
}

// Redirections, refusals of us rather than of the message, and whatever says "not now".
bool is_about_target(int status) {
    switch (status) {
    case 401:
    case 403:
    case 407:
    case 408:
    case 429:
        return true;
    default:
        return status < 200 || status >= 500 || (status >= 300 && status < 400);
    }
}

void judge_by_status(push_outcome& outcome, int status) {
    if (status >= 200 && status < 300) {
        outcome.result = push_result::taken;
        return;
    }
    outcome.result = push_result::failed;
    outcome.code = "answered_error";
    outcome.target = is_about_target(status) ? target_state::fails : target_state::works;
}

} // namespace

push_outcome outcome_of(const push::push_client::outcome& answered, const dialects::dialect* in) {
    if (!answered) {
        return outcome_of(answered.error());
    }
    push_outcome outcome;
    outcome.http_status = static_cast<std::uint32_t>(answered->status);
    outcome.is_truncated = answered->truncated;
    if (answered->retry_after) {
        outcome.asked = *answered->retry_after;
    }
    // The front of an answer is not judged: what it goes on to say may change its meaning.
    auto judged = in == nullptr ? std::nullopt
                                : in->judge(answered->status, answered->content_type,
                                            answered->truncated ? std::string_view() : answered->body);
    if (!judged) {
        judge_by_status(outcome, answered->status);
        return outcome;
    }
    if (answered->truncated) {
        *judged = {};
    }
    outcome.target_code = std::move(judged->target_code);
    switch (judged->verdict) {
    case dialects::push_verdict::taken:
        outcome.result = push_result::taken;
        break;
    case dialects::push_verdict::refused:
        outcome.result = push_result::refused;
        outcome.code = "refused";
        break;
    case dialects::push_verdict::retry:
        outcome.result = push_result::failed;
        outcome.code = "not_taken";
        // "Not now" is about the target; a 500 with a SOAP fault in it is about the message.
        outcome.target = answered->status == 429 || answered->status == 503 ? target_state::fails : target_state::works;
        break;
    case dialects::push_verdict::unreadable: {
        const bool is_good = answered->status >= 200 && answered->status < 300;
        outcome.result = push_result::failed;
        outcome.code = answered->truncated ? "answer_too_large" : is_good ? "unreadable_answer" : "answered_error";
        outcome.target = is_good || is_about_target(answered->status) ? target_state::fails : target_state::works;
        break;
    }
    }
    return outcome;
}

} // namespace tongban::delivery
