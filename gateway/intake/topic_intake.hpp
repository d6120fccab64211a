// Local platforms publish to their region's topic; what they publish goes the same path as a message by HTTPS. Who
// speaks follows from the topic, whose rights on the cluster only that region's platform has, never from the message.
// A position advances only when its message is durable in the ledger, or in the region's rejected topic with the
// reasons; what is repeated after a restart is recognised like any repetition.
#pragma once

#include "connectors/log/topic_source.hpp"
#include "connectors/log/topic_writer.hpp"
#include "gateway/intake/message_intake.hpp"
#include "gateway/intake/topic_intake_health.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tongban::intake {

struct topic_intake_settings {
    std::size_t under_way_max = 256;                  // messages at once, of all topics together
    std::size_t message_bytes_max = 4UL * 1024 * 1024; // more is rejected, as by HTTPS
    std::chrono::milliseconds deadline{5000};         // of one try
    std::chrono::milliseconds retry_first{200};       // pause before the next try, doubles
    std::chrono::milliseconds retry_most{10000};
};

struct topic_intake_parts {
    message_intake& intake;
    // A source of these topics, and a writer; called on the intake's own thread when it starts and when the set of topics
    // changes. May throw std::runtime_error.
    std::function<std::unique_ptr<log::topic_source>(std::vector<std::string> topics)> open_source;
    std::function<std::unique_ptr<log::topic_writer>()> open_writer;
    boost::asio::any_io_executor executor; // messages are handled there
    topic_intake_settings settings;
};

class topic_intake {
public:
    topic_intake(topic_intake_parts parts, monitoring::registry& metrics);
    ~topic_intake(); // stops

    // The topics to read and whose each is; again after the partners changed. From any thread, does not wait.
    void read(const security::partner_directory& partners);
    // Reads nothing more, waits for what is under way up to `wait`, commits, leaves the group. What is not done comes
    // again at the next start.
    void stop(std::chrono::milliseconds wait);

    topic_intake_health health() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace tongban::intake
