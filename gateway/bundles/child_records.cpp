#include "gateway/bundles/child_records.hpp"

#include "gateway/cases/bundles.hpp"
#include "gateway/cases/child_filing.hpp"
#include "gateway/ledger/dossier_files.hpp"
#include "gateway/ledger/proposal.hpp"
#include "gateway/ledger/record.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace tongban::bundles {

namespace {

ledger::record_facts facts_of(const v1::LedgerRecord& said, std::string_view key) {
    ledger::record_facts facts;
    facts.sender = said.sender();
    facts.idempotency_key = key;
    facts.raw_digest = said.raw_digest();
    facts.raw_content_type = said.raw_content_type();
    facts.trace_id = said.trace_id();
    facts.received_at = std::chrono::system_clock::now();
    return facts;
}

// Files that the gateway has still to get for the parent's filing are the child's to have too, once the parent has them.
void note_files_to_fetch(const v1::LedgerRecord& filed, const v1::Dossier& whole, v1::LedgerRecord& record) {
    using place = std::pair<std::string, std::string>;
    std::set<place> waited_for;
    ledger::for_each_file(whole, [&](std::uint32_t number, const v1::MaterialFile& file) {
        if (std::ranges::find(filed.to_fetch(), number) != filed.to_fetch().end()) {
            waited_for.emplace(file.url(), file.sha256());
        }
    });
    v1::Dossier dossier;
    if (waited_for.empty() || !dossier.ParseFromString(record.dossier())) {
        return;
    }
    const v1::Dossier& given = dossier;
    ledger::for_each_file(given, [&](std::uint32_t number, const v1::MaterialFile& file) {
        if (waited_for.contains({file.url(), file.sha256()})) {
            record.add_to_fetch(number);
        }
    });
}

// The visits of a bundle's filing were made once and the parent is in no figures: the first child that is filed has them.
bool has_the_visits(const v1::BundleStarted& plan, const v1::BundleChild& child) {
    const auto first = std::ranges::find_if(plan.children(), [](const v1::BundleChild& each) { return each.after().empty(); });
    return first != plan.children().end() && first->number() == child.number();
}

} // namespace

v1::LedgerRecord child_filing_record(const v1::LedgerRecord& filed, const v1::BundleChild& child) {
    const auto whole = ledger::open_event(filed);
    const auto key = "bundle " + ledger::to_hex(filed.event_id()) + ' ' + std::to_string(child.number());
    v1::LedgerRecord record;
    auto filing = cases::child_filing(whole, child);
    if (whole.case_submitted().has_onsite_visits() && has_the_visits(filed.bundle_started(), child)) {
        filing.mutable_case_submitted()->set_onsite_visits(whole.case_submitted().onsite_visits());
    }
    ledger::make_record(std::move(filing), facts_of(filed, key), record);
    record.mutable_routed()->set_queue_region(child.dest_region());
    *record.mutable_routed()->mutable_terms() = child.terms();
    ledger::note_same_files(filed, record);
    note_files_to_fetch(filed, whole.dossier(), record);
    return record;
}

v1::LedgerRecord child_withdrawal_record(const v1::LedgerRecord& asked, const v1::CaseState& child) {
    auto event = ledger::open_event(asked);
    if (event.has_case_voided()) {
        event.mutable_withdraw_requested();
        event.mutable_dossier()->set_reason("主办件作废：" + event.dossier().reason());
    }
    auto& ref = *event.mutable_case_();
    ref.set_case_id(child.case_id());
    ref.set_dest_region(child.dest_region());
    ref.set_source_case_no(child.source_case_no());
    event.clear_fencing_token();
    const auto key = "bundle " + ledger::to_hex(asked.event_id());
    v1::LedgerRecord record;
    ledger::make_record(std::move(event), facts_of(asked, key), record);
    ledger::note_same_files(asked, record);
    return record;
}

v1::LedgerRecord progress_record(const v1::CaseState& parent, const v1::ChildProgressed& progress, std::int64_t now_ms) {
    v1::CaseEvent event;
    *event.mutable_child_progressed() = progress;
    const auto key = "child " + std::to_string(progress.child()) + ' ' + std::to_string(progress.events()) +
                     (progress.withdraw_asked() ? " asked" : "");
    return ledger::propose(parent, std::move(event), key, now_ms);
}

v1::LedgerRecord closing_record(const v1::CaseState& parent, std::int64_t now_ms) {
    v1::CaseEvent event;
    *event.mutable_bundle_closed() = cases::bundle_result(parent);
    return ledger::propose(parent, std::move(event), "bundle closed " + std::to_string(parent.event_count()), now_ms);
}

v1::LedgerRecord informed_record(const v1::CaseState& child, const v1::ChildProgressed& progress, std::int64_t now_ms) {
    v1::CaseEvent event;
    event.mutable_parent_informed()->set_status(progress.status());
    event.mutable_parent_informed()->set_events(progress.events());
    return ledger::propose(child, std::move(event), "informed " + std::to_string(progress.events()), now_ms);
}

boost::system::result<std::optional<v1::LedgerRecord>> newest_record(const ledger::view& view, ledger::case_number number,
                                                                     v1::CaseEvent::BodyCase body) {
    auto events = view.events(number);
    if (!events) {
        return events.error();
    }
    const auto found = std::find_if(events->rbegin(), events->rend(), [body](const ledger::stored_event& one) {
        return one.refused_code.empty() && one.record.event().body_case() == body;
    });
    if (found == events->rend()) {
        return std::optional<v1::LedgerRecord>();
    }
    return std::optional(std::move(found->record));
}

} // namespace tongban::bundles
