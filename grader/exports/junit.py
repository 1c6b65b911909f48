"""A class as test results, for programs that show those: a test suite for each hand-in that counts, a test case for each question.

There is no standard; this keeps to what most readers know: https://github.com/testmoapp/junitxml. GitLab tells a test case by its classname
and name, never by its suite, and of two that share them it shows one: https://docs.gitlab.com/ci/testing/unit_test_reports
"""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from grader.class_row import ClassRow
from grader.model import Words
from grader.redaction import for_student
from grader.reports.evidence import format_points, seen
from grader.reports.sentences import escape_invisible, sentence
from grader.verdict import Finding, Outcome, Verdict

RESULTS: dict[Outcome, str] = {
    "failed": "failure",
    "could_not_judge": "error",
    "not_run": "skipped",
}  # passed: a test case without any
COUNTED = {
    "failures": "failure",
    "errors": "error",
    "skipped": "skipped",
}  # attribute of a suite -> element


def junit(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """Totals stand at each suite; at the root they are optional, and nobody knows them before the last row."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={quoteattr(escape_invisible(words["title"]))}>\n'
    for row in rows:
        if row.counts:
            yield ET.tostring(suite(row, words), encoding="unicode") + "\n"
    yield "</testsuites>\n"


def suite(row: ClassRow, words: Words) -> ET.Element:
    cases = (
        list(questions(row, for_student(row.verdict), words))
        if row.verdict
        else [hand_in(row, words)]
    )
    counts = {
        name: str(sum(case.find(tag) is not None for case in cases))
        for name, tag in COUNTED.items()
    }
    seconds = sum(float(case.get("time", 0)) for case in cases)
    made = element(
        "testsuite", name=ids(row), tests=str(len(cases)), **counts, time=f"{seconds:.3f}"
    )
    properties = ET.SubElement(made, "properties")
    properties.extend(
        element("property", name=name, value=value) for name, value in about(row).items()
    )
    made.extend(cases)
    ET.indent(made)
    return made


def about(row: ClassRow) -> dict[str, str]:
    """Only what is known: the score only where all of it is."""
    known = {
        "submission": ids(row),
        "status": row.status,
        "attempt": str(row.attempt) if row.attempt else "",
        "saved": row.saved or "",
        "late": {True: "yes", False: "no", None: ""}[row.late],
        "score": format_points(row.verdict.score) if row.verdict and row.status == "graded" else "",
        "max_score": format_points(row.verdict.possible) if row.verdict else "",
        "report": row.page,
        "not_on_roster": ", ".join(row.not_on_roster),
    }
    return {name: value for name, value in known.items() if value}


def classname(row: ClassRow, *parts: str) -> str:
    """Of a test case: begins with whose it is and which attempt, so that no two hand-ins share one."""
    whose = "+".join(row.ids)
    return ".".join([whose, *([f"attempt-{row.attempt}"] if row.attempt > 1 else []), *parts])


def questions(row: ClassRow, verdict: Verdict, words: Words) -> Iterator[ET.Element]:
    """Advice has no points to lose, and is left out."""
    for finding in verdict.findings:
        if not finding.is_advice:
            place = classname(row, verdict.assignment, finding.function)
            case = element(
                "testcase", classname=place, name=finding.question, time=f"{finding.seconds:.3f}"
            )
            if finding.outcome in RESULTS:
                case.append(result(RESULTS[finding.outcome], finding, words))
            yield case


def result(tag: str, finding: Finding, words: Words) -> ET.Element:
    """What happened as its message; what was seen and what to do next as its text."""
    code, told = str(finding.outcome), str(words["outcomes"][finding.outcome])
    lines = [seen(evidence, words) for evidence in finding.evidence]
    if finding.message is not None:
        said = sentence(finding.message, words)
        code, told = finding.message.code, said.told
        lines.append(said.next)
    made = element(tag, message=told) if tag == "skipped" else element(tag, type=code, message=told)
    made.text = "\n".join(escape_invisible(line) for line in lines if line) or None
    return made


def hand_in(row: ClassRow, words: Words) -> ET.Element:
    """The one test case of what has no verdict. The grader's own trouble and what cannot be read are errors, and nobody's failures."""
    case = element("testcase", classname=classname(row, "submission"), name=row.status)
    if row.reason is not None:
        said = sentence(row.reason, words)
        made = element("error", type=row.reason.code, message=said.told)
        made.text = escape_invisible(said.next)
    elif row.status == "trouble":
        made = element("error", type=row.status, message=words["class"][row.status])
        made.text = escape_invisible(row.trouble)
    else:
        made = element("skipped", message=words["class"][row.status])
    case.append(made)
    return case


def ids(row: ClassRow) -> str:
    return ", ".join(row.ids)


def element(tag: str, **attributes: str) -> ET.Element:
    """With nothing in it that XML 1.0 forbids: control characters are shown as \\u escapes."""
    return ET.Element(tag, {name: escape_invisible(value) for name, value in attributes.items()})
