// tongban ledger copy: an installation that began on the embedded ledger grows into a cluster, and back.
#include "gateway/app/commands.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/ledger/ledger_copy.hpp"
#include "gateway/ledger/record.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <thread>

namespace tongban::app {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto ready_wait = 60s;
constexpr std::size_t under_way_max = 1000;

struct copy_options {
    std::string from;
    std::string to;
    bool json = false;
};

struct target_log {
    std::unique_ptr<log::event_log> log;
    std::size_t under_way_max;
};

// Half of its backlog at most: an append that is refused would end the copy.
target_log open_target(const gateway_settings& settings) {
    const auto room = [](std::size_t backlog) { return std::clamp<std::size_t>(backlog / 2, 1, under_way_max); };
    if (const auto* embedded = std::get_if<log::embedded_settings>(&settings.ledger_log)) {
        return {log::open_embedded_log(*embedded), room(embedded->backlog_records_max)};
    }
    const auto& kafka = std::get<log::kafka_settings>(settings.ledger_log);
    return {log::open_kafka_log(kafka), room(kafka.backlog_records_max)};
}

// A Kafka ledger is opened before its brokers answer.
bool wait_until_ready(const log::event_log& log, const char* which) {
    const auto patience = std::chrono::steady_clock::now() + ready_wait;
    while (!log.health().ready) {
        if (std::chrono::steady_clock::now() > patience) {
            std::cerr << which << ": 账本未就绪 / the ledger is not ready: " << log.health().reason << '\n';
            return false;
        }
        std::this_thread::sleep_for(100ms);
    }
    return true;
}

std::string message_of(const ledger::copy_report& report) {
    const auto partition = report.partition ? std::to_string(*report.partition) : std::string();
    switch (report.outcome) {
    case ledger::copy_outcome::done:
        return "已复制并核对无误 / copied and verified";
    case ledger::copy_outcome::target_differs:
        return "目标账本另有内容（分区 " + partition + "），未写入任何记录 / the target holds something else (partition " +
               partition + "): nothing was written";
    case ledger::copy_outcome::source_misplaced:
        return "源账本分区 " + partition + " 中有记录不属于该分区 / partition " + partition +
               " of the source holds a record that belongs to another";
    case ledger::copy_outcome::source_grew:
        if (report.needs_empty_target) {
            return "复制期间源账本又有新记录，且两账本分区数不同，无法续写：请停掉其网关、清空目标账本后再运行一次 / the source grew meanwhile, "
                   "and between ledgers of different partitions a copy cannot go on behind that: stop its gateways, empty the target and "
                   "run this again";
        }
        return "复制期间源账本又有新记录：请停掉其网关后再运行一次 / the source grew meanwhile: stop its gateways and run "
               "this again";
    case ledger::copy_outcome::not_verified:
        return "核对不符（分区 " + partition + "）：目标账本不可使用 / what was read back is not what was copied "
               "(partition " + partition + "): do not use the target";
    case ledger::copy_outcome::failed:
        break;
    }
    return std::string(report.error_is_of_target ? "目标账本 / target: " : "源账本 / source: ") + report.error.message() +
           "；再次运行即从中断处继续 / run this again, it goes on where it ended";
}

void print(const ledger::copy_report& report, bool as_json) {
    if (as_json) {
        json::array partitions;
        for (const auto& each : report.partitions) {
            partitions.push_back({{"records", each.records}, {"digest", ledger::to_hex(each.digest)}});
        }
        std::cout << json::serialize(json::object{{"outcome", name(report.outcome)},
                                                  {"message", message_of(report)},
                                                  {"source_records", report.source_records},
                                                  {"found", report.found},
                                                  {"appended", report.appended},
                                                  {"facts_left_out", report.facts_left_out},
                                                  {"partitions", std::move(partitions)}})
                  << '\n';
        return;
    }
    std::cout << "源记录 source records " << report.source_records << "，目标已有 found " << report.found
              << "，新写入 appended " << report.appended << '\n';
    if (report.facts_left_out > 0) {
        std::cout << "略去从未生效的送达事实 facts left out that never counted: " << report.facts_left_out << '\n';
    }
    for (std::size_t p = 0; p < report.partitions.size(); ++p) {
        std::cout << "  分区 partition " << p << ": " << report.partitions[p].records << " 条 records, SHA-256 "
                  << ledger::to_hex(report.partitions[p].digest).substr(0, 16) << "…\n";
    }
    std::cout << message_of(report) << '\n';
}

int run(const copy_options& options) {
    const auto from_settings = settings_of(options.from);
    const auto to_settings = settings_of(options.to);
    const auto from = open_ledger_log(from_settings);
    const auto to = open_target(to_settings);
    if (!wait_until_ready(*from, "--from") || !wait_until_ready(*to.log, "--to")) {
        return exit_unavailable;
    }
    if (from->identity() == to.log->identity()) {
        std::cerr << "--from 与 --to 是同一账本 / --from and --to name the same ledger\n";
        return exit_usage;
    }
    const progress_line lines[] = {progress_line("比对 comparing"), progress_line("复制 copying"),
                                   progress_line("核对 verifying")};
    const auto report = ledger::copy_ledger(
        {*from, *to.log, to.under_way_max,
         [&](ledger::copy_phase phase, std::uint64_t records, std::uint64_t of_about) {
             lines[static_cast<std::size_t>(phase)](records, of_about);
         }});
    to.log->close(10s);
    from->close(1s);
    lines[0].clear();
    print(report, options.json);
    return report.outcome == ledger::copy_outcome::done     ? exit_done
           : report.outcome == ledger::copy_outcome::failed ? exit_unavailable
                                                            : exit_refused;
}

} // namespace

void add_copy_command(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand(
        "copy", "Copy a ledger into another: embedded to Kafka and back, verified and resumable 账本迁移");
    command->footer("Example, with every gateway of both ledgers stopped:\n"
                    "  tongban ledger copy --from quickstart.yaml --to cluster.yaml\n"
                    "Interrupted, it is run again and goes on behind what the target has. A target that holds\n"
                    "anything else is refused. The times of the source are kept in the records. Afterwards start the\n"
                    "gateways on the target: each makes its view anew.\n"
                    "Exit codes: 0 copied and verified, 1 refused or not verified, 2 usage or configuration,\n"
                    "3 a ledger cannot be reached (run it again).");
    auto options = std::make_shared<copy_options>();
    command->add_option("--from", options->from, "Configuration whose ledger is copied")->required();
    command->add_option("--to", options->to, "Configuration whose ledger receives it")->required();
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = with_ledger([&] { return run(*options); }); });
}

} // namespace tongban::app
