// What the end of a topic's message means, and what of its headers is taken.
#include "gateway/intake/topic_message.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

using tongban::intake::fate;
namespace http = tongban::http;
namespace intake = tongban::intake;
namespace log = tongban::log;

fate fate_at(int status, bool unsettled = false, bool stored = false) {
    intake::taken_message taken;
    taken.answer.status = status;
    taken.unsettled = unsettled;
    taken.stored = stored;
    return intake::fate_of(taken);
}

std::shared_ptr<intake::topic_message> with_header(const char* name, const std::string& value) {
    const std::array<log::message_header, 1> headers{{{name, value}}};
    log::source_message given;
    given.at = {"tongban.intake.370800.v1", 1, 7, 1};
    given.headers = headers;
    return intake::make_message(given);
}

TEST(TopicMessage, OneReceiptThatIsNotKnownToBeStoredBringsTheMessageAgain) {
    EXPECT_EQ(fate_at(200), fate::taken);
    EXPECT_EQ(fate_at(202), fate::taken);
    EXPECT_EQ(fate_at(503), fate::again);
    EXPECT_EQ(fate_at(500), fate::again);
    EXPECT_EQ(fate_at(422), fate::rejected);
    EXPECT_EQ(fate_at(207, true, true), fate::onward);
    EXPECT_EQ(fate_at(207, true), fate::again);
    EXPECT_EQ(fate_at(207, false, true), fate::rejected);
    EXPECT_EQ(fate_at(207), fate::rejected);
    EXPECT_EQ(fate_at(503, true), fate::again);
}

TEST(TopicMessage, WhatSaysHowToReadIsNeverPassedOver) {
    EXPECT_EQ(with_header("dialect", "jining")->request.dialect, "jining");
    EXPECT_FALSE(with_header("dialect", std::string(5000, 'x'))->request.dialect.empty());
    EXPECT_LE(with_header("dialect", std::string(5000, 'x'))->request.dialect.size(), 201U);
    EXPECT_FALSE(with_header("content-type", std::string(5000, 'x'))->request.content_type.empty());
    EXPECT_EQ(with_header("idempotency-key", std::string(5000, 'x'))->request.idempotency_key.size(), 5000U)
        << "two keys that begin alike are not one, and a long one is not none";
    EXPECT_EQ(with_header("idempotency-key", "k-1")->request.idempotency_key, "k-1");
}

TEST(TopicMessage, TooLargeNamesItsBound) {
    http::request request;
    request.body = std::string(11, 'x');
    const auto answer = intake::too_large(request, 10);
    EXPECT_EQ(answer.status, 413);
    EXPECT_NE(answer.body.find("上限 10 字节"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("the limit is 10"), std::string::npos) << answer.body;
}

} // namespace
