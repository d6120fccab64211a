// Where a partner's files may be fetched from: "host", "host:port", either with " internal" behind it. Only what is listed
// is ever called, so an address in a message cannot make the gateway call its own network.
#include "security/partner_reader.hpp"

#include <algorithm>
#include <charconv>

namespace tongban::security {

namespace {

constexpr std::size_t hosts_max = 32;
constexpr std::string_view internal_mark = " internal";

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
           });
}

bool parse(std::string_view text, file_host& found) {
    if (text.ends_with(internal_mark)) {
        found.internal = true;
        text.remove_suffix(internal_mark.size());
    }
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        const auto port = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
        if (error != std::errc{} || end != port.data() + port.size() || found.port == 0) {
            return false;
        }
        text = text.substr(0, colon);
    }
    found.host = text;
    return is_host(text);
}

} // namespace

void partner_reader::read_file_hosts(strict_map& map, partner& p) {
    for (const auto& [text, node] : map.texts("fetch_files_from", hosts_max)) {
        file_host found;
        if (!parse(text, found)) {
            map.report(node, "fetch_files_from", "must be host or host:port in lower case, perhaps with ' internal'");
        } else {
            p.file_hosts.push_back(std::move(found));
        }
    }
}

} // namespace tongban::security
