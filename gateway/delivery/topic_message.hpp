// A delivery as the region's topic gets it, and the facts that may come of it.
#pragma once

#include "gateway/delivery/delivery.hpp"
#include "gateway/delivery/retry_policy.hpp"

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::delivery {

// A region whose partner reads a topic.
struct topic_target {
    std::string region;
    std::string topic;
    std::string partner;
    std::string dialect_name;                       // empty: canonical
    std::shared_ptr<const dialects::dialect> dialect; // null with a name: it is not loaded, nothing is delivered
    bool is_usable() const noexcept { return dialect_name.empty() || dialect != nullptr; }
};

struct topic_header {
    std::string_view name; // of a literal
    std::string value;
};

struct topic_message {
    v1::EventDelivery standing;
    std::string topic;
    std::string partner;
    std::string value;
    std::vector<topic_header> headers;
    std::int64_t begun_ms = 0;
    std::string_view key() const noexcept { return standing.id().case_id(); }
};

enum class topic_preparation {
    ready,
    gone,       // settled, put off or no longer first since it was listed
    unreadable, // the view does not answer
    unwritable, // the dialect cannot say it; `message` has all but the value
};
// What is due, as the region reads it: the whole event in canonical Protobuf, or in the partner's dialect.
topic_preparation prepare(const delivery_parts& parts, const ledger::due_delivery& due, const topic_target& target,
                          topic_message& message);

v1::DeliveryFact acknowledged(const topic_message& message);
// `more_attempts`: that failed since it was prepared.
v1::DeliveryFact dead_letter(const topic_message& message, std::uint32_t more_attempts, std::string_view code);
// An attempt that failed; and the dead letter, when `is_final` or the retry budget is spent.
std::vector<v1::DeliveryFact> failed(const topic_message& message, std::string_view code, bool is_final,
                                     const delivery_settings& settings, std::int64_t now_ms, std::mt19937_64& random);

} // namespace tongban::delivery
