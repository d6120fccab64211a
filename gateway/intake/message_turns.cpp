// A message of a thousand cases with three events each takes three turns, not a thousand: the cases go side by side.
#include "gateway/intake/message_turns.hpp"

#include "gateway/cases/evolve.hpp"
#include "gateway/intake/append_all.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace tongban::intake {

namespace asio = boost::asio;

namespace {

// What the cases that this turn opens may be called by, and the event that opens each.
class openings {
public:
    void add(const v1::CaseEvent& event, const v1::Receipt& receipt, std::size_t place) {
        if (event.has_case_submitted() || event.has_case_collected()) {
            places_.emplace(receipt.case_id(), place);
            places_.emplace(receipt.source_case_no(), place);
        }
    }
    std::optional<std::size_t> of(const v1::CaseRef& ref) const {
        for (const auto* name : {&ref.case_id(), &ref.source_case_no(), &ref.dest_case_no()}) {
            const auto found = places_.find(*name);
            if (!name->empty() && found != places_.end()) {
                return found->second;
            }
        }
        return std::nullopt;
    }

private:
    std::unordered_map<std::string, std::size_t> places_;
};

// Nobody knows whether the case stands: the sender comes again with all of it.
bool is_unsettled(const v1::Receipt& receipt) {
    return receipt.outcome() == v1::RECEIPT_OUTCOME_UNKNOWN || receipt.outcome() == v1::RECEIPT_OUTCOME_UNAVAILABLE;
}

admission put_off(const dialects::translated_event& translated, const v1::Receipt& opening) {
    admission result;
    auto& receipt = result.receipt;
    receipt.set_row(translated.row);
    receipt.set_event(std::string(cases::name(translated.event->body_case())));
    receipt.set_source_case_no(translated.event->case_().source_case_no());
    receipt.set_outcome(v1::RECEIPT_OUTCOME_UNAVAILABLE);
    receipt.set_code(opening.code());
    receipt.set_message_zh(opening.message_zh());
    receipt.set_message_en(opening.message_en());
    return result;
}

} // namespace

asio::awaitable<std::vector<admission>> take_in_turns(std::vector<dialects::translated_event>& events,
                                                      const message_facts& facts, ledger::ledger& ledger) {
    std::vector<admission> admissions(events.size());
    std::vector<std::optional<std::size_t>> opened_by(events.size());
    std::vector<std::size_t> left(events.size());
    std::iota(left.begin(), left.end(), std::size_t{0});
    while (!left.empty()) {
        openings opened;
        std::vector<std::size_t> later;
        for (const auto place : left) {
            auto& translated = events[place];
            if (const auto opening = opened.of(translated.event->case_())) {
                opened_by[place] = opening;
                later.push_back(place);
                continue;
            }
            if (opened_by[place] && is_unsettled(admissions[*opened_by[place]].receipt)) {
                admissions[place] = put_off(translated, admissions[*opened_by[place]].receipt);
                continue;
            }
            admissions[place] = co_await admit(translated, static_cast<std::uint32_t>(place), facts, ledger);
            if (events.size() > 1 && admissions[place].ready) {
                opened.add(admissions[place].record->event(), admissions[place].receipt, place);
            }
        }
        co_await append_all(ledger, admissions, facts.request.deadline);
        left = std::move(later);
    }
    co_return admissions;
}

} // namespace tongban::intake
