// tongban ledger check and dump: proofs and records, offline. The further commands of the group stand in files of
// their own.
#include "gateway/app/ledger_command.hpp"

#include "gateway/app/commands.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/cases/case_id.hpp"
#include "gateway/ledger/ledger_check.hpp"
#include "gateway/ledger/ledger_dump.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace tongban::app {

namespace {

namespace fs = std::filesystem;

boost::system::result<ledger::ledger_check_report> check(const gateway_settings& settings, bool with_view) {
    const auto log = open_ledger_log(settings);
    scratch_store scratch(settings.view.directory);
    const auto view = with_view ? open_view(settings) : nullptr;
    const progress_line progress("ledger check");
    auto report = ledger::check_ledger({*log, scratch.store(), view.get(), progress});
    progress.clear();
    log->close(std::chrono::milliseconds(1000));
    return report;
}

void print(const ledger::ledger_check_report& report, std::ostream& out) {
    out << (report.ok() ? "账本核对一致" : "账本核对不一致") << "：记录 " << report.records << " 条，受理 " << report.accepted << " = 办结 "
        << report.closed << " + 在办 " << report.open << "，不明 " << report.unexplained << " / ledger check: " << report.records
        << " records, " << report.accepted << " accepted = " << report.closed << " closed + " << report.open << " open, "
        << report.unexplained << " unexplained";
    if (report.view_compared) {
        out << "; view: " << report.view_rows << " rows, " << report.view_rows_wrong << " wrong";
        if (report.view_records_behind > 0) {
            out << ", " << report.view_records_behind << " records behind";
        }
    }
    out << '\n';
    if (report.unreadable + report.misnamed > 0) {
        out << "  无法读取 / unreadable: " << report.unreadable << "；流水号不符 / under a wrong case id: " << report.misnamed << '\n';
    }
    if (!report.totals_agree) {
        out << "  视图的合计与办件不符 / the view's totals do not agree with its cases\n";
    }
    for (const auto& row : report.view_wrong) {
        out << "  有误的行 / wrong row " << row << '\n';
    }
    if (!report.view_compared) {
        out << "  未核对视图 / view not compared"
            << (report.view_problem.empty() ? "：没有视图，或已用 --no-view / there is none, or --no-view was said" : ": " + report.view_problem)
            << '\n';
    }
}

std::string as_json(const ledger::ledger_check_report& report) {
    boost::json::object verdicts;
    for (const auto& [name, count] : report.verdicts) {
        verdicts[name] = count;
    }
    return boost::json::serialize(boost::json::object{
        {"ok", report.ok()},
        {"records", report.records},
        {"unreadable", report.unreadable},
        {"misnamed", report.misnamed},
        {"verdicts", std::move(verdicts)},
        {"accepted", report.accepted},
        {"closed", report.closed},
        {"open", report.open},
        {"collected_only", report.collected_only},
        {"unexplained", report.unexplained},
        {"totals_agree", report.totals_agree},
        {"view_compared", report.view_compared},
        {"view_rows", report.view_rows},
        {"view_rows_wrong", report.view_rows_wrong},
        {"view_records_behind", report.view_records_behind},
        {"view_wrong", boost::json::array(report.view_wrong.begin(), report.view_wrong.end())},
        {"view_problem", report.view_problem}});
}

struct check_options {
    std::string config;
    bool no_view = false;
    bool json = false;
};

int run_check(const check_options& options) {
    const auto report = check(settings_of(options.config), !options.no_view);
    if (!report) {
        std::cerr << "账本核对未能完成 / ledger check: " << report.error().message() << '\n';
        return exit_unavailable;
    }
    if (options.json) {
        std::cout << as_json(*report) << '\n';
    } else {
        print(*report, std::cout);
    }
    return report->ok() ? exit_done : exit_refused;
}

int run_dump(const std::string& config, const ledger::ledger_dump_options& options) {
    const auto log = open_ledger_log(settings_of(config));
    if (options.partition && *options.partition >= log->partition_count()) {
        std::cerr << "账本只有分区 0 至 " << log->partition_count() - 1 << "，没有 " << *options.partition
                  << " / the ledger has partitions 0 to " << log->partition_count() - 1 << ", and no " << *options.partition << '\n';
        return exit_usage;
    }
    const auto lines = ledger::dump_ledger(*log, options, [](const std::string& line) {
        std::cout << line << '\n';
        return static_cast<bool>(std::cout);
    });
    log->close(std::chrono::milliseconds(1000));
    if (!lines) {
        std::cerr << "账本转储未能完成 / ledger dump: " << lines.error().message() << '\n';
        return exit_unavailable;
    }
    if (*lines == 0 && !options.case_id.empty()) {
        std::cerr << "账本中没有该办件的记录 / the ledger has no record of this case: " << options.case_id << '\n';
        return exit_refused;
    }
    return exit_done;
}

} // namespace

bool check_ledger(const fs::path& config, std::ostream& out) {
    const auto report = check(settings_of(config), true);
    if (!report) {
        out << "账本核对未能完成 / ledger check: " << report.error().message() << '\n';
        return false;
    }
    print(*report, out);
    return report->ok();
}

void add_ledger_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("ledger", "Check, reconcile, print or copy a ledger 账本");
    group->footer("Examples:\n  tongban ledger check --config tongban.yaml\n  tongban ledger reconcile --config tongban.yaml");
    group->require_subcommand(1);

    auto* check_command =
        group->add_subcommand("check", "Fold the whole ledger anew and compare it with the view 核对");
    check_command->footer(
        "Example:\n  tongban ledger check --config tongban.yaml\n"
        "The gateway must be stopped; with Kafka, --no-view checks the ledger alone while it runs.\n"
        "Exit codes: 0 all explained, 1 something is not, 2 configuration, 3 the ledger cannot be read.");
    auto checked = std::make_shared<check_options>();
    check_command->add_option("--config", checked->config, "The gateway's configuration")->required();
    check_command->add_flag("--no-view", checked->no_view, "Do not compare with the view");
    check_command->add_flag("--json", checked->json, "Print as JSON");
    check_command->callback(
        [checked, &exit_code] { exit_code = with_ledger([&] { return run_check(*checked); }); });

    auto* dump_command = group->add_subcommand("dump", "Print records as JSON lines, without personal data 转储");
    dump_command->footer("Example:\n  tongban ledger dump --config tongban.yaml --case TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ | jq .event\n"
                         "The first line says which offsets of which partitions follow; `ledger reconcile --dump` holds the\n"
                         "others against it, and takes only what is whole: without --from, --case and --limit.\n"
                         "Exit codes: 0 done, 1 nothing of this --case, 2 usage or configuration, 3 the ledger cannot be read.");
    auto config = std::make_shared<std::string>();
    auto dumped = std::make_shared<ledger::ledger_dump_options>();
    dump_command->add_option("--config", *config, "The gateway's configuration")->required();
    dump_command->add_option("--partition", dumped->partition, "Only this partition, from 0")->check(whole_number_check());
    dump_command->add_option("--from", dumped->from_offset, "From this offset on")->check(whole_number_check());
    dump_command->add_option("--case", dumped->case_id, "Only this case")->check([](const std::string& id) {
        return cases::is_case_id(id) ? std::string() : id + ": 不是网关流水号（TB 开头，34 位） / is no case id: TB…, 34 characters";
    });
    dump_command->add_option("--limit", dumped->limit, "At most this many")->check(whole_number_check(1));
    dump_command->add_flag("--with-dossier", dumped->with_dossier,
                           "With personal data: for the two sides' own eyes");
    dump_command->callback(
        [config, dumped, &exit_code] { exit_code = with_ledger([&] { return run_dump(*config, *dumped); }); });
    add_reconcile_command(*group, exit_code);
    add_copy_command(*group, exit_code);
}

} // namespace tongban::app
