#include "connectors/fetch/file_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <netinet/in.h>

namespace tongban::fetch {

namespace {

constexpr std::size_t url_bytes_max = 4096;

struct network {
    std::uint32_t prefix;
    int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

// IANA's special-purpose registry.
constexpr std::array internal_networks{network{v4(10, 0, 0, 0), 8},     network{v4(127, 0, 0, 0), 8},
                                       network{v4(172, 16, 0, 0), 12},  network{v4(192, 168, 0, 0), 16},
                                       network{v4(100, 64, 0, 0), 10}};
constexpr std::array never_networks{network{v4(0, 0, 0, 0), 8},       network{v4(169, 254, 0, 0), 16},
                                    network{v4(192, 0, 0, 0), 24},    network{v4(192, 0, 2, 0), 24},
                                    network{v4(192, 88, 99, 0), 24},  network{v4(198, 18, 0, 0), 15},
                                    network{v4(198, 51, 100, 0), 24}, network{v4(203, 0, 113, 0), 24},
                                    network{v4(224, 0, 0, 0), 4},     network{v4(240, 0, 0, 0), 4}};

template <class Networks>
bool any_holds(const Networks& networks, std::uint32_t address) noexcept {
    return std::any_of(networks.begin(), networks.end(), [address](const network& one) {
        return (address ^ one.prefix) >> (32 - one.bits) == 0;
    });
}

address_kind kind_of_v4(std::uint32_t address) noexcept {
    return any_holds(never_networks, address)      ? address_kind::never
           : any_holds(internal_networks, address) ? address_kind::internal
                                                   : address_kind::open;
}

address_kind kind_of_v6(const std::array<std::uint8_t, 16>& a) noexcept {
    const auto last_v4 = v4(a[12], a[13], a[14], a[15]);
    const bool zeros = std::all_of(a.begin(), a.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
    if (zeros && a[10] == 0xff && a[11] == 0xff) {
        return kind_of_v4(last_v4); // an IPv4 address, mapped
    }
    if (zeros && a[10] == 0 && a[11] == 0) {
        return last_v4 == 1 ? address_kind::internal : address_kind::never; // ::1, ::, IPv4-compatible
    }
    if ((a[0] & 0xfe) == 0xfc) {
        return address_kind::internal; // fc00::/7
    }
    // 2000::/3 alone is in use; of it 2001::/23, 2001:db8::/32, 2002::/16 and 3fff::/20 lead elsewhere or nowhere.
    const bool special = (a[0] == 0x20 && a[1] == 0x01 && ((a[2] & 0xfe) == 0 || (a[2] == 0x0d && a[3] == 0xb8))) ||
                         (a[0] == 0x20 && a[1] == 0x02) || (a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0);
    return (a[0] & 0xe0) == 0x20 && !special ? address_kind::open : address_kind::never;
}

} // namespace

boost::system::result<file_address> read_file_address(std::string_view url) {
    const auto wrong = make_error_code(boost::system::errc::invalid_argument);
    if (url.size() > url_bytes_max) {
        return wrong;
    }
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || parsed->scheme_id() != boost::urls::scheme::https || parsed->has_userinfo() || parsed->has_fragment()) {
        return wrong;
    }
    file_address to;
    to.host = parsed->host_address();
    std::transform(to.host.begin(), to.host.end(), to.host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    // What a resolver may read as an address in another way ("0x7f.1", "2130706433") is caught when it is connected to.
    if (to.host.empty() || !std::all_of(to.host.begin(), to.host.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
        })) {
        return wrong;
    }
    if (parsed->has_port()) {
        const auto digits = parsed->port();
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), to.port);
        if (read.ec != std::errc() || to.port == 0) {
            return wrong;
        }
    }
    return to;
}

address_kind kind_of(const sockaddr& address) noexcept {
    if (address.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof in);
        return kind_of_v4(ntohl(in.sin_addr.s_addr));
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &address, sizeof in);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
        return kind_of_v6(bytes);
    }
    return address_kind::never;
}

} // namespace tongban::fetch
