// tongban emulate: one city's platform, played by its script.
#include "gateway/app/commands.hpp"
#include "gateway/app/config_command.hpp"
#include "gateway/app/emulated_city.hpp"
#include "gateway/app/option_checks.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace tongban::app {

namespace {

constexpr const char* examples =
    "Examples:\n"
    "  WHO='--config tongban.yaml --certificate pki/changzhi.pem --key pki/changzhi.key --ca pki/ca.pem'\n"
    "  tongban emulate changzhi-platform $WHO --gateway https://127.0.0.1:8443\n"
    "  tongban emulate 140400 $WHO --gateway https://127.0.0.1:8443 --script emulator/changzhi.yaml --journal changzhi.jsonl --for 10m\n"
    "  tongban emulate 140400 $WHO --gateway https://127.0.0.1:8443 --misbehave 500=5%,lost=5%,duplicate=10% --seed 7\n"
    "  tongban emulate 140400 $WHO --gateway https://127.0.0.1:8443 --listen 0.0.0.0:9500    # a city that is pushed to\n"
    "The script and what may go wrong: docs/emulator.md.\n"
    "Exit codes: 0 stopped as asked (SIGTERM, SIGINT, --for), 1 the gateway refuses the certificate, or the address is\n"
    "taken, 2 usage, configuration or script, 3 the gateway cannot be reached at the start.";

} // namespace

void add_emulate_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("emulate", "Behave like a city's platform: take what is delivered, work cases 模拟平台");
    command->footer(examples);
    auto options = std::make_shared<emulate_options>();
    command->add_option("city", options->city, "The platform's id, or its region, in the partner files")->required();
    command->add_option("--config", options->configuration, "The gateway's configuration: partners and dialects")->required();
    command->add_option("--certificate", options->certificate, "The platform's certificate (PEM)")
        ->required()
        ->check(CLI::ExistingFile);
    command->add_option("--key", options->key, "Its key (PEM)")->required()->check(CLI::ExistingFile);
    command->add_option("--ca", options->ca, "Who issued the gateway's certificates (PEM)")->required()->check(CLI::ExistingFile);
    command->add_option("--gateway", options->gateways, "Address of the gateway; several: the next when one is away")
        ->required();
    command->add_option("--listen", options->listen,
                        "Where it is pushed to, host:port (default: 127.0.0.1 and the port of the partner's URL)");
    command->add_option("--listen-certificate", options->listen_certificate,
                        "Certificate of that listener (default: --certificate)")->check(CLI::ExistingFile);
    command->add_option("--listen-key", options->listen_key, "Its key")->check(CLI::ExistingFile);
    command->add_option("--window-certificate", options->window_certificate,
                        "Certificate of a window of the city, for scripts that claim")->check(CLI::ExistingFile);
    command->add_option("--window-key", options->window_key, "Its key")->check(CLI::ExistingFile);
    command->add_option("--script", options->script, "What it does with its cases (default: takes and closes each)");
    command->add_option("--misbehave", options->misbehave, "What goes wrong, and how often: name=share[,…]");
    command->add_option("--slow-for", options->slow_for, "How late a slow answer is, such as 3s or 1s..5s");
    command->add_option("--seed", options->seed, "The same seed makes the same choices for the same cases")
        ->capture_default_str()
        ->check(whole_number_check());
    command->add_option("--journal", options->journal, "Appends a JSON line for each thing it was given, said and told");
    command->add_option("--for", options->duration, "Ends by itself after this time, such as 90s or 10m");
    command->add_option("--wait", options->patience, "How long to wait for the gateway at the start (default: not at all)");
    command->add_option("--visibility", options->visibility_s, "Seconds until a pulled delivery comes again")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    command->add_option("--connections", options->connections, "Own messages under way at once")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    command->add_flag("--json", options->json, "Print what happens as JSON lines");
    command->callback([options, &exit_code] { exit_code = run_emulated_city(*options, std::cout, std::cerr); });
}

} // namespace tongban::app
