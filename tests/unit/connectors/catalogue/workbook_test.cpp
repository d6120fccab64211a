// Excel workbooks: sheets, strings, numbers and days as programs store them, and what must not be taken for a value.
#include "connectors/catalogue/tables.hpp"
#include "tests/unit/connectors/catalogue/catalogue_files.hpp"
#include "tests/unit/connectors/catalogue/workbook_files.hpp"

#include <gmock/gmock.h>

namespace tongban::catalogue {
namespace {

using sample::load;
using sample::parts;
using sample::workbook;
using sample::workbook_with;
using testing::ElementsAre;
using testing::HasSubstr;

const v1::CatalogueItem& only_item(const load_result& read) {
    static const v1::CatalogueItem none;
    EXPECT_NE(read.loaded, nullptr) << sample::texts(read);
    return read.loaded ? *read.loaded->rows()[0].item : none;
}

TEST(CatalogueWorkbook, ACodeStoredAsANumberIsRefused) {
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

TEST(CatalogueWorkbook, AWorkbookIsReadSheetBySheet) {
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

// As people lay out a table: a header of two lines, one region and one item for several rows.
TEST(CatalogueWorkbook, CellsMergedDownwardsSpeakForEachOfTheirRows) {
    using sample::cell;
    auto merged = parts();
    merged[3].second =
        "<worksheet><sheetData><row r=\"1\">" + cell("A1", "事项目录") + "</row><row r=\"2\">" + cell("A2", "区划代码") +
        cell("B2", "实施编码*") + cell("C2", "事项名称\n（必填）") + cell("D2", "版本") + cell("E2", "办件类型") + cell("F2", "时限") +
        "</row><row r=\"3\">" + cell("F3", "承诺时限（工作日）") + cell("G3", "法定时限(自然日)") + "</row><row r=\"4\">" +
        cell("A4", "140400") + cell("B4", "11140400TT000031433002017003000") + cell("C4", "提取") + cell("D4", "1") + cell("E4", "承诺件") +
        R"(<c r="F4"><v>3</v></c><c r="G4"><v>45</v></c></row><row r="5">)" + cell("B5", "11140400TT000031433002014019000") +
        cell("C5", "资格认证") + cell("D5", "1") + cell("E5", "承诺件") + cell("F5", "5") + cell("G5", "60日") +
        R"(</row></sheetData><mergeCells><mergeCell ref="A1:G1"/><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/><mergeCell ref="C2:C3"/>)"
        R"(<mergeCell ref="D2:D3"/><mergeCell ref="E2:E3"/><mergeCell ref="F2:G2"/><mergeCell ref="A4:A5"/><mergeCell ref="A9:A4000000000"/>)"
        R"(<mergeCell ref="nonsense"/><mergeCell/></mergeCells></worksheet>)";
    merged[4].second = "<worksheet><sheetData><row r=\"1\">" + cell("A1", "实施编码") + cell("B1", "材料名称") + cell("C1", "是否必要") +
                       "</row><row r=\"2\">" + cell("A2", "11140400TT000031433002017003000") + cell("B2", "身份证") + cell("C2", "是") +
                       "</row><row r=\"3\">" + cell("B3", "购房合同") + cell("C3", "否") +
                       R"(</row></sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells></worksheet>)";
    const auto read = load({{"a.xlsx", workbook(merged)}});
    ASSERT_NE(read.loaded, nullptr) << sample::texts(read);
    EXPECT_TRUE(sample::places(read).empty()) << sample::texts(read);
    ASSERT_EQ(read.loaded->rows().size(), 2U);
    for (const auto& row : read.loaded->rows()) {
        EXPECT_EQ(row.item->region(), "140400");
        EXPECT_EQ(row.item->promise().unit(), v1::LIMIT_UNIT_WORKDAY);
        const bool housing = row.item->name() == "提取";
        EXPECT_EQ(row.item->materials_size(), housing ? 2 : 0);
        EXPECT_EQ(row.item->statutory().unit(), v1::LIMIT_UNIT_CALENDAR_DAY);
    }
    auto contrary = merged;
    contrary[3].second.replace(contrary[3].second.find("60日"), std::string("60日").size(), "2个月");
    EXPECT_THAT(sample::texts(load({{"a.xlsx", workbook(contrary)}})),
                HasSubstr("a.xlsx[事项]:5:7: 法定时限(自然日): 与“2个月”的单位不一致：自然日"));
    auto apart = merged;
    apart[4].second.replace(apart[4].second.find(R"(<mergeCell ref="A2:A3"/>)"), 24, "");
    EXPECT_THAT(sample::texts(load({{"a.xlsx", workbook(apart)}})), HasSubstr("a.xlsx[材料]:3:1: 实施编码: 未写明是哪个事项的材料"));
}

TEST(CatalogueWorkbook, MistakesInAWorkbookNameSheetAndRow) {
    auto wrong = parts();
    auto& sheet = wrong[3].second;
    sheet.replace(sheet.find("<v>45292</v>"), 12, "<v>下周</v>");
    EXPECT_THAT(sample::places(load({{"a.xlsx", workbook(wrong)}})), ElementsAre("a.xlsx[事项]:5:7"));
    auto for_ever = parts();
    for (const auto& [was, is] : {std::pair<std::string, std::string>{"生效日期", "失效日期"}, {"<v>45292</v>", "<v>2958465</v>"}}) {
        for_ever[3].second.replace(for_ever[3].second.find(was), was.size(), is);
    }
    EXPECT_EQ(only_item(load({{"a.xlsx", workbook(for_ever)}})).valid_to(), "9999-12-31");
    auto half = parts();
    half[3].second.replace(half[3].second.find("<v>45292</v>"), 12, "<v>&#xD800;</v>");
    EXPECT_THAT(sample::places(load({{"a.xlsx", workbook(half)}})), ElementsAre("a.xlsx[事项]:5:7"));
    auto no_text = parts();
    auto& other = no_text[3].second;
    other.replace(other.find("<v>1</v>"), 8, "<v>9</v>");
    EXPECT_EQ(load({{"a.xlsx", workbook(no_text)}}).loaded, nullptr);
}

TEST(CatalogueWorkbook, AWorkbookThatIsCutOrHostileIsRefused) {
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

// What is read of the workbook of items, with another cell or property in it.
TEST(CatalogueWorkbook, DaysCountFromWhatTheWorkbookSays) {
    const std::string sheets = "<sheets>";
    for (const auto* yes : {"1", "true"}) {
        auto since_1904 = parts();
        since_1904[0].second.insert(since_1904[0].second.find(sheets), "<workbookPr date1904=\"" + std::string(yes) + "\"/>");
        auto& sheet = since_1904[3].second;
        sheet.replace(sheet.find("45292"), 5, "43830");
        EXPECT_EQ(only_item(load({{"a.xlsx", workbook(since_1904)}})).valid_from(), "2024-01-01") << yes;
        sheet.replace(sheet.find("43830"), 5, "18539"); // less than any day of ours that counts from 1900
        EXPECT_EQ(only_item(load({{"a.xlsx", workbook(since_1904)}})).valid_from(), "1954-10-04");
    }
    for (const auto* said : {"<workbookPr/>", "<workbookPr date1904=\"0\"/>", "<workbookPr date1904=\"false\"/>"}) {
        EXPECT_EQ(only_item(load({{"a.xlsx", workbook_with(0, sheets, said + sheets)}})).valid_from(), "2024-01-01") << said;
    }
}

// The version that a number cell gives: it is a text, so that all of the number shows.
std::string shown(const std::string& stored) {
    return only_item(load({{"a.xlsx", workbook_with(3, R"(<c r="D5"><v>1</v></c>)", R"(<c r="D5"><v>)" + stored + "</v></c>")}}))
        .version();
}

TEST(CatalogueWorkbook, NumbersAreReadAsExcelShowsThem) {
    for (const auto& [stored, text] : {std::pair<const char*, const char*>{"1", "1"},
                                       {"1.0", "1"},
                                       {"1.1000000000000001", "1.1"},
                                       {"0.30000000000000004", "0.3"},
                                       {"2.9999999999999996", "3"},
                                       {"1.10", "1.1"},
                                       {"1.404E5", "140400"},
                                       {"1.0E-3", "0.001"},
                                       {"-2.50", "-2.5"},
                                       {"-0.0", "0"},
                                       {"123456789012345", "123456789012345"},
                                       {"999999999999999", "999999999999999"},
                                       {"9.9999999999999E14", "999999999999990"},
                                       {"123456789012.12345678", "123456789012.123"},
                                       {"1.5E-300", "1.5e-300"},
                                       {"第1版", "第1版"}}) {
        EXPECT_EQ(shown(stored), text) << stored;
    }
    const std::string typed = R"(<c r="D5" t="n"><v>3.0</v></c>)";
    EXPECT_EQ(only_item(load({{"a.xlsx", workbook_with(3, R"(<c r="D5"><v>1</v></c>)", typed)}})).version(), "3");
    const std::string text = R"(<c r="D5" t="inlineStr"><is><t>1.10</t></is></c>)";
    EXPECT_EQ(only_item(load({{"a.xlsx", workbook_with(3, R"(<c r="D5"><v>1</v></c>)", text)}})).version(), "1.10") << "a text";
    const auto read = load({{"a.xlsx", workbook_with(3, "<v>3</v>", "<v>2.9999999999999996</v>")}});
    EXPECT_EQ(only_item(read).promise().value(), 3);
    EXPECT_EQ(only_item(load({{"a.xlsx", workbook_with(3, "<v>45292</v>", "<v>45292.0</v>")}})).valid_from(), "2024-01-01");
}

TEST(CatalogueWorkbook, NumbersBeyondFifteenDigitsStayRefused) {
    for (const auto* stored : {"1E15", "1234567890123456", "999999999999999.9", "3.20102199001011E+17"}) {
        const std::string code = R"(<c r="B5" t="s"><v>1</v></c>)";
        const auto read = load({{"a.xlsx", workbook_with(3, code, R"(<c r="B5"><v>)" + std::string(stored) + "</v></c>")}});
        EXPECT_EQ(read.loaded, nullptr) << stored;
        EXPECT_THAT(sample::texts(read), HasSubstr("科学计数")) << stored;
    }
}

TEST(CatalogueWorkbook, AFormulaWithoutItsResultIsRefused) {
    const std::string promise = R"(<c r="F5"><v>3</v></c>)";
    for (const auto* written : {R"(<c r="F5"><f>A5+2</f></c>)", R"(<c r="F5"><f>A5+2</f><v/></c>)", R"(<c r="F5"><f>A5+2</f><v></v></c>)",
                                R"(<c r="F5" t="str"><f>A5</f></c>)", R"(<c r="F5" t="b"><f>A5=1</f><v></v></c>)",
                                R"(<c r="F5"><f t="shared" si="0"/></c>)"}) {
        const auto read = load({{"a.xlsx", workbook_with(3, promise, written)}});
        EXPECT_EQ(read.loaded, nullptr) << written;
        EXPECT_THAT(sample::texts(read), HasSubstr("a.xlsx[事项]:5:6: F5: 公式单元格没有保存计算结果")) << written;
        EXPECT_THAT(sample::texts(read), HasSubstr("recalculate and save in Excel"));
    }
    const auto calculated = workbook_with(3, promise, R"(<c r="F5"><f>A5+2</f><v>7</v></c>)");
    EXPECT_EQ(only_item(load({{"a.xlsx", calculated}})).promise().value(), 7);
    const auto empty = workbook_with(3, R"(<c r="G5"><v>45292</v></c>)", R"(<c r="G5" t="str"><f>""</f><v></v></c>)");
    EXPECT_EQ(only_item(load({{"a.xlsx", empty}})).valid_from(), "") << "the result is the empty text";
    const auto wrong = load({{"a.xlsx", workbook_with(3, promise, R"(<c r="F5" t="e"><v>#N/A</v></c>)")}});
    EXPECT_THAT(sample::places(wrong), testing::Contains("a.xlsx[事项]:5:6")) << sample::texts(wrong);
}

// The name that a cell with this XML inside its <t> gives.
load_result named(const std::string& text) {
    return load({{"a.xlsx", workbook_with(3, "<t>提取</t>", "<t>" + text + "</t>")}});
}

TEST(CatalogueWorkbook, EscapesOfWhatXmlCannotHoldAreRead) {
    EXPECT_EQ(only_item(named("_x000D_\n提取_x000D_")).name(), "提取");
    EXPECT_EQ(only_item(named("提_x53D6_")).name(), "提取");
    EXPECT_EQ(only_item(named("_xD83D__xDE00_")).name(), "\xF0\x9F\x98\x80");
    EXPECT_EQ(only_item(named("_x005F_x000D_")).name(), "_x000D_") << "an escaped stroke";
    for (const auto* plain : {"_x00_", "_x00G0_", "_X000D_", "a_b", "_x000D", "__"}) {
        EXPECT_EQ(only_item(named(plain)).name(), plain);
    }
    EXPECT_THAT(sample::texts(named("提_x000D_\n取")), HasSubstr("a.xlsx[事项]:5:3: 事项名称: 名称或编码中有换行"));
    EXPECT_THAT(sample::places(named("提_xD83D_取")), testing::Contains("a.xlsx[事项]:5:3"));
    EXPECT_EQ(named("提_x0000_取").loaded, nullptr);
    const auto shared = workbook_with(2, "<t>11140400TT0000</t>", "<t>_x0031_1140400TT0000</t>");
    EXPECT_EQ(only_item(load({{"a.xlsx", shared}})).impl_code(), "11140400TT000031433002017003000");
    const auto formula = workbook_with(3, R"(<c r="D5"><v>1</v></c>)", R"(<c r="D5" t="str"><f>A1</f><v>_x0032_</v></c>)");
    EXPECT_EQ(only_item(load({{"a.xlsx", formula}})).version(), "2");
}

TEST(CatalogueWorkbook, HiddenSheetsAreLeftOutAndNamed) {
    for (const auto* state : {"hidden", "veryHidden"}) {
        const auto read = load({{"a.xlsx", workbook_with(0, R"(<sheet name="材料")", R"(<sheet name="材料" state=")" + std::string(state) + '"')}});
        EXPECT_EQ(only_item(read).materials_size(), 0);
        EXPECT_THAT(sample::places(read), ElementsAre("a.xlsx[材料]:1:1 (warning)"));
        EXPECT_THAT(sample::texts(read), HasSubstr("工作表已隐藏"));
    }
    const auto shown = load({{"a.xlsx", workbook_with(0, R"(<sheet name="材料")", R"(<sheet name="材料" state="visible")")}});
    EXPECT_EQ(only_item(shown).materials_size(), 1);
    EXPECT_THAT(shown.mistakes, testing::IsEmpty());
}

} // namespace
} // namespace tongban::catalogue
