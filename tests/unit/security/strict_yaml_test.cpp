// What the strict reader says by itself, word for word: whoever writes a configuration, a partner file, a script or a calendar
// reads it in both languages.
#include "security/strict_yaml.hpp"
#include "tests/unit/security/bilingual_mistakes.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace tongban::security {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> lines(const std::vector<file_mistake>& mistakes) {
    (void)testing::in_english(mistakes); // each in both
    std::vector<std::string> out;
    for (const auto& each : mistakes)
        out.push_back(each.text());
    return out;
}

TEST(StrictYaml, EveryMistakeOfAMappingIsToldInBothLanguages) {
    std::vector<file_mistake> mistakes;
    const auto document = parse_yaml("name: [a]\n"
                                     "name: b\n"
                                     "[x]: 1\n"
                                     "nmae: c\n"
                                     "colour: red\n"
                                     "one: alone\n"
                                     "many: [a, b, c]\n"
                                     "some: [a, [b]]\n"
                                     "inner: text\n",
                                     "a.yaml", mistakes);
    ASSERT_TRUE(document);
    strict_map map(*document, "a.yaml", "", mistakes);
    (void)map.text("name", true);
    (void)map.text("id", true);
    (void)map.texts("one", 2);
    (void)map.texts("many", 2);
    (void)map.texts("some", 2);
    strict_map inner(*map.take("inner"), "a.yaml", "inner", mistakes);
    (void)inner.text("id", true); // silent: it is no mapping
    map.finish();
    EXPECT_THAT(lines(mistakes), ElementsAre("a.yaml:2:1: name: 重复给出 / given twice",
                                             "a.yaml:3:1: 键须为普通文字 / a key must be a plain word",
                                             "a.yaml:1:7: name: 应为文本 / must be a text",
                                             "a.yaml:1:1: id: 缺少必填项 / missing",
                                             "a.yaml:6:6: one: 应为列表 / must be a list",
                                             "a.yaml:7:7: many: 超过 2 条 / more than 2 entries",
                                             "a.yaml:8:11: some: 每一条都应为文本 / every entry must be a text",
                                             "a.yaml:9:8: inner: 应为“键: 值”的映射 / must be a mapping",
                                             "a.yaml:4:1: nmae: 未知的键，是否为 name？ / unknown key; did you mean name?",
                                             "a.yaml:5:1: colour: 未知的键 / unknown key"));
}

TEST(StrictYaml, WhatIsNoYamlIsToldInBothLanguages) {
    std::vector<file_mistake> mistakes;
    for (const auto* text : {"", "a: 1\n---\nb: 2\n", "a: [b\nc: {", ", en: W}\n"})
        EXPECT_FALSE(parse_yaml(text, "a.yaml", mistakes));
    EXPECT_THAT(lines(mistakes),
                ElementsAre("a.yaml: 文件是空的 / is empty", "a.yaml:2:1: 此处另起了一个文档，只能有一个 / a second document begins here",
                            "a.yaml:2:2: 不是有效的 YAML：end of sequence flow not found / not YAML: end of sequence flow not found",
                            "a.yaml:1:1: 不是有效的 YAML：此处不能是一个值的开头 / not YAML: this cannot begin a value"));
}

TEST(StrictYaml, AFileSavedAsGbkIsRefusedWhereItsFirstWordIs) {
    std::vector<file_mistake> mistakes;
    EXPECT_TRUE(parse_yaml("\xEF\xBB\xBF" "name: 济宁 𠮷\n", "a.yaml", mistakes)) << "UTF-8, with a mark or without";
    EXPECT_EQ(mistakes.size(), 0u);
    EXPECT_FALSE(parse_yaml("济: 1\nname: \xBC\xC3\xC4\xFE\n", "a.yaml", mistakes));
    EXPECT_FALSE(parse_yaml("a: \xED\xA0\x80\n", "b.yaml", mistakes)) << "half a surrogate pair";
    EXPECT_FALSE(parse_yaml("a: \xE6\xB5", "c.yaml", mistakes)) << "cut";
    const std::string why = ": 不是 UTF-8（可能存成了 GBK），请另存为 UTF-8 / not UTF-8 (saved as GBK?): save it as UTF-8";
    EXPECT_THAT(lines(mistakes), ElementsAre("a.yaml:2:7" + why, "b.yaml:1:4" + why, "c.yaml:1:4" + why));
}

TEST(StrictYaml, WhatCannotBeReadIsToldInBothLanguages) {
    std::string pattern = (std::filesystem::temp_directory_path() / "strict-yaml-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(pattern.data());
    std::ofstream(folder / "large.yaml") << std::string(yaml_file_bytes_max + 1, '#');
    std::vector<file_mistake> mistakes;
    EXPECT_FALSE(read_file(folder / "none.yaml", mistakes));
    EXPECT_FALSE(read_file(folder / "large.yaml", mistakes));
    EXPECT_THAT(lines(mistakes), ElementsAre((folder / "none.yaml").string() + ": 文件不存在 / no such file",
                                             (folder / "large.yaml").string() + ": 超过 1 MiB / larger than 1 MiB"));
    std::filesystem::remove_all(folder);
}

TEST(StrictYaml, ALongMistakeIsCutBetweenCharacters) {
    std::vector<file_mistake> mistakes;
    strict_map map(YAML::Load("a: 1"), "a.yaml", "", mistakes);
    std::string han;
    for (int i = 0; i < 1000; ++i)
        han += "字";
    map.report("a", {han, "x" + han});
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_EQ(mistakes[0].message.zh, han.substr(0, 510));
    EXPECT_EQ(mistakes[0].message.en, "x" + han.substr(0, 510));
}

} // namespace
} // namespace tongban::security
