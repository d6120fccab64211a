// tongban report: the figures of supervision for some days, of a running gateway or of the view of one that is stopped.
#include "connectors/catalogue/load.hpp"
#include "gateway/app/bulletin.hpp"
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/live_catalogue.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/app/operations_client.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/calendar/calendar.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <iostream>
#include <map>
#include <unistd.h>

namespace tongban::app {

namespace {

namespace json = boost::json;

struct report_options {
    std::string config;
    operations_client client;
    bool running = false; // by --port or --url; without --config too, by the default port
    std::string format = "table";
    ledger::figure_query query;
};

// "report: 2026-09-12 / 2026-09-30", written over while a long period is read; on a terminal only.
void show_progress(const bulletin& so_far) {
    if (isatty(STDERR_FILENO) != 0 && !so_far.report.next.empty()) {
        std::cerr << "\r\033[Kreport: " << calendars::to_text(so_far.report.reached) << " / "
                  << calendars::to_text(so_far.query.to) << std::flush;
    }
}

void clear_progress() {
    if (isatty(STDERR_FILENO) != 0) {
        std::cerr << "\r\033[K" << std::flush;
    }
}

void print(const bulletin& of, const std::string& format) {
    if (format == "json") {
        std::cout << json::serialize(bulletin_json(of)) << '\n';
    } else if (format == "csv") {
        print_bulletin_csv(of, std::cout);
    } else if (format == "html") {
        print_bulletin_html(of, std::cout);
    } else {
        print_bulletin(of, std::cout);
    }
}

void warn_when_empty(const bulletin& told) {
    if (told.report.groups.empty()) {
        std::cerr << "没有符合条件的办件记录，请核对期间和 --origin、--dest / nothing was recorded that fits: look at the period, --origin and "
                     "--dest\n";
    }
}

std::string target_of(const ledger::figure_query& query, const std::string& after) {
    auto target = "/figures?from=" + calendars::to_text(query.from) + "&to=" + calendars::to_text(query.to);
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"by", ledger::name(query.by)},
                                      {"origin", query.origin},
                                      {"dest", query.dest},
                                      {"after", after}}) {
        target += value.empty() ? "" : '&' + std::string(name) + '=' + std::string(value);
    }
    return target;
}

int of_running(const report_options& options) {
    bulletin told{.query = options.query, .report = {}, .catalogue = {}};
    do {
        client_request request;
        request.target = target_of(options.query, told.report.next);
        const auto reply = options.client.ask(request);
        if (!reply) {
            clear_progress();
            std::cerr << reply.error() << '\n';
            return exit_unavailable;
        }
        if (!reply->ok()) {
            clear_progress();
            return print_refusal(*reply);
        }
        boost::system::error_code ec;
        auto stretch = stretch_from(json::parse(reply->body, ec));
        if (ec || !stretch) {
            clear_progress();
            std::cerr << "这不是通办的运维端口 / this is not Tongban's operations listener\n";
            return exit_unavailable;
        }
        told.report += std::move(stretch->report);
        told.catalogue = std::move(stretch->catalogue);
        told.class_names = std::move(stretch->class_names);
        told.standing = std::move(stretch->standing);
        show_progress(told);
    } while (!told.report.next.empty());
    clear_progress();
    warn_when_empty(told);
    print(told, options.format);
    return exit_done;
}

// The view of a stopped gateway has all that it answered; but it may have been killed, another replica may have gone on, or the
// view is new. A bulletin that leaves records out is none. False when it would, or when that cannot be known.
bool has_all_records(const gateway_settings& settings, const store::view_store& rows) {
    const auto log = open_ledger_log(settings);
    const auto end = log->end(std::chrono::seconds(10));
    const auto positions = ledger::view(rows).positions();
    std::uint64_t behind = 0;
    for (std::size_t p = 0; end && positions && p < end->size(); ++p) {
        const auto next = p < positions->size() ? (*positions)[p] : 0; // a view that is new knows of no partition
        behind += (*end)[p] > next ? (*end)[p] - next : 0;
    }
    log->close(std::chrono::milliseconds(1000));
    if (!end || !positions) {
        std::cerr << "账本或视图无法读取，无从得知通报是否完整 / the ledger or the view cannot be read, so whether the report is complete is "
                     "not known\n";
        return false;
    }
    if (behind > 0) {
        std::cerr << "视图尚差 " << behind << " 条记录，不能通报；请启动网关使其赶上，或对运行中的网关通报 / the view is " << behind
                  << " records behind the ledger, so there is no report: start the gateway, which catches up, or ask a running one\n";
    }
    return behind == 0;
}

// Nothing when none is configured, or when it has mistakes, which `tongban catalogue check` tells.
void add_catalogue(const catalogue_files& files, bulletin& told) {
    if (files.items.empty()) {
        return;
    }
    cases::check_settings settings;
    settings.day = catalogue::china_day();
    const auto known = read_catalogue(files, settings).loaded;
    if (!known) {
        std::cerr << "目录有误，通报不含目录指标 / the catalogue has mistakes; the report is without its figures: tongban catalogue check\n";
        return;
    }
    told.catalogue = catalogue_figures_of(*known, settings.day);
    told.class_names = class_names_of(*known);
}

int of_view(const report_options& options) {
    const auto settings = settings_of(options.config);
    const auto rows = open_view(settings);
    if (!rows) {
        std::cerr << settings.view.directory.string() << ": 没有视图，请先启动网关 / there is no view; start the gateway first\n";
        return exit_unavailable;
    }
    if (!has_all_records(settings, *rows)) {
        return exit_unavailable;
    }
    bulletin told{.query = options.query, .report = {}, .catalogue = {}};
    add_catalogue(settings.catalogue, told);
    do {
        told.query.after = told.report.next;
        auto stretch = ledger::read_figures(*rows, told.query);
        if (!stretch) {
            clear_progress();
            std::cerr << "通报未能生成 / report: " << stretch.error().message() << '\n';
            return exit_unavailable;
        }
        told.report += std::move(*stretch);
        show_progress(told);
    } while (!told.report.next.empty());
    clear_progress();
    if (const auto error = add_standing(*rows, 0, told)) {
        std::cerr << "通报未能生成 / report: " << error.message() << '\n';
        return exit_unavailable;
    }
    warn_when_empty(told);
    print(told, options.format);
    return exit_done;
}

// The bulletin of such a period has gaps that look like figures.
void warn_of_days_to_come(const ledger::figure_query& query) {
    const auto today = catalogue::china_day();
    if (query.from > today) {
        std::cerr << "该期间尚未开始，没有任何数据 / the period has not begun: there are no figures\n";
    } else if (query.to > today) {
        std::cerr << "该期间尚未结束，数据截至今日 / the period is not over: figures up to today\n";
    }
}

int run(const report_options& options) {
    if (options.running && !options.config.empty()) {
        std::cerr << "只能给出一种：--config（停机）或 --port、--url（运行中的网关）\n"
                     "give only one of --config (stopped) and --port or --url (a running gateway)\n";
        return exit_usage;
    }
    if (options.query.to < options.query.from) {
        std::cerr << "--to 不得早于 --from / --to must not be before --from\n";
        return exit_usage;
    }
    warn_of_days_to_come(options.query);
    return options.config.empty() ? of_running(options) : of_view(options);
}

void add_day(CLI::App& command, const std::string& name, cases::day_number& into, const std::string& help) {
    command
        .add_option_function<std::string>(
            name,
            [name, &into](const std::string& text) {
                const auto day = calendars::parse_day(text);
                if (!day) {
                    throw CLI::ValidationError(name, text + ": 应为日期 / must be a day: 2026-09-01");
                }
                into = *day;
            },
            help)
        ->type_name("DAY")
        ->required();
}

} // namespace

void add_report_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("report", "The figures of supervision for some days: a month's bulletin 通报");
    command->footer("Examples:\n"
                    "  tongban report --port 9443 --from 2026-09-01 --to 2026-09-30\n"
                    "  tongban report --port 9443 --from 2026-09-01 --to 2026-09-30 --by pair --format html > bulletin.html\n"
                    "  tongban report --config tongban.yaml --from 2026-01-01 --to 2026-12-31 --by item-class --format csv > year.csv\n"
                    "Days are China's, both included, by the time at which the ledger recorded an event. With --config the gateway\n"
                    "must be stopped. docs/supervision.md says what each figure is.\n"
                    "Exit codes: 0 printed, 1 refused by the gateway, 2 usage or configuration, 3 it cannot be read.");
    auto options = std::make_shared<report_options>();
    add_day(*command, "--from", options->query.from, "First day");
    add_day(*command, "--to", options->query.to, "Last day");
    command
        ->add_option_function<std::string>(
            "--by", [options](const std::string& by) { options->query.by = ledger::grouping_named(by).value(); },
            "A row for each pair of regions, destination, class of item, level or mode")
        ->check(CLI::IsMember({"pair", "destination", "item-class", "level", "mode"}));
    command->add_option("--origin", options->query.origin, "Only cases collected in this region")->check(region_check());
    command->add_option("--dest", options->query.dest, "Only cases decided in this region")->check(region_check());
    auto* format = command->add_option("--format", options->format, "table, csv, html or json");
    format->check(CLI::IsMember({"table", "csv", "html", "json"}))->capture_default_str();
    command->add_flag_callback("--json", [options] { options->format = "json"; }, "The same as --format json")->excludes(format);
    command->add_option("--config", options->config, "The configuration of a gateway that is stopped");
    add_operations_options(*command, options->client, 30);
    command->callback([options, command, &exit_code] {
        options->running = command->count("--port") + command->count("--url") > 0;
        exit_code = with_ledger([&] { return run(*options); });
    });
}

} // namespace tongban::app
