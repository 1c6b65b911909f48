"""A verdict as one self-contained page: no script, no network, everything escaped, and a Content-Security-Policy that says so.

Other pages are rendered here, too: by the same rules, but that one may have one script of ours.
"""

import base64
import hashlib
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup

from grader.assignment.explanation import Explanation, Section
from grader.files import cache
from grader.model import Submission, Unreadable, Words
from grader.reports.evidence import as_python, digits, format_cost, format_points
from grader.reports.markdown import as_html
from grader.reports.sentences import escape_invisible, pluralized, sentence
from grader.reports.student_view import Flag, View, view
from grader.reports.submission_header import handed_in
from grader.verdict import Matrix, Verdict

TEMPLATES = Path(__file__).with_name("templates")
NOT_EXPLAINED = Explanation()


def page(
    verdict: Verdict,
    words: Words,
    submission: Submission | None = None,
    explanation: Explanation = NOT_EXPLAINED,
    made_of: str = "",
    latest: int = 1,
) -> str:
    """The whole page of a verdict. submission: what was graded, to say whose it is and to show its lines; what the verdict says of it, if
    there is nothing else. explanation: the sections of it that help with a problem stand at the end of the page. made_of: what the page
    was made of, in letters and digits, for whoever has to know later whether it is still right; it stands at the page's beginning.
    latest: the last attempt of the same people."""
    record = verdict.submission
    submission = submission or Submission(record.file, b"", record.sha256, record.saved)
    shown = view(verdict, words, submission.source)
    lessons = lessons_for(shown, explanation, words)
    needed = [*lessons.values(), explanation.to_own_layout] if lessons else []
    taught = [section for section in explanation.sections.values() if section in needed]
    taught.sort(
        key=lambda section: section != explanation.to_own_layout
    )  # first what the others have to be read with
    sections = as_html(explanation.sections) if taught else {}
    return rendered(
        "page.html",
        words["language"],
        view=shown,
        given=handed_in(submission, latest),
        words=words,
        lessons=lessons,
        taught=taught,
        rendered=sections,
        made_of=made_of,
    )


def unread_page(
    unreadable: Unreadable, words: Words, title: str, made_of: str = "", latest: int = 1
) -> str:
    """The page of something that could not be graded: why, and what to do. title: of the assignment; made_of, latest: see page."""
    why = Flag(sentence(unreadable.reason, words), "")
    return rendered(
        "unread.html",
        words["language"],
        title=escape_invisible(title),
        given=handed_in(unreadable, latest),
        why=why,
        words=words,
        made_of=made_of,
    )


def rendered(
    template: str,
    language: str,
    styles: Sequence[str] = ("style.css",),
    script: str | None = None,
    **values: object,
) -> str:
    """All text goes through jinja2's escaping. styles, script: files beside the template; the style sheet that they make together and
    the script are allowed by their hashes, and nothing else is."""
    style = "".join(TEMPLATES.joinpath(name).read_text(encoding="utf-8") for name in styles)
    policy = f"default-src 'none'; style-src {allowed(style)}"
    if script is not None:
        values["script"] = code = Markup(TEMPLATES.joinpath(script).read_text(encoding="utf-8"))  # noqa: S704  (as the style below)
        policy += f"; script-src {allowed(code)}"
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704  (files of ours, which the hash vouches for)
            policy=f"{policy}; base-uri 'none'; form-action 'none'",
            language=language,
            **values,
        )
    )


def allowed(text: str) -> str:
    """What a policy says of a style sheet or script that stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def lessons_for(shown: View, explanation: Explanation, words: Words) -> dict[str, Section]:
    """Id of a cause, or code of a problem's message -> the section that helps with it."""
    causes = [cause.id for block in shown.causes for cause in block.every_cause if cause.topic]
    codes = causes + [
        problem.first.finding.message.code
        for problem in shown.problems
        if problem.first.finding.message
    ]
    topics = {code: explanation.topic_of(code, words) for code in codes}
    return {code: explanation.sections[topic] for code, topic in topics.items() if topic}


@lru_cache
def environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        bytecode_cache=CompiledTemplates(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        costs=format_cost,
        counted=pluralized,
        digits=digits,
        points=format_points,
        is_cut=is_cut,
        paste=as_python,
    )
    return environment


class CompiledTemplates(jinja2.BytecodeCache):
    """Templates as Python compiled them, in the user's cache: compiling them anew takes 15 ms."""

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = cache.read(self.name(bucket))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        cache.write(self.name(bucket), bucket.bytecode_to_string())

    def name(self, bucket: Bucket) -> str:
        maker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[
            :16
        ]  # the environment's options stand in this file
        return f"template-{sys.implementation.cache_tag}-{jinja2.__version__}-{maker}-{bucket.key}-{bucket.checksum}"


def is_cut(matrix: Matrix) -> bool:
    """Does the evidence hold only a part of this array?"""
    return (len(matrix.rows), len(matrix.rows[0]) if matrix.rows else 0) != tuple(matrix.shape)
