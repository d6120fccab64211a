// tongban serve: runs the gateway until it is told to stop.
#include "gateway/app/commands.hpp"
#include "gateway/app/config_command.hpp"
#include "gateway/app/configuration.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/not_taken.hpp"
#include "monitoring/log.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sched.h>

#include <csignal>
#include <functional>
#include <iostream>

namespace tongban::app {

namespace asio = boost::asio;

namespace {

// SIGHUP waits while there is nothing to reload: until the start is done, and while the gateway drains. For the main thread,
// before it begins others: they inherit it, and leave the signal to this one.
void hold_hang_up(bool held) {
    sigset_t hang_up;
    sigemptyset(&hang_up);
    sigaddset(&hang_up, SIGHUP);
    pthread_sigmask(held ? SIG_BLOCK : SIG_UNBLOCK, &hang_up, nullptr);
}

// A thread that wakes to take one record does not push aside the one that is answering a client: both would lose their caches
// (docs/decisions.md). For the main thread, before it begins others: they inherit it. Where the system refuses, nothing is lost
// but that.
void schedule_for_throughput() {
    const sched_param none{};
    sched_setscheduler(0, SCHED_BATCH, &none);
}

// As the configuration says now. A year is added in another file, or the first one: whoever reloads means that one.
std::filesystem::path calendar_file_named_in(const std::filesystem::path& file) {
    auto read = load_configuration(file);
    if (!read.value) {
        throw not_taken(read.mistakes);
    }
    return read.value->gateway.calendar_file;
}

// Waits for signals on the main thread: SIGHUP reloads, SIGTERM and SIGINT end the wait. A gateway that broke for
// good ends it too. Gives the exit code.
int run_until_stopped(gateway& running, const std::filesystem::path& file) {
    asio::io_context context(1);
    asio::signal_set stop(context, SIGTERM, SIGINT);
    asio::signal_set hang_up(context, SIGHUP);
    asio::steady_timer watch(context);
    int exit_code = exit_done;
    stop.async_wait([&](boost::system::error_code error, int) {
        if (!error) {
            context.stop();
        }
    });
    std::function<void(boost::system::error_code, int)> on_hang_up = [&](boost::system::error_code error, int) {
        if (!error) {
            running.reload([&] { return calendar_file_named_in(file); });
            hang_up.async_wait(on_hang_up);
        }
    };
    hang_up.async_wait(on_hang_up);
    std::function<void(boost::system::error_code)> look = [&](boost::system::error_code error) {
        if (error) {
            return;
        }
        if (running.broken()) {
            monitoring::log(monitoring::severity::error, "view_broken",
                            {{"advice", "stop, delete the view directory, start: it is rebuilt from the ledger"}});
            exit_code = exit_refused;
            context.stop();
            return;
        }
        running.give_way_when_outdated();
        watch.expires_after(std::chrono::seconds(1));
        watch.async_wait(look);
    };
    look({});
    hold_hang_up(false);
    context.run();
    hold_hang_up(true);
    return exit_code;
}

int serve(const std::filesystem::path& file) {
    hold_hang_up(true);
    schedule_for_throughput();
    const auto configuration = checked_configuration(file, std::cerr);
    if (!configuration) {
        return exit_usage;
    }
    monitoring::start_log(monitoring::severity::info); // where it listens is said at any level
    int exit_code = exit_refused;
    try {
        gateway running(configuration->gateway);
        running.start();
        monitoring::log(monitoring::severity::info, "started",
                        {{"version", std::string_view(TONGBAN_VERSION)},
                         {"port", std::int64_t{running.port()}},
                         {"operations_port", std::int64_t{running.operations_port()}}});
        monitoring::set_log_severity(configuration->log_level);
        exit_code = run_until_stopped(running, file);
        running.stop();
        monitoring::log(monitoring::severity::info, "stopped");
    } catch (const std::exception& e) {
        monitoring::log(monitoring::severity::error, "failed", {{"reason", std::string_view(e.what())}});
    }
    monitoring::stop_log();
    return exit_code;
}

} // namespace

void add_serve_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("serve", "Run the gateway 运行网关");
    command->footer("Example:\n  tongban serve --config /etc/tongban/tongban.yaml\n"
                    "Signals: SIGTERM or SIGINT drains and stops, a second one stops at once; SIGHUP reads partners, dialects, catalogue, calendar and certificates anew.\n"
                    "Exit codes: 0 stopped as asked, 1 a part failed (the last log line says which), 2 configuration.");
    auto file = std::make_shared<std::string>();
    command->add_option("--config", *file, "The configuration file")->required();
    command->callback([file, &exit_code] { exit_code = serve(*file); });
}

} // namespace tongban::app
