// What may close a case, and when a certificate may be given.
#pragma once

#include "gateway/cases/evolve.hpp"

namespace tongban::cases {

// 办结: the outcome is that of the decision, of the standing one or of the one that it implies.
verdict check_outcome(const v1::CaseState& state, const v1::CaseClosed& closed) noexcept;

// 容缺: nothing is owed, or the item gives a certificate all the same.
bool certificate_is_free(const v1::CaseState& state) noexcept;

// An event that gives a certificate, whichever it is, waits for what is owed 容缺. A denial does not: nothing is owed after it, and
// what it carries is its letter 不予许可决定书.
verdict check_certificate(const v1::CaseState& state, const v1::LedgerRecord& record);

} // namespace tongban::cases
