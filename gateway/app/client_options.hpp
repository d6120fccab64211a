// Options that every client command shares: where the gateway is and which certificate to show.
#pragma once

#include "gateway/app/https_client.hpp"

#include <memory>

namespace CLI {
class App;
}

namespace tongban::app {

struct client_options {
    client_identity identity;
    bool json = false;
};

// Adds --url, --cert, --key, --ca (or TONGBAN_URL, TONGBAN_CERT, TONGBAN_KEY, TONGBAN_CA) and --json.
std::shared_ptr<client_options> add_client_options(CLI::App& command);

// Prints what went wrong: a problem's title and detail in both languages, its violations as a table, or the body as
// it is. Gives the exit code that belongs to the reply.
int print_refusal(const client_reply& reply);
int exit_code_of(const client_reply& reply) noexcept;

} // namespace tongban::app
