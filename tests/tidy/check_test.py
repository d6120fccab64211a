# The checker finds what it is for: each test plants one violation into a small clean tree and expects its line.
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check
import rules
import source

CLEAN = {
    "schemas/CMakeLists.txt": "add_library(tongban_schemas)\n",
    "security/CMakeLists.txt": "tongban_part(security tongban_schemas)\n",
    "security/identity.hpp": "// Who.\n#pragma once\n#include <openssl/ssl.h>\n#include <string>\nstruct identity {};\n",
    "gateway/cases/CMakeLists.txt": "tongban_part(gateway/cases tongban_schemas)\n",
    "gateway/cases/evolve.cpp": '// Rules.\n#include "tongban/v1/view.pb.h"\nint evolve() {\n    return 1;\n}\n',
    "gateway/http/CMakeLists.txt": "tongban_part(gateway/http tongban_security tongban_gateway_cases)\n",
    "gateway/http/server.cpp": '// Serves.\n#include "security/identity.hpp"\n',
    "docs/a.md": "# A\n[code](../gateway/http/server.cpp), `gateway/cases/evolve.cpp`\n",
}


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in CLEAN.items():
            self.plant(path, text)
        # The real exceptions excuse nothing in this tree.
        for name in [n for n in dir(rules) if n.endswith("_EXCEPTIONS")]:
            before = getattr(rules, name)
            setattr(rules, name, {})
            self.addCleanup(setattr, rules, name, before)

    def plant(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def expect(self, path, text, *wanted):
        self.plant(path, text)
        found = check.check_tree(self.root)
        self.assertEqual(len(found), len(wanted), found)
        for one in wanted:
            self.assertTrue(any(one in line for line in found), (one, found))

    def test_clean_tree_is_clean(self):
        self.assertEqual(check.check_tree(self.root), [])

    def test_include_upwards(self):
        self.expect("security/up.cpp", '// Up.\n#include "gateway/http/server.hpp"\n',
                    "security/up.cpp:2: includes gateway/http/server.hpp: security may not know gateway/http",
                    "does not link gateway/http")

    def test_include_sideways(self):
        self.plant("gateway/ledger/CMakeLists.txt", "tongban_part(gateway/ledger tongban_schemas)\n")
        self.expect("gateway/ledger/side.cpp", '// Side.\n#include "gateway/http/server.hpp"\n',
                    "gateway/ledger may not know gateway/http", "does not link gateway/http")

    def test_rules_know_only_the_schema(self):
        self.expect("gateway/cases/id.cpp", '// Id.\n#include "security/identity.hpp"\n',
                    "gateway/cases may not know security", "does not link security")

    def test_unlinked_include(self):
        self.plant("security/CMakeLists.txt", "tongban_part(security)\n")
        self.expect("security/x.cpp", '// X.\n#include "tongban/v1/codes.pb.h"\n', "does not link schemas")

    def test_include_of_tests(self):
        self.expect("gateway/http/t.cpp", '// T.\n#include "tests/unit/x.hpp"\n', "knows no tests")

    def test_unknown_folder(self):
        self.expect("gateway/new/x.cpp", "// X.\n#include <string>\n", "stands in no folder")

    def test_cmake_arrow(self):
        self.expect("gateway/cases/CMakeLists.txt", "tongban_part(gateway/cases tongban_security)\n",
                    "gateway/cases/CMakeLists.txt:1: links security")

    def test_library_outside_its_place(self):
        for include in ["librdkafka/rdkafka.h", "rocksdb/db.h", "prometheus/counter.h", "openssl/evp.h"]:
            with self.subTest(include):
                self.expect("gateway/http/l.cpp", f"// L.\n#include <{include}>\n", "may see this library")

    def test_excused_library(self):
        rules.LIBRARY_EXCEPTIONS = {("gateway/http/l.cpp", "openssl/"): "here on purpose"}
        self.expect("gateway/http/l.cpp", "// L.\n#include <openssl/evp.h>\n")

    def test_stale_exception(self):
        rules.FILE_EXCEPTIONS = {"gateway/http/gone.cpp": "was long once"}
        self.expect("gateway/http/l.cpp", "// L.\n", "excuses nothing any more")

    def test_names(self):
        self.expect("gateway/http/body_util.cpp", "// B.\n", "'util' in a name")
        (self.root / "gateway/http/body_util.cpp").unlink()
        self.expect("gateway/http/body.cpp", "// B.\nclass session_manager {};\n", "'manager' in session_manager")
        self.expect("gateway/http/body.cpp", "// B.\nclass database {};\n")

    def test_sizes(self):
        self.expect("gateway/http/b.cpp", "// B.\n" * 451, "451 lines")
        body = "    f();\n" * 70
        self.expect("gateway/http/b.cpp", f"// B.\nint f(int a) {{\n{body}}}\n", "b.cpp:2: f has 72 lines")
        self.expect("gateway/http/b.cpp", f"// B.\nx::x(int a) : a_{{a}}, b_{{}} {{\n{body}}}\n", "x::x has 72 lines")
        self.expect("gateway/http/b.cpp", "// B.\n// " + "x" * 140 + "\n", "143 columns")
        (self.root / "gateway/http/b.cpp").unlink()
        self.expect("tests/b.py", "# B.\ndef f():\n" + "    g()\n" * 71, "b.py:2: f has 72 lines")

    def test_opening_comment(self):
        self.expect("gateway/http/b.cpp", "#include <string>\n", "does not open with a comment")

    def test_opening_comment_of_the_header_is_enough(self):
        self.plant("gateway/http/b.hpp", "// B.\n#pragma once\n")
        self.expect("gateway/http/b.cpp", '#include "gateway/http/b.hpp"\n')

    def test_conditional_co_await(self):
        self.expect("gateway/http/c.cpp", "// C.\nt f() {\n    auto x = c ? co_await a() : co_await b();\n}\n",
                    "c.cpp:3: co_await beside '?'", "c.cpp:3: co_await beside '?'")
        self.expect("gateway/http/c.cpp", "// C.\nt f() {\n    auto x = co_await a();\n    y = x ? 1 : 2;\n}\n")

    def test_capturing_lambda_coroutine(self):
        self.expect("gateway/http/c.cpp", "// C.\nauto f = [x](int a) -> asio::awaitable<void> { co_return; };\n",
                    "a capturing lambda is a coroutine")
        self.expect("gateway/http/c.cpp", "// C.\nauto f = [x] { return [](int y) -> asio::awaitable<void> { co_return; }(x); };\n")
        self.expect("gateway/http/c.cpp", "// C.\nauto f = [](int a) -> asio::awaitable<void> { co_return; };\n")

    def test_words(self):
        self.expect("docs/b.md", "TODO: more\n", "'TODO'")
        self.expect("docs/b.md", "see ../shared/X.md\n", "'../shared'")
        self.expect("docs/b.md", "in /work/main\n", "'/work/'")
        self.expect("docs/b.md", "/v1/work/x is no workplace\n")

    def test_dead_links(self):
        self.expect("docs/b.md", "[x](gone.md)\n", "b.md:1: 'gone.md' is not there")
        self.expect("docs/b.md", "see `gateway/gone.cpp`\n", "'gateway/gone.cpp' is not there")
        self.expect("docs/b.md", "```\n`gateway/gone.cpp`\n```\n[w](https://example.org/) `gateway/http/{a}`\n")

    def tell(self, table, *rows):
        self.plant(f"docs/{table}.md", "# T\n\n| name | word | means |\n|---|---|---|\n" + "".join(f"| {r} | – |\n" for r in rows))

    def contract(self, *types):
        self.plant("schemas/openapi.yaml", "enum:\n" + "".join(f"  - urn:tongban:problem:{t}\n" for t in types))

    def test_events_of_the_log(self):
        code = """// L.
// monitoring::log(severity::error, "in_a_comment");
void f(bool good) {
    monitoring::log(monitoring::severity::info, "started", {{"port", g(1, 2)}});
    monitoring::log(good ? severity::info : severity::error,
                    kind() == "missing" ? "disk_back" : "disk_gone");
}
"""
        self.tell("log-events", "`started` | info", "`disk_back` | info", "`disk_gone` | error")
        self.expect("gateway/http/l.cpp", code)
        self.tell("log-events", "`started` | warning", "`disk_back` | info", "`disk_gone` | error")
        self.expect("gateway/http/l.cpp", code, "started lacks info, see gateway/http/l.cpp:4", "started is never warning")
        self.tell("log-events", "`started` | info", "`disk_gone` | error", "`stopped` | info", "`started` | info")
        self.expect("gateway/http/l.cpp", code, "l.cpp:5: event of the log disk_back is not in docs/log-events.md",
                    "log-events.md:7: event of the log stopped is none of the code's", "log-events.md:8: event of the log started is told twice")

    def test_events_that_a_function_is_given(self):
        self.tell("log-events", "`turned_away` | warning, debug")
        self.plant("gateway/http/l.cpp", "// L.\nvoid log_refusal(severity level, std::string_view event) {\n    monitoring::log(level, event);\n}\n")
        self.expect("gateway/http/m.cpp", '// M.\nvoid f(bool c) {\n    t.log_refusal(c ? severity::warning : severity::debug, "turned_away");\n}\n')
        self.expect("gateway/cases/l.cpp", "// L.\nvoid f() {\n    monitoring::log(level, event);\n}\n",
                    "gateway/cases/l.cpp:3: a variable names the event")

    def test_problem_types(self):
        code = """// P.
problem f(bool mine) {
    a.later = {"busy", "", ""};
    receipt.set_code("key-used");
    refuse(http::make_problem(begun == 0 ? 422 : 400, "digest", "", ""));
    problem.status = mine ? 429 : 503;
    problem.type = mine ? "too-many" : "full";
    answer(400, "cut");
    each = {id, 409, "stale"};
    return {404, "not-here", "", ""};
}
"""
        rows = ["`busy` | 503", "`key-used` | 422", "`digest` | 400, 422", "`too-many` | 429", "`full` | 503", "`not-here` | 404"]
        types = ["busy", "digest", "full", "key-used", "not-here", "too-many"]
        self.tell("problems", *rows)
        self.contract(*types)
        self.expect("gateway/http/p.cpp", code)
        self.tell("problems", "`full` | 500", *rows[:4], "`gone` | 404")
        self.contract("gone", *types[:-1])
        self.expect("gateway/http/p.cpp", code, "problem type not-here is not in docs/problems.md", "full lacks 503, see gateway/http/p.cpp:7",
                    "full is never 500", "problems.md:10: problem type gone is none of the code's",
                    "p.cpp:7: problem type too-many is not in the enum", "openapi.yaml:2: problem type gone is none of the code's")

    def test_problem_types_of_verdicts_and_of_variables(self):
        self.tell("problems", "`not-owed` | 409")
        self.contract("not-owed")
        self.expect("gateway/cases/terms.cpp",
                    '// T.\nsentence sentences[] = {\n    {"applied", "", ""},\n    {"not_owed", "",\n     ""},\n};\n')
        self.expect("gateway/http/p.cpp", "// P.\nvoid f() {\n    problem.type = name;\n}\n", "p.cpp:3: a variable gives the problem's type")
        rules.PROBLEM_TYPE_EXCEPTIONS = {"gateway/http/p.cpp": "from there"}
        self.assertEqual(check.check_tree(self.root), [])


class Reading(unittest.TestCase):
    def test_blank_keeps_lines_and_drops_literals(self):
        text = 'a("{ // x"); // }\nR"(\n{)" \'{\' 10\'000\n/* {\n */ b'
        code = source.blank(text)
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertNotIn("{", code)
        self.assertIn("b", code)

    def test_functions(self):
        code = source.blank("""namespace n {
struct s {
    int get() const {
        return [this] { return 1; }();
    }
    std::vector<int> v{1, 2};
};
constexpr int table[] = {
    1,
};
TEST(Suite, Case) {
    if (x) {
    }
}
}
""")
        self.assertEqual([(f.name, f.line, f.lines) for f in source.functions(code)],
                         [("get", 3, 3), ("Suite.Case", 11, 4)])


if __name__ == "__main__":
    unittest.main()
