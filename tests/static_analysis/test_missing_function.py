"""Tests what is said about a function that a file does not have."""

import time

import pytest

from grader.model import Message, SourceFile
from grader.static_analysis.definitions import definitions_in
from grader.static_analysis.missing_function import explain_missing, name_definitions
from grader.static_analysis.salvage import salvage
from grader.static_analysis.syntax_errors import syntax_error

ASKED = ("first_loss", "second_loss")


def files_of(**texts: str) -> list[SourceFile]:
    return [SourceFile(f"{name}.py", text.encode()) for name, text in texts.items()]


@pytest.mark.parametrize(
    "hostile",
    [
        ("x=" + "-" * 900 + "1\n") * 60,
        ("x=(1\n" + "+1\n" * 900 + ")\n") * 20,
        ("y=(a\n" + ".a\n" * 900 + ")\n") * 20,
        "a=1\n" * 16_000,
        "".join(f"def first_loss_{i}(W):0\n" for i in range(2400)),
        "if a:0\n" + "elif a:0\n" * 800,
        "".join(" " * i + "class A:\n" for i in range(98)) + " " * 98 + "pass\n",
    ],
)
def test_hostile_code_costs_little(hostile: str) -> None:
    start = time.process_time()
    for name in ASKED:
        assert explain_missing(files_of(work=hostile), name, ASKED, ()).values["name"] == name
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from " + ".\\\n".join(["a" * 900] * 60) + " import first_loss\n", "function_imported"),
        (f"class {'A' * 900}:\n    def first_loss(self): pass\n", "function_in_class"),
    ],
)
def test_a_name_as_long_as_the_file_is_cut(text: str, code: str) -> None:
    message = explain_missing(files_of(work=text), "first_loss", ASKED, ())
    assert message.code == code
    assert message.quote is not None
    assert len(message.quote) == 100


NET = "from layers import *\n\nclass TwoLayerNt:\n    pass\n"
LAYERS = "def affine_forwards(x):\n    return x\n\nclass Tools:\n    def relu(self): pass\n"
NAMES = ("TwoLayerNet", "affine_forward", "relu", "softmax")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "TwoLayerNet",
            Message("function_spelled", {"name": "TwoLayerNet"}, "TwoLayerNt", 3),
        ),
        (
            "affine_forward",
            Message(
                "function_spelled",
                {"name": "affine_forward"},
                "affine_forwards",
                1,
                file="layers.py",
            ),
        ),
        ("relu", Message("function_in_class", {"name": "relu"}, "Tools", 5, file="layers.py")),
        ("softmax", Message("missing_function", {"name": "softmax"})),
    ],
)
def test_every_name_is_looked_for_in_every_file(name: str, message: Message) -> None:
    """Functions and classes: a call may need any of them."""
    assert explain_missing(files_of(net=NET, layers=LAYERS), name, NAMES, ()) == message


def test_what_is_imported_from_another_of_the_files_is_looked_for_there() -> None:
    net = "from cs231n.layers import softmax, relu\nfrom past import affine_forward\n"
    files = files_of(net=net, layers=LAYERS)
    assert explain_missing(files, "relu", NAMES, ()).code == "function_in_class"
    assert explain_missing(files, "softmax", NAMES, ()).code == "missing_function"
    assert explain_missing(files, "affine_forward", NAMES, ()) == Message(
        "function_imported", {"name": "affine_forward"}, "past", 2
    )


def test_what_was_left_out_is_looked_for_in_its_file() -> None:
    files = files_of(net="x = 1\n", layers="import x\nclass Net(undefined): pass\n")
    left = Message("left_out", {"exception": "NameError"}, "no", 2, file="layers.py")
    (named,) = name_definitions([left], files)
    assert named == Message(
        "left_out_definition", {"exception": "NameError"}, "no", 2, file="layers.py"
    )
    assert explain_missing(files, "Net", NAMES, [left]) == Message(
        "function_left_out", {"name": "Net", "exception": "NameError"}, "no", 2, file="layers.py"
    )
    # A line of the same number in another file.
    here = Message("left_out", {"exception": "NameError"}, "no", 2)
    assert explain_missing(files, "Net", NAMES, [here]).code == "missing_function"


@pytest.mark.parametrize(
    ("text", "is_written"),
    [
        ("class Net:\n    def loss(self, X, y):\n        return self.w @ X, y\n", True),
        ("class Net(object):\n    def loss(self, X, y):\n        pass\n", False),
        (
            "class Net:\n    def __init__(self, w, b):\n        self.w, self.b = w, b\n\n"
            "    def loss(self, X, y):\n        raise NotImplementedError\n",
            False,
        ),
        ("def Net(x):\n    return x * x\n", True),
        ("def Net(x):\n    return None\n", False),
        ("def Net(x, w):\n    return np.zeros_like(x)\n", False),
    ],
)
def test_a_class_is_a_definition_too(text: str, is_written: bool) -> None:
    names = definitions_in(text, ["Net", "Other"])
    assert names.defined == {"Net"}
    assert names.written == ({"Net"} if is_written else set())
    assert definitions_in(f"x = = 1\n{text}", ["Net"]).defined == {"Net"}


def test_a_class_is_worth_leaving_out_the_rest() -> None:
    text = "class Net:\n    def loss(self, X): return X\n\nx = = 1\n"
    left = salvage(text, ["Net"], syntax_error(text, "invalid syntax", 4))
    assert left is not None
    assert left.text == "class Net:\n    def loss(self, X): return X\n\n\n"
