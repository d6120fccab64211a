// tongban dialect check, try, diff: what a city's engineer works with until a dialect is green.
#include "connectors/dialects/dialect.hpp"
#include "connectors/dialects/trace.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/event_body.hpp"
#include "gateway/app/text_table.hpp"
#include "gateway/cases/validate.hpp"
#include "tongban/v1/event.pb.h"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace tongban::app {

namespace {

using boost::json::array;
using boost::json::object;

// The dialect, or null after its mistakes went to standard error.
std::shared_ptr<const dialects::dialect> load_or_tell(const std::string& file) {
    auto result = dialects::load_dialect(file);
    if (!result.loaded) {
        for (const auto& mistake : result.mistakes) {
            std::cerr << mistake.text() << '\n';
        }
    }
    return result.loaded;
}

std::string sample_bytes(const std::string& file) {
    auto bytes = file_bytes(file);
    if (!bytes) {
        throw CLI::ValidationError(file, "无法读取 / cannot be read");
    }
    return std::move(*bytes);
}

std::string shortened(std::string text) {
    constexpr std::size_t longest = 48;
    if (text.size() > longest) {
        auto end = longest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
            --end;
        }
        text = text.substr(0, end) + "…";
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

int check(const std::vector<std::string>& files, bool json) {
    array all;
    bool good = true;
    for (const auto& file : files) {
        const auto result = dialects::load_dialect(file);
        good = good && result.loaded;
        array mistakes;
        for (const auto& m : result.mistakes) {
            mistakes.push_back(object{{"file", m.file},
                                      {"line", m.line},
                                      {"column", m.column},
                                      {"field", m.field},
                                      {"message_zh", m.message.zh},
                                      {"message_en", m.message.en},
                                      {"warning", m.warning}});
            if (!json) {
                std::cout << m.text() << '\n';
            }
        }
        array unsayable;
        for (const auto& one :
             result.loaded ? dialects::cannot_say(*result.loaded) : std::vector<dialects::unsayable>{}) {
            unsayable.push_back(object{{"event", one.event}, {"field", one.field}, {"why_zh", one.why.zh}, {"why_en", one.why.en}});
        }
        if (!json) {
            std::cout << file << ": " << (result.loaded ? "正确 / ok" : "有错误，不能使用 / refused");
            if (result.loaded) {
                std::cout << ", " << result.loaded->name() << " " << result.loaded->version();
            }
            std::cout << '\n';
            if (!unsayable.empty()) {
                text_table table({"事件 event", "不能写出 cannot be written", "原因", "why"});
                for (const auto& one : unsayable) {
                    const auto& row = one.as_object();
                    table.add({row.at("event").as_string().c_str(), row.at("field").as_string().c_str(),
                               row.at("why_zh").as_string().c_str(), row.at("why_en").as_string().c_str()});
                }
                table.print(std::cout);
            }
        }
        all.push_back(object{{"file", file},
                             {"ok", result.loaded != nullptr},
                             {"mistakes", std::move(mistakes)},
                             {"cannot_write", std::move(unsayable)}});
    }
    if (json) {
        std::cout << boost::json::serialize(all) << '\n';
    }
    return good ? exit_done : exit_usage;
}

struct try_options {
    std::string dialect;
    std::string sample;
    std::string content_type;
    bool write = false;
    bool json = false;
};

// What the rules of the shared schema say of the translated events, beside what the dialect itself found.
std::vector<v1::Violation> rule_violations(const dialects::dialect& dialect,
                                           const dialects::wire_message& message) {
    google::protobuf::Arena arena;
    std::vector<v1::Violation> all;
    auto reading = dialect.read(message, arena);
    if (!reading) {
        return all;
    }
    const auto now = std::chrono::system_clock::now() + std::chrono::hours(8);
    for (const auto& translated : reading->events) {
        const cases::source_path_of path = [&](std::string_view field) {
            return translated.source_path(field);
        };
        for (auto& violation : cases::validate_translated(*translated.event, translated.violations,
                                                          std::chrono::floor<std::chrono::days>(now), path)) {
            all.push_back(std::move(violation));
        }
    }
    return all;
}

void print_trace(const dialects::trace_report& report, const std::vector<v1::Violation>& violations) {
    std::cout << "报文 message: " << report.message_name << "；事件 events:";
    for (const auto& event : report.events) {
        std::cout << ' ' << event;
    }
    std::cout << "\n\n";
    text_table table({"#", "来源 source", "原值 value", "步骤 steps", "标准字段 schema field", "标准值 canonical"});
    for (const auto& row : report.rows) {
        table.add({std::to_string(row.event + 1), row.source, shortened(row.raw), row.steps, row.field,
                   row.problem.empty() ? shortened(row.value) : "✗ " + row.problem});
    }
    table.print(std::cout);
    if (!report.unmapped.empty()) {
        std::cout << "\n没有用到的内容 / unmapped input\n";
        text_table unmapped({"来源 source", "原值 value"});
        for (const auto& one : report.unmapped) {
            unmapped.add({one.source, shortened(one.value)});
        }
        unmapped.print(std::cout);
    }
    if (!violations.empty()) {
        std::cout << "\n不符合的规则 / violations\n";
        text_table broken({"来源 source", "标准字段 schema field", "规则 rule", "说明", "message"});
        for (const auto& v : violations) {
            broken.add({v.source_path(), v.field(), v.rule() + (v.warning() ? "（警告 warning）" : ""),
                        v.message_zh(), v.message_en()});
        }
        broken.print(std::cout);
    }
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : " ") + name;
    }
    return text;
}

// What the city would be sent of these events: what is lost always, the message itself when it is wanted.
void print_written(const std::vector<dialects::written_back>& written, bool whole) {
    std::cout << "\n写回 written in this format\n";
    for (const auto& one : written) {
        std::cout << joined(one.events) << ": ";
        if (one.refused) {
            std::cout << "✗ " << one.refused->message_zh << " / " << one.refused->message_en << '\n';
            continue;
        }
        std::cout << one.content_type << ", " << one.body.size() << " bytes";
        std::cout << (one.lost.empty() ? "；没有丢失 nothing is lost\n" : "\n");
        if (!one.lost.empty()) {
            text_table lost({"丢失 lost", "原因", "why"});
            for (const auto& v : one.lost) {
                lost.add({v.field(), shortened(v.message_zh()), shortened(v.message_en())});
            }
            lost.print(std::cout);
        }
        if (whole) {
            std::cout << (one.text.empty() ? "（不是文本 not a text）" : one.text) << '\n';
        }
    }
}

array written_json(const std::vector<dialects::written_back>& written) {
    array all;
    for (const auto& one : written) {
        array events;
        for (const auto& name : one.events) {
            events.push_back(boost::json::value(name));
        }
        object shown{{"events", std::move(events)}};
        if (one.refused) {
            shown["message_zh"] = one.refused->message_zh;
            shown["message_en"] = one.refused->message_en;
        } else {
            array lost;
            for (const auto& v : one.lost) {
                lost.push_back(object{{"field", v.field()}, {"zh", v.message_zh()}, {"en", v.message_en()}});
            }
            shown["content_type"] = one.content_type;
            shown["text"] = one.text;
            shown["lost"] = std::move(lost);
        }
        all.push_back(std::move(shown));
    }
    return all;
}

void print_trace_json(const dialects::trace_report& report, const std::vector<v1::Violation>& violations,
                      const std::vector<dialects::written_back>& written) {
    array events;
    for (const auto& canonical : report.canonical) {
        events.push_back(boost::json::parse(canonical));
    }
    array rows;
    for (const auto& row : report.rows) {
        rows.push_back(object{{"event", row.event},
                              {"source", row.source},
                              {"raw", row.raw},
                              {"steps", row.steps},
                              {"field", row.field},
                              {"value", row.value},
                              {"problem", row.problem}});
    }
    array unmapped;
    for (const auto& one : report.unmapped) {
        unmapped.push_back(object{{"source", one.source}, {"value", one.value}});
    }
    array broken;
    for (const auto& v : violations) {
        broken.push_back(object{{"source_path", v.source_path()},
                                {"field", v.field()},
                                {"rule", v.rule()},
                                {"message_zh", v.message_zh()},
                                {"message_en", v.message_en()},
                                {"warning", v.warning()}});
    }
    std::cout << boost::json::serialize(object{{"message", report.message_name},
                                               {"events", std::move(events)},
                                               {"rows", std::move(rows)},
                                               {"unmapped", std::move(unmapped)},
                                               {"violations", std::move(broken)},
                                               {"written", written_json(written)}})
              << '\n';
}

int try_sample(const try_options& options) {
    const auto dialect = load_or_tell(options.dialect);
    if (!dialect) {
        return exit_usage;
    }
    const auto body = sample_bytes(options.sample);
    const dialects::wire_message message{options.content_type, body};
    const auto report = dialects::trace(*dialect, message);
    if (!report.readable) {
        if (options.json) {
            std::cout << boost::json::serialize(object{{"refused", report.refused.code.message()},
                                                       {"place", report.refused.place},
                                                       {"message_zh", report.refused.message_zh},
                                                       {"message_en", report.refused.message_en}})
                      << '\n';
        } else {
            std::cerr << options.sample << ": " << report.refused.place << ": " << report.refused.message_zh
                      << " / " << report.refused.message_en << '\n';
        }
        return exit_refused;
    }
    auto violations = report.violations;
    for (auto& violation : rule_violations(*dialect, message)) {
        violations.push_back(std::move(violation));
    }
    const auto written = dialects::write_back(*dialect, message);
    if (options.json) {
        print_trace_json(report, violations, written);
    } else {
        print_trace(report, violations);
        print_written(written, options.write);
    }
    const bool green =
        std::all_of(violations.begin(), violations.end(), [](const auto& v) { return v.warning(); });
    return green ? exit_done : exit_refused;
}

struct diff_options {
    std::string before, after;
    std::vector<std::string> samples;
    std::vector<std::string> content_types; // none, one for all samples, or one for each
    bool json = false;
};

int compare(const diff_options& options) {
    const auto before = load_or_tell(options.before);
    const auto after = load_or_tell(options.after);
    if (!before || !after) {
        return exit_usage;
    }
    const auto& samples = options.samples;
    const auto& types = options.content_types;
    if (types.size() > 1 && types.size() != samples.size()) {
        std::cerr << "--content-type：一次（用于全部样例），或每个样例一次 / once for all samples, or once for each\n";
        return exit_usage;
    }
    array all;
    std::size_t unreadable = 0; // by both: alike, but nobody has compared anything
    text_table table({"样例 sample", "#", "字段 field", "之前 before", "之后 after"});
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto& sample = samples[i];
        const auto body = sample_bytes(sample);
        const std::string_view type = types.empty() ? std::string_view() : std::string_view(types[types.size() == 1 ? 0 : i]);
        const dialects::wire_message message{type, body};
        unreadable += dialects::trace(*before, message).readable || dialects::trace(*after, message).readable ? 0 : 1;
        for (const auto& one : dialects::diff(*before, *after, message)) {
            table.add({sample, std::to_string(one.event + 1), one.field, shortened(one.before),
                       shortened(one.after)});
            all.push_back(object{{"sample", sample},
                                 {"event", one.event},
                                 {"field", one.field},
                                 {"before", one.before},
                                 {"after", one.after}});
        }
    }
    if (options.json) {
        std::cout << boost::json::serialize(all) << '\n';
    } else if (table.empty()) {
        const auto compared = samples.size() - unreadable;
        std::cout << compared << " 个样例没有差别 / no difference in " << compared << " samples\n";
    } else {
        table.print(std::cout);
    }
    if (unreadable > 0) {
        std::cerr << unreadable << " 个样例新旧格式都不能读取，未作比较（见 tongban dialect try） / not compared, since neither dialect reads "
                     "them (see tongban dialect try): "
                  << unreadable << " samples\n";
    }
    const bool compared = unreadable < samples.size();
    return all.empty() && compared ? exit_done : exit_refused;
}

void add_check(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand(
        "check", "Every mistake with file, line, column and field; what it cannot write 检查");
    command->footer("Example:\n  tongban dialect check dialects/*.yaml\n"
                    "The key of a signature must be there (its environment variable or file).\n"
                    "Exit codes: 0 ok, 2 mistakes.");
    auto files = std::make_shared<std::vector<std::string>>();
    auto json = std::make_shared<bool>(false);
    command->add_option("files", *files, "Dialect files")->required();
    command->add_flag("--json", *json, "Print as JSON");
    command->callback([files, json, &exit_code] { exit_code = check(*files, *json); });
}

void add_try(CLI::App& group, int& exit_code) {
    auto* command =
        group.add_subcommand("try", "Translate a sample: source → value → transform → schema field → value 试译样例");
    command->footer(
        "Example:\n  tongban dialect try --write dialects/jining.yaml messages/JINING-01-gjj-apply.xml\n"
        "A multipart sample needs --content-type 'multipart/form-data; boundary=…', as its first line says it.\n"
        "Exit codes: 0 green, 1 the sample breaks rules or cannot be read, 2 the dialect has mistakes.");
    auto options = std::make_shared<try_options>();
    command->add_option("dialect", options->dialect, "Dialect file")->required();
    command->add_option("sample", options->sample, "A message as the city sends it")->required();
    command->add_option("--content-type", options->content_type,
                        "Its content type, when the dialect has several framings");
    command->add_flag("--write", options->write, "Print the events as this dialect writes them, too");
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = try_sample(*options); });
}

void add_diff(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("diff", "What a change of a dialect does to samples, read and written back 比较");
    command->footer("Example:\n  tongban dialect diff dialects/jining.yaml jining-new.yaml messages/JINING-*\n"
                    "Exit codes: 0 no difference, 1 differences, or no sample that either reads, 2 a dialect has mistakes.");
    auto options = std::make_shared<diff_options>();
    command->add_option("old", options->before, "Dialect file before")->required();
    command->add_option("new", options->after, "Dialect file after")->required();
    command->add_option("samples", options->samples, "Messages")->required();
    command->add_option("--content-type", options->content_types, "Of all samples, or given once for each in their order")
        ->allow_extra_args(false);
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] {
        exit_code = compare(*options);
    });
}

} // namespace

void add_dialect_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("dialect", "Check, try and compare a city's dialect (docs/dialects.md) 报文格式");
    group->footer("Examples:\n  tongban dialect check dialects/jining.yaml\n"
                  "  tongban dialect try dialects/jining.yaml messages/JINING-01-gjj-apply.xml");
    group->require_subcommand(1);
    add_check(*group, exit_code);
    add_try(*group, exit_code);
    add_diff(*group, exit_code);
}

} // namespace tongban::app
