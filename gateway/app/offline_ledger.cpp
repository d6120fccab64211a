// Kafka topics are never made here, and a view is only opened where there is one.
#include "gateway/app/offline_ledger.hpp"

#include "gateway/app/commands.hpp"
#include "gateway/ledger/rows.hpp"

#include <iostream>
#include <unistd.h>

namespace tongban::app {

namespace fs = std::filesystem;

gateway_settings settings_of(const fs::path& config) {
    auto loaded = load_configuration(config);
    if (!loaded.value) {
        std::string lines;
        for (const auto& mistake : loaded.mistakes) {
            lines += (lines.empty() ? "" : "\n") + mistake.text();
        }
        throw wrong_configuration(lines);
    }
    return loaded.value->gateway;
}

std::unique_ptr<log::event_log> open_ledger_log(const gateway_settings& settings) {
    if (const auto* embedded = std::get_if<log::embedded_settings>(&settings.ledger_log)) {
        return log::open_embedded_log(*embedded);
    }
    auto kafka = std::get<log::kafka_settings>(settings.ledger_log);
    kafka.create_topic = false;
    return log::open_kafka_log(kafka);
}

std::unique_ptr<store::rocks_view_store> open_view(const gateway_settings& settings) {
    if (!fs::exists(settings.view.directory)) {
        return nullptr;
    }
    auto view = std::make_unique<store::rocks_view_store>(settings.view);
    std::string identity;
    const auto found = view->get(ledger::rows::identity(), identity);
    if (found && *found && !ledger::rows::is_of_this_format(identity)) {
        throw std::runtime_error("视图由另一版本的通办写成，启动网关后自动重建 / view directory " + settings.view.directory.string() +
                                 " was written by another version of Tongban: start the gateway, which makes it anew");
    }
    return view;
}

scratch_store::scratch_store(const fs::path& near)
    : path_(near.parent_path() / (near.filename().string() + ".check-" + std::to_string(getpid()))) {
    store::rocks_view_settings settings;
    settings.directory = path_;
    store_ = std::make_unique<store::rocks_view_store>(settings);
}

scratch_store::~scratch_store() {
    store_.reset();
    std::error_code ec;
    fs::remove_all(path_, ec);
}

progress_line::progress_line(std::string what)
    : what_(std::make_shared<const std::string>(std::move(what))) {}

void progress_line::clear() const {
    if (isatty(STDERR_FILENO) != 0) {
        std::cerr << "\r\033[K" << std::flush;
    }
}

void progress_line::operator()(std::uint64_t records, std::uint64_t of_about) const {
    if (isatty(STDERR_FILENO) != 0) {
        std::cerr << "\r\033[K" << *what_ << ": " << records;
        if (of_about > 0) {
            std::cerr << " / " << of_about;
        }
        std::cerr << " 条 records" << std::flush;
    }
}

int with_ledger(const std::function<int()>& work) {
    try {
        return work();
    } catch (const wrong_configuration& e) {
        std::cerr << e.what() << '\n';
        return exit_usage;
    } catch (const std::exception& e) {
        std::cerr << "账本或视图无法打开（嵌入式账本须先停网关） / the ledger or view cannot be opened (on "
                     "the embedded "
                     "ledger stop the gateway first):\n  "
                  << e.what() << '\n';
        return exit_unavailable;
    }
}

} // namespace tongban::app
