// See child_process.hpp.
#include "tests/contract/kafka_ports/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

extern char** environ;

namespace tongban::kafka {

child_process::child_process(std::vector<std::string> command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (std::string& each : command)
        arguments.push_back(each.data());
    arguments.push_back(nullptr);
    const int failure =
        ::posix_spawn(&child_, command[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failure != 0) {
        ::close(ends[0]);
        throw std::system_error(failure, std::generic_category(), command[0]);
    }
    output_ = ::fdopen(ends[0], "r");
    reader_ = std::thread([this] {
        std::string line;
        for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
            if (c != '\n') {
                line.push_back(static_cast<char>(c));
                continue;
            }
            const std::scoped_lock lock(mutex_);
            lines_.push_back(std::exchange(line, {}));
        }
    });
}

child_process::~child_process() {
    kill();
    reader_.join();
    std::fclose(output_);
}

void child_process::signal(int number) {
    if (child_ != 0)
        ::kill(child_, number);
}

void child_process::kill() {
    if (child_ == 0)
        return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
}

std::vector<std::string> child_process::lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
}

std::string child_process::last_line() const {
    const std::scoped_lock lock(mutex_);
    return lines_.empty() ? std::string() : lines_.back();
}

} // namespace tongban::kafka
