// The records by which a bundle 一件事 goes on. Each has the same event id whoever makes it, so that it takes effect once
// however many replicas, or a replica after a crash, say it.
#pragma once

#include "gateway/ledger/view.hpp"
#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <optional>

namespace tongban::bundles {

// The child's own filing, said by who filed the whole: the origin acts on it as on any case of its own, and the audit names
// the certificate that filed it. `filed` is the parent's record with its dossier inside.
v1::LedgerRecord child_filing_record(const v1::LedgerRecord& filed, const v1::BundleChild& child);

// 申请撤回 of a child, said by who asked for it of the whole, or declared the whole void: its reason then says so.
v1::LedgerRecord child_withdrawal_record(const v1::LedgerRecord& asked, const v1::CaseState& child);

// 子办件进展, on the parent.
v1::LedgerRecord progress_record(const v1::CaseState& parent, const v1::ChildProgressed& progress, std::int64_t now_ms);
// 联办办结, on the parent.
v1::LedgerRecord closing_record(const v1::CaseState& parent, std::int64_t now_ms);
// 主办件知悉, on the child that `progress` told of.
v1::LedgerRecord informed_record(const v1::CaseState& child, const v1::ChildProgressed& progress, std::int64_t now_ms);

// The newest event of that kind that took effect on the case; nullopt when there is none, an error is the view's.
boost::system::result<std::optional<v1::LedgerRecord>> newest_record(const ledger::view& view, ledger::case_number number,
                                                                     v1::CaseEvent::BodyCase body);

} // namespace tongban::bundles
