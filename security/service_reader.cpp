// The part of a partner's entry that says what of its systems the gateway calls beside its deliveries:
//
//   automatic: [{name: rules, items: ["1137…"], timeout_ms: 500, url: "https://…", pins: [{san_uri: …}]}]
//   licences: {url: "https://…", pins: [{san_uri: …}]}
//   file_hosts: [files.example.cn, {host: 10.0.3.7, port: 8443, internal: true}]
#include "security/certificate_pin.hpp"
#include "security/partner_reader.hpp"
#include "security/read_number.hpp"
#include "security/service_url.hpp"

#include <algorithm>
#include <array>

namespace tongban::security {

namespace {

constexpr std::size_t pins_max = 8;
constexpr std::size_t handlers_max = 32;
constexpr std::size_t items_max = 5000;
constexpr std::size_t hosts_max = 64;
constexpr std::array<std::string_view, 4> pin_kinds{"san_uri", "san_dns", "subject", "fingerprint"};

void read_timeout(strict_map& map, push_terms& of, std::int64_t standard_ms) {
    of.total_deadline = std::chrono::milliseconds(standard_ms);
    read_number(map, "timeout_ms", 20, 5000,
                [&](std::int64_t n) { of.total_deadline = std::chrono::milliseconds(n); });
    of.read_deadline = of.total_deadline;
}

bool is_handler_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
    });
}

std::string lower_case_of(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c); });
    return text;
}

// Of a region one partner's service is asked; another's second is a mistake.
void claim_regions(strict_map& map, const YAML::Node& node, const char* key, const partner& p,
                   std::map<std::string, std::string>& taken) {
    for (const auto& region : p.regions) {
        const auto [earlier, fresh] = taken.emplace(region, p.id);
        if (!fresh)
            map.report(node, key, {region + " 的该项已登记在 " + earlier->second,
                                   "of " + region + " already stands with " + earlier->second});
    }
}

} // namespace

void partner_reader::read_address(strict_map& map, const std::string& file, push_terms& to) {
    if (const auto url = map.text("url", true)) {
        to.url = *url;
        for (auto& wrong : mistakes_of_service_url(*url))
            map.report(*map.take("url"), "url", std::move(wrong));
    }
    to.server_name = map.text("server_name", false).value_or("");
    read_number(map, "connections_max", 1, 64,
                [&](std::int64_t n) { to.connections_max = static_cast<std::size_t>(n); });
    const auto pins = map.take("pins");
    if (pins && (!pins->IsSequence() || pins->size() == 0 || pins->size() > pins_max))
        map.report(*pins, "pins", {"应为列表，1 至 8 个 san_uri、san_dns、subject、fingerprint",
                                   "must be a list of 1 to 8 of san_uri, san_dns, subject, fingerprint"});
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
                to.pins.push_back(std::move(pin));
        }
        if (entry.valid() && !given)
            entry.report("", {"须给出 san_uri、san_dns、subject、fingerprint 之一",
                              "must hold one of san_uri, san_dns, subject, fingerprint"});
        entry.finish();
    }
    if (map.valid() && !pins)
        map.report("pins", {"缺少必填项，请写明对方须出示谁的证书", "missing; say whose certificate the target must show"});
}

void partner_reader::read_services(strict_map& map, const std::string& file, partner& p) {
    for (const std::string key : {"automatic", "licences", "file_hosts"}) {
        const auto node = map.take(key);
        if (!node)
            continue;
        if (p.role != v1::ROLE_PLATFORM) {
            map.report(*node, key, {"只有平台才有", "only a platform has it"});
            continue;
        }
        if (key == "licences") {
            read_licences(*node, file, map.field_of(key), p);
            claim_regions(map, *node, "licences", p, licence_givers_);
            continue;
        }
        const auto most = key == "automatic" ? handlers_max : hosts_max;
        if (!node->IsSequence() || node->size() == 0 || node->size() > most) {
            map.report(*node, key, {"应为列表，1 至 " + std::to_string(most) + " 条",
                                    "must be a list of 1 to " + std::to_string(most)});
            continue;
        }
        for (std::size_t i = 0; i < node->size(); ++i) {
            const auto field = map.field_of(key + '[' + std::to_string(i) + ']');
            const YAML::Node entry = (*node)[i];
            if (key == "automatic")
                read_automatic(entry, file, field, p);
            else if (!entry.IsScalar())
                read_file_host(entry, file, field, p);
            else if (file_host host{lower_case_of(entry.Scalar())}; is_host(host.host))
                p.file_hosts.push_back(std::move(host));
            else
                map.report(entry, key, {"应为主机名或地址，或 {host: …}", "must be a host name or an address, or {host: …}"});
        }
        if (key == "automatic")
            claim_regions(map, *node, "automatic", p, deciders_);
    }
}

void partner_reader::read_automatic(const YAML::Node& node, const std::string& file, const std::string& field,
                                    partner& p) {
    strict_map map(node, file, field, mistakes_);
    automatic_handler handler;
    handler.call.connections_max = 16;
    if (const auto name = map.text("name", true)) {
        handler.name = *name;
        const bool twice = std::any_of(p.automatic.begin(), p.automatic.end(),
                                       [&](const automatic_handler& other) { return other.name == *name; });
        if (!is_handler_name(*name))
            map.report(*map.take("name"), "name", not_a_word());
        else if (twice)
            map.report(*map.take("name"), "name", given_twice(*name));
    }
    for (const auto& [item, at] : map.texts("items", items_max)) {
        if (item.empty() || item.size() > 64)
            map.report(at, "items", {"应为实施编码，或“*”", "must be implementation codes, or \"*\""});
        else
            handler.items.push_back(item);
    }
    const auto dialect = map.text("dialect", false);
    handler.dialect = dialect ? *dialect : p.dialects.empty() ? "" : p.dialects.front();
    if (handler.dialect == "canonical")
        handler.dialect.clear();
    else if (dialect && std::find(p.dialects.begin(), p.dialects.end(), *dialect) == p.dialects.end())
        map.report(*map.take("dialect"), "dialect", not_its_dialect());
    read_address(map, file, handler.call);
    read_timeout(map, handler.call, 800);
    map.finish();
    p.automatic.push_back(std::move(handler));
}

void partner_reader::read_licences(const YAML::Node& node, const std::string& file, const std::string& field,
                                   partner& p) {
    strict_map map(node, file, field, mistakes_);
    auto& terms = p.licences.emplace();
    read_address(map, file, terms);
    read_timeout(map, terms, 3000);
    map.finish();
}

void partner_reader::read_file_host(const YAML::Node& node, const std::string& file, const std::string& field,
                                    partner& p) {
    file_host host;
    strict_map map(node, file, field, mistakes_);
    if (const auto name = map.text("host", true)) {
        host.host = lower_case_of(*name);
        if (!is_host(host.host))
            map.report(*map.take("host"), "host", {"应为主机名或地址", "must be a host name or an address"});
    }
    read_number(map, "port", 1, 65535, [&](std::int64_t n) { host.port = static_cast<std::uint16_t>(n); });
    if (const auto internal = map.text("internal", false)) {
        host.internal = *internal == "true";
        if (*internal != "true" && *internal != "false")
            map.report(*map.take("internal"), "internal", {"应为 true 或 false", "must be true or false"});
    }
    map.finish();
    p.file_hosts.push_back(std::move(host));
}

} // namespace tongban::security
