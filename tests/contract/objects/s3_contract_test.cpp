// The contract on a real S3 server, which tests/install/s3-server builds; and what only a server can do: be gone, refuse.
#include "connectors/objects/s3_store.hpp"
#include "store_contract.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tongban::objects::contract {

namespace {

namespace fs = std::filesystem;

std::uint16_t free_port() {
    const int one = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(one, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::getsockname(one, reinterpret_cast<sockaddr*>(&at), &size), 0);
    ::close(one);
    return ntohs(at.sin_port);
}

// One server on a folder of its own; each world has a bucket of its own.
class server {
public:
    server() : folder_(fs::temp_directory_path() / ("tongban-s3-" + std::to_string(::getpid()))), port_(free_port()) {
        fs::create_directories(folder_ / "data");
        fs::create_directories(folder_ / "meta");
        start();
    }
    ~server() {
        stop();
        fs::remove_all(folder_);
    }
    void start() {
        const char* const program = std::getenv("TONGBAN_S3_SERVER");
        if (program == nullptr || ::access(program, X_OK) != 0) {
            ADD_FAILURE() << "TONGBAN_S3_SERVER names no program: tests/install/s3-server builds it";
            return;
        }
        const auto address = "127.0.0.1:" + std::to_string(port_);
        const auto meta = (folder_ / "meta").string();
        const auto data = (folder_ / "data").string();
        id_ = ::fork();
        if (id_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int nowhere = ::open("/dev/null", O_RDWR);
            ::dup2(nowhere, STDOUT_FILENO);
            ::dup2(nowhere, STDERR_FILENO);
            ::execl(program, program, "--access", "tester", "--secret", "secret of the tests", "--port", address.c_str(),
                    "--quiet", "--keep-alive", "posix", "--sidecar", meta.c_str(), data.c_str(), nullptr);
            ::_exit(127);
        }
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!listens() && std::chrono::steady_clock::now() < until) {
            ::poll(nullptr, 0, 20);
        }
        EXPECT_TRUE(listens()) << "the S3 server does not start";
    }
    void stop() {
        if (id_ > 0) {
            ::kill(id_, SIGKILL);
            ::waitpid(std::exchange(id_, -1), nullptr, 0);
        }
    }
    s3_settings settings() {
        static std::atomic<int> count{0};
        s3_settings made;
        made.endpoint = "http://127.0.0.1:" + std::to_string(port_);
        made.bucket = "bucket-" + std::to_string(count++);
        made.prefix = "files/";
        made.access_key = "tester";
        made.secret_key = "secret of the tests";
        made.part_bytes = 5UL << 20;
        made.stalled_deadline = std::chrono::seconds(5);
        fs::create_directories(folder_ / "data" / made.bucket);
        return made;
    }

private:
    bool listens() const {
        const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(port_);
        const bool there = ::connect(one, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
        ::close(one);
        return there;
    }

    fs::path folder_;
    std::uint16_t port_;
    pid_t id_ = -1;
};

server& one_server() {
    static server one;
    return one;
}

world make() {
    const auto settings = one_server().settings();
    return {open_s3_store(settings), [settings] { return open_s3_store(settings); }, nullptr};
}

INSTANTIATE_TEST_SUITE_P(s3, object_store_contract, ::testing::Values(adapter{"s3", make, 12'000'001}));

TEST(S3Store, AServerThatIsGoneIsUnavailableAndComesBack) {
    const auto store = open_s3_store(one_server().settings());
    const auto name = name_of("kept");
    ASSERT_TRUE(store->put(name, *source_of_bytes("kept")));
    one_server().stop();
    std::string into(4, '\0');
    EXPECT_EQ(store->put(name_of("x"), *source_of_bytes("x")).error(), errc::unavailable);
    EXPECT_EQ(store->read(name, 0, into).error(), errc::unavailable);
    EXPECT_EQ(store->stat(name).error(), errc::unavailable);
    EXPECT_EQ(store->remove(name).error(), errc::unavailable);
    EXPECT_EQ(store->list("", 1).error(), errc::unavailable);
    one_server().start();
    ASSERT_TRUE(store->read(name, 0, into));
    EXPECT_EQ(into, "kept");
}

TEST(S3Store, WrongCredentialsAndAMissingBucketAreDenied) {
    auto settings = one_server().settings();
    settings.secret_key = "wrong";
    EXPECT_EQ(open_s3_store(settings)->list("", 1).error(), errc::denied);
    EXPECT_EQ(open_s3_store(settings)->put(name_of("x"), *source_of_bytes("x")).error(), errc::denied);
    settings = one_server().settings();
    settings.bucket = "no-such-bucket";
    EXPECT_EQ(open_s3_store(settings)->list("", 1).error(), errc::denied);
    EXPECT_EQ(open_s3_store(settings)->put(name_of("x"), *source_of_bytes("x")).error(), errc::denied);
}

} // namespace
} // namespace tongban::objects::contract
