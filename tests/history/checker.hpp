// Holds a history together: first every record of the ledger, then every answer that anybody saw, then the verdict.
// It knows nothing of the program's memory, view or log files. README.md says what it demands.
#pragma once

#include "connectors/log/event_log.hpp"
#include "tests/history/answer.hpp"
#include "tests/history/ledger_story.hpp"
#include "tests/history/verdict.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace tongban::history {

class checker {
public:
    // The whole ledger, each partition in the order of its offsets.
    void record(const log::record& record) { ledger_.fold(record); }
    void unreadable_record(log::position at) { ledger_.skip(at); }
    // After the last record; in any order.
    void answered(const answer& given);
    // Once, at the end.
    verdict finish();

private:
    // One filing: origin, number and content.
    struct filing {
        const case_story* story = nullptr; // where it was accepted
        bool is_accepted = false;
        bool is_duplicate = false;
        bool is_unsure = false; // it may have been taken without anybody knowing
    };

    void submitted(const answer& given);
    void filed(const answer& given, case_story* story);
    void event(const answer& given);
    // The case that a receipt names, its event with effect; null after saying what is lost.
    case_story* receipt(const answer& given, bool must_have_event);
    void claimed(const answer& given);
    void delivered(const answer& given);
    void acknowledged(const answer& given);
    void fault(const answer& given);
    void judge_filings();
    void judge_answers(const case_story& story);
    void judge_deliveries(const case_story& story);

    verdict said_;
    ledger_story ledger_{said_};
    std::unordered_map<std::string, filing> filings_; // by the digest of what makes it one
    std::vector<bool> watched_;                       // by region: its targets' answers are in the history
    bool any_submitted_ = false;
};

} // namespace tongban::history
