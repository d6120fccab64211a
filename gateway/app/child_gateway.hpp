// A gateway running as a child process of the quick start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace tongban::app {

class child_gateway {
public:
    // Starts this very binary as `serve --config <config>`, its standard error into `log_file`. Throws
    // std::runtime_error when it cannot be started.
    child_gateway(const std::filesystem::path& config, const std::filesystem::path& log_file);
    // Stops it unless left_running().
    ~child_gateway();
    child_gateway(const child_gateway&) = delete;

    // True when the operations listener says ready; false when the child ended or the time is over.
    bool wait_ready(const std::string& operations_url, int seconds);
    // SIGTERM, and waits; gives its exit code.
    int stop();
    void leave_running() noexcept { left_ = true; }
    pid_t pid() const noexcept { return pid_; }

private:
    pid_t pid_ = -1;
    bool left_ = false;
};

// A TCP port of 127.0.0.1 that is free now: `wanted` when it is, else another.
std::uint16_t free_port(std::uint16_t wanted);

} // namespace tongban::app
