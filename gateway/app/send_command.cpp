// tongban send: one file, as it is, to the gateway.
#include "connectors/dialects/charset.hpp"
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/event_body.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace tongban::app {

namespace {

struct send_options {
    std::string file;
    std::string content_type;
    std::string dialect;
    std::string idempotency_key;
};

// What a file of that name usually is; the dialect decides whether it takes it.
std::string content_type_of(const std::string& file) {
    const auto ends = [&](std::string_view suffix) { return file.ends_with(suffix); };
    return ends(".xml")    ? "application/xml"
           : ends(".csv")  ? "text/csv"
           : ends(".json") ? "application/json"
           : ends(".txt")  ? "application/x-www-form-urlencoded"
           : ends(".bin")  ? "application/vnd.tongban.v1+protobuf"
                           : "application/octet-stream";
}

// A city's answer as a terminal shows it: UTF-8, whatever charset it names.
std::string readable(const client_reply& reply) {
    constexpr std::string_view name = "charset=";
    const auto at = reply.content_type.find(name);
    dialects::charset charset = dialects::charset::utf8;
    if (at == std::string::npos ||
        !dialects::parse_charset(reply.content_type.substr(at + name.size()), charset)) {
        return reply.body;
    }
    std::string scratch;
    std::string_view text;
    std::size_t bad_offset = 0;
    return dialects::to_utf8(charset, reply.body, scratch, text, bad_offset) ? std::string(text) : reply.body;
}

int send(const send_options& options, const client_options& client) {
    auto body = file_bytes(options.file);
    if (!body) {
        std::cerr << options.file << ": 无法读取 / cannot be read\n";
        return exit_usage;
    }
    client_request request;
    request.method = "POST";
    request.target = "/v1/messages";
    request.body = std::move(*body);
    request.content_type =
        options.content_type.empty() ? content_type_of(options.file) : options.content_type;
    if (!options.dialect.empty()) {
        request.target += "/" + percent_encoded(options.dialect);
    }
    if (!options.idempotency_key.empty()) {
        request.headers.emplace_back("Idempotency-Key", options.idempotency_key);
    }
    const auto reply = exchange(client.identity, request);
    if (!reply) {
        std::cerr << reply.error() << '\n';
        return exit_unavailable;
    }
    if (client.json || reply->content_type.find("problem+json") == std::string::npos) {
        std::cerr << "HTTP " << reply->status << '\n';
        std::cout << (client.json ? reply->body : readable(*reply)) << '\n';
        return exit_code_of(*reply);
    }
    return print_refusal(*reply);
}

} // namespace

void add_send_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("send", "Send one message file to the gateway, as a city's platform would 报送一个报文");
    command->footer(
        "Example:\n"
        "  tongban send apply.xml --cert jining.pem --key jining.key --ca ca.pem\n"
        "Exit codes: 0 accepted, 1 refused or some of it, also where the city's format answers 200 to everything, 2 usage, 3 not\n"
        "available now (send the same file again).");
    auto client = add_client_options(*command);
    auto options = std::make_shared<send_options>();
    command->add_option("file", options->file, "The message, in the partner's own format 报文文件")->required();
    command->add_option("--content-type", options->content_type,
                        "Content type (default: by the file's ending) 内容类型");
    command->add_option("--dialect", options->dialect, "Dialect, when the partner has several 报文格式");
    command->add_option("--idempotency-key", options->idempotency_key,
                        "Same key: same message; other content under it is refused 幂等键");
    command->callback([client, options, &exit_code] { exit_code = send(*options, *client); });
}

} // namespace tongban::app
