"""The summary of a class: what it counts, whom it names, and that it fits one screen."""

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from grader.class_row import ClassRow, natural_key
from grader.messages import LANGUAGES
from grader.model import Message, Person
from grader.reports.class_summary import MAX_LINES, PERSON_NEEDED, WIDTH, Summary, first_few
from grader.reports.columns import columns
from grader.verdict import Finding
from tests.support.class_rows import class_rows, class_words, row, row_in_other_layout, verdict

WORDS = class_words("en")


def summary_of(rows: list[ClassRow], language: str = "en") -> str:
    summary = Summary(class_words(language))
    assert list(summary.count(rows)) == rows
    text = summary.text()
    assert text.count("\n") <= MAX_LINES
    assert all(columns(line) <= WIDTH for line in text.splitlines())
    return text


def test_submissions_are_counted_and_not_rows_of_nobody() -> None:
    nobodys = [
        row(code, "unreadable", reason=Message(f"unread_{code}"), late=True)
        for code in ("missing", "not_in_manifest")
    ]
    group = ClassRow(
        (Person("b"), Person("c")), 1, "graded", counts=True, late=True, verdict=verdict(50.0)
    )
    others = [
        row("a"),
        row("d", "unreadable", reason=Message("unread_kind")),
        row("e", "waiting"),
        row("f", "trouble"),
    ]
    text = summary_of(
        [*others, group, *nobodys, ClassRow((Person("z"),), 0, "missing", counts=True)]
    )
    assert text.startswith("Submissions: 5 handed in, 2 graded, 1 still to be graded, 1 late\n")
    assert "     1  nothing to grade: d\n" in text
    assert "     1  the grader failed; the next run tries again: f\n" in text
    assert "     2  no owner, or no file: missing, not_in_manifest\n" in text
    assert summary_of([row("a")]).startswith("Submissions: 1 handed in, 1 graded\n")
    assert summary_of([]).startswith("Submissions: 0 handed in, 0 graded\n")


def test_who_is_not_on_the_roster_and_what_is_gone() -> None:
    group = ClassRow(
        (Person("a"), Person("b"), Person("x10")),
        1,
        "graded",
        counts=True,
        verdict=verdict(50.0),
        not_on_roster=("b", "x10"),
    )
    gone = [
        row(
            f"g{n}",
            "gone",
            attempt=n,
            counts=n % 2 == 0,
            is_present=False,
            not_on_roster=(f"g{n}",),
        )
        for n in range(1, 13)
    ]
    text = summary_of(
        [group, row("X9", not_on_roster=("X9",)), *gone, row("earlier", "waiting", counts=False)]
    )
    assert "     2  by people not on the roster: b, X9, x10\n" in text
    assert "    12  no longer where it was, not counted: g1, g2, g3, g4 and 8 more\n" in text
    assert text.startswith("Submissions: 2 handed in, 2 graded\n")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_adds_up(language: str) -> None:
    """Handed in is graded, still to be graded, failed by the grader, or nothing to grade."""
    summary = Summary(class_words(language))
    assert len(list(summary.count(class_rows(2000)))) > 2000
    parts = (
        summary.facts["graded"],
        summary.facts["waiting"],
        summary.needed["trouble"],
        summary.needed["unreadable"],
    )
    assert all(parts)
    assert sum(parts) == summary.facts["handed_in"]


def test_who_is_in_several_submissions_that_count_is_named() -> None:
    group = row("ana")._replace(people=(Person("ana"), Person("ben")))
    rows = [
        row("ana"),
        row("ben", counts=False),
        row("ben", attempt=2),
        group,
        row("cho"),
        row("cho", attempt=2),
    ]  # --attempt all
    assert "     3  by people in more than one that counts: ana, ben\n" in summary_of(rows)
    assert "more than one" not in summary_of([*rows[:3], *rows[4:]])
    assert "     2  by people in more than one that counts: ana\n" in summary_of(
        [rows[0], group, row("ben", "gone", is_present=False)]
    )


def test_the_same_mistake_is_one_cause_whatever_its_numbers() -> None:
    def slow(n: int) -> ClassRow:
        message = Message(
            "loops_over",
            {"letter": "N", "before": 6241 + n, "after": 12141 + n, "small": 20, "large": 40},
        )
        return row(f"s{n}", verdict=replace(verdict(90.0), findings=(failed(message),)))

    stopped = [
        row(f"r{n}", verdict=verdict(0.0, failed=code))
        for n in range(2)
        for code in ("raised", "timed_out")
    ]
    transposed = [
        Message("gradient_transposed", {"got": f"({n}, 10)", "expected": "(10, 3073)"})
        for n in range(3)
    ]
    text = summary_of(
        [
            *map(slow, range(4)),
            *stopped,
            *(
                row(f"t{n}", verdict=replace(verdict(0.0), findings=(failed(message),)))
                for n, message in enumerate(transposed)
            ),
        ]
    )
    samples = "The answers are right, but Python works on the samples one at a time."
    assert f"     4  {samples}\n" in text
    assert "     3  dW has the shape of W transposed.\n" in text
    assert "     2  The function " in text


def test_causes_that_are_equally_frequent_keep_their_order() -> None:
    """A set gave them in another order at each run."""
    causes = tuple(f"cause_{number}" for number in (5, 3, 8, 1, 9, 2, 7, 4))
    summary = Summary(WORDS)
    assert list(summary.count([row("a", verdict=verdict(0.0, causes))]))
    # They have no words: an id is shown as on the student's page.
    assert tuple(summary.causes) == tuple(cause.replace("_", " ") for cause in causes)


def failed(message: Message) -> Finding:
    return Finding("naive.loss", "naive", "value", "failed", 0.0, 10.0, 0.0, message)


def test_lists_are_cut_between_names_and_add_up() -> None:
    names = [f"{'x' * 18}{n}" for n in range(1, 21)]
    (line,) = re.findall(
        "^.*nothing to grade.*$",
        summary_of([row(name, "unreadable", reason=Message("unread_link")) for name in names]),
        re.MULTILINE,
    )
    shown, more = re.fullmatch("    20  nothing to grade: (.*) and ([0-9]+) more", line).groups()  # type: ignore[union-attr]
    assert shown.split(", ") == names[:2]
    assert int(more) == 18
    long = summary_of([row("y" * 100, "unreadable", reason=Message("unread_link"))])
    (line,) = re.findall("^     1  nothing to grade: (.*)$", long, re.MULTILINE)
    assert re.fullmatch("y{26}[.]{3}y{25}", line)


LONG_IDS = {
    "canvas": "gonzalezlopezmariadelcarmen_LATE_1234567_98765432_hw1-softmax-{}",
    "200 characters": "x" * 195 + "{}",
    "e-mail": "maria.del.carmen.{}@estudiantes.universidad-autonoma.example.edu.mx",
    "wide": "王小明李小龍張伟刘洋陈静杨光" * 3 + "{}",
    "accents": "n\u0303" * 90 + "{}",
}


@pytest.mark.parametrize("form", LONG_IDS.values(), ids=LONG_IDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_line_names_somebody_however_long_the_ids_are(form: str, language: str) -> None:
    def of_kind(kind: int) -> list[ClassRow]:
        ids = [form.format(kind * 1000 + number) for number in range(1200 if kind == 2 else 3)]
        link = Message("unread_link")
        makers: list[Callable[[str], ClassRow]] = [
            lambda id: row(id, "undecided", verdict=verdict(10.0, undecided=5.0)),
            lambda id: row(id, "unreadable", reason=link),
            lambda id: row(id, "trouble", trouble="x"),
            lambda id: row(id, "unreadable", reason=Message("unread_missing")),
            lambda id: row(id, verdict=verdict(10.0, flagged=True)),
            lambda id: row(id, fingerprint="same", not_on_roster=(id,)),
            lambda id: row(id, "gone", is_present=False),
            lambda id: row(id, "missing"),
        ]
        return [makers[kind](id) for id in ids]

    text = summary_of([each for kind in range(8) for each in of_kind(kind)], language)
    labels = class_words(language)["class"]
    for kind in ("undecided", "unreadable", "unmatched", "flagged", "stranger", "gone", "alike"):
        (names,) = re.findall(f"^ +[0-9]+  {labels[kind]}: (.*)$", text, re.MULTILINE)
        name = names.partition(labels["more"].partition("{")[0])[0]
        begin, gap, _ = name.partition("...")
        assert gap
        assert form.startswith(begin[:3])
        assert re.search("[0-9](@[.]{3})?$", name)
    (names,) = re.findall(f"^  1200  {labels['trouble']}: (.*)$", text, re.MULTILINE)
    assert names.endswith(labels["more"].format(count=1199))


def test_no_name_fills_the_page() -> None:
    names = [f"{'x' * 200}{n}" for n in range(3)]
    cut = [f"{'x' * 29}...{'x' * 27}{n}" for n in range(3)]
    assert first_few(names, WORDS) == ", ".join(cut)


def test_names_are_sorted_as_people_sort_them_and_come_once() -> None:
    assert first_few(["s10", "S9", "s9", "s10", "a"], WORDS) == "a, S9, s9, s10"
    assert first_few(["5", "40", "3", "200", "1"], WORDS) == "1, 3, 5, 40 and 1 more"
    assert sorted(["a10b2", "a10b10", "A9", "b", "a"], key=natural_key) == [
        "a",
        "A9",
        "a10b2",
        "a10b10",
        "b",
    ]


@pytest.mark.parametrize(("graded_in", "use"), [("CxD", "DxC"), ("DxC", "CxD")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_in_the_other_layout_is_named_once(graded_in: str, use: str, language: str) -> None:
    transposed, right = (
        [row_in_other_layout(n, graded_in) for n in range(4)],
        [row(f"right{n}") for n in range(9)],
    )
    for rows, expected in (
        ([*transposed[:3], *right[:6]], 3),
        ([*transposed, *right[:8]], 4),
        ([*transposed[:3], *right[:7]], None),  # less than a third
        (transposed[:2], None),  # fewer than three
        ([*transposed[:3], *[each._replace(counts=False) for each in transposed]], 3),
        (right, None),
    ):
        found = conventions_in(summary_of(rows, language), language)
        assert found == (({"layout": expected}, f"layout={use}") if expected else ({}, ""))


@pytest.mark.parametrize(
    ("cause", "value"), [("reg_full", "1.0"), ("reg_half", "0.5"), ("rg_double", "")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_in_the_other_regularization_is_named_too(
    cause: str, value: str, language: str
) -> None:
    rows = [row(f"s{n}", verdict=verdict(85.0, (cause,))) for n in range(6)]
    found = conventions_in(summary_of(rows, language), language)
    expected = ({"regularization": 6}, f"regularization={value}") if value else ({}, "")
    assert found == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_class_in_both_other_conventions_gets_one_command(language: str) -> None:
    rows = [row_in_other_layout(n, regularization="1.0") for n in range(4)]
    rows += [row_in_other_layout(n) for n in range(4, 8)]
    assert conventions_in(summary_of(rows, language), language) == (
        {"layout": 8, "regularization": 4},
        "layout=DxC --set regularization=1.0",
    )


def conventions_in(text: str, language: str) -> tuple[dict[str, int], str]:
    """The numbers of submissions by the name of the setting, and the options after --set."""
    labels = class_words(language)["class"]
    counts = {
        name: int(number)
        for name, label in labels["other_conventions"].items()
        for number in re.findall(f"^ +([0-9]+)  {re.escape(label)}$", text, re.MULTILINE)
    }
    options = re.findall(f"^ +{labels['of_course']} --fresh --set (.*)$", text, re.MULTILINE)
    assert len(options) <= 1
    return counts, "".join(options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_is_one_screen(language: str) -> None:
    """Everything that can be summary_of, of a large class with long ids."""
    rows = [
        *class_rows(2000),
        *map(row_in_other_layout, range(2000)),
        row("x" * 300, "undecided", verdict=verdict(10.0, undecided=5.0)),
    ]
    text = summary_of(rows, language)
    labels = class_words(language)["class"]
    for kind in (*PERSON_NEEDED, "alike"):
        assert labels[kind] in text
    assert "--set layout=DxC" in text
    assert labels["causes"] not in text  # they have to wait for a class with less to look at
    others = [each for each in rows if not each.is_unmatched and each.status != "gone"]
    assert labels["causes"] in summary_of(others, language)
    assert summary_of(others, language).count("\n") == MAX_LINES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_class_has_room(language: str) -> None:
    mistakes = ("rg_missing", "rg_double", "rg_no_two")
    text = summary_of(
        [
            row("a"),
            *[
                row(f"b{n}", verdict=verdict(50.0, (mistake,)))
                for n, mistake in enumerate(mistakes)
            ],
        ],
        language,
    )
    assert text.count("\n\n") == 2
    assert all(
        class_words(language)["misconceptions"][mistake]["name"][:60] in text
        for mistake in mistakes
    )
