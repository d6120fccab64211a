// Kept connections: how many, for how long, what happens when the target closes one, and how everything ends.
#include "connectors/push/connection.hpp"
#include "push_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <future>

namespace tongban::testing {
namespace {

using push::errc;
using namespace std::chrono_literals;

const push::push_request once{"text/plain", "m", {}, false};
const push::push_request repeatable{"text/plain", "m", {{"Idempotency-Key", "d-1"}}, true};

// Opened by the test when scripts may go on.
class gate {
public:
    void open() {
        open_ = true;
        open_.notify_all();
    }
    void pass() const { open_.wait(false); }

private:
    std::atomic<bool> open_{false};
};

TEST_F(Push, ATargetThatClosedAnIdleConnectionIsConnectedAnew) {
    const auto server = serve([](peer& p) {
        p.read();
        p.answer("n" + std::to_string(p.number()));
        p.close();
    });
    open(target(server->port()));
    for (int i = 0; i < 3; ++i) {
        const auto answer = post(once);
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->body, "n" + std::to_string(i));
        server->wait_ended(i + 1); // the close has arrived
    }
    EXPECT_EQ(client->statistics().connections_dropped, 2U);
    EXPECT_EQ(client->statistics().repeated, 0U) << "nothing had been sent on the closed ones";
}

TEST_F(Push, AnAnswerThatNobodyAskedForIsNotTakenForTheNext) {
    gate planted;
    const auto server = serve([&](peer& p) {
        p.read();
        p.answer("right");
        if (p.number() == 0) {
            p.answer("planted");
            p.wait_delivered();
            planted.open();
        }
        p.wait_until_closed();
    });
    open(target(server->port()));
    EXPECT_EQ(post(once)->body, "right");
    planted.pass();
    EXPECT_EQ(post(once)->body, "right");
    EXPECT_EQ(server->accepted(), 2);
}

// The target takes the request on the kept connection and closes without an answer.
class breaking_server {
public:
    explicit breaking_server(bool reset) : reset_(reset) {}
    void operator()(peer& p) const {
        while (p.read()) {
            if (p.number() == 0 && *asked_ == 1) {
                ++*asked_;
                if (reset_) {
                    p.reset();
                } else {
                    p.close();
                }
                return;
            }
            ++*asked_;
            p.answer("n" + std::to_string(p.number()));
        }
    }
    int asked() const { return *asked_; }

private:
    bool reset_;
    std::shared_ptr<std::atomic<int>> asked_ = std::make_shared<std::atomic<int>>(0);
};

TEST_F(Push, ARepeatableRequestIsSentAgainWhenAKeptConnectionBreaks) {
    for (const bool reset : {false, true}) {
        const breaking_server script(reset);
        const auto server = serve(script);
        open(target(server->port()));
        ASSERT_TRUE(post(repeatable));
        const auto answer = post(repeatable);
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->body, "n1");
        EXPECT_EQ(script.asked(), 3);
        EXPECT_EQ(client->statistics().repeated, 1U);
    }
}

TEST_F(Push, ARequestWithoutAnIdIsNot) {
    for (const bool reset : {false, true}) {
        const breaking_server script(reset);
        const auto server = serve(script);
        open(target(server->port()));
        ASSERT_TRUE(post(once));
        EXPECT_TRUE(failed_with(post(once), reset ? errc::reset : errc::closed_early, true));
        EXPECT_EQ(script.asked(), 2);
        EXPECT_EQ(client->statistics().repeated, 0U);
    }
}

TEST_F(Push, AfterTheFirstByteOfAnAnswerNothingIsSentAgain) {
    std::atomic<int> asked{0};
    const auto server = serve([&](peer& p) {
        p.read();
        ++asked;
        p.answer("{}");
        p.read();
        ++asked;
        p.send("H");
        p.close();
    });
    open(target(server->port()));
    ASSERT_TRUE(post(repeatable));
    EXPECT_TRUE(failed_with(post(repeatable), errc::closed_early, true));
    EXPECT_EQ(asked, 2);
}

TEST_F(Push, NoMoreRequestsAreUnderWayThanAllowed) {
    gate answer;
    const auto server = serve([&](peer& p) {
        while (p.read()) {
            answer.pass();
            p.answer("{}");
        }
    });
    auto settings = target(server->port());
    settings.connections_max = 2;
    open(settings);
    const auto first = begin(once);
    const auto second = begin(once);
    const auto third = begin(once);
    EXPECT_TRUE(failed_with(end(third), errc::pool_busy, false));
    EXPECT_EQ(client->statistics().connections_busy, 2U);
    answer.open();
    EXPECT_TRUE(end(first));
    EXPECT_TRUE(end(second));
    EXPECT_TRUE(post(once));
    EXPECT_EQ(server->accepted(), 2);
    EXPECT_EQ(client->statistics().connections_busy, 0U);
    EXPECT_EQ(client->statistics().connections_idle, 2U);
}

TEST_F(Push, AnIdleConnectionIsClosedAfterItsTime) {
    const auto server = serve([](peer& p) {
        while (p.read()) {
            p.answer("{}");
        }
    });
    auto settings = target(server->port());
    settings.idle_max = 50ms;
    open(settings);
    ASSERT_TRUE(post(once));
    run_until([&] { return client->statistics().connections_idled == 1; });
    EXPECT_EQ(client->statistics().connections_idle, 0U);
    server->wait_ended(1);
}

TEST_F(Push, NothingIsKeptWhenNothingShallBe) {
    std::string head;
    const auto server = serve([&](peer& p) {
        if (const auto r = p.read()) {
            head = r->head;
            p.answer("{}");
            p.wait_until_closed();
        }
    });
    auto settings = target(server->port());
    settings.idle_max = 0ms;
    open(settings);
    ASSERT_TRUE(post(once));
    server->wait_ended(1);
    EXPECT_THAT(head, ::testing::HasSubstr("Connection: close\r\n"));
    ASSERT_TRUE(post(once));
    server->wait_ended(2);
}

TEST_F(Push, ACancelledRequestEndsAtOnce) {
    std::atomic<bool> asked{false};
    const auto server = serve([&](peer& p) {
        while (p.read()) {
            if (p.number() > 0) {
                p.answer("{}");
            }
            asked = true;
            asked.notify_all();
        }
    });
    open(target(server->port()));
    const auto one = begin(once);
    run_until([&] { return client->statistics().connections_opened == 1; });
    while (!asked) {
        io.poll();
    }
    one->cancel.emit(boost::asio::cancellation_type::terminal);
    EXPECT_TRUE(failed_with(end(one), errc::cancelled, true));
    server->wait_ended(1);
    EXPECT_EQ(client->statistics().connections_busy, 0U);
    EXPECT_TRUE(post(once));
}

TEST_F(Push, ACancelledConnectionAttemptEndsAtOnce) {
    tls_server silent({{}, {}, {}, false}, {});
    open(target(silent.port()));
    const auto one = begin(once);
    while (silent.accepted() == 0) {
        io.poll();
    }
    one->cancel.emit(boost::asio::cancellation_type::terminal);
    EXPECT_TRUE(failed_with(end(one), errc::cancelled, false));
}

TEST_F(Push, DestroyingTheClientEndsWhatIsUnderWay) {
    std::atomic<int> asked{0};
    const auto server = serve([&](peer& p) {
        while (p.read()) {
            ++asked;
        }
    });
    open(target(server->port()));
    const auto asking = begin(once);
    const auto second = begin(once);
    while (asked < 2) {
        io.poll();
    }
    client.reset();
    EXPECT_TRUE(failed_with(end(asking), errc::closed, true));
    EXPECT_TRUE(failed_with(end(second), errc::closed, true));
    server->wait_ended(2);
}

TEST_F(Push, TheLoopMayEndBeforeTheRequests) {
    std::atomic<int> asked{0};
    const auto server = serve([&](peer& p) {
        while (p.read()) {
            ++asked;
        }
    });
    auto own = std::make_unique<boost::asio::io_context>();
    auto opened = push::push_client::open(own->get_executor(), target(server->port()));
    ASSERT_TRUE(opened);
    boost::asio::co_spawn(*own, (*opened)->post(once), [](const std::exception_ptr&, const outcome&) {});
    while (asked < 1) {
        own->poll();
    }
    opened->reset();
    own.reset();
    server->wait_ended(1);
}

// A name server that fails stops no deliveries to a target whose addresses are known; the pin says who
// answers there.
TEST_F(Push, KnownAddressesAreUsedWhileTheNameServerFails) {
    const auto server = serve([](peer& p) { p.wait_until_closed(); });
    auto settings = target(server->port());
    settings.url = "https://no-such-host.invalid:" + std::to_string(server->port()) + "/";
    settings.server_name = "localhost";
    const auto address = push::check(settings);
    ASSERT_TRUE(address);
    const auto tls = security::client_tls::load(settings.tls);
    using endpoint = push::connection::tcp::endpoint;
    for (const bool is_known : {false, true}) {
        std::vector<endpoint> known;
        if (is_known) {
            known.emplace_back(boost::asio::ip::address_v4::loopback(), server->port());
        }
        const auto one =
            std::make_shared<push::connection>(io.get_executor(), settings, *address, tls, known);
        std::optional<boost::system::result<void, push::push_failure>> opened;
        boost::asio::co_spawn(io, one->open(push::connection::clock::now() + 1min),
                              [&](const std::exception_ptr&, auto result) { opened = std::move(result); });
        run_until([&] { return opened.has_value(); });
        ASSERT_EQ(opened->has_value(), is_known);
        if (!is_known) {
            EXPECT_EQ(opened->error().code, errc::not_resolved);
        }
        EXPECT_EQ(known.size(), is_known ? 1U : 0U);
    }
}

// Many threads of one executor, requests from all of them, a reload in between: for the thread sanitizer
// above all.
TEST_F(Push, ManyThreadsUseOneClient) {
    const auto server = serve([](peer& p) {
        while (const auto r = p.read()) {
            p.answer(r->body);
        }
    });
    boost::asio::thread_pool threads(4);
    auto settings = target(server->port());
    settings.connections_max = 4;
    auto opened = push::push_client::open(threads.get_executor(), settings);
    ASSERT_TRUE(opened);
    std::atomic<int> busy{0};
    std::vector<std::future<outcome>> waiting;
    for (int i = 0; i < 200; ++i) {
        if (waiting.size() >= 6) {
            const auto answer = waiting.front().get();
            waiting.erase(waiting.begin());
            busy += answer ? 0 : 1;
            EXPECT_TRUE(answer || answer.error().code == errc::pool_busy);
        }
        waiting.push_back(boost::asio::co_spawn(
            threads, (*opened)->post({"text/plain", std::to_string(i), {}, true}), boost::asio::use_future));
        if (i % 50 == 25) {
            EXPECT_TRUE((*opened)->reload());
        }
        EXPECT_LE((*opened)->statistics().connections_busy, 4U);
    }
    for (auto& one : waiting) {
        one.wait();
    }
    const auto counts = (*opened)->statistics();
    EXPECT_EQ(counts.requests, 200U);
    EXPECT_EQ(counts.answers + counts.of(errc::pool_busy), 200U);
    EXPECT_GT(counts.connections_reused, 0U);
    opened->reset();
    threads.join();
}

} // namespace
} // namespace tongban::testing
