// The appends of one message.
#pragma once

#include "gateway/intake/admission.hpp"

#include <vector>

namespace tongban::intake {

// Appends those that are ready, and were not appended before, side by side, in their order, and completes their receipts; order
// per case is the log's promise. Resumes when every one is settled.
boost::asio::awaitable<void> append_all(ledger::ledger& ledger, std::vector<admission>& admissions,
                                        std::chrono::steady_clock::time_point deadline);

} // namespace tongban::intake
