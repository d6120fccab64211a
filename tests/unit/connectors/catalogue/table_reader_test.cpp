// Tables as cities send them: GB18030 and UTF-8, quoted cells, sheets of Excel; and the way there and back.
#include "connectors/catalogue/tables.hpp"
#include "connectors/dialects/charset.hpp"
#include "tests/unit/connectors/catalogue/catalogue_files.hpp"

#include <gmock/gmock.h>
#include <minizip/zip.h>

#include <unistd.h>

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

std::string workbook(const std::vector<std::pair<std::string, std::string>>& parts) {
    const auto file = std::filesystem::temp_directory_path() / ("tongban-workbook-" + std::to_string(::getpid()) + ".xlsx");
    const auto zip = zipOpen(file.c_str(), APPEND_STATUS_CREATE);
    for (const auto& [name, text] : parts) {
        zipOpenNewFileInZip(zip, name.c_str(), nullptr, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED, 6);
        zipWriteInFileInZip(zip, text.data(), static_cast<unsigned>(text.size()));
        zipCloseFileInZip(zip);
    }
    zipClose(zip, nullptr);
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    std::filesystem::remove(file);
    return all.str();
}

std::string cell(const std::string& at, const std::string& text) {
    return "<c r=\"" + at + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

// Two sheets: items with a title above the header, shared and inline strings, a number and a day of Excel; materials.
std::vector<std::pair<std::string, std::string>> parts() {
    const std::string ns = R"(xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main")";
    return {
        {"xl/workbook.xml", "<workbook " + ns +
                                R"( xmlns:r="r"><sheets><sheet name="事项" sheetId="1" r:id="rId1"/>)"
                                R"(<sheet name="材料" sheetId="2" r:id="rId2"/><sheet name="说明" sheetId="3" r:id="rId3"/></sheets></workbook>)"},
        {"xl/_rels/workbook.xml.rels",
         R"(<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>)"
         R"(<Relationship Id="rId2" Type="x/worksheet" Target="/xl/worksheets/sheet2.xml"/>)"
         R"(<Relationship Id="rId3" Type="x/worksheet" Target="worksheets/sheet3.xml"/></Relationships>)"},
        {"xl/sharedStrings.xml",
         "<sst " + ns + "><si><t>实施编码</t></si><si><r><t>11140400TT0000</t></r><r><t>31433002017003000</t></r></si></sst>"},
        {"xl/worksheets/sheet1.xml",
         "<worksheet " + ns + "><sheetData><row r=\"1\">" + cell("A1", "长治市事项目录") + "</row><row r=\"3\">" +
             cell("A3", "区划代码") + R"(<c r="B3" t="s"><v>0</v></c>)" + cell("C3", "事项名称") + cell("D3", "版本") +
             cell("E3", "办件类型") + cell("F3", "承诺时限") + cell("G3", "生效日期") + "</row><row r=\"5\">" +
             R"(<c r="A5"><v>140400</v></c><c r="B5" t="s"><v>1</v></c>)" + cell("C5", "提取") +
             R"(<c r="D5"><v>1</v></c>)" + cell("E5", "承诺件") + R"(<c r="F5"><v>3</v></c><c r="G5"><v>45292</v></c></row>)" +
             "</sheetData></worksheet>"},
        {"xl/worksheets/sheet2.xml",
         "<x:worksheet xmlns:x=\"m\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"str\"><x:v>实施编码</x:v></x:c>"
         "<x:c r=\"B1\" t=\"str\"><x:v>材料名称</x:v></x:c><x:c r=\"C1\" t=\"str\"><x:v>是否必要</x:v></x:c></x:row>"
         "<x:row r=\"2\"><x:c r=\"A2\" t=\"str\"><x:v>11140400TT000031433002017003000</x:v></x:c>"
         "<x:c r=\"B2\" t=\"str\"><x:v>身份证</x:v></x:c><x:c r=\"C2\" t=\"b\"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>"},
        {"xl/worksheets/sheet3.xml", "<worksheet " + ns + "><sheetData><row r=\"1\">" + cell("A1", "填表说明") + "</row></sheetData></worksheet>"},
    };
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
        {"业务办理项编码", ""},     {"办公时间", ""}};
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

TEST(CatalogueTables, ACodeStoredAsANumberIsRefused) {
    for (const auto* stored : {"1.1140400000000001E+30", "320102199001011000"}) {
        auto rounded = parts();
        auto& sheet = rounded[3].second;
        const std::string code = R"(<c r="B5" t="s"><v>1</v></c>)";
        sheet.replace(sheet.find(code), code.size(), R"(<c r="B5"><v>)" + std::string(stored) + "</v></c>");
        const auto read = load({{"a.xlsx", workbook(rounded)}});
        EXPECT_EQ(read.loaded, nullptr);
        EXPECT_THAT(sample::places(read), testing::Contains("a.xlsx[事项]:5:2"));
        EXPECT_THAT(sample::texts(read), HasSubstr("科学计数"));
    }
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

TEST(CatalogueTables, AWorkbookIsReadSheetBySheet) {
    const auto read = load({{"a.xlsx", workbook(parts())}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    ASSERT_EQ(read.loaded->rows().size(), 1);
    const auto& item = *read.loaded->rows()[0].item;
    EXPECT_EQ(item.region(), "140400");
    EXPECT_EQ(item.impl_code(), "11140400TT000031433002017003000");
    EXPECT_EQ(item.valid_from(), "2024-01-01");
    EXPECT_EQ(item.promise().value(), 3);
    ASSERT_EQ(item.materials_size(), 1);
    EXPECT_EQ(item.materials(0).name(), "身份证");
    EXPECT_TRUE(item.materials(0).required());
}

TEST(CatalogueTables, MistakesInAWorkbookNameSheetAndRow) {
    auto wrong = parts();
    auto& sheet = wrong[3].second;
    sheet.replace(sheet.find("<v>45292</v>"), 12, "<v>下周</v>");
    EXPECT_THAT(sample::places(load({{"a.xlsx", workbook(wrong)}})), ElementsAre("a.xlsx[事项]:5:7"));
    auto half = parts();
    half[3].second.replace(half[3].second.find("<v>45292</v>"), 12, "<v>&#xD800;</v>");
    EXPECT_THAT(sample::places(load({{"a.xlsx", workbook(half)}})), ElementsAre("a.xlsx[事项]:5:7"));
    auto no_text = parts();
    auto& other = no_text[3].second;
    other.replace(other.find("<v>1</v>"), 8, "<v>9</v>");
    EXPECT_EQ(load({{"a.xlsx", workbook(no_text)}}).loaded, nullptr);
}

TEST(CatalogueTables, AWorkbookThatIsCutOrHostileIsRefused) {
    const auto whole = workbook(parts());
    for (std::size_t size = 4; size < whole.size(); size += 97) {
        EXPECT_EQ(load({{"a.xlsx", whole.substr(0, size)}}).loaded, nullptr) << size;
    }
    auto entity = parts();
    entity[3].second = "<!DOCTYPE x [<!ENTITY a \"b\">]>" + entity[3].second;
    EXPECT_EQ(load({{"a.xlsx", workbook(entity)}}).loaded, nullptr);
    auto bomb = parts();
    bomb[3].second = std::string(table_bytes_max + 1, ' '); // a quarter of a megabyte packed
    EXPECT_EQ(load({{"a.xlsx", workbook(bomb)}}).loaded, nullptr);
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
}

} // namespace
} // namespace tongban::catalogue
