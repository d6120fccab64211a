// The ledger's side of a history: every record folded with the case rules, and judged beside them by rules of its own,
// so that a mistake in the case rules is not believed twice.
#pragma once

#include "connectors/log/event_log.hpp"
#include "gateway/cases/deliveries.hpp"
#include "tests/history/case_story.hpp"
#include "tests/history/verdict.hpp"

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tongban::history {

class ledger_story {
public:
    // Finds go to `said`, which outlives it.
    explicit ledger_story(verdict& said) : said_(said) {}

    // Records of a partition come in the order of their offsets, from its first.
    void fold(const log::record& record);
    // A record that nobody can read.
    void skip(log::position at);

    case_story* find(std::string_view case_id);
    numbered_texts& texts() noexcept { return texts_; }
    // After the last record: counts cases and deliveries. `may_wait`: what is pending is no defect.
    void account(bool may_wait);
    std::deque<case_story>& stories() noexcept { return stories_; }

private:
    void expect(log::position at);
    void fold_event(const log::record& record);
    void fold_facts(const log::record& record);
    void take_event(case_story& story, const v1::CaseState& before, const v1::CaseState& after, bool is_known,
                    const log::record& record);
    void note_claim(case_story& story, const v1::CaseState& before, const v1::CaseState& after, std::int64_t now_ms);
    void account_for(const case_story& story, const v1::CaseState& state, bool may_wait);

    verdict& said_;
    std::deque<case_story> stories_;
    std::unordered_map<std::string_view, case_story*> by_id_;
    std::unordered_map<std::string, case_story*> by_number_; // origin and source number, digested
    std::vector<std::uint64_t> next_offsets_;
    numbered_texts texts_;
    v1::LedgerRecord record_;
};

} // namespace tongban::history
