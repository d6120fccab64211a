// Appends facts about deliveries: many in one ledger record, one record for each partition.
#pragma once

#include "gateway/cases/deliveries.hpp"
#include "gateway/ledger/ledger.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <vector>

namespace tongban::delivery {

// What became of one fact: what the ledger made of it, or why it is not known to be there (ledger::append's errors).
using fact_outcome = boost::system::result<ledger::fact_result>;

inline constexpr int facts_per_record_max = 200;

// Appends `facts` under `sender` and resumes when all are durable and projected here, or at the deadline. Outcomes in
// the order of the facts. The partitions' records are appended at the same time, the facts of one partition in order.
// Precondition: each fact names a delivery.
boost::asio::awaitable<std::vector<fact_outcome>> report(ledger::ledger& ledger, std::vector<v1::DeliveryFact> facts,
                                                         v1::Sender sender,
                                                         std::chrono::steady_clock::time_point deadline);

// The sender of what the gateway itself says.
v1::Sender gateway_sender();

} // namespace tongban::delivery
