// The format: librdkafka's STATISTICS.md.
#include "connectors/log/kafka_group.hpp"

#include <boost/json.hpp>
#include <librdkafka/rdkafka.h>

#include <future>
#include <thread>

namespace tongban::log {

namespace {

namespace json = boost::json;

constexpr int poll_milliseconds = 50;

const json::object* part(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    return found == nullptr ? nullptr : found->if_object();
}

std::string text(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string("unknown");
}

std::int64_t number(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    return found != nullptr && found->is_int64() ? found->get_int64() : -1;
}

void read_ends(const json::object& topics, kafka_group_state& into) {
    for (const auto& [topic, told] : topics) {
        const json::object* partitions = told.is_object() ? part(told.get_object(), "partitions") : nullptr;
        if (partitions == nullptr)
            continue;
        for (const auto& [name, partition] : *partitions) {
            if (!partition.is_object())
                continue;
            const json::object& told_here = partition.get_object();
            const std::int64_t id = number(told_here, "partition");
            if (id >= 0) // -1: of the topic as a whole
                into.ends[{std::string(topic), static_cast<std::uint32_t>(id)}] = {
                    number(told_here, "ls_offset"), number(told_here, "lo_offset"),
                    number(told_here, "committed_offset")};
        }
    }
}

bool has_partitions(rd_kafka_s* handle) {
    rd_kafka_topic_partition_list_t* listed = nullptr;
    if (rd_kafka_assignment(handle, &listed) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    const kafka_partitions assigned(listed);
    return assigned->cnt > 0;
}

} // namespace

void kafka_partitions_deleter::operator()(rd_kafka_topic_partition_list_s* partitions) const noexcept {
    rd_kafka_topic_partition_list_destroy(partitions);
}

void leave_group(rd_kafka_s* handle, membership& stage, std::chrono::milliseconds wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    // Everything is given up while the group is still served, so that there is nothing to give up when it ends.
    stage = membership::giving_up;
    rd_kafka_unsubscribe(handle);
    for (int patience = 0;; patience = poll_milliseconds) {
        while (rd_kafka_message_t* message = rd_kafka_consumer_poll(handle, patience))
            rd_kafka_message_destroy(message);
        if (!has_partitions(handle) || std::chrono::steady_clock::now() >= until)
            break;
    }
    stage = membership::closing;
    const kafka_queue_handle closing(rd_kafka_queue_new(handle));
    if (rd_kafka_error_t* failure = rd_kafka_consumer_close_queue(handle, closing.get()))
        rd_kafka_error_destroy(failure); // it is fatal or closed: there is nothing to leave
    while (rd_kafka_consumer_closed(handle) == 0 && std::chrono::steady_clock::now() < until)
        rd_kafka_queue_poll_callback(closing.get(), poll_milliseconds);
}

bool destroy_apart(kafka_handle handle, std::chrono::milliseconds wait) {
    std::promise<void> destroyed;
    std::future<void> done = destroyed.get_future();
    std::thread([left = std::move(handle), told = std::move(destroyed)]() mutable {
        left.reset();
        told.set_value();
    }).detach();
    return done.wait_for(wait) == std::future_status::ready;
}

std::optional<kafka_group_state> read_group_state(std::string_view statistics) {
    boost::system::error_code failure;
    const json::value whole = json::parse(statistics, failure);
    if (failure || !whole.is_object())
        return {};
    const json::object* group = part(whole.get_object(), "cgrp");
    if (group == nullptr)
        return {};
    kafka_group_state state{text(*group, "state"), text(*group, "join_state"), {}};
    if (const json::object* topics = part(whole.get_object(), "topics"))
        read_ends(*topics, state);
    return state;
}

} // namespace tongban::log
