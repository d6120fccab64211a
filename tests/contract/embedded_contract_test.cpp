// The contract on the embedded log, each ledger in a folder of its own.
#include "connectors/log/embedded_log.hpp"
#include "tests/contract/event_log_contract.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tongban::log::contract {

namespace {

class embedded_place final : public ledger_place {
public:
    explicit embedded_place(std::size_t tail_bytes_max) : tail_bytes_max_(tail_bytes_max) {
        std::string pattern = (std::filesystem::temp_directory_path() / "tongban-contract-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), pattern);
        directory_ = pattern;
    }
    ~embedded_place() override {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

    std::unique_ptr<event_log> open(const log_options& options) override {
        embedded_settings settings;
        settings.directory = directory_ / "ledger";
        settings.partitions = options.partitions;
        settings.record_bytes_max = options.record_bytes_max;
        settings.backlog_records_max = options.backlog_records_max;
        settings.backlog_bytes_max = options.backlog_bytes_max;
        settings.tail_bytes_max = tail_bytes_max_;
        return open_embedded_log(settings);
    }

private:
    std::filesystem::path directory_;
    const std::size_t tail_bytes_max_;
};

adapter embedded(std::string name, std::size_t tail_bytes_max) {
    return {std::move(name), [tail_bytes_max] { return std::make_unique<embedded_place>(tail_bytes_max); }};
}

} // namespace

// Once as it is used, once with next to nothing kept in memory, so that readers change between memory and
// disk.
INSTANTIATE_TEST_SUITE_P(embedded, event_log_contract,
                         testing::Values(embedded("usual", 8 * 1024 * 1024), embedded("short_tail", 2000)),
                         [](const auto& tested) { return tested.param.name; });

} // namespace tongban::log::contract
