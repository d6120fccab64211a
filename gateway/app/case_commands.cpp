// tongban inbox, tongban case …: the window's work from a terminal.
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/event_body.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/owed_text.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/app/tree_command.hpp"
#include "gateway/cases/evolve.hpp"
#include "gateway/cases/figure_rates.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <functional>
#include <iostream>

namespace tongban::app {

namespace {

using boost::json::value;

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

// "QUEUED 待接件" for "CASE_STATUS_QUEUED".
std::string state_of(const value& body, std::string_view path) {
    auto text = text_at(body, path);
    v1::CaseStatus status{};
    if (v1::CaseStatus_Parse(text, &status)) {
        text = std::string(cases::name(status)) + " " + std::string(cases::term(status));
    }
    return text;
}

// "CASE_SUBMITTED 申报".
std::string event_of(const value& body) {
    const auto name = text_at(body, "event");
    return name + " " + std::string(cases::term(cases::body_named(name)));
}

// Why a case stands in the inbox of a side whose turn it is not.
std::string beside_text(const std::string& status) {
    return status == v1::CaseStatus_Name(v1::CASE_STATUS_JOINT_HANDLING) ? " 有子办件待重报 a part is to be filed again"
                                                                         : " 另有应办 owed beside";
}

void print_inbox(const value& body) {
    text_table table({"网关流水号 case_id", "状态 state", "收件地 origin", "办件编号 source_case_no",
                      "事项 item", "期限 due", "持有窗口 holder"});
    for (const auto& entry : body.at("entries").as_array()) {
        table.add({text_at(entry, "case_id"), state_of(entry, "status"), text_at(entry, "origin_region"),
                   text_at(entry, "source_case_no"), text_at(entry, "item_name"),
                   due_text(entry) + (text_at(entry, "urged") == "true" ? " 督办 urged" : "") +
                       (text_at(entry, "beside") == "true" ? beside_text(text_at(entry, "status")) : ""),
                   text_at(entry, "lease.window_id")});
    }
    if (table.empty()) {
        std::cout << "没有待办件 / nothing waits\n";
    } else {
        table.print(std::cout);
    }
    if (const auto next = text_at(body, "next"); !next.empty()) {
        std::cout << "下一页 / more: --cursor " << next << '\n';
    }
}

// "changzhi-window · W01 017", "changzhi-platform 无人工干预 automatic", "网关 gateway".
std::string speaker_text(const value& entry) {
    auto by = text_at(entry, "sender_partner");
    if (by.empty()) {
        by = "网关 gateway";
    }
    if (const auto staff = text_at(entry, "operator_id"); !staff.empty()) {
        by += " 工号 staff " + staff;
    }
    return text_at(entry, "automatic") == "true" ? by + " 无人工干预 automatic" : by;
}

std::string said_text(const value& entry) {
    const auto zh = text_at(entry, "said_zh");
    const auto en = text_at(entry, "said_en");
    auto said = zh == en ? zh : zh + " / " + en;
    if (const auto code = text_at(entry, "refused_code"); !code.empty()) {
        said += (said.empty() ? "" : " ") + std::string("未生效 refused: ") + code + " " + text_at(entry, "refused_zh");
    }
    return said;
}

// Under which rules the case ran then; empty when under none.
std::string rules_text(const value& entry) {
    std::string rules;
    for (const auto& [label, member] : {std::pair{"事项版本 item version ", "item_version"},
                                        {"协议 agreement ", "agreement"},
                                        {"管理办法版本 rules version ", "rules_version"}}) {
        if (const auto text = text_at(entry, member); !text.empty()) {
            rules += (rules.empty() ? "" : "，") + std::string(label) + text;
        }
    }
    return rules;
}

void print_timeline(const value& body) {
    text_table table({"入账 recorded", "发生 occurred", "事件 event", "之后状态 state after", "来源 by", "内容 said",
                      "应办期限 owed"});
    std::string rules;
    for (const auto& entry : body.at("entries").as_array()) {
        table.add({local_time(text_at(entry, "recorded_at")), local_time(text_at(entry, "occurred_at")), event_of(entry),
                   state_of(entry, "status"), speaker_text(entry), said_text(entry), owed_text(entry)});
        if (auto now = rules_text(entry); !now.empty()) {
            rules = std::move(now);
        }
    }
    std::cout << "时间均为北京时间 / all times are Beijing time (UTC+8)\n";
    table.print(std::cout);
    if (!rules.empty()) {
        std::cout << rules << '\n';
    }
    text_table deliveries({"送达 delivery of", "至 to", "状态 status", "次数 attempts", "送达时间 settled_at"});
    for (const auto& each : body.at("deliveries").as_array()) {
        deliveries.add({text_at(each, "event_zh") + " " + text_at(each, "event"), text_at(each, "region"),
                        text_at(each, "status_zh") + " " + text_at(each, "status"),
                        std::to_string(each.at("attempts").to_number<std::uint32_t>()),
                        local_time(text_at(each, "settled_at"))});
    }
    if (!deliveries.empty()) {
        std::cout << '\n';
        deliveries.print(std::cout);
    }
}

void print_case(const value& body) {
    constexpr std::pair<const char*, const char*> lines[] = {
        {"网关流水号 case_id", "case.case_id"},
        {"收件地编号 source_case_no", "case.source_case_no"},
        {"办理地编号 dest_case_no", "case.dest_case_no"},
        {"收件地 origin_region", "case.origin_region"},
        {"办理地 dest_region", "case.dest_region"},
        {"轮到 turn_region", "turn_region"},
        {"事项 item_name", "case.item_name"},
        {"事项版本 item_version", "case.terms.item_version"},
        {"协议 agreement", "case.terms.agreement"},
        {"管理办法版本 rules_version", "case.terms.rules_version"},
        {"持有窗口 holder", "case.lease.window_id"},
        {"申请人 applicant", "submission.dossier.applicant.name"}};
    std::cout << "状态 state: " << state_of(body, "case.status") << '\n';
    for (const auto& [label, path] : lines) {
        if (const auto text = text_at(body, path); !text.empty()) {
            std::cout << label << ": " << text << '\n';
        }
    }
    if (v1::BusinessMode mode{}; v1::BusinessMode_Parse(text_at(body, "case.business_mode"), &mode)) {
        std::cout << "通办方式 business_mode: " << cases::name(mode) << ' ' << cases::term(mode) << '\n';
    }
    if (const auto owed = owed_text(body); !owed.empty()) {
        std::cout << "应办 owed: " << owed << '\n';
    }
    if (const auto* owed = body.at("case").as_object().if_contains("owed_materials")) {
        for (const auto& material : owed->as_array()) {
            std::cout << "容缺待补 owed material: " << text_at(material, "code") << ' ' << text_at(material, "name") << '\n';
        }
    }
    if (const auto* beside = body.as_object().if_contains("also_owed")) {
        for (const auto& owed : beside->as_array()) {
            std::cout << "另应办 also owed: " << owed_text(boost::json::object{{"owed", owed}}) << '\n';
        }
    }
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
    command->add_option("--lease", options->lease, "Seconds to hold it (default: the gateway's)")
        ->check(CLI::PositiveNumber);
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
    auto* command = group.add_subcommand("read", "One event whole, as the other side said it: reasons, what is asked for, certificates");
    command->footer("Example:\n  tongban case read TB3708… RETURNED");
    auto client = add_client_options(*command);
    auto id = std::make_shared<std::string>();
    auto wanted = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id")->required();
    command->add_option("event", *wanted, "The event's id as in the timeline, or its name: then the newest of that name")->required();
    command->callback([client, id, wanted, &exit_code] { exit_code = read_event(*client, *id, *wanted); });
}

void add_event(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("event", "Report what happened to a case");
    command->footer(
        "Example:\n"
        "  tongban case event TB3708… DEST_RECEIVED --token 1\n"
        "  tongban case event TB3708… DECIDED --token 1 --set decided.decision=DECISION_APPROVED\n"
        "Exit codes: 0 accepted, 1 refused, 2 usage, 3 not available now.");
    auto client = add_client_options(*command);
    auto options = std::make_shared<event_options>();
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "Case id")->required();
    command->add_option("name", options->name, "Event: DEST_RECEIVED, CASE_ACCEPTED, … (docs/life-cycle.md)")
        ->required()
        ->transform([](const std::string& name) {
            auto upper = name;
            std::ranges::transform(upper, upper.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            });
            if (cases::body_named(upper) == v1::CaseEvent::BODY_NOT_SET) {
                throw CLI::ValidationError(name, "不是事件名称，见 / is no event, see docs/life-cycle.md");
            }
            return upper;
        });
    command->add_option("--token", options->token, "Fencing token of the claim (windows)");
    command->add_option("--at", options->occurred_at, "When it happened, RFC 3339 (default: now)");
    command->add_option("--body", options->file, "Canonical JSON of the event: a file, or the text itself when it begins with {");
    command->add_option("--set", options->settings, "path=value into that JSON");
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
        app.add_subcommand("inbox", "List the cases that wait for this region, soonest due first");
    command->footer(
        "Example:\n  tongban inbox --claimable --limit 20 --cert window.pem --key window.key --ca ca.pem");
    auto client = add_client_options(*command);
    struct list_options {
        std::string status, origin, cursor;
        bool claimable = false;
        std::string region, limit, wait;
    };
    auto options = std::make_shared<list_options>();
    command->add_option("--status", options->status, "Only this state: QUEUED, DEST_RECEIVED, …");
    command->add_option("--origin", options->origin, "Only from this region");
    command->add_option("--region", options->region, "Of this region, when the certificate acts for several");
    command->add_option("--cursor", options->cursor, "Go on after an earlier page");
    command->add_option("--limit", options->limit, "At most this many");
    command->add_option("--wait", options->wait, "Seconds to wait for work when there is none, at most 30");
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
        add("region", options->region);
        add("limit", options->limit);
        add("wait", options->wait);
        exit_code = call(*client, request, print_inbox);
    });
}

void add_case_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("case", "Show, claim and work a case");
    group->require_subcommand(1);
    add_read(*group, "show", "Where the case is and what was filed", "", print_case, exit_code);
    add_read(*group, "timeline", "Every event with its times and who sent it", "/timeline", print_timeline,
             exit_code);
    add_read_event(*group, exit_code);
    add_read(*group, "tree", "A bundle 一件事 with all its children as they are now", "/tree",
             [](const boost::json::value& body) { print_tree(body, std::cout); }, exit_code);
    add_claim(*group, "claim", "Take a case for a time; prints the fencing token", exit_code);
    add_claim(*group, "release", "Give a claimed case back", exit_code);
    add_event(*group, exit_code);
}

} // namespace tongban::app
