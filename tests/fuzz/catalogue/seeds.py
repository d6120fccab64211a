#!/usr/bin/env python3
# Makes the seeds of fuzz_catalogue_files: the example in every form a catalogue has.
#   seeds.py TONGBAN
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = HERE.parents[2] / "examples/five-cities"
SHEET = ('<worksheet xmlns="m"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>事项名称</t></is>'
         '</c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>3.7E5</v></c></row></sheetData></worksheet>')
PARTS = {
    "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels":
        '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/sharedStrings.xml": "<sst><si><t>实施编码</t></si><si><r><t>11140400TT000031433002017003000</t></r></si></sst>",
    "xl/worksheets/sheet1.xml": SHEET,
}


def main(program):
    out = HERE / "corpus/catalogue_files"
    out.mkdir(parents=True, exist_ok=True)
    yaml = (EXAMPLE / "items.yaml").read_text() + "\n".join((EXAMPLE / "agreements.yaml").read_text().splitlines()[2:]) + "\n"
    (out / "example.yaml").write_bytes(b"\0" + yaml.encode())
    with tempfile.TemporaryDirectory() as folder:
        for name, first in (("items.csv", b"\1"), ("catalogue.binpb", b"\3")):
            file = pathlib.Path(folder) / name
            subprocess.run([program, "catalogue", "import", EXAMPLE / "items.yaml", EXAMPLE / "agreements.yaml", "--output", file],
                           check=True, stdout=subprocess.DEVNULL)
            (out / name).write_bytes(first + file.read_bytes())
        text = (out / "items.csv").read_bytes()[1:].decode("utf-8-sig")
        (out / "items-gb18030.csv").write_bytes(b"\1" + text.encode("gb18030"))
    for name, how in (("deflated.xlsx", zipfile.ZIP_DEFLATED), ("stored.xlsx", zipfile.ZIP_STORED)):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", how) as archive:
            for part, content in PARTS.items():
                archive.writestr(zipfile.ZipInfo(part), content, compress_type=how)
        (out / name).write_bytes(b"\2" + packed.getvalue())


if __name__ == "__main__":
    main(sys.argv[1])
