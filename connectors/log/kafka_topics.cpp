// See kafka_topics.hpp.
#include "connectors/log/kafka_topics.hpp"

#include "connectors/log/kafka_admin.hpp"
#include "connectors/log/kafka_errors.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

namespace tongban::log {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view intake_prefix = "tongban.intake.", version_suffix = ".v1";

bool is_region(std::string_view text) {
    return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

std::string named(std::string_view prefix, std::string_view region) {
    if (!is_region(region))
        throw std::invalid_argument("'" + std::string(region) + "' is no region code that a topic can carry");
    return std::string(prefix) + std::string(region) + std::string(version_suffix);
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size())
        return {};
    return value;
}

// Without bound is more than anything.
bool at_least(std::int64_t found, std::int64_t least) {
    return found == -1 || (least != -1 && found >= least);
}

class inquiry {
public:
    inquiry(const kafka_settings& settings, milliseconds wait)
        : settings_(settings), handle_(make_inquirer(settings)), until_(steady_clock::now() + wait) {}

    topic_finding check(const topic_plan& plan, bool create) {
        topic_finding found = values(plan);
        if (found.state != topic_state::missing || !create)
            return found;
        return make(plan);
    }

private:
    milliseconds left() const {
        return std::max(std::chrono::ceil<milliseconds>(until_ - steady_clock::now()), milliseconds{1});
    }
    static topic_finding failed(const topic_plan& plan, rd_kafka_resp_err_t code, const char* why) {
        topic_finding found{plan.name, topic_state::unreachable, kafka_error_text(code)};
        if (why != nullptr)
            found.text += ": " + std::string(why);
        if (is_authorisation_error(code))
            found.state = topic_state::denied;
        else if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            found = {plan.name, topic_state::missing, "does not exist"};
        else if (code != RD_KAFKA_RESP_ERR__TIMED_OUT && code != RD_KAFKA_RESP_ERR__TRANSPORT)
            found.state = topic_state::missing;
        return found;
    }

    topic_finding values(const topic_plan& plan) {
        rd_kafka_ConfigResource_t* resource =
            rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, plan.name.c_str());
        const kafka_event_handle event = ask_cluster(
            handle_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, left(), [&](auto* options, auto* queue) {
                rd_kafka_DescribeConfigs(handle_.get(), &resource, 1, options, queue);
            });
        rd_kafka_ConfigResource_destroy(resource);
        if (!event)
            return {plan.name, topic_state::unreachable, "no answer"};
        if (const auto code = rd_kafka_event_error(event.get()))
            return failed(plan, code, rd_kafka_event_error_string(event.get()));
        std::size_t count = 0;
        const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
            rd_kafka_event_DescribeConfigs_result(event.get()), &count);
        if (count != 1)
            return {plan.name, topic_state::unreachable, "no answer"};
        if (const auto code = rd_kafka_ConfigResource_error(described[0]))
            return failed(plan, code, rd_kafka_ConfigResource_error_string(described[0]));
        std::map<std::string, std::string> found;
        const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(described[0], &count);
        for (std::size_t i = 0; i < count; ++i)
            if (const char* value = rd_kafka_ConfigEntry_value(entries[i]))
                found.emplace(rd_kafka_ConfigEntry_name(entries[i]), value);
        const std::string faults = plan_faults(found, plan);
        return {plan.name, faults.empty() ? topic_state::fit : topic_state::unfit, faults};
    }

    topic_finding make(const topic_plan& plan) {
        std::array<char, 256> text{};
        rd_kafka_NewTopic_t* wanted =
            rd_kafka_NewTopic_new(plan.name.c_str(), static_cast<int>(plan.partitions),
                                  settings_.replication_factor, text.data(), text.size());
        if (wanted == nullptr)
            return {plan.name, topic_state::missing, text.data()};
        for (const auto& [name, value] : plan.values)
            rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
        const kafka_event_handle event = ask_cluster(
            handle_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, left(), [&](auto* options, auto* queue) {
                rd_kafka_CreateTopics(handle_.get(), &wanted, 1, options, queue);
            });
        rd_kafka_NewTopic_destroy(wanted);
        if (!event)
            return {plan.name, topic_state::unreachable, "no answer"};
        if (const auto code = rd_kafka_event_error(event.get()))
            return failed(plan, code, rd_kafka_event_error_string(event.get()));
        std::size_t count = 0;
        const rd_kafka_topic_result_t** results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
        if (count != 1)
            return {plan.name, topic_state::unreachable, "no answer"};
        const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
        if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) // another replica was first
            return values(plan);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            return failed(plan, code, rd_kafka_topic_result_error_string(results[0]));
        return {plan.name, topic_state::created, ""};
    }

    const kafka_settings& settings_;
    const kafka_handle handle_;
    const steady_clock::time_point until_;
};

} // namespace

std::string intake_topic(std::string_view region) {
    return named(intake_prefix, region);
}

std::string intake_rejected_topic(std::string_view region) {
    return named("tongban.intake-rejected.", region);
}

std::string deliveries_topic(std::string_view region) {
    return named("tongban.deliveries.", region);
}

std::optional<std::string> region_of_intake_topic(std::string_view topic) {
    if (!topic.starts_with(intake_prefix) || !topic.ends_with(version_suffix) ||
        topic.size() < intake_prefix.size() + version_suffix.size())
        return {};
    topic.remove_prefix(intake_prefix.size());
    topic.remove_suffix(version_suffix.size());
    return is_region(topic) ? std::optional<std::string>(topic) : std::nullopt;
}

std::vector<topic_plan> plan_region_topics(const kafka_settings& settings,
                                           const region_topic_settings& region_topics,
                                           std::span<const std::string> publishing,
                                           std::span<const std::string> consuming) {
    const std::map<std::string, std::string> passing{
        {"cleanup.policy", "delete"},
        {"retention.ms", std::to_string(milliseconds(region_topics.retention).count())},
        {"max.message.bytes", std::to_string(settings.record_bytes_max + kafka_batch_overhead_bytes)},
        {"min.insync.replicas", std::to_string(settings.min_insync_replicas)}};
    // The brokers unpack what a platform compressed, and refuse what is too large then: a small batch that
    // unpacks to gigabytes never reaches the gateway.
    std::map<std::string, std::string> unpacked = passing;
    unpacked.emplace("compression.type", "uncompressed");
    std::vector<topic_plan> plans;
    for (const std::string& region : std::set<std::string>(publishing.begin(), publishing.end())) {
        plans.push_back({intake_topic(region), region_topics.partitions, unpacked});
        plans.push_back({intake_rejected_topic(region), region_topics.partitions, passing});
    }
    const std::set<std::string> targets(consuming.begin(), consuming.end());
    for (const std::string& region : targets)
        plans.push_back({deliveries_topic(region), region_topics.partitions, passing});
    if (!targets.empty())
        plans.push_back({delivery_progress_topic,
                         settings.partitions,
                         {{"cleanup.policy", "compact"},
                          {"min.insync.replicas", std::to_string(settings.min_insync_replicas)}}});
    return plans;
}

std::vector<topic_finding> check_topics(const kafka_settings& settings, std::span<const topic_plan> plans,
                                        bool create, milliseconds wait) {
    check_settings(settings);
    inquiry cluster(settings, wait);
    std::vector<topic_finding> findings;
    for (const topic_plan& plan : plans)
        findings.push_back(cluster.check(plan, create));
    return findings;
}

std::string plan_faults(const std::map<std::string, std::string>& found, const topic_plan& plan) {
    std::string faults;
    for (const auto& [name, wanted] : plan.values) {
        const auto there = found.find(name);
        const std::string value = there == found.end() ? "unknown" : there->second;
        const auto least = number(wanted);
        const auto has = number(value);
        if (least ? has && at_least(*has, *least) : value == wanted)
            continue;
        faults += (faults.empty() ? "" : "; ") + name + " is " + value + " and must be " + wanted +
                  (least && *least != -1 ? " or more" : "");
    }
    return faults;
}

} // namespace tongban::log
