#include "gateway/ledger/proposal.hpp"

#include "gateway/ledger/record.hpp"

namespace tongban::ledger {

v1::LedgerRecord propose(const v1::CaseState& about, v1::CaseEvent&& event, std::string_view key, std::int64_t occurred_ms) {
    auto& ref = *event.mutable_case_();
    ref.set_case_id(about.case_id());
    ref.set_origin_region(about.origin_region());
    ref.set_dest_region(about.dest_region());
    ref.set_source_case_no(about.source_case_no());
    event.mutable_occurred_at()->set_seconds(occurred_ms / 1000);
    record_facts facts;
    facts.sender.set_partner("gateway");
    facts.sender.set_role(v1::ROLE_GATEWAY);
    facts.idempotency_key = key;
    facts.received_at = std::chrono::system_clock::now();
    v1::LedgerRecord record;
    make_record(std::move(event), facts, record);
    return record;
}

} // namespace tongban::ledger
