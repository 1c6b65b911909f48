"""A student's page: the verdict of a submission, or why it could not be read. It has no script."""

from grader.assignment.explanation import Explanation, Section
from grader.model import Submission, Unreadable, Words
from grader.reports.html import render
from grader.reports.markdown import as_html
from grader.reports.remarks import Remark
from grader.reports.safe_text import escape_invisible
from grader.reports.sentences import sentence
from grader.reports.student_view import StudentView, student_view
from grader.reports.submission_header import submission_header
from grader.verdict import Verdict

NO_EXPLANATION = Explanation()


def page(
    verdict: Verdict,
    words: Words,
    submission: Submission | None = None,
    explanation: Explanation = NO_EXPLANATION,
    made_of: str = "",
    latest: int = 1,
) -> str:
    """Render the page of a verdict.

    submission: the one that was graded, for its people and to quote its lines. Without it the page
        shows what the verdict records of the submission.
    explanation: its sections that help with a problem are shown at the end of the page.
    made_of: a digest, in letters and digits, of everything that the page is built from. It is
        written into the page's head, so that a later run can see whether the page is up to date.
    latest: the last attempt of the same people.
    """
    record = verdict.submission
    submission = submission or Submission(record.file, b"", record.sha256, record.saved)
    view = student_view(verdict, words, submission.source, submission.more)
    lessons = _lessons_for(view, explanation, words)
    sections = _sections_in_reading_order(lessons, explanation)
    return render(
        "student_page.html",
        words["language"],
        view=view,
        header=submission_header(submission, latest),
        words=words,
        lessons=lessons,
        sections=sections,
        section_html=as_html(explanation.sections) if sections else {},
        made_of=made_of,
    )


def unread_page(
    unreadable: Unreadable, words: Words, title: str, made_of: str = "", latest: int = 1
) -> str:
    """Render the page of a submission that could not be read: why, and what to do.

    title: of the assignment. made_of, latest: see page.
    """
    return render(
        "unread_page.html",
        words["language"],
        title=escape_invisible(title),
        header=submission_header(unreadable, latest),
        reason=Remark(sentence(unreadable.reason, words), ""),
        words=words,
        made_of=made_of,
    )


def _lessons_for(view: StudentView, explanation: Explanation, words: Words) -> dict[str, Section]:
    """The section that helps, by the id of a cause or the first code of a problem."""
    causes = [cause.id for block in view.causes for cause in block.every_cause if cause.topic]
    keys = [(cause,) for cause in causes] + [problem.codes for problem in view.problems]
    lessons = {}
    for codes in keys:
        topics = [explanation.topic_of(code, words) for code in codes]
        for topic in list(filter(None, topics))[:1]:
            lessons[codes[0]] = explanation.sections[topic]
    return lessons


def _sections_in_reading_order(
    lessons: dict[str, Section], explanation: Explanation
) -> list[Section]:
    """The sections of these lessons, as the explanation orders them.

    The section about the assignment's own layout comes first: the others build on it.
    """
    if not lessons:
        return []
    own_layout = explanation.to_own_layout
    needed = [*lessons.values(), own_layout]
    sections = [section for section in explanation.sections.values() if section in needed]
    return sorted(sections, key=lambda section: section != own_layout)
