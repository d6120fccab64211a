// tongban inbox, tongban case …: the window's work from a terminal.
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/text_table.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>

namespace tongban::app {

namespace {

using boost::json::value;

// One request whose good answer is JSON; everything else is printed and decides the exit code.
int call(const client_options& client, const client_request& request, const std::function<void(const value&)>& print) {
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

std::string without_prefix(std::string text, std::string_view prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

void print_inbox(const value& body) {
    text_table table({"case_id", "state", "origin", "source_case_no", "item", "holder"});
    for (const auto& entry : body.at("entries").as_array()) {
        table.add({text_at(entry, "case_id"), without_prefix(text_at(entry, "status"), "CASE_STATUS_"),
                   text_at(entry, "origin_region"), text_at(entry, "source_case_no"), text_at(entry, "item_name"),
                   text_at(entry, "lease.window_id")});
    }
    table.print(std::cout);
    if (const auto next = text_at(body, "next"); !next.empty()) {
        std::cout << "more: --cursor " << next << '\n';
    }
}

void print_timeline(const value& body) {
    text_table table({"recorded_at", "event", "state after", "by", "refused"});
    for (const auto& entry : body.at("entries").as_array()) {
        table.add({text_at(entry, "recorded_at"), text_at(entry, "event"),
                   without_prefix(text_at(entry, "status"), "CASE_STATUS_"), text_at(entry, "sender_partner"),
                   text_at(entry, "refused_code")});
    }
    table.print(std::cout);
}

void print_case(const value& body) {
    for (const auto* path : {"case.case_id", "state", "state_zh", "case.source_case_no", "case.dest_case_no",
                             "case.origin_region", "case.dest_region", "turn_region", "case.item_name",
                             "case.lease.window_id", "submission.dossier.applicant.name"}) {
        if (const auto text = text_at(body, path); !text.empty()) {
            std::cout << path << ": " << text << '\n';
        }
    }
}

std::string now_rfc3339() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

struct event_options {
    std::string name;
    std::uint64_t token = 0;
    std::string occurred_at;
    std::string file;
    std::vector<std::string> settings;
};

// The canonical JSON of one event; throws CLI::ValidationError for what cannot be one.
std::string event_body(const event_options& options) {
    boost::json::object event;
    if (!options.file.empty()) {
        std::ifstream in(options.file);
        std::ostringstream text;
        text << in.rdbuf();
        boost::system::error_code ec;
        const auto parsed = boost::json::parse(text.str(), ec);
        if (!in || ec || !parsed.is_object()) {
            throw CLI::ValidationError(options.file, "is not a readable JSON object");
        }
        event = parsed.get_object();
    }
    std::string body = options.name;
    for (char& c : body) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (!event.contains(body)) {
        event[body] = boost::json::object{};
    }
    event["occurred_at"] = options.occurred_at.empty() ? now_rfc3339() : options.occurred_at;
    if (options.token != 0) {
        event["fencing_token"] = std::to_string(options.token);
    }
    for (const auto& setting : options.settings) {
        const auto equals = setting.find('=');
        if (equals == std::string::npos) {
            throw CLI::ValidationError(setting, "is not path=value");
        }
        set_at(event, std::string_view(setting).substr(0, equals), std::string_view(setting).substr(equals + 1));
    }
    return boost::json::serialize(event);
}

void print_receipt(const value& body) {
    std::cout << text_at(body, "event") << ' ' << without_prefix(text_at(body, "outcome"), "RECEIPT_OUTCOME_") << ' '
              << without_prefix(text_at(body, "status"), "CASE_STATUS_") << '\n';
    if (const auto token = text_at(body, "fencing_token"); !token.empty()) {
        std::cout << "fencing_token: " << token << "\nlease_until: " << text_at(body, "lease_until") << '\n';
    }
}

void add_claim(CLI::App& group, const char* name, const char* text, int& exit_code) {
    auto* command = group.add_subcommand(name, text);
    auto client = add_client_options(*command);
    struct claim_options {
        std::string id;
        std::string operator_id;
        std::int64_t lease = 0;
        std::uint64_t token = 0;
    };
    auto options = std::make_shared<claim_options>();
    command->add_option("id", options->id, "Case id")->required();
    command->add_option("--operator", options->operator_id, "Staff number of who works on it")->required();
    command->add_option("--lease", options->lease, "Seconds to hold it (default: the gateway's)");
    command->add_option("--token", options->token, "Fencing token of the claim");
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
    auto client = add_client_options(*command);
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id")->required();
    command->callback([client, id, suffix, print, &exit_code] {
        client_request request;
        request.target = "/v1/cases/" + percent_encoded(*id) + suffix;
        exit_code = call(*client, request, print);
    });
}

void add_event(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("event", "Report what happened to a case");
    command->footer("Example:\n"
                    "  tongban case event TB3708… DEST_RECEIVED --token 1\n"
                    "  tongban case event TB3708… DECIDED --token 1 --set decided.decision=DECISION_APPROVED\n"
                    "Exit codes: 0 accepted, 1 refused, 2 usage, 3 not available now.");
    auto client = add_client_options(*command);
    auto options = std::make_shared<event_options>();
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id")->required();
    command->add_option("name", options->name, "Event: DEST_RECEIVED, CASE_ACCEPTED, … (docs/life-cycle.md)")->required();
    command->add_option("--token", options->token, "Fencing token of the claim (windows)");
    command->add_option("--at", options->occurred_at, "When it happened, RFC 3339 (default: now)");
    command->add_option("--body", options->file, "Canonical JSON of the event");
    command->add_option("--set", options->settings, "path=value into that JSON");
    command->callback([client, options, id, &exit_code] {
        client_request request;
        request.method = "POST";
        request.target = "/v1/cases/" + percent_encoded(*id) + "/events";
        request.content_type = "application/json";
        request.body = event_body(*options);
        exit_code = call(*client, request, print_receipt);
    });
}

} // namespace

void add_inbox_command(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("inbox", "List the cases that wait for this region, longest waiting first");
    command->footer("Example:\n  tongban inbox --claimable --limit 20 --cert window.pem --key window.key --ca ca.pem");
    auto client = add_client_options(*command);
    struct list_options {
        std::string status, origin, cursor;
        bool claimable = false;
        int limit = 0;
        int wait = 0;
    };
    auto options = std::make_shared<list_options>();
    command->add_option("--status", options->status, "Only this state: QUEUED, DEST_RECEIVED, …");
    command->add_option("--origin", options->origin, "Only from this region");
    command->add_option("--cursor", options->cursor, "Go on after an earlier page");
    command->add_option("--limit", options->limit, "At most this many");
    command->add_option("--wait", options->wait, "Seconds to wait for work when there is none");
    command->add_flag("--claimable", options->claimable, "Without what another window holds");
    command->callback([client, options, &exit_code] {
        client_request request;
        request.target = "/v1/inbox?claimable=" + std::string(options->claimable ? "true" : "false");
        const auto add = [&](const char* name, const std::string& text) {
            request.target += text.empty() ? "" : "&" + std::string(name) + "=" + percent_encoded(text);
        };
        add("status", options->status);
        add("origin", options->origin);
        add("cursor", options->cursor);
        add("limit", options->limit > 0 ? std::to_string(options->limit) : "");
        add("wait", options->wait > 0 ? std::to_string(options->wait) : "");
        exit_code = call(*client, request, print_inbox);
    });
}

void add_case_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("case", "Show, claim and work a case");
    group->require_subcommand(1);
    add_read(*group, "show", "Where the case is and what was filed", "", print_case, exit_code);
    add_read(*group, "timeline", "Every event with its times and who sent it", "/timeline", print_timeline, exit_code);
    add_claim(*group, "claim", "Take a case for a time; prints the fencing token", exit_code);
    add_claim(*group, "release", "Give a claimed case back", exit_code);
    add_event(*group, exit_code);
}

} // namespace tongban::app
