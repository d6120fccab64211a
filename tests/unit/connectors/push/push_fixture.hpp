// Certificates made once for all tests, a client on a loop of its own, and requests that are awaited by
// running it.
#pragma once

#include "connectors/push/push_client.hpp"
#include "tls_server.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

namespace tongban::testing {

struct files {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::string fingerprint;
};

// Two authorities: `ours` issued everything but `foreign`.
struct test_certificates {
    std::filesystem::path folder;
    std::filesystem::path ca;
    std::filesystem::path foreign_ca;
    std::filesystem::path revoked_list; // of ours; holds `revoked`
    files platform;                     // localhost and 127.0.0.1, tongban://410100/platform
    files second;                       // the same names, another key
    files other_name;                   // elsewhere.example.cn
    files expired;
    files future;
    files revoked;
    files foreign;     // localhost, by the other authority
    files gateway;     // ours, as a client
    files gateway_new; // ours after a renewal
    files for_clients; // a client's certificate with the platform's names, not good for a server

    static const test_certificates& get();
    ~test_certificates();

private:
    test_certificates();
};

class Push : public ::testing::Test {
protected:
    using outcome = push::push_client::outcome;

    const test_certificates& made = test_certificates::get();

    // Settings for a server at this port: by address, pinned to the platform's URI, deadlines that only a
    // broken test meets.
    push::push_target target(std::uint16_t port) const;
    // A server that shows this certificate.
    std::unique_ptr<tls_server> serve(const files& own, tls_server::script run) const;
    std::unique_ptr<tls_server> serve(tls_server::script run) const {
        return serve(made.platform, std::move(run));
    }
    void open(const push::push_target& settings);
    // A pending request.
    struct call {
        std::optional<outcome> done;
        boost::asio::cancellation_signal cancel;
    };
    std::shared_ptr<call> begin(push::push_request request);
    // Runs the loop until the request ends.
    outcome end(const std::shared_ptr<call>& one);
    outcome post(push::push_request request) { return end(begin(std::move(request))); }
    outcome post(std::string body = "{}") { return post({"application/json", std::move(body), {}, false}); }
    // Runs the loop until the condition holds.
    void run_until(const std::function<bool()>& holds);

    boost::asio::io_context io;
    std::unique_ptr<push::push_client> client;
};

// The failure's code; a message when there is an answer instead.
::testing::AssertionResult failed_with(const push::push_client::outcome& result, push::errc code,
                                       bool reached);

} // namespace tongban::testing
