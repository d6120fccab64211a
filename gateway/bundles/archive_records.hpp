// The records by which 档案材料调取 and its reply reach the other of two children of a bundle. Each has the same event id
// whoever makes it, as those of child_records.hpp.
#pragma once

#include "gateway/ledger/view.hpp"
#include "tongban/v1/ledger.pb.h"
#include "tongban/v1/view.pb.h"

#include <optional>
#include <string_view>

namespace tongban::bundles {

// 档案材料调取 in the case that is asked: what `said`, the record of `asking`, says there, with its reason and the limit that counts.
v1::LedgerRecord archive_request_record(const v1::LedgerRecord& said, const v1::CaseState& asking,
                                        const v1::ArchiveRequest& request, const v1::CaseState& asked);

// 档案材料答复 in the case that asked: with all that the reply gives, whose files that case then references.
v1::LedgerRecord archive_reply_record(const v1::LedgerRecord& said, const v1::CaseState& replying,
                                      const v1::ArchiveRequest& request, const v1::CaseState& asking);

// 档案材料答复 by the gateway itself: called off in the case that was asked, or not asked in the one that wanted to. `other` is
// the child on the other side of `in`.
v1::LedgerRecord archive_end_record(const v1::CaseState& in, const v1::ArchiveRequest& request, const v1::SiblingCase& other,
                                    v1::ArchiveResult result, std::int64_t now_ms);

// 监察预警 in the case that asked: the reply of `replying` is late.
v1::LedgerRecord archive_late_record(const v1::CaseState& asking, const v1::ArchiveRequest& request, const v1::CaseState& replying,
                                     std::int64_t now_ms);

// 档案往来知悉 in the case whose word about the request was carried over.
v1::LedgerRecord archive_informed_record(const v1::CaseState& in, const v1::ArchiveRequest& request, std::int64_t now_ms);

// The child of a bundle as another one knows it.
v1::SiblingCase sibling_of(const v1::CaseState& child);

} // namespace tongban::bundles
