"""The command that grades one submission."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    SOMETHING_FAILED,
    WRONG_USE,
    Exit,
    as_json,
    explain_command,
    paint_for,
    refusals,
    write,
)
from grader.cli.options import (
    DEFAULT_ASSIGNMENT,
    LEVELS,
    VERDICT_FORMATS,
    Level,
    assignment_option,
    command,
    html_option,
    lang_option,
    minimum_level_option,
    output_option,
    seed_option,
    set_option,
)

if TYPE_CHECKING:
    from grader.verdict import Verdict


@command(
    example=f"{DEFAULT_ASSIGNMENT}.py --html report.html",
    short_help="Grade one file, folder or zip.",
)
@click.argument("path", type=click.Path(path_type=Path))
@assignment_option()
@click.option(
    "--format",
    "form",
    type=click.Choice(VERDICT_FORMATS),
    default=VERDICT_FORMATS[0],
    show_default=True,
    help="What to write.",
)
@output_option()
@html_option("report")
@seed_option()
@lang_option()
@set_option()
@minimum_level_option(LEVELS)
@click.pass_context
def grade(
    context: click.Context,
    path: Path,
    name: str,
    form: str,
    output: str,
    html: Path | None,
    seed: int | None,
    lang: str | None,
    overrides: Sequence[str],
    minimum: Level,
) -> None:
    """Grade PATH: a .py file, a notebook, or a folder or archive that holds the file.

    If the assignment asks for several files, one of them is graded with the others beside it.
    """
    from grader.assignment.answer_key import answer_key
    from grader.assignment.find_assignment import find_assignment
    from grader.assignment.settings import read_assignment
    from grader.grading import grade as grade_submission
    from grader.intake import asked_for, read_submission
    from grader.messages import language_of, load_words
    from grader.model import names_asked
    from grader.redaction import for_student
    from grader.reports.terminal import summary
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox

    _require_other_files(path, output, html)
    if html is not None:
        # Imported while numpy loads in the zygote, for which the code below has to wait.
        from grader.reports.student_page import page
    with refusals(), Sandbox(starters(context.obj), minimum) as sandbox:
        assignment = read_assignment(find_assignment(name), overrides)
        asked = asked_for(assignment.files, names_asked(assignment.functions.values()))
        submission = read_submission(path, asked)
        key = answer_key(assignment, seed)
        sandbox.provide(key.modules)
        language = language_of(lang, assignment.language, os.environ)
        explanation = assignment.read_explanation(language)
        verdict = grade_submission(key, submission, sandbox.open_program)
    words = load_words(language, key.words, explain_command(context))
    if html is not None:
        write(str(html), page(verdict, words, submission, explanation))
    if form == "json":
        write(output, as_json(for_student(verdict)) + "\n")
    else:
        text = summary(verdict, words, paint_for(output), submission.source, submission.more)
        write(output, text)
    sys.exit(_exit_code(verdict))


def _require_other_files(path: Path, output: str, html: Path | None) -> None:
    """Raise Exit where a result would overwrite the submission or another result."""
    results = [] if output == "-" else [Path(output)]
    if html is not None:
        results.append(html)
    for result in results:
        if result.exists() and path.exists() and result.samefile(path):
            raise Exit(
                WRONG_USE,
                f"{result}: this is the submission itself, and nothing was graded. "
                "Name another file for the result.",
            )
    if len({os.path.abspath(result) for result in results}) < len(results):
        raise Exit(
            WRONG_USE,
            f"{results[0]}: --output and --html name the same file, and nothing was graded. "
            "Name two.",
        )


def _exit_code(verdict: "Verdict") -> int:
    if verdict.undecided:
        return GRADER_TROUBLE
    return FULL_MARKS if verdict.score == verdict.possible else SOMETHING_FAILED
