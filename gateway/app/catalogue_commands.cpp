// tongban catalogue import, diff, check, show: what a city's engineer works with before a gateway reads a catalogue.
#include "connectors/catalogue/changes.hpp"
#include "connectors/catalogue/field_rules.hpp"
#include "connectors/catalogue/load.hpp"
#include "gateway/app/catalogue_text.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/live_catalogue.hpp"
#include "gateway/app/option_checks.hpp"
#include "security/partner_directory.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace tongban::app {

namespace {

using boost::json::array;
using boost::json::object;
using file_list = std::vector<std::filesystem::path>;

struct timed_result {
    catalogue::load_result read;
    double milliseconds{};
};

timed_result load_timed(const file_list& files, const std::string& partners) {
    std::shared_ptr<const security::partner_directory> directory;
    cases::check_settings settings;
    settings.day = catalogue::china_day();
    if (!partners.empty()) {
        auto read = security::partner_directory::load(partners);
        directory = std::move(read.directory);
        if (!directory) {
            for (const auto& mistake : read.mistakes) {
                std::cerr << mistake.text() << '\n';
            }
            throw CLI::ValidationError("--partners", partners + ": 接入单位文件有错误 / the partner files have mistakes");
        }
        settings = check_settings_for(*directory);
    }
    const auto began = std::chrono::steady_clock::now();
    auto read = catalogue::load_catalogue(files, settings);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    return {std::move(read), took.count()};
}

// The catalogue, or null after its mistakes went to standard error.
std::shared_ptr<const cases::catalogue> load_or_tell(const file_list& files) {
    const auto timed = load_timed(files, "");
    if (!timed.read.loaded) {
        for (const auto& mistake : timed.read.mistakes) {
            std::cerr << mistake.text() << '\n';
        }
    }
    return timed.read.loaded;
}

object summary_json(const timed_result& timed) {
    object summary{{"ok", timed.read.loaded != nullptr},
                   {"bytes", timed.read.bytes},
                   {"milliseconds", timed.milliseconds},
                   {"mistakes", mistakes_json(timed.read.mistakes)}};
    if (timed.read.loaded) {
        summary["version"] = timed.read.loaded->header().version();
        summary["items"] = timed.read.loaded->rows().size();
        summary["agreements"] = timed.read.loaded->agreements().size();
    }
    return summary;
}

void print_summary(const timed_result& timed) {
    for (const auto& mistake : timed.read.mistakes) {
        std::cout << mistake.text() << '\n';
    }
    if (!timed.read.loaded) {
        std::cout << "有错误，不能使用 / refused\n";
        return;
    }
    const auto& known = *timed.read.loaded;
    std::cout << "正确 / ok: 目录 catalogue " << known.header().version() << ", " << known.rows().size()
              << " 个事项版本 item versions, " << known.regions().size() << " 个区划 regions, " << known.agreements().size()
              << " 份协议 agreements, " << timed.read.bytes << " bytes, " << static_cast<long>(timed.milliseconds) << " ms\n";
}

int check(const file_list& files, const std::string& partners, bool json) {
    const auto timed = load_timed(files, partners);
    if (json) {
        std::cout << boost::json::serialize(summary_json(timed)) << '\n';
    } else {
        print_summary(timed);
    }
    return timed.read.loaded ? exit_done : exit_usage;
}

// Written beside and renamed: a gateway that reloads never sees half of it.
void write_file(const std::filesystem::path& file, const std::string& bytes) {
    auto beside = file;
    beside += ".new";
    std::ofstream out(beside, std::ios::binary);
    out << bytes;
    out.close();
    std::error_code failure;
    if (out) {
        std::filesystem::rename(beside, file, failure);
    }
    if (!out || failure) {
        throw CLI::ValidationError(file.string(), "无法写入 / cannot be written");
    }
}

struct import_options {
    file_list files;
    std::string output;
    std::string agreements_output;
    std::string partners;
    bool json = false;
};

// What a table of items has no columns for, so that nobody takes it for the whole catalogue.
std::string left_out(const cases::catalogue& known, bool agreements_written) {
    std::string zh;
    std::string en;
    const auto add = [&](bool there, const std::string& more_zh, const std::string& more_en) {
        if (there) {
            zh += (zh.empty() ? "" : "、") + more_zh;
            en += (en.empty() ? "" : ", ") + more_en;
        }
    };
    const auto agreements = known.agreements().size();
    add(agreements > 0 && !agreements_written, std::to_string(agreements) + " 份协议（用 --agreements-output）",
        std::to_string(agreements) + " agreements (--agreements-output)");
    add(!known.bundles().empty(), std::to_string(known.bundles().size()) + " 个一件事", std::to_string(known.bundles().size()) + " bundles");
    add(!known.header().version().starts_with("sha256:"), "目录版本", "the catalogue's version");
    const auto& classes = known.header().classes();
    add(std::any_of(classes.begin(), classes.end(), [](const auto& one) { return one.name_zh() != one.code(); }), "事项类别名称",
        "names of classes");
    return zh.empty() ? std::string() : "表格中没有：" + zh + " / not in the table: " + en;
}

// Nothing, with what would be lost among the mistakes, when a table would not say what the catalogue says.
void write_catalogue(const import_options& options, bool table, catalogue::load_result& read) {
    const auto& known = *read.loaded;
    const auto items = table ? catalogue::items_csv(known) : catalogue::compile(known);
    const auto agreements = options.agreements_output.empty() ? std::string() : catalogue::agreements_csv(known);
    auto lost = table ? catalogue::lost_in_items_csv(known, items, options.output) : std::vector<dialects::mistake>{};
    if (!options.agreements_output.empty()) {
        std::ranges::move(catalogue::lost_in_agreements_csv(known, agreements, options.agreements_output), std::back_inserter(lost));
    }
    if (!lost.empty()) {
        std::ranges::move(lost, std::back_inserter(read.mistakes));
        read.loaded = nullptr;
        return;
    }
    write_file(options.output, items);
    if (!options.agreements_output.empty()) {
        write_file(options.agreements_output, agreements);
    }
}

int import(const import_options& options) {
    auto timed = load_timed(options.files, options.partners);
    const bool table = options.output.ends_with(".csv");
    if (timed.read.loaded) {
        write_catalogue(options, table, timed.read);
    }
    if (options.json) {
        auto summary = summary_json(timed);
        summary["output"] = options.output;
        std::cout << boost::json::serialize(summary) << '\n';
    } else {
        print_summary(timed);
        if (timed.read.loaded) {
            std::cout << "已写入 / written: " << options.output << '\n';
        }
    }
    if (timed.read.loaded && table) {
        if (const auto missing = left_out(*timed.read.loaded, !options.agreements_output.empty()); !missing.empty()) {
            std::cerr << missing << '\n';
        }
    }
    return timed.read.loaded ? exit_done : exit_usage;
}

int compare(const file_list& before_files, const file_list& after_files, bool json) {
    const auto before = load_or_tell(before_files);
    const auto after = load_or_tell(after_files);
    if (!before || !after) {
        return exit_usage;
    }
    const auto found = catalogue::changes(*before, *after);
    if (json) {
        std::cout << boost::json::serialize(changes_json(found)) << '\n';
    } else {
        print_changes(found, std::cout);
    }
    return found.empty() ? exit_done : exit_refused;
}

struct show_options {
    file_list files;
    std::string region;
    std::string item;
    std::string on;
    std::size_t limit = 50;
    bool all = false;
    bool json = false;
};

int show(const show_options& options) {
    const auto known = load_or_tell(options.files);
    if (!known) {
        return exit_usage;
    }
    const auto day = options.on.empty() ? catalogue::china_day() : cases::day_of(options.on);
    if (!day) {
        throw CLI::ValidationError("--on", "应为日期，如 2026-11-22 / must be a day such as 2026-11-22");
    }
    // One item is shown with all its versions.
    const bool all = options.all || (!options.item.empty() && options.on.empty());
    const catalogue_selection selection{cases::region_number(options.region), options.item, options.limit, *day, all};
    if (const auto why = nothing_selected(*known, selection); !why.empty()) {
        std::cerr << why << '\n';
        return exit_refused;
    }
    if (options.json) {
        std::cout << boost::json::serialize(catalogue_json(*known, selection)) << '\n';
    } else {
        print_catalogue(*known, selection, std::cout);
    }
    return exit_done;
}

constexpr const char* files_help = "YAML, CSV, .xlsx or compiled files; together they are one catalogue";

void add_check(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("check", "Every mistake with file, line, column and field 检查");
    command->footer("Example:\n  tongban catalogue check items.yaml agreements.yaml --partners partners\n"
                    "Exit codes: 0 ok, 2 mistakes.");
    struct check_options {
        file_list files;
        std::string partners;
        bool json = false;
    };
    auto options = std::make_shared<check_options>();
    command->add_option("files", options->files, files_help)->required();
    command->add_option("--partners", options->partners, "Partner files: regions and automatic handlers must be somebody's");
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = check(options->files, options->partners, options->json); });
}

void add_import(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("import", "Tables of the cities become one compiled catalogue, checked whole 导入");
    command->footer("Example:\n  tongban catalogue import 事项.xlsx 材料.csv agreements.yaml --output catalogue.binpb\n"
                    "CSV may be UTF-8 or GB18030. Columns: docs/catalogue.md. An --output that ends in .csv is the items as a "
                    "table again.\nExit codes: 0 written, 2 mistakes (nothing is written).");
    auto options = std::make_shared<import_options>();
    command->add_option("files", options->files, files_help)->required();
    command->add_option("--output", options->output, "File to write; replaced whole")->required();
    command->add_option("--agreements-output", options->agreements_output, "The agreements as a CSV table too");
    command->add_option("--partners", options->partners, "Partner files: regions and automatic handlers must be somebody's");
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = import(*options); });
}

void add_diff(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("diff", "What came, went or changed: items, agreements, bundles, classes 比较");
    command->footer("Examples:\n  tongban catalogue diff catalogue.binpb items.yaml agreements.yaml\n"
                    "  tongban catalogue diff old/items.yaml items.yaml agreements.yaml --old old/agreements.yaml\n"
                    "Exit codes: 0 no difference, 1 differences, 2 mistakes in a file.");
    struct diff_options {
        std::filesystem::path before;
        file_list more_before;
        file_list after;
        bool json = false;
    };
    auto options = std::make_shared<diff_options>();
    command->add_option("old", options->before, "Catalogue before")->required();
    command->add_option("new", options->after, "Catalogue after: one file or several")->required();
    command->add_option("--old", options->more_before, "A further file of the catalogue before: its agreements, materials")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { 
        auto before = options->more_before;
        before.insert(before.begin(), options->before);
        exit_code = compare(before, options->after, options->json);
    });
}

void add_show(CLI::App& group, int& exit_code) {
    auto* command = group.add_subcommand("show", "Items in force, agreements, and the figures of bulletins; or one item with all that is said of it 查看");
    command->footer("Example:\n  tongban catalogue show items.yaml agreements.yaml --region 370800\n"
                    "  tongban catalogue show catalogue.binpb --item 002014008000       # every field of each version\n"
                    "Exit codes: 0 shown, 1 no such item or region, 2 mistakes in a file.");
    auto options = std::make_shared<show_options>();
    command->add_option("files", options->files, files_help)->required();
    command->add_option("--region", options->region, "Only items of this region")->check(region_check());
    command->add_option("--item", options->item, "Only this 实施编码 or 基本编码: all its versions, with every field and its materials");
    auto* on = command->add_option("--on", options->on, "What is in force on this day, instead of today: 2027-01-01");
    command->add_flag("--all", options->all, "Versions that have ended or not yet begun too")->excludes(on);
    command->add_option("--limit", options->limit, "Items shown at most")->capture_default_str()->check(whole_number_check(1));
    command->add_flag("--json", options->json, "Print as JSON");
    command->callback([options, &exit_code] { exit_code = show(*options); });
}

} // namespace

void add_catalogue_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("catalogue", "Import, check and compare item catalogues and agreements (docs/catalogue.md) 事项目录");
    group->footer("Examples:\n  tongban catalogue check items.yaml agreements.yaml\n"
                  "  tongban catalogue show items.yaml agreements.yaml --region 370800");
    group->require_subcommand(1);
    add_import(*group, exit_code);
    add_check(*group, exit_code);
    add_diff(*group, exit_code);
    add_show(*group, exit_code);
}

} // namespace tongban::app
