// Rights on the cluster's topics and groups: given and shown. Which rights a region's entry in the registry
// implies is not decided here.
#pragma once

#include "connectors/log/kafka_log.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tongban::log {

enum class acl_operation {
    all,
    read,
    write,
    create,
    erase,
    alter,
    describe,
    cluster_action,
    describe_configs,
    alter_configs,
    idempotent_write,
};
// transactional_id can be printed, but neither applied nor shown: librdkafka 2.0 does not know it.
enum class acl_resource { topic, group, cluster, transactional_id };
enum class acl_pattern { literal, prefixed };
enum class acl_permission { allow, deny };

struct acl_entry {
    std::string principal; // "User:region-a"
    acl_operation operation{};
    acl_resource resource{};
    std::string name; // of the topic, group or id; of the cluster always "kafka-cluster"
    acl_pattern pattern = acl_pattern::literal;
    acl_permission permission = acl_permission::allow;
    std::string host = "*";
    friend auto operator<=>(const acl_entry&, const acl_entry&) = default;
};

// The options that give it with kafka-acls.sh: "--add --allow-principal User:a --operation Read --topic t".
std::string acl_command(const acl_entry& entry);

struct acl_report {
    std::size_t applied = 0;           // were there already, or are now
    std::vector<std::string> failures; // one sentence each, naming the entry
    bool unanswered = false;           // no broker said anything to any of them
};

// Gives all of them; those that are there already stay. Blocks up to about `wait`. Needs Alter on the cluster
// (a super user has it). Throws std::runtime_error when settings or certificates cannot work.
acl_report apply_acls(const kafka_settings& settings, std::span<const acl_entry> entries,
                      std::chrono::milliseconds wait);

// Takes them away; those that are not there are no failure.
acl_report remove_acls(const kafka_settings& settings, std::span<const acl_entry> entries,
                       std::chrono::milliseconds wait);

// Those of `principal`, or all; sorted. Needs Describe on the cluster, and Alter to tell "none" from "not
// shown". An error is unavailable (no answer, or no authoriser on the brokers) or not_authorised.
boost::system::result<std::vector<acl_entry>> describe_acls(const kafka_settings& settings,
                                                            const std::optional<std::string>& principal,
                                                            std::chrono::milliseconds wait);

} // namespace tongban::log
