// How a partner's entry says where deliveries go: what is read, and every mistake with its place.
#include "security/partner_directory.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::security {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

partner_directory::load_result parse(const std::string& lines, const std::string& role = "platform") {
    const std::string window = role == "window" ? "    window_id: W-1\n" : "";
    return partner_directory::parse({{"a.yaml", "partners:\n  - id: jining\n    name: {zh: 平台, en: Platform}\n    role: " +
                                                    role + "\n    regions: [\"370800\"]\n    dialects: [jining, old]\n" +
                                                    window +
                                                    "    identities: [{san_uri: \"tongban://370800/platform\"}]\n" +
                                                    lines}});
}

std::vector<std::string> mistakes(const std::string& lines, const std::string& role = "platform") {
    return testing::in_english(parse(lines, role).mistakes);
}

TEST(DeliveryTerms, AreReadWithTheirDefaults) {
    EXPECT_FALSE(parse("").directory->partners().front()->delivery);
    const auto pull = parse("    delivery: {transport: pull}\n");
    ASSERT_TRUE(pull.directory);
    const auto receiver = pull.directory->receiver_of("370800");
    ASSERT_TRUE(receiver);
    EXPECT_EQ(receiver->delivery->transport, delivery_transport::pull);
    EXPECT_EQ(receiver->delivery->dialect, "jining");
    EXPECT_FALSE(receiver->intake_topic);
    EXPECT_FALSE(pull.directory->receiver_of("140400"));

    const auto push = parse("    intake_topic: true\n    delivery:\n      transport: push\n      dialect: canonical\n"
                            "      push: {url: \"https://b.example.cn/in\", connections_max: 2, read_seconds: 5,\n"
                            "             pins: [{san_dns: B.example.cn}]}\n");
    ASSERT_TRUE(push.directory);
    const auto& terms = *push.directory->receiver_of("370800")->delivery;
    EXPECT_EQ(terms.transport, delivery_transport::push);
    EXPECT_EQ(terms.dialect, "");
    EXPECT_EQ(terms.push.url, "https://b.example.cn/in");
    EXPECT_EQ(terms.push.connections_max, 2u);
    EXPECT_EQ(terms.push.read_deadline, std::chrono::seconds(5));
    ASSERT_EQ(terms.push.pins.size(), 1u);
    EXPECT_EQ(terms.push.pins[0].value, "b.example.cn") << "in the form certificates are compared in";
    EXPECT_TRUE(push.directory->receiver_of("370800")->intake_topic);
}

TEST(DeliveryTerms, MistakesAreAllNamed) {
    EXPECT_THAT(mistakes("    delivery: {transport: pigeon}\n"), ElementsAre(HasSubstr("must be pull, push or kafka")));
    EXPECT_THAT(mistakes("    delivery: {transport: push}\n"), ElementsAre(HasSubstr("say where to push to")));
    EXPECT_THAT(mistakes("    delivery: {transport: pull, push: {url: \"https://a/\"}}\n"),
                ElementsAre(HasSubstr("only for transport: push")));
    EXPECT_THAT(mistakes("    delivery: {transport: push, dialect: other, push: {url: \"http://a/\", connections_max: 0,"
                         " pins: [{san_dns: \"*.example.cn\"}], colour: red}}\n"),
                ::testing::UnorderedElementsAre(HasSubstr("delivery.dialect"), HasSubstr("must begin with https://"),
                                              HasSubstr("from 1 to 64"), HasSubstr("without patterns"),
                                              HasSubstr("colour")));
    EXPECT_THAT(mistakes("    delivery: {transport: push, push: {url: \"https://a/\"}}\n"),
                ElementsAre(HasSubstr("whose certificate")));
    for (const auto& [url, why] : {std::pair{"https:///x", "names no host"}, {"https://a:99999/", "1 to 65535"},
                                   {"https://u:p@a/", "user name"}, {"https://a/#f", "fragment"}, {"https://a b/", "no URL"}}) {
        EXPECT_THAT(mistakes(std::string("    delivery: {transport: push, push: {url: \"") + url +
                             "\", pins: [{san_dns: \"a\"}]}}\n"),
                    ElementsAre(HasSubstr(why)))
            << url;
    }
    EXPECT_THAT(mistakes("    intake_topic: perhaps\n"), ElementsAre(HasSubstr("must be true or false")));
    EXPECT_THAT(mistakes("    delivery: {transport: pull}\n    intake_topic: true\n", "window"),
                ::testing::UnorderedElementsAre(HasSubstr("only a platform takes"), HasSubstr("only a platform publishes")));
}

TEST(DeliveryTerms, OfARegionOnePartnerTakesDeliveries) {
    const std::string entry = "    name: {zh: 平台, en: Platform}\n    role: platform\n    regions: [\"370800\"]\n"
                              "    delivery: {transport: pull}\n    intake_topic: true\n";
    const auto loaded = partner_directory::parse(
        {{"a.yaml", "partners:\n  - id: one\n    identities: [{san_uri: \"tongban://370800/a\"}]\n" + entry +
                        "  - id: two\n    identities: [{san_uri: \"tongban://370800/b\"}]\n" + entry}});
    EXPECT_THAT(testing::in_english(loaded.mistakes), ::testing::UnorderedElementsAre(HasSubstr("already goes to one"), HasSubstr("already read as one")));
}

} // namespace
} // namespace tongban::security
