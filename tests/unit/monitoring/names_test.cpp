// The table of monitoring/README.md and the names in the source are the same set, and the rules and their
// names too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace tongban::monitoring {
namespace {

namespace fs = std::filesystem;
const fs::path root = TONGBAN_SOURCE_DIR;

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
    std::set<std::string> out;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator();
         ++at)
        out.insert((*at)[1]);
    return out;
}

// Every metric name that stands as a text in the sources.
std::set<std::string> names_in_source() {
    std::set<std::string> out;
    for (const char* folder : {"gateway", "connectors", "security", "monitoring"})
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp")
                continue;
            out.merge(
                matches(text_of(entry.path()), std::regex("\"((?:tongban|process)_[a-z0-9_]*[a-z0-9])\"")));
        }
    return out;
}

std::set<std::string> names_in_readme() {
    return matches(text_of(root / "monitoring/README.md"),
                   std::regex("\n\\| `((?:tongban|process)_[a-z0-9_]+)` \\|"));
}

TEST(MetricNames, AreThoseOfTheReadme) {
    EXPECT_THAT(names_in_readme(), testing::ContainerEq(names_in_source()));
    EXPECT_GT(names_in_readme().size(), 40U);
}

TEST(MetricNames, AreInBaseUnits) {
    const std::regex other(
        "_(days|hours|minutes|milliseconds|microseconds|nanoseconds|ms|kilobytes|megabytes)(_|$)");
    for (const std::string& name : names_in_source())
        EXPECT_FALSE(std::regex_search(name, other)) << name << ": promtool check metrics refuses it";
}

TEST(MetricNames, OfTheRulesExist) {
    std::set<std::string> known = names_in_readme();
    for (const std::string& name : names_in_readme())
        for (const char* suffix : {"_bucket", "_sum", "_count"})
            known.insert(name + suffix);
    const auto used =
        matches(text_of(root / "monitoring/rules/tongban.yaml"), std::regex("\\b(tongban_[a-z0-9_]+)"));
    EXPECT_GT(used.size(), 15U);
    for (const std::string& name : used)
        EXPECT_TRUE(known.contains(name)) << name;
}

} // namespace
} // namespace tongban::monitoring
