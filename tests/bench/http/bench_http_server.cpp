// The gateway's HTTP server with nothing behind it: reads a body, answers 202. Ends when standard input does.
#include "gateway/http/server.hpp"
#include "monitoring/log.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace {

boost::asio::awaitable<tongban::http::response> accept_body(tongban::http::request& req) {
    tongban::http::response answer;
    answer.status = req.body.empty() ? 400 : 202;
    answer.content_type = "text/plain";
    answer.body = "ok";
    answer.outcome = "accepted";
    co_return answer;
}

} // namespace

int main(int argc, char** argv) {
    using namespace tongban;
    CLI::App app("Reads a body over mutual TLS and answers 202; prints its port; ends with standard input.");
    http::listener_settings settings;
    settings.port = 0;
    security::tls_settings tls;
    bool with_log = false;
    app.add_option("--cert", tls.certificate_file)->required();
    app.add_option("--key", tls.key_file)->required();
    app.add_option("--ca", tls.client_ca_file)->required();
    app.add_option("--threads", settings.threads);
    app.add_flag("--log", with_log, "One line per request on standard error");
    CLI11_PARSE(app, argc, argv);
    monitoring::start_log(with_log ? monitoring::severity::info : monitoring::severity::warning);
    settings.idle_timeout = std::chrono::minutes(30);
    monitoring::registry metrics;
    http::server server(settings, security::tls_context::for_server(tls),
                        {{http::method::post, "/v1/messages", &accept_body}}, metrics);
    server.start();
    std::printf("{\"port\":%u}\n", server.port());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    server.drain(std::chrono::seconds(1));
    monitoring::stop_log();
    return 0;
}
