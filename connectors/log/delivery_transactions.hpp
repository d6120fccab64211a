// Exactly once into the topics of regions that consume Kafka: the messages of a ledger partition and how far
// it has come are committed together, so that whoever goes on after a crash knows what is delivered. The
// ledger's own topic is never part of a transaction.
#pragma once

#include "connectors/log/kafka_log.hpp"
#include "connectors/log/message_header.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tongban::log {

// Bytes are copied; they need to live only as long as the call.
struct delivery_message {
    std::string_view topic;
    std::string_view key; // chooses the partition as Kafka's own clients would; any, when it is empty
    std::string_view value;
    std::span<const message_header> headers;
};

enum class delivery_outcome_code {
    committed,     // every message and the progress record are visible, once
    aborted_retry, // nothing of it is or will be visible: call again; see reason and culprit
    fenced,        // somebody else opened the same partition, or this one was silent for longer than
                   // transaction_timeout: stop; when this replica still owns the partition, open again
    reopen,        // perhaps committed: open again, the progress record tells
};

struct delivery_result {
    delivery_outcome_code outcome{};
    // Why it was not committed: unavailable, too_large, not_authorised; outcome_unknown with `reopen`.
    boost::system::error_code reason;
    std::string text; // for the operator, naming topic or right; empty when committed
    // The message that made it abort, by its place in the call; none when it was none of them in particular.
    // The same will happen again with too_large: take it out.
    std::optional<std::size_t> culprit;
};

struct delivery_settings {
    std::string transactional_id_prefix = "tongban-deliveries"; // then "-" and the ledger's partition
    std::string progress_topic = "tongban.delivery-progress.v1";
    // The brokers abort a transaction that is open for longer, and fence whoever had it open. At most the
    // brokers' transaction.max.timeout.ms (15 min). While one is open, readers of the topics it wrote to
    // wait.
    std::chrono::milliseconds transaction_timeout{30000};
};

// One ledger partition's transactions. Every function blocks: to be used from one thread of its own.
class delivery_transactions {
public:
    virtual ~delivery_transactions() = default; // does not wait; what is open is aborted by the brokers

    // What the last committed transaction of this ledger partition gave as progress; none when there was
    // none.
    virtual const std::optional<std::string>& progress() const = 0;

    // One transaction: all messages, in this order, and `progress`. At most about `wait` long, a little
    // longer when it has to be aborted. No messages is allowed: only the progress moves on. After fenced and
    // reopen every call tells the same.
    virtual delivery_result deliver(std::span<const delivery_message> messages, std::string_view progress,
                                    std::chrono::milliseconds wait) = 0;
};

// What opening came to: `transactions`, or why not.
struct opened_deliveries {
    std::unique_ptr<delivery_transactions> transactions;
    boost::system::error_code reason; // unavailable: try again; not_authorised: an operator must act
    std::string text;
};

// Takes over `ledger_partition`: whoever had it open before is fenced, its open transaction aborted, and only
// then the progress read. Blocks up to about `wait`. Needs Write and Describe on the transactional id, Write
// on the topics, Read, Write and Describe on the progress topic. Throws std::runtime_error with a sentence
// for the operator when settings or certificates cannot work. Each open one has connections and threads of
// its own.
opened_deliveries open_delivery_transactions(const kafka_settings& settings,
                                             const delivery_settings& deliveries,
                                             std::uint32_t ledger_partition, std::chrono::milliseconds wait);

} // namespace tongban::log
