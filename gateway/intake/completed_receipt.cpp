#include "gateway/intake/completed_receipt.hpp"

#include "gateway/cases/verdict_detail.hpp"
#include "gateway/http/case_problem.hpp"

#include <google/protobuf/util/time_util.h>

namespace tongban::intake {

using google::protobuf::util::TimeUtil;

void refuse(v1::Receipt& receipt, v1::ReceiptOutcome outcome, const http::problem& problem) {
    receipt.set_outcome(outcome);
    receipt.set_code(problem.type);
    receipt.set_message_zh(problem.title_zh + (problem.detail_zh.empty() ? "" : "：" + problem.detail_zh));
    receipt.set_message_en(problem.title_en + (problem.detail_en.empty() ? "" : ": " + problem.detail_en));
}

void complete(v1::Receipt& receipt, const v1::LedgerRecord& record, const ledger::projected& projected) {
    const auto& state = projected.state;
    receipt.set_outcome(http::outcome_of(projected.verdict));
    receipt.set_status(state.status());
    receipt.set_revision(state.revision());
    receipt.set_code(std::string(cases::name(projected.verdict)));
    if (projected.recorded_at.time_since_epoch().count() != 0) {
        *receipt.mutable_recorded_at() = TimeUtil::MillisecondsToTimestamp(projected.recorded_at.time_since_epoch().count());
    }
    if (projected.verdict != cases::verdict::applied) {
        const auto detail = cases::detail_of(projected.verdict, state, record.event().body_case(), record.sender());
        receipt.set_message_zh(std::string(cases::message_zh(projected.verdict)) + (detail.zh.empty() ? "" : "：" + detail.zh));
        receipt.set_message_en(std::string(cases::message_en(projected.verdict)) + (detail.en.empty() ? "" : ": " + detail.en));
    }
    if (state.has_lease() && projected.verdict != cases::verdict::applied &&
        projected.verdict != cases::verdict::duplicate) {
        receipt.set_holder(state.lease().window_id());
        *receipt.mutable_lease_until() = TimeUtil::MillisecondsToTimestamp(state.lease().until_ms());
    }
}

void complete(v1::Receipt& receipt, boost::system::error_code append_error) {
    const auto problem = http::problem_of(append_error);
    refuse(receipt, http::outcome_of(append_error), problem);
}

} // namespace tongban::intake
