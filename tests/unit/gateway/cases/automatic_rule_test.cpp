// 秒批 by a rule of the item: which filings it approves.
#include "gateway/cases/automatic_rule.hpp"

#include <gtest/gtest.h>

namespace tongban::cases {
namespace {

v1::AutomaticHandling rule(std::initializer_list<std::pair<const char*, std::vector<std::string>>> conditions) {
    v1::AutomaticHandling made;
    for (const auto& [field, values] : conditions) {
        auto& condition = *made.add_conditions();
        condition.set_field(field);
        condition.mutable_values()->Add(values.begin(), values.end());
    }
    return made;
}

v1::Dossier filed(std::initializer_list<std::pair<const char*, const char*>> form) {
    v1::Dossier made;
    for (const auto& [name, value] : form) {
        auto& field = *made.add_form();
        field.set_name(name);
        field.set_value(value);
    }
    return made;
}

// With no file held.
bool approves(const v1::AutomaticHandling& given, const v1::Dossier& filing) {
    return fulfils(given, filing, {}, [](const v1::MaterialFile&) { return false; });
}

TEST(AutomaticRule, EveryConditionMustHold) {
    const auto both = rule({{"原因", {"购房", "租房"}}, {"户籍", {}}});
    EXPECT_TRUE(approves(both, filed({{"原因", "租房"}, {"户籍", "济宁"}})));
    EXPECT_FALSE(approves(both, filed({{"原因", "其他"}, {"户籍", "济宁"}})));
    EXPECT_FALSE(approves(both, filed({{"原因", "租房"}, {"户籍", ""}}))) << "any value, but one";
    EXPECT_FALSE(approves(both, filed({{"原因", "租房"}})));
    EXPECT_FALSE(approves(both, filed({})));
}

TEST(AutomaticRule, ValuesAreComparedByWhatTheyMean) {
    const auto one = rule({{"原因", {"是", "A1（租）"}}});
    for (const char* same : {"是", "是 ", "\t是\n", "　是", "\xEF\xBB\xBF是\xC2\xA0\xE2\x80\x8B", "Ａ１(租)", " A1（租） "}) {
        EXPECT_TRUE(approves(one, filed({{"原因", same}}))) << same;
    }
    for (const char* other : {"", " ", "是是", "不是", "是。", "A 1（租）", "a1（租）", "\xEF\xBC", "\xE6\x98"}) {
        EXPECT_FALSE(approves(one, filed({{"原因", other}}))) << other;
    }
    EXPECT_TRUE(approves(rule({{"原因", {" 是"}}}), filed({{"原因", "是"}}))) << "the catalogue's too";
    const auto any = rule({{"原因", {}}});
    EXPECT_TRUE(approves(any, filed({{"原因", "　无 "}})));
    for (const char* blank : {"", " ", "　", "\xC2\xA0\n"}) {
        EXPECT_FALSE(approves(any, filed({{"原因", blank}}))) << "nothing is filled in";
    }
}

TEST(AutomaticRule, AFieldGivenTwiceMustHoldTwice) {
    const auto one = rule({{"原因", {"租房"}}});
    EXPECT_TRUE(approves(one, filed({{"原因", "租房"}, {"原因", "租房"}})));
    EXPECT_FALSE(approves(one, filed({{"原因", "租房"}, {"原因", "其他"}})));
    EXPECT_FALSE(approves(one, filed({{"原因", "其他"}, {"原因", "租房"}})));
}

TEST(AutomaticRule, AMaterialIsThereWithAFileThatTheGatewayHas) {
    const auto needed = rule({{"material:CL001", {}}});
    const auto held = [](const v1::MaterialFile& file) { return !file.content().empty() || file.sha256() == "stored"; };
    const auto approves = [&](const v1::MaterialFile& file, const char* code = "CL001") {
        v1::Dossier dossier;
        auto& material = *dossier.add_materials();
        material.set_code(code);
        *material.add_files() = file;
        return fulfils(needed, dossier, {}, held);
    };
    v1::MaterialFile file;
    EXPECT_FALSE(fulfils(needed, {}, {}, held));
    EXPECT_FALSE(approves(file)) << "files: [{}]";
    file.set_name("身份证.pdf");
    EXPECT_FALSE(approves(file));
    file.set_file_id("A1");
    EXPECT_FALSE(approves(file)) << "only its sender can open it";
    file.set_url("https://files.example.cn/1");
    EXPECT_FALSE(approves(file)) << "nobody fetched it";
    file.set_sha256("of a file that is elsewhere");
    EXPECT_FALSE(approves(file));
    file.set_sha256("stored");
    EXPECT_TRUE(approves(file));
    EXPECT_FALSE(approves(file, "CL002"));
    v1::MaterialFile inside;
    inside.set_content("x");
    EXPECT_TRUE(approves(inside));
}

TEST(AutomaticRule, AMaterialIsTheOneThatTheItemListsUnderTheCode) {
    const auto needed = rule({{"material:CL001", {}}});
    listed_materials listed;
    auto& id_card = *listed.Add();
    id_card.set_code("CL001");
    id_card.set_name("居民身份证");
    id_card.set_licence_type("居民身份证");
    listed.Add()->set_code("CL002");
    const auto held = [](const v1::MaterialFile& file) { return !file.content().empty(); };
    const auto approves = [&](const char* code, const char* name) {
        v1::Dossier dossier;
        auto& material = *dossier.add_materials();
        material.set_code(code);
        material.set_name(name);
        material.add_files()->set_content("x");
        return fulfils(needed, dossier, listed, held);
    };
    EXPECT_TRUE(approves("CL001", ""));
    EXPECT_TRUE(approves("ＣＬ001 ", ""));
    EXPECT_TRUE(approves("", "居民身份证"));
    EXPECT_TRUE(approves("", "　居民身份证 "));
    EXPECT_TRUE(approves("A-17", "居民身份证")) << "a code of the city's own";
    EXPECT_FALSE(approves("CL002", "户口簿"));
    EXPECT_FALSE(approves("CL002", "居民身份证")) << "the code decides: it is no second material";
    EXPECT_FALSE(approves("", ""));
    v1::Dossier licensed;
    auto& licence = *licensed.add_certificates();
    licence.set_name("居民身份证");
    licence.set_licence_ref("1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.R");
    EXPECT_TRUE(fulfils(needed, licensed, listed, held));
    licence.set_licence_ref("1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.0");
    EXPECT_FALSE(fulfils(needed, licensed, listed, held)) << "for a person to look at";
}

TEST(AutomaticRule, AMaterialIsThereWithALicenceWhoseNumberIsRight) {
    const auto needed = rule({{"material:CL001", {}}});
    const auto approves = [&](const char* licence) {
        v1::Dossier dossier;
        auto& material = *dossier.add_materials();
        material.set_code("CL001");
        material.set_licence_ref(licence);
        return fulfils(needed, dossier, {}, [](const v1::MaterialFile&) { return false; });
    };
    const std::string number = "1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.";
    EXPECT_TRUE(approves((number + "R").c_str()));
    EXPECT_FALSE(approves((number + "0").c_str())) << "taken with a warning, and for a person to look at";
    for (const auto* wrong : {"", "garbage", "1.2.156.3005.2.x", "1.2.156.3005.2....."}) {
        EXPECT_FALSE(approves(wrong)) << wrong;
    }
}

TEST(AutomaticRule, WhatIsNamedCountsBeforeFilesAreTaken) {
    v1::Dossier dossier;
    auto& material = *dossier.add_materials();
    material.set_code("CL001");
    v1::AutomaticCondition condition;
    condition.set_field("material:CL001");
    google::protobuf::RepeatedPtrField<v1::CatalogueMaterial> listed;
    listed.Add()->set_code("CL001");
    material.add_files()->set_name("a.pdf");
    EXPECT_FALSE(holds(condition, dossier, listed));
    material.mutable_files(0)->set_file_id("A1");
    EXPECT_TRUE(holds(condition, dossier, listed));
}

TEST(AutomaticRule, NoConditionApprovesNothing) {
    EXPECT_FALSE(approves({}, filed({{"原因", "租房"}})));
}

} // namespace
} // namespace tongban::cases
