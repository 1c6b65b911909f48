"""Tests what is said about a function that a file does not have."""

import time

import pytest

from grader.static_analysis.missing_function import explain_missing

ASKED = ("first_loss", "second_loss")


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
        assert explain_missing(hostile.encode(), name, ASKED, ()).values["name"] == name
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from " + ".\\\n".join(["a" * 900] * 60) + " import first_loss\n", "function_imported"),
        (f"class {'A' * 900}:\n    def first_loss(self): pass\n", "function_in_class"),
    ],
)
def test_a_name_as_long_as_the_file_is_cut(text: str, code: str) -> None:
    message = explain_missing(text.encode(), "first_loss", ASKED, ())
    assert message.code == code
    assert message.quote is not None
    assert len(message.quote) == 100
