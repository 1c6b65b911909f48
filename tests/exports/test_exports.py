"""Exports of a class, each read back by a reader of others.

Nobody is missing, no trouble becomes a zero, and no name is computed or breaks out of its place.
tests/gold/ holds one small class in each format. After a change that is meant, write these files
anew with `python -m tests.exports.test_exports`, and look at the difference.
"""

import csv
import io
import json
import re
import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, get_args
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from grader.class_row import ClassRow, Status
from grader.cli.batch import export
from grader.exports import EXPORTS
from grader.exports.grades_csv import COLUMNS
from grader.messages import LANGUAGES
from grader.model import Message, Person
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import sentence
from grader.verdict import Diagnosis, Verdict
from tests.support.languages import WORDS_IN
from tests.support.paths import GOLD, PROJECT
from tests.support.verdicts import (
    EVERY_OUTCOME,
    EVIDENCE,
    HOSTILE,
    SECRET,
    make_finding,
    verdict_of,
)

DOCUMENTED = (PROJECT / "docs/exports.md").read_text(encoding="utf-8")
FILES = {"csv": "class.csv", "json": "class.json", "junit": "class.xml"}
WORDS = WORDS_IN["en"]
ANN, BOB, EVE = (
    Person("ann", "José Ángel Pérez", "ann@x.edu"),
    Person("bob", "Bob", "bob@x.edu"),
    Person("eve", "Eve, the third"),
)
FUNCTION = make_finding(number=0).function
WRONG = replace(
    verdict_of(
        make_finding("failed", Message("number_differs", {"case": "small", "output": "loss"}), 0),
        make_finding(
            "failed", Message("array_zero", {"case": "small", "output": "dW"}), 1, seconds=0.25
        ),
        make_finding("failed", Message("changes_inputs"), 15),  # advice
    ),
    diagnosis={
        FUNCTION: Diagnosis(
            "tie",
            causes=(("loss_sum",), ("no_shift", "no_log")),
            questions=(make_finding(number=0).question,),
        ),
        "softmax_loss_vectorized": Diagnosis("exact", causes=(("grad_no_N",),)),
    },
)
RIGHT = verdict_of(make_finding("passed", number=0), make_finding("passed", number=1))
UNDECIDED = replace(verdict_of(*EVERY_OUTCOME), flags=(Message("hidden_characters"),))
CLASS = (
    ClassRow(
        (ANN,),
        1,
        "graded",
        saved="2026-11-20T08:00:00+00:00",
        late=False,
        origin="ann_1.py",
        verdict=WRONG,
        page="pages/ann.html",
    ),
    ClassRow(
        (ANN,),
        2,
        "graded",
        True,
        "2026-11-23T12:13:44+00:00",
        True,
        "ann_2.py",
        RIGHT,
        page="pages/ann.attempt-2.html",
    ),
    ClassRow(
        (ANN, BOB, EVE),
        1,
        "graded",
        True,
        None,
        False,
        "group.py",
        WRONG,
        page="pages/ann+bob+eve.html",
        not_on_roster=("bob", "eve"),
    ),
    ClassRow(
        (BOB,), 1, "undecided", True, origin="bob.py", verdict=UNDECIDED, page="pages/bob.html"
    ),
    ClassRow(
        (EVE,),
        1,
        "unreadable",
        True,
        late=True,
        origin="eve.py",
        reason=Message("too_large", {"kib": 256}),
    ),
    ClassRow(
        (Person("fay"),),
        1,
        "trouble",
        True,
        origin="fay.py",
        trouble="Its process died, three times.",
    ),
    ClassRow((Person("gil"),), 1, "waiting", True, origin="gil.py", not_on_roster=("gil",)),
    ClassRow(
        (Person("gus", "Gus"),),
        2,
        "gone",
        True,
        "2026-11-21T09:00:00+00:00",
        origin="gus.py",
        is_present=False,
    ),
    ClassRow((Person("guy"),), 2, "gone", origin="guy.py", is_present=False),
    ClassRow((Person("hal", "Hal"),), 0, "missing", True),
)
COUNTED = tuple(row for row in CLASS if row.counts)
BLANK = ("undecided", "unreadable", "trouble", "waiting", "gone", "missing")
NAMES = {
    **HOSTILE,
    "newlines": "one\r\ntwo\nthree\rfour",
    "csv": 'a","b";"c\t"',
    "end of text": "]]><x/><!-- --> &#0; &amp;",
    "control": "".join(map(chr, range(32))) + "\x7f\x85\u2028\ufffe\uffff",
    "half a pair": "a\ud800b",
    "long": "x" * 40_000,
    "marks": "a" + "\u0301" * 50,
    "json": '", "score": 100, "status": "graded',
    "end of script": "</script><script>alert(1)</script>",
    "nothing": "",
}
SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULAS = [
    f"{before}{sign}1"
    for sign in SIGNS
    for before in ("", " ", "\t", "\r", "\n", "\r\n", '"', "'", ' " ', "\u201d", "\u3000")
]


def exported(form: str, rows: Iterable[ClassRow] = CLASS, language: str = "en") -> str:
    return "".join(EXPORTS[form](rows, WORDS_IN[language]))


def table(rows: Iterable[ClassRow] = CLASS, delimiter: str = ",") -> list[list[str]]:
    """As a spreadsheet opens the file: a list of lines, the columns' names first."""
    data = exported("csv", rows).encode()
    assert data.startswith(b"\xef\xbb\xbf"), "Excel reads accents only after a byte order mark"
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def records(rows: Iterable[ClassRow] = CLASS) -> list[dict[str, str]]:
    names, *lines = table(rows)
    assert all(len(line) == len(names) for line in lines)
    return [dict(zip(names, line, strict=True)) for line in lines]


def parse_strictly(text: str) -> dict[str, Any]:
    """Accept only ASCII, no key twice, and no nan."""

    def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a key twice"
        return dict(pairs)

    def refuse(name: str) -> None:
        pytest.fail(f"{name} is no JSON")

    assert text.isascii()
    found: dict[str, Any] = json.loads(text, object_pairs_hook=unique_keys, parse_constant=refuse)
    return found


def suites(rows: Iterable[ClassRow] = CLASS, language: str = "en") -> list[ET.Element]:
    root = ET.fromstring(exported("junit", rows, language).encode())
    assert root.tag == "testsuites"
    return list(root)


def properties(suite: ET.Element) -> dict[str | None, str | None]:
    return {each.get("name"): each.get("value") for each in suite.iterfind("properties/property")}


def named(name: str, **more: Any) -> ClassRow:
    """A row in which everything that somebody else may have written is this."""
    row = ClassRow(
        (Person(name, name, name),),
        1,
        "graded",
        True,
        verdict=replace(WRONG, findings=quoting(name)),
        origin=name,
    )
    return row._replace(**more)


def quoting(text: str) -> Any:
    return (
        make_finding("failed", Message("raised", {"exception": "E"}, text, 3)),
        make_finding("could_not_judge", Message("grader_trouble", {"what": text})),
    )


# --- all of them ----------------------------------------------------------------------------------


def test_the_command_offers_what_there_is() -> None:
    (option,) = (each for each in export.params if each.name == "form")
    assert list(option.type.choices) == list(EXPORTS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", EXPORTS)
def test_a_small_class_looks_as_it_did(form: str) -> None:
    assert exported(form).encode() == GOLD.joinpath(FILES[form]).read_bytes()


def test_a_class_of_nobody_can_be_read() -> None:
    assert len(table(())) == 1
    assert parse_strictly(exported("json", ()))["rows"] == []
    assert suites(()) == []


@pytest.mark.parametrize("form", EXPORTS)
def test_rows_are_not_kept(form: str) -> None:
    """Of 5,000 rows, only the one or two that are just being written are alive at any moment."""
    alive: weakref.WeakValueDictionary[int, Verdict] = weakref.WeakValueDictionary()
    most = 0

    class Watched(Verdict, frozen=True, kw_only=True, weakref=True):
        """A verdict with weak references, to see whether anybody still has it."""

    parts = {name: getattr(WRONG, name) for name in WRONG.__struct_fields__}

    def rows() -> Iterator[ClassRow]:
        nonlocal most
        for number in range(5000):
            verdict = alive[number] = Watched(**parts)
            most = max(most, len(alive))
            yield ClassRow((Person(f"s{number}"),), 1, "graded", True, verdict=verdict)

    pieces = 0
    size = 0
    for piece in EXPORTS[form](rows(), WORDS):
        pieces += 1
        size = max(size, len(piece))
    assert pieces >= 5000
    assert size < 10_000
    assert most <= 3


@pytest.mark.parametrize("form", EXPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_secret_is_exported(form: str, language: str) -> None:
    """Under a secret seed: no expected value, and no text that could hold the input."""
    expected = tuple(
        make_finding("failed", Message("raised", {"exception": "E"}, "QUOTED", 3), evidence=(each,))
        for each in EVIDENCE.values()
    )
    row = ClassRow((ANN,), 1, "graded", True, verdict=verdict_of(*expected, seed=None))
    assert str(SECRET)[:7] in exported(
        "junit", [row._replace(verdict=verdict_of(*expected))], language
    ), "there is something to hide"
    text = exported(form, [row], language)
    assert str(SECRET)[:7] not in text
    assert "QUOTED" not in text


# --- CSV ------------------------------------------------------------------------------------------


def test_one_line_for_each_person_and_attempt_that_counts() -> None:
    found = [(each["id"], each["attempt"], each["status"]) for each in records()]
    assert found == [
        (person.id, str(row.attempt or ""), row.status) for row in COUNTED for person in row.people
    ]
    assert (
        ",".join(table()[0])
        == "id,name,email,score,max_score,status,late,attempt,codes,report,not_on_roster"
    )


def test_who_is_not_on_the_roster_is_marked() -> None:
    assert [each["id"] for each in records() if each["not_on_roster"] == "yes"] == [
        "bob",
        "eve",
        "gil",
    ]
    assert {each["not_on_roster"] for each in records()} == {"yes", ""}
    assert [properties(suite).get("not_on_roster") for suite in suites()] == [
        None,
        "bob, eve",
        None,
        None,
        None,
        "gil",
        None,
        None,
    ]


def test_a_group_shares_its_score_and_its_page() -> None:
    group = [each for each in records() if each["report"] == "pages/ann+bob+eve.html"]
    assert [each["name"] for each in group] == ["José Ángel Pérez", "Bob", "Eve, the third"]
    assert {(each["score"], each["max_score"]) for each in group} == {("0", "25")}


@pytest.mark.parametrize("status", BLANK)
def test_what_nobody_knows_is_blank_and_no_zero(status: str) -> None:
    (found,) = (each for each in records() if each["status"] == status)
    assert found["score"] == ""
    assert (found["max_score"] == "") == (status != "undecided")


@pytest.mark.parametrize("form", EXPORTS)
def test_late_is_exported_and_costs_nothing(form: str) -> None:
    late = {value: exported(form, [CLASS[1]._replace(late=value)]) for value in (True, False, None)}
    assert len(set(late.values())) == 3
    for text in late.values():
        assert re.search(
            {"csv": ",25,25,graded,", "json": '"score": 25.0', "junit": '"score" value="25"'}[form],
            text,
        )
    assert [records([CLASS[1]._replace(late=value)])[0]["late"] for value in late] == [
        "yes",
        "no",
        "",
    ]


def test_codes_say_why_points_are_missing() -> None:
    codes = {
        each["id"] + each["attempt"]: each["codes"] for each in records([*COUNTED, named("x")])
    }
    assert records()[1]["codes"] == "loss_sum|no_shift+no_log;grad_no_N;array_zero.dW", (
        "causes, then the failed question outside of them"
    )
    assert codes["ann1"].endswith("array_zero.dW"), "and no advice"
    assert codes["x1"] == "loss_sum|no_shift+no_log;grad_no_N", "the cause explains what failed"
    assert codes["eve1"] == "too_large"
    assert codes["ann2"] == codes["hal"] == codes["gil1"] == codes["fay1"] == ""


def test_scores_are_numbers() -> None:
    scores = (0.0, 0.1 + 0.2, 12.5, 100.0)
    found = records(CLASS[1]._replace(verdict=replace(RIGHT, score=score)) for score in scores)
    assert [each["score"] for each in found] == ["0", "0.3", "12.5", "100"]


def starts_a_formula(cell: str) -> bool:
    """Whether a sign stands behind spaces and quotes only.

    It is recognized by its Unicode name, in any width; the export does not use those names.
    """
    start = unicodedata.name(cell.lstrip(' \t\r\n"\u201c\u201d\u2018\u2019')[:1] or "x", "")
    return (
        re.fullmatch(
            "(FULLWIDTH |SMALL )?(EQUALS SIGN|PLUS SIGN|HYPHEN-MINUS|MINUS SIGN|COMMERCIAL AT)",
            start,
        )
        is not None
    )


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_neutralised(text: str) -> None:
    assert starts_a_formula(text.lstrip("'\u3000 "))
    (_, cells) = table([named(text)])
    for cell in cells[:3]:
        assert cell.startswith(("'", "\\u")), (
            "a quote before it, or a control character that became an escape"
        )
        assert not starts_a_formula(cell)
        assert cell.endswith("1")


@pytest.mark.parametrize("text", ["a;=1", "a,=1", 'a";"=1', "a; +1", "a;\t@x", "a\uff1b\uff1d1"])
def test_a_formula_behind_a_separator_is_neutralised(text: str) -> None:
    for delimiter in ",;":
        for cell in (cell for line in table([named(text)], delimiter)[1:] for cell in line):
            assert not starts_a_formula(cell), cell


def test_what_is_no_formula_stays_as_it_is() -> None:
    for name in (
        "O'Neil, Mary-Ann",
        "a=b",
        "jdoe+cs231n@x.edu",
        "García, José",
        "3",
        "'quoted'",
        "李小龍",
    ):
        assert [records([named(name)])[0][column] for column in ("id", "name", "email")] == [
            name
        ] * 3


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(), st.text(alphabet="=+-@'\" \t\r\n,;a\uff1d\u201c"), st.text()),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_no_name_computes_or_adds_a_line(
    people: list[tuple[str, str, str]], is_group: bool
) -> None:
    everybody = tuple(Person(*each) for each in people)
    rows = (
        [named("", people=everybody)]
        if is_group
        else [named("", people=(person,)) for person in everybody]
    )
    found = records(rows)
    assert len(found) == len(people)
    for record, person in zip(found, everybody, strict=True):
        for name, cell in record.items():
            assert not starts_a_formula(cell)
            assert cell.isprintable()
            if name in ("id", "name", "email"):
                assert cell.replace("'", "") == escape_invisible(getattr(person, name)).replace(
                    "'", ""
                ), "only quotes are added"


@pytest.mark.parametrize("kind", NAMES)
def test_csv_of_hostile_names(kind: str) -> None:
    found = records([named(NAMES[kind]), CLASS[1]])
    assert [each["score"] for each in found] == ["0", "25"]
    for each in found:
        assert "".join(each.values()).isprintable()
        assert max(map(len, each.values())) < 32_767


# --- JSON -----------------------------------------------------------------------------------------


def test_json_holds_every_attempt() -> None:
    found = parse_strictly(exported("json"))
    assert found["schema"] == "grader/class/1"
    assert len(found["rows"]) == len(CLASS)
    for each, row in zip(found["rows"], CLASS, strict=True):
        assert [person["id"] for person in each["people"]] == [person.id for person in row.people]
        expected = (
            each["attempt"],
            each["status"],
            each["counts"],
            each["found"],
            each["saved"],
            each["late"],
            each["origin"],
        )
        assert expected == (
            row.attempt or None,
            row.status,
            row.counts,
            row.is_present,
            row.saved,
            row.late,
            row.origin,
        )
        assert each["not_on_roster"] == list(row.not_on_roster)
        assert each["score"] == (
            row.verdict.score if row.verdict and row.status == "graded" else None
        )


@pytest.mark.parametrize("status", get_args(Status))
def test_every_status_is_documented(status: str) -> None:
    assert f"\n| {status} | " in DOCUMENTED


def test_json_rows_all_have_the_same_fields_and_each_is_documented() -> None:
    rows = parse_strictly(exported("json"))["rows"]
    assert len({tuple(each) for each in rows}) == 1
    expected = {
        name
        for line in DOCUMENTED.splitlines()
        if line.startswith("| `")
        for name in re.findall("`([a-z_0-9]+)`", line)
    }
    assert {*rows[0], *rows[0]["findings"][0], *rows[0]["people"][0]} <= expected
    assert set(COLUMNS) <= expected


def test_json_says_what_failed_in_codes() -> None:
    wrong, _, _, undecided, unreadable, trouble, waiting, _, _, _ = parse_strictly(
        exported("json")
    )["rows"]
    assert wrong["causes"] == {
        FUNCTION: [["loss_sum"], ["no_shift", "no_log"]],
        "softmax_loss_vectorized": [["grad_no_N"]],
    }
    assert wrong["findings"][1] == {
        "question": "naive.gradient",
        "outcome": "failed",
        "points": 0.0,
        "possible": 15.0,
        "code": "array_zero.dW",
    }
    assert [each["points"] for each in undecided["findings"]] == [10.0, 0.0, 0.0, None]
    assert undecided["undecided"] == UNDECIDED.undecided
    assert undecided["flags"] == ["hidden_characters"]
    assert unreadable["reason"] == {
        "code": "too_large",
        "values": {"kib": 256},
        "quote": None,
        "line": None,
        "file": None,
        "cell": None,
        "cell_line": None,
    }
    assert trouble["trouble"] == "Its process died, three times."
    assert (waiting["trouble"], waiting["reason"]) == (None, None)
    assert (wrong["sha256"], wrong["key"], wrong["versions"]) == (
        WRONG.submission.sha256,
        WRONG.key.sha256,
        WRONG.versions,
    )


@pytest.mark.parametrize("kind", NAMES)
def test_json_of_hostile_names(kind: str) -> None:
    text = exported("json", [named(NAMES[kind], status="undecided")])
    (found,) = parse_strictly(text)["rows"]
    assert found["people"] == [{"id": NAMES[kind], "name": NAMES[kind], "email": NAMES[kind]}]
    assert (found["status"], found["score"]) == ("undecided", None)
    assert "<" not in text
    assert all(31 < ord(character) < 127 or character == "\n" for character in text)


def test_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        exported("json", [CLASS[1]._replace(verdict=replace(RIGHT, score=float("nan")))])


def test_json_is_the_same_in_every_language() -> None:
    assert len({exported("json", CLASS, language) for language in LANGUAGES}) == 1


# --- JUnit ----------------------------------------------------------------------------------------

# What most readers know (https://github.com/testmoapp/junitxml): element -> its attributes, and
# the elements in it.
COMMON: dict[str, tuple[set[str], set[str]]] = {
    "testsuites": (
        {"name", "tests", "failures", "errors", "skipped", "assertions", "time", "timestamp"},
        {"testsuite"},
    ),
    "testsuite": (
        {
            "name",
            "tests",
            "failures",
            "errors",
            "skipped",
            "assertions",
            "time",
            "timestamp",
            "file",
        },
        {"properties", "system-out", "system-err", "testcase", "testsuite"},
    ),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": (
        {"name", "classname", "assertions", "time", "file", "line"},
        {"skipped", "failure", "error", "system-out", "system-err", "properties"},
    ),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}


def require_common(element: ET.Element) -> None:
    attributes, inside = COMMON[element.tag]
    assert set(element.keys()) <= attributes
    assert {each.tag for each in element} <= inside
    if element.tag == "testsuite":
        cases = element.findall("testcase")
        counts = [
            len(cases),
            *(
                sum(case.find(tag) is not None for case in cases)
                for tag in ("failure", "error", "skipped")
            ),
        ]
        assert [
            int(element.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")
        ] == counts
        assert element[0].tag == "properties"
    for each in element:
        require_common(each)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NAMES)
def test_junit_of_hostile_names_is_xml_of_the_common_kind(kind: str, language: str) -> None:
    rows = [
        *CLASS,
        named(NAMES[kind]),
        named(NAMES[kind], verdict=None, status="trouble", trouble=NAMES[kind]),
        named(
            NAMES[kind],
            verdict=None,
            status="unreadable",
            reason=Message("import_failed", {}, NAMES[kind]),
        ),
    ]
    text = exported("junit", rows, language)
    require_common(ET.fromstring(text.encode()))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert suites(rows, language)[-1].get("name") == escape_invisible(NAMES[kind])


def test_junit_has_a_suite_for_each_hand_in_that_counts() -> None:
    found = suites()
    assert [suite.get("name") for suite in found] == [
        ", ".join(person.id for person in row.people) for row in COUNTED
    ]
    assert properties(found[0]) == {
        "submission": "ann",
        "status": "graded",
        "attempt": "2",
        "saved": "2026-11-23T12:13:44+00:00",
        "late": "yes",
        "score": "25",
        "max_score": "25",
        "report": "pages/ann.attempt-2.html",
    }
    for suite, row in zip(found, COUNTED, strict=True):
        assert ("score" in properties(suite)) == (row.status == "graded")


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_outcomes(language: str) -> None:
    undecided = suites(language=language)[2]
    passed, failed, not_run, could_not_judge = undecided.iterfind("testcase")
    assert (passed.get("classname"), passed.get("name")) == (
        f"bob.softmax.{FUNCTION}",
        "naive.loss",
    )
    assert len(passed) == 0
    sentences = [
        sentence(finding.message, WORDS_IN[language])
        for finding in UNDECIDED.findings
        if finding.message
    ]
    for case, tag, expected in zip(
        (failed, not_run, could_not_judge), ("failure", "skipped", "error"), sentences, strict=True
    ):
        (result,) = case
        assert (result.tag, result.get("message"), result.text) == (
            tag,
            expected.text,
            expected.next,
        )
    assert (failed[0].get("type"), could_not_judge[0].get("type")) == ("raised", "grader_trouble")


def test_no_two_test_cases_of_junit_share_classname_and_name() -> None:
    """GitLab shows one of those that do."""
    odd = [
        ClassRow((Person(name),), 1, "graded", True, verdict=WRONG)
        for name in ("a b", "a_b", "a/b", "a.b", "A b", "a\u200bb", "<a>", "")
    ]
    rows = [
        *COUNTED,
        CLASS[0]._replace(counts=True),
        *odd,
        ClassRow((Person("ann.b"),), 1, "waiting", True),
    ]
    found = [
        (case.get("classname"), case.get("name"))
        for suite in suites(rows)
        for case in suite.iterfind("testcase")
    ]
    assert len(set(found)) == len(found) > len(rows)
    whose = ("ann.attempt-2", "ann+bob+eve", "bob", "eve", "fay", "gil", "gus.attempt-2", "hal")
    for suite, name in zip(suites(), whose, strict=True):
        assert {
            str(case.get("classname")).removesuffix("submission").partition("softmax")[0]
            for case in suite.iterfind("testcase")
        } == {f"{name}."}


def test_junit_leaves_advice_out_and_adds_up_the_time() -> None:
    wrong = suites()[1]
    assert [case.get("name") for case in wrong.iterfind("testcase")] == [
        "naive.loss",
        "naive.gradient",
    ]
    assert wrong.get("failures") == "2"
    assert wrong.get("time") == "0.250"


@pytest.mark.parametrize("language", LANGUAGES)
def test_junit_without_a_verdict(language: str) -> None:
    """What cannot be graded is an error or skipped, and nobody's failure."""
    sentences = WORDS_IN[language]["class"]
    found = {suite[1].get("name"): suite[1][0] for suite in suites(language=language)[3:]}
    assert {status: result.tag for status, result in found.items()} == {
        "unreadable": "error",
        "trouble": "error",
        "waiting": "skipped",
        "gone": "skipped",
        "missing": "skipped",
    }
    assert found["unreadable"].get("type") == "too_large"
    assert (
        found["unreadable"].get("message")
        == sentence(Message("too_large", {"kib": 256}), WORDS_IN[language]).text
    )
    assert found["trouble"].text == "Its process died, three times."
    for status in ("trouble", "waiting", "gone", "missing"):
        assert found[status].get("message") == sentences[status]


def test_junit_shows_evidence() -> None:
    row = ClassRow(
        (ANN,),
        1,
        "graded",
        True,
        verdict=verdict_of(
            make_finding(
                message=Message("array_zero", {"case": "small", "output": "dW"}),
                evidence=tuple(EVIDENCE.values()),
            )
        ),
    )
    (suite,) = suites([row])
    text = suite[1][0].text or ""
    assert len(text.splitlines()) == len(EVIDENCE) + 1


def test_junit_of_an_assignment_with_words_of_its_own() -> None:
    """They are a teacher's, and come from a file too."""
    odd = 'a "<b>\u0001&'
    own = {**WORDS, "title": odd, "messages": {"array_zero": {"what": odd, "next": odd}}}
    row = ClassRow(
        (ANN,),
        1,
        "graded",
        True,
        verdict=verdict_of(
            make_finding(message=Message("array_zero", {"case": "small", "output": "dW"}))
        ),
    )
    root = ET.fromstring("".join(EXPORTS["junit"]([row], own)))
    failure = root[0][1][0]
    assert {root.get("name"), failure.get("message"), failure.text} == {escape_invisible(odd)}


if __name__ == "__main__":
    for form, name in FILES.items():
        GOLD.joinpath(name).write_bytes(exported(form).encode())
