"""Sources that could take long to read: for the limits of what the host does with a text.

Each kind is a function of a size in bytes. All are read outside the sandbox, as a student's file
is: none is ever run here.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from types import MappingProxyType
from typing import TypeAlias

from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import read_assignment
from grader.intake.entries import UnreadableSubmission
from grader.intake.notebook import read_notebook
from grader.model import Function, Message, SourceFile
from grader.static_analysis.definitions import definitions_in
from grader.static_analysis.fingerprint import fingerprint
from grader.static_analysis.hidden_characters import hidden_in
from grader.static_analysis.imports import imported_modules
from grader.static_analysis.locate import locate
from grader.static_analysis.missing_function import explain_missing, name_definitions
from grader.static_analysis.salvage import salvage
from grader.static_analysis.syntax_errors import syntax_error
from tests.support.grading import submission_of
from tests.support.notebooks import make_notebook

Kind: TypeAlias = Callable[[int], str]
WIDTH = 900  # columns: longer lines are refused at once
FUNCTIONS = ("softmax_loss_naive", "softmax_loss_vectorized")
# Wrong in many known ways, so that many patterns are searched for. {body} stands before the return.
_FUNCTION = """
def {name}({parameters}):
    loss = 0.0
    dW = np.zeros_like(W)
{body}
    s = W.dot(X) if W.shape[1] == X.shape[0] else X.dot(W).T
    s = s - np.max(s)
    p = np.exp(s)
    p /= np.sum(p, axis=0)
    loss = -np.sum(np.log10(p[y, np.arange(len(y))])) + reg * np.sum(W) ** 2
    p[y, np.arange(len(y))] += 1
    dW += (p @ X.T if W.shape[1] == X.shape[0] else X.T @ p.T) + reg * W
    return loss, dW
"""
_PARAMETERS = "W, X, y, reg"


def module(body: str = "    pass", parameters: str = _PARAMETERS, above: str = "") -> str:
    """A file with both functions. body: indented lines of the second one."""
    plain = _FUNCTION.format(name=FUNCTIONS[0], parameters=_PARAMETERS, body="    pass")
    filled = _FUNCTION.format(name=FUNCTIONS[1], parameters=parameters, body=body)
    return f"import numpy as np\n{above}\n{plain}{filled}"


def _repeated(piece: Callable[[int], str], size: int) -> Iterator[str]:
    """Yield piece(0), piece(1), … up to so many characters in all, with an end for each."""
    left = size
    for number in count():
        text = piece(number)
        left -= len(text) + 1
        if left < 0:
            return
        yield text


def _lines(piece: Callable[[int], str], size: int, indent: str = "    ") -> str:
    return "\n".join(_repeated(lambda number: indent + piece(number), size))


def _wide(pieces: Iterator[str], separator: str, indent: str = "    ") -> str:
    """Join the pieces into lines of WIDTH columns."""
    lines, line = [], indent
    for piece in pieces:
        if len(line) + len(piece) > WIDTH:
            lines.append(line.removesuffix(separator))
            line = indent
        line += piece + separator
    return "\n".join([*lines, line.removesuffix(separator)])


def in_body(piece: Callable[[int], str]) -> Kind:
    """One statement a line."""
    return lambda size: module(_lines(piece, size))


def in_rows(piece: Callable[[int], str]) -> Kind:
    """Many statements a line."""
    return lambda size: module(_wide(_repeated(piece, size), ";"))


def above(piece: Callable[[int], str]) -> Kind:
    """At the top level, before the functions."""
    return lambda size: module(above=_lines(piece, size, ""))


def alone(piece: Callable[[int], str]) -> Kind:
    """Only this, and no function."""
    return lambda size: _lines(piece, size, "")


def _decorated(size: int) -> str:
    names = _wide(_repeated(lambda n: f"a{n}=0", size * 2 // 3), ",", "")
    decorator = f"def once(f): return lambda *a: f(*a)\n@once\ndef keep(W, X, y, reg,\n{names}):\n"
    body = _wide(_repeated(lambda n: f"a{n}=a{n + 1}", size // 3), ";")
    return module("    keep(W, X, y, reg)", above=f"{decorator}{body}\n    return 0")


def _parameters(size: int) -> str:
    names = _wide(_repeated(lambda n: f"a{n}=0", size * 2 // 3), ",", "")
    body = _wide(_repeated(lambda n: f"a{n}=a{n + 1}", size // 3), ";")
    return module(body, f"{_PARAMETERS},\n{names}")


def _functions_in_a_ring(size: int) -> str:
    functions = _lines(lambda n: f"def f{n}(a, b): return f{n + 1}(b, f{n // 2}(a, b))", size, "")
    return module("    f0(W, X); f1(dW, loss)", above=functions)


def _one_uses_all(size: int) -> str:
    functions = _lines(lambda n: f"def f{n}(a):0", size // 2, "")
    uses = _wide(_repeated(lambda n: f"f{n}", size // 2), ";")
    return module(uses, above=functions)


def _all_use_all(size: int) -> str:
    row = ",".join(f"f{n}" for n in range(150))
    functions = _lines(lambda n: f"def f{n}(a):return {row}", size, "")
    return module("    f0(W)", above=functions)


def _nested_functions(size: int) -> str:
    deepest = 90
    block = "\n".join(f"{'  ' * n}def g{n}(W, a{n}):" for n in range(deepest))
    block += "\n" + "  " * deepest + "return " + "+".join(f"g{n}(W,a{n})" for n in range(40))
    blocks = "\n".join([block] * max(1, size // len(block)))
    return module("    g0(W, X)", above=blocks)


def _elifs(size: int) -> str:
    return module("    if reg == -1: pass\n" + _lines(lambda n: f"elif reg=={n}:W={n}", size))


def _blocks(size: int) -> str:
    block = "".join(f"{'    ' + ' ' * n}for i{n} in W:\n" for n in range(18)) + " " * 40 + "dW=X\n"
    return module(block * (size // len(block)))


def _missing_names(size: int) -> str:
    imports = _wide(_repeated(lambda n: "import zz", size // 2), ";", "")
    return imports + "\n" + _wide(_repeated(lambda n: f"{FUNCTIONS[0]}=qq", size // 2), ";", "")


def _chain(size: int) -> str:
    """One expression of many attributes, over many lines."""
    return module("    (W\n" + _lines(lambda n: ".T", size) + ")")


def _calls_chain(size: int) -> str:
    return module("    (np\n" + _lines(lambda n: ".max(W)", size) + ")")


def _sum(size: int) -> str:
    return module("    q = (W\n" + _lines(lambda n: "+W/dW", size) + ")")


def _array(size: int) -> str:
    return module("    q = [\n" + _wide(_repeated(lambda n: f"W-{n}", size), ",") + "]")


def _dictionary(size: int) -> str:
    return module("    q = {\n" + _wide(_repeated(lambda n: f"{n}:W", size), ",") + "}")


def _brackets(size: int) -> str:
    return module(_lines(lambda n: "(" * 99 + "W" + ")" * 99, size))


def _open_brackets(size: int) -> str:
    return module(_lines(lambda n: "([{" * 33, size))


def _names(size: int) -> str:
    return module(_lines(lambda n: "a" * 800 + str(n) + "=1", size))


def _line_numbers(size: int) -> str:
    lines = module(_lines(lambda n: "W=X", size // 2)).split("\n")
    return "\n".join(f"{number} {line}" for number, line in enumerate(lines, 1))


def _commented(letter: str) -> Kind:
    return lambda size: module() + "#" + letter * (size // len(letter.encode()))


IN_FUNCTION: Mapping[str, Kind] = MappingProxyType(
    {
        "parameters behind a decorator": _decorated,
        "parameters": _parameters,
        "statements": in_body(lambda n: "W=X"),
        "statements in rows": in_rows(lambda n: "W=X"),
        "a chain of names": in_rows(lambda n: f"a{n + 1}=a{n}"),
        "a chain back": in_rows(lambda n: f"a{n}=a{n + 1}"),
        "aliases of one name": in_rows(lambda n: f"a{n}=dW"),
        "parts of one name": in_rows(lambda n: f"dW[{n}]=dW"),
        "additions": in_rows(lambda n: "dW+=loss"),
        "calls of nothing": in_rows(lambda n: f"f(a{n},dW)"),
        "calls with many arguments": in_body(lambda n: f"f({f'a{n},' * 100})"),
        "divisions for nothing": in_rows(lambda n: "W/dW"),
        "divisions of names for nothing": in_rows(lambda n: f"a{n}=W/dW"),
        "products for nothing": in_rows(lambda n: f"a{n}=reg*W"),
        "maxima": in_rows(lambda n: "np.max(W)"),
        "maxima that are subtracted": in_rows(lambda n: "W-np.max(W)"),
        "differences": in_rows(lambda n: "W-y"),
        "powers": in_rows(lambda n: "10**W"),
        "hidden loops": in_rows(lambda n: "map(W)"),
        "entries": in_rows(lambda n: "W[y]=1"),
        "returns": in_body(lambda n: "if W:return W,W"),
        "loops": in_body(lambda n: "for i in W:dW=X"),
        "blocks": _blocks,
        "elifs": _elifs,
        "lambdas": in_rows(lambda n: "lambda a,b:a+b"),
        "lambdas in lambdas": in_body(lambda n: "lambda a:" * 90 + "a"),
        "comprehensions": in_rows(lambda n: "[i for i in W for j in i]"),
        "comprehensions in comprehensions": in_body(lambda n: "[" * 60 + "W" + " for W in X]" * 60),
        "calls in calls": in_body(lambda n: "f(" * 99 + "W" + ")" * 99),
        "calls of numpy in calls": in_body(lambda n: "np.log(" * 99 + "W" + ")" * 99),
        "subscripts in subscripts": in_body(lambda n: "W[" * 99 + "y" + "]" * 99),
        "brackets": _brackets,
        "signs": in_body(lambda n: "-" * 800 + "1"),
        "nots": in_body(lambda n: "not " * 200 + "1"),
        "conditions": in_body(lambda n: "W if X else " * 70 + "y"),
        "comparisons": in_body(lambda n: "W<" * 400 + "W"),
        "operators": in_body(lambda n: "W-" * 400 + "W"),
        "assignments in a row": in_body(lambda n: "W=" * 400 + "W"),
        "named values": in_rows(lambda n: f"(a{n}:=dW)"),
        "attributes": in_body(lambda n: "W" + ".T" * 400),
        "one chain of attributes": _chain,
        "one chain of calls": _calls_chain,
        "one sum": _sum,
        "one list": _array,
        "one dictionary": _dictionary,
        "long names": _names,
        "strings": in_rows(lambda n: '"a"'),
        "f-strings": in_rows(lambda n: 'f"{W}"'),
        "f-strings in f-strings": in_rows(lambda n: """f"{f'{W}'}{f'{W!r:>{10}}'}\""""),
        "long numbers": in_body(lambda n: "9" * 800),
        "globals": in_rows(lambda n: f"global g{n}"),
        "stars": in_rows(lambda n: "*a,b=W"),
        "matches": in_body(lambda n: "match W:\n        case [W, *X] | {1: W}: pass"),
    }
)
AT_TOP: Mapping[str, Kind] = MappingProxyType(
    {
        "functions in a ring": _functions_in_a_ring,
        "one function uses all": _one_uses_all,
        "all functions use all": _all_use_all,
        "functions in functions": _nested_functions,
        "functions of one name": above(lambda n: "def f(a):return f(a)"),
        "functions of the asked name": above(lambda n: f"def {FUNCTIONS[1]}(a):0"),
        "short functions": above(lambda n: f"def f{n}():0"),
        "decorators": above(lambda n: f"@f\n@g\ndef f{n}():0"),
        "classes": above(lambda n: f"class A{n}:\n def f(s):0"),
        "imports": above(lambda n: "import a"),
        "imports in rows": lambda size: module(
            above=_wide(_repeated(lambda n: "import a", size), ";", "")
        ),
        "imports of names": above(lambda n: "from a import " + "b," * 300 + "c"),
        "comments": above(lambda n: "#"),
        "empty lines": above(lambda n: ""),
        "empty lines of spaces": above(lambda n: " " * 80),
        "form feeds": above(lambda n: "\f\x0b"),
        "one line": lambda size: module() + "#" + "a" * size,
        "one line of quotes": lambda size: module() + "#" + "'\"" * (size // 2),
        "a text": lambda size: module() + "'''" + "a\n" * (size // 2) + "'''",
        "texts": above(lambda n: '"""a"""'),
        "backslashes": above(lambda n: "1+\\\n1"),
        "hidden characters": _commented("\u200b"),
        "lookalikes": _commented("\u0430 "),
        "words with accents": _commented("\u00e9a "),
        "one word with a lookalike": lambda size: module() + "#a" + "\u0430" * (size // 2),
        "emoji": _commented("\U0001f3f4\U000e0067"),
        "annotations": above(lambda n: f"a{n}:int=0"),
    }
)
MISSING: Mapping[str, Kind] = MappingProxyType(
    {
        "names that are imported": _missing_names,
        "similar names": alone(lambda n: f"def softmax_loss_{n}_naive(W):0"),
        "long similar names": alone(lambda n: f"def {'softmax_loss_' * 60}{n}(W):0"),
        "names of many words": alone(lambda n: f"def {'aB' * 400}{n}(W):0"),
        "similar names of 90 letters": alone(lambda n: f"def {'softmaxLoss' * 8}{n}(W):0"),
        "methods": alone(lambda n: f"class A{n}:\n def f(s):0"),
        "functions in functions without end": _nested_functions,
        "assignments": alone(lambda n: f"a{n}=1"),
        "failing lines": alone(lambda n: "1/0"),
        "failing definitions": alone(lambda n: f"@f\ndef f{n}():0"),
    }
)
BROKEN: Mapping[str, Kind] = MappingProxyType(
    {
        "open brackets": _open_brackets,
        "a bracket at the end": lambda size: module(_lines(lambda n: "W=X", size)) + "(",
        "brackets that are never closed": above(lambda n: "f("),
        "errors": above(lambda n: "a b"),
        "errors behind a comma": above(lambda n: "f(a, b c, d e"),
        "errors in functions": above(lambda n: f"def f{n}(:\n a b\n"),
        "errors in dictionaries": above(lambda n: "{1:2, 3:" * 40 + "!"),
        "errors in calls": in_body(lambda n: "f(a for a in b, " * 50),
        "errors in lambdas": in_body(lambda n: "lambda a, (b: " * 50),
        "errors in subscripts": in_body(lambda n: "W[y " * 90),
        "errors in conditions": in_body(lambda n: "W if X " * 90),
        "errors in targets": in_body(lambda n: "(" * 90 + "W" + ")" * 90 + " = = 1"),
        "errors in comprehensions": in_body(lambda n: "[" * 80 + "W for W" + "]" * 80),
        "keywords": in_body(lambda n: "for in if else " * 50),
        "print": in_body(lambda n: "print W"),
        "definitions cut off": above(lambda n: f"def f{n}("),
        "texts without an end": above(lambda n: '"""'),
        "one text without an end": lambda size: module() + '"""' + "'a" * (size // 2),
        "indents": above(lambda n: " " * (n % 90) + "W"),
        "returns outside": above(lambda n: "return 1"),
        "fences": above(lambda n: "```"),
        "commands": above(lambda n: "!ls \\"),
        "questions": above(lambda n: "a" * 800 + "? x"),
        "line numbers": _line_numbers,
        "merge marks": above(lambda n: "<<<<<<< a\n======="),
        "coding": above(lambda n: "# coding: x\n\xe9 b"),
        "zeros": lambda size: module() + "0" * size + "x",
        "a line of brackets": lambda size: module() + "(" * size,
        "quotes": above(lambda n: "'"),
        "smart quotes": above(lambda n: "a = \u201cb\u201d"),
        "decorators alone": above(lambda n: "@f"),
        "semicolons": lambda size: module() + ";" * size,
    }
)
KINDS: Mapping[str, Kind] = MappingProxyType({**IN_FUNCTION, **AT_TOP, **MISSING, **BROKEN})


# --- what the host does with a text ---------------------------------------------------------------


def _locate(text: str) -> None:
    files = [SourceFile("softmax.py", text.encode())]
    name = FUNCTIONS[1]
    call, inputs = f"loss, dW = {name}(W, X, y, reg)", ("W", "X", "y", "reg")
    function = Function(name, name, call, inputs, ("loss", "dW"), (name,))
    for cause in _PATTERNS:
        locate(files, function, [cause], _PATTERNS)


def _explain_missing(text: str) -> None:
    files = [SourceFile("softmax.py", text.encode())]
    codes = ["left_out_module"] * 20 + ["missing_module"] * 40
    notes = [Message(code, {}, "zz", line) for line, code in enumerate(codes, 1)]
    for name in FUNCTIONS:
        explain_missing(files, name, FUNCTIONS, notes)
    name_definitions(notes, files)


def _salvage(text: str) -> None:
    salvage(text, FUNCTIONS, syntax_error(text, "invalid syntax", 3))


def _notebook(text: str) -> None:
    with suppress(UnreadableSubmission):
        read_notebook(make_notebook(text), FUNCTIONS)


# One of each kind of pattern.
_PATTERNS = {
    line.partition(":")[0]: line for line in read_assignment(SHIPPED / "softmax").lines.values()
}
STEPS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "locate": _locate,
        "fingerprint": lambda text: fingerprint([text.encode()], FUNCTIONS),
        "hidden": lambda text: hidden_in(submission_of(text)),
        "missing": _explain_missing,
        "salvage": _salvage,
        "definitions": lambda text: definitions_in(text, FUNCTIONS),
        "notebook": _notebook,
        "imports": lambda text: list(imported_modules(text.encode())),
    }
)
# What once took longer than the text grew, and the step that did.
WORST = (
    ("parameters", "locate"),
    ("parameters behind a decorator", "locate"),
    ("divisions of names for nothing", "locate"),
    ("maxima that are subtracted", "locate"),
    ("one function uses all", "fingerprint"),
    ("elifs", "fingerprint"),
    ("names that are imported", "missing"),
    ("lambdas in lambdas", "notebook"),
)
MAX_SECONDS = 1.0  # CPU time of a step


def check_steps(kind: str, size: int) -> None:
    """No step takes long, whatever the text. A busy machine gets three tries."""
    text = KINDS[kind](size)
    for name, step in STEPS.items():
        assert any(_seconds(step, text) < MAX_SECONDS for _ in range(3)), f"{kind}: {name}"


def _seconds(step: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    step(text)
    return time.thread_time() - started
