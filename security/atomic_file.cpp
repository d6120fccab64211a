#include "security/atomic_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <unistd.h>

namespace tongban::security {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
    throw std::runtime_error(file.string() + ": cannot be " + what + ": " + std::strerror(errno));
}

class descriptor {
public:
    explicit descriptor(int value) : value_(value) {}
    ~descriptor() {
        if (value_ >= 0)
            ::close(value_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const noexcept { return value_; }

private:
    int value_;
};

void write_whole(const std::filesystem::path& file, std::string_view text, mode_t mode) {
    const descriptor out(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode));
    if (out.get() < 0)
        fail(file, "created");
    while (!text.empty()) {
        const ssize_t written = ::write(out.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            fail(file, "written");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(out.get()) != 0)
        fail(file, "written");
}

} // namespace

void write_atomically(const std::filesystem::path& file, std::string_view text, mode_t mode) {
    const std::filesystem::path beside = file.string() + ".new-" + std::to_string(::getpid());
    ::unlink(beside.c_str());
    try {
        write_whole(beside, text, mode);
        if (::rename(beside.c_str(), file.c_str()) != 0)
            fail(file, "replaced");
    } catch (...) {
        ::unlink(beside.c_str());
        throw;
    }
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || ::fsync(directory.get()) != 0)
        fail(folder, "written");
}

folder_lock::folder_lock(const std::filesystem::path& folder)
    : descriptor_(::open((folder / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0)
        fail(folder / ".lock", "opened");
    while (::flock(descriptor_, LOCK_EX) != 0)
        if (errno != EINTR) {
            ::close(descriptor_);
            fail(folder / ".lock", "locked");
        }
}

folder_lock::~folder_lock() {
    ::close(descriptor_);
}

} // namespace tongban::security
