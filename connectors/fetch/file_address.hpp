// Addresses of files in messages, and where they may lead. A message never decides by itself whom the gateway calls: an
// operator's list names the hosts, and a name in that list that leads to the gateway's own network is refused all the same.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

struct sockaddr;

namespace tongban::fetch {

struct file_address {
    std::string host; // lower case, without brackets
    std::uint16_t port = 443;
};

// What is no https address with a host, without user name and fragment, is none.
boost::system::result<file_address> read_file_address(std::string_view url);

enum class address_kind {
    open,     // of the internet
    internal, // loopback and private networks: only where an operator says so
    never,    // link-local (cloud metadata), multicast, unspecified, what leads to another address by translation
};
address_kind kind_of(const sockaddr& address) noexcept;

} // namespace tongban::fetch
