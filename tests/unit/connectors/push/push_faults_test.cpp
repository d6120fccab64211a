// What a target or the network can do wrong, and how each ends: with its code, within its deadline.
#include "push_fixture.hpp"

#include <boost/asio/steady_timer.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tongban::testing {
namespace {

using push::errc;
using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

TEST_F(Push, NobodyListens) {
    std::uint16_t port = 0;
    {
        boost::asio::ip::tcp::acceptor freed(io, {boost::asio::ip::address_v4::loopback(), 0});
        port = freed.local_endpoint().port();
    }
    open(target(port));
    EXPECT_TRUE(failed_with(post(), errc::connection_refused, false));
}

TEST_F(Push, ANameThatNobodyHas) {
    auto settings = target(443);
    settings.url = "https://no-such-host.invalid/";
    open(settings);
    EXPECT_TRUE(failed_with(post(), errc::not_resolved, false));
}

// A listener whose queue is full drops further connections.
TEST_F(Push, ConnectingTakesTooLong) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&where), size), 0);
    ASSERT_EQ(::listen(listener, 0), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size), 0);
    std::vector<int> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        static_cast<void>(::connect(fillers.back(), reinterpret_cast<sockaddr*>(&where), size));
    }
    auto settings = target(ntohs(where.sin_port));
    settings.connect_deadline = 100ms;
    open(settings);
    EXPECT_TRUE(failed_with(post(), errc::connect_timeout, false));
    settings.connect_deadline = 1min;
    settings.total_deadline = 100ms;
    open(settings);
    EXPECT_TRUE(failed_with(post(), errc::total_timeout, false));
    for (const int filler : fillers) {
        ::close(filler);
    }
    ::close(listener);
}

TEST_F(Push, ATargetThatNeverAnswers) {
    const auto server = serve([](peer& p) { p.wait_until_closed(); });
    auto settings = target(server->port());
    settings.read_deadline = 100ms;
    open(settings);
    const auto begun = steady::now();
    EXPECT_TRUE(failed_with(post(), errc::read_timeout, true));
    EXPECT_GE(steady::now() - begun, 100ms);
    server->wait_ended(1);
}

TEST_F(Push, ATargetThatReadsNothing) {
    std::atomic<bool> over{false};
    const auto server = serve([&](peer&) { over.wait(false); });
    auto settings = target(server->port());
    settings.read_deadline = 200ms;
    open(settings);
    EXPECT_TRUE(failed_with(post(std::string(32'000'000, 'x')), errc::read_timeout, true));
    over = true;
    over.notify_all();
}

// Ten bytes a second: always within the deadline of a read, so that only the total one ends it.
TEST_F(Push, ATargetThatAnswersTooSlowly) {
    std::atomic<int> sent{0};
    const auto server = serve([&](peer& p) {
        boost::asio::io_context own;
        p.read();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (p.send("x")) {
            ++sent;
            boost::asio::steady_timer(own, 100ms).wait();
        }
    });
    auto settings = target(server->port());
    settings.total_deadline = 1500ms;
    open(settings);
    const auto begun = steady::now();
    EXPECT_TRUE(failed_with(post(), errc::total_timeout, true));
    EXPECT_GE(steady::now() - begun, 1500ms);
    EXPECT_LT(steady::now() - begun, 1min);
    server->wait_ended(1);
    EXPECT_LT(sent, 100000);
}

struct fault_row {
    const char* name;
    std::string bytes; // sent as the answer to a request
    enum class then { close, cut, reset, wait } end;
    errc code;
};

class PushFaults : public Push, public ::testing::WithParamInterface<fault_row> {};

TEST_P(PushFaults, EndAsAFailureThatMayHaveReachedTheTarget) {
    const auto server = serve([](peer& p) {
        p.read();
        p.send(GetParam().bytes);
        switch (GetParam().end) {
        case fault_row::then::close:
            p.close();
            break;
        case fault_row::then::cut:
            p.cut();
            break;
        case fault_row::then::reset:
            p.reset();
            break;
        case fault_row::then::wait:
            p.wait_until_closed();
            break;
        }
    });
    open(target(server->port()));
    // On a new connection nothing is sent twice by itself, repeatable or not.
    EXPECT_TRUE(failed_with(post({"text/plain", "m", {}, true}), GetParam().code, true));
    server->wait_ended(1);
    EXPECT_EQ(server->accepted(), 1);
    EXPECT_EQ(client->statistics().of(GetParam().code), 1U);
    EXPECT_EQ(client->statistics().repeated, 0U);
    EXPECT_EQ(client->statistics().connections_idle, 0U);
}

const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345";

INSTANTIATE_TEST_SUITE_P(
    Rows, PushFaults,
    ::testing::Values(
        fault_row{"ClosedWithoutAnswer", "", fault_row::then::close, errc::closed_early},
        fault_row{"CutWithoutAnswer", "", fault_row::then::cut, errc::closed_early},
        fault_row{"ResetWithoutAnswer", "", fault_row::then::reset, errc::reset},
        fault_row{"ClosedInTheMiddle", half, fault_row::then::close, errc::closed_early},
        fault_row{"CutInTheMiddle", half, fault_row::then::cut, errc::closed_early},
        fault_row{"ResetInTheMiddle", half, fault_row::then::reset, errc::reset},
        // Without close_notify anybody on the way could have shortened it.
        fault_row{"CutWhereTheEndIsTheEnd", "HTTP/1.1 200 OK\r\n\r\nto the", fault_row::then::cut,
                  errc::closed_early},
        fault_row{"CutInTheHeader", "HTTP/1.1 200 OK\r\nContent-", fault_row::then::close,
                  errc::closed_early},
        fault_row{"Garbage", std::string("\x16\x03\x01\0garbage", 11), fault_row::then::wait,
                  errc::malformed},
        fault_row{"Html", "<html>hello</html>", fault_row::then::wait, errc::malformed},
        fault_row{"Http2", "HTTP/2 200\r\n\r\n", fault_row::then::wait, errc::malformed},
        fault_row{"BadLength", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", fault_row::then::wait,
                  errc::malformed},
        fault_row{"TwoLengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                  fault_row::then::wait, errc::malformed},
        fault_row{"LengthAndChunks",
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  fault_row::then::wait, errc::malformed},
        fault_row{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                  fault_row::then::wait, errc::malformed},
        fault_row{"SwitchesProtocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", fault_row::then::wait,
                  errc::malformed},
        fault_row{"EndlessHeader", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'),
                  fault_row::then::wait, errc::answer_too_large},
        fault_row{"EndlessChunkLine",
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x'),
                  fault_row::then::wait, errc::answer_too_large}),
    [](const auto& row) { return row.param.name; });

TEST_F(Push, EndlessInterimAnswersAreNoAnswer) {
    const auto server = serve([](peer& p) {
        p.read();
        while (p.send("HTTP/1.1 102 Processing\r\n\r\n")) {
        }
    });
    open(target(server->port()));
    EXPECT_TRUE(failed_with(post(), errc::malformed, true));
}

// Both ways to send 100 MB; the client goes away at the bound, long before the server is through.
TEST_F(Push, AnAnswerOfAHundredMegabytesIsCutAtTheBound) {
    for (const bool chunked : {false, true}) {
        std::atomic<std::size_t> sent{0};
        const auto server = serve([&](peer& p) {
            p.read();
            p.send(chunked ? "HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n"
                           : "HTTP/1.1 500 Oops\r\nContent-Length: 100000000\r\n\r\n");
            const std::string block(100'000, 'y');
            const std::string part = chunked ? "186a0\r\n" + block + "\r\n" : block;
            while (sent < 100'000'000 && p.send(part)) {
                sent += block.size();
            }
        });
        open(target(server->port()));
        const auto answer = post();
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->status, 500);
        EXPECT_TRUE(answer->truncated);
        EXPECT_EQ(answer->body, std::string(256UL * 1024, 'y'));
        server->wait_ended(1);
        EXPECT_LT(sent, 50'000'000U);
        EXPECT_EQ(client->statistics().answers_truncated, 1U);
        EXPECT_LT(client->statistics().bytes_received, 400'000U);
        EXPECT_EQ(client->statistics().connections_idle, 0U);
    }
}

TEST_F(Push, AnAnswerAsLongAsTheBoundIsWhole) {
    const auto server = serve([](peer& p) {
        while (p.read()) {
            p.answer(std::string(1000, 'z'));
        }
    });
    auto settings = target(server->port());
    settings.answer_bytes_max = 1000;
    open(settings);
    for (int i = 0; i < 2; ++i) {
        const auto answer = post();
        ASSERT_TRUE(answer);
        EXPECT_FALSE(answer->truncated);
        EXPECT_EQ(answer->body.size(), 1000U);
    }
    EXPECT_EQ(server->accepted(), 1);
}

// A target may refuse a large message by its header alone.
TEST_F(Push, AnAnswerBeforeTheMessageWasReadIsTaken) {
    const auto server = serve([&](peer& p) {
        p.read_some();
        p.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        p.wait_until_closed();
    });
    open(target(server->port()));
    const auto answer = post(std::string(20'000'000, 'x'));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 413);
    EXPECT_EQ(client->statistics().connections_idle, 0U);
}

} // namespace
} // namespace tongban::testing
