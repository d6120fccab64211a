// One write(2) a line: what was written is there when the process is killed.
#include "gateway/emulator/journal.hpp"

#include <boost/json/serialize.hpp>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace tongban::emulator {

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

journal::journal(const std::filesystem::path& file, std::string by) : by_(std::move(by)) {
    if (file.empty()) {
        return;
    }
    descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
        throw std::runtime_error(file.string() + ": 无法写入 / cannot be written: " + std::strerror(errno));
    }
}

journal::~journal() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

void journal::write(boost::json::object line) {
    const std::lock_guard lock(mutex_);
    if (descriptor_ < 0) {
        return;
    }
    line["at_ms"] = now_ms();
    line["by"] = by_;
    const auto text = boost::json::serialize(line) + '\n';
    if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        ++lost_;
    }
}

std::uint64_t journal::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

} // namespace tongban::emulator
