// tongban quickstart: the whole story on one machine. Makes a development CA and a certificate per party,
// starts the gateway on the embedded ledger with an example's configuration, plays its story, and shows what
// became of each case.
#include "connectors/catalogue/load.hpp"
#include "gateway/app/bulletin.hpp"
#include "gateway/app/child_gateway.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/ledger_command.hpp"
#include "gateway/app/story.hpp"
#include "gateway/calendar/calendar.hpp"
#include "security/pki.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iostream>
#include <sstream>

namespace tongban::app {

namespace {

namespace fs = std::filesystem;

struct quickstart_options {
    fs::path example = "examples/five-cities";
    fs::path work = "build/quickstart";
    bool keep = false;
};

struct addresses {
    std::uint16_t gateway;
    std::uint16_t operations;
    std::string gateway_url() const { return "https://127.0.0.1:" + std::to_string(gateway); }
    std::string operations_url() const { return "http://127.0.0.1:" + std::to_string(operations); }
};

// Empties the work folder of an earlier run. Refuses a folder that is not one, and one whose gateway still
// runs.
void empty_work_folder(const fs::path& work) {
    const auto marker = work / "gateway.pid";
    if (fs::exists(work) && !fs::is_empty(work) && !fs::exists(marker)) {
        throw std::runtime_error(work.string() +
                                 ": 不是快速体验目录且非空，请用 --work 另指定 / is not a quick start's "
                                 "folder and not empty: name another with --work");
    }
    pid_t kept = 0;
    std::ifstream(marker) >> kept;
    std::error_code ec;
    const auto program =
        kept > 0 ? fs::read_symlink("/proc/" + std::to_string(kept) + "/exe", ec) : fs::path{};
    if (program == fs::read_symlink("/proc/self/exe")) {
        throw std::runtime_error(
            "上次 --keep 的网关仍在运行 / the gateway of an earlier --keep still runs in " + work.string() +
            ": kill " + std::to_string(kept));
    }
    fs::remove_all(work);
    fs::create_directories(work);
    std::ofstream{marker} << 0;
}

// The example's configuration, copied so that its relative paths (pki, data) fall into the work folder.
addresses copy_example(const quickstart_options& options) {
    empty_work_folder(options.work);
    for (const auto* name : {"partners", "dialects"}) {
        fs::copy(options.example / name, options.work / name, fs::copy_options::recursive);
    }
    for (const auto* name : {"items.yaml", "agreements.yaml"}) {
        fs::copy(options.example / name, options.work / name);
    }
    std::ifstream in(options.example / "tongban.yaml");
    std::ostringstream config;
    config << in.rdbuf();
    if (!in) {
        throw std::runtime_error((options.example / "tongban.yaml").string() + ": 无法读取 / cannot be read");
    }
    const addresses at{free_port(8443), free_port(9443)};
    auto settings = YAML::Load(config.str());
    settings["gateway"]["port"] = at.gateway;
    settings["operations"]["port"] = at.operations;
    std::ofstream(options.work / "tongban.yaml") << settings << '\n';
    return at;
}

std::map<std::string, client_identity> issue_certificates(const fs::path& folder, const story& played,
                                                          const std::string& url) {
    auto ca =
        security::development_ca::create(folder, "Tongban quickstart CA", 31); // outlives what it issues
    security::certificate_order server;
    server.profile = security::certificate_profile::server;
    server.name = "gateway";
    server.dns = {"localhost"};
    server.ips = {"127.0.0.1"};
    server.days = 30;
    ca.issue(server);
    std::map<std::string, client_identity> parties;
    for (const auto& party : played.parties) {
        security::certificate_order order;
        order.profile =
            security::profile_named(party.profile).value_or(security::certificate_profile::platform);
        order.name = party.name;
        order.unit = party.unit;
        order.uris = {party.uri};
        order.days = 30;
        const auto issued = ca.issue(order);
        parties[party.name] = {url, issued.certificate_file.string(), issued.key_file.string(),
                               (folder / "ca.pem").string()};
    }
    return parties;
}

std::string fetch(const std::string& url, const std::string& target) {
    client_identity identity;
    identity.url = url;
    client_request request;
    request.target = target;
    const auto reply = exchange(identity, request);
    return reply && reply->ok() ? reply->body : std::string{};
}

// A few lines that a dashboard would start from.
void print_metrics(const std::string& text) {
    std::cout << "\n指标 / metrics (of " << std::count(text.begin(), text.end(), '\n') << " lines)\n";
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        for (const auto* prefix : {"tongban_messages_total", "tongban_open_cases{", "tongban_claims_total",
                                   "tongban_deliveries_total", "tongban_reconciliation_gap"}) {
            if (line.starts_with(prefix)) {
                std::cout << "  " << line << '\n';
            }
        }
    }
}

// What `tongban report` begins with. The day before is in it: a story may be played over midnight.
bool print_report(const addresses& at) {
    constexpr int lines_shown = 14;
    bulletin told;
    told.query.to = catalogue::china_day();
    told.query.from = told.query.to - 1;
    boost::system::error_code ec;
    const auto period = "from=" + calendars::to_text(told.query.from) + "&to=" + calendars::to_text(told.query.to);
    auto stretch = stretch_from(boost::json::parse(fetch(at.operations_url(), "/figures?" + period), ec));
    if (ec || !stretch) {
        std::cout << "\n没有通报 / no report\n";
        return false;
    }
    told.report = std::move(stretch->report);
    told.catalogue = std::move(stretch->catalogue);
    std::stringstream text;
    print_bulletin(told, text);
    std::cout << "\n通报（前几行） / the first lines of: tongban report --port " << at.operations << " --from "
              << calendars::to_text(told.query.from) << " --to " << calendars::to_text(told.query.to) << '\n';
    int shown = 0;
    for (std::string line; shown < lines_shown && std::getline(text, line); ++shown) {
        std::cout << "  " << line << '\n';
    }
    return true;
}

void print_next_steps(const addresses& at, const fs::path& work, pid_t pid) {
    const auto pki = fs::absolute(work / "pki").string();
    const auto curl = "curl --cacert " + pki + "/ca.pem --cert " + pki + "/jining-window-1.pem --key " + pki +
                      "/jining-window-1.key ";
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::cout << "\n网关继续运行，可以试试 / the gateway keeps running (process " << pid << "), try:\n"
              << "  " << curl << at.gateway_url() << "/v1/whoami\n"
              << "  " << curl << "'" << at.gateway_url() << "/v1/inbox?claimable=true&limit=3'\n"
              << "  " << curl << "'" << at.gateway_url() << "/v1/cases?source_case_no=XZRZ202410180002'\n"
              << "  curl " << at.operations_url() << "/status\n"
              << "  curl -s " << at.operations_url() << "/metrics | grep '^tongban_'\n"
              << "窗口的命令行 / the same as a window's clerk:\n"
              << "  export TONGBAN_URL=" << at.gateway_url() << " TONGBAN_CERT=" << pki
              << "/jining-window-1.pem TONGBAN_KEY=" << pki << "/jining-window-1.key TONGBAN_CA=" << pki
              << "/ca.pem\n"
              << "  " << program << " inbox --claimable\n"
              << "停止 / stop it with: kill " << pid << "\n\n";
}

void print_log_end(const fs::path& file) {
    std::ifstream in(file);
    std::cerr << in.rdbuf();
}

int play(const quickstart_options& options) {
    if (!fs::exists(options.example / "story.yaml")) {
        throw CLI::ValidationError("--example", options.example.string() +
                                                    ": 没有 story.yaml；请在源码目录中运行，或用 --example 指定 / holds no story.yaml: "
                                                    "run this in the source folder, or name the example with --example");
    }
    const auto played = load_story(options.example / "story.yaml");
    const auto at = copy_example(options);
    std::cout << "证书 / certificates: a development CA and one certificate for each of "
              << played.parties.size() << " parties in " << (options.work / "pki").string() << '\n';
    auto parties = issue_certificates(options.work / "pki", played, at.gateway_url());
    child_gateway gateway(options.work / "tongban.yaml", options.work / "gateway.log");
    if (!gateway.wait_ready(at.operations_url(), 30)) {
        std::cerr << "网关未就绪，日志如下 / the gateway did not become ready; its log:\n";
        print_log_end(options.work / "gateway.log");
        return exit_refused;
    }
    std::cout << "网关 / gateway: " << at.gateway_url() << " (mutual TLS), operations " << at.operations_url()
              << "\n\n";

    story_player player(std::move(parties), std::cout);
    bool as_expected = player.play(played);
    if (const auto more = options.example / "story-2.yaml"; fs::exists(more)) {
        std::cout << "\n第二章 / chapter two: 容缺、督办、秒批、一件事 / owed materials, an urge, an automatic decision, a bundle\n";
        as_expected = player.play(load_story(more)) && as_expected;
    }
    player.print_cases();
    player.print_deliveries();
    player.print_wrong_inputs();
    print_metrics(fetch(at.operations_url(), "/metrics"));
    boost::system::error_code ec;
    const auto status = boost::json::parse(fetch(at.operations_url(), "/status"), ec);

    bool sound = print_report(at) && !ec;
    if (options.keep) {
        print_next_steps(at, options.work, gateway.pid());
        std::ofstream(options.work / "gateway.pid") << gateway.pid();
        gateway.leave_running();
    } else {
        const int stopped = gateway.stop();
        sound = sound && stopped == exit_done && check_ledger(options.work / "tongban.yaml", std::cout);
    }
    const auto unexplained = text_at(status, "cases.unexplained");
    std::cout << "快速体验：受理 " << text_at(status, "cases.accepted") << "，办结 " << text_at(status, "cases.closed") << "，在办 "
              << text_at(status, "cases.open") << "，不明 " << unexplained << '\n';
    std::cout << "quickstart: " << text_at(status, "cases.accepted") << " accepted, "
              << text_at(status, "cases.closed") << " closed, " << text_at(status, "cases.open") << " open, "
              << unexplained << " unexplained" << std::endl;
    return as_expected && sound && unexplained == "0" ? exit_done : exit_refused;
}

} // namespace

void add_quickstart_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand(
        "quickstart", "Play the story of five cities on this machine, on the embedded ledger 快速体验");
    command->footer("Example:\n  tongban quickstart --keep\n"
                    "Exit codes: 0 all as the story says, 1 something else happened, 2 usage.");
    auto options = std::make_shared<quickstart_options>();
    command
        ->add_option("--example", options->example,
                     "Folder with tongban.yaml, partners, dialects, items, agreements, story.yaml and perhaps story-2.yaml")
        ->capture_default_str()
        ->check(CLI::ExistingDirectory);
    command->add_option("--work", options->work, "Folder for certificates, ledger and view; emptied first")
        ->capture_default_str();
    command->add_flag("--keep", options->keep, "Leave the gateway running and print commands to try");
    command->callback([options, &exit_code] { exit_code = play(*options); });
}

} // namespace tongban::app
