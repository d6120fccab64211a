// Recognised by the event's id, by the bytes, or, of a submission, by the content that stands: none depends on configuration.
#include "gateway/intake/repetition.hpp"

#include "gateway/cases/judgement.hpp"
#include "gateway/intake/completed_receipt.hpp"
#include "gateway/ledger/record.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>

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

// The same bytes are the same, too, when a dialect that was extended meanwhile reads more in them.
bool says_the_same(const v1::LedgerRecord& one, const v1::LedgerRecord& other) {
    return one.content_digest() == other.content_digest() ||
           (!one.raw_digest().empty() && one.raw_digest() == other.raw_digest() && one.part() == other.part());
}

// What was said first, and the revision of the case that it was, or was said of.
struct first_saying {
    const ledger::stored_event* event = nullptr;
    std::uint32_t revision = 0;
};

// By the event's id, else, of a filing, by the content that stands: the same may be said under another key.
std::optional<first_saying> find_first(const std::vector<ledger::stored_event>& events, const v1::LedgerRecord& record) {
    std::optional<first_saying> of_content;
    std::uint32_t revision = 0;
    for (const auto& event : events) {
        if (!event.refused_code.empty()) {
            continue;
        }
        revision += event.record.event().has_case_submitted() ? 1 : 0;
        if (event.record.event_id() == record.event_id()) {
            return first_saying{&event, revision};
        }
        if (event.record.event().has_case_submitted() && says_the_same(event.record, record)) {
            of_content = first_saying{&event, revision};
        }
    }
    return record.event().has_case_submitted() ? of_content : std::nullopt;
}

// Archives that are asked for already are not asked for again, whatever else is said with it: the newest request of that child.
const ledger::stored_event* find_request(const std::vector<ledger::stored_event>& events, const v1::LedgerRecord& record) {
    const auto found = std::find_if(events.rbegin(), events.rend(), [&](const ledger::stored_event& one) {
        return one.refused_code.empty() && one.record.event().has_archive_requested() && !one.record.sender().region().empty() &&
               one.record.sibling().case_id() == record.sibling().case_id();
    });
    return found == events.rend() ? nullptr : &*found;
}

void set_recorded_at(v1::Receipt& receipt, const ledger::stored_event& event) {
    *receipt.mutable_recorded_at() =
        google::protobuf::util::TimeUtil::MillisecondsToTimestamp(event.recorded_at.time_since_epoch().count());
}

void refuse_other_content(v1::Receipt& receipt, const ledger::stored_event& first, const v1::LedgerRecord& record) {
    const auto shown = [](const v1::LedgerRecord& of) { return ledger::to_hex(of.content_digest().substr(0, 8)); };
    receipt.set_outcome(v1::RECEIPT_OUTCOME_REJECTED);
    receipt.set_code("idempotency-key-reused");
    receipt.set_message_zh("同一 Idempotency-Key 已用于本办件的其他内容：首次内容摘要 " + shown(first.record) + "，本次 " +
                           shown(record) + "；本次内容未生效，请换用新的 Idempotency-Key。");
    receipt.set_message_en("This Idempotency-Key stands for other content of the case: digest " + shown(first.record) +
                           " was first, " + shown(record) + " is now; nothing was done, use a new key.");
    set_recorded_at(receipt, first);
}

// Whether what stands in the case came in the same bytes.
bool stands_in_these_bytes(const ledger::view& view, const ledger::case_row& row, const v1::LedgerRecord& record) {
    const auto events = view.events(row.number);
    if (!events) {
        return false;
    }
    for (auto each = events->rbegin(); each != events->rend(); ++each) {
        if (each->refused_code.empty() && each->record.event().has_case_submitted()) {
            return says_the_same(each->record, record);
        }
    }
    return false;
}

} // namespace

bool is_filed_already(const ledger::ledger& ledger, std::optional<ledger::case_row>& before, admission& result) {
    if (!before || !result.record->event().has_case_submitted()) {
        return false;
    }
    if (before->state.content_digest() != result.record->content_digest() &&
        !stands_in_these_bytes(ledger.read(), *before, *result.record)) {
        return false; // a revision
    }
    ledger::projected first;
    first.verdict = cases::verdict::duplicate;
    first.state = std::move(before->state);
    complete(result.receipt, *result.record, first);
    tell_first(result.receipt, *result.record, ledger.read());
    return true;
}

void tell_first(v1::Receipt& receipt, const v1::LedgerRecord& record, const ledger::view& view) {
    const auto row = view.find(record.event().case_().case_id());
    if (!row || !*row) {
        return;
    }
    const auto events = view.events((*row)->number);
    const auto first = events ? find_first(*events, record) : std::nullopt;
    if (!first) {
        if (const auto* request = events && record.has_sibling() ? find_request(*events, record) : nullptr) {
            receipt.set_event_id(ledger::to_hex(request->record.event_id()));
            set_recorded_at(receipt, *request);
        }
        return;
    }
    if (!says_the_same(first->event->record, record) && !record.sender().automatic()) {
        refuse_other_content(receipt, *first->event, record);
        return;
    }
    receipt.set_event_id(ledger::to_hex(first->event->record.event_id()));
    receipt.set_revision(first->revision);
    set_recorded_at(receipt, *first->event);
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

void take_id_of_same_bytes(v1::LedgerRecord& record, const ledger::view& view) {
    const auto row = view.find(record.event().case_().case_id());
    if (!row || !*row || cases::was_applied((*row)->state, record.event_id())) {
        return;
    }
    const auto events = view.events((*row)->number);
    if (!events) {
        return;
    }
    for (const auto& event : *events) {
        if (event.refused_code.empty() && event.record.sender().partner() == record.sender().partner() &&
            event.record.event().body_case() == record.event().body_case() && says_the_same(event.record, record)) {
            record.set_event_id(event.record.event_id());
            return;
        }
    }
}

void forget_refusals(v1::Receipt& receipt) {
    auto& told = *receipt.mutable_violations();
    const auto rest = std::remove_if(told.begin(), told.end(), [](const v1::Violation& one) { return !one.warning(); });
    told.erase(rest, told.end());
}

} // namespace tongban::intake
