// The format: librdkafka's STATISTICS.md. Fields that a version lacks count as 0.
#include "connectors/log/kafka_statistics.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace tongban::log {

namespace {

namespace json = boost::json;

std::uint64_t number(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    if (found == nullptr || !found->is_number())
        return 0;
    boost::system::error_code failure;
    const auto value = found->to_number<std::int64_t>(failure);
    return failure || value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

const json::object& part(const json::object& from, std::string_view name) {
    static const json::object none;
    const json::value* found = from.if_contains(name);
    return found != nullptr && found->is_object() ? found->get_object() : none;
}

std::string_view text(const json::object& from, std::string_view name) {
    const json::value* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view();
}

void add_broker(const json::object& broker, log_statistics& into) {
    // Bootstrap addresses are listed too until their node is known, and a coordinator that is none of ours.
    if (text(broker, "source") == "internal" || text(broker, "source") == "logical")
        return;
    into.brokers += 1;
    into.brokers_up += text(broker, "state") == "UP" ? 1 : 0;
    into.requests_sent += number(broker, "tx");
    into.bytes_sent += number(broker, "txbytes");
    into.request_retries += number(broker, "txretries");
    into.request_errors += number(broker, "txerrs") + number(broker, "req_timeouts");
    into.disconnects += number(broker, "disconnects");
    into.round_trip_p99_microseconds =
        std::max(into.round_trip_p99_microseconds, number(part(broker, "rtt"), "p99"));
    into.throttle_milliseconds =
        std::max(into.throttle_milliseconds, number(part(broker, "throttle"), "avg"));
}

} // namespace

bool read_statistics(std::string_view text_given, log_statistics& into, bool& assigned) {
    boost::system::error_code failure;
    const json::value whole = json::parse(text_given, failure);
    if (failure || !whole.is_object())
        return false;
    log_statistics read = into;
    read.brokers = read.brokers_up = read.requests_sent = read.request_retries = read.request_errors = 0;
    read.bytes_sent = read.disconnects = read.round_trip_p99_microseconds = read.throttle_milliseconds = 0;
    for (const auto& [name, broker] : part(whole.get_object(), "brokers"))
        if (broker.is_object())
            add_broker(broker.get_object(), read);
    assigned = text(part(whole.get_object(), "eos"), "idemp_state") == "Assigned";
    into = read;
    return true;
}

} // namespace tongban::log
