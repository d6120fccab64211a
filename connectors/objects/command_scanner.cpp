// The operator's command, without a shell, in a process group of its own so that all of it ends at the deadline.
#include "connectors/objects/scanner.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace tongban::objects {

namespace {

// A process group of its own, so that all of it ends at the deadline.
class child {
public:
    child(const std::string& command, const std::string& file) {
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_t actions;
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0);
        }
        std::array<char*, 3> arguments{const_cast<char*>(command.c_str()), const_cast<char*>(file.c_str()), nullptr};
        const char* const path = "PATH=/usr/local/bin:/usr/bin:/bin";
        std::array<char*, 2> environment{const_cast<char*>(path), nullptr};
        if (::posix_spawn(&id_, command.c_str(), &actions, &attributes, arguments.data(), environment.data()) != 0) {
            id_ = -1;
        }
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    ~child() {
        if (id_ > 0) {
            ::kill(-id_, SIGKILL);
            while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
            }
        }
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    // The exit code, or -1: not in time, or ended by a signal.
    int wait(std::chrono::milliseconds deadline) {
        const int watched = id_ > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)) : -1;
        if (watched < 0) {
            return -1;
        }
        pollfd ended{watched, POLLIN, 0};
        const auto until = std::chrono::steady_clock::now() + deadline;
        int ready = -1;
        do {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
            ready = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        } while (ready < 0 && errno == EINTR);
        ::close(watched);
        int status = 0;
        if (ready != 1 || ::waitpid(id_, &status, 0) != id_) {
            return -1;
        }
        ::kill(-std::exchange(id_, -1), SIGKILL); // what it left behind
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    pid_t id_ = -1;
};

class by_command final : public scanner {
public:
    by_command(std::string command, std::chrono::milliseconds deadline)
        : command_(std::move(command)), deadline_(deadline) {}
    scan_verdict scan(const std::filesystem::path& file) const override {
        child running(command_, file.string());
        switch (running.wait(deadline_)) {
        case 0: return scan_verdict::clean;
        case 1: return scan_verdict::refused;
        default: return scan_verdict::unavailable;
        }
    }

    std::chrono::milliseconds deadline() const noexcept override { return deadline_; }

private:
    const std::string command_;
    const std::chrono::milliseconds deadline_;
};

} // namespace

std::unique_ptr<scanner> command_scanner(const std::filesystem::path& command, std::chrono::milliseconds deadline) {
    return std::make_unique<by_command>(command.string(), deadline);
}

} // namespace tongban::objects
