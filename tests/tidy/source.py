# Reads C++ well enough for the checks: comments and literals blanked (lines kept), includes, functions with their
# lengths, names of types.
import re
from typing import NamedTuple

LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.M)
TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class)?|namespace)\s+(?:\[\[\w+\]\]\s*)?([A-Za-z_][\w:]*)")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


class Function(NamedTuple):
    name: str
    line: int
    lines: int


def includes(text):
    """(line, path) of each include."""
    return [(text.count("\n", 0, m.start()) + 1, m.group(1)) for m in INCLUDE.finditer(text)]


def blank(text):
    """The text with comments, strings and preprocessor lines emptied; every line keeps its number."""
    def empty(match):
        inside = match.group(0)
        return ('""' if inside[0] in "\"'R" else "") + "\n" * inside.count("\n")

    digits = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)  # 10'000 is no character
    code = LITERALS.sub(empty, digits)
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group(0).count("\n"), code, flags=re.M)


def without_comments(text):
    """The text with comments emptied, strings kept; every line keeps its number."""
    return LITERALS.sub(lambda m: "\n" * m.group(0).count("\n") if m.group(0)[0] == "/" else m.group(0), text)


def without_literals(text):
    """The text with strings emptied, comments kept: how wide the code itself is."""
    return LITERALS.sub(lambda m: m.group(0) if m.group(0)[0] == "/" else '""' + "\n" * m.group(0).count("\n"), text)


def types(code):
    """(line, name) of each type and namespace in blanked code."""
    return [(code.count("\n", 0, m.start()) + 1, m.group(1)) for m in TYPE.finditer(code)]


def functions(code):
    """Every function defined outside another function, in blanked code."""
    found = []
    stack = []  # (kind, name, line of the head)
    head_start = 0
    line = 1
    for at, c in enumerate(code):
        if c == "\n":
            line += 1
        elif c == "{":
            head = code[head_start:at]
            in_function = any(kind in ("function", "braces") for kind, _, _ in stack)
            initialiser = at and (code[at - 1].isalnum() or code[at - 1] in "_>=({,")
            if in_function or initialiser:
                stack.append(("braces", None, None))
                continue  # the head goes on behind an initialiser
            if "(" in head and not re.search(r"=\s*$", head):
                first = line - head.count("\n") + (len(head) - len(head.lstrip("\n \t"))  and
                                                   head[: len(head) - len(head.lstrip())].count("\n"))
                stack.append(("function", function_name(head), first))
            else:
                stack.append(("scope" if SCOPE.search(head) else "braces", None, None))
            head_start = at + 1
        elif c == "}" and stack:
            kind, name, first = stack.pop()
            if kind == "function":
                found.append(Function(name, first, line - first + 1))
            if not any(outer in ("function", "braces") for outer, _, _ in stack) and kind != "braces":
                head_start = at + 1
        elif c == ";" and not any(kind in ("function", "braces") for kind, _, _ in stack):
            head_start = at + 1
    return found


def closing(code, opening):
    """Index of the brace that closes the one at `opening`."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] == "{") - (code[at] == "}")
        if depth == 0:
            return at
    return len(code)


def capturing_coroutines(code):
    """Indices of lambdas that capture and await or co_return themselves (not in a lambda inside)."""
    lambda_head = r"\[%s\]\s*(?:\([^()]*\))?[^{};()]*\{"
    found = []
    for match in re.finditer(lambda_head % r"[^\[\]\s][^\[\]]*", code):
        body = code[match.end():closing(code, match.end() - 1)]
        while inner := re.search(lambda_head % r"[^\[\]]*", body):
            body = body[:inner.start()] + body[closing(body, inner.end() - 1) + 1:]
        if re.search(r"\bco_(await|return|yield)\b", body):
            found.append(match.start())
    return found


def function_name(head):
    """`test(suite, case)` for a test, else the identifier before the parameters."""
    test = re.search(r"\b(TEST(?:_[FP])?|BENCHMARK\w*)\s*\(([^)]*)\)", head)
    if test:
        return re.sub(r"\s+", "", test.group(2)).replace(",", ".")
    name = re.search(r"(operator\s*\S+|~?[\w:]+)\s*\(", head)
    return name.group(1) if name else "?"
