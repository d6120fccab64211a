// A program of ours as a child process, to be stopped or killed at any moment; its output line by line.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tongban::kafka {

class child_process {
public:
    // The program's path, then its arguments. Throws when it cannot be started.
    explicit child_process(std::vector<std::string> command);
    ~child_process(); // kills
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    void signal(int number);
    void kill(); // SIGKILL, and until it is gone
    // All whole lines so far.
    std::vector<std::string> lines() const;
    // The last whole line; empty when there is none.
    std::string last_line() const;

private:
    pid_t child_ = 0;
    std::FILE* output_ = nullptr;
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
    std::thread reader_;
};

} // namespace tongban::kafka
