// One set of options for every command that speaks to the operations listener.
#include "gateway/app/operations_client.hpp"

#include <CLI/CLI.hpp>

namespace tongban::app {

std::string operations_client::address() const {
    if (!url.empty()) {
        return url;
    }
    return (identity.certificate.empty() ? "http" : "https") + std::string("://127.0.0.1:") + std::to_string(port);
}

boost::system::result<client_reply, std::string> operations_client::ask(client_request request) const {
    auto as = identity;
    as.url = address();
    as.verify_server = !as.ca.empty();
    request.timeout_s = timeout_s;
    auto reply = exchange(as, request);
    if (!reply && url.starts_with("https:") && identity.certificate.empty()) {
        return "运维端口多半要求证书：请给出 --cert 和 --key / the listener may ask for an operator's certificate: give --cert and --key ("
               + reply.error() + ')';
    }
    return reply;
}

void add_operations_options(CLI::App& command, operations_client& client, long timeout_s) {
    client.timeout_s = timeout_s;
    command.add_option("--port", client.port, "Port of the operations listener on this machine")
        ->capture_default_str()
        ->check(CLI::Range(1, 65535));
    command.add_option("--url", client.url, "Its address, instead of --port: https://host:port")->excludes("--port");
    auto* certificate = command.add_option("--cert", client.identity.certificate,
                                           "An operator's certificate (PEM), when the listener asks for one");
    auto* key = command.add_option("--key", client.identity.key, "Its key (PEM)");
    certificate->check(CLI::ExistingFile)->needs(key);
    key->check(CLI::ExistingFile)->needs(certificate);
    command
        .add_option("--ca", client.identity.ca,
                    "CA of the listener's certificate; without it the listener is not verified")
        ->check(CLI::ExistingFile);
    command.add_option("--timeout", client.timeout_s, "Seconds to wait for the answer")
        ->capture_default_str()
        ->check(CLI::Range(1, 60));
}

} // namespace tongban::app
