// What is pooled keeps nothing of the connection and request that used it.
#include "gateway/http/exchange.hpp"

#include <gtest/gtest.h>

namespace tongban::http {
namespace {

TEST(Exchange, NothingOfARequestStaysForTheNext) {
    const parser_limits limits;
    body_memory bodies{.held = 0, .max = 1 << 20};
    exchange used(limits, bodies);
    const auto connection = std::make_shared<int>(1);
    for (const bool pooled : {false, true}) {
        used.req.client_has_closed = [connection] { return *connection == 1; };
        used.req.deadline = std::chrono::steady_clock::now();
        used.req.certificate = std::make_shared<const security::certificate_facts>();
        used.req.parameters = {"x"};
        used.req.query.emplace_back("a", "b");
        pooled ? used.forget() : used.next();
        EXPECT_FALSE(used.req.client_has_closed);
        EXPECT_EQ(connection.use_count(), 1) << "what it captured is gone with it";
        EXPECT_EQ(used.req.deadline, std::chrono::steady_clock::time_point());
        EXPECT_FALSE(used.req.certificate);
        EXPECT_TRUE(used.req.parameters.empty());
        EXPECT_TRUE(used.req.query.empty());
    }
}

} // namespace
} // namespace tongban::http
