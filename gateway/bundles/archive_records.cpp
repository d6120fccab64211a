#include "gateway/bundles/archive_records.hpp"

#include "gateway/cases/case_clocks.hpp"
#include "gateway/ledger/proposal.hpp"
#include "gateway/ledger/record.hpp"

#include <string>
#include <utility>

namespace tongban::bundles {

namespace {

// Said in `in` as it was said in the other case: when, by whom, with its dossier and the files of that.
v1::LedgerRecord carried(const v1::LedgerRecord& said, v1::CaseEvent event, const v1::CaseState& in, const v1::CaseState& from,
                         const std::string& key) {
    event.mutable_case_()->Clear();
    event.clear_fencing_token();
    event.clear_source_sequence();
    const auto occurred_ms = cases::occurred_ms(event);
    auto record = ledger::propose(in, std::move(event), key, occurred_ms);
    record.set_trace_id(said.trace_id());
    *record.mutable_materials() = said.materials();
    *record.mutable_to_fetch() = said.to_fetch();
    *record.mutable_sibling() = sibling_of(from);
    return record;
}

std::string key_of(const v1::ArchiveRequest& request, std::string_view what) {
    return "archive " + request.request_no() + ' ' + std::string(what);
}

} // namespace

v1::SiblingCase sibling_of(const v1::CaseState& child) {
    v1::SiblingCase sibling;
    sibling.set_case_id(child.case_id());
    sibling.set_child(child.parent().child());
    sibling.set_region(child.dest_region());
    return sibling;
}

v1::LedgerRecord archive_request_record(const v1::LedgerRecord& said, const v1::CaseState& asking,
                                        const v1::ArchiveRequest& request, const v1::CaseState& asked) {
    auto event = ledger::open_event(said);
    auto& body = *event.mutable_archive_requested();
    body.set_request_no(request.request_no());
    *body.mutable_limit() = request.limit(); // the item of the case that asks may have said it
    body.set_child(asking.parent().child());
    body.set_region(asking.dest_region());
    return carried(said, std::move(event), asked, asking, key_of(request, "asked"));
}

v1::LedgerRecord archive_reply_record(const v1::LedgerRecord& said, const v1::CaseState& replying,
                                      const v1::ArchiveRequest& request, const v1::CaseState& asking) {
    auto event = ledger::open_event(said);
    auto& body = *event.mutable_archive_replied();
    body.set_request_no(request.request_no());
    body.set_child(replying.parent().child());
    body.set_region(replying.dest_region());
    return carried(said, std::move(event), asking, replying, key_of(request, "answered"));
}

v1::LedgerRecord archive_end_record(const v1::CaseState& in, const v1::ArchiveRequest& request, const v1::SiblingCase& other,
                                    v1::ArchiveResult result, std::int64_t now_ms) {
    v1::CaseEvent event;
    auto& body = *event.mutable_archive_replied();
    body.set_request_no(request.request_no());
    body.set_archive_result(result);
    body.set_child(other.child());
    body.set_region(other.region());
    auto record = ledger::propose(in, std::move(event), key_of(request, v1::ArchiveResult_Name(result)), now_ms);
    *record.mutable_sibling() = other;
    return record;
}

v1::LedgerRecord archive_late_record(const v1::CaseState& asking, const v1::ArchiveRequest& request, const v1::CaseState& replying,
                                     std::int64_t now_ms) {
    v1::CaseEvent event;
    auto& warning = *event.mutable_supervision_warning();
    warning.set_band(v1::SUPERVISION_BAND_RED);
    warning.set_clock(v1::CLOCK_KIND_ARCHIVE);
    warning.mutable_due()->set_seconds(request.due_ms() / 1000);
    warning.set_owed_by(replying.dest_region());
    auto record = ledger::propose(asking, std::move(event), key_of(request, "late"), now_ms);
    *record.mutable_sibling() = sibling_of(replying);
    return record;
}

v1::LedgerRecord archive_informed_record(const v1::CaseState& in, const v1::ArchiveRequest& request, std::int64_t now_ms) {
    v1::CaseEvent event;
    event.mutable_archive_informed()->set_request_no(request.request_no());
    event.mutable_archive_informed()->set_archive_result(request.result());
    return ledger::propose(in, std::move(event), key_of(request, "told " + std::to_string(request.result())), now_ms);
}

} // namespace tongban::bundles
