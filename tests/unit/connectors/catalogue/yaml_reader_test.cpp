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
  - {id: A, origins: ["370800"], destinations: ["140400"], items: ["999999999999"], valid_from: 2024-01-01, rules_version: v}
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

TEST(CatalogueChanges, NameTheVersionAndTheClasses) {
    const auto before = load({{"items.yaml", item}});
    auto text = std::string(item);
    text.replace(text.find("\"7\""), 3, "\"8\"");
    text.replace(text.find("zh: 公积金"), std::string("zh: 公积金").size(), "zh: 住房公积金");
    const auto after = load({{"items.yaml", text}});
    ASSERT_NE(after.loaded, nullptr) << sample::texts(after);
    const auto found = changes(*before.loaded, *after.loaded);
    ASSERT_EQ(found.size(), 2);
    EXPECT_EQ(found[0].of, change::subject::catalogue);
    EXPECT_EQ(found[0].after, "8");
    EXPECT_EQ(found[1].of, change::subject::item_class);
    EXPECT_EQ(found[1].before, "公积金");
    const auto unsaid = text.substr(text.find("items:")); // as in a table: neither version nor names
    EXPECT_THAT(changes(*before.loaded, *load({{"items.yaml", unsaid}}).loaded), IsEmpty());
}

constexpr const char* bundle = R"(bundles:
  - code: CJR
    name: 一件事
    version: "1"
    origins: ["370800"]
    materials:
      - {code: M1, name: 身份证, required: 是}
    children:
      - item: 11140400TT000031433002017003000
        destination: "140400"
        fields: [姓名, 住址]
        materials: {M1: CL001}
      - item: "002017003000"
        destination_field: 参保地
        after: 1
        required: false
        when: {field: 申请补贴, values: [是]}
)";

TEST(CatalogueYaml, ABundleIsReadAndCompiledWithTheRest) {
    const auto read = load({{"items.yaml", std::string(item) + bundle}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    const auto compiled = load({{"catalogue.binpb", compile(*read.loaded)}});
    ASSERT_NE(compiled.loaded, nullptr) << sample::texts(compiled);
    for (const auto* known : {read.loaded.get(), compiled.loaded.get()}) {
        ASSERT_EQ(known->bundles("CJR").size(), 1);
        const auto& got = *known->bundles("CJR")[0].bundle;
        EXPECT_THAT(got.origins(), ElementsAre("370800"));
        EXPECT_TRUE(got.materials(0).required());
        ASSERT_EQ(got.children_size(), 2);
        const auto& first = got.children(0);
        EXPECT_EQ(first.dest_region(), "140400");
        EXPECT_TRUE(first.required()) << "unless it says otherwise";
        ASSERT_EQ(first.fields_size(), 2);
        EXPECT_EQ(first.fields(1).from(), "住址");
        EXPECT_EQ(first.fields(1).to(), "");
        EXPECT_EQ(first.materials(0).from(), "M1");
        EXPECT_EQ(first.materials(0).to(), "CL001");
        const auto& second = got.children(1);
        EXPECT_EQ(second.dest_field(), "参保地");
        EXPECT_THAT(second.after(), ElementsAre(1));
        EXPECT_FALSE(second.required());
        EXPECT_EQ(second.condition().field(), "申请补贴");
        EXPECT_THAT(second.condition().values(), ElementsAre("是"));
    }
}

TEST(CatalogueYaml, ABundlesMistakesAreToldAtTheirPlaces) {
    std::string text(bundle);
    const auto replace = [&text](const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
    };
    replace("item: \"002017003000\"", "item: \"002017003999\"");
    replace("{M1: CL001}", "{M7: CL001}");
    replace("after: 1", "after: 2");
    replace("when: {field", "when: {feld");
    const auto read = load({{"items.yaml", std::string(item) + text}});
    EXPECT_EQ(read.loaded, nullptr);
    const auto told = sample::texts(read);
    EXPECT_THAT(told, HasSubstr("items.yaml:22:20: CJR@1.children[0].materials"));
    EXPECT_THAT(told, HasSubstr("items.yaml:23:15: CJR@1.children[1].item"));
    EXPECT_THAT(told, HasSubstr("items.yaml:25:16: CJR@1.children[1].after"));
    EXPECT_THAT(told, HasSubstr("feld"));
}

} // namespace
} // namespace tongban::catalogue
