// Recognised by the event's id, or, of a submission, by the content that stands: neither depends on configuration.
#include "gateway/intake/repetition.hpp"

#include "gateway/cases/judgement.hpp"

#include <algorithm>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

enum class standing { no_case, not_said, said };

standing look_up(const ledger::view& view, const v1::LedgerRecord& record) {
    const auto row = view.find(record.event().case_().case_id());
    if (!row || !*row) {
        return standing::no_case;
    }
    return cases::was_applied((*row)->state, record.event_id()) ? standing::said : standing::not_said;
}

} // namespace

bool is_filed_already(const ledger::ledger& ledger, admission& result) {
    if (!result.record->event().has_case_submitted()) {
        return false;
    }
    auto row = ledger.read().find(result.receipt.case_id());
    if (!row || !*row) {
        return false;
    }
    if ((*row)->state.content_digest() != result.record->content_digest()) {
        return false; // a revision
    }
    ledger::projected first;
    first.verdict = cases::verdict::duplicate;
    first.state = std::move((*row)->state);
    complete(result.receipt, *result.record, first);
    return true;
}

asio::awaitable<bool> took_effect(const v1::LedgerRecord& record, ledger::ledger& ledger,
                                  std::chrono::steady_clock::time_point deadline) {
    auto found = look_up(ledger.read(), record);
    if (found == standing::not_said) {
        const auto late = co_await ledger.catch_up(deadline);
        found = late ? found : look_up(ledger.read(), record);
    }
    co_return found == standing::said;
}

void forget_refusals(v1::Receipt& receipt) {
    auto& told = *receipt.mutable_violations();
    const auto rest = std::remove_if(told.begin(), told.end(), [](const v1::Violation& one) { return !one.warning(); });
    told.erase(rest, told.end());
}

} // namespace tongban::intake
