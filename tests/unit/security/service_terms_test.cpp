// What of a partner's systems the gateway calls beside deliveries: handlers, licences, hosts of files; and every mistake.
#include "security/partner_directory.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tongban::security {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string entry(const std::string& id, const std::string& region, const std::string& lines,
                  const std::string& role = "platform") {
    return "  - id: " + id + "\n    name: {zh: 平台, en: Platform}\n    role: " + role + "\n    regions: [\"" + region +
           "\"]\n" + (role == "window" ? "    window_id: W-1\n" : "    dialects: [jining]\n") +
           "    identities: [{san_uri: \"tongban://" + region + "/" + id + "\"}]\n" + lines;
}

partner_directory::load_result parse(const std::string& entries) {
    return partner_directory::parse({{"a.yaml", "partners:\n" + entries}});
}

std::vector<std::string> mistakes(const std::string& lines, const std::string& role = "platform") {
    return testing::in_english(parse(entry("one", "370800", lines, role)).mistakes);
}

const std::string address = "url: \"https://a.example.cn/x\", pins: [{san_dns: a.example.cn}]";

TEST(ServiceTerms, AreReadWithTheirDefaults) {
    const auto read = parse(entry("one", "370800",
                                  "    automatic: [{name: rules, items: [A, B], " + address + "}, {name: more, dialect: canonical, "
                                      "timeout_ms: 50, connections_max: 3, " + address + "}]\n"
                                  "    licences: {" + address + "}\n"
                                  "    file_hosts: [Files.Example.CN, {host: 10.0.3.7, port: 8443, internal: true}]\n"));
    ASSERT_TRUE(read.directory) << read.mistakes.front().text();
    const auto& one = *read.directory->partners().front();
    ASSERT_EQ(one.automatic.size(), 2U);
    EXPECT_EQ(one.automatic[0].name, "rules");
    EXPECT_THAT(one.automatic[0].items, ElementsAre("A", "B"));
    EXPECT_EQ(one.automatic[0].dialect, "jining") << "the partner's first";
    EXPECT_EQ(one.automatic[0].call.total_deadline.count(), 800);
    EXPECT_EQ(one.automatic[1].dialect, "");
    EXPECT_EQ(one.automatic[1].call.total_deadline.count(), 50);
    EXPECT_EQ(one.automatic[1].call.connections_max, 3U);
    ASSERT_TRUE(one.licences);
    EXPECT_EQ(one.licences->url, "https://a.example.cn/x");
    ASSERT_EQ(one.file_hosts.size(), 2U);
    EXPECT_EQ(one.file_hosts[0].host, "files.example.cn");
    EXPECT_EQ(one.file_hosts[0].port, 443);
    EXPECT_FALSE(one.file_hosts[0].internal);
    EXPECT_EQ(one.file_hosts[1].port, 8443);
    EXPECT_TRUE(one.file_hosts[1].internal);
}

TEST(ServiceTerms, EveryMistakeIsNamed) {
    const auto found = mistakes("    automatic: [{name: Rules, dialect: other, timeout_ms: 5, url: \"http://a\"}]\n"
                                "    licences: {pins: [{san_dns: a}]}\n"
                                "    file_hosts: [\"a b\", {host: \"*\", port: 0, internal: perhaps}]\n");
    EXPECT_THAT(found, ElementsAre(HasSubstr("automatic[0].name"), HasSubstr("automatic[0].dialect"),
                                   HasSubstr("automatic[0].url"), HasSubstr("automatic[0].pins"),
                                   HasSubstr("automatic[0].timeout_ms"), HasSubstr("licences.url"),
                                   HasSubstr("file_hosts"), HasSubstr("file_hosts[1].host"),
                                   HasSubstr("file_hosts[1].port"), HasSubstr("file_hosts[1].internal")));
    EXPECT_THAT(mistakes("    automatic: [{name: a, " + address + "}, {name: a, " + address + "}]\n"),
                ElementsAre(HasSubstr("a given twice")));
    EXPECT_THAT(mistakes("    automatic: []\n"), ElementsAre(HasSubstr("list of 1 to 32")));
    EXPECT_THAT(mistakes("    file_hosts: [a]\n", "window"), ElementsAre(HasSubstr("only a platform")));
    EXPECT_THAT(mistakes("    file_hosts: [a]\n"), IsEmpty());
}

TEST(ServiceTerms, OneRegionHasOneOfEach) {
    const auto lines = "    automatic: [{name: a, " + address + "}]\n    licences: {" + address + "}\n";
    const auto read = parse(entry("one", "370800", lines) + entry("two", "370800", lines));
    EXPECT_THAT(testing::in_english(read.mistakes), ElementsAre(HasSubstr("of 370800 already stands with one"), HasSubstr("of 370800 already stands with one")));
}

} // namespace
} // namespace tongban::security
