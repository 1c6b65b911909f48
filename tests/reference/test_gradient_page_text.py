"""The page that explains the gradient: its code and shapes, its topics, its links, its words."""

import re
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.support.gradient_page import (
    ENGLISH,
    FENCE,
    PAGES,
    REFERENCE,
    SPANISH,
    example,
    page,
    python_blocks,
    tables,
    topics,
)
from tests.support.paths import PROJECT

NOT_FOR_STUDENTS = re.compile(r"rtol|richardson|sandbox|misconception|blame", re.IGNORECASE)

# --- the code -------------------------------------------------------------------------------------


@page
def test_the_snippet_of_the_question_does_what_the_page_says(text: str) -> None:
    here = example(text)
    names = {
        "np": np,
        "W": here.W,
        "X": here.X[:, :1],
        "y": here.y[:1],
        "dW": np.zeros(here.W.shape),
    }
    names |= {"f_i": here.S[:, 0] - here.m[0], "sum_i": here.Z[0]}
    exec(python_blocks(dict(topics(text))["question"])[0], names)
    np.testing.assert_allclose(
        names["dW"],
        REFERENCE.softmax_loss_naive(here.W, here.X[:, :1], here.y[:1], 0.0)[1],
        rtol=1e-14,
    )


@page
@pytest.mark.parametrize("factor", [1.0, 1000.0])
def test_the_steps_joined_are_right_also_for_large_scores(factor: float, text: str) -> None:
    """The table of the six steps never subtracted the maximum, of which the page says it is."""
    here = example(text)
    steps = {
        row[0]: re.findall("`(.+?)`", row[2])
        for row in tables(dict(topics(text))["six-steps"])
        if row[0].isdigit()
    }
    W, X = factor * here.W, here.X[:, :1]
    names: dict[str, Any] = {"np": np, "W": W, "X": X, "y": here.y, "i": 0}
    exec("; ".join(steps["1"]), names)
    names["sum_i"] = np.exp(names["f_i"]).sum()
    loss, dW = REFERENCE.softmax_loss_naive(W, X, here.y[:1], 0.0)
    np.testing.assert_allclose(eval(steps["2"][0], names), loss, rtol=1e-12)
    assert eval(f"0 {steps['3'][0]}", names | {"j": here.y[0]}) == -1
    for j in range(here.C):
        names |= {"j": j, "p": eval(steps["4"][0], names | {"j": j})}
        np.testing.assert_allclose(eval(steps["5"][0], names), dW[j], rtol=1e-12, atol=1e-300)


@page
def test_the_page_is_no_solution_to_paste(text: str) -> None:
    blocks = [block for section in topics(text) for block in python_blocks(section[1])]
    assert len(blocks) == 2
    assert not re.search(r"\bdef |\breturn\b|np\.max|np\.sum|\.sum\(|\.max\(|loss", "".join(blocks))


@page
def test_the_arrays_have_the_shapes_of_the_table(text: str) -> None:
    here = example(text)
    rows = [
        row
        for row in tables(dict(topics(text))["matrices"])
        if re.fullmatch(r"[A-Za-z, ]+", row[0]) and re.search(r"\d", row[2])
    ]
    named = [name for row in rows for name in row[0].split(", ")]
    assert named == ["W", "dW", "X", "y", "S", "m", "E", "Z", "P", "Y", "G"]
    for names, letters, numbers, _ in rows:
        assert re.sub(r"[CDN]", lambda letter: str(getattr(here, letter[0])), letters) == numbers
        for name in names.split(", "):
            assert " x ".join(str(size) for size in getattr(here, name).shape) == numbers


@page
def test_the_products_give_the_shapes_of_the_table(text: str) -> None:
    here = example(text)
    products = [
        row for row in tables(dict(topics(text))["outer-product"]) if row[0].startswith("`")
    ]
    assert len(products) == 3
    for code, _, gives in products:
        shape = re.match(r"([CDN]) x ([CDN])", gives)
        if shape:
            assert eval(code.strip("`"), vars(here)).shape == tuple(
                getattr(here, letter) for letter in shape.groups()
            )
        else:
            with pytest.raises(ValueError, match="not aligned"):
                eval(code.strip("`"), vars(here))


@page
def test_each_regularization_stands_beside_its_derivative(text: str) -> None:
    here = example(text)
    pairs = [
        [cell.strip("`") for cell in row]
        for row in tables(dict(topics(text))["regularization"])
        if row[0].startswith("`")
    ]
    assert len(pairs) == 2
    for loss, dW in pairs:
        for at in np.ndindex(here.W.shape):
            step = np.zeros(here.W.shape)
            step[at] = 1.0  # any size will do: for a parabola the difference is the slope
            above, below = (
                eval(loss, {"reg": here.reg, "W": here.W + sign * step, "sum": np.sum})
                for sign in (1, -1)
            )
            np.testing.assert_allclose(eval(dW, vars(here))[at], (above - below) / 2, atol=1e-15)


@page
def test_the_other_layout_holds_the_same_numbers(text: str) -> None:
    here = example(text)
    turned = SimpleNamespace(W=here.W.T, X=here.X.T, i=here.i, j=here.j)
    pairs = [
        row[1:]
        for row in tables(dict(topics(text))["layouts"])
        if row[1].startswith("`") and "axis" not in row[1]
    ]
    assert len(pairs) == 5
    for one, other in pairs:
        (first,), (second,) = (re.findall(r"`(.+)`", cell) for cell in (one, other))
        np.testing.assert_array_equal(
            eval(first, vars(here)), np.transpose(eval(second, vars(turned))), err_msg=first
        )


# --- the page -------------------------------------------------------------------------------------


def test_both_languages_have_the_same_topics_in_the_same_order() -> None:
    names = [topic for topic, _ in topics(ENGLISH)]
    assert names == [topic for topic, _ in topics(SPANISH)]
    assert len(names) == len(set(names))
    assert [re.findall(r"^#+", section, re.MULTILINE) for _, section in topics(ENGLISH)] == [
        re.findall(r"^#+", section, re.MULTILINE) for _, section in topics(SPANISH)
    ]


@page
def test_every_heading_has_a_topic(text: str) -> None:
    assert all(len(re.findall(r"^##+ ", section, re.MULTILINE)) == 1 for _, section in topics(text))
    assert len(re.findall(r"^##+ ", text, re.MULTILINE)) == len(topics(text))
    assert all(section.startswith("##") for _, section in topics(text))


def slugs(headings: Iterable[str]) -> set[str]:
    """The anchors that headings get where Markdown is shown."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@page
def test_links_lead_somewhere(text: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 5
    inside = slugs(re.findall(r"^##+ (.+)$", text, re.MULTILINE))
    assert [link for link in links if link.lstrip("#") not in inside and link not in PAGES] == []


@page
def test_it_fits_a_terminal_and_is_written_for_students(text: str) -> None:
    assert max(len(line) for line in text.splitlines()) <= 100
    assert max(len(line) for _, block in FENCE.findall(text) for line in block.splitlines()) <= 80
    assert NOT_FOR_STUDENTS.search(text) is None


def test_the_readme_points_to_both() -> None:
    readme = (
        (PROJECT / "README.md")
        .read_text(encoding="utf-8")
        .partition("## For students")[2]
        .partition("\n## ")[0]
    )
    assert all(f"(reference/softmax/{name})" in readme for name in PAGES)
