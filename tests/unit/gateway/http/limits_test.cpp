// Clients that are slow, silent or many: bounded, counted, and no concern of the others.
#include "running_server.hpp"

#include "monitoring/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace tongban::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string limits = "tongban_http_limit_total";

// All deadlines long but the one under test: another that bites would show.
running_server::setup with(std::chrono::milliseconds http::listener_settings::*deadline) {
    running_server::setup setup;
    for (const auto each : {&http::listener_settings::handshake_timeout, &http::listener_settings::header_timeout,
                            &http::listener_settings::body_timeout, &http::listener_settings::idle_timeout,
                            &http::listener_settings::write_timeout}) {
        setup.settings.*each = 60s;
    }
    setup.settings.*deadline = 100ms;
    return setup;
}

void expect_others_unaffected(const running_server& s) {
    EXPECT_EQ(s.connect()->ask(post("/v1/messages", "others")).body, "others");
}

TEST(Deadline, OfTheHandshake) {
    running_server s(with(&http::listener_settings::handshake_timeout));
    raw_client silent(s.port(), {});
    EXPECT_TRUE(silent.at_end()) << silent.error();
    EXPECT_EQ(s.value(limits, "limit=\"handshake_timeout\""), 1);
    EXPECT_EQ(s.value("tongban_tls_handshakes_total", "result=\"timeout\""), 1);
}

TEST(Deadline, OfTheHeader) {
    running_server s(with(&http::listener_settings::header_timeout));
    const auto slow = s.connect();
    slow->send("POST /v1/messages HT");
    const answer a = slow->read();
    EXPECT_EQ(a.status, 408);
    EXPECT_TRUE(a.closes());
    EXPECT_TRUE(slow->at_end());
    EXPECT_EQ(s.value(limits, "limit=\"header_timeout\""), 1);
    expect_others_unaffected(s);
}

TEST(Deadline, OfTheHeaderIsNotProlongedByEachByte) {
    running_server s(with(&http::listener_settings::header_timeout));
    const auto slowloris = s.connect();
    slowloris->send("GET /v1/cases/1 HTTP/1.1\r\nX: ");
    const auto began = std::chrono::steady_clock::now();
    while (slowloris->send("a") && s.value(limits, "limit=\"header_timeout\"") < 1) {
        ASSERT_LT(std::chrono::steady_clock::now() - began, 20s);
    }
    EXPECT_EQ(slowloris->read().status, 408);
}

TEST(Deadline, OfTheBody) {
    running_server s(with(&http::listener_settings::body_timeout));
    const auto slow = s.connect();
    slow->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\nhalf");
    const answer a = slow->read();
    EXPECT_EQ(a.status, 408);
    EXPECT_THAT(a.body, HasSubstr("\"limit\":\"body_timeout\""));
    EXPECT_TRUE(slow->at_end());
    expect_others_unaffected(s);
}

TEST(Deadline, OfAnIdleConnection) {
    running_server s(with(&http::listener_settings::idle_timeout));
    const auto idle = s.connect();
    EXPECT_EQ(idle->ask(post("/v1/messages", "x")).status, 202);
    EXPECT_TRUE(idle->at_end());
    EXPECT_EQ(s.value(limits, "limit=\"idle_timeout\""), 1);
}

TEST(Deadline, OfAClientThatNeverReads) {
    running_server s(with(&http::listener_settings::write_timeout));
    raw_client::options o = s.as(s.client());
    o.receive_buffer = 4096;
    raw_client deaf(s.port(), o);
    // More than the socket buffers of both sides take.
    deaf.send(get("/v1/big?bytes=30000000"));
    EXPECT_TRUE(s.reaches(limits, "limit=\"write_timeout\"", 1));
    EXPECT_TRUE(eventually([&] { return s.open_connections() == 0; }));
    expect_others_unaffected(s);
}

TEST(Deadline, NeverReadingPipelinerIsNotServedFurther) {
    running_server s(with(&http::listener_settings::write_timeout));
    raw_client::options o = s.as(s.client());
    o.receive_buffer = 4096;
    o.patience = 1s;
    raw_client deaf(s.port(), o);
    std::string all;
    for (int i = 0; i < 100; ++i) {
        all += get("/v1/big?bytes=1000000");
    }
    deaf.send(all);
    EXPECT_TRUE(s.reaches(limits, "limit=\"write_timeout\"", 1));
    EXPECT_LT(s.value("tongban_http_requests_total", "route=\"/v1/big\",status=\"2xx\""), 50);
}

TEST(Limit, OfConnections) {
    running_server::setup setup;
    setup.settings.connections_max = 3;
    running_server s(setup);
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(s.connect());
        ASSERT_EQ(clients.back()->ask(post("/v1/messages", "x")).status, 202);
    }
    for (const auto& client : clients) {
        client->send(get("/v1/gate"));
    }
    ASSERT_TRUE(s.gate_holds(3));
    EXPECT_FALSE(s.connect()->connected());
    EXPECT_EQ(s.value(limits, "limit=\"connections\""), 1);
    s.open_gate();
    for (const auto& client : clients) {
        EXPECT_EQ(client->read().body, "open\n");
    }
}

TEST(Limit, OfConnectionsClosesTheOneThatIdledLongest) {
    running_server::setup setup;
    setup.settings.threads = 1;
    setup.settings.connections_max = 3;
    running_server s(setup);
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(s.connect());
        ASSERT_EQ(clients.back()->ask(post("/v1/messages", "x")).status, 202);
    }
    ASSERT_EQ(clients[0]->ask(post("/v1/messages", "used again")).status, 202);
    const auto further = s.connect();
    EXPECT_EQ(further->ask(post("/v1/messages", "x")).status, 202);
    EXPECT_TRUE(clients[1]->at_end()) << clients[1]->error();
    EXPECT_EQ(clients[0]->ask(post("/v1/messages", "y")).body, "y");
    EXPECT_EQ(clients[2]->ask(post("/v1/messages", "z")).body, "z");
}

TEST(Limit, OfHandshakesHoldsOthersBackUntilSlowOnesAreCut) {
    running_server::setup setup;
    setup.settings.threads = 1;
    setup.settings.handshakes_max = 4;
    setup.settings.handshake_timeout = 2000ms; // a tenth of it when all slots are taken
    running_server s(setup);
    const auto established = s.connect();
    ASSERT_EQ(established->ask(post("/v1/messages", "x")).status, 202);
    std::vector<std::unique_ptr<raw_client>> silent;
    for (int i = 0; i < 8; ++i) {
        silent.push_back(std::make_unique<raw_client>(s.port(), raw_client::options{}));
    }
    ASSERT_TRUE(s.reaches(limits, "limit=\"handshakes\"", 1));
    EXPECT_LE(s.open_connections(), 5U);
    EXPECT_EQ(established->ask(post("/v1/messages", "y")).body, "y");
    expect_others_unaffected(s);
    EXPECT_GE(s.value(limits, "limit=\"handshake_timeout\""), 4);
}

long resident_kb() {
    long pages = 0;
    std::ifstream statm("/proc/self/statm");
    statm >> pages >> pages;
    return pages * (::sysconf(_SC_PAGESIZE) / 1024);
}

// What a sanitizer adds to each allocation.
constexpr long overhead =
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    10;
#else
    1;
#endif

// Bounded by descriptors: each connection takes two in this process.
int many() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<int>(std::min<rlim_t>(5000, (limit.rlim_max - 100) / 2));
}

TEST(Limit, ThousandsOfSlowClientsAreHeldAndServedOn) {
    running_server::setup setup;
    setup.settings.mutual_tls = false; // the client's TLS would need more memory than the server's
    setup.settings.header_timeout = 60s;
    running_server s(setup);
    const int count = many();
    std::vector<std::unique_ptr<raw_client>> clients;
    const long before = resident_kb();
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::make_unique<raw_client>(s.port(), raw_client::options{}));
        ASSERT_TRUE(clients.back()->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nX: "));
    }
    ASSERT_TRUE(eventually([&] { return s.open_connections() == static_cast<std::size_t>(count); }));
    // A block, a parser and a frame each.
    EXPECT_LT(resident_kb() - before, count * 40L * overhead);
    EXPECT_EQ(raw_client(s.port(), {}).ask(post("/v1/messages", "others")).body, "others");
    for (const auto& client : clients) {
        client->send("y\r\nContent-Length: 2\r\n\r\nok");
    }
    for (const auto& client : clients) {
        ASSERT_EQ(client->read().body, "ok");
    }
    const long with_buffers = resident_kb();
    for (const auto& client : clients) {
        ASSERT_EQ(client->ask(post("/v1/messages", "again")).body, "again");
    }
    EXPECT_LT(resident_kb() - with_buffers, count * 4L * overhead); // idle ones keep no buffers
}

TEST(Drain, LetsRequestsUnderWayFinishAndClosesTheRest) {
    running_server s;
    const auto busy = s.connect();
    const auto idle = s.connect();
    ASSERT_EQ(idle->ask(post("/v1/messages", "x")).status, 202);
    ASSERT_EQ(busy->ask(post("/v1/messages", "x")).status, 202);
    busy->send(get("/v1/gate"));
    const auto half = s.connect();
    half->send("POST /v1/messages HTTP/1.1\r\nHost: g\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    ASSERT_EQ(half->read().status, 100);
    half->send("ha");
    ASSERT_TRUE(s.gate_holds(1));
    std::thread draining([&] { s.server().drain(20s); });
    EXPECT_TRUE(idle->at_end()) << idle->error();
    EXPECT_FALSE(s.connect()->connected());
    half->send("lf");
    const answer finished = half->read();
    EXPECT_EQ(finished.body, "half");
    EXPECT_TRUE(finished.closes());
    s.open_gate();
    const answer last = busy->read();
    EXPECT_EQ(last.body, "open\n");
    EXPECT_TRUE(last.closes());
    EXPECT_TRUE(busy->at_end());
    draining.join();
    EXPECT_EQ(s.open_connections(), 0U);
}

TEST(Drain, EndsAtItsDeadline) {
    running_server s;
    const auto stuck = s.connect();
    stuck->send(get("/v1/gate"));
    ASSERT_TRUE(s.gate_holds(1));
    const auto began = std::chrono::steady_clock::now();
    s.server().drain(200ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    EXPECT_EQ(s.open_connections(), 1U); // it dies with the server
}

TEST(Limit, OfLinesAboutRefusedConnections) {
    running_server::setup setup;
    setup.settings.threads = 1;
    running_server s(setup);
    ::testing::internal::CaptureStderr();
    monitoring::start_log(monitoring::severity::warning);
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) {
        raw_client plain(s.port(), {});
        plain.send("not TLS at all\r\n");
        plain.read();
    }
    monitoring::stop_log();
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(s.reaches("tongban_tls_handshakes_total", "result=\"protocol\"", 200));
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
    std::size_t lines = 0;
    for (std::size_t at = log.find("tls_handshake_failed"); at != std::string::npos;
         at = log.find("tls_handshake_failed", at + 1)) {
        ++lines;
    }
    EXPECT_GE(lines, 20U);
    EXPECT_LE(lines, 20U * (static_cast<std::size_t>(took.count()) + 2));
}

TEST(RequestLog, HoldsRouteAndIdsButNothingOfThePerson) {
    running_server s;
    ::testing::internal::CaptureStderr();
    monitoring::start_log(monitoring::severity::info);
    {
        const auto client = s.connect();
        client->ask(post("/v1/cases/370802199001011234/claim?name=%E7%8E%8B%E8%8A%B3", "张三",
                         "X-Request-Id: 370802199001011234\r\nIdempotency-Key: 13800138000\r\n"));
        client->ask(get("/v1/boom", "X-Request-Id: request-of-boom\r\n"));
        client->ask(get("/v1/nowhere/370802199001011234"));
    }
    EXPECT_TRUE(eventually([&] { return s.open_connections() == 0; }));
    monitoring::stop_log();
    const std::string log = ::testing::internal::GetCapturedStderr();
    for (const char* secret : {"370802199001011234", "13800138000", "张三", "王芳", "%E7", "secret"}) {
        EXPECT_THAT(log, Not(HasSubstr(secret)));
        EXPECT_THAT(s.metrics().render(), Not(HasSubstr(secret)));
    }
    EXPECT_THAT(log, HasSubstr("\"route\":\"/v1/cases/{id}/claim\",\"status\":200"));
    EXPECT_THAT(log, HasSubstr("\"request_id\":\"request-of-boom\""));
    EXPECT_THAT(log, HasSubstr("\"event\":\"handler_exception\""));
    EXPECT_THAT(log, HasSubstr("\"route\":\"none\",\"status\":404"));
}

} // namespace
} // namespace tongban::testing
