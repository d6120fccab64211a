// Whatever could change where a request goes or where it ends is refused here, once, at start-up.
#include "connectors/push/push_target.hpp"

#include "security/service_url.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace tongban::push {

namespace {

using mistakes = std::vector<std::string>;

constexpr std::size_t connections_bound = 1024;
constexpr std::size_t answer_bound = 64UL * 1024 * 1024;

// The client writes these itself, from what is true.
constexpr std::array<std::string_view, 9> own_fields{
    "host", "connection", "content-length", "content-type", "transfer-encoding",
    "te",   "upgrade",    "expect",         "trailer"};

bool token_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool value_character(char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

void read_url(const push_target& target, push_address& to, mistakes& found) {
    for (const auto& wrong : security::mistakes_of_service_url(target.url)) {
        found.push_back("url: " + wrong.en);
    }
    const auto url = boost::urls::parse_uri(target.url);
    if (!url) {
        return;
    }
    const auto host = url->host_address();
    to.host.assign(host.data(), host.size());
    if (const auto port = url->port(); !port.empty()) {
        std::from_chars(port.data(), port.data() + port.size(), to.port);
    }
    const auto encoded = url->encoded_host();
    to.host_field.assign(encoded.data(), encoded.size());
    if (to.port != 443) {
        to.host_field += ':' + std::to_string(to.port);
    }
    const auto own_path = url->encoded_target();
    to.path = target.path.empty() ? std::string(own_path.data(), own_path.size()) : target.path;
    if (to.path.empty()) {
        to.path = "/";
    } else if (to.path.front() == '?') {
        to.path.insert(0, 1, '/');
    }
    if (!boost::urls::parse_origin_form(to.path)) {
        found.push_back("path: must begin with '/' and hold only what a URL may hold");
    }
}

void check_bounds(const push_target& target, mistakes& found) {
    const auto positive = [&](const char* name, std::chrono::milliseconds value) {
        if (value.count() < 1 || value > std::chrono::hours(1)) {
            found.push_back(std::string(name) + ": must be 1 ms to 1 h");
        }
    };
    positive("connect_deadline", target.connect_deadline);
    positive("tls_deadline", target.tls_deadline);
    positive("read_deadline", target.read_deadline);
    positive("total_deadline", target.total_deadline);
    if (target.idle_max.count() < 0 || target.idle_max > std::chrono::hours(1)) {
        found.push_back("idle_max: must be 0 to 1 h");
    }
    if (target.connections_max < 1 || target.connections_max > connections_bound) {
        found.push_back("connections_max: must be 1 to 1024");
    }
    if (target.answer_bytes_max < 1 || target.answer_bytes_max > answer_bound) {
        found.push_back("answer_bytes_max: must be 1 byte to 64 MiB");
    }
}

std::shared_ptr<const security::expected_target> read_pins(const push_target& target, const std::string& host,
                                                           mistakes& found) {
    auto expected = std::make_shared<security::expected_target>();
    expected->server_name = target.server_name.empty() ? host : target.server_name;
    if (!std::ranges::all_of(expected->server_name, [](char c) { return token_character(c) || c == ':'; })) {
        found.push_back("server_name: must be a host name or an address");
    }
    expected->pins = target.pins;
    if (target.pins.empty()) {
        found.push_back("pins: at least one is needed, or any certificate of the authority would be taken");
    }
    for (std::size_t i = 0; i < expected->pins.size(); ++i) {
        if (const auto why = security::normalise(expected->pins[i]); !why.empty()) {
            found.push_back("pins[" + std::to_string(i) + "]: " + why.text());
        }
    }
    return expected;
}

} // namespace

push_target target_of(const security::push_terms& terms, const security::client_tls_settings& tls) {
    push_target target;
    target.url = terms.url;
    target.server_name = terms.server_name;
    target.tls = tls;
    target.pins = terms.pins;
    target.connections_max = terms.connections_max;
    target.read_deadline = terms.read_deadline;
    target.total_deadline = terms.total_deadline;
    target.connect_deadline = std::min(target.connect_deadline, terms.total_deadline);
    target.tls_deadline = std::min(target.tls_deadline, terms.total_deadline);
    return target;
}

std::string header_fault(const std::string& name, const std::string& value) {
    if (name.empty() || name.size() > 128 || !std::ranges::all_of(name, token_character)) {
        return "is no name of a header";
    }
    if (std::ranges::any_of(own_fields, [&](std::string_view own) {
            return boost::beast::iequals(boost::beast::string_view(own.data(), own.size()), name);
        })) {
        return "is written by the client itself";
    }
    if (value.size() > 8192 || !std::ranges::all_of(value, value_character)) {
        return "has a value that cannot be sent";
    }
    return {};
}

boost::system::result<push_address, std::vector<std::string>> check(const push_target& target) {
    mistakes found;
    push_address to;
    read_url(target, to, found);
    check_bounds(target, found);
    to.expected = read_pins(target, to.host, found);
    for (const auto& [name, value] : target.headers) {
        if (const std::string why = header_fault(name, value); !why.empty()) {
            found.push_back("headers: '" + name + "' " + why);
        }
    }
    if (!found.empty()) {
        return found;
    }
    to.fixed_head = "POST " + to.path + " HTTP/1.1\r\nHost: " + to.host_field + "\r\n";
    for (const auto& [name, value] : target.headers) {
        to.fixed_head += name + ": " + value + "\r\n";
    }
    return to;
}

} // namespace tongban::push
