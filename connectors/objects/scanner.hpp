// Asks a scanner of the operator's about a file before it is kept: a command, or an HTTP service. Calls block.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace tongban::objects {

enum class scan_verdict {
    clean,
    refused,     // the scanner found something
    unavailable, // it did not answer in time, or not as it should
};

class scanner {
public:
    virtual ~scanner() = default;
    virtual scan_verdict scan(const std::filesystem::path& file) const = 0;
    virtual std::chrono::milliseconds deadline() const noexcept = 0; // of one scan
};

// Runs `command FILE` without a shell, with nothing of ours but PATH in its environment: exit 0 is clean, 1 is refused,
// all else is unavailable. Killed with what it started at the deadline.
std::unique_ptr<scanner> command_scanner(const std::filesystem::path& command, std::chrono::milliseconds deadline);

// Sends the file with POST: 200 and 204 are clean, 403, 406 and 422 are refused, all else is unavailable.
std::unique_ptr<scanner> http_scanner(const std::string& url, std::chrono::milliseconds deadline);

} // namespace tongban::objects
