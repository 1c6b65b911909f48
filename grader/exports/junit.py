"""A class as JUnit test results: a suite for each row that counts, a case for each question.

There is no standard. This keeps to what most readers support, as listed in
https://github.com/testmoapp/junitxml.
GitLab identifies a test case by its classname and name, without its suite, and shows only one of
two cases that share them: https://docs.gitlab.com/ci/testing/unit_test_reports
"""

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from grader.class_row import ClassRow
from grader.model import Words, suffixed
from grader.redaction import for_student
from grader.reports.evidence import describe_evidence, format_points
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import sentence
from grader.verdict import Finding, Outcome, Verdict

# Outcome -> the element inside a test case. A passed case has none.
RESULTS: dict[Outcome, str] = {
    "failed": "failure",
    "could_not_judge": "error",
    "not_run": "skipped",
}
# Attribute of a suite -> the elements that it counts.
TOTALS = {"failures": "failure", "errors": "error", "skipped": "skipped"}
LATE = {True: "yes", False: "no", None: ""}


def junit(rows: Iterable[ClassRow], words: Words) -> Iterator[str]:
    """Yield the document, suite by suite.

    Each suite has its totals. The root has none: they are optional there, and would be known only
    after the last row.
    """
    title = quoteattr(escape_invisible(words["title"]))
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={title}>\n'
    for row in rows:
        if row.counts:
            yield ET.tostring(_suite(row, words), encoding="unicode") + "\n"
    yield "</testsuites>\n"


def _suite(row: ClassRow, words: Words) -> ET.Element:
    if row.verdict:
        cases = list(_question_cases(row, for_student(row.verdict), words))
    else:
        cases = [_unjudged_case(row, words)]
    totals = {
        name: str(sum(case.find(tag) is not None for case in cases)) for name, tag in TOTALS.items()
    }
    seconds = sum(float(case.get("time", 0)) for case in cases)
    suite = _element(
        "testsuite", name=_ids(row), tests=str(len(cases)), **totals, time=f"{seconds:.3f}"
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(row).items():
        properties.append(_element("property", name=name, value=value))
    suite.extend(cases)
    ET.indent(suite)
    return suite


def _properties(row: ClassRow) -> dict[str, str]:
    """The properties that are known. A score that is known in part is left out."""
    properties = {
        "submission": _ids(row),
        "status": row.status,
        "attempt": str(row.attempt) if row.attempt else "",
        "saved": row.saved or "",
        "late": LATE[row.late],
        "score": format_points(row.verdict.score) if row.verdict and row.status == "graded" else "",
        "max_score": format_points(row.verdict.possible) if row.verdict else "",
        "report": row.page,
        "not_on_roster": ", ".join(row.not_on_roster),
    }
    return {name: value for name, value in properties.items() if value}


def _question_cases(row: ClassRow, verdict: Verdict, words: Words) -> Iterator[ET.Element]:
    """Advice has no points to lose and is left out."""
    for finding in verdict.findings:
        if finding.is_advice:
            continue
        case = _element(
            "testcase",
            classname=_classname(row, verdict.assignment, finding.function),
            name=finding.question,
            time=f"{finding.seconds:.3f}",
        )
        if finding.outcome in RESULTS:
            case.append(_result(RESULTS[finding.outcome], finding, words))
        yield case


def _classname(row: ClassRow, *parts: str) -> str:
    """Begins with the people and the attempt, so that no two rows share a classname."""
    attempt = [f"attempt-{row.attempt}"] if row.attempt > 1 else []
    return ".".join(["+".join(row.ids), *attempt, *parts])


def _result(tag: str, finding: Finding, words: Words) -> ET.Element:
    """An element with the outcome as its message, and the evidence and advice as its text."""
    lines = [describe_evidence(evidence, words) for evidence in finding.evidence]
    code, message = str(finding.outcome), str(words["outcomes"][finding.outcome])
    if finding.message is not None:
        in_words = sentence(finding.message, words, finding.check)
        code, message = suffixed(finding.message)[0], in_words.text
        lines.append(in_words.next)
    attributes = {"message": message} if tag == "skipped" else {"type": code, "message": message}
    result = _element(tag, **attributes)
    result.text = "\n".join(escape_invisible(line) for line in lines if line) or None
    return result


def _unjudged_case(row: ClassRow, words: Words) -> ET.Element:
    """The one test case of a row without a verdict.

    Trouble of the grader and unreadable submissions are errors, not failures of a student.
    """
    case = _element("testcase", classname=_classname(row, "submission"), name=row.status)
    if row.reason is not None:
        in_words = sentence(row.reason, words)
        result = _element("error", type=row.reason.code, message=in_words.text)
        result.text = escape_invisible(in_words.next)
    elif row.status == "trouble":
        result = _element("error", type=row.status, message=words["class"][row.status])
        result.text = escape_invisible(row.trouble)
    else:
        result = _element("skipped", message=words["class"][row.status])
    case.append(result)
    return case


def _ids(row: ClassRow) -> str:
    return ", ".join(row.ids)


def _element(tag: str, **attributes: str) -> ET.Element:
    """Control characters, which XML 1.0 forbids, become \\u escapes."""
    return ET.Element(tag, {name: escape_invisible(value) for name, value in attributes.items()})
