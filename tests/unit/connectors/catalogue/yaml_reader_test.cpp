// items.yaml and agreements.yaml: what is read, and that every mistake is told at once with its place.
#include "connectors/catalogue/changes.hpp"
#include "tests/unit/connectors/catalogue/catalogue_files.hpp"

#include <gmock/gmock.h>

namespace tongban::catalogue {
namespace {

using sample::load;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* item = R"(version: "7"
classes: [{code: gjj, zh: 公积金}]
items:
  - region: "140400"
    impl_code: 11140400TT000031433002017003000
    name: 公积金提取
    version: "1"
    class: gjj
    case_type: 承诺件
    promise: 3个工作日
)";

TEST(CatalogueYaml, TheExampleIsRead) {
    const auto read = load({{"items.yaml", sample::example("items.yaml")}, {"agreements.yaml", sample::example("agreements.yaml")}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    EXPECT_THAT(read.mistakes, IsEmpty()) << sample::texts(read);
    EXPECT_EQ(read.loaded->header().version(), "2026.11");
    EXPECT_EQ(read.loaded->rows().size(), 9);
    EXPECT_EQ(read.loaded->agreements().size(), 5);
    const auto housing = read.loaded->versions("140400", "11140400TT000031433002017003000");
    ASSERT_EQ(housing.size(), 1);
    const auto& got = *housing[0].item;
    EXPECT_EQ(got.basic_code(), "002017003000") << "follows from the code";
    EXPECT_EQ(got.valid_from(), "2024-01-01") << "of the defaults";
    EXPECT_EQ(got.scope(), v1::SERVICE_SCOPE_NATIONAL);
    EXPECT_THAT(got.modes(), ElementsAre(v1::BUSINESS_MODE_FULL_ONLINE, v1::BUSINESS_MODE_COLLECT_FOR_OTHER));
    EXPECT_EQ(got.opens_minute(), 540);
    EXPECT_EQ(got.closes_minute(), 1020);
    ASSERT_EQ(got.materials_size(), 2);
    const auto& contract = got.materials(1);
    EXPECT_EQ(contract.code(), "CL002");
    EXPECT_EQ(contract.name(), "购房合同");
    EXPECT_TRUE(contract.required());
    EXPECT_TRUE(contract.tolerance());
    EXPECT_EQ(contract.tolerance_limit().value(), 5);
    EXPECT_EQ(contract.copies(), 1);
}

TEST(CatalogueYaml, EveryMistakeIsToldAtItsPlace) {
    const auto read = load({{"items.yaml", R"(version: "1"
classes: [{code: gjj, zh: 公积金}]
items:
  - region: "140400"
    impl_code: 11140400TT000031433002017003000
    name: 提取
    version: "1"
    class: social
    case_type: 承诺件
    promise: 很快
    scope: 全世界
    onsite_visit: 1
    valid_from: 2026-02-30
  - region: "140400"
    impl_code: 11140400TT000031443002017003000
    name: 提取
    version: "1"
    case_type: 承诺件
    promise: -3个工作日
    materials:
      - {code: A, name: 甲, tolerance_limit: 5个工作日}
agreements:
  - {id: A, origins: ["370800"], destinations: ["140400"], items: ["999999999999"]}
)"}});
    EXPECT_EQ(read.loaded, nullptr);
    EXPECT_THAT(sample::places(read),
                testing::UnorderedElementsAre("items.yaml:10:14", "items.yaml:11:12", "items.yaml:12:19", "items.yaml:13:17",
                                              "items.yaml:8:12", "items.yaml:15:16", "items.yaml:19:14",
                                              "items.yaml:21:47", "items.yaml:23:67"))
        << sample::texts(read);
    EXPECT_THAT(sample::texts(read), HasSubstr("onsite_visits")) << "the nearest key is named";
}

TEST(CatalogueYaml, WhatIsNoCatalogueIsRefused) {
    for (const auto* text : {"", "items: 5", "[]", "items: [1, 2]", "x: 1", "items:\n  - {region: [1]}", "\x01", "items: [", "version: \"\xff\"\nitems: []"}) {
        const auto read = load({{"items.yaml", text}});
        EXPECT_EQ(read.loaded, nullptr) << text;
        EXPECT_THAT(read.mistakes, testing::Not(IsEmpty())) << text;
    }
    EXPECT_EQ(load({{"items.json", "{}"}}).loaded, nullptr);
}

TEST(CatalogueYaml, AnEmptyListOfAgreementsAllowsNothing) {
    const auto none = load({{"items.yaml", item}});
    ASSERT_NE(none.loaded, nullptr) << sample::texts(none);
    EXPECT_FALSE(none.loaded->lists_agreements());
    const auto empty = load({{"items.yaml", item}, {"agreements.yaml", "agreements: []\n"}});
    ASSERT_NE(empty.loaded, nullptr) << sample::texts(empty);
    EXPECT_TRUE(empty.loaded->lists_agreements());
}

TEST(CatalogueYaml, AliasesDoNotMultiplyWithoutEnd) {
    std::string text = "items:\n  - &i\n    name: x\n    materials: &m [{name: a}, {name: b}]\n";
    for (int i = 0; i < 3000; ++i) {
        text += "  - *i\n";
    }
    const auto read = load({{"items.yaml", text}});
    EXPECT_EQ(read.loaded, nullptr);
    EXPECT_LE(read.mistakes.size(), cases::catalogue_faults_max * 2 + 2);
}

TEST(CatalogueChanges, NameWhatCameWentAndChanged) {
    const auto before = load({{"items.yaml", item}});
    auto text = std::string(item);
    text.replace(text.find("3个工作日"), std::string("3个工作日").size(), "2个工作日");
    text += "  - {region: \"140400\", impl_code: 11140400TT000031433002017004000, name: 新增, version: \"1\", case_type: 即办件}\n";
    const auto after = load({{"items.yaml", text}});
    ASSERT_NE(before.loaded, nullptr) << sample::texts(before);
    ASSERT_NE(after.loaded, nullptr) << sample::texts(after);
    const auto found = changes(*before.loaded, *after.loaded);
    ASSERT_EQ(found.size(), 2);
    EXPECT_EQ(found[0].what, change::kind::changed);
    EXPECT_EQ(found[0].field, "承诺时限");
    EXPECT_EQ(found[0].before, "3个工作日");
    EXPECT_EQ(found[0].after, "2个工作日");
    EXPECT_EQ(found[1].what, change::kind::added);
    EXPECT_EQ(found[1].key, "140400 11140400TT000031433002017004000 v1");
    EXPECT_THAT(changes(*after.loaded, *after.loaded), IsEmpty());
    EXPECT_EQ(changes(*after.loaded, *before.loaded)[1].what, change::kind::removed);
}

} // namespace
} // namespace tongban::catalogue
