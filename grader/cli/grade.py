"""The command that grades one submission."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    LEVELS,
    MINIMUM_HELP,
    NO_SUBMISSION,
    SOMETHING_FAILED,
    WRONG_USE,
    Exit,
    Level,
    as_json,
    explain_command,
    styled,
    write,
)


@click.command(short_help="Grade one file, folder or zip.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--assignment",
    "name",
    default="softmax",
    show_default=True,
    help="An assignment's name, or its folder.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--output",
    default="-",
    show_default=True,
    metavar="FILE",
    help="Where to print it; - is the terminal.",
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the HTML report here as well.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Draw other inputs than the assignment's public ones.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    help="Language of what is printed; else the assignment's, else that of LANG.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of assignment.toml, e.g. layout=DxC.",
)
@click.option(
    "--minimum-level",
    "minimum",
    type=click.Choice(LEVELS),
    default="none",
    show_default=True,
    help=MINIMUM_HELP,
)
@click.pass_context
def grade(
    context: click.Context,
    path: Path,
    name: str,
    form: str,
    output: str,
    report: Path | None,
    seed: int | None,
    lang: str | None,
    overrides: Sequence[str],
    minimum: Level,
) -> None:
    """Grade PATH: a .py file, or a folder or zip that holds the assignment's file."""
    from grader.assignment.answer_key import answer_key
    from grader.assignment.settings import AssignmentError, find_assignment, read_assignment
    from grader.grading import grade as grade_submission
    from grader.intake import SubmissionNotFound, read_submission
    from grader.messages import language_of, load_words
    from grader.model import GraderError
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox

    require_other_files(path, output, report)
    if report is not None:
        # Now, while the zygote is loading numpy, and not once it is waited for.
        from grader.reports.student_page import page
    try:
        with Sandbox(starters(context.obj), minimum) as sandbox:
            assignment = read_assignment(find_assignment(name), overrides)
            submission = read_submission(path, assignment.file)
            key = answer_key(assignment, seed)
            language = language_of(lang, assignment.language, os.environ)
            explanation = assignment.explained(language)
            verdict = grade_submission(key, submission, sandbox.open_program)
    except AssignmentError as error:
        raise Exit(WRONG_USE, str(error)) from None
    except SubmissionNotFound as error:
        raise Exit(NO_SUBMISSION, str(error)) from None
    except GraderError as error:
        raise Exit(GRADER_TROUBLE, str(error)) from None
    words = load_words(language, key.words, explain_command(context))
    if report is not None:
        write(str(report), page(verdict, words, submission, explanation))
    if form == "json":
        from grader.redaction import for_student

        write(output, as_json(for_student(verdict)) + "\n")
    else:
        from grader.reports.terminal import summary, unpainted

        in_colour = output == "-" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        write(
            output, summary(verdict, words, styled if in_colour else unpainted, submission.source)
        )
    sys.exit(
        GRADER_TROUBLE
        if verdict.undecided
        else FULL_MARKS
        if verdict.score == verdict.possible
        else SOMETHING_FAILED
    )


def require_other_files(path: Path, output: str, report: Path | None) -> None:
    """Raises Stop where a result would overwrite the submission, or another result."""
    results = [
        Path(name) for name in (output if output != "-" else None, report) if name is not None
    ]
    for result in results:
        if result.exists() and path.exists() and result.samefile(path):
            raise Exit(
                WRONG_USE,
                f"{result}: this is the submission itself, and nothing was graded. Name another file for the result.",
            )
    if len(set(map(os.path.abspath, results))) < len(results):
        raise Exit(
            WRONG_USE,
            f"{results[0]}: --output and --report name the same file, and nothing was graded. Name two.",
        )
