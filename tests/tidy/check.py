#!/usr/bin/env python3
# The tidiness of the tree: include and CMake arrows, who sees which library, names, sizes, forbidden words, the g++ 12
# co_await trap, links of the documents, tables of log events and problem types. Prints file:line: what, one finding a
# line; exit 1 when there is any.
#   tests/tidy/check.py [ROOT]
import ast
import pathlib
import re
import subprocess
import sys

import rules
import source
import tables

CODE = {".cpp", ".hpp"}
SCRIPTS = {".py", ".sh"}
TEXT = CODE | SCRIPTS | {".md", ".yaml", ".yml", ".txt", ".proto", ".cmake", ".json", ".toml", ".tpl", ""}
LAYER = {folder: layer for layer, row in enumerate(rules.LAYERS) for folder in row}


class Findings:
    """What is wrong, and which exceptions were needed."""

    def __init__(self):
        self.lines = []
        self.used = set()

    def add(self, path, line, what):
        self.lines.append(f"{path}:{line}: {what}")

    def excused(self, table_name, key):
        if key in getattr(rules, table_name):
            self.used.add((table_name, key))
            return True
        return False


def tree_files(root):
    """Files that belong to the project: known to git or not ignored by it; without git, all outside build folders."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode().split("\0")
    else:
        names = [str(p.relative_to(root)) for p in root.rglob("*")
                 if not set(p.relative_to(root).parts) & {"build", ".git", "node_modules", "__pycache__"}]
    return sorted(n for n in names if n and (root / n).is_file())


def folder_of(path):
    """The part a path belongs to, by the longest folder name of the layers; None outside them."""
    return next((f for f in sorted(LAYER, key=len, reverse=True) if path.startswith(f + "/")), None)


def may_use(user, used):
    if used == user:
        return True
    if user in rules.ONLY:
        return used in rules.ONLY[user]
    return LAYER[used] < LAYER[user]


def check_includes(path, text, findings):
    """Returns the folders this file includes."""
    user = folder_of(path)
    seen = set()
    for line, include in source.includes(text):
        if user is None:
            if path.startswith(rules.PRODUCT):
                findings.add(path, line, "stands in no folder that tests/tidy/rules.py knows")
            continue
        if include.startswith("tests/"):
            findings.add(path, line, f"includes {include}: what is shipped knows no tests")
        used = "schemas" if include.startswith("tongban/v1/") else folder_of(include)
        if used:
            seen.add(used)
            if not may_use(user, used):
                findings.add(path, line, f"includes {include}: {user} may not know {used} (docs/architecture.md)")
        for library, places in rules.LIBRARIES.items():
            if include.startswith(library) and not path.startswith(tuple(places)) and not findings.excused(
                    "LIBRARY_EXCEPTIONS", (path, library)):
                findings.add(path, line, f"includes {include}: only {', '.join(places)} may see this library")
    return seen


def cmake_links(root, folder):
    """(line, folder) of each part that the part's CMakeLists.txt links."""
    path = root / folder / "CMakeLists.txt"
    text = path.read_text() if path.exists() else ""
    text = re.sub(r"#[^\n]*", "", text)
    found = []
    for call in re.finditer(r"\b(tongban_part|target_link_libraries)\s*\(([^()]*)\)", text):
        for target in re.finditer(r"\btongban_([a-z_]+)", call.group(2)):
            used = next((f for f in LAYER if f.replace("/", "_") == target.group(1)), None)
            if used and used != folder:
                found.append((text.count("\n", 0, call.start() + target.start()) + 1, used))
    return found


def check_cmake(root, included, findings):
    """CMake arrows obey the same layers, and every include is linked (perhaps through another part)."""
    links = {folder: cmake_links(root, folder) for folder in LAYER if (root / folder).is_dir()}
    for folder, uses in links.items():
        for line, used in uses:
            if not may_use(folder, used):
                findings.add(f"{folder}/CMakeLists.txt", line, f"links {used}: {folder} may not know it")
    for folder, uses in included.items():
        reached, todo = set(), [folder]
        while todo:
            for _, used in links.get(todo.pop(), []):
                if used not in reached:
                    reached.add(used)
                    todo.append(used)
        for used in sorted(uses - reached - {folder}):
            findings.add(f"{folder}/CMakeLists.txt", 1, f"does not link {used}, which its files include")


def words(name):
    return set(re.split(r"[_\-.]", name.lower()))


def check_names(path, code, findings):
    for part in pathlib.PurePath(path).parts:
        for word in words(part) & rules.FORBIDDEN_NAMES:
            if not findings.excused("NAME_EXCEPTIONS", path):
                findings.add(path, 1, f"'{word}' in a name says nothing: name the thing")
    for line, name in source.types(code) if code else []:
        for word in words(name.replace("::", "_")) & rules.FORBIDDEN_NAMES:
            if not findings.excused("NAME_EXCEPTIONS", f"{path}:{name}"):
                findings.add(path, line, f"'{word}' in {name} says nothing: name the thing")


def python_functions(text):
    return [source.Function(n.name, n.lineno, n.end_lineno - n.lineno + 1) for n in ast.walk(ast.parse(text))
            if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]


def check_sizes(path, text, functions, findings, headed=False):
    """`headed`: the file's header says why, for both."""
    lines = text.splitlines()
    if len(lines) > rules.FILE_LINES_MAX and not findings.excused("FILE_EXCEPTIONS", path):
        findings.add(path, len(lines), f"{len(lines)} lines, more than {rules.FILE_LINES_MAX}: it holds a second thing")
    for function in functions:
        if function.name.startswith("INSTANTIATE_"):
            continue  # a table
        if function.lines > rules.FUNCTION_LINES_MAX and not findings.excused(
                "FUNCTION_EXCEPTIONS", f"{path}:{function.name}"):
            findings.add(path, function.line,
                         f"{function.name} has {function.lines} lines, more than {rules.FUNCTION_LINES_MAX}")
    wide = source.without_literals(text).splitlines()
    longest = max(range(len(wide)), key=lambda i: len(wide[i]), default=0)
    if wide and len(wide[longest]) > rules.LINE_COLUMNS_MAX and not findings.excused("LINE_EXCEPTIONS", path):
        findings.add(path, longest + 1, f"{len(wide[longest])} columns, more than {rules.LINE_COLUMNS_MAX}")
    start = 1 if lines and lines[0].startswith("#!") else 0
    opening = lines[start] if start < len(lines) else ""
    if not headed and (not opening.startswith(("//", "#", '"""')) or opening.startswith(("#pragma", "#include"))):
        findings.add(path, 1, "does not open with a comment that says why the file is there")


def check_coroutines(path, code, findings):
    for match in re.finditer(r"\bco_await\b", code):
        statement = code[max(code.rfind(c, 0, match.start()) for c in ";{}") + 1:match.start()]
        if "?" in statement:
            line = code.count("\n", 0, match.start()) + 1
            findings.add(path, line, "co_await beside '?': g++ 12 destroys the temporary twice; use if")
    for at in source.capturing_coroutines(code):
        line = code.count("\n", 0, at) + 1
        findings.add(path, line, "a capturing lambda is a coroutine: its captures die first; pass parameters")


def check_text(path, text, findings):
    for pattern, why in rules.FORBIDDEN_TEXT.items():
        for match in re.finditer(pattern, text):
            if not findings.excused("TEXT_EXCEPTIONS", path):
                line = text.count("\n", 0, match.start()) + 1
                findings.add(path, line, f"'{match.group(0)}': {why}")


def check_document(root, path, text, findings):
    """Relative links and paths in back-ticks lead somewhere."""
    prose = re.sub(r"^```.*?^```", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S | re.M)
    targets = [(m, m.group(1), (root / path).parent) for m in re.finditer(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose)]
    targets += [(m, m.group(1), root) for m in re.finditer(
        r"`((?:gateway|schemas|connectors|security|monitoring|tests|helm|docs|examples)/[\w./-]*\w)`", prose)]
    for match, target, start in targets:
        if not re.match(r"[a-z]+:", target) and not (start / target).exists():
            findings.add(path, prose.count("\n", 0, match.start()) + 1, f"'{target}' is not there")


def check_exceptions(findings):
    for table_name in sorted(n for n in dir(rules) if n.endswith("_EXCEPTIONS")):
        for key in getattr(rules, table_name):
            if (table_name, key) not in findings.used:
                findings.add("tests/tidy/rules.py", 1, f"{table_name}: {key} excuses nothing any more")


def check_tree(root):
    findings = Findings()
    included = {}
    told = tables.Tables()
    for path in tree_files(root):
        suffix = pathlib.PurePath(path).suffix
        if suffix not in TEXT:
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # samples in the cities' own encodings
        check_text(path, text, findings)
        if suffix in CODE:
            code = source.blank(text)
            included.setdefault(folder_of(path), set()).update(check_includes(path, text, findings))
            check_names(path, code, findings)
            headed = path.endswith(".cpp") and (root / path).with_suffix(".hpp").exists()
            check_sizes(path, text, source.functions(code), findings, headed)
            check_coroutines(path, code, findings)
            told.add(path, text, findings)
        elif suffix in SCRIPTS:
            check_names(path, "", findings)
            check_sizes(path, text, python_functions(text) if suffix == ".py" else [], findings)
        elif suffix == ".md":
            check_document(root, path, text, findings)
    included.pop(None, None)
    check_cmake(root, included, findings)
    told.check(root, findings)
    check_exceptions(findings)
    return findings.lines


if __name__ == "__main__":
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    found = check_tree(tree)
    print("\n".join(found) if found else "tidy: nothing found")
    sys.exit(1 if found else 0)
