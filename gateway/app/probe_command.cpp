// tongban probe: asks the operations listener whether this replica lives or is ready, by an exit code. For a
// cluster whose own HTTP probes cannot read a listener on loopback or one that asks for a certificate.
#include "gateway/app/commands.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/operations_client.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace tongban::app {

namespace {

struct probe_options {
    std::string check = "readyz";
    operations_client client;
    bool json = false;
};

// Why the answer is no, in words: each check of /readyz that is not ok, else what the status means.
void print_no(const probe_options& options, const client_reply& reply) {
    std::cerr << options.check << ": HTTP " << reply.status << '\n';
    boost::system::error_code ec;
    const auto body = boost::json::parse(reply.body, ec);
    const auto* checks = !ec && body.is_object() ? body.get_object().if_contains("checks") : nullptr;
    if (checks != nullptr && checks->is_object()) {
        constexpr std::pair<std::string_view, std::string_view> terms[] = {
            {"log", "账本"}, {"view", "查询视图"}, {"drain", "停机"},
            {"intake_topics", "收件主题"}, {"delivery_topics", "送达主题"}};
        std::cerr << "  未就绪 / not ready\n";
        for (const auto& [name, value] : checks->get_object()) {
            const auto reason = text_at(value, "");
            const auto* term = std::ranges::find(terms, std::string_view(name),
                                                 &std::pair<std::string_view, std::string_view>::first);
            if (reason != "ok") {
                std::cerr << "  " << (term == std::end(terms) ? "" : std::string(term->second) + " ")
                          << std::string_view(name) << ": " << reason << '\n';
            }
        }
    } else if (reply.status == 403) {
        std::cerr << "  证书不是运维角色 / the certificate is not an operator's\n";
    } else if (reply.status == 404) {
        std::cerr << "  这不是运维端口 / this is not the operations listener\n";
    }
}

int probe(const probe_options& options) {
    client_request request;
    request.target = "/" + options.check;
    const auto reply = options.client.ask(request);
    if (options.json) {
        boost::json::object told{
            {"check", options.check}, {"url", options.client.address()}, {"ok", reply && reply->status == 200}};
        if (reply) {
            told["status"] = reply->status;
            boost::system::error_code ec;
            const auto body = boost::json::parse(reply->body, ec);
            told["answer"] = ec ? boost::json::value(reply->body) : body;
        } else {
            told["error"] = reply.error();
        }
        std::cout << boost::json::serialize(told) << '\n';
    } else if (!reply) {
        std::cerr << reply.error() << '\n';
    } else if (reply->status == 200) {
        std::cout << options.check << ": ok\n";
    } else {
        print_no(options, *reply);
    }
    return !reply ? exit_unavailable : reply->status == 200 ? exit_done : exit_refused;
}

} // namespace

void add_probe_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("probe", "Ask a gateway's operations listener whether it lives or is ready 探测");
    command->footer("Example:\n"
                    "  tongban probe readyz\n"
                    "  tongban probe livez --port 9443 --cert operator.pem --key operator.key\n"
                    "Exit codes: 0 yes, 1 no (the reason is told), 2 usage, 3 no answer within the time.");
    auto options = std::make_shared<probe_options>();
    command->add_option("check", options->check, "livez: the process answers; readyz: it can take messages")
        ->capture_default_str()
        ->check(CLI::IsMember({"livez", "readyz"}));
    add_operations_options(*command, options->client, 3);
    command->add_flag("--json", options->json, "Print the outcome as JSON");
    command->callback([options, &exit_code] { exit_code = probe(*options); });
}

} // namespace tongban::app
