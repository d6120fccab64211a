// tongban ledger reconcile: accepted = closed + open, and due = acknowledged + pending + dead-lettered + discarded, of
// a stopped ledger, of a dump, or of a running gateway.
#include "gateway/app/commands.hpp"
#include "gateway/app/client_options.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/app/operations_client.hpp"
#include "gateway/app/reconciliation_query.hpp"
#include "gateway/app/reconciliation_text.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

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

std::string time_into(const std::string& text, std::optional<std::int64_t>& into) {
    into = reconciled_time(text);
    return into ? "" : text + ": 应为日期或时间 / must be a day or a time: 2026-11-01, 2026-11-01T08:00:00+08:00";
}

std::string pair_into(const std::string& text, ledger::reconciliation_filter& filter) {
    return read_pair(text, filter) ? "" : text + ": 应为 收件地-办理地 / must be ORIGIN-DEST: 370800-140400";
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

std::int64_t number_at(const json::object& told, std::string_view name) {
    return told.at(name).to_number<std::int64_t>();
}

void add_numbers(json::object& told, const json::object& stretch, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        told[name] = number_at(told, name) + number_at(stretch, name);
    }
}

// Of some cases: the sums of a stretch are those of the cases that it walked.
void add_sums(json::object& told, json::object& stretch) {
    add_numbers(told, stretch, {"accepted", "closed", "open", "collected_only"});
    told["moving"] = told.at("moving").as_bool() || stretch.at("moving").as_bool();
    std::map<std::string, json::object> targets; // as they are told: in the order of the regions
    for (auto* of : {&told, &stretch}) {
        for (auto& each : of->at("targets").as_array()) {
            auto& target = each.as_object();
            const auto [at, fresh] = targets.try_emplace(std::string(target.at("region").as_string()), target);
            if (!fresh) {
                add_numbers(at->second, target,
                            {"due", "acknowledged", "pending", "dead_lettered", "discarded", "unexplained"});
            }
        }
    }
    json::array all;
    for (auto& [region, target] : targets) {
        all.push_back(std::move(target));
    }
    told["targets"] = std::move(all);
}

void add_stretch(json::object& told, json::object& stretch, bool with_sums) {
    if (with_sums) {
        add_sums(told, stretch);
    }
    add_numbers(told, stretch, {"rows_walked"});
    auto& findings = told.at("findings").as_array();
    for (auto& each : stretch.at("findings").as_array()) {
        findings.push_back(std::move(each));
    }
    auto gap = std::abs(number_at(told, "accepted") - number_at(told, "closed") - number_at(told, "open"));
    for (const auto& target : told.at("targets").as_array()) {
        gap += std::abs(number_at(target.as_object(), "unexplained"));
    }
    const auto unexplained = std::max(gap, static_cast<std::int64_t>(findings.size()));
    told["unexplained"] = unexplained;
    told["ok"] = unexplained == 0;
}

// One stretch after the other, until the view's rows are walked.
int of_running(const reconcile_options& options) {
    json::object told;
    const auto which = query_of(options.filter);
    std::string after;
    do {
        client_request request;
        request.target = "/reconciliation?" + which + (which.empty() ? "" : "&") +
                         (after.empty() ? std::string("walk=") + (options.walk ? "true" : "false") : "after=" + after);
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
        } else {
            add_stretch(told, stretch, !options.filter.all());
        }
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
        "  tongban ledger reconcile --port 9443 --walk    # a running gateway\n"
        "  tongban ledger reconcile --port 9443 --from 2026-11-01 --to 2026-12-01 --pair 370800-140400\n"
        "--config folds the ledger anew and holds the view against it: the gateway must be stopped (with Kafka,\n"
        "--no-view counts the ledger alone while it runs). --dump takes a whole dump or one of whole partitions, and names\n"
        "each record that its first line promises and no line tells. A running gateway is asked for its sums, and with --from,\n"
        "--to or --pair for each such case; what its view lost or made up whole, only the ledger tells. A day is taken in China's time; --to is not part of it.\n"
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
