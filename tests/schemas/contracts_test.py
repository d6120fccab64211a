# The contract checks catch what they are for: each test plants one fault into a copy of schemas/ and expects the check
# to fail and to name it.
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = str(ROOT / "tests/install/tool")


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.schemas = pathlib.Path(folder.name) / "schemas"
        shutil.copytree(ROOT / "schemas", self.schemas)

    def replace(self, path, old, new):
        text = (self.schemas / path).read_text(encoding="utf-8")
        self.assertIn(old, text)
        (self.schemas / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def expect_finding(self, named, *command):
        done = subprocess.run([TOOL, *command], cwd=self.schemas, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(named, done.stdout + done.stderr)

    def test_removed_field(self):
        self.replace("tongban/v1/receipt.proto", "  uint32 revision = 16;\n", "")
        self.expect_finding("revision", "buf", "breaking", "--against", "baseline/tongban-v1.binpb")

    def test_renumbered_field(self):
        self.replace("tongban/v1/receipt.proto", "uint32 revision = 16;", "uint32 revision = 99;")
        self.expect_finding("16", "buf", "breaking", "--against", "baseline/tongban-v1.binpb")

    def test_changed_type(self):
        self.replace("tongban/v1/event.proto", "uint64 fencing_token = 6;", "string fencing_token = 6;")
        self.expect_finding("fencing_token", "buf", "breaking", "--against", "baseline/tongban-v1.binpb")

    def test_removed_enum_value(self):
        self.replace("tongban/v1/codes.proto", "  CASE_STATUS_FORWARDED = 20;\n", "")
        self.expect_finding("enum value \"20\"", "buf", "breaking", "--against", "baseline/tongban-v1.binpb")

    def test_name_against_the_style(self):
        self.replace("tongban/v1/receipt.proto", "uint32 revision = 16;", "uint32 Revision = 16;")
        self.expect_finding("lower_snake_case", "buf", "lint")

    def test_unformatted(self):
        self.replace("tongban/v1/receipt.proto", "  uint32 revision = 16;", "      uint32   revision=16;")
        self.expect_finding("revision", "buf", "format", "--diff", "--exit-code")

    def test_reference_to_nothing(self):
        self.replace("openapi.yaml", '$ref: "#/components/schemas/CaseView"', '$ref: "#/components/schemas/Nothing"')
        self.expect_finding("Nothing", "redocly", "lint", "openapi.yaml")

    def test_path_parameter_not_declared(self):
        self.replace("openapi.yaml", "  /v1/cases/{id}/timeline:", "  /v1/cases/{number}/timeline:")
        self.expect_finding("number", "redocly", "lint", "openapi.yaml")


class Drift(unittest.TestCase):
    def test_openapi_behind_the_protos(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for part in ["schemas", "tests/schemas"]:
                shutil.copytree(ROOT / part, root / part)
            proto = root / "schemas/tongban/v1/receipt.proto"
            proto.write_text(proto.read_text(encoding="utf-8").replace(
                "  uint32 revision = 16;\n", "  uint32 revision = 16;\n  string planted = 99;\n"), encoding="utf-8")
            done = subprocess.run([TOOL, "python", str(root / "tests/schemas/openapi_components.py"), "--check"],
                                  capture_output=True, text=True, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("planted", done.stdout)


if __name__ == "__main__":
    unittest.main()
