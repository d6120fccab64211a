// A small history as it should be: cases filed, claimed, worked and delivered by every transport, with a fault in
// between. Tests plant one defect in it each.
#pragma once

#include "tests/history/answer.hpp"
#include "tests/history/verdict.hpp"
#include "tongban/v1/ledger.pb.h"

#include <functional>
#include <string>
#include <vector>

namespace tongban::history {

struct sample_record {
    std::uint32_t partition = 0;
    std::int64_t at_ms = 0;
    v1::LedgerRecord value;
};

class sample_history {
public:
    static constexpr const char* region_a = "370800";
    static constexpr const char* region_b = "140400";

    // `cases` of them, each delivered to B by pull and to A by push, every second one to A by topic.
    explicit sample_history(int cases = 4);

    std::vector<sample_record> records;
    std::vector<answer> answers;

    std::string case_id(int n) const;
    // The first answer or record that `which` says yes to; fails the test when there is none.
    answer& find_answer(const std::function<bool(const answer&)>& which);
    sample_record& find_record(const std::function<bool(const sample_record&)>& which);
    void erase_answers(const std::function<bool(const answer&)>& which);
    void erase_records(const std::function<bool(const sample_record&)>& which);
    // Another event of a case, by B's platform or window, as it would be recorded now.
    v1::LedgerRecord event_of_b(int n, v1::CaseEvent::BodyCase body, const std::string& key, std::uint64_t token = 0);
    void append(int n, const v1::LedgerRecord& record);
    answer said(answer_kind kind, const char* by, int n, answer_outcome outcome);

    verdict check() const;
    // The two files of it.
    std::string ledger_lines() const;
    std::string answer_lines() const;

private:
    void file(int n);
    void claim(int n);
    void work(int n, v1::CaseEvent::BodyCase body);
    void deliver(int n, std::uint32_t ordinal, const char* region, const char* transport);
    void fact(int n, std::uint32_t ordinal, const char* region, const char* transport, v1::DeliveryFact fact);

    std::int64_t now_ms_ = 1'700'000'000'000;
    std::int64_t tick() { return now_ms_ += 5; }
};

} // namespace tongban::history
