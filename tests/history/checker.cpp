#include "tests/history/checker.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>

namespace tongban::history {

namespace {

bool is_receipt(const answer& given) {
    return given.outcome == answer_outcome::accepted || given.outcome == answer_outcome::duplicate;
}

bool is_region(std::string_view text) {
    return text.size() == 6 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string told(const answer& given) {
    return given.by + " was answered " + std::string(name(given.outcome));
}

} // namespace

void checker::answered(const answer& given) {
    ++said_.answers[std::string(name(given.kind)) + (given.outcome == answer_outcome::none ? "" : " ") +
                    std::string(name(given.outcome))];
    switch (given.kind) {
    case answer_kind::submitted: return submitted(given);
    case answer_kind::event: return event(given);
    case answer_kind::claimed: return claimed(given);
    case answer_kind::delivered: return delivered(given);
    case answer_kind::acknowledged: return acknowledged(given);
    case answer_kind::fault: return fault(given);
    case answer_kind::end: said_.is_ended = true; return;
    }
}

case_story* checker::receipt(const answer& given, bool must_have_event) {
    auto* story = ledger_.find(given.case_id);
    if (story == nullptr) {
        said_.add(defect::lost, given.case_id, "", told(given) + ", and the ledger has no such case");
        return nullptr;
    }
    if (!must_have_event || given.event_id.empty()) {
        return story;
    }
    const auto ordinal = story->ordinal_of(given.event_id);
    if (ordinal == 0) {
        const bool is_there = story->has_without_effect(given.event_id);
        said_.add(defect::lost, given.case_id, "",
                  told(given) + " for event " + ledger::to_hex(given.event_id) +
                      (is_there ? ", which stands in the ledger without effect" : ", which the ledger does not have"));
        return nullptr;
    }
    if (given.outcome == answer_outcome::accepted) {
        for (const auto& other : story->accepted) {
            if (other.ordinal == ordinal) {
                said_.add(defect::done_twice, given.case_id, "",
                          "event " + ledger::to_hex(given.event_id) + " was answered accepted twice: to " +
                              ledger_.texts().text(other.client) + " and to " + given.by);
            }
        }
        story->accepted.push_back(
            {given.sent_ms.value_or(0), given.at_ms, ordinal, ledger_.texts().number_of(given.by)});
    }
    return story;
}

void checker::submitted(const answer& given) {
    any_submitted_ = true;
    case_story* named = nullptr;
    if (is_receipt(given)) {
        // A repetition under another key has an event id of its own, which the ledger may never have seen.
        named = receipt(given, given.outcome == answer_outcome::accepted);
        if (named != nullptr && !named->is_filed) {
            said_.add(defect::lost, given.case_id, "", told(given) + ", and the ledger has no filing of that case");
        }
    }
    if (is_region(given.origin) && !given.source_number.empty()) {
        if (auto* story = ledger_.find(cases::case_id(given.origin, given.source_number))) {
            const bool is_none = given.outcome == answer_outcome::refused || given.outcome == answer_outcome::conflict;
            (is_none ? story->is_refusal_seen : story->is_submission_seen) = true;
        }
    }
    if (named != nullptr) {
        named->is_submission_seen = true;
    }
    if (!given.content.empty()) {
        filed(given, named);
    }
}

void checker::filed(const answer& given, case_story* story) {
    const auto key = ledger::sha256(given.origin + '/' + given.source_number + '/' + given.content).substr(0, 16);
    auto& one = filings_[key];
    one.is_accepted |= given.outcome == answer_outcome::accepted;
    one.is_duplicate |= given.outcome == answer_outcome::duplicate;
    one.is_unsure |= given.outcome == answer_outcome::unknown || given.outcome == answer_outcome::unavailable;
    if (story == nullptr) {
        return;
    }
    if (one.story != nullptr && one.story != story) {
        said_.add(defect::done_twice, story->id, "", told(given) + " for what is case " + one.story->id + " too");
    }
    one.story = story;
}

void checker::event(const answer& given) {
    if (is_receipt(given)) {
        receipt(given, true);
    }
}

void checker::claimed(const answer& given) {
    if (!is_receipt(given)) {
        return;
    }
    const auto* story = receipt(given, true);
    if (story == nullptr || given.fencing_token == 0) {
        return; // a repetition that came when the claim was over is told no token
    }
    const auto claim = std::find_if(story->claims.begin(), story->claims.end(),
                                    [&](const claim_story& each) { return each.token == given.fencing_token; });
    if (claim == story->claims.end()) {
        said_.add(defect::lost, given.case_id, "",
                  told(given) + " with token " + std::to_string(given.fencing_token) + ", which the ledger never gave");
    } else if (claim->window != ledger_.texts().number_of(given.region + '/' + given.window)) {
        said_.add(defect::done_twice, given.case_id, "",
                  told(given) + " with token " + std::to_string(given.fencing_token) + ", which is that of " +
                      ledger_.texts().text(claim->window));
    }
}

void checker::delivered(const answer& given) {
    const auto id = cases::delivery_id(given.delivery);
    if (!id || id->region() != given.region || (!given.case_id.empty() && id->case_id() != given.case_id)) {
        said_.add(defect::unexplained, given.case_id, given.delivery,
                  given.by + " of " + given.region + " was given what is not its own");
        return;
    }
    const auto region = ledger_.texts().number_of(given.region);
    watched_.resize(std::max<std::size_t>(watched_.size(), region + 1U));
    watched_[region] = true;
    auto* story = ledger_.find(id->case_id());
    auto* delivery = story == nullptr ? nullptr : story->delivery(id->ordinal(), region);
    if (delivery == nullptr) {
        said_.add(defect::lost, id->case_id(), given.delivery,
                  given.by + " was given it, and the ledger does not have it");
        return;
    }
    if (!given.event_id.empty() && story->ordinal_of(given.event_id) != delivery->ordinal) {
        said_.add(defect::unexplained, id->case_id(), given.delivery, given.by + " was given another event under its name");
    }
    const auto at_ms = std::max<std::int64_t>(given.at_ms, 1);
    delivery->first_given_ms = delivery->first_given_ms == 0 ? at_ms : std::min(delivery->first_given_ms, at_ms);
    if (given.transport == "topic") {
        if (delivery->has(delivery_story::seen_in_topic) && !delivery->has(delivery_story::replayed)) {
            said_.add(defect::done_twice, id->case_id(), given.delivery, "stands in the topic twice");
        }
        delivery->flags |= delivery_story::seen_in_topic;
    }
    delivery->flags |= given.outcome == answer_outcome::taken     ? delivery_story::seen_taken
                       : given.outcome == answer_outcome::refused ? delivery_story::seen_refused
                                                                  : delivery_story::seen_unsaid;
}

void checker::acknowledged(const answer& given) {
    if (!is_receipt(given)) {
        return;
    }
    const auto id = cases::delivery_id(given.delivery);
    auto* story = id ? ledger_.find(id->case_id()) : nullptr;
    const auto* delivery =
        story == nullptr ? nullptr : story->delivery(id->ordinal(), ledger_.texts().number_of(id->region()));
    if (delivery == nullptr) {
        said_.add(defect::lost, id ? id->case_id() : "", given.delivery, told(given) + ", and the ledger does not have it");
    } else if (given.is_positive && !delivery->is_settled()) {
        said_.add(defect::lost, story->id, given.delivery, told(given) + " for its yes, and the ledger has none");
    } else if (!given.is_positive && !delivery->is_settled() && !delivery->has(delivery_story::refused_in_ledger)) {
        said_.add(defect::lost, story->id, given.delivery, told(given) + " for its no, and the ledger has none");
    }
}

void checker::fault(const answer& given) {
    recovery one{given.fault, given.target, given.expected, std::nullopt, given.bound_ms, given.recovered_ms.has_value()};
    if (given.recovered_ms) {
        const auto from = given.is_counted_from_begin ? given.began_ms : given.ended_ms;
        one.took_ms = std::max<std::int64_t>(*given.recovered_ms - from, 0);
        one.is_as_stated = !given.bound_ms || *one.took_ms <= *given.bound_ms;
    }
    if (!one.is_as_stated) {
        said_.add(defect::fault_outcome, "", "",
                  given.fault + (given.target.empty() ? "" : " of " + given.target) +
                      (one.took_ms ? " recovered in " + std::to_string(*one.took_ms) + " ms, more than stated"
                                   : " never recovered") +
                      (given.expected.empty() ? "" : ": " + given.expected));
    }
    said_.recoveries.push_back(std::move(one));
}

void checker::judge_filings() {
    for (const auto& [key, one] : filings_) {
        if (one.is_duplicate && !one.is_accepted && !one.is_unsure) {
            said_.add(defect::lost, one.story == nullptr ? "" : one.story->id, "",
                      "was answered duplicate, and nobody's filing of this content was ever taken");
        }
    }
}

void checker::judge_answers(const case_story& story) {
    if (any_submitted_ && story.is_filed && !story.is_submission_seen) {
        said_.add(defect::unexplained, story.id, "",
                  story.is_refusal_seen ? "was answered refused, and the ledger has it as filed" : "nobody filed it");
    }
    for (const auto& one : story.accepted) {
        for (const auto& later : story.accepted) {
            if (one.client == later.client && one.at_ms < later.sent_ms && one.ordinal > later.ordinal) {
                said_.add(defect::out_of_order, story.id, "",
                          ledger_.texts().text(one.client) + " was answered event " + std::to_string(one.ordinal) +
                              " of the ledger before it sent event " + std::to_string(later.ordinal));
            }
        }
    }
}

void checker::judge_deliveries(const case_story& story) {
    for (std::size_t i = 0; i < story.deliveries.size(); ++i) {
        const auto& one = story.deliveries[i];
        const auto name = [&] {
            return story.id + '-' + std::to_string(one.ordinal) + '-' + ledger_.texts().text(one.region);
        };
        const bool is_watched = one.region < watched_.size() && watched_[one.region];
        if (is_watched && one.has(delivery_story::acknowledged) &&
            !one.has(delivery_story::seen_taken | delivery_story::seen_unsaid)) {
            said_.add(defect::lost, story.id, name(), "the ledger says it was taken; the target never took it");
        }
        if (one.first_given_ms == 0) {
            continue;
        }
        for (std::size_t j = 0; j < i; ++j) {
            const auto& before = story.deliveries[j];
            if (before.region == one.region && before.first_given_ms > one.first_given_ms) {
                said_.add(defect::out_of_order, story.id, name(),
                          "was given before event " + std::to_string(before.ordinal));
                break;
            }
        }
    }
}

verdict checker::finish() {
    ledger_.account(!said_.is_ended);
    judge_filings();
    for (const auto& story : ledger_.stories()) {
        judge_answers(story);
        judge_deliveries(story);
    }
    return std::move(said_);
}

} // namespace tongban::history
