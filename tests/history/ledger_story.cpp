#include "tests/history/ledger_story.hpp"

#include "gateway/cases/case_id.hpp"
#include "gateway/cases/claims.hpp"
#include "gateway/ledger/record.hpp"

namespace tongban::history {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t other_ids_max = 64; // of a case

std::string place(log::position at) {
    return "partition " + std::to_string(at.partition) + " offset " + std::to_string(at.offset);
}

// Who must learn an event, said here once more (gateway/cases/deliveries has it too): the other side what a side says, both
// what the gateway says, also by a rule in a side's name; nobody what concerns one side's own order of work.
std::vector<std::string> must_learn(const v1::CaseState& state, const v1::LedgerRecord& record) {
    const auto& event = record.event();
    if (event.has_case_collected() || event.has_claimed() || event.has_released() || event.has_lease_expired() ||
        event.has_routed() || state.origin_region() == state.dest_region()) {
        return {};
    }
    const auto& by = record.sender();
    const bool both = by.role() == v1::ROLE_GATEWAY || (by.automatic() && by.certificate_serial().empty());
    std::vector<std::string> regions;
    for (const auto& region : {state.origin_region(), state.dest_region()}) {
        if (!region.empty() && (both || region != by.region())) {
            regions.push_back(region);
        }
    }
    return regions;
}

std::string delivery_name(const case_story& story, const delivery_story& delivery, const numbered_texts& texts) {
    return story.id + '-' + std::to_string(delivery.ordinal) + '-' + texts.text(delivery.region);
}

} // namespace

void ledger_story::expect(log::position at) {
    if (next_offsets_.size() <= at.partition) {
        next_offsets_.resize(at.partition + 1);
    }
    auto& next = next_offsets_[at.partition];
    if (at.offset < next) { // gaps are the log's right
        said_.add(defect::out_of_order, "", "", place(at) + " comes after offset " + std::to_string(next - 1));
    }
    next = at.offset + 1;
}

void ledger_story::skip(log::position at) {
    ++said_.records;
    expect(at);
    said_.add(defect::unexplained, "", "", place(at) + " cannot be read");
}

void ledger_story::fold(const log::record& record) {
    ++said_.records;
    expect(record.at);
    if (!cases::is_case_id(record.key) ||
        !record_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
        said_.add(defect::unexplained, "", "", place(record.at) + " cannot be read");
    } else if (record_.has_deliveries()) {
        fold_facts(record);
    } else if (record_.event().case_().case_id() != record.key) {
        said_.add(defect::unexplained, std::string(record.key), "", place(record.at) + " is not of the case its key names");
    } else {
        fold_event(record);
    }
}

case_story* ledger_story::find(std::string_view case_id) {
    const auto at = by_id_.find(case_id);
    return at == by_id_.end() ? nullptr : at->second;
}

void ledger_story::fold_event(const log::record& record) {
    auto* known = find(record.key);
    if (known != nullptr && known->partition != record.at.partition) {
        said_.add(defect::unexplained, known->id, "",
                  "stands in partition " + std::to_string(known->partition) + " and in " + place(record.at));
        return;
    }
    v1::CaseState before;
    if (known != nullptr) {
        before.ParseFromString(known->state);
    }
    auto after = before;
    const auto at = ledger::recorded_at(record_, record);
    const bool has_effect = cases::evolve(after, record_, at) == cases::verdict::applied;
    if (!has_effect) {
        const auto& id = record_.event_id();
        if (known != nullptr && id.size() == id_bytes && known->ordinal_of(id) == 0 &&
            !known->has_without_effect(id) && known->other_ids.size() < other_ids_max * id_bytes) {
            known->other_ids += id;
        }
        return;
    }
    if (known == nullptr) {
        known = &stories_.emplace_back();
        known->id = std::string(record.key);
        known->partition = static_cast<std::uint16_t>(record.at.partition);
        by_id_.emplace(known->id, known);
    }
    take_event(*known, before, after, !before.case_id().empty(), record);
    cases::add_due(after, record_, record.at.offset, at);
    after.SerializeToString(&known->state);
}

void ledger_story::take_event(case_story& story, const v1::CaseState& before, const v1::CaseState& after,
                              bool is_known, const log::record& record) {
    ++said_.events;
    const auto& id = record_.event_id();
    if (story.ordinal_of(id) != 0) {
        said_.add(defect::done_twice, story.id, "",
                  "event " + ledger::to_hex(id) + " took effect a second time at " + place(record.at));
    }
    story.event_ids += id.size() == id_bytes ? id : std::string(id_bytes, '\0');
    if (story.event_ids.size() / id_bytes != after.event_count()) {
        said_.add(defect::unexplained, story.id, "", "its count of events is not what its records say");
    }
    if (!is_known) {
        const auto number = ledger::sha256(after.origin_region() + '/' + after.source_case_no()).substr(0, id_bytes);
        const auto [same, is_new] = by_number_.try_emplace(number, &story);
        if (!is_new) {
            said_.add(defect::done_twice, story.id, "", "the same filing is case " + same->second->id + " too");
        }
    }
    if (record_.event().has_case_submitted() && !story.is_filed) {
        story.is_filed = true;
        ++said_.accepted;
    }
    if (record_.event().has_claimed()) {
        note_claim(story, before, after, ledger::recorded_at(record_, record).time_since_epoch().count());
    }
    for (const auto& region : must_learn(after, record_)) {
        auto& due = story.deliveries.emplace_back();
        due.ordinal = static_cast<std::uint16_t>(after.event_count());
        due.region = texts_.number_of(region);
        ++said_.regions[region].due;
    }
}

void ledger_story::note_claim(case_story& story, const v1::CaseState& before, const v1::CaseState& after,
                              std::int64_t now_ms) {
    const auto& claim = record_.event().claimed();
    const auto window = texts_.number_of(record_.sender().region() + '/' + claim.window_id());
    if (cases::lease_is_live(before, now_ms) && before.lease().window_id() != claim.window_id()) {
        said_.add(defect::done_twice, story.id, "",
                  "window " + claim.window_id() + " was given it while " + before.lease().window_id() + " held it");
    }
    const bool is_renewal = !story.claims.empty() && story.claims.back().token == after.fencing_token();
    if (!is_renewal) {
        story.claims.push_back({after.fencing_token(), window});
    } else if (story.claims.back().window != window) {
        said_.add(defect::done_twice, story.id, "",
                  "two windows hold token " + std::to_string(after.fencing_token()));
    }
}

void ledger_story::fold_facts(const log::record& record) {
    const auto at = ledger::recorded_at(record_, record);
    for (const auto& fact : record_.deliveries().facts()) {
        const auto& id = fact.delivery();
        auto* story = find(id.case_id());
        if (story == nullptr || story->partition != record.at.partition) {
            continue;
        }
        v1::CaseState state;
        state.ParseFromString(story->state);
        const auto outcome = cases::fold_delivery(state, fact, at);
        if (outcome.verdict != cases::delivery_verdict::applied) {
            continue;
        }
        state.SerializeToString(&story->state);
        auto* delivery = story->delivery(id.ordinal(), texts_.number_of(id.region()));
        if (delivery == nullptr) {
            said_.add(defect::unexplained, story->id, cases::to_text(id), "a fact about what was never due had effect");
            continue;
        }
        delivery->flags |= fact.has_failed() ? delivery_story::refused_in_ledger : 0;
        delivery->flags |= fact.has_replayed() ? delivery_story::replayed : 0;
        if (!outcome.settled) {
            continue;
        }
        if (delivery->is_settled()) {
            said_.add(defect::done_twice, story->id, cases::to_text(id), "was settled a second time");
        }
        delivery->flags |= fact.has_acknowledged() ? delivery_story::acknowledged : delivery_story::discarded;
    }
}

void ledger_story::account(bool may_wait) {
    said_.cases = stories_.size();
    v1::CaseState state;
    for (const auto& story : stories_) {
        state.ParseFromString(story.state);
        account_for(story, state, may_wait);
    }
}

void ledger_story::account_for(const case_story& story, const v1::CaseState& state, bool may_wait) {
    if (story.is_filed) {
        const bool closed = cases::is_closed(state.status());
        const bool nowhere = state.status() == v1::CASE_STATUS_UNSPECIFIED ||
                             state.status() == v1::CASE_STATUS_COLLECTED;
        said_.closed += closed ? 1 : 0;
        said_.open += closed || nowhere ? 0 : 1;
        if (nowhere) {
            said_.add(defect::unexplained, story.id, "", "accepted, and neither closed nor open");
        }
    }
    for (const auto& delivery : story.deliveries) {
        const auto& region = texts_.text(delivery.region);
        auto& figures = said_.regions[region];
        if (delivery.is_settled()) {
            ++(delivery.has(delivery_story::acknowledged) ? figures.acknowledged : figures.discarded);
            continue;
        }
        const auto* outbox = cases::outbox_of(state, region);
        bool is_waiting = false;
        for (int i = 0; outbox != nullptr && i < outbox->pending_size() && !is_waiting; ++i) {
            is_waiting = outbox->pending(i).ordinal() == delivery.ordinal;
        }
        if (!is_waiting) {
            said_.add(defect::lost, story.id, delivery_name(story, delivery, texts_),
                      "due, and neither acknowledged, pending, dead-lettered nor discarded");
            continue;
        }
        const bool is_dead = outbox->dead() && outbox->pending(0).ordinal() == delivery.ordinal;
        ++(is_dead ? figures.dead_lettered : figures.pending);
        // What waits behind a dead letter waits for an operator.
        if (!may_wait && !outbox->dead()) {
            said_.add(defect::lost, story.id, delivery_name(story, delivery, texts_), "still waits at the end");
        }
    }
}

} // namespace tongban::history
