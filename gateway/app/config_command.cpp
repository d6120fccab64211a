// tongban config check, and the same check at the start of serve.
#include "gateway/app/config_command.hpp"

#include "gateway/app/commands.hpp"
#include "gateway/app/live_calendar.hpp"
#include "gateway/app/registry.hpp"
#include "security/client_tls.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

namespace tongban::app {

namespace {

// How much there was to check: what is zero against expectation is in another folder.
struct looked_at {
    std::size_t partners = 0;
    std::size_t regions = 0;
    std::size_t dialects = 0;
    std::size_t items = 0; // versions
    std::size_t agreements = 0;
    std::size_t bundles = 0;
    std::string calendar;
    std::size_t calendar_years = 0;
    std::string calendar_until; // its last day
};

// What would stay undelivered or unread: no mistake, since the other half may be configured later, but never silent.
void check_deliveries(const gateway_settings& settings, const std::shared_ptr<const security::partner_directory>& partners,
                      std::vector<std::string>& warnings) {
    if (!partners) {
        return;
    }
    const auto folder = settings.partners_folder.string();
    const bool kafka = std::holds_alternative<log::kafka_settings>(settings.ledger_log);
    std::set<std::string> told;
    for (const auto& partner : partners->partners()) {
        for (const auto& region : partner->regions) {
            if (!partners->receiver_of(region) && told.insert(region).second) {
                warnings.push_back(folder + ": region " + region +
                                   ": 没有登记送达方式，应送达的事件将一直待送达 / nobody takes what is due to it: no platform "
                                   "of it has `delivery`, so it stays pending");
            }
        }
        const bool topic = partner->delivery && partner->delivery->transport == security::delivery_transport::kafka;
        if (!kafka && (partner->intake_topic || topic)) {
            warnings.push_back(folder + ": partner " + partner->id +
                               ": 主题需要 ledger.kind: kafka / topics need ledger.kind: kafka");
        }
    }
}

bool calls_platforms(const security::partner& partner) {
    return (partner.delivery && partner.delivery->transport == security::delivery_transport::push) ||
           !partner.automatic.empty() || partner.licences;
}

void check_certificates(const gateway_settings& settings, const std::shared_ptr<const security::partner_directory>& partners,
                        std::vector<std::string>& mistakes, std::vector<std::string>& warnings) {
    const auto now = std::chrono::system_clock::now();
    try {
        const auto tls = security::tls_context::for_server(settings.tls);
        std::ranges::transform(tls->why_unfit(settings.tls, now), std::back_inserter(mistakes), &security::sentence::text);
        for (const auto& authority : tls->authorities_without_list()) {
            warnings.push_back(settings.tls.crl_file.string() + ": " + authority +
                               ": 没有该机构的吊销列表，它签发的客户端证书会被拒绝 / no revocation list of this authority: clients "
                               "that it issued are refused");
        }
    } catch (const std::exception& e) {
        mistakes.emplace_back(e.what());
    }
    const bool called = partners && std::ranges::any_of(partners->partners(), [](const auto& each) { return calls_platforms(*each); });
    if (!called && settings.push_certificate.empty()) {
        return;
    }
    try {
        // Not a mistake: whoever fetches and sends is served all the same.
        const auto tls = push_tls_of(settings);
        for (const auto& unfit : security::client_tls::load(tls)->why_unfit(tls, now)) {
            warnings.push_back(unfit.text() + "：被调用的平台会拒绝推送 / platforms that are called will refuse it");
        }
    } catch (const std::exception& e) {
        mistakes.emplace_back(e.what());
    }
}

// Items and agreements, against the partners where those can be read.
void check_catalogue(const gateway_settings& settings, const std::shared_ptr<const security::partner_directory>& partners,
                     std::vector<std::string>& lines, std::vector<std::string>& warnings, looked_at& seen) {
    cases::check_settings against;
    against.day = catalogue::china_day();
    const auto read = read_catalogue(settings.catalogue, partners ? check_settings_for(*partners) : against);
    for (const auto& mistake : read.mistakes) {
        (mistake.warning ? warnings : lines).push_back(mistake.text());
    }
    if (read.loaded) {
        seen.items = read.loaded->rows().size();
        seen.agreements = read.loaded->agreements().size();
        seen.bundles = read.loaded->bundles().size();
    }
}

// Of the calendar in the file, or of the one built in.
void look_at_calendar(const std::filesystem::path& file, looked_at& seen) {
    const auto calendar = file.empty() ? calendars::calendar::built_in() : calendars::calendar::load(file).value;
    if (calendar) {
        seen.calendar = calendar->version() + (file.empty() ? " 内置 built-in" : "");
        seen.calendar_years = calendar->years().size();
        seen.calendar_until = calendars::to_text(calendar->past() - 1);
    }
}

void look_at_registry(const registry& read, looked_at& seen) {
    if (read.partners) {
        std::set<std::string> regions;
        for (const auto& partner : read.partners->partners()) {
            regions.insert(partner->regions.begin(), partner->regions.end());
        }
        seen.partners = read.partners->partners().size();
        seen.regions = regions.size();
    }
    if (read.dialects) {
        const auto names = read.dialects->names();
        seen.dialects = names.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(names, ','));
    }
}

struct findings {
    std::optional<configuration> value;
    std::vector<std::string> mistakes;
    std::vector<std::string> warnings;
    looked_at seen;
    bool folders_read = false; // partners, dialects, catalogue and so on: where they are, a wrong file cannot say
};

findings check(const std::filesystem::path& file) {
    findings found;
    auto loaded = load_configuration(file);
    for (const auto& mistake : loaded.mistakes) {
        found.mistakes.push_back(mistake.text());
    }
    if (!loaded.value) {
        return found;
    }
    found.folders_read = true;
    const auto& settings = loaded.value->gateway;
    for (auto& line : check_calendar(settings.calendar_file, found.warnings)) {
        found.mistakes.push_back(std::move(line));
    }
    look_at_calendar(settings.calendar_file, found.seen);
    auto read = read_registry(settings.partners_folder, settings.dialects_folder);
    std::ranges::transform(read.mistakes, std::back_inserter(found.mistakes), &security::file_mistake::text);
    std::ranges::move(read.warnings, std::back_inserter(found.warnings));
    look_at_registry(read, found.seen);
    check_deliveries(settings, read.partners, found.warnings);
    check_catalogue(settings, read.partners, found.mistakes, found.warnings, found.seen);
    check_certificates(settings, read.partners, found.mistakes, found.warnings);
    if (found.mistakes.empty()) {
        found.value = std::move(loaded.value);
    }
    return found;
}

boost::json::object as_json(const looked_at& seen) {
    return {{"partners", seen.partners},
            {"regions", seen.regions},
            {"dialects", seen.dialects},
            {"items", seen.items},
            {"agreements", seen.agreements},
            {"bundles", seen.bundles},
            {"calendar", seen.calendar},
            {"calendar_years", seen.calendar_years},
            {"calendar_until", seen.calendar_until}};
}

void print_seen(const looked_at& seen) {
    std::cout << "已查 / checked: 接入单位 partners " << seen.partners << "，区划 regions " << seen.regions << "，报文格式 dialects "
              << seen.dialects << "，事项版本 item versions " << seen.items << "，协议 agreements " << seen.agreements
              << "，一件事 bundles " << seen.bundles << "\n";
    if (!seen.calendar.empty()) {
        std::cout << "日历 / calendar: " << seen.calendar << "，年度 years " << seen.calendar_years << "，止 until " << seen.calendar_until
                  << '\n';
    }
}

int print_check(const std::filesystem::path& file, bool json) {
    const auto found = check(file);
    if (json) {
        boost::json::object body{
            {"ok", found.value.has_value()},
            {"checked", as_json(found.seen)},
            {"mistakes", boost::json::array(found.mistakes.begin(), found.mistakes.end())},
            {"warnings", boost::json::array(found.warnings.begin(), found.warnings.end())}};
        std::cout << boost::json::serialize(body) << '\n';
    } else {
        for (const auto& line : found.mistakes) {
            std::cout << line << '\n';
        }
        for (const auto& line : found.warnings) {
            std::cout << line << (line.ends_with("warning）") ? "\n" : "（警告 warning）\n");
        }
        if (!found.folders_read) {
            std::cout << "接入单位、格式、事项目录、日历和证书在以上改正后再查 / partners, dialects, catalogue, calendar and "
                         "certificates are checked once these are mended\n";
        }
        if (found.folders_read) {
            print_seen(found.seen);
        }
        const auto counts = "错误 mistakes " + std::to_string(found.mistakes.size()) + "，警告 warnings " + std::to_string(found.warnings.size());
        std::cout << file.string() << ": " << (found.value ? "正确 / ok: " : "不能使用 / refused: ") << counts << '\n';
    }
    return found.value ? exit_done : exit_usage;
}

} // namespace

std::optional<configuration> checked_configuration(const std::filesystem::path& file, std::ostream& out) {
    auto found = check(file);
    for (const auto& line : found.mistakes) {
        out << line << '\n';
    }
    return std::move(found.value);
}

void add_config_command(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("config", "Check a configuration, or print what may stand in one 配置");
    group->footer("Examples:\n  tongban config check --config tongban.yaml\n  tongban config reference");
    group->require_subcommand(1);
    auto* command = group->add_subcommand(
        "check", "Configuration, partners, dialects, catalogue, calendar and certificates: all mistakes at once 检查");
    command->footer("Example:\n  tongban config check --config tongban.yaml\nExit codes: 0 ok, 2 mistakes.");
    struct check_options {
        std::string file;
        bool json = false;
    };
    auto options = std::make_shared<check_options>();
    command->add_option("--config", options->file, "The configuration file")->required();
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = print_check(options->file, options->json); });
    auto* reference = group->add_subcommand("reference", "Every setting with its default, range and meaning (Markdown) 配置项说明");
    reference->footer("Example:\n  tongban config reference > configuration.md");
    reference->callback([] { std::cout << configuration_reference(); });
}

} // namespace tongban::app
