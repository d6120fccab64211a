// tongban materials: the files of cases, seen from the command line with the gateway stopped.
#include "gateway/app/commands.hpp"
#include "gateway/app/offline_ledger.hpp"
#include "gateway/materials/collection.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ctime>
#include <iostream>

namespace tongban::app {

namespace {

struct options {
    std::string config;
    bool json = false;
    bool remove = false;
};

struct opened {
    gateway_settings settings;
    std::unique_ptr<store::rocks_view_store> rows;
    std::shared_ptr<objects::object_store> store;
};

opened open(const options& given) {
    opened made{settings_of(given.config), nullptr, nullptr};
    made.rows = open_view(made.settings);
    if (!made.rows) {
        throw std::runtime_error("没有视图，请先启动网关 / there is no view: start the gateway once");
    }
    made.store = open_objects(made.settings.objects);
    return made;
}

std::string time_text(std::chrono::system_clock::time_point at) {
    const auto seconds = std::chrono::system_clock::to_time_t(at);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

int failed(const boost::system::error_code& error) {
    std::cerr << "材料库或视图无法读取 / the store or the view cannot be read: " << error.message() << '\n';
    return exit_unavailable;
}

// What the view has not seen yet may reference what looks unreferenced.
bool view_is_whole(const opened& parts) {
    const auto log = open_ledger_log(parts.settings);
    const auto end = log->end(std::chrono::seconds(30));
    const auto positions = ledger::view(*parts.rows).positions();
    log->close(std::chrono::milliseconds(1000));
    return end && positions && *end == *positions;
}

int list(const options& given) {
    const auto parts = open(given);
    const auto line = [&](const materials::stored_file& file) {
        if (given.json) {
            std::cout << boost::json::serialize(boost::json::object{{"sha256", file.facts.name},
                                                                    {"size", file.facts.size},
                                                                    {"written_at", time_text(file.facts.written_at)},
                                                                    {"referenced", file.referenced},
                                                                    {"old", file.old}})
                      << '\n';
        } else {
            std::cout << file.facts.name << "  " << time_text(file.facts.written_at) << "  " << file.facts.size << "  "
                      << (file.referenced ? "有办件引用 referenced"
                          : file.old    ? "无引用，可清理 unreferenced, old"
                                        : "无引用 unreferenced")
                      << '\n';
        }
        return std::cout.good();
    };
    const auto done = materials::collect(*parts.store, ledger::material_view(*parts.rows),
                                         parts.settings.materials.unreferenced_age_max, false, line);
    if (done && done->files == 0 && !given.json) {
        std::cout << "没有文件 / no files\n";
    }
    return done ? exit_done : failed(done.error());
}

int collect(const options& given) {
    const auto parts = open(given);
    std::uint64_t old = 0;
    const auto count = [&](const materials::stored_file& file) {
        old += !file.referenced && file.old ? 1 : 0;
        return true;
    };
    if (given.remove && !view_is_whole(parts)) {
        std::cerr << "视图落后于账本，请先启动网关再停止 / the view is behind the ledger: start the gateway, then stop it\n";
        return exit_unavailable;
    }
    const auto done = materials::collect(*parts.store, ledger::material_view(*parts.rows),
                                         parts.settings.materials.unreferenced_age_max, given.remove, count);
    if (!done) {
        return failed(done.error());
    }
    if (given.json) {
        std::cout << boost::json::serialize(boost::json::object{{"files", done->files},
                                                                {"bytes", done->bytes},
                                                                {"unreferenced", done->unreferenced},
                                                                {"unreferenced_bytes", done->unreferenced_bytes},
                                                                {"old", old},
                                                                {"removed", done->removed},
                                                                {"removed_bytes", done->removed_bytes}})
                  << '\n';
    } else {
        std::cout << "材料清理：" << done->files << " 个文件，无引用 " << done->unreferenced << " 个，其中已到期 " << old << " 个，已清理 "
                  << done->removed << " 个（" << done->removed_bytes << " 字节）" << (given.remove ? "" : "；加 --remove 才清理")
                  << "\nmaterials gc: " << done->files << " files, " << done->unreferenced << " unreferenced, " << old
                  << " of them old enough, " << done->removed << " removed (" << done->removed_bytes << " bytes)"
                  << (given.remove ? "" : "; --remove removes them") << '\n';
    }
    return exit_done;
}

int verify(const options& given) {
    const auto parts = open(given);
    const progress_line progress("materials verify");
    const auto done = materials::verify(*parts.store, ledger::material_view(*parts.rows),
                                        [&](const materials::verification& so_far) { progress(so_far.files, 0); });
    progress.clear();
    if (!done) {
        return failed(done.error());
    }
    for (const auto& name : done->damaged) {
        std::cout << "已损坏 damaged " << name << '\n';
    }
    for (const auto& name : done->missing) {
        std::cout << "缺失 missing " << name << '\n';
    }
    std::cout << "材料核验：" << done->files << " 个文件，" << done->bytes << " 字节，已损坏 " << done->damaged.size() << " 个；有办件引用 "
              << done->referenced << " 个，其中缺失 " << done->missing.size() << " 个\nmaterials verify: " << done->files << " files, " << done->bytes << " bytes, " << done->damaged.size()
              << " damaged; " << done->referenced << " referenced, " << done->missing.size()
              << " of them missing\n";
    return done->damaged.empty() && done->missing.empty() ? exit_done : exit_refused;
}

void add(CLI::App& group, const char* name, const char* about, int (*run)(const options&), int& exit_code) {
    auto* command = group.add_subcommand(name, about);
    const auto given = std::make_shared<options>();
    command->add_option("--config", given->config, "The configuration file")->required();
    if (run != verify) {
        command->add_flag("--json", given->json, "As JSON");
    }
    if (run == collect) {
        command->add_flag("--remove", given->remove, "Remove them; without it they are only counted");
    }
    const auto example = std::string("  tongban materials ") + name + " --config tongban.yaml";
    command->footer((run == collect ? "Examples:\n" + example + "\n" + example + " --remove" : "Example:\n" + example) + "\n"
                    "The gateway must be stopped, and its view whole; a running one collects by itself.\n"
                    "Exit codes: 0 done, 1 something is damaged or missing, 2 configuration, 3 not reachable or not available now.");
    command->callback([given, run, &exit_code] {
        exit_code = with_ledger([&] { return run(*given); });
    });
}

} // namespace

void add_materials_commands(CLI::App& app, int& exit_code) {
    auto* group = app.add_subcommand("materials", "Files of cases: list, collect, verify 材料");
    group->footer("Example:\n  tongban materials verify --config tongban.yaml");
    group->require_subcommand(1);
    add(*group, "list", "Every file, and whether a case references it 列出", list, exit_code);
    add(*group, "gc", "Files that no case references and that are old enough: count, or remove 清理", collect, exit_code);
    add(*group, "verify", "Read every file: is it what its name says, is all there that cases reference 核验", verify, exit_code);
}

} // namespace tongban::app
