// tongban: one binary for the gateway and for everything around it.
#include "gateway/app/commands.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/app/pki_command.hpp"

#include <CLI/CLI.hpp>
#include <google/protobuf/stubs/logging.h>

#include <clocale>
#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace {

// A closed standard stream would let the next file or socket opened take its number, and the log be written into it.
void keep_standard_descriptors() {
    for (int opened = 0; opened >= 0 && opened <= STDERR_FILENO;) {
        opened = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (opened > STDERR_FILENO) {
            ::close(opened);
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    keep_standard_descriptors();
    // A peer that closes early must not end the process: SSL_write on our own descriptors raises SIGPIPE.
    std::signal(SIGPIPE, SIG_IGN);
    // Protobuf would tell standard error about fields of other people's messages; what is wrong with them is
    // answered.
    google::protobuf::SetLogHandler(nullptr);
    std::setlocale(LC_ALL, "C.UTF-8");

    int exit_code = tongban::app::exit_done;
    CLI::App app("Tongban 通办: cross-region exchange of government service cases 跨省通办数据交换网关",
                 "tongban");
    app.set_help_flag("-h,--help", "Print this help message and exit 帮助");
    app.set_version_flag("--version", TONGBAN_VERSION);
    app.require_subcommand(1);
    tongban::app::add_serve_command(app, exit_code);
    tongban::app::add_quickstart_command(app, exit_code);
    tongban::app::add_send_command(app, exit_code);
    tongban::app::add_inbox_command(app, exit_code);
    tongban::app::add_case_commands(app, exit_code);
    tongban::app::add_dialect_commands(app, exit_code);
    tongban::app::add_catalogue_commands(app, exit_code);
    tongban::app::add_pki_commands(app, exit_code);
    tongban::app::add_ledger_commands(app, exit_code);
    tongban::app::add_report_command(app, exit_code);
    tongban::app::add_deadletter_commands(app, exit_code);
    tongban::app::add_materials_commands(app, exit_code);
    tongban::app::add_config_command(app, exit_code);
    tongban::app::add_partner_commands(app, exit_code);
    tongban::app::add_calendar_commands(app, exit_code);
    tongban::app::add_emulate_command(app, exit_code);
    tongban::app::add_probe_command(app, exit_code);
    // Last: a command made after it would show these examples for its own.
    app.footer("Examples:\n"
               "  tongban quickstart                     # the whole story on this machine\n"
               "  tongban serve --config tongban.yaml    # run the gateway\n"
               "  tongban dialect try city.yaml sample.xml\n"
               "Exit codes: 0 done, 1 refused or failed, 2 usage or configuration, 3 not reachable or not "
               "available now.");
    app.failure_message(tongban::app::usage_error);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? tongban::app::exit_done : tongban::app::exit_usage;
    } catch (const std::exception& e) {
        const std::string_view said = e.what();
        std::cerr << (said.find(" / ") == said.npos ? "未能完成 / failed: " : "") << said << '\n';
        return tongban::app::exit_refused;
    }
    return exit_code;
}
