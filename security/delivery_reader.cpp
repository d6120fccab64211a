// The part of a partner's entry that says how its regions get what is due to them, and whether they publish to a
// topic of their own:
//
//   delivery: {transport: push, dialect: jining, push: {url: "https://…", pins: [{san_uri: …}]}}
//   intake_topic: true
#include "security/certificate_pin.hpp"
#include "security/partner_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tongban::security {

namespace {

constexpr std::size_t pins_max = 8;
constexpr std::array<std::string_view, 3> transports{"pull", "push", "kafka"};
constexpr std::array<std::string_view, 4> pin_kinds{"san_uri", "san_dns", "subject", "fingerprint"};

// A whole number in a range; a mistake when it is none.
template <typename Take>
void read_number(strict_map& map, std::string_view key, std::int64_t least, std::int64_t most, const Take& take) {
    const auto text = map.text(key, false);
    if (!text)
        return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most)
        map.report(*map.take(key), key,
                   "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    else
        take(value);
}

} // namespace

std::string_view name(delivery_transport transport) noexcept {
    return transports[static_cast<std::size_t>(transport)];
}

void partner_reader::read_delivery(strict_map& map, const std::string& file, partner& p) {
    if (const auto topic = map.text("intake_topic", false)) {
        const auto at = *map.take("intake_topic");
        if (*topic != "true" && *topic != "false")
            map.report(at, "intake_topic", "must be true or false");
        else if (p.role != v1::ROLE_PLATFORM && *topic == "true")
            map.report(at, "intake_topic", "only a platform publishes to a topic");
        p.intake_topic = *topic == "true";
        for (std::size_t i = 0; p.intake_topic && i < p.regions.size(); ++i) {
            const auto& region = p.regions[i];
            const auto [earlier, fresh] = topic_readers_.emplace(region, p.id);
            if (!fresh)
                map.report(at, "intake_topic", "the topic of " + region + " is already read as " + earlier->second);
        }
    }
    const auto node = map.take("delivery");
    if (!node)
        return;
    if (p.role != v1::ROLE_PLATFORM)
        map.report(*node, "delivery", "only a platform takes deliveries");
    strict_map terms(*node, file, map.field_of("delivery"), mistakes_);
    p.delivery.emplace();
    if (const auto transport = terms.text("transport", true)) {
        const auto found = std::find(transports.begin(), transports.end(), *transport);
        if (found == transports.end())
            terms.report(*terms.take("transport"), "transport", "must be pull, push or kafka");
        else
            p.delivery->transport = static_cast<delivery_transport>(found - transports.begin());
    }
    const auto dialect = terms.text("dialect", false);
    p.delivery->dialect = dialect ? *dialect : p.dialects.empty() ? "" : p.dialects.front();
    if (p.delivery->dialect == "canonical")
        p.delivery->dialect.clear();
    else if (dialect && std::find(p.dialects.begin(), p.dialects.end(), *dialect) == p.dialects.end())
        terms.report(*terms.take("dialect"), "dialect", "must be canonical or one of this partner's dialects");
    const auto push = terms.take("push");
    if (p.delivery->transport == delivery_transport::push && terms.valid()) {
        if (push)
            read_push(*push, file, terms.field_of("push"), p);
        else
            terms.report("push", "missing; say where to push to: {url: …}");
    } else if (push) {
        terms.report(*push, "push", "only for transport: push");
    }
    terms.finish();
    for (const auto& region : p.regions) {
        const auto [earlier, fresh] = receivers_.emplace(region, p.id);
        if (!fresh)
            map.report(*node, "delivery", "what is due to " + region + " already goes to " + earlier->second);
    }
}

void partner_reader::read_push(const YAML::Node& node, const std::string& file, const std::string& field,
                               partner& p) {
    strict_map map(node, file, field, mistakes_);
    auto& push = p.delivery->push;
    if (const auto url = map.text("url", true)) {
        push.url = *url;
        if (!url->starts_with("https://"))
            map.report(*map.take("url"), "url", "must begin with https://");
    }
    push.server_name = map.text("server_name", false).value_or("");
    read_number(map, "connections_max", 1, 64,
                [&](std::int64_t n) { push.connections_max = static_cast<std::size_t>(n); });
    read_number(map, "read_seconds", 1, 120, [&](std::int64_t n) { push.read_deadline = std::chrono::seconds(n); });
    read_number(map, "total_seconds", 1, 300, [&](std::int64_t n) { push.total_deadline = std::chrono::seconds(n); });
    const auto pins = map.take("pins");
    if (pins && (!pins->IsSequence() || pins->size() == 0 || pins->size() > pins_max))
        map.report(*pins, "pins", "must be a list of 1 to 8 of san_uri, san_dns, subject, fingerprint");
    for (std::size_t i = 0; pins && pins->IsSequence() && i < std::min(pins->size(), pins_max); ++i) {
        strict_map entry((*pins)[i], file, map.field_of("pins[" + std::to_string(i) + ']'), mistakes_);
        bool given = false;
        for (std::size_t kind = 0; kind < pin_kinds.size(); ++kind) {
            const auto value = entry.text(pin_kinds[kind], false);
            if (!value)
                continue;
            given = true;
            certificate_pin pin{static_cast<identity_rule>(kind), *value};
            if (const auto wrong = normalise(pin); !wrong.empty())
                entry.report(*entry.take(pin_kinds[kind]), pin_kinds[kind], wrong);
            else
                push.pins.push_back(std::move(pin));
        }
        if (entry.valid() && !given)
            entry.report("", "must hold one of san_uri, san_dns, subject, fingerprint");
        entry.finish();
    }
    if (map.valid() && !pins)
        map.report("pins", "missing; say whose certificate the target must show");
    map.finish();
}

} // namespace tongban::security
