"""The verification of an assignment, for its author: as text of 80 columns and as a page.

It shows which misconception fails which question, how far right and wrong numbers stay from each
tolerance, and what to correct. It is in English only.
"""

import textwrap
from collections.abc import Sequence
from functools import partial

from grader.reports.evidence import format_points
from grader.reports.html import render
from grader.verification.result import (
    Margin,
    MisconceptionResult,
    RightWork,
    Translation,
    Verification,
)

WIDTH = 80
MARKS = {"failed": "x", "passed": ".", "not_run": "-", "could_not_judge": "?"}
POINTS_HEAD = "lost"
MAX_NAMES = 3  # listed of many
MARGINS_HELP = (
    "Right: the largest error of the reference, and how many times it fits into the limit. Wrong: "
    "the smallest error of a misconception, and how many times the limit it is."
)
ROWS_HELP = (
    "Each row is a misconception in place of one function; the other functions are the "
    "reference. Each cell has a mark for "
)


def text(verification: Verification) -> str:
    """The heading, the matrix of misconceptions and questions, figures, then the conclusions."""
    blocks = [
        _heading(verification),
        _matrix(verification),
        _coverage(verification),
        _margins(verification),
        *("\n".join(_wrapped(sentence)) for sentence in _conclusions(verification)),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def page(verification: Verification) -> str:
    return render(
        "verification_page.html",
        "en",
        verification=verification,
        conclusions=_conclusions(verification),
        names=_question_names(verification),
        outcomes_of=partial(_outcomes_of, functions=verification.functions),
        ratio=_ratio,
        margins_help=MARGINS_HELP,
        rows_help=ROWS_HELP,
    )


def _heading(verification: Verification) -> str:
    facts = [f"{name} {value}" for name, value in verification.conventions.items()]
    lines = [f"{verification.assignment}: {', '.join([*facts, f'seed {verification.seed}'])}"]
    if verification.rows:
        functions = ", then ".join(verification.functions)
        lines += _wrapped(
            f"{ROWS_HELP}{functions}: x failed, . passed, - not run, blank where there is no such "
            f"question. {POINTS_HEAD}: the points it costs in the function where it costs least."
        )
    return "\n".join(lines)


def _matrix(verification: Verification) -> str:
    """A row for each misconception, a column for each question."""
    if not verification.rows:
        return ""
    names = _question_names(verification)
    first = max(len(row.name) for row in verification.rows)
    room = WIDTH - first - 1 - len(POINTS_HEAD)
    widths = _column_widths(names, room, len(verification.functions))
    lines = _matrix_head(names, first, widths)
    for row in verification.rows:
        marks = []
        for name in names:
            outcomes = _outcomes_of(row, name, verification.functions)
            marks.append("".join(MARKS.get(outcome, " ") for outcome in outcomes))
        points = format_points(min(row.points_lost.values()))
        lines.append(_matrix_line(row.name, first, marks, widths, points))
    return "\n".join(lines)


def _matrix_head(names: Sequence[str], first: int, widths: Sequence[int]) -> list[str]:
    """The words of each name below one another; the last words stand on the last line."""
    heads = [
        [word[:width] for word in name.split("_")]
        for name, width in zip(names, widths, strict=True)
    ]
    height = max(map(len, heads), default=1)
    padded = [[""] * (height - len(head)) + head for head in heads]
    lines = []
    for level in range(height):
        last = POINTS_HEAD if level == height - 1 else ""
        lines.append(_matrix_line("", first, [head[level] for head in padded], widths, last))
    return lines


def _matrix_line(
    name: str, first: int, cells: Sequence[str], widths: Sequence[int], last: str
) -> str:
    columns = "".join(f" {cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"{name:<{first}}{columns} {last:>{len(POINTS_HEAD)}}".rstrip()


def _column_widths(names: Sequence[str], room: int, least: int) -> list[int]:
    """As wide as the longest word of each name, if that fits into the room.

    Else all words are cut to one length, at least `least`, which the marks take.
    """
    longest = [max(least, *(len(word) for word in name.split("_"))) for name in names]
    for cap in range(max(longest, default=least), least, -1):
        widths = [min(width, cap) for width in longest]
        if sum(widths) + len(widths) <= room:
            return widths
    return [least] * len(names)


def _question_names(verification: Verification) -> tuple[str, ...]:
    """The questions without their function, in the order of the rubric."""
    return tuple(
        dict.fromkeys(question.id.partition(".")[2] for question in verification.questions)
    )


def _outcomes_of(row: MisconceptionResult, name: str, functions: Sequence[str]) -> list[str]:
    """An outcome for each function, empty if it has no such question."""
    return [row.outcomes.get(f"{short}.{name}", "") for short in functions]


def _coverage(verification: Verification) -> str:
    """For each question, how many misconceptions fail it, and which of them fail it alone."""
    if not verification.rows:
        return ""
    first = max(len(question.id) for question in verification.questions)
    lines = _wrapped(
        f"Misconceptions that each question fails, of {len(verification.rows)}, and those that no "
        "other question of the function fails"
    )
    for question in verification.questions:
        alone = _first_names(question.killed_only_here)
        line = f"  {question.id:<{first}} {question.killed:>4}  {alone}".rstrip()
        lines += textwrap.wrap(line, WIDTH, subsequent_indent=" " * (first + 9))
    return "\n".join(lines)


def _first_names(names: Sequence[str]) -> str:
    """The number of names, and the first of them."""
    if not names:
        return ""
    more = ", ..." if len(names) > MAX_NAMES else ""
    return f"{len(names)}: {', '.join(names[:MAX_NAMES])}{more}"


def _margins(verification: Verification) -> str:
    """A line for each tolerance: how far the errors of right and wrong numbers stay from it."""
    lines = _wrapped(f"Tolerances. {MARGINS_HELP}")
    first = max([len(margin.what) for margin in verification.margins], default=0)
    lines.append(
        f"  {'':{first}} {'limit':>6} {'right':>7} {'below':>7} {'wrong':>7} {'above':>7} mildest"
    )
    precision = "float64"
    for margin in verification.margins:
        if margin.precision != precision:
            precision = margin.precision
            lines.append(precision)
        lines.append(_margin_line(margin, first)[:WIDTH].rstrip())
    return "\n".join(lines)


def _margin_line(margin: Margin, first: int) -> str:
    """first: width of the first column."""
    below = _ratio(margin.limit, margin.correct)
    line = f"  {margin.what:<{first}} {margin.limit:>6g} {margin.correct:7.1e} {below:>7}"
    if margin.wrong is not None:
        above = _ratio(margin.wrong, margin.limit)
        line += f" {margin.wrong:7.1e} {above:>7} {margin.mildest}"
    return line


def _ratio(one: float, other: float) -> str:
    """one / other, as shown: a number below 1 is on the wrong side of the limit."""
    return f"{one / other:.2g}" if other else "exact"


def _conclusions(verification: Verification) -> list[str]:
    """One sentence each; the last one says whether the assignment is sound."""
    sentences = [_too_near(margin) for margin in verification.margins if not margin.holds]
    sentences += _named(
        "Left out, because they are right in this convention",
        verification.correct_in_this_convention,
    )
    sentences += _named(
        "Asked of known submissions only, because it takes a process of its own",
        verification.needs_process,
    )
    sentences += _named("Not asked here, as they cost no points", verification.advice)
    sentences += _named("Outputs that no question judges", verification.unasked_outputs)
    if verification.rows:
        sentences += _about_misconceptions(verification)
    if verification.known_submissions:
        known = len(verification.known_submissions)
        as_expected = known - len(verification.unexpected)
        sentences.append(f"Known submissions: {as_expected} of {known} as expected.")
        for submission in verification.unexpected:
            sentences.append(f"{submission.name}: {'; '.join(submission.mismatches)}.")
    sentences += _about_right_work(verification.right_work)
    sentences += _named("The reference fails", verification.reference_fails)
    sentences += _named(
        "The reference fails when it computes in float32", verification.single_precision_fails
    )
    for seed, questions in verification.fails_with_seed.items():
        sentences += _named(f"The reference fails with seed {seed}", questions)
    return [*sentences, _result(verification)]


def _named(head: str, names: Sequence[str], separator: str = ", ") -> list[str]:
    """A sentence if there is anything to name."""
    return [f"{head}: {separator.join(names)}."] if names else []


def _about_misconceptions(verification: Verification) -> list[str]:
    sentences = []
    for translation in verification.translations:
        sentences += _about_translation(translation)
    rows = {row.name: row for row in verification.rows}
    sentences += _named(
        "Right on the inputs that the diagnosis uses, and so never diagnosed",
        [_with_full_marks(rows[name]) for name in verification.correct_when_small],
    )
    sentences += _named(
        "Not recognized by their own numbers, and so never diagnosed", verification.unrecognized
    )
    alike = [" = ".join(group) for group in verification.indistinguishable]
    sentences += _named("Cannot be told apart by the diagnosis", alike or ["none"], "; ")
    sentences += _named(
        "Questions that no misconception fails, so that nothing shows whether they work",
        verification.never_killing,
    )
    for name, reason in verification.crashing.items():
        sentences.append(f"{name} gives no result on any case: {reason}.")
    survivors = [_with_full_marks(row) for row in verification.survived]
    sentences += _named(
        "Survive every question of a function, with full marks", survivors or ["none"]
    )
    return sentences


def _about_right_work(right_work: RightWork) -> list[str]:
    if not right_work.seeds:
        return []
    graded = (right_work.variants + 1) * len(right_work.seeds)
    as_expected = graded - len(right_work.unexpected)
    sentences = [
        f"Right work in the sandbox: {as_expected} of {graded} as expected (variants, with the "
        f"reference: {right_work.variants + 1}; keys: {len(right_work.seeds)})."
    ]
    sentences += [
        f"{each.name}, with seed {each.seed}: {'; '.join(each.mismatches)}."
        for each in right_work.unexpected
    ]
    return sentences


def _with_full_marks(row: MisconceptionResult) -> str:
    """The name, with the functions in which it gets full marks."""
    return f"{row.name} ({', '.join(row.full_marks)})" if row.full_marks else row.name


def _about_translation(translation: Translation) -> list[str]:
    file = f"messages/{translation.language}.toml"
    problems = {
        f"Without name, means and next in {file}": translation.missing,
        f"In {file}, but not a misconception": translation.unknown_ids,
        f"With a topic that is no section of the explanation in {translation.language}": (
            translation.unknown_topics
        ),
    }
    return [f"{what}: {_first_names(names)}." for what, names in problems.items() if names]


def _too_near(margin: Margin) -> str:
    where = f"{margin.what}, in {margin.precision}"
    if margin.correct > margin.limit:
        return (
            f"{where}: correct work is off by {margin.correct:.1e}, beyond the tolerance "
            f"{margin.tolerance}. Raise it."
        )
    return (
        f"{where}: {margin.mildest} is wrong by {margin.wrong:.1e}, within the tolerance "
        f"{margin.tolerance}, and survives there."
    )


def _result(verification: Verification) -> str:
    if not verification.is_sound:
        return (
            "The assignment is not sound. Correct what is named above: the reference, a case, a "
            "question, a tolerance, or the misconception itself."
        )
    sentence = "The assignment is sound: the reference gets full marks"
    some = len(verification.correct_when_small)
    if verification.rows:
        every = len(verification.rows) - some
        where = "in every function that it changes"
        sentence += f", and each of {every} misconceptions costs points {where}"
    if some:
        sentence += f", {some} more in some function"
    return f"{sentence}."


def _wrapped(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False)
