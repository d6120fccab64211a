// The same facts as JSON and as a line.
#include "gateway/emulator/summary.hpp"

#include <boost/json/serialize.hpp>

#include <ctime>

namespace tongban::emulator {

namespace {

std::string clock_text() {
    const auto now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[16];
    return {text, std::strftime(text, sizeof text, "%H:%M:%S", &local)};
}

// "accepted 12, duplicate 1": members that are not 0.
std::string listed(const boost::json::object& counts) {
    std::string all;
    for (const auto& [name, value] : counts) {
        if (value.is_uint64() && value.get_uint64() != 0) {
            all += (all.empty() ? "" : ", ") + std::string(name) + ' ' + std::to_string(value.get_uint64());
        }
    }
    return all.empty() ? "-" : all;
}

} // namespace

boost::json::object summary(city& of, std::string_view event) {
    auto& counts = of.counts();
    boost::json::object sent;
    for (std::size_t i = 0; i < counts.events.size(); ++i) {
        sent[name(static_cast<told>(i))] = counts.events[i].load();
    }
    sent["given_up"] = counts.given_up.load();
    boost::json::object troubles;
    for (std::size_t i = 0; i < trouble_count; ++i) {
        troubles[name(static_cast<trouble>(i))] = counts.troubles[i].load();
    }
    const auto standing = of.standing();
    return {{"event", event},
            {"deliveries",
             {{"taken", counts.taken.load()},
              {"repeated", counts.repeated.load()},
              {"refused", counts.refused.load()},
              {"unsaid", counts.unsaid.load()},
              {"unreadable", counts.unreadable.load()},
              {"acknowledged", counts.acknowledged.load()}}},
            {"sent", std::move(sent)},
            {"cases", {{"known", std::uint64_t{standing.cases}}, {"open", std::uint64_t{standing.open}}}},
            {"misbehaved", std::move(troubles)},
            {"journal_lines_lost", of.book().lost()}};
}

std::string readable(const boost::json::object& line) {
    const auto& event = line.at("event").as_string();
    if (event == "started") {
        auto text = clock_text() + "  " + std::string(line.at("city").as_string()) + "  已启动 started: " +
                    std::string(line.at("transport").as_string()) + ", seed " + boost::json::serialize(line.at("seed"));
        if (const auto port = line.at("port").to_number<int>(); port != 0) {
            text += "，监听端口 listening on port " + std::to_string(port);
        }
        return text;
    }
    return clock_text() + (event == "stopped" ? "  已停止 " : "  运行中 ") + std::string(event) + "  收到 deliveries: " + listed(line.at("deliveries").as_object()) +
           "  发出 sent: " + listed(line.at("sent").as_object()) + "  办件 cases: " + listed(line.at("cases").as_object()) +
           "  出错 misbehaved: " + listed(line.at("misbehaved").as_object());
}

} // namespace tongban::emulator
