// A message from a region's topic, as the path of messages takes it, and what its end means.
#pragma once

#include "connectors/log/topic_source.hpp"
#include "gateway/intake/message_intake.hpp"
#include "gateway/intake/source_order.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tongban::intake {

// A message of our own, for as long as it is under way.
struct topic_message {
    source_order::place in;
    std::uint64_t offset{};
    std::string region;
    std::string key;
    std::int64_t published_ms{};
    bool unreadable = false;
    http::request request;
};

// A copy: what the source gave lives only until it is asked again. Headers: content-type, dialect, idempotency-key,
// traceparent (W3C Trace Context).
std::shared_ptr<topic_message> make_message(const log::source_message& given);

// taken: durable in the ledger, or a repetition of what is. rejected: its sender must mend it. again: not stored, or not
// known to be, and safe to be tried again. onward: the same, and some of its events were stored by this try. left: its topic is
// not read any more, so its position is nobody's here; who reads it next is given the message again.
enum class fate { taken, rejected, again, onward, left };
// Of several events one that is not known to be stored decides: the others come back as duplicates.
fate fate_of(const taken_message& taken) noexcept;

// What is refused before the path of messages begins.
http::response unreadable(const http::request& request);
http::response too_large(const http::request& request, std::size_t bytes_max);

// The value for the region's rejected topic: where the message stood, its digest, and the answer it would have had.
std::string rejection_of(const topic_message& message, const http::response& answer);

} // namespace tongban::intake
