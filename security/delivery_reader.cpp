// The part of a partner's entry that says how its regions get what is due to them, and whether they publish to a
// topic of their own:
//
//   delivery: {transport: push, dialect: jining, push: {url: "https://…", pins: [{san_uri: …}]}}
//   intake_topic: true
#include "security/partner_reader.hpp"
#include "security/read_number.hpp"

#include <algorithm>
#include <array>

namespace tongban::security {

namespace {

constexpr std::array<std::string_view, 3> transports{"pull", "push", "kafka"};

} // namespace

std::string_view name(delivery_transport transport) noexcept {
    return transports[static_cast<std::size_t>(transport)];
}

void partner_reader::read_delivery(strict_map& map, const std::string& file, partner& p) {
    if (const auto topic = map.text("intake_topic", false)) {
        const auto at = *map.take("intake_topic");
        if (*topic != "true" && *topic != "false")
            map.report(at, "intake_topic", {"应为 true 或 false", "must be true or false"});
        else if (p.role != v1::ROLE_PLATFORM && *topic == "true")
            map.report(at, "intake_topic", {"只有平台才能向主题发布", "only a platform publishes to a topic"});
        p.intake_topic = *topic == "true";
        for (std::size_t i = 0; p.intake_topic && i < p.regions.size(); ++i) {
            const auto& region = p.regions[i];
            const auto [earlier, fresh] = topic_readers_.emplace(region, p.id);
            if (!fresh)
                map.report(at, "intake_topic", {region + " 的主题已由 " + earlier->second + " 使用",
                                                "the topic of " + region + " is already read as " + earlier->second});
        }
    }
    const auto node = map.take("delivery");
    if (!node)
        return;
    if (p.role != v1::ROLE_PLATFORM)
        map.report(*node, "delivery", {"只有平台才接收送达", "only a platform takes deliveries"});
    strict_map terms(*node, file, map.field_of("delivery"), mistakes_);
    p.delivery.emplace();
    if (const auto transport = terms.text("transport", true)) {
        const auto found = std::find(transports.begin(), transports.end(), *transport);
        if (found == transports.end())
            terms.report(*terms.take("transport"), "transport", {"应为 pull、push 或 kafka", "must be pull, push or kafka"});
        else
            p.delivery->transport = static_cast<delivery_transport>(found - transports.begin());
    }
    const auto dialect = terms.text("dialect", false);
    p.delivery->dialect = dialect ? *dialect : p.dialects.empty() ? "" : p.dialects.front();
    if (p.delivery->dialect == "canonical")
        p.delivery->dialect.clear();
    else if (dialect && std::find(p.dialects.begin(), p.dialects.end(), *dialect) == p.dialects.end())
        terms.report(*terms.take("dialect"), "dialect", not_its_dialect());
    const auto push = terms.take("push");
    if (p.delivery->transport == delivery_transport::push && terms.valid()) {
        if (push)
            read_push(*push, file, terms.field_of("push"), p);
        else
            terms.report("push", {"缺少必填项，请写明推送地址：{url: …}", "missing; say where to push to: {url: …}"});
    } else if (push) {
        terms.report(*push, "push", {"仅用于 transport: push", "only for transport: push"});
    }
    terms.finish();
    for (const auto& region : p.regions) {
        const auto [earlier, fresh] = receivers_.emplace(region, p.id);
        if (!fresh)
            map.report(*node, "delivery", {"应送达 " + region + " 的事件已送往 " + earlier->second,
                                          "what is due to " + region + " already goes to " + earlier->second});
    }
}

void partner_reader::read_push(const YAML::Node& node, const std::string& file, const std::string& field,
                               partner& p) {
    strict_map map(node, file, field, mistakes_);
    auto& push = p.delivery->push;
    read_address(map, file, push);
    read_number(map, "read_seconds", 1, 120, [&](std::int64_t n) { push.read_deadline = std::chrono::seconds(n); });
    read_number(map, "total_seconds", 1, 300, [&](std::int64_t n) { push.total_deadline = std::chrono::seconds(n); });
    map.finish();
}

} // namespace tongban::security
