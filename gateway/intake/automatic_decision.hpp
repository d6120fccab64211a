// 秒批秒办: filings that are decided in the request that brought them, by the destination's handler or by a rule of the item.
// What a handler says is a message of its destination like any other: identity, rules and states are checked, and its
// events are appended only when all of them would take effect. Else, and whatever fails, the case stays in the queue and
// goes the normal way. The events' ids follow from the filing's, so that nothing is decided twice; a window that claims
// meanwhile and the handler meet in the log.
#pragma once

#include "gateway/intake/intake_parts.hpp"
#include "monitoring/metrics.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tongban::intake {

class automatic_decision {
public:
    // `parts` outlives it.
    automatic_decision(const intake_parts& parts, monitoring::registry& metrics);

    // Of admissions that were appended: decides the filings among them that may be, one after the other as long as the
    // time lasts, and tells their receipts where the case stands then.
    boost::asio::awaitable<void> decide(std::vector<admission>& admissions, const message_facts& facts);

    // Of one filing that is durable and came in no message: the catalogue's item is the version that it names.
    boost::asio::awaitable<void> decide_durable(v1::LedgerRecord record);

private:
    class question_place;
    struct decision_words;

    bool may_be_decided(const admission& filing) const;
    bool has_decider(const admission& filing) const;
    boost::asio::awaitable<void> decide_one(admission& filing, const message_facts& facts);
    boost::asio::awaitable<std::string> by_rule(admission& filing, const v1::CaseState& state, const message_facts& facts);
    boost::asio::awaitable<std::string> by_handler(admission& filing, v1::CaseState state, const message_facts& facts);
    boost::asio::awaitable<std::string> take(std::vector<dialects::translated_event>& said, admission& filing,
                                             const v1::CaseState& state, const message_facts& facts);
    boost::system::result<dialects::reading, dialects::refusal>
    read(const ledger::automatic_answer& answer, google::protobuf::Arena& arena) const;

    const intake_parts& parts_;
    monitoring::counter_family& results_;
    monitoring::histogram seconds_;
    std::mutex mutex_;
    std::unordered_set<std::string> asked_; // cases about which a question is under way
};

} // namespace tongban::intake
