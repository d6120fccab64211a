// Whether what is published reaches the gateway, and what cannot be taken the rejected topics: in words, for /status,
// /readyz and the log.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace tongban::intake {

// Ready also when there is no topic to read.
struct topic_intake_health {
    bool ready = true;
    std::string reason; // naming topics; empty when ready
    std::string reason_zh;
};

// Of why topics are not read (empty: they are), and of rejected topics that take nothing, with why.
topic_intake_health health_of(const std::string& not_reading, const std::map<std::string, std::string>& not_rejecting);

// Why a rejected topic did not take a message, for the operator of the brokers.
std::string text_of_rejected_topic(boost::system::error_code error);

// One line in the log for each change that lasts: joining the group, and a change of sharing, pass by themselves.
class intake_health_log {
public:
    void look(const topic_intake_health& now, std::chrono::steady_clock::time_point at);

private:
    std::string told_;
    std::optional<std::chrono::steady_clock::time_point> changed_;
};

} // namespace tongban::intake
