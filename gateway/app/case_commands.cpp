// tongban inbox, tongban case …: the window's work from a terminal.
#include "gateway/app/case_text.hpp"
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/event_body.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/app/tree_command.hpp"
#include "gateway/cases/evolve.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <functional>
#include <iostream>

namespace tongban::app {

namespace {

using boost::json::value;

// In examples: a case id as they look, who asks, and how it ends.
constexpr auto example_id = "TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ";
constexpr auto as_window = " --cert window.pem --key window.key --ca ca.pem";
constexpr auto exit_codes = "\nExit codes: 0 done, 1 refused, 2 usage, 3 not reachable or not available now.";

// Names of states and events are in capitals, and may be typed in small letters.
char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// One request whose good answer is JSON; everything else is printed and decides the exit code.
int call(const client_options& client, const client_request& request,
         const std::function<void(const value&)>& print) {
    const auto reply = exchange(client.identity, request);
    if (!reply) {
        std::cerr << reply.error() << '\n';
        return exit_unavailable;
    }
    if (!reply->ok()) {
        if (client.json) {
            std::cout << reply->body << '\n';
            return exit_code_of(*reply);
        }
        return print_refusal(*reply);
    }
    boost::system::error_code ec;
    const auto body = boost::json::parse(reply->body, ec);
    if (client.json || ec) {
        std::cout << reply->body << '\n';
    } else {
        print(body);
    }
    return exit_done;
}

struct event_options {
    std::string name;
    std::uint64_t token = 0;
    std::string occurred_at;
    std::string file;
    std::vector<std::string> settings;
};

// The canonical JSON of the event; throws CLI::ValidationError for what cannot be one.
std::string body_of(const event_options& options) {
    event_members members{
        options.name, options.token == 0 ? "" : std::to_string(options.token), options.occurred_at, {}};
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) {
            throw CLI::ValidationError(setting, "应为 路径=值 / is not path=value");
        }
        members.settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (options.file.empty()) {
        return event_body({}, members);
    }
    const auto text = options.file.starts_with('{') ? options.file : file_bytes(options.file);
    boost::system::error_code ec;
    const auto parsed = boost::json::parse(text.value_or(""), ec);
    if (!text || ec || !parsed.is_object()) {
        throw CLI::ValidationError(options.file, "不是可读的 JSON 对象 / is not a readable JSON object");
    }
    return event_body(parsed.get_object(), members);
}

void print_receipt(const value& body) {
    std::cout << event_of(body) << ": "
              << (text_at(body, "outcome") == "RECEIPT_OUTCOME_DUPLICATE" ? "重复 duplicate"
                                                                          : "已接受 accepted")
              << "\n状态 state: " << state_of(body, "status") << '\n';
    if (const auto token = text_at(body, "fencing_token"); !token.empty()) {
        std::cout << "令牌 fencing_token: " << token
                  << "\n租约至 lease_until: " << text_at(body, "lease_until") << '\n';
    }
}

void add_claim(CLI::App& group, const char* name, const char* text, bool claims, int& exit_code) {
    auto* command = group.add_subcommand(name, text);
    const auto begin = std::string("  tongban case ") + name + " " + example_id + " --operator 017";
    command->footer(claims ? "Examples:\n" + begin + as_window + "\n" + begin + " --lease 1800" + as_window + exit_codes
                           : "Example:\n" + begin + " --token 1" + as_window + exit_codes);
    auto client = add_client_options(*command);
    struct claim_options {
        std::string id;
        std::string operator_id;
        std::int64_t lease = 0;
        std::uint64_t token = 0;
    };
    auto options = std::make_shared<claim_options>();
    command->add_option("id", options->id, "Case id 网关流水号")->required();
    command->add_option("--operator", options->operator_id, "Staff number of who works on it 工号")->required();
    if (claims) {
        command->add_option("--lease", options->lease, "Seconds to hold it (default: the gateway's) 租约秒数")
            ->check(whole_number_check(1));
    }
    command->add_option("--token", options->token, "Fencing token of the claim 认领令牌")->check(whole_number_check());
    command->callback([client, options, name, &exit_code] {
        boost::json::object body{{"operator_id", options->operator_id}};
        if (options->lease > 0) {
            body["lease_seconds"] = options->lease;
        }
        if (options->token > 0) {
            body["fencing_token"] = options->token;
        }
        client_request request;
        request.method = "POST";
        request.target = "/v1/cases/" + percent_encoded(options->id) + "/" + name;
        request.content_type = "application/json";
        request.body = boost::json::serialize(body);
        exit_code = call(*client, request, print_receipt);
    });
}

void add_read(CLI::App& group, const char* name, const char* text, const char* suffix,
              void (*print)(const value&), int& exit_code) {
    auto* command = group.add_subcommand(name, text);
    command->footer(std::string("Example:\n  tongban case ") + name + " " + example_id + as_window + exit_codes);
    auto client = add_client_options(*command);
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id 网关流水号")->required();
    command->callback([client, id, suffix, print, &exit_code] {
        client_request request;
        request.target = "/v1/cases/" + percent_encoded(*id) + suffix;
        exit_code = call(*client, request, print);
    });
}

// The newest event of this name that took effect, by the case's timeline; empty when there is none.
std::string id_of_event(const value& timeline, std::string_view name) {
    std::string id;
    for (const auto& entry : timeline.at("entries").as_array()) {
        if (text_at(entry, "event") == name && text_at(entry, "refused_code").empty()) {
            id = text_at(entry, "event_id_hex");
        }
    }
    return id;
}

int read_event(const client_options& client, const std::string& id, const std::string& wanted) {
    const auto target = "/v1/cases/" + percent_encoded(id);
    auto event_id = wanted;
    if (cases::body_named(wanted) != v1::CaseEvent::BODY_NOT_SET) {
        client_request request;
        request.target = target + "/timeline";
        event_id.clear();
        auto quiet = client;
        quiet.json = false;
        const auto code = call(quiet, request, [&](const value& body) { event_id = id_of_event(body, wanted); });
        if (code != exit_done) {
            return code;
        }
        if (event_id.empty()) {
            std::cerr << "本办件没有 " << wanted << " / the case has no such event\n";
            return exit_refused;
        }
    }
    client_request request;
    request.target = target + "/events/" + percent_encoded(event_id);
    return call(client, request, [](const value& body) { std::cout << boost::json::serialize(body) << '\n'; });
}

void add_read_event(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("read", "One event whole, as the other side said it: reasons, what is asked for, certificates 查看事件");
    command->footer(std::string("Example:\n  tongban case read ") + example_id + " RETURNED" + as_window + exit_codes);
    auto client = add_client_options(*command);
    auto id = std::make_shared<std::string>();
    auto wanted = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id 网关流水号")->required();
    command->add_option("event", *wanted, "The event's id as in the timeline, or its name: then the newest of that name 事件编号或名称")->required();
    command->callback([client, id, wanted, &exit_code] { exit_code = read_event(*client, *id, *wanted); });
}

void add_event(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("event", "Report what happened to a case 报送事件");
    command->footer(
        std::string("Examples:\n  tongban case event ") + example_id + " DEST_RECEIVED --token 1" + as_window +
        "\n  tongban case event " + example_id +
        " DECIDED --token 1 --set decided.decision=DECISION_APPROVED \\\n     " + as_window +
        "\nExit codes: 0 accepted, 1 refused, 2 usage, 3 not available now.");
    auto client = add_client_options(*command);
    auto options = std::make_shared<event_options>();
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id 网关流水号")->required();
    command->add_option("name", options->name, "Event: DEST_RECEIVED, CASE_ACCEPTED, … (docs/life-cycle.md) 事件名称")
        ->required()
        ->transform([](const std::string& name) {
            auto event = name;
            std::ranges::transform(event, event.begin(), upper);
            if (cases::body_named(event) == v1::CaseEvent::BODY_NOT_SET) {
                throw CLI::ValidationError(name, "不是事件名称，见 docs/life-cycle.md / is no event, see docs/life-cycle.md");
            }
            return event;
        });
    command->add_option("--token", options->token, "Fencing token of the claim (windows) 认领令牌")->check(whole_number_check());
    command->add_option("--at", options->occurred_at, "When it happened, RFC 3339 (default: now) 发生时间");
    command->add_option("--body", options->file, "Canonical JSON of the event: a file, or the text itself when it begins with { 事件内容");
    command->add_option("--set", options->settings, "path=value into that JSON 路径=值");
    command->callback([client, options, id, &exit_code] {
        client_request request;
        request.method = "POST";
        request.target = "/v1/cases/" + percent_encoded(*id) + "/events";
        request.content_type = "application/json";
        request.body = body_of(*options);
        exit_code = call(*client, request, print_receipt);
    });
}

} // namespace

void add_inbox_command(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("inbox", "List the cases that wait for this region, soonest due first 待办件");
    command->footer(
        std::string("Examples:\n  tongban inbox --claimable --limit 20") + as_window + "\n  tongban inbox --status QUEUED --wait 20" +
        as_window + exit_codes);
    auto client = add_client_options(*command);
    struct list_options {
        std::string status, origin, cursor;
        bool claimable = false;
        std::string region, limit, wait;
    };
    auto options = std::make_shared<list_options>();
    command->add_option("--status", options->status, "Only this state: QUEUED, DEST_RECEIVED, … 状态");
    command->add_option("--origin", options->origin, "Only from this region 收件地");
    command->add_option("--region", options->region, "Of this region, when the certificate acts for several 代表的区划");
    command->add_option("--cursor", options->cursor, "Go on after an earlier page 下一页");
    command->add_option("--limit", options->limit, "At most this many 至多件数");
    command->add_option("--wait", options->wait, "Seconds to wait for work when there is none, at most 30 等待秒数");
    command->add_flag("--claimable", options->claimable, "Without what another window holds 可认领的");
    command->callback([client, options, &exit_code] {
        client_request request;
        request.target = "/v1/inbox?claimable=" + std::string(options->claimable ? "true" : "false");
        const auto add = [&](const char* name, const std::string& text) {
            request.target += text.empty() ? "" : "&" + std::string(name) + "=" + percent_encoded(text);
        };
        auto status = options->status;
        std::ranges::transform(status, status.begin(), upper);
        add("status", status);
        add("origin", options->origin);
        add("cursor", options->cursor);
        add("region", options->region);
        add("limit", options->limit);
        add("wait", options->wait);
        exit_code = call(*client, request, print_inbox);
    });
}

void add_case_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("case", "Show, claim and work a case 办件");
    group->footer(std::string("Examples:\n  tongban case show ") + example_id + as_window + "\n  tongban case claim " + example_id +
                  " --operator 017" + as_window);
    group->require_subcommand(1);
    add_read(*group, "show", "Where the case is and what was filed 查看办件", "", print_case, exit_code);
    add_read(*group, "timeline", "Every event with its times and who sent it 办理过程", "/timeline", print_timeline,
             exit_code);
    add_read_event(*group, exit_code);
    add_read(*group, "tree", "A bundle 一件事 with all its children as they are now", "/tree",
             [](const boost::json::value& body) { print_tree(body, std::cout); }, exit_code);
    add_claim(*group, "claim", "Take a case for a time; prints the fencing token 认领", true, exit_code);
    add_claim(*group, "release", "Give a claimed case back 释放", false, exit_code);
    add_event(*group, exit_code);
}

} // namespace tongban::app
