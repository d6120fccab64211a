// Shared options and the printing of refusals.
#include "gateway/app/client_options.hpp"

#include "gateway/app/commands.hpp"
#include "gateway/app/text_table.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <iostream>

namespace tongban::app {

namespace {

std::string text_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string{};
}

} // namespace

std::shared_ptr<client_options> add_client_options(CLI::App& command) {
    auto options = std::make_shared<client_options>();
    command.add_option("--url", options->identity.url, "Address of the gateway 网关地址")
        ->envname("TONGBAN_URL")
        ->capture_default_str();
    command.add_option("--cert", options->identity.certificate, "Client certificate (PEM) 客户端证书")
        ->envname("TONGBAN_CERT")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--key", options->identity.key, "Its key (PEM) 私钥")
        ->envname("TONGBAN_KEY")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_option("--ca", options->identity.ca, "CA of the gateway's certificate (PEM) 网关证书的 CA")
        ->envname("TONGBAN_CA")
        ->required()
        ->check(CLI::ExistingFile);
    command.add_flag("--json", options->json, "Print the gateway's answer as it is 原样输出");
    return options;
}

int exit_code_of(const client_reply& reply) noexcept {
    constexpr long some_refused = 207;
    const auto status = reply.tongban_status.value_or(reply.status);
    const bool taken = status >= 200 && status < 300 && status != some_refused;
    return taken ? exit_done : status == 503 || status == 429 ? exit_unavailable : exit_refused;
}

int print_refusal(const client_reply& reply) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(reply.body, ec);
    if (ec || !value.is_object()) {
        std::cerr << "HTTP " << reply.status << '\n' << reply.body << '\n';
        return exit_code_of(reply);
    }
    const auto& problem = value.get_object();
    std::cerr << "HTTP " << reply.status << ' ' << text_of(problem, "title_zh") << " / " << text_of(problem, "title")
              << '\n';
    for (const auto& [title, detail] : {std::pair("title_zh", "detail_zh"), std::pair("title", "detail")}) {
        if (const auto text = text_of(problem, detail); !text.empty() && text != text_of(problem, title)) {
            std::cerr << "  " << text << '\n';
        }
    }
    if (const auto state = text_of(problem, "state"); !state.empty()) {
        std::cerr << "  状态 state: " << state << ' ' << text_of(problem, "state_zh") << '\n';
    }
    if (const auto holder = text_of(problem, "holder"); !holder.empty()) {
        std::cerr << "  持有窗口 held by: " << holder << '\n';
    }
    if (const auto* violations = problem.if_contains("violations"); violations != nullptr && violations->is_array()) {
        text_table table({"位置 source", "字段 field", "规则 rule", "说明", "message"});
        for (const auto& violation : violations->get_array()) {
            const auto& v = violation.as_object();
            table.add({text_of(v, "source_path"), text_of(v, "field"), text_of(v, "rule"), text_of(v, "message_zh"),
                       text_of(v, "message_en")});
        }
        table.print(std::cerr);
    }
    return exit_code_of(reply);
}

} // namespace tongban::app
