// Process handling of the quick start.
#include "gateway/app/child_gateway.hpp"

#include "gateway/app/https_client.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

extern char** environ;

namespace tongban::app {

child_gateway::child_gateway(const std::filesystem::path& config, const std::filesystem::path& log_file) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID); // Ctrl-C reaches the quick start alone, which stops us
    std::string self = "/proc/self/exe";
    std::string serve = "serve";
    std::string option = "--config";
    std::string file = config.string();
    char* arguments[] = {self.data(), serve.data(), option.data(), file.data(), nullptr};
    const int error = posix_spawn(&pid_, self.c_str(), &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        throw std::runtime_error(std::string("无法启动网关 / cannot start the gateway: ") + std::strerror(error));
    }
}

child_gateway::~child_gateway() {
    if (!left_ && pid_ > 0) {
        stop();
    }
}

bool child_gateway::wait_ready(const std::string& operations_url, int seconds) {
    client_identity identity;
    identity.url = operations_url;
    client_request request;
    request.target = "/readyz";
    request.timeout_s = 2;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto reply = exchange(identity, request); reply && reply->ok()) {
            return true;
        }
        if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
}

int child_gateway::stop() {
    if (pid_ <= 0) {
        return -1;
    }
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::uint16_t free_port(std::uint16_t wanted) {
    for (const std::uint16_t port : {wanted, std::uint16_t{0}}) {
        const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        socklen_t length = sizeof address;
        const bool bound = bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                           getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0;
        close(descriptor);
        if (bound) {
            return ntohs(address.sin_port);
        }
    }
    throw std::runtime_error("127.0.0.1 上没有空闲端口 / no free port on 127.0.0.1");
}

} // namespace tongban::app
