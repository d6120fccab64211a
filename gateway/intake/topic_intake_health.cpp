// See topic_intake_health.hpp.
#include "gateway/intake/topic_intake_health.hpp"

#include "connectors/log/event_log.hpp"
#include "monitoring/log.hpp"

#include <string_view>

namespace tongban::intake {

namespace {

constexpr std::chrono::seconds lasting{10};

} // namespace

topic_intake_health health_of(const std::string& not_reading, const std::map<std::string, std::string>& not_rejecting) {
    std::string rejected;
    for (const auto& [topic, why] : not_rejecting) {
        rejected += (rejected.empty() ? "" : "; ") + topic + ": " + why;
    }
    topic_intake_health health;
    const auto add = [&health](const char* zh, const char* en, const std::string& why) {
        if (!why.empty()) {
            health.reason_zh += (health.ready ? "" : "；") + std::string(zh) + "：" + why;
            health.reason += (health.ready ? "" : "; ") + std::string(en) + ": " + why;
            health.ready = false;
        }
    };
    add("上报主题无法读取", "intake topics cannot be read", not_reading);
    add("退回主题无法写入，有关报文等待处理", "rejected topics cannot be written, and such messages wait", rejected);
    return health;
}

std::string text_of_rejected_topic(boost::system::error_code error) {
    if (error == log::errc::not_authorised) {
        return "the gateway's principal has no right to write it";
    }
    if (error == log::errc::unavailable) {
        return "it does not exist, or no broker answers";
    }
    return error.message();
}

void intake_health_log::look(const topic_intake_health& now, std::chrono::steady_clock::time_point at) {
    if (now.reason == told_) {
        changed_.reset();
        return;
    }
    changed_ = changed_.value_or(at);
    if (at - *changed_ < lasting) {
        return;
    }
    told_ = now.reason;
    changed_.reset();
    if (now.ready) {
        monitoring::log(monitoring::severity::info, "intake_topics_read", {});
    } else {
        monitoring::log(monitoring::severity::error, "intake_topics_not_read",
                        {{"reason", std::string_view(now.reason)}, {"reason_zh", std::string_view(now.reason_zh)}});
    }
}

} // namespace tongban::intake
