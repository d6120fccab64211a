// The client side of the operations listener: the options and the request that its commands share.
#pragma once

#include "gateway/app/https_client.hpp"

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace tongban::app {

struct operations_client {
    std::uint16_t port = 9443;
    std::string url;
    client_identity identity;
    long timeout_s = 3;

    // --url, or this machine's listener: with TLS when a certificate is shown.
    std::string address() const;
    // The error is a sentence for the user.
    boost::system::result<client_reply, std::string> ask(client_request request) const;
};

// Adds --port, --url, --cert, --key, --ca and --timeout, bound to `client`, which outlives the parsing.
void add_operations_options(CLI::App& command, operations_client& client, long timeout_s);

} // namespace tongban::app
