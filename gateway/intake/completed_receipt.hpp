// What a receipt says in the end: why an event was refused, or what the projector made of it.
#pragma once

#include "gateway/http/problem.hpp"
#include "gateway/ledger/ledger.hpp"
#include "tongban/v1/receipt.pb.h"

namespace tongban::intake {

void refuse(v1::Receipt& receipt, v1::ReceiptOutcome outcome, const http::problem& problem);

void complete(v1::Receipt& receipt, const v1::LedgerRecord& record, const ledger::projected& projected);
void complete(v1::Receipt& receipt, boost::system::error_code append_error);

} // namespace tongban::intake
