"""Which version of which attempt counts: the examples of docs/gradebook.md, row by row."""

import re

import pytest

from grader.class_row import CountPolicy
from grader.gradebook.counting import (
    AttemptSummary,
    Decision,
    Extension,
    Records,
    Run,
    Sighting,
    Version,
    count_attempts,
    is_late,
)
from tests.support.paths import PROJECT

DOCS = (PROJECT / "docs/gradebook.md").read_text(encoding="utf-8")
IDS = '["alice"]'
VERSION = re.compile(r"(?P<attempt>\d)(?P<name>\??\w*)")
VERDICT = re.compile(r"(?P<name>\w)=(?P<score>\d+)(\+(?P<undecided>\d+))?")
EXAMPLE_COLUMNS = ("what", "runs", "points", "staff", "holding", "latest", "best")
LATE_COLUMNS = ("what", "submitted", "late_by_source", "until", "late")
Cells = dict[str, str]


def table(first_header: str, columns: tuple[str, ...]) -> list[Cells]:
    """The rows of the table in the docs whose header begins so, by column, without backquotes."""
    _, _, text = DOCS.partition(first_header)
    lines = text.partition("\n\n")[0].splitlines()[2:]
    rows = [line.replace("`", "").strip("|").split("|") for line in lines]
    return [dict(zip(columns, (cell.strip() for cell in row), strict=True)) for row in rows]


EXAMPLES = table("| what happened | runs |", EXAMPLE_COLUMNS)
LATE = table("| what happened | submitted |", LATE_COLUMNS)


def name_of(cells: Cells) -> str:
    return cells["what"]


def records(cells: Cells) -> Records:
    """What a gradebook would know after these runs."""
    runs: list[Run] = []
    versions: dict[str, Version] = {}
    sightings: dict[tuple[str, str], Sighting] = {}
    points = {match["name"]: match for match in VERDICT.finditer(cells["points"])}
    for number, text in enumerate(cells["runs"].split(";"), 1):
        source, _, found = text.strip().partition(":")
        runs.append(Run(number, source.rstrip("…"), is_read=not source.endswith("…")))
        for match in VERSION.finditer(found):
            verdict = points.get(match["name"])
            known = versions.get(match[0])
            version = Version(
                row=known.row if known else len(versions) + 1,
                ids=IDS,
                attempt=int(match["attempt"]),
                is_readable="?" not in match["name"],
                saved=None,
                is_late=None,
                first_run=known.first_run if known else number,
                last_run=number,
                score=float(verdict["score"]) if verdict else None,
                undecided=float(verdict["undecided"] or 0) if verdict else None,
                possible=100.0 if verdict else None,
            )
            versions[match[0]] = version
            sighting = Sighting(version.row, runs[-1].source, number)
            sightings[match[0], runs[-1].source] = sighting
    decisions = [Decision(IDS, int(attempt)) for attempt in re.findall(r"\d", cells["staff"])]
    return Records(versions.values(), runs, sightings.values(), decisions=decisions)


def written(cells: Cells, attempt: AttemptSummary) -> str:
    """A version as the table writes it."""
    names = [match[0] for match in VERSION.finditer(cells["runs"])]
    name = list(dict.fromkeys(names))[attempt.version.row - 1]
    return name if attempt.is_present else f"({name})"


@pytest.mark.parametrize("cells", EXAMPLES, ids=name_of)
def test_an_example_of_the_docs(cells: Cells) -> None:
    policies: tuple[CountPolicy, ...] = ("latest", "best")
    for policy in policies:
        group = count_attempts(records(cells), policy)[IDS]
        assert " ".join(written(cells, each) for each in group.attempts) == cells["holding"]
        assert written(cells, group.chosen) == cells[policy]
        assert [each for each in group.attempts if each.counts] == [group.chosen]


@pytest.mark.parametrize("cells", EXAMPLES, ids=name_of)
def test_if_all_attempts_count_so_does_the_latest(cells: Cells) -> None:
    group = count_attempts(records(cells), "all")[IDS]
    assert written(cells, group.chosen) == cells["latest"]
    assert group.chosen in group.attempts
    if not cells["staff"]:
        same = [each for each in group.attempts if each.is_present == group.chosen.is_present]
        assert [each for each in group.attempts if each.counts] == same


@pytest.mark.parametrize("cells", LATE, ids=name_of)
def test_what_is_late(cells: Cells) -> None:
    words = {"yes": True, "no": False, "": None}
    saved = f"2026-11-20T{cells['submitted']}:00+00:00" if cells["submitted"] else None
    version = Version(1, IDS, 1, True, saved, words[cells["late_by_source"]], 1, 1)
    times = re.findall(r"\d\d:\d\d", cells["until"])
    extensions = [Extension(IDS, f"2026-11-20T{time}:00+00:00") for time in times]
    runs, sightings = [Run(1, "here", True)], [Sighting(1, "here", 1)]
    groups = count_attempts(Records([version], runs, sightings, extensions), "latest")
    assert groups[IDS].chosen.is_late is words[cells["late"]]


@pytest.mark.parametrize(
    ("saved", "late"),
    [
        ("2026-11-20T09:59:59", False),
        ("2026-11-20T10:00:00", None),
        ("2026-11-22T14:00:00", None),
        ("2026-11-22T14:00:01", True),
    ],
)
def test_a_time_of_an_unknown_zone_is_late_only_where_it_is_in_every_zone(
    saved: str, late: bool | None
) -> None:
    deadlines = ("2026-11-21T00:00:00+00:00", "2026-11-22T00:00:00+00:00")
    assert is_late(saved, True, deadlines["22" in saved]) is late
    assert is_late("2026-11-20T10:00:00", True, "2026-11-20T09:00:00") is True


def test_groups_are_independent_and_in_the_order_of_their_ids() -> None:
    rows = [(1, '["b"]', 1), (2, '["a"]', 1), (3, '["a"]', 2)]
    versions = [Version(row, ids, attempt, True, None, None, 1, 1) for row, ids, attempt in rows]
    sightings = [Sighting(row, "here", 1) for row, _, _ in rows]
    groups = count_attempts(Records(versions, [Run(1, "here", True)], sightings), "latest")
    assert list(groups) == ['["a"]', '["b"]']
    assert [group.chosen.version.row for group in groups.values()] == [3, 1]
