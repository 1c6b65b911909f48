"""Tests what is left out of a text that does not parse, and the sentence that says why."""

import ast
import time

import pytest

from grader.messages import load_words
from grader.model import Message
from grader.reports.sentences import sentence
from grader.static_analysis.salvage import salvage
from grader.static_analysis.syntax_errors import newer_version, print_statements, syntax_error

WORDS = load_words("en", {})
FUNCTIONS = ("first", "second")
FIRST = "def first(W):\n    return 1\n"
SECOND = "def second(W):\n    return 2\n"


def error_of(text: str) -> Message:
    try:
        compile(text, "work.py", "exec")
    except SyntaxError as error:
        return syntax_error(text, str(error.msg), error.lineno)
    raise AssertionError("it compiles")


def left_of(text: str) -> str:
    """Return the lines that are left, without the empty ones."""
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    assert left.text.count("\n") == text.count("\n")
    compile(left.text, "work.py", "exec")
    return "\n".join(line for line in left.text.split("\n") if line.strip()) + "\n"


@pytest.mark.parametrize(
    "broken",
    [
        "def second(W):\n    return (2\n",
        "def second(W)\n    return 2\n",
        "def second(W):\n    '''What it does\n    return 2\n",
        "def second(W):\n",
        "def second(",
        "@decorated\ndef second(W):\n    return 2 +\n",
        "class Second:\n    def second(self:\n        pass\n",
        "def second(W):\n    a = 1\nb = 2\n    return b\n",
        "def second(W):\n    a = 1\nfor i in range(3):\n    a += (i\n    return a\n",
        "def second(W):\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> other\n",
        "Here is the second one, which I did not finish:\n",
        "if __name__ == '__main__':\n    print 'Python 2'\n",
    ],
)
def test_the_other_function_is_kept_above_and_below(broken: str) -> None:
    assert left_of(FIRST + broken) == FIRST
    if "'''" not in broken:
        assert left_of(broken.rstrip("\n") + "\n" + FIRST) == FIRST


def test_a_return_outside_of_a_function_belongs_to_the_one_above() -> None:
    """It parses, and does not compile: only the line that Python names tells."""
    torn = "def second(W):\n    a = 1\nfor i in range(3):\n    a += i\n    return a\n"
    assert left_of(FIRST + torn) == FIRST


def test_what_spans_lines_at_the_left_margin_stays_together() -> None:
    text = (
        '"""A docstring\nover lines\n"""\nSIZES = [\n1,\n2,\n]\nif SIZES:\n    A = 1\nelse:\n'
        f"    A = 2\ntry:\n    B = 1\nexcept ValueError:\n    B = 2\n{FIRST}"
    )
    assert left_of(text + "def second(W:\n    pass\n") == text


def test_a_docstring_with_lines_at_the_left_margin_stays_with_its_function() -> None:
    function = 'def first(W):\n    """\nInputs:\n- W: an array\n    """\n    return 1\n'
    assert left_of(function + "def second(W:\n    pass\n") == function


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"%matplotlib inline\n{FIRST}", FIRST),
        (f"%load_ext autoreload\n%autoreload 2\n{FIRST}", FIRST),
        (f"!pip install numpy\n{FIRST}", FIRST),
        (f"!{{sys.executable}} -m pip install numpy \\\n  scipy\n{FIRST}", FIRST),
        (f"%%writefile work.py\n{FIRST}", FIRST),
        (f"{FIRST}x = %timeit -o first(1)\n", FIRST),
        (f"```python\n{FIRST}```\n", FIRST),
        (f"~~~\n{FIRST}~~~\n", FIRST),
        ("1  def first(W):\n2      return 1\n3\n", FIRST),
        (" 9: def first(W):\n10:     return 1\n11:\n", FIRST),
    ],
)
def test_what_is_no_python_is_left_out(text: str, left: str) -> None:
    assert left_of(text) == left


def test_a_percent_sign_is_not_taken_for_a_command() -> None:
    text = (
        f"TEXT = ('%d'\n% 3)\nREST = (7\n%FIRST)\n{FIRST}"
        + "    x = (7\n      % 3\n      % first\n)\n"
    )
    assert left_of(f"{text}def second(:\n    pass\n") == text


def test_nothing_is_left_of_a_file_without_any_of_the_functions() -> None:
    text = "def third(W):\n    return 1\ndef first(:\n    pass\n"
    assert salvage(text, FUNCTIONS, error_of(text)) is None


@pytest.mark.parametrize(
    "word", ["Def ", "df ", "", "function ", ">>> def ", "+def ", "`def ", "- def "]
)
def test_a_damaged_def_costs_its_own_function_alone(word: str) -> None:
    """The function above it was taken for its beginning, and was left out as well."""
    text = f"{FIRST}{word}second(W):\n    a = W\n    return a\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    assert (left.text.rstrip("\n") + "\n", list(left.broken)) == (FIRST, ["second"])
    assert [note.values["count"] for note in left.notes] == [3]


def test_two_parts_that_are_left_out_for_one_reason_are_told_once() -> None:
    text = f"{FIRST}def third(W):\n    a = 1\nb = 2\n    return b\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    assert [note.values["count"] for note in left.notes] == [4]


def test_a_function_that_was_left_out_has_its_reason() -> None:
    text = FIRST + "def second(W):\n    return (2\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    assert left.broken == {"second": Message("does_not_parse", {}, "'(' was never closed", 4)}
    assert left.notes == (Message("left_out_block", {"count": 2}, "'(' was never closed", 4),)


def test_a_block_that_was_left_out_has_the_sentence_of_its_own_reason() -> None:
    text = FIRST + "def third(W):\n    return “W”\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    (note,) = left.notes
    said = sentence(note, WORDS)
    assert (note.line, said.next) == (4, WORDS["messages"]["smart_quotes"]["next"])
    assert "left out" in said.what
    assert "(U+201C)" in said.what


def test_what_was_left_out_is_told_in_the_order_of_the_file() -> None:
    text = f"Here you are:\n```python\n{FIRST}```\nHope this helps!\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    assert [note.line for note in left.notes] == [1, 2, 5, 6]


@pytest.mark.parametrize(
    "text",
    [
        "def f(\n" * 8000 + FIRST,
        "((((" * 50 + "\n" + FIRST,
        "x = 1 +" * 400 + "\n" + FIRST,
        "(" + "-\n" * 30_000 + FIRST,
    ],
)
def test_texts_unlike_any_that_people_write_cost_nothing(text: str) -> None:
    assert salvage(text, FUNCTIONS, Message("does_not_parse", {}, "", 1)) is None


@pytest.mark.parametrize("line", ["def f(:\n", "$\n", "1\n"])
def test_many_blocks_are_left_out_within_bounds(line: str) -> None:
    text = line * (60_000 // len(line)) + "def f(:\n" + FIRST
    error = error_of(text)
    started = time.thread_time()
    left = salvage(text, FUNCTIONS, error)
    assert time.thread_time() - started < 3
    assert left is None or len(left.notes) <= 20


LONG = 1 << 18  # as much as is read of a file


@pytest.mark.parametrize(
    "hostile",
    [
        FIRST + " " * (LONG - 100) + "!\n",
        " " * (LONG - 100) + ")\n" + FIRST,
        FIRST + "```" + " " * (LONG - 100) + "!\n",
        FIRST + "f'{" + "'" * (LONG - 100) + "\n",
        FIRST + "t'" * (LONG // 2 - 100) + "\n",
        FIRST + "type a " + " " * (LONG - 100) + "!\n",
        FIRST + ("f'{" + "'" * 900 + "\n") * 60,
        FIRST + (" " * 990 + "!\n") * 60,
        FIRST + "$\n" * 32_000,
        FIRST + "x y\r" * 16_000,
        FIRST + "(\n)\n" * 15_000 + "(",
        '"""\n' + FIRST + 'x="""\n' * 9000,
        "\n".join(f"{number} x y" for number in range(6000)),
    ],
)
def test_hostile_text_costs_little(hostile: str) -> None:
    """A pattern that reads a line once for each of its letters would take minutes here."""
    start = time.process_time()
    salvage(hostile, FUNCTIONS, error_of(hostile))
    assert time.process_time() - start < 2


def test_lines_are_those_of_the_file() -> None:
    """Each block is parsed by itself: where Python names two lines, both are the file's."""
    text = FIRST + "def second(W):\n    return [1,\n    2)\n"
    left = salvage(text, FUNCTIONS, error_of(text))
    assert left is not None
    says = "closing parenthesis ')' does not match opening parenthesis '[' on line 4"
    assert left.broken == {"second": Message("does_not_parse", {}, says, 5)}


# --- the sentences --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a = 1\n<<<<<<< HEAD\nb = 2\n=======\n", "merge_marks", 2),
        ("if 1:\n    a = 1\n\tb = 2\n", "tabs_and_spaces", 3),
        ("if 1:\n\ta = 1\n        b = 2\n", "tabs_and_spaces", 3),
        ("a = \u201cb\u201d\n", "smart_quotes", 1),
        ("a = \u2018b\u2019\n", "smart_quotes", 1),
        ("a =\xa01\n", "invisible_character", 1),
        ("a = 1\u200b\n", "invisible_character", 1),
        ("a = 3 \u2212 2\n", "odd_character", 1),
        ("a = f(1\uff0c 2)\n", "odd_character", 1),
        ("%matplotlib inline\n", "notebook_command", 1),
        ("!ls\n", "notebook_command", 1),
        ("```python\na = 1\n```\n", "code_fence", 1),
        ("1 a = 1\n2 b = 2\n3 c = 3\n", "pasted_line_numbers", 1),
        ("print 'a'\n", "python2_print", 1),
        ("exec 'a'\n", "python2_syntax", 1),
        ("try:\n    a = 1\nexcept A, b:\n    pass\n", "python2_syntax", 3),
        ("a = (1\n", "does_not_parse", 1),
        ("def f()\n    pass\n", "does_not_parse", 1),
    ],
)
def test_each_cause_has_a_sentence_of_its_own(text: str, code: str, line: int) -> None:
    error = error_of(text)
    assert (error.code, error.line) == (code, line)


def test_all_print_statements_are_found_and_nothing_that_python_3_reads() -> None:
    text = (
        '"""print me\nprint this\n"""\nprint x\n    print "a", x\nprint\'b\' % x\n'
        'print "loss: %f" % (loss,)\n'
    )
    fine = "print(x)\nprint (x)\nprint (x), y\nprint -x\nprint\nprint = 3\nprinted = 1\n"
    fine += "print in x\n"
    assert print_statements(text + fine) == [4, 5, 6, 7]
    ast.parse(fine)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("a = 1\u200b", "invisible_character"),
        ("a = f(1\uff0c 2)", "odd_character"),
        ("a = 0xf\u201d", "smart_quotes"),
        ("a = 1\u00e9", "does_not_parse"),  # a letter: the number itself is wrong
        ("a = 1b", "does_not_parse"),
    ],
)
def test_a_character_behind_a_number_is_named_in_every_version_of_python(
    line: str, code: str
) -> None:
    for says in ("invalid decimal literal", "invalid hexadecimal literal"):
        assert syntax_error(line, says, 1).code == code


@pytest.mark.parametrize("character", ["\xa0", "\u2212", "\u201c"])
def test_a_character_is_shown_by_its_number(character: str) -> None:
    assert error_of(f"a ={character}1\n").values == {"character": f"U+{ord(character):04X}"}


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("type Vector = list[float]", "3.12"),
        ("def first[T](W: T) -> T:", "3.12"),
        ("class Stack[T]:", "3.12"),
        ('print(f"{names["W"]}")', "3.12"),
        ("print(f'{\"\\n\".join(names)}')", "3.12"),
        ('print(f"{\'a\' + f"{W}"}")', "3.12"),
        ('print("a", f"{{}} {names["W"]}")', "3.12"),
        ('query = t"loss {loss}"', "3.14"),
        ("type(W)", None),
        ("type = 3", None),
        ("def first(W):", None),
        ('print(f"{names}")', None),
        ("print(f'{a[\"W\"]}')", None),
        ("{'a': 'b', 'c': 'd'}; f'{a}'", None),
        ('print(f"a\\n{W}", "{b}")', None),
        ('print(f"{a" , f"{b}")', None),
    ],
)
def test_later_versions_of_python_are_recognized(line: str, version: str | None) -> None:
    assert newer_version(line, (3, 11)) == version
    assert newer_version(line, (3, 14)) is None


@pytest.mark.parametrize(
    "line",
    [
        'f"{' + '"' * 20_000 + "{",
        'f"{' * 20_000,
        't"' * 20_000,
        " " * 20_000 + "def a",
        "type a" + " " * 20_000,
        "```" + " " * 20_000 + "a b",
        "a " * 20_000,
    ],
    ids=lambda line: line.strip()[:8],
)
def test_a_long_line_takes_no_long_time(line: str) -> None:
    """The patterns run outside the sandbox, on what a student wrote."""
    started = time.process_time()
    syntax_error(line, "invalid syntax", 1)
    assert time.process_time() - started < 1
