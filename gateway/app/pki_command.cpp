#include "gateway/app/pki_command.hpp"

#include "gateway/app/commands.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/app/text_table.hpp"
#include "security/certificate.hpp"
#include "security/pki.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>

namespace tongban::app {
namespace {

namespace json = boost::json;
using security::certificate_profile;
using security::development_ca;
using security::issued_certificate;
using std::chrono::sys_seconds;

constexpr auto exit_codes = "Exit codes: 0 done, 1 failed (the reason is on standard error), 2 usage.";

// What a state of a certificate is called; its name alone stands in JSON.
std::string in_both(const std::string& state) {
    constexpr std::pair<std::string_view, std::string_view> terms[] = {
        {"valid", "有效"}, {"revoked", "已吊销"}, {"expired", "已过期"}, {"not yet", "未生效"}};
    const auto* term = std::ranges::find(terms, std::string_view(state), &std::pair<std::string_view, std::string_view>::first);
    return std::string(term->second) + ' ' + state;
}

struct pki_options {
    std::string folder = "pki";
    bool as_json = false;
    std::string ca_name = "Tongban development CA";
    int ca_days = 3650;
    security::certificate_order order;
    std::string profile, region, window, not_before, not_after;
    std::string which, reason = "unspecified";
};

std::string write_time(sys_seconds when) {
    const std::time_t time = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::optional<sys_seconds> read_time(const std::string& option, const std::string& text) {
    if (text.empty())
        return std::nullopt;
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0')
        throw CLI::ValidationError(option, "应为时间，如 2026-01-31T08:00:00Z / must be a time like 2026-01-31T08:00:00Z");
    return sys_seconds(std::chrono::seconds(timegm(&parts)));
}

sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string state_of(const issued_certificate& row) {
    if (row.revoked_at)
        return "revoked";
    if (row.facts.not_after <= now())
        return "expired";
    return row.not_before > now() ? "not yet" : "valid";
}

std::vector<std::string> names_of(const issued_certificate& row) {
    std::vector<std::string> names = row.facts.san_uris;
    names.insert(names.end(), row.facts.san_dns.begin(), row.facts.san_dns.end());
    names.insert(names.end(), row.ips.begin(), row.ips.end());
    return names;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        out += (out.empty() ? "" : " ") + text;
    return out;
}

json::array list_of(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts)
        out.emplace_back(text);
    return out;
}

json::object to_json(const security::certificate_facts& facts) {
    return {{"subject", facts.subject},
            {"serial", facts.serial},
            {"sha256_fingerprint", facts.sha256_fingerprint},
            {"uris", list_of(facts.san_uris)},
            {"dns", list_of(facts.san_dns)},
            {"not_after", write_time(facts.not_after)}};
}

json::object to_json(const issued_certificate& row) {
    json::object out = to_json(row.facts);
    out["name"] = row.name;
    out["profile"] = security::profile_name(row.profile);
    out["ips"] = list_of(row.ips);
    out["not_before"] = write_time(row.not_before);
    out["certificate_file"] = row.certificate_file.string();
    out["key_file"] = row.key_file.string();
    out["state"] = state_of(row);
    if (row.revoked_at) {
        out["revoked_at"] = write_time(*row.revoked_at);
        out["reason"] = row.reason;
    }
    return out;
}

void init(const pki_options& o) {
    const auto ca = development_ca::create(o.folder, o.ca_name, o.ca_days);
    if (o.as_json)
        std::cout << json::serialize(to_json(ca.own())) << '\n';
    else
        std::cout << "已生成 / made " << (ca.folder() / "ca.pem").string() << "，有效期至 / until "
                  << write_time(ca.own().not_after) << "\n仅供开发联调，请妥善保管 / for development only; keep to yourself: "
                  << (ca.folder() / "ca.key").string() << '\n';
}

// What a partner file will look for, unless the names were given.
void add_default_names(pki_options& o) {
    security::certificate_order& order = o.order;
    const bool serves =
        order.profile == certificate_profile::server || order.profile == certificate_profile::broker;
    const bool regional =
        order.profile == certificate_profile::platform || order.profile == certificate_profile::window;
    if (order.unit.empty())
        order.unit = o.region;
    if (!order.dns.empty() || !order.ips.empty() || !order.uris.empty())
        return;
    if (serves) {
        order.dns = {"localhost"};
        order.ips = {"127.0.0.1", "::1"};
    } else if (order.profile == certificate_profile::operator_) {
        order.uris = {"tongban://operator/" + order.name};
    } else if (regional && o.region.empty()) {
        throw CLI::ValidationError("--region", o.profile + " 须给出（或给出 --uri） / needed for a " + o.profile + " (or give --uri)");
    } else if (order.profile == certificate_profile::platform) {
        order.uris = {"tongban://" + o.region + "/platform"};
    } else {
        order.uris = {"tongban://" + o.region + "/window/" + (o.window.empty() ? order.name : o.window)};
    }
}

void issue(pki_options& o) {
    o.order.profile = *security::profile_named(o.profile);
    o.order.not_before = read_time("--not-before", o.not_before);
    o.order.not_after = read_time("--not-after", o.not_after);
    add_default_names(o);
    const auto row = development_ca::open(o.folder).issue(o.order);
    if (o.as_json)
        std::cout << json::serialize(to_json(row)) << '\n';
    else
        std::cout << row.certificate_file.string() << "  " << row.facts.subject << "  "
                  << joined(names_of(row)) << "  有效期至 / until " << write_time(row.facts.not_after) << '\n';
}

void revoke(const pki_options& o) {
    const auto row = development_ca::open(o.folder).revoke(o.which, o.reason);
    if (o.as_json)
        std::cout << json::serialize(to_json(row)) << '\n';
    else
        std::cout << row.name << " (" << row.facts.serial << ") 已吊销 / revoked " << write_time(*row.revoked_at) << ", "
                  << row.reason << "\n网关启动及收到 SIGHUP 时读取 / the gateway reads at start and on SIGHUP: " << o.folder << "/crl.pem\n";
}

void show_file(const pki_options& o) {
    const auto certificate = security::read_certificate(o.which);
    const auto facts = security::facts_of(certificate.get());
    const auto begin = security::begin_of(certificate.get());
    if (o.as_json) {
        json::object out = to_json(facts);
        out["not_before"] = write_time(begin);
        std::cout << json::serialize(out) << '\n';
        return;
    }
    text_table table({"项目 fact", "值 value"});
    table.add({"使用者 subject", facts.subject});
    table.add({"序列号 serial", facts.serial});
    table.add({"别名 URI SAN URI", joined(facts.san_uris)});
    table.add({"别名 DNS SAN DNS", joined(facts.san_dns)});
    table.add({"指纹 SHA-256", facts.sha256_fingerprint});
    table.add({"有效期起 not before", write_time(begin)});
    table.add({"有效期至 not after", write_time(facts.not_after)});
    table.print(std::cout);
}

void show(const pki_options& o) {
    if (!o.which.empty())
        return show_file(o);
    const auto ca = development_ca::open(o.folder);
    if (o.as_json) {
        json::array rows;
        for (const issued_certificate& row : ca.issued())
            rows.emplace_back(to_json(row));
        std::cout << json::serialize(json::object{{"authority", to_json(ca.own())}, {"certificates", rows}})
                  << '\n';
        return;
    }
    std::cout << ca.own().subject << "，有效期至 / until " << write_time(ca.own().not_after) << "\n\n";
    text_table table({"名称 name", "用途 profile", "状态 state", "剩余天数 days left", "序列号 serial", "别名 names"});
    for (const issued_certificate& row : ca.issued()) {
        const auto left = std::chrono::floor<std::chrono::days>(row.facts.not_after - now()).count();
        table.add({row.name, std::string(security::profile_name(row.profile)), in_both(state_of(row)),
                   left > 0 ? std::to_string(left) : "0", row.facts.serial, joined(names_of(row))});
    }
    table.print(std::cout);
}

CLI::App* add_command(CLI::App& group, const std::shared_ptr<pki_options>& o, int& exit_code,
                      const char* name, const char* what, const char* example,
                      std::function<void(pki_options&)> run) {
    CLI::App* command = group.add_subcommand(name, what);
    command->footer(std::string("Example:\n  ") + example + "\n" + exit_codes);
    command->add_option("--dir", o->folder, "The authority's folder")->capture_default_str();
    command->add_flag("--json", o->as_json, "Print JSON");
    command->callback([o, &exit_code, run = std::move(run)] {
        try {
            run(*o);
            exit_code = exit_done;
        } catch (const CLI::Error&) {
            throw;
        } catch (const std::exception& e) {
            std::cerr << "tongban pki: " << e.what() << '\n';
            exit_code = exit_refused;
        }
    });
    return command;
}

void add_issue(CLI::App& group, const std::shared_ptr<pki_options>& o, int& exit_code) {
    CLI::App* c = add_command(
        group, o, exit_code, "issue", "Make a key and a certificate for it 签发证书",
        "tongban pki issue window jining-window-1 --region 370800 --window JN-01 --dir pki", issue);
    c->add_option("profile", o->profile, "What it is for: server, platform, window, operator or broker")
        ->required()
        ->check(CLI::IsMember({"server", "platform", "window", "operator", "broker"}));
    c->add_option("name", o->order.name, "Common name, and name of the files")->required();
    c->add_option("--region", o->region,
                  "Region, six digits: the default of --unit and part of the default --uri")
        ->check(region_check());
    c->add_option("--window", o->window, "Window number in the default --uri (default: the name)");
    c->add_option("--uri", o->order.uris, "Alternative name, URI; may be given again");
    c->add_option("--dns", o->order.dns, "Alternative name, host; may be given again");
    c->add_option("--ip", o->order.ips, "Alternative name, address; may be given again");
    c->add_option("--unit", o->order.unit, "OU of the subject");
    c->add_option("--organisation", o->order.organisation, "O of the subject")->capture_default_str();
    c->add_option("--days", o->order.days, "Validity from now (default: 365, or until the authority's end)")
        ->check(CLI::Range(1, security::certificate_days_max));
    c->add_option("--not-before", o->not_before, "Begin of validity instead, like 2026-01-31T08:00:00Z");
    c->add_option("--not-after", o->not_after, "End of validity instead; may be past, for tests");
    c->add_option("--out", o->order.folder, "Where the files go (default: the authority's folder)");
    c->add_flag("--replace", o->order.replace, "Also when the files are there already");
}

} // namespace

void add_pki_commands(CLI::App& app, int& exit_code) {
    CLI::App* group =
        app.add_subcommand("pki", "A development CA: certificates for trying out and for tests 开发用证书");
    group->require_subcommand(1);
    group->footer("Examples:\n  tongban pki init --dir pki\n  tongban pki issue window jining-window-1 --region 370800 --dir pki");
    const auto o = std::make_shared<pki_options>();
    CLI::App* init_command = add_command(*group, o, exit_code, "init", "Make the authority 建立 CA",
                                         "tongban pki init --dir pki --name \"Jining test CA\"", init);
    init_command->add_option("--name", o->ca_name, "Common name of the authority")->capture_default_str();
    init_command->add_option("--days", o->ca_days, "Validity")
        ->capture_default_str()
        ->check(CLI::Range(1, security::ca_days_max));
    add_issue(*group, o, exit_code);
    CLI::App* revoke_command =
        add_command(*group, o, exit_code, "revoke", "Put a certificate on the revocation list 吊销",
                    "tongban pki revoke jining-window-1 --reason keyCompromise --dir pki", revoke);
    revoke_command->add_option("which", o->which, "Serial, name (the newest of it) or certificate file")
        ->required();
    revoke_command->add_option("--reason", o->reason, "Why")
        ->capture_default_str()
        ->check(CLI::IsMember(security::revocation_reasons()));
    CLI::App* show_command = add_command(*group, o, exit_code, "show",
                                         "List what was issued, or the facts of one certificate file 查看",
                                         "tongban pki show --dir pki --json", show);
    show_command->add_option("file", o->which, "A certificate file (default: everything issued)");
}

} // namespace tongban::app
