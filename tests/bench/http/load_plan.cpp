// The request text is made once; only the twelve digits change from one request to the next.
#include "load_plan.hpp"

#include <algorithm>
#include <cstdio>

namespace tongban::bench {

namespace {

constexpr std::string_view marker = "{{n}}";
constexpr std::size_t digits = 12;

std::string widened(std::string text) {
    for (std::size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at + digits)) {
        text.replace(at, marker.size(), std::string(digits, '\x01')); // never in a real body
    }
    return text;
}

double at(const std::vector<float>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(sorted.size() - 1, rank)];
}

} // namespace

request_template::request_template(const load_plan& plan, const std::string& body) {
    const std::string wide = widened(body);
    bytes_ = plan.method + " " + widened(plan.path) + " HTTP/1.1\r\nHost: " + plan.address + "\r\n";
    for (const std::string& field : plan.fields) {
        bytes_ += widened(field) + "\r\n";
    }
    if (plan.method != "GET") {
        bytes_ += "Content-Length: " + std::to_string(wide.size()) + "\r\n";
    }
    bytes_ += "\r\n" + wide;
    const std::string place(digits, '\x01');
    for (std::size_t i = bytes_.find(place); i != std::string::npos; i = bytes_.find(place, i + digits)) {
        places_.push_back(i);
    }
}

const std::string& request_template::with_number(std::uint64_t number) {
    char text[32];
    std::snprintf(text, sizeof text, "%012llu", static_cast<unsigned long long>(number));
    for (const std::size_t place : places_) {
        bytes_.replace(place, digits, text, digits);
    }
    return bytes_;
}

std::string load_result::to_json() {
    std::ranges::sort(latencies_ms);
    std::string statuses;
    for (std::size_t status = 0; status < by_status.size(); ++status) {
        if (by_status[status] != 0) {
            statuses += (statuses.empty() ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(by_status[status]);
        }
    }
    char text[1024];
    std::snprintf(text, sizeof text,
                  "{\"answered\":%llu,\"failed\":%llu,\"connections\":%llu,\"resumed\":%llu,\"bytes_received\":%llu,"
                  "\"seconds\":%.3f,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,"
                  "\"p999_ms\":%.3f,\"max_ms\":%.3f,\"by_status\":{%s}}",
                  static_cast<unsigned long long>(answered), static_cast<unsigned long long>(failed),
                  static_cast<unsigned long long>(connections), static_cast<unsigned long long>(resumed),
                  static_cast<unsigned long long>(bytes_received), seconds,
                  seconds > 0 ? static_cast<double>(answered) / seconds : 0, at(latencies_ms, 0.5),
                  at(latencies_ms, 0.9), at(latencies_ms, 0.99), at(latencies_ms, 0.999), at(latencies_ms, 1),
                  statuses.c_str());
    return text;
}

} // namespace tongban::bench
