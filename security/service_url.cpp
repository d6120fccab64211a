#include "security/service_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tongban::security {

namespace {

bool is_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size() && port != 0;
}

// Names and addresses, those of IPv6 without their brackets.
bool is_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~:").find(c) != std::string_view::npos;
    });
}

} // namespace

std::vector<sentence> mistakes_of_service_url(std::string_view text) {
    const auto url = boost::urls::parse_uri({text.data(), text.size()});
    if (!url) {
        return {{"不是网址（https://主机:端口/路径）", "is no URL (https://host:port/path)"}};
    }
    std::vector<sentence> found;
    if (url->scheme_id() != boost::urls::scheme::https) {
        found.push_back({"应以 https:// 开头，报文不以明文发送", "must begin with https://, messages are never sent in the clear"});
    }
    if (url->has_userinfo()) {
        found.push_back({"不得含用户名，凭据请用请求头", "must not hold a user name; send credentials as a header"});
    }
    if (url->has_fragment()) {
        found.push_back({"不得含片段（#…）", "must not hold a fragment (#…)"});
    }
    const auto host = url->host_address();
    if (!is_host({host.data(), host.size()})) {
        found.push_back({"未写主机", "names no host"});
    }
    if (const auto port = url->port(); url->has_port() && !is_port({port.data(), port.size()})) {
        found.push_back({"端口应为 1 至 65535", "the port must be 1 to 65535"});
    }
    return found;
}

} // namespace tongban::security
