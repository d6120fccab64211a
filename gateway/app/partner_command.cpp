// tongban partner acl: the rights on the Kafka cluster that the partner registry implies, printed or given.
#include "gateway/app/commands.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/app/region_rights.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>

namespace tongban::app {

namespace {

constexpr std::chrono::seconds cluster_wait{30};

struct acl_options {
    std::string region;
    std::string config;
    std::string principal;
    bool apply = false;
    bool prune = false; // with apply
    bool json = false;
};

int refuse(int exit_code, const std::string& zh, const std::string& en) {
    std::cerr << zh << " / " << en << '\n';
    return exit_code;
}

struct surplus {
    std::vector<log::acl_entry> entries; // that the principal holds and the registry does not imply
    std::string unknown;                 // why they are not known
    log::acl_report removed;             // when they were to be taken away
};

surplus look_for_surplus(const log::kafka_settings& kafka, const std::string& principal,
                         const std::vector<log::acl_entry>& implied, bool prune) {
    surplus found;
    const auto held = log::describe_acls(kafka, principal, cluster_wait);
    if (!held) {
        found.unknown = held.error().message();
        return found;
    }
    std::set_difference(held->begin(), held->end(), implied.begin(), implied.end(), std::back_inserter(found.entries));
    // Taking a refusal away would give a right.
    std::erase_if(found.entries,
                  [](const log::acl_entry& each) { return each.permission == log::acl_permission::deny; });
    if (prune && !found.entries.empty()) {
        found.removed = log::remove_acls(kafka, found.entries, cluster_wait);
    }
    return found;
}

boost::json::array commands_of(const std::vector<log::acl_entry>& entries) {
    boost::json::array lines;
    for (const auto& entry : entries) {
        lines.emplace_back(log::acl_command(entry));
    }
    return lines;
}

void print_surplus(const surplus& found, bool pruned) {
    if (!found.unknown.empty()) {
        std::cout << "无法查询该主体现有的权限 / what the principal holds beside cannot be told: " << found.unknown << '\n';
        return;
    }
    if (found.entries.empty()) {
        return;
    }
    if (pruned) {
        std::cout << "已收回 / taken away: " << found.removed.applied << '\n';
        return;
    }
    std::cout << "该主体还持有登记中没有的权限，应收回（--prune 代为收回） / held beside, not implied by the registry: to be taken away "
                 "(--prune does it):\n";
    for (const auto& entry : found.entries) {
        auto line = log::acl_command(entry);
        line.replace(0, std::string_view("--add").size(), "--remove");
        std::cout << "kafka-acls.sh --bootstrap-server … " << line << '\n';
    }
}

int run(const acl_options& options) {
    if (options.prune && !options.apply) {
        return refuse(exit_usage, "--prune 须与 --apply 同用", "--prune goes with --apply");
    }
    const auto settings = settings_of(options.config);
    const auto partners = security::partner_directory::load(settings.partners_folder).directory;
    if (!partners) {
        return refuse(exit_usage, "合作方文件有误，请先运行 config check",
                      "the partner files are wrong: run config check first");
    }
    if (!partners->knows_region(options.region) && !options.prune) {
        return refuse(exit_usage, "没有合作方代表行政区 " + options.region + "（--apply --prune 收回其原有权限）",
                      "no partner acts for region " + options.region + " (--apply --prune takes away what it was given)");
    }
    const auto principal = options.principal.empty() ? "User:region-" + options.region : options.principal;
    const auto rights = region_rights(*partners, options.region, principal);
    auto lines = commands_of(rights);
    log::acl_report report;
    surplus beside;
    if (options.apply) {
        const auto* kafka = std::get_if<log::kafka_settings>(&settings.ledger_log);
        if (kafka == nullptr) {
            return refuse(exit_usage, "--apply 需要 ledger.kind: kafka", "--apply needs ledger.kind: kafka");
        }
        report = log::apply_acls(*kafka, rights, cluster_wait);
        if (report.unanswered) {
            return refuse(exit_unavailable, "代理没有应答，未授予任何权限", "the brokers do not answer, nothing was given");
        }
        if (report.failures.empty()) {
            beside = look_for_surplus(*kafka, principal, rights, options.prune);
        }
    }
    report.failures.insert(report.failures.end(), beside.removed.failures.begin(), beside.removed.failures.end());
    if (options.json) {
        boost::json::object body{{"region", options.region}, {"principal", principal}, {"rights", std::move(lines)}};
        if (options.apply) {
            body["applied"] = report.applied;
            body["surplus"] = commands_of(beside.entries);
            body["taken_away"] = beside.removed.applied;
            body["failures"] = boost::json::array(report.failures.begin(), report.failures.end());
        }
        std::cout << boost::json::serialize(body) << '\n';
    } else {
        for (const auto& line : lines) {
            std::cout << "kafka-acls.sh --bootstrap-server … " << std::string(line.as_string()) << '\n';
        }
        if (rights.empty()) {
            std::cout << "该行政区不使用主题，无需权限 / the region uses no topics and needs no rights\n";
        }
        if (options.apply) {
            std::cout << "已授予 / applied: " << report.applied << '\n';
            print_surplus(beside, options.prune);
        }
    }
    for (const auto& failure : report.failures) {
        std::cerr << failure << '\n';
    }
    if (options.prune && !beside.unknown.empty()) {
        return exit_unavailable; // what was to be taken away is not known
    }
    return report.failures.empty() ? exit_done : exit_refused;
}

} // namespace

void add_partner_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("partner", "What the partner registry implies elsewhere 接入单位");
    group->footer("Example:\n  tongban partner acl 370800 --config tongban.yaml");
    group->require_subcommand(1);
    auto* command = group->add_subcommand("acl", "Rights on the Kafka cluster of one region: printed, or given 主题权限");
    auto options = std::make_shared<acl_options>();
    command->add_option("region", options->region, "Six digits of GB/T 2260")->required()->check(region_check());
    command->add_option("--config", options->config, "The configuration file")->required();
    command->add_option("--principal", options->principal,
                        "Whom the brokers take the region's certificate for; User:region-<region> by default");
    command->add_flag("--apply", options->apply,
                      "Give them, with the configuration's own connection, which must be an administrator's");
    command->add_flag("--prune", options->prune,
                      "With --apply: take away what the principal is allowed and the registry does not imply");
    command->add_flag("--json", options->json, "Print as JSON");
    command->footer("Examples:\n  tongban partner acl 370800 --config tongban.yaml\n"
                    "  tongban partner acl 370800 --config admin.yaml --apply\n"
                    "Exit codes: 0 done, 1 some could not be given, 2 usage or configuration, 3 no answer.");
    command->callback([options, &exit_code] { exit_code = with_ledger([&] { return run(*options); }); });
}

} // namespace tongban::app
