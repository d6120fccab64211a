// The topics beside the ledger: their names, what each must be, and whether the cluster's are so.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tongban::log {

// Names. A region's code is letters, digits, '-' and '_', at most 200; else std::invalid_argument is thrown.
std::string intake_topic(std::string_view region);          // local platforms publish here
std::string intake_rejected_topic(std::string_view region); // what could not be accepted, with the reasons
std::string deliveries_topic(std::string_view region);      // what the region has to learn
inline constexpr const char* delivery_progress_topic = "tongban.delivery-progress.v1";
// The region of an intake topic's name; none for any other name.
std::optional<std::string> region_of_intake_topic(std::string_view topic);

// What a topic must be. Of `values`, numbers are least values (-1: without bound), texts are to be met
// exactly.
struct topic_plan {
    std::string name;
    std::uint32_t partitions = 1; // of one that is created; another count is no fault
    std::map<std::string, std::string> values;
    friend bool operator==(const topic_plan&, const topic_plan&) = default;
};

struct region_topic_settings {
    std::uint32_t partitions = 3; // of an intake or deliveries topic; order is kept by key
    // How long a region, or the gateway, may be away without anything being lost.
    std::chrono::hours retention{14 * 24};
};
// The topics of regions that publish, and of regions that consume, with the progress topic as soon as anybody
// consumes. Every name once, in a steady order.
std::vector<topic_plan> plan_region_topics(const kafka_settings& settings,
                                           const region_topic_settings& region_topics,
                                           std::span<const std::string> publishing,
                                           std::span<const std::string> consuming);

enum class topic_state {
    fit,
    created,     // a moment ago, as planned
    missing,     // and not to be created, or could not be
    denied,      // rights are missing to ask or create
    unfit,       // its values are not as planned
    unreachable, // no answer
};
struct topic_finding {
    std::string name;
    topic_state state = topic_state::unreachable;
    std::string text; // for the operator; empty when fit or created
};

// Asks for each, in the order of `plans`; creates those that are missing when told to. Blocks up to about
// `wait`. Needs Describe and DescribeConfigs on the topics, and Create for those to be created. Throws
// std::runtime_error when settings or certificates cannot work.
std::vector<topic_finding> check_topics(const kafka_settings& settings, std::span<const topic_plan> plans,
                                        bool create, std::chrono::milliseconds wait);

// What of a topic's values is not as planned, in one sentence each; empty when nothing is. Pure.
std::string plan_faults(const std::map<std::string, std::string>& found, const topic_plan& plan);

} // namespace tongban::log
