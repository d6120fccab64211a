// Tables as cities send them: GB18030 and UTF-8, quoted cells; and the way there and back. Sheets: workbook_test.cpp.
#include "connectors/catalogue/field_rules.hpp"
#include "connectors/dialects/charset.hpp"
#include "tests/unit/connectors/catalogue/catalogue_files.hpp"

#include <gmock/gmock.h>

#include <random>
#include <tuple>

namespace tongban::catalogue {
namespace {

using sample::load;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string csv = "序号,区划代码,实施编码,事项名称,版本,办件类型,承诺时限,承诺时限单位,法定时限,通办范围,通办方式,收费（元）,备注\r\n"
                        "1,140400,11140400TT000031433002017003000,\"提取,\"\"购房\"\"\",1,承诺件,3,工作日,45日,跨省,"
                        "全程网办、异地代收代办,12.50,无\r\n"
                        "\r\n"
                        "2,370800000000,'11370800TT000012XL3002014019000,资格认证,１,即办件,当日,,无,全国,全程网办,不收费,\r\n";

std::string gb18030(const std::string& utf8) {
    std::string out;
    dialects::from_utf8(dialects::charset::gb18030, utf8, out);
    return out;
}

TEST(CatalogueTables, CsvInUtf8AndGb18030AreOne) {
    const auto utf8 = load({{"a.csv", "\xEF\xBB\xBF" + csv}});
    const auto gb = load({{"a.csv", gb18030(csv)}});
    ASSERT_NE(utf8.loaded, nullptr) << sample::texts(utf8);
    ASSERT_NE(gb.loaded, nullptr) << sample::texts(gb);
    EXPECT_EQ(sample::whole(*utf8.loaded), sample::whole(*gb.loaded));
    EXPECT_THAT(sample::places(utf8), ElementsAre("a.csv:1:1 (warning)", "a.csv:1:13 (warning)")) << "序号, 备注";
    const auto& item = *utf8.loaded->rows()[0].item;
    EXPECT_EQ(item.name(), "提取,\"购房\"");
    EXPECT_EQ(item.promise().unit(), v1::LIMIT_UNIT_WORKDAY);
    EXPECT_EQ(item.statutory().unit(), v1::LIMIT_UNIT_CALENDAR_DAY);
    EXPECT_EQ(item.fee_fen(), 1250);
    const auto& second = *utf8.loaded->rows()[1].item;
    EXPECT_EQ(second.region(), "370800");
    EXPECT_EQ(second.version(), "１") << "texts stay as they are";
    EXPECT_FALSE(second.has_statutory());
    EXPECT_EQ(second.fee_fen(), 0);
}

TEST(CatalogueTables, MistakesNameLineAndColumn) {
    auto wrong = csv;
    wrong.replace(wrong.find("跨省,"), std::string("跨省").size(), "跨国");
    wrong.replace(wrong.find("即办件"), std::string("即办件").size(), "即刻");
    const auto read = load({{"a.csv", wrong}});
    EXPECT_EQ(read.loaded, nullptr);
    EXPECT_THAT(sample::places(read), testing::IsSupersetOf({"a.csv:2:10", "a.csv:4:6"})) << sample::texts(read);
    EXPECT_THAT(sample::texts(read), HasSubstr("全国, 跨省, 跨市, 跨县"));

    for (const auto& [text, place] : {std::pair<std::string, std::string>{"实施编码,事项名称\n\"abc", "a.csv:2:1"},
                                      {"实施编码,事项名称\na,b,c\n", "a.csv:2:3"},
                                      {"实施编码,实施编码\na,b\n", "a.csv:1:2"},
                                      {"甲,乙\n1,2\n", "a.csv:1:1"},
                                      {"实施编码\n\xff\xff\n", "a.csv:2:1"},
                                      {std::string("实施编码\n\0\n", 15), "a.csv:1:1"}}) {
        EXPECT_THAT(sample::places(load({{"a.csv", text}})), testing::Contains(place)) << text;
    }
}

// One item with everything right, and `cell` in place of what `column` says.
std::string one_item(const std::string& column, const std::string& cell) {
    const std::vector<std::pair<std::string, std::string>> good = {
        {"区划代码", "140400"},     {"实施编码", "11140400TT000031433002017003000"}, {"事项名称", "提取"}, {"版本", "1"},
        {"办件类型", "承诺件"},     {"承诺时限", "3"},   {"承诺时限单位", "工作日"}, {"补正告知期限", "5"},
        {"业务办理项编码", ""},     {"办公时间", ""},
        {"档案材料答复期限（工作日）", ""}};
    std::string head;
    std::string row;
    for (const auto& [name, value] : good) {
        head += (head.empty() ? "" : ",") + name;
        row += (&name == &good.front().first ? "" : ",") + (name == column ? cell : value);
    }
    return head + "\n" + row + "\n";
}

struct damaged {
    const char* column;
    const char* cell;
    const char* place;
    const char* words;
};

TEST(CatalogueTables, DamagedCellsAreRefusedByName) {
    ASSERT_NE(load({{"a.csv", one_item("", "")}}).loaded, nullptr) << sample::texts(load({{"a.csv", one_item("", "")}}));
    for (const auto& one : {damaged{"实施编码", "1.11404E+30", "a.csv:2:2", "科学计数"},
                            damaged{"实施编码", "1E+30", "a.csv:2:2", "科学计数"},
                            damaged{"业务办理项编码", "1.1140400000000001e+32", "a.csv:2:9", "科学计数"},
                            damaged{"实施编码", "11140400tt000031433002017003000", "a.csv:2:2", "大写"},
                            damaged{"事项名称", "住\xEF\xBF\xBD房", "a.csv:2:3", "U+FFFD"},
                            damaged{"承诺时限", "3个自然日", "a.csv:2:7", "单位不一致"},
                            damaged{"补正告知期限", "0", "a.csv:2:8", "不能为0"},
                            damaged{"办公时间", "00:00-00:00", "a.csv:2:10", "opens after it closes"}}) {
        const auto read = load({{"a.csv", one_item(one.column, one.cell)}});
        EXPECT_EQ(read.loaded, nullptr) << one.cell;
        EXPECT_THAT(sample::places(read), testing::Contains(one.place)) << sample::texts(read);
        EXPECT_THAT(sample::texts(read), HasSubstr(one.words));
    }
    EXPECT_NE(load({{"a.csv", one_item("承诺时限", "3个工作日")}}).loaded, nullptr) << "says the same twice";
}

TEST(CatalogueTables, OfficeHoursMayHaveANoonBreak) {
    const auto read = load({{"a.csv", one_item("办公时间", "\"09:00-12:00，13:30-17:30\"")}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    EXPECT_EQ(read.loaded->rows()[0].item->opens_minute(), 9 * 60);
    EXPECT_EQ(read.loaded->rows()[0].item->closes_minute(), 17 * 60 + 30);
    EXPECT_EQ(load({{"a.csv", one_item("办公时间", "\"13:30-17:30，09:00-12:00\"")}}).loaded, nullptr);
    EXPECT_EQ(load({{"a.csv", one_item("办公时间", "上午")}}).loaded, nullptr);
}

TEST(CatalogueTables, TwoEncodingsInOneFileAreRefused) {
    const std::string head = "区划代码,实施编码,事项名称,版本,办件类型,承诺时限\n";
    const std::string row = "140400,11140400TT000031433002017003000,住房公积金提取,1,承诺件,3\n";
    EXPECT_THAT(sample::texts(load({{"a.csv", gb18030(head) + row}})), HasSubstr("a.csv:2:1: 该行是 UTF-8"));
    EXPECT_THAT(sample::texts(load({{"a.csv", head + gb18030(row)}})), HasSubstr("a.csv:1:1: 该行是 UTF-8"));
    EXPECT_NE(load({{"a.csv", gb18030(head + row)}}).loaded, nullptr);
}

TEST(CatalogueTables, OldWorkbooksAndWrongOrderAreSaidPlainly) {
    EXPECT_THAT(sample::texts(load({{"a.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"}})), HasSubstr("另存为 .xlsx"));
    const std::string materials = "实施编码,材料编码,材料名称,必要性\n11140400TT000031433002017003000,M1,身份证,\n";
    EXPECT_THAT(sample::texts(load({{"m.csv", materials}, {"a.csv", csv}})), HasSubstr("请先给出事项表"));
    const auto read = load({{"a.csv", csv}, {"m.csv", materials}});
    ASSERT_NE(read.loaded, nullptr);
    EXPECT_THAT(sample::places(read), testing::Contains("m.csv:2:4 (warning)"));
    EXPECT_FALSE(read.loaded->rows()[0].item->materials(0).required());
    const auto same_name = materials + "11140400TT000031433002017003000,M2,身份证,必要\n";
    EXPECT_THAT(sample::places(load({{"a.csv", csv}, {"m.csv", same_name}})), testing::Contains("m.csv:3:3"));
}

TEST(CatalogueTables, MaterialsOfTheirOwnTableJoinTheirItems) {
    const std::string materials = "实施编码,材料编码,材料名称,是否必要,是否可容缺,容缺补齐期限\n"
                                  "11140400TT000031433002017003000,M1,身份证,是,否,\n"
                                  "11140400TT000031433002017003000,M2,合同,必要,是,5\n";
    const auto read = load({{"m.csv", materials}, {"a.csv", csv}});
    EXPECT_EQ(read.loaded, nullptr) << "items must be read before the materials that name them";
    const auto good = load({{"a.csv", csv}, {"m.csv", materials}});
    ASSERT_NE(good.loaded, nullptr) << sample::texts(good);
    EXPECT_EQ(good.loaded->rows()[0].item->materials_size(), 2);
    EXPECT_EQ(good.loaded->rows()[0].item->materials(1).tolerance_limit().value(), 5);
    const auto lost = load({{"a.csv", csv}, {"m.csv", "实施编码,材料名称\nX,身份证\n"}});
    EXPECT_THAT(sample::places(lost), testing::Contains("m.csv:2:1"));
}

TEST(CatalogueTables, SumsAndNotesBelowTheTableAreLeftOutAndTold) {
    const auto read = load({{"a.csv", csv + "合计,,2 项,,,,,,,,,,\r\n,,注：以上事项由各地负责,,,,,,,,,,\r\n填表人：,,,某某,,,,,,,,,\r\n"}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    EXPECT_EQ(read.loaded->rows().size(), load({{"a.csv", csv}}).loaded->rows().size());
    EXPECT_THAT(sample::places(read), testing::IsSupersetOf({"a.csv:5:1 (warning)", "a.csv:6:1 (warning)", "a.csv:7:1 (warning)"}));
    // A sum that stands in the column of the code is no code; a code beside a remark is one.
    const std::string materials = "备注,实施编码,材料名称\n说明：见附件,11140400TT000031433002017003000,身份证\n,,说明书\n,合计：1,\n";
    const auto joined = load({{"a.csv", csv}, {"m.csv", materials}});
    EXPECT_EQ(joined.loaded, nullptr) << "a material without its item is a mistake";
    EXPECT_THAT(sample::places(joined), testing::Contains("m.csv:3:2"));
    EXPECT_THAT(sample::texts(joined), testing::Not(HasSubstr("m.csv:2")));
}

TEST(CatalogueTables, AutomaticHandlingIsReadAndWrittenAgain) {
    const std::string head = "业务属地,实施编码,事项名称,版本,办件类型,承诺时限,自动审批接口,自动审批条件\n"
                             "140400,11140400TT000031433002017003000,提取,1,承诺件,3个工作日,";
    const auto by_rule = load({{"i.csv", head + ",婚姻状况＝未婚、离异；户籍地；material:CL001\n"}});
    ASSERT_NE(by_rule.loaded, nullptr) << sample::texts(by_rule);
    const auto& rule = by_rule.loaded->rows()[0].item->automatic();
    ASSERT_EQ(rule.conditions_size(), 3);
    EXPECT_EQ(rule.conditions(0).field(), "婚姻状况");
    EXPECT_THAT(rule.conditions(0).values(), testing::ElementsAre("未婚", "离异"));
    EXPECT_EQ(rule.conditions(2).field(), "material:CL001");
    const auto again = load({{"i.csv", items_csv(*by_rule.loaded)}});
    ASSERT_NE(again.loaded, nullptr) << sample::texts(again);
    EXPECT_EQ(sample::whole(*again.loaded), sample::whole(*by_rule.loaded));
    const auto by_handler = load({{"i.csv", head + "rules,\n"}});
    ASSERT_NE(by_handler.loaded, nullptr) << sample::texts(by_handler);
    EXPECT_EQ(by_handler.loaded->rows()[0].item->automatic().handler(), "rules");
    EXPECT_EQ(load({{"i.csv", head + "rules,户籍地\n"}}).loaded, nullptr) << "not both";
    EXPECT_EQ(load({{"i.csv", head + ",户籍地=\n"}}).loaded, nullptr) << "no value";
}

TEST(CatalogueTables, WhatIsWrittenIsReadAgain) {
    const auto first = load({{"items.yaml", sample::example("items.yaml")}, {"agreements.yaml", sample::example("agreements.yaml")}});
    ASSERT_NE(first.loaded, nullptr);
    const auto again = load({{"i.csv", items_csv(*first.loaded)}, {"a.csv", agreements_csv(*first.loaded)}});
    ASSERT_NE(again.loaded, nullptr) << sample::texts(again);
    EXPECT_THAT(again.mistakes, IsEmpty()) << sample::texts(again);
    EXPECT_EQ(sample::whole(*again.loaded), sample::whole(*first.loaded));
    EXPECT_THAT(lost_in_items_csv(*first.loaded, items_csv(*first.loaded), "i.csv"), IsEmpty());
    EXPECT_THAT(lost_in_agreements_csv(*first.loaded, agreements_csv(*first.loaded), "a.csv"), IsEmpty());
}

TEST(CatalogueTables, LineBreaksAreTrimmedAtTheEndsAndRefusedInside) {
    const auto trimmed = load({{"a.csv", one_item("事项名称", "\"\n提取\r\n\"")}});
    ASSERT_NE(trimmed.loaded, nullptr) << sample::texts(trimmed);
    EXPECT_EQ(trimmed.loaded->rows()[0].item->name(), "提取");
    for (const auto& [column, cell, place] : {std::tuple{"事项名称", "\"提\n取\"", "a.csv:2:3"},
                                              {"事项名称", "提\xE2\x80\xA8取", "a.csv:2:3"},
                                              {"事项名称", "提\x07取", "a.csv:2:3"},
                                              {"版本", "\"1\r\n0\"", "a.csv:2:4"},
                                              {"实施编码", "\"11140400TT00003143\n3002017003000\"", "a.csv:2:2"}}) {
        const auto read = load({{"a.csv", one_item(column, cell)}});
        EXPECT_EQ(read.loaded, nullptr) << cell;
        EXPECT_THAT(sample::places(read), testing::Contains(place)) << sample::texts(read);
        EXPECT_THAT(sample::texts(read), HasSubstr("换行")) << cell;
        EXPECT_THAT(sample::texts(read), HasSubstr("line break")) << cell;
    }
    v1::CatalogueItem item;
    dialects::sentence why;
    EXPECT_FALSE(set_field(item, *rule_by_key(item_rules(), "materials"), "C1|\"申请\n表\"", why));
    EXPECT_FALSE(set_field(item, *rule_by_key(item_rules(), "situations"), "01|\"购\n房\"", why));
    EXPECT_TRUE(set_field(item, *rule_by_key(item_rules(), "materials"), "C1|申请表\nC2|身份证", why)) << "one below the other";
    EXPECT_EQ(item.materials_size(), 2);
    EXPECT_TRUE(set_field(item, *rule_by_key(item_rules(), "fee_basis"), "法一\n法二", why)) << "no name";
}

TEST(CatalogueTables, CountsMayNameTheirUnit) {
    const std::string head = "实施编码,材料编码,材料名称,必要性,份数\n11140400TT000031433002017003000,M1,身份证,必要,";
    for (const auto& [written, copies] : {std::pair<const char*, unsigned>{"1份", 1}, {"２份", 2}, {"三份", 3}, {"4", 4}, {"5.0", 5}}) {
        const auto read = load({{"a.csv", csv}, {"m.csv", head + written + "\n"}});
        ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
        EXPECT_EQ(read.loaded->rows()[0].item->materials(0).copies(), copies) << written;
    }
    for (const auto* wrong : {"份", "1次", "1.5份", "-1份", "三"}) {
        const auto read = load({{"a.csv", csv}, {"m.csv", head + wrong + std::string("\n")}});
        EXPECT_THAT(sample::places(read), testing::Contains("m.csv:2:5")) << wrong;
    }
    const auto days = load({{"a.csv", one_item("补正告知期限", "3个工作日")}});
    ASSERT_NE(days.loaded, nullptr) << sample::texts(days);
    EXPECT_EQ(days.loaded->rows()[0].item->notice_days(), 3);
    const auto archives = load({{"a.csv", one_item("档案材料答复期限（工作日）", "8个工作日")}});
    ASSERT_NE(archives.loaded, nullptr) << sample::texts(archives);
    EXPECT_EQ(archives.loaded->rows()[0].item->archive_days(), 8);
    EXPECT_EQ(load({{"a.csv", one_item("档案材料答复期限（工作日）", "0")}}).loaded, nullptr) << "0 stands for the default";
    EXPECT_EQ(load({{"a.csv", one_item("补正告知期限", "3日")}}).loaded, nullptr) << "no working days";
}

TEST(CatalogueTables, MaterialsOfAnUnknownVersionAreToldWhichThereAre) {
    const std::string code = "11140400TT000031433002017003000";
    const std::string items = "区划代码,实施编码,事项名称,版本,办件类型,承诺时限,生效日期,失效日期\n140400," + code +
                              ",提取,1,承诺件,3,2024-01-01,2025-12-31\n140400," + code + ",提取,2,承诺件,3,2026-01-01,\n";
    const auto told = [&](const std::string& table) {
        const auto read = load({{"a.csv", items}, {"m.csv", table}});
        EXPECT_EQ(read.loaded, nullptr);
        return sample::texts(read);
    };
    const auto version = told("实施编码,版本,材料名称,必要性\n" + code + ",3,身份证,必要\n");
    EXPECT_THAT(version, HasSubstr("m.csv:2:2: 版本: 事项 " + code + " 没有版本 3，现有版本：1, 2"));
    EXPECT_THAT(version, HasSubstr("item " + code + " has no version 3; it has: 1, 2"));
    EXPECT_THAT(told("区划代码,实施编码,材料名称,必要性\n370800," + code + ",身份证,必要\n"),
                HasSubstr("m.csv:2:1: 区划代码: 事项 " + code + " 不在 370800，而在：140400"));
    EXPECT_THAT(told("实施编码,版本,材料名称,必要性\nX,3,身份证,必要\n"), HasSubstr("m.csv:2:1: 实施编码: 没有这个事项：X"));
}

// A text of characters that mean something somewhere between a form and a cell.
std::string odd_text(std::mt19937& random) {
    static const std::vector<std::string> pieces = {"；", ";", "|", "｜", "=", "＝", ",", "，", "、", "\"", "\"\"", "'", "\n", "\r\n", "\r",
                                                    " ", "　", "\t", "无", "-", "/", "null", "购房", "a", "1", "１", "：", "必要", "2份"};
    std::string text;
    for (auto left = random() % 5; left > 0; --left) {
        text += pieces[random() % pieces.size()];
    }
    return text;
}

TEST(CatalogueTables, ConditionsAreReadAsTheyWereWrittenWhateverTheyHold) {
    const auto base = load({{"a.csv", one_item("", "")}});
    ASSERT_NE(base.loaded, nullptr);
    const auto& rule = *rule_by_key(item_rules(), "automatic_conditions");
    std::mt19937 random(9);
    for (int round = 0; round < 3000; ++round) {
        cases::catalogue_contents contents;
        auto& item = contents.add_item();
        item.CopyFrom(*base.loaded->rows()[0].item);
        for (auto left = 1 + random() % 3; left > 0; --left) {
            auto& condition = *item.mutable_automatic()->add_conditions();
            condition.set_field("f" + odd_text(random));
            if (random() % 4 == 0) {
                condition.set_field(odd_text(random) + "f");
            }
            for (auto values = random() % 4; values > 0; --values) {
                condition.add_values(odd_text(random));
            }
        }
        const auto known = cases::catalogue::build(std::move(contents));
        const auto& was = *known->rows()[0].item;
        v1::CatalogueItem is;
        dialects::sentence why;
        ASSERT_TRUE(set_field(is, rule, field_text(was, rule), why)) << field_text(was, rule) << why.text();
        ASSERT_EQ(is.automatic().ShortDebugString(), was.automatic().ShortDebugString()) << field_text(was, rule);
        const auto written = items_csv(*known);
        ASSERT_THAT(lost_in_items_csv(*known, written, "a.csv"), IsEmpty()) << written;
        const auto again = load({{"a.csv", written}});
        ASSERT_NE(again.loaded, nullptr) << sample::texts(again);
        ASSERT_EQ(sample::whole(*again.loaded), sample::whole(*known));
    }
}

TEST(CatalogueTables, DaysAreReadAsPeopleAndSpreadsheetsWriteThem) {
    const auto& rule = *rule_by_key(item_rules(), "valid_to");
    for (const auto& [text, day] : {std::pair<const char*, const char*>{"2026-11-22", "2026-11-22"},
                                    {"2026年11月2日", "2026-11-02"},
                                    {"2026/1/1 0:00", "2026-01-01"},
                                    {"2026-01-01 00:00:00", "2026-01-01"},
                                    {"46348", "2026-11-22"},
                                    {"2958465", "9999-12-31"},
                                    {"长期有效", ""}}) {
        v1::CatalogueItem item;
        dialects::sentence why;
        EXPECT_TRUE(set_field(item, rule, text, why)) << text;
        EXPECT_EQ(item.valid_to(), day) << text;
    }
    for (const auto* none : {"2026/1/1 8:00", "2958466", "80001", "2026-02-30"}) {
        v1::CatalogueItem item;
        dialects::sentence why;
        EXPECT_FALSE(set_field(item, rule, none, why)) << none;
    }
}

TEST(CatalogueTables, ConditionsInQuotesHoldWhatSeparates) {
    const auto& rule = *rule_by_key(item_rules(), "automatic_conditions");
    v1::CatalogueItem item;
    dialects::sentence why;
    EXPECT_FALSE(set_field(item, rule, R"(身高="180"以上)", why)) << "text behind quotes";
    EXPECT_THAT(why.text(), HasSubstr("引号"));
    ASSERT_TRUE(set_field(item, rule, R"(原因 = "购房,自住" , "租""房"、其他 ； "a=b"="x；y"；备注=a"b)", why)) << why.text();
    ASSERT_EQ(item.automatic().conditions_size(), 3);
    EXPECT_THAT(item.automatic().conditions(0).values(), ElementsAre("购房,自住", "租\"房", "其他"));
    EXPECT_EQ(item.automatic().conditions(1).field(), "a=b");
    EXPECT_THAT(item.automatic().conditions(1).values(), ElementsAre("x；y"));
    EXPECT_THAT(item.automatic().conditions(2).values(), ElementsAre("a\"b")) << "a quote inside is a character";
    EXPECT_FALSE(set_field(item, rule, "原因=\"购房；自住", why)) << "quotes that do not end";
    EXPECT_FALSE(set_field(item, rule, "原因=", why)) << "no value";
}

TEST(CatalogueTables, MaterialsAndSituationsKeepTheirSeparators) {
    const auto base = load({{"a.csv", one_item("", "")}});
    cases::catalogue_contents contents;
    auto& item = contents.add_item();
    item.CopyFrom(*base.loaded->rows()[0].item);
    for (const auto* name : {"身份证|户口簿", "申请表；一式两份", "\"四上\"企业证明", "2份", "必要"}) {
        auto& material = *item.add_materials();
        material.set_name(name);
        material.set_code(item.materials_size() == 1 ? "" : "C;" + std::to_string(item.materials_size()));
        material.set_licence_type(item.materials_size() == 2 ? "a|b" : "");
    }
    item.add_situations()->set_code("无");
    item.mutable_situations(0)->set_name("购房；自住");
    const auto known = cases::catalogue::build(std::move(contents));
    const auto again = load({{"a.csv", items_csv(*known)}});
    ASSERT_NE(again.loaded, nullptr) << sample::texts(again);
    EXPECT_EQ(sample::whole(*again.loaded), sample::whole(*known)) << items_csv(*known);
    v1::CatalogueItem read;
    dialects::sentence why;
    ASSERT_TRUE(set_field(read, *rule_by_key(item_rules(), "materials"), R"(C1|"四上"企业证明|必要；C2|合同)", why)) << why.text();
    ASSERT_EQ(read.materials_size(), 2);
    EXPECT_EQ(read.materials(0).name(), "\"四上\"企业证明") << "as it was written before quotes meant anything";
}

TEST(CatalogueTables, WhatATableCannotSayIsNamedAndNotWritten) {
    const auto base = load({{"a.csv", one_item("", "")}});
    for (const auto& value : {std::string("住\xEF\xBF\xBD房"), std::string(70'000, 'x')}) {
        cases::catalogue_contents contents;
        contents.add_item().CopyFrom(*base.loaded->rows()[0].item);
        auto& item = contents.add_item();
        item.CopyFrom(*base.loaded->rows()[0].item);
        item.set_version("2");
        auto& condition = *item.mutable_automatic()->add_conditions();
        condition.set_field("原因");
        condition.add_values(value);
        const auto known = cases::catalogue::build(std::move(contents));
        const auto lost = lost_in_items_csv(*known, items_csv(*known), "out.csv");
        ASSERT_EQ(lost.size(), 1);
        EXPECT_THAT(lost[0].text(), HasSubstr("out.csv:3:1: 11140400TT000031433002017003000@2.自动审批条件")) << lost[0].text();
    }
    cases::catalogue_contents contents;
    auto& item = contents.add_item();
    item.CopyFrom(*base.loaded->rows()[0].item);
    item.set_name(" 提取"); // no reader of ours gives that
    const auto known = cases::catalogue::build(std::move(contents));
    const auto lost = lost_in_items_csv(*known, items_csv(*known), "out.csv");
    ASSERT_EQ(lost.size(), 1);
    EXPECT_THAT(lost[0].text(), HasSubstr("事项名称")) << lost[0].text();
}

} // namespace
} // namespace tongban::catalogue
