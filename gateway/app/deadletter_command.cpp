// tongban deadletter: what could not be delivered, and the operator's word on it, over the operations listener.
#include "gateway/app/client_options.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/json_text.hpp"
#include "gateway/app/operations_client.hpp"
#include "gateway/app/option_checks.hpp"
#include "gateway/app/text_table.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <optional>

namespace tongban::app {

namespace {

namespace json = boost::json;

constexpr const char* exit_codes = "Exit codes: 0 done, 1 refused (the reason is told), 2 usage, 3 not reachable or not "
                                   "available now.";

struct deadletter_options {
    operations_client client;
    bool as_json = false;
    std::string id;
    std::string region;
    bool waiting = false; // what is still tried, instead of dead letters
    bool all = false;
    std::size_t limit = 50;
    std::string operator_id;
    std::string reason;
};

// The listener's answer, or the exit code that belongs to there being none.
class asked {
public:
    asked(json::object&& answer) : answer_(std::move(answer)) {}
    asked(int exit_code) : exit_code_(exit_code) {}
    explicit operator bool() const noexcept { return answer_.has_value(); }
    json::object& operator*() { return *answer_; }
    json::object* operator->() { return &*answer_; }
    int error() const noexcept { return exit_code_; }

private:
    std::optional<json::object> answer_;
    int exit_code_ = exit_done;
};

// Asks, and tells what went wrong.
asked ask(const deadletter_options& options, client_request request) {
    const auto reply = options.client.ask(std::move(request));
    if (!reply) {
        std::cerr << reply.error() << '\n';
        return exit_unavailable;
    }
    if (!reply->ok()) {
        if (options.as_json) {
            std::cout << reply->body << '\n';
            return exit_code_of(*reply);
        }
        return print_refusal(*reply);
    }
    boost::system::error_code ec;
    auto value = json::parse(reply->body, ec);
    if (ec || !value.is_object()) {
        std::cerr << "这不是通办的运维端口 / this is not Tongban's operations listener\n";
        return exit_unavailable;
    }
    return std::move(value.get_object());
}

// "对方拒收 refused": the word where there is one, and the code.
std::string code_of(const json::value& of) {
    const auto word = text_at(of, "code_zh");
    return word + (word.empty() ? "" : " ") + text_at(of, "code");
}

// "对方暂不接收 not_taken 503 E42": why an attempt failed.
std::string cause_of(const json::value& attempt) {
    std::string text;
    for (const auto* name : {"code_zh", "code", "http_status", "target_code"}) {
        const auto part = text_at(attempt, name);
        text += (text.empty() || part.empty() ? "" : " ") + part;
    }
    return text;
}

int list(const deadletter_options& options) {
    if (options.waiting && options.region.empty()) {
        std::cerr << "--waiting 须与 --region 同用 / --waiting needs --region\n";
        return exit_usage;
    }
    const char* const kind = options.waiting ? "deliveries" : "deadletters";
    json::array letters;
    std::string after;
    do {
        client_request request;
        request.target = options.waiting ? "/deliveries/waiting?limit=" : "/deadletters?limit=";
        request.target += std::to_string(std::min<std::size_t>(500, options.limit - letters.size()));
        request.target += options.region.empty() ? "" : "&region=" + percent_encoded(options.region);
        request.target += after.empty() ? "" : "&after=" + after;
        auto page = ask(options, request);
        if (!page) {
            return page.error();
        }
        for (auto& letter : page->at(kind).as_array()) {
            letters.push_back(std::move(letter));
        }
        after = page->at("next").as_string();
    } while (!after.empty() && letters.size() < options.limit);
    if (options.as_json) {
        std::cout << json::serialize(json::object{{kind, std::move(letters)}, {"next", after}}) << '\n';
        return exit_done;
    }
    text_table table({"编号 id", "事件 event", options.waiting ? "应送达自 due since" : "死信自 dead since",
                      "次数 attempts", "原因 why", "末次失败 last failure"});
    for (const auto& letter : letters) {
        const auto* failure = letter.as_object().if_contains("last_failure");
        table.add({text_at(letter, "id"), text_at(letter, "event_zh") + " " + text_at(letter, "event"),
                   text_at(letter, options.waiting ? "due_at" : "dead_since"), text_at(letter, "attempts"), code_of(letter),
                   failure == nullptr ? "" : cause_of(*failure)});
    }
    if (table.empty()) {
        std::cout << (options.waiting ? "没有待送达 / nothing waits\n" : "没有死信 / no dead letters\n");
        return exit_done;
    }
    table.print(std::cout);
    if (!after.empty()) {
        std::cout << "还有更多 / there are more: --limit\n";
    }
    return exit_done;
}

void print_whole(const json::value& letter) {
    const auto field = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            std::cout << name << ": " << value << '\n';
        }
    };
    field("编号 id", text_at(letter, "id"));
    field("事件 event", text_at(letter, "event_zh") + " " + text_at(letter, "event"));
    field("状态 status", text_at(letter, "status_zh") + " " + text_at(letter, "status"));
    field("应送达自 due since", text_at(letter, "due_at"));
    field("办结 settled", text_at(letter, "settled_at"));
    field("不早于 not before", text_at(letter, "not_before"));
    text_table table({"入账时间 recorded", "经过 what", "方式 by", "对方 party", "代码 code", "工号 operator", "原因 reason"});
    if (const auto* history = letter.as_object().if_contains("history")) {
        for (const auto& each : history->as_array()) {
            table.add({text_at(each, "recorded_at"), text_at(each, "kind_zh") + " " + text_at(each, "kind"),
                       text_at(each, "transport"), text_at(each, "party"), cause_of(each),
                       text_at(each, "operator_id"), text_at(each, "reason")});
        }
    }
    if (!table.empty()) {
        table.print(std::cout);
    }
}

int show(const deadletter_options& options) {
    client_request request;
    request.target = "/deadletters/" + percent_encoded(options.id);
    auto letter = ask(options, request);
    if (!letter) {
        return letter.error();
    }
    if (options.as_json) {
        std::cout << json::serialize(*letter) << '\n';
    } else {
        print_whole(*letter);
    }
    return exit_done;
}

client_request with_word(const deadletter_options& options, std::string target) {
    client_request request;
    request.method = "POST";
    request.target = std::move(target);
    request.content_type = "application/json";
    request.body =
        json::serialize(json::object{{"operator_id", options.operator_id}, {"reason", options.reason}});
    return request;
}

int decide_one(const deadletter_options& options, const char* what) {
    auto answer = ask(options, with_word(options, "/deadletters/" + percent_encoded(options.id) + "/" + what));
    if (!answer) {
        return answer.error();
    }
    if (options.as_json) {
        std::cout << json::serialize(*answer) << '\n';
        return exit_done;
    }
    std::cout << text_at(answer->at("result_zh"), "") << " / " << text_at(answer->at("result"), "") << '\n';
    print_whole(answer->at("delivery"));
    return exit_done;
}

// Batch after batch behind the cursor: what dies again meanwhile is not replayed twice.
int replay_region(const deadletter_options& options) {
    std::int64_t replayed = 0;
    std::int64_t left = 0;
    std::string after;
    do {
        auto answer =
            ask(options, with_word(options, "/deadletters/replay?region=" + percent_encoded(options.region) +
                                                (after.empty() ? "" : "&after=" + after)));
        if (!answer) {
            std::cerr << "已重新投递 replayed before that: " << replayed << '\n';
            return answer.error();
        }
        replayed += answer->at("replayed").to_number<std::int64_t>();
        left += answer->at("left").to_number<std::int64_t>();
        after = answer->at("next").as_string();
    } while (!after.empty());
    if (options.as_json) {
        std::cout << json::serialize(json::object{{"replayed", replayed}, {"left", left}}) << '\n';
    } else {
        std::cout << "已重新投递 replayed: " << replayed << "，他人已处理 left as others had settled them: " << left << '\n';
    }
    return exit_done;
}

int replay(const deadletter_options& options) {
    if (options.id.empty() == options.region.empty()) {
        std::cerr << "须给出编号或 --region 之一 / give an id or --region\n";
        return exit_usage;
    }
    return options.id.empty() ? replay_region(options) : decide_one(options, "replay");
}

// Batch after batch, until nothing of the region is left to give up.
int discard_region(const deadletter_options& options) {
    std::int64_t discarded = 0;
    for (std::int64_t batch = 1; batch > 0;) {
        auto answer =
            ask(options, with_word(options, "/deadletters/discard?region=" + percent_encoded(options.region)));
        if (!answer) {
            std::cerr << "此前已放弃 discarded before that: " << discarded << '\n';
            return answer.error();
        }
        batch = answer->at("discarded").to_number<std::int64_t>();
        discarded += batch;
    }
    if (options.as_json) {
        std::cout << json::serialize(json::object{{"discarded", discarded}}) << '\n';
    } else {
        std::cout << "已放弃 discarded: " << discarded << '\n';
    }
    return exit_done;
}

int discard(const deadletter_options& options) {
    if (options.id.empty() == options.region.empty() || options.all == options.region.empty()) {
        std::cerr << "须给出编号，或同时给出 --region 与 --all / give an id, or --region together with --all\n";
        return exit_usage;
    }
    return options.id.empty() ? discard_region(options) : decide_one(options, "discard");
}

using options_ptr = std::shared_ptr<deadletter_options>;

struct made_command {
    CLI::App* command;
    options_ptr options;
};

made_command add_command(CLI::App& group, const char* name, const char* about, const std::string& examples) {
    auto* command = group.add_subcommand(name, about);
    command->footer("Examples:\n" + examples + exit_codes);
    auto options = std::make_shared<deadletter_options>();
    add_operations_options(*command, options->client, 10);
    command->add_flag("--json", options->as_json, "Print the listener's answer as JSON");
    return {command, options};
}

void add_word(CLI::App& command, deadletter_options& options) {
    command.add_option("--operator", options.operator_id, "Your staff number; recorded in the ledger 工号")->required();
    command.add_option("--reason", options.reason, "Why; recorded in the ledger. No personal data 原因")->required();
}

} // namespace

void add_deadletter_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("deadletter", "Deliveries whose retry budget is spent: list, show, replay, discard "
                                                   "死信");
    group->require_subcommand(1);
    group->footer("Example:\n  tongban deadletter list --region 140400");

    const auto [lists, listed] = add_command(*group, "list", "List dead letters 列出",
                                             "  tongban deadletter list --region 140400\n"
                                             "  tongban deadletter list --region 140400 --waiting\n");
    lists->add_option("--region", listed->region, "Only those due to this region")->check(region_check());
    lists->add_flag("--waiting", listed->waiting,
                    "Instead what waits for the region: of each case the first delivery that is not settled");
    lists->add_option("--limit", listed->limit, "At most this many")->capture_default_str()->check(CLI::Range(1, 100000));
    lists->callback([listed = listed, &exit_code] { exit_code = list(*listed); });

    const auto [shows, shown] =
        add_command(*group, "show", "Show a delivery with all that was tried 查看",
                    "  tongban deadletter show TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ-3-140400 --cert operator.pem --key operator.key\n");
    shows->add_option("id", shown->id, "The delivery: case id, event, region")->required();
    shows->callback([shown = shown, &exit_code] { exit_code = show(*shown); });

    const auto [replays, replayed] = add_command(
        *group, "replay", "Try again, with a fresh retry budget 重新投递",
        "  tongban deadletter replay TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ-3-140400 --operator 0042 --reason \"platform repaired\"\n"
        "  tongban deadletter replay --region 140400 --operator 0042 --reason \"platform repaired\"\n");
    replays->add_option("id", replayed->id, "The delivery; or --region");
    replays->add_option("--region", replayed->region, "All dead letters of this region, batch by batch")->check(region_check());
    add_word(*replays, *replayed);
    replays->callback([replayed = replayed, &exit_code] { exit_code = replay(*replayed); });

    const auto [discards, discarded] = add_command(
        *group, "discard", "Give a delivery up: the region never gets this event from here; later ones go on 放弃",
        "  tongban deadletter discard TB3708000ZPS21RGP5MJKSHAM8PH9SQFHZ-3-140400 --operator 0042 --reason \"told by telephone\"\n"
        "  tongban deadletter discard --region 140400 --all --operator 0042 --reason \"platform closed down\"\n");
    discards->add_option("id", discarded->id, "The delivery; or --region with --all");
    discards->add_option("--region", discarded->region,
                         "All dead letters of this region; when it has no receiver, all that waits for it, too")
        ->check(region_check());
    discards->add_flag("--all", discarded->all, "Yes, all of the region");
    add_word(*discards, *discarded);
    discards->callback([discarded = discarded, &exit_code] { exit_code = discard(*discarded); });
}

} // namespace tongban::app
