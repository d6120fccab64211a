// tongban ledger reconcile: accepted = closed + open, and due = acknowledged + pending + dead-lettered + discarded, of
// a stopped ledger, of a dump, or of a running gateway.
#include "gateway/app/commands.hpp"
#include "gateway/app/client_options.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/app/operations_client.hpp"
#include "gateway/app/reconciliation_text.hpp"
#include "gateway/http/query_rules.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/time_util.h>

#include <fstream>
#include <iostream>

namespace tongban::app {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct reconcile_options {
    std::string config;
    std::string dump;
    operations_client client;
    bool running = false; // by --port or --url
    bool walk = false;
    bool no_view = false;
    bool as_json = false;
    ledger::reconciliation_filter filter;
};

// "2026-11-01" is the beginning of that day in China; all else is RFC 3339.
std::optional<std::int64_t> milliseconds_of(const std::string& text) {
    using google::protobuf::util::TimeUtil;
    const bool day = text.size() == 10;
    google::protobuf::Timestamp at;
    if (!TimeUtil::FromString(day ? text + "T00:00:00+08:00" : text, &at)) {
        return std::nullopt;
    }
    return TimeUtil::TimestampToMilliseconds(at);
}

std::string time_into(const std::string& text, std::optional<std::int64_t>& into) {
    into = milliseconds_of(text);
    return into ? "" : text + ": 应为日期或时间 / must be a day or a time: 2026-11-01, 2026-11-01T08:00:00+08:00";
}

std::string pair_into(const std::string& text, ledger::reconciliation_filter& filter) {
    const auto dash = text.find('-');
    filter.origin = text.substr(0, dash);
    filter.dest = dash == std::string::npos ? "" : text.substr(dash + 1);
    return http::is_region(filter.origin) && http::is_region(filter.dest)
               ? ""
               : text + ": 应为 收件地-办理地 / must be ORIGIN-DEST: 370800-140400";
}

int tell(const reconcile_options& options, const json::object& told) {
    if (options.as_json) {
        std::cout << json::serialize(told) << '\n';
    } else {
        print_reconciliation(told, std::cout);
    }
    return told.at("ok").as_bool() ? exit_done : exit_refused;
}

int tell(const reconcile_options& options, const boost::system::result<ledger::reconciliation>& report) {
    if (!report) {
        std::cerr << "对账未能完成 / ledger reconcile: " << report.error().message() << '\n';
        return exit_unavailable;
    }
    return tell(options, as_json(*report));
}

int of_ledger(const reconcile_options& options) {
    const auto settings = settings_of(options.config);
    const auto log = open_ledger_log(settings);
    scratch_store scratch(settings.view.directory);
    const auto view = options.no_view ? nullptr : open_view(settings);
    const progress_line progress("ledger reconcile");
    const auto report = ledger::reconcile(*log, {scratch.store(), view.get(), options.filter, progress});
    progress.clear();
    log->close(std::chrono::milliseconds(1000));
    return tell(options, report);
}

int of_dump(const reconcile_options& options) {
    std::ifstream file;
    if (options.dump != "-") {
        file.open(options.dump);
        if (!file) {
            std::cerr << options.dump << ": 无法读取 / cannot be read\n";
            return exit_unavailable;
        }
    }
    scratch_store scratch(fs::temp_directory_path() / "tongban-reconcile");
    const progress_line progress("ledger reconcile");
    auto& lines = options.dump == "-" ? std::cin : static_cast<std::istream&>(file);
    const auto report = ledger::reconcile_dump(lines, {scratch.store(), nullptr, options.filter, progress});
    progress.clear();
    return tell(options, report);
}

// One stretch after the other, until the view's rows are walked.
int of_running(const reconcile_options& options) {
    json::object told;
    std::string after;
    do {
        client_request request;
        request.target = "/reconciliation";
        request.target += !after.empty() ? "?after=" + after : options.walk ? "?walk=true" : "";
        const auto reply = options.client.ask(request);
        if (!reply) {
            std::cerr << reply.error() << '\n';
            return exit_unavailable;
        }
        if (!reply->ok()) {
            return print_refusal(*reply);
        }
        boost::system::error_code ec;
        auto value = json::parse(reply->body, ec);
        if (ec || !value.is_object() || !value.get_object().contains("findings")) {
            std::cerr << "这不是通办的运维端口 / this is not Tongban's operations listener\n";
            return exit_unavailable;
        }
        auto& stretch = value.get_object();
        after = stretch.at("next").as_string();
        if (told.empty()) {
            told = std::move(stretch);
            continue;
        }
        auto& findings = told.at("findings").as_array();
        for (auto& each : stretch.at("findings").as_array()) {
            findings.push_back(std::move(each));
        }
        told["rows_walked"] = told.at("rows_walked").to_number<std::int64_t>() +
                              stretch.at("rows_walked").to_number<std::int64_t>();
        const auto unexplained = std::max(told.at("unexplained").to_number<std::int64_t>(),
                                          static_cast<std::int64_t>(findings.size()));
        told["unexplained"] = unexplained;
        told["ok"] = unexplained == 0;
    } while (!after.empty());
    told["next"] = "";
    return tell(options, told);
}

int run(const reconcile_options& options) {
    const int sources = !options.config.empty() + !options.dump.empty() + options.running;
    if (sources != 1) {
        std::cerr << "须且只须给出一种：--config（停机核对）、--dump（核对转储）、--port 或 --url（核对运行中的网关）\n"
                     "give exactly one of --config (stopped), --dump (a dump), --port or --url (a running gateway)\n";
        return exit_usage;
    }
    if (options.running && !options.filter.all()) {
        std::cerr << "--from、--to、--pair 只用于 --config 与 --dump / are for --config and --dump only\n";
        return exit_usage;
    }
    if (options.filter.from_ms && options.filter.until_ms && *options.filter.from_ms >= *options.filter.until_ms) {
        std::cerr << "--from 须早于 --to / --from must be before --to\n";
        return exit_usage;
    }
    return options.running ? of_running(options) : options.dump.empty() ? of_ledger(options) : of_dump(options);
}

} // namespace

void add_reconcile_command(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand(
        "reconcile", "Prove accepted = closed + open, and per target due = acknowledged + pending + dead-lettered + "
                     "discarded 对账");
    command->footer(
        "Examples:\n"
        "  tongban ledger reconcile --config tongban.yaml\n"
        "  tongban ledger reconcile --config tongban.yaml --from 2026-11-01 --to 2026-12-01 --pair 370800-140400\n"
        "  tongban ledger dump --config tongban.yaml | tongban ledger reconcile --dump -\n"
        "  tongban ledger reconcile --port 9443 --walk          a running gateway\n"
        "--config folds the ledger anew and holds the view against it: the gateway must be stopped (with Kafka,\n"
        "--no-view counts the ledger alone while it runs). --dump takes a whole dump or one of whole partitions, and names\n"
        "each record that its first line promises and no line tells. A day is taken in China's time; --to is not part of it.\n"
        "Exit codes: 0 nothing is unexplained, 1 something is (the cases are named), 2 usage or configuration,\n"
        "3 it cannot be read.");
    auto options = std::make_shared<reconcile_options>();
    command->add_option("--config", options->config, "The configuration of a gateway that is stopped");
    command->add_option("--dump", options->dump, "What `ledger dump` wrote; - reads standard input");
    add_operations_options(*command, options->client, 30);
    command->add_flag("--walk", options->walk, "Walk a running gateway's view although its sums agree");
    command->add_flag("--no-view", options->no_view, "Do not compare with the view");
    command->add_option_function<std::string>(
               "--from",
               [options](const std::string& text) {
                   if (const auto wrong = time_into(text, options->filter.from_ms); !wrong.empty()) {
                       throw CLI::ValidationError("--from", wrong);
                   }
               },
               "Only cases whose first event was recorded at or after this")
        ->type_name("TIME");
    command->add_option_function<std::string>(
               "--to",
               [options](const std::string& text) {
                   if (const auto wrong = time_into(text, options->filter.until_ms); !wrong.empty()) {
                       throw CLI::ValidationError("--to", wrong);
                   }
               },
               "…and before this")
        ->type_name("TIME");
    command->add_option_function<std::string>(
               "--pair",
               [options](const std::string& text) {
                   if (const auto wrong = pair_into(text, options->filter); !wrong.empty()) {
                       throw CLI::ValidationError("--pair", wrong);
                   }
               },
               "Only cases of these two regions")
        ->type_name("ORIGIN-DEST");
    command->add_flag("--json", options->as_json, "Print as JSON");
    command->callback([options, command, &exit_code] {
        options->running = command->count("--port") + command->count("--url") > 0;
        exit_code = with_ledger([&] { return run(*options); });
    });
}

} // namespace tongban::app
