// Excel workbooks made in memory: a ZIP archive of the parts that the reader looks at.
#pragma once

#include <minizip/zip.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tongban::catalogue::sample {

inline std::string workbook(const std::vector<std::pair<std::string, std::string>>& parts) {
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

inline std::string cell(const std::string& at, const std::string& text) {
    return "<c r=\"" + at + "\" t=\"inlineStr\"><is><t>" + text + "</t></is></c>";
}

// Two sheets: items with a title above the header, shared and inline strings, a number and a day of Excel; materials.
inline std::vector<std::pair<std::string, std::string>> parts() {
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

// The same with `what` in place of the first `old` of a part: 0 the workbook, 3 the sheet of items, 4 that of materials.
inline std::string workbook_with(std::size_t part, const std::string& old, const std::string& what) {
    auto all = parts();
    all[part].second.replace(all[part].second.find(old), old.size(), what);
    return workbook(all);
}

} // namespace tongban::catalogue::sample
