// What is due to a region gets there: the region's platform asks for it (pull), is called (push), or reads a topic
// (kafka). One mechanism under all three: what happens to a delivery is appended to the ledger as a fact, and the
// facts decide (gateway/cases/deliveries.hpp). So any replica answers a pull, two replicas that act for one region
// for a moment do no harm, and the case's timeline shows when the other side had each event. Who only wants to
// be told, without acknowledging, follows a stream of events.
#pragma once

#include "connectors/dialects/dialect_set.hpp"
#include "gateway/http/message.hpp"
#include "gateway/ledger/ledger.hpp"
#include "monitoring/metrics.hpp"
#include "security/live.hpp"
#include "security/partner_directory.hpp"

#include <chrono>
#include <vector>

namespace tongban::delivery {

struct delivery_settings {
    std::chrono::seconds visibility_default{60}; // what was handed out and not acknowledged comes again after this
    std::chrono::seconds visibility_max{3600};
    std::chrono::seconds wait_max{30};      // longest long-poll
    std::size_t batch_max = 200;            // deliveries in one answer
    std::size_t pull_bytes_max = 8UL << 20; // of one answer's messages, as they are sent; one alone may be longer
    std::size_t acks_max = 1000;            // acknowledgements in one request
    // The retry budget: then dead letter. By default the age decides: the longest pause allows fewer attempts in 30 days.
    std::uint32_t attempts_max = 10'000;
    std::chrono::seconds age_max{3 * 24 * 3600}; // since the event
    std::chrono::milliseconds retry_first{1000}; // pause after the first failed attempt; doubles, with full jitter
    std::chrono::milliseconds retry_most{600'000};
    std::chrono::milliseconds retry_asked_most{3'600'000}; // a target's own Retry-After, cut here
    std::size_t streams_max = 200;            // event streams open at once
    std::size_t streams_per_partner_max = 8; // of them one partner's
    std::chrono::milliseconds stream_heartbeat{15'000}; // a comment when nothing else was sent for this long
};

// All outlive what is built from them.
struct delivery_parts {
    ledger::ledger& ledger;
    const security::live<security::partner_directory>& partners;
    const security::live<dialects::dialect_set>& dialects;
    delivery_settings settings;
};

// GET /v1/deliveries, POST /v1/deliveries/ack.
std::vector<http::route> pull_routes(const delivery_parts& parts, monitoring::registry& metrics);

// GET /v1/events. What handlers wait for and streams follow is the ledger's: it outlives the server.
std::vector<http::route> event_routes(const delivery_parts& parts, monitoring::registry& metrics);

} // namespace tongban::delivery
