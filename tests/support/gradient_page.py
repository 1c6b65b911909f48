"""Reads the page that explains the gradient, for the tests of its numbers and of its text."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from grader.assignment.course_files import load_module
from grader.assignment.find_assignment import SHIPPED

REFERENCE: Any = load_module(SHIPPED / "softmax" / "softmax.py")
PAGES = {
    name: (SHIPPED / "softmax" / name).read_text(encoding="utf-8")
    for name in ("explanation.md", "explanation.es.md")
}
ENGLISH, SPANISH = PAGES.values()
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

page = pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)


def topics(text: str) -> list[tuple[str, str]]:
    """Pairs of a topic and its section, from one comment before a heading to the next one."""
    parts = re.split(r"^<!-- topic: ([a-z-]+)(?:, for DxC)? -->\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def number_lines(section: str) -> list[str]:
    """The lines that give numbers: in blocks without a language, but for headings.

    A heading starts with a space.
    """
    return [
        line
        for language, block in FENCE.findall(section)
        if not language
        for line in block.splitlines()
        if line[0] != " "
    ]


def tables(section: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]


def prose_numbers(section: str) -> list[str]:
    """The numbers outside of blocks, if they have a decimal point or three digits."""
    return re.findall(r"(?<![\w.])-?(?:\d+\.\d+|\d{3,})(?!\w)", FENCE.sub("", section))


def python_blocks(section: str) -> list[str]:
    return [block for language, block in FENCE.findall(section) if language == "python"]


def example(text: str) -> SimpleNamespace:
    """W, X, y and reg of the page, and S, m, E, Z, P, Y, G as the matrices section names them.

    i is image 0, and j the class after the first.
    """
    names: dict[str, Any] = {"np": np}
    exec(python_blocks(dict(topics(text))["by-hand"])[0], names)
    here = SimpleNamespace(W=names["W"], X=names["X"], y=names["y"], reg=names["reg"], i=0, j=1)
    (here.C, here.D), here.N = here.W.shape, here.X.shape[1]
    here.dW = here.W
    here.S = here.W @ here.X
    here.m = here.S.max(axis=0)
    here.E = np.exp(here.S - here.m)
    here.Z = here.E.sum(axis=0)
    here.P = softmax(here.S, axis=0)
    here.Y = np.eye(here.C)[:, here.y]
    here.G = here.P - here.Y
    return here
