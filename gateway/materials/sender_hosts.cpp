#include "gateway/materials/sender_hosts.hpp"

#include "connectors/fetch/file_address.hpp"

#include <algorithm>

namespace tongban::materials {

bool is_elsewhere(const v1::MaterialFile& file) noexcept {
    return file.content().empty() && !file.url().empty() && !file.url().starts_with("/v1/");
}

const security::file_host* allowed_host(const security::partner& partner, std::string_view url) {
    const auto to = fetch::read_file_address(url);
    if (!to) {
        return nullptr;
    }
    const auto found = std::find_if(partner.file_hosts.begin(), partner.file_hosts.end(), [&](const auto& host) {
        return host.host == to->host && host.port == to->port;
    });
    return found == partner.file_hosts.end() ? nullptr : &*found;
}

bool is_expired(const v1::MaterialFile& file, std::chrono::system_clock::time_point now) noexcept {
    return file.has_expires_at() &&
           file.expires_at().seconds() <= std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
}

} // namespace tongban::materials
