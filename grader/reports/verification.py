"""A verified assignment, for its author: the matrix of misconceptions and questions, as text of 80 columns and as a page. In English."""

import textwrap
from collections.abc import Sequence
from typing import Any

from grader.reports.evidence import format_points
from grader.reports.html import rendered
from grader.verification.result import Margin, MisconceptionResult, Translation, Verification

WIDTH = 80
MARKS = {"failed": "x", "passed": ".", "not_run": "-", "could_not_judge": "?"}
LOST = "lost"
FEW = 3  # names that stand for many


def text(verification: Verification) -> str:
    blocks = [
        heading(verification),
        matrix(verification),
        catches(verification),
        tolerances(verification),
        *told(verification),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def page(verification: Verification) -> str:
    values: dict[str, Any] = {
        "said": sentences(verification),
        "names": names_of(verification),
        "cells": cells,
        "ratio": ratio,
        "few": few,
    }
    return rendered("verification.html", "en", verification=verification, **values)


def heading(verification: Verification) -> str:
    conventions = ", ".join(f"{name} {value}" for name, value in verification.conventions.items())
    lines = [f"{verification.assignment}: {conventions}, seed {verification.seed}"]
    if verification.rows:
        lines += wrapped(
            "Each row is a misconception in the place of one function, the other functions being the reference. Each cell has a mark for "
            f"{', then '.join(verification.functions)}: x failed, . passed, - not run, blank where there is no such question. {LOST}: the "
            "points that it costs, in the function where it costs least."
        )
    return "\n".join(lines)


def matrix(verification: Verification) -> str:
    names = names_of(verification)
    if not verification.rows:
        return ""
    first = max(len(row.name) for row in verification.rows)
    widths = column_widths(names, WIDTH - first - 1 - len(LOST), len(verification.functions))
    heads = [
        [part[:width] for part in name.split("_")]
        for name, width in zip(names, widths, strict=True)
    ]
    deep = max(map(len, heads), default=1)
    lines = []
    for level in range(deep):
        parts = [
            head[level - deep + len(head)] if level >= deep - len(head) else "" for head in heads
        ]
        lines.append(line("", first, parts, widths, LOST if level == deep - 1 else ""))
    for row in verification.rows:
        marks = [
            "".join(MARKS.get(outcome, " ") for outcome in cells(row, name, verification.functions))
            for name in names
        ]
        lines.append(
            line(row.name, first, marks, widths, format_points(min(row.points_lost.values())))
        )
    return "\n".join(lines)


def line(name: str, first: int, parts: Sequence[str], widths: Sequence[int], last: str) -> str:
    columns = "".join(f" {part:<{width}}" for part, width in zip(parts, widths, strict=True))
    return f"{name:<{first}}{columns} {last:>{len(LOST)}}".rstrip()


def column_widths(names: Sequence[str], room: int, least: int) -> list[int]:
    """As wide as the longest word of each name, where that fits; else all words are cut to one length, at least that of the marks."""
    longest = [max(least, *(len(part) for part in name.split("_"))) for name in names]
    for cap in range(max(longest, default=least), least, -1):
        widths = [min(width, cap) for width in longest]
        if sum(widths) + len(widths) <= room:
            return widths
    return [least] * len(names)


def names_of(verification: Verification) -> tuple[str, ...]:
    """Questions without their function, in the rubric's order: the columns."""
    return tuple(dict.fromkeys(asked.id.partition(".")[2] for asked in verification.questions))


def cells(row: MisconceptionResult, name: str, functions: Sequence[str]) -> list[str]:
    """An outcome for each function, empty where it has no such question."""
    return [row.outcomes.get(f"{short}.{name}", "") for short in functions]


def catches(verification: Verification) -> str:
    if not verification.rows:
        return ""
    total, first = len(verification.rows), max(len(asked.id) for asked in verification.questions)
    lines = [f"Caught, of {total}; and what no other question of the function catches"]
    for asked in verification.questions:
        lines += textwrap.wrap(
            f"  {asked.id:<{first}} {asked.killed:>4}  {few(asked.killed_only_here)}".rstrip(),
            WIDTH,
            subsequent_indent=" " * (first + 9),
        )
    return "\n".join(lines)


def few(names: Sequence[str]) -> str:
    """How many, and the first of them."""
    if not names:
        return ""
    return f"{len(names)}: {', '.join(names[:FEW])}{', ...' if len(names) > FEW else ''}"


def tolerances(verification: Verification) -> str:
    lines = wrapped(
        "Tolerances. Right: the largest error of the reference, and how often it fits into the limit. Wrong: the smallest error of a "
        "misconception, and how many times the limit it is."
    )
    lines += [f"  {'':12} {'limit':>6} {'right':>7} {'below':>7} {'wrong':>7} {'above':>7} mildest"]
    for margin in verification.margins:
        if margin.precision != "float64" and margin.precision not in lines:
            lines.append(margin.precision)
        right = f"  {margin.check:<12} {margin.limit:>6g} {margin.correct:7.1e} {ratio(margin.limit, margin.correct):>7}"
        wrong = (
            ""
            if margin.wrong is None
            else f" {margin.wrong:7.1e} {ratio(margin.wrong, margin.limit):>7} {margin.mildest}"
        )
        lines.append((right + wrong)[:WIDTH])
    return "\n".join(lines)


def ratio(one: float, other: float) -> str:
    """Below 1: on the wrong side."""
    return f"{one / other:.2g}" if other else "exact"


def told(verification: Verification) -> list[str]:
    return ["\n".join(wrapped(sentence)) for sentence in sentences(verification)]


def sentences(verification: Verification) -> list[str]:
    """What follows from all the numbers, the last one being the result."""
    said = []
    beyond = [margin for margin in verification.margins if not margin.holds]
    said += [too_near(margin) for margin in beyond]
    if verification.correct_in_this_convention:
        said.append(
            f"Right in this convention, and left out: {', '.join(verification.correct_in_this_convention)}."
        )
    if verification.needs_process:
        said.append(
            f"Asked of known submissions only, because it takes a process of its own: {', '.join(verification.needs_process)}."
        )
    if verification.advice:
        said.append(f"Not asked here, as they cost no points: {', '.join(verification.advice)}.")
    if verification.rows:
        said += of_misconceptions(verification)
    if verification.known_submissions:
        as_expected = len(verification.known_submissions) - len(verification.unexpected)
        said.append(
            f"Known submissions: {as_expected} of {len(verification.known_submissions)} as expected."
        )
        said += [
            f"{known.name}: {'; '.join(known.mismatches)}." for known in verification.unexpected
        ]
    if verification.reference_fails:
        said.append(f"The reference fails: {', '.join(verification.reference_fails)}.")
    return [*said, result(verification)]


def of_misconceptions(verification: Verification) -> list[str]:
    small, rows = verification.correct_when_small, {row.name: row for row in verification.rows}
    said = [sentence for wording in verification.translations for sentence in of_words(wording)]
    if small:
        said.append(
            f"Right on the inputs that mistakes are named from, and so never named: {', '.join(with_full_marks(rows[n]) for n in small)}."
        )
    if verification.unrecognized:
        said.append(
            f"Not recognized by their own numbers, and so never named: {', '.join(verification.unrecognized)}."
        )
    said.append(
        f"Cannot be told apart: {'; '.join(' = '.join(group) for group in verification.indistinguishable) or 'none'}."
    )
    if verification.never_killing:
        said.append(
            f"Questions that no misconception fails, so that nothing shows whether they work: {', '.join(verification.never_killing)}."
        )
    said += [
        f"{name} gives no result on any case: {reason}."
        for name, reason in verification.crashing.items()
    ]
    said.append(
        f"Caught by nothing, full marks: {', '.join(map(with_full_marks, verification.survived)) or 'none'}."
    )
    return said


def with_full_marks(row: MisconceptionResult) -> str:
    """With the functions in which it gets them."""
    return f"{row.name} ({', '.join(row.full_marks)})" if row.full_marks else row.name


def of_words(wording: Translation) -> list[str]:
    told = (
        (f"Without name, means and next in messages/{wording.language}.toml", wording.missing),
        (f"In messages/{wording.language}.toml, and no misconception", wording.unknown_ids),
        (
            f"With a topic that is no section of the explanation in {wording.language}",
            wording.unknown_topics,
        ),
    )
    return [f"{what}: {few(names)}." for what, names in told if names]


def too_near(margin: Margin) -> str:
    where = f"{margin.check}, in {margin.precision}"
    if margin.correct > margin.limit:
        return f"{where}: correct work is off by {margin.correct:.1e}, beyond the tolerance {margin.tolerance}. Raise it."
    return f"{where}: {margin.mildest} is wrong by {margin.wrong:.1e}, within the tolerance {margin.tolerance}: not noticed there."


def result(verification: Verification) -> str:
    if not verification.is_sound:
        return "The assignment is not sound. Correct what is named above: the reference, a question, a tolerance, or the misconception itself."
    some = len(verification.correct_when_small)
    every = (
        f", and each of {len(verification.rows) - some} misconceptions costs points in every function"
        if verification.rows
        else ""
    )
    return f"The assignment is sound: the reference gets full marks{every}{f', {some} more in some function' if some else ''}."


def wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False)
