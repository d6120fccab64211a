// Three tables: files that load, files that are refused with every mistake, and certificates with whom they
// name.
#include "security/partner_directory.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tongban::security {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::in_english;

// One partner with the given lines in place of the defaults.
std::string platform(const std::string& id, const std::string& lines) {
    return "  - id: " + id + "\n    name: {zh: 平台, en: Platform}\n    role: platform\n" + lines;
}

const std::string plain =
    "    regions: [\"370800\"]\n    identities: [{san_uri: \"tongban://370800/platform\"}]\n";

// ---- valid
// ----------------------------------------------------------------------------------------------------

TEST(PartnerDirectory, ReadsEveryFieldOfEveryRole) {
    const auto loaded = partner_directory::parse({{"a.yaml", R"(
partners:
  - id: jining-platform
    name: {zh: 济宁市平台, en: Jining platform}
    role: platform
    regions: ["370800", 370811]
    dialects: [jining, jining-old]
    identities:
      - san_uri: tongban://370800/platform
      - fingerprint: AB:CD:EF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC
)"},
                                                  {"b.yaml", R"(
partners:
  - id: jining-window-1
    name: {zh: 一号窗口, en: Window 1}
    role: window
    regions: ["370800"]
    window_id: JN-01
    identities: [{subject: "CN=JN-01,OU=370800,O=Tongban"}]
  - id: ops
    name: {zh: 运维, en: Operations}
    role: operator
    identities: [{san_dns: Ops.Example.CN}]
)"}});
    ASSERT_THAT(in_english(loaded.mistakes), IsEmpty());
    ASSERT_EQ(loaded.directory->partners().size(), 3U);
    const partner& first = *loaded.directory->partners()[0];
    EXPECT_EQ(first.id, "jining-platform");
    EXPECT_EQ(first.name_zh, "济宁市平台");
    EXPECT_EQ(first.name_en, "Jining platform");
    EXPECT_EQ(first.role, v1::ROLE_PLATFORM);
    EXPECT_THAT(first.regions, ElementsAre("370800", "370811"));
    EXPECT_THAT(first.dialects, ElementsAre("jining", "jining-old"));
    EXPECT_TRUE(first.acts_for("370811"));
    EXPECT_FALSE(first.acts_for("3708"));
    const partner& window = *loaded.directory->partners()[1];
    EXPECT_EQ(window.role, v1::ROLE_WINDOW);
    EXPECT_EQ(window.window_id, "JN-01");
    EXPECT_EQ(loaded.directory->partners()[2]->role, v1::ROLE_OPERATOR);
    EXPECT_TRUE(loaded.directory->knows_region("370811"));
    EXPECT_FALSE(loaded.directory->knows_region("370200"));
}

// ---- invalid
// --------------------------------------------------------------------------------------------------

struct invalid_row {
    const char* name;
    std::string text;
    std::vector<std::string> mistakes;
};

class InvalidPartners : public ::testing::TestWithParam<invalid_row> {};

TEST_P(InvalidPartners, AreRefusedWithEveryMistake) {
    const auto loaded = partner_directory::parse({{"p.yaml", GetParam().text}});
    EXPECT_EQ(loaded.directory, nullptr);
    EXPECT_EQ(in_english(loaded.mistakes), GetParam().mistakes);
}

std::string with_identity(const std::string& identity) {
    return "partners:\n" + platform("a", "    regions: [370800]\n    identities: [" + identity + "]\n");
}

const std::string uri_rule = "p.yaml:6:28: partners[0].identities[0].san_uri: ";

INSTANTIATE_TEST_SUITE_P(
    Rows, InvalidPartners,
    ::testing::Values(
        invalid_row{"empty", "", {"p.yaml: is empty"}},
        invalid_row{"two_documents", "a: 1\n---\nb: 2\n", {"p.yaml:2:1: a second document begins here"}},
        invalid_row{
            "not_yaml", "partners: [a\nb: {", {"p.yaml:2:2: not YAML: end of sequence flow not found"}},
        invalid_row{
            "control_characters_in_messages",
            "partners:\n  - {id: \"a\\nb\", name: {zh: x, en: x}, role: operator, identities: [{san_dns: "
            "a.cn}]}\n"
            "  - {id: c, name: {zh: x, en: x}, role: operator, identities: [{san_dns: a.cn}]}\n",
            {"p.yaml:2:10: partners[0].id: must be lower-case letters, digits, '-' or '_', at most 64",
             "p.yaml:3:74: partners[1].identities[0].san_dns: is already an identity of a?b at p.yaml:2"}},
        invalid_row{"no_end_of_documents", ", en: W}\n", {"p.yaml:1:1: not YAML: this cannot begin a value"}},
        invalid_row{"a_list", "- a\n", {"p.yaml:1:1: must be a mapping"}},
        invalid_row{
            "no_list", "partners: 7\n", {"p.yaml:1:11: partners: must be a list of one or more partners"}},
        invalid_row{"misspelt",
                    "partnres: []\n",
                    {"p.yaml:1:1: partnres: unknown key; did you mean partners?",
                     "p.yaml:1:1: partners: must be a list of one or more partners"}},
        invalid_row{
            "nothing_given",
            "partners:\n  - {}\n",
            {"p.yaml:2:5: partners[0].id: missing",
             "p.yaml:2:5: partners[0].name: missing; give {zh: …, en: …}",
             "p.yaml:2:5: partners[0].role: missing",
             "p.yaml:2:5: partners[0].identities: missing; give one or more of san_uri, san_dns, subject, "
             "fingerprint"}},
        invalid_row{"many_at_once",
                    "partners:\n  - id: A b\n    name: {zh: 平台}\n    role: gateway\n    regions: [37080, "
                    "\"370800\", "
                    "\"370800\", 970800]\n    identities: []\n    colour: red\n    id: a\n",
                    {"p.yaml:8:5: partners[0].id: given twice",
                     "p.yaml:2:9: partners[0].id: must be lower-case letters, digits, '-' or '_', at most 64",
                     "p.yaml:3:11: partners[0].name.en: missing",
                     "p.yaml:4:11: partners[0].role: must be platform, window or operator",
                     "p.yaml:5:15: partners[0].regions: must be six digits after GB/T 2260 (370800)",
                     "p.yaml:5:32: partners[0].regions: 370800 given twice",
                     "p.yaml:5:42: partners[0].regions: must be six digits after GB/T 2260 (370800)",
                     "p.yaml:6:17: partners[0].identities: give one or more of san_uri, san_dns, subject, "
                     "fingerprint",
                     "p.yaml:7:5: partners[0].colour: unknown key"}},
        invalid_row{"platform_without_region",
                    "partners:\n" +
                        platform("a", "    identities: [{san_uri: \"tongban://370800/platform\"}]\n"),
                    {"p.yaml:2:5: partners[0].regions: missing; say which region this partner acts for"}},
        invalid_row{"platform_with_window",
                    "partners:\n" + platform("a", plain + "    window_id: W\n"),
                    {"p.yaml:7:16: partners[0].window_id: only a window has one"}},
        invalid_row{
            "bad_dialect",
            "partners:\n" + platform("a", plain + "    dialects: [Up, x, x]\n"),
            {"p.yaml:7:16: partners[0].dialects: must be lower-case letters, digits, '-' or '_', at most 64",
             "p.yaml:7:23: partners[0].dialects: x given twice"}},
        invalid_row{
            "two_partners_of_one_identity",
            "partners:\n" + platform("a", plain) + platform("a", plain),
            {"p.yaml:7:9: partners[1].id: is the id of another partner at p.yaml:2",
             "p.yaml:11:28: partners[1].identities[0].san_uri: is already an identity of a at p.yaml:6"}},
        invalid_row{
            "never_reached",
            "partners:\n" +
                platform("a", "    regions: [370800]\n    identities: [{san_uri: \"t://r/*\"}]\n") +
                platform("b", "    regions: [370800]\n    identities: [{san_uri: \"t://r/x\"}]\n"),
            {"p.yaml:11:28: partners[1].identities[0].san_uri: is never reached: t://r/* of a comes first"}},
        invalid_row{"no_uri",
                    with_identity("{san_uri: platform}"),
                    {uri_rule + "must be a URI with an authority (tongban://370800/platform)"}},
        invalid_row{
            "pattern_in_the_middle",
            with_identity("{san_uri: \"t://r/*/x\"}"),
            {uri_rule + "may hold '*' only as its end, after a '/' of the path (tongban://370800/window/*)"}},
        invalid_row{
            "pattern_inside_a_word",
            with_identity("{san_uri: \"t://r/pl*\"}"),
            {uri_rule + "may hold '*' only as its end, after a '/' of the path (tongban://370800/window/*)"}},
        invalid_row{
            "pattern_for_the_authority",
            with_identity("{san_uri: \"t://*\"}"),
            {uri_rule + "may hold '*' only as its end, after a '/' of the path (tongban://370800/window/*)"}},
        invalid_row{
            "pattern_in_a_host",
            with_identity("{san_dns: \"*.example.cn\"}"),
            {"p.yaml:6:28: partners[0].identities[0].san_dns: must be a host name, without patterns"}},
        invalid_row{"pattern_in_a_subject",
                    with_identity("{subject: \"CN=*\"}"),
                    {"p.yaml:6:28: partners[0].identities[0].subject: must be a whole subject as in RFC 2253 "
                     "(CN=platform,O=City), without patterns"}},
        invalid_row{
            "short_fingerprint",
            with_identity("{fingerprint: abcd}"),
            {"p.yaml:6:32: partners[0].identities[0].fingerprint: must be the SHA-256 of the certificate: 64 "
             "hexadecimal digits"}},
        invalid_row{
            "two_kinds_in_one_rule",
            with_identity("{san_dns: a.cn, subject: \"CN=a\"}"),
            {"p.yaml:6:18: partners[0].identities[0]: must hold exactly one of san_uri, san_dns, subject, "
             "fingerprint"}},
        invalid_row{"unknown_kind",
                    with_identity("{san_url: \"t://r/x\"}"),
                    {"p.yaml:6:19: partners[0].identities[0].san_url: unknown key; did you mean san_uri?"}},
        invalid_row{"window_of_two_regions",
                    "partners:\n  - id: w\n    name: {zh: 窗, en: W}\n    role: window\n    regions: "
                    "[370800, 370200]\n"
                    "    identities: [{san_dns: w.cn}]\n",
                    {"p.yaml:5:23: partners[0].regions: a window stands in one region",
                     "p.yaml:2:5: partners[0].window_id: missing"}}),
    [](const auto& row) { return row.param.name; });

TEST(PartnerDirectory, TwoWindowsOfOneNumberInOneRegionAreRefused) {
    const auto window = [](const std::string& id, const std::string& region) {
        return "  - id: " + id + "\n    name: {zh: 窗, en: W}\n    role: window\n    regions: [" + region +
               "]\n    window_id: JN-01\n    identities: [{san_dns: " + id + ".cn}]\n";
    };
    EXPECT_THAT(in_english(partner_directory::parse(
                          {{"p.yaml", "partners:\n" + window("a", "370800") + window("b", "370800")}})
                          .mistakes),
                ElementsAre("p.yaml:12:16: partners[1].window_id: is also the window of a in 370800"));
    EXPECT_THAT(in_english(partner_directory::parse(
                          {{"p.yaml", "partners:\n" + window("a", "370800") + window("b", "370200")}})
                          .mistakes),
                IsEmpty());
}

// ---- certificate → partner
// --------------------------------------------------------------------------------------

constexpr auto rules = R"(
partners:
  - id: platform
    name: {zh: 平台, en: P}
    role: platform
    regions: [370800]
    identities:
      - san_uri: tongban://370800/platform
      - san_dns: api.jining.example.cn
  - id: window-9
    name: {zh: 九号, en: W}
    role: platform
    regions: [370800]
    identities: [{san_uri: "tongban://370800/window/9"}]
  - id: windows
    name: {zh: 窗口, en: W}
    role: platform
    regions: [370800]
    identities: [{san_uri: "tongban://370800/window/*"}]
  - id: by-subject
    name: {zh: 主题, en: S}
    role: platform
    regions: [370200]
    identities: [{subject: "CN=old java,O=Qingdao"}]
  - id: by-fingerprint
    name: {zh: 指纹, en: F}
    role: operator
    identities: [{fingerprint: 00000000000000000000000000000000000000000000000000000000000000ff}]
)";

struct certificate_row {
    const char* name;
    certificate_facts certificate;
    const char* expected; // "" for nobody
};

certificate_facts facts(std::vector<std::string> uris, std::vector<std::string> dns = {},
                        std::string subject = {}, std::string fingerprint = {}) {
    return {std::move(subject), std::move(uris), std::move(dns), std::move(fingerprint), "01", {}};
}

const std::string known_fingerprint = std::string(62, '0') + "ff";

class Certificates : public ::testing::TestWithParam<certificate_row> {};

TEST_P(Certificates, NameTheirPartnerOrNobody) {
    const auto loaded = partner_directory::parse({{"p.yaml", rules}});
    ASSERT_THAT(in_english(loaded.mistakes), IsEmpty());
    const auto who = loaded.directory->identify(GetParam().certificate);
    EXPECT_EQ(who == nullptr ? "" : who->id, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Certificates,
    ::testing::Values(
        certificate_row{"uri", facts({"tongban://370800/platform"}), "platform"},
        certificate_row{"second_uri", facts({"other://x/y", "tongban://370800/platform"}), "platform"},
        certificate_row{"dns_in_any_case", facts({}, {"API.jining.example.CN"}), "platform"},
        certificate_row{"subject", facts({}, {}, "CN=old java,O=Qingdao"), "by-subject"},
        certificate_row{"fingerprint", facts({}, {}, "", known_fingerprint), "by-fingerprint"},
        certificate_row{"exact_before_the_pattern", facts({"tongban://370800/window/9"}), "window-9"},
        certificate_row{"pattern", facts({"tongban://370800/window/10"}), "windows"},
        certificate_row{"earlier_rule_wins_over_the_certificates_order",
                        facts({"tongban://370800/window/9", "tongban://370800/platform"}), "platform"},
        certificate_row{"earlier_rule_wins_over_kinds",
                        facts({"tongban://370800/window/1"}, {}, "CN=old java,O=Qingdao", known_fingerprint),
                        "windows"},
        certificate_row{"nothing", facts({}), ""},
        certificate_row{"prefix_of_a_uri", facts({"tongban://370800/platfor"}), ""},
        certificate_row{"longer_uri", facts({"tongban://370800/platform/x"}), ""},
        certificate_row{"uri_in_other_case", facts({"tongban://370800/Platform"}), ""},
        certificate_row{"pattern_needs_something_after_it", facts({"tongban://370800/window/"}), ""},
        certificate_row{"nul_in_a_uri", facts({std::string("tongban://370800/platform\0", 26)}), ""},
        certificate_row{"nul_under_a_pattern", facts({std::string("tongban://370800/window/1\0x", 27)}), ""},
        certificate_row{"uri_in_the_dns_field", facts({}, {"tongban://370800/platform"}), ""},
        certificate_row{"host_below_a_known_host", facts({}, {"x.api.jining.example.cn"}), ""},
        certificate_row{"subject_with_more", facts({}, {}, "CN=old java,O=Qingdao,C=CN"), ""},
        certificate_row{"star_itself", facts({"tongban://370800/window/*"}), "windows"}),
    [](const auto& row) { return row.param.name; });

// ---- the folder
// --------------------------------------------------------------------------------------------------

class PartnerFolder : public ::testing::Test {
protected:
    PartnerFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "partners-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~PartnerFolder() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
    }

    std::filesystem::path folder_;
};

TEST_F(PartnerFolder, FilesAreReadInNameOrderAndTheirMistakesToldTogether) {
    write("b.yaml", "partners:\n" + platform("b", plain));
    write("a.yaml", "partners:\n" + platform("a", plain));
    write("c.yaml", "[");
    write(".hidden.yaml", "[");
    write("README.md", "[");
    const auto loaded = partner_directory::load(folder_);
    EXPECT_EQ(loaded.directory, nullptr);
    const std::string at = folder_.string();
    EXPECT_THAT(
        in_english(loaded.mistakes),
        ElementsAre(at + "/b.yaml:6:28: partners[0].identities[0].san_uri: is already an identity of a at " +
                        at + "/a.yaml:6",
                    at + "/c.yaml:1:1: not YAML: end of sequence flow not found"));
}

TEST_F(PartnerFolder, FolderThatNamesNobodyIsRefused) {
    EXPECT_THAT(in_english(partner_directory::load(folder_).mistakes),
                ElementsAre(folder_.string() + ": holds no *.yaml: at least one partner is needed"));
    EXPECT_THAT(
        in_english(partner_directory::load(folder_ / "none").mistakes),
        ElementsAre(folder_.string() + "/none: cannot be read as a folder: No such file or directory"));
}

TEST_F(PartnerFolder, FileThatWouldBeOverlookedIsTold) {
    write("a.yaml", "partners:\n" + platform("a", plain));
    write("b.yml", "partners:\n" + platform("b", plain));
    EXPECT_THAT(in_english(partner_directory::load(folder_).mistakes),
                ElementsAre(folder_.string() + "/b.yml: would not be read; rename it to .yaml"));
}

TEST_F(PartnerFolder, FileOfTooManyBytesIsRefused) {
    write("a.yaml", std::string(yaml_file_bytes_max + 1, '#'));
    EXPECT_THAT(in_english(partner_directory::load(folder_).mistakes),
                ElementsAre(folder_.string() + "/a.yaml: larger than 1 MiB"));
}

// The example's partners, and the certificates its story shows.
TEST(PartnerExample, FiveCitiesKnowTheirPlatformsAndWindows) {
    const auto loaded =
        partner_directory::load(std::filesystem::path(TONGBAN_SOURCE_DIR) / "examples/five-cities/partners");
    ASSERT_THAT(in_english(loaded.mistakes), IsEmpty());
    for (const char* region : {"370800", "370200", "140400", "120103", "320300"}) {
        const auto platform =
            loaded.directory->identify(facts({"tongban://" + std::string(region) + "/platform"}));
        ASSERT_NE(platform, nullptr) << region;
        EXPECT_EQ(platform->role, v1::ROLE_PLATFORM);
        EXPECT_THAT(platform->regions, ElementsAre(region));
        EXPECT_FALSE(platform->dialects.empty()) << region;
    }
    for (const char* window : {"370800/window/JN-01", "370800/window/JN-02", "370200/window/QD-01",
                               "140400/window/CZ-01", "120103/window/HX-01", "320300/window/XZ-01"}) {
        const auto who = loaded.directory->identify(facts({"tongban://" + std::string(window)}));
        ASSERT_NE(who, nullptr) << window;
        EXPECT_EQ(who->role, v1::ROLE_WINDOW);
        EXPECT_EQ(who->regions[0] + "/window/" + who->window_id, window);
    }
    EXPECT_EQ(loaded.directory->identify(facts({"tongban://operator/operations"}))->role, v1::ROLE_OPERATOR);
}

} // namespace
} // namespace tongban::security
