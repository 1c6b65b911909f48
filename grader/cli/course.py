"""The commands for whoever runs a course: what explains, examines and verifies."""

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
    SOMETHING_FAILED,
    WRONG_USE,
    Exit,
    Level,
    as_json,
    explain_command,
    styled,
    write,
)


@click.command(short_help="Explain a message, a mistake or a topic.")
@click.argument("word", metavar="[CODE|TOPIC]", default="")
@click.option(
    "--assignment",
    "name",
    default="softmax",
    show_default=True,
    help="An assignment's name, or its folder.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    help="Language of what is printed; else the assignment's, else that of LANG.",
)
@click.pass_context
def explain(context: click.Context, word: str, name: str, lang: str | None) -> None:
    """Print the part of the assignment's explanation that belongs to the CODE of a message, to the id of a mistake, or to a TOPIC.

    Without one: the list of topics. Several codes, as they stand in an exported cell: in quotes, with ; + or | between them.
    """
    from grader.assignment.answer_key import assignment_messages
    from grader.assignment.modules import load_misconceptions, load_stages
    from grader.assignment.settings import AssignmentError, find_assignment, read_assignment
    from grader.messages import language_of, load_words
    from grader.reports.explain import codes_in, explain_word, index, unknown_word, without_words
    from grader.reports.terminal import unpainted

    try:
        assignment = read_assignment(find_assignment(name))
        language = language_of(lang, assignment.language, os.environ)
        explanation, words = (
            assignment.explained(language),
            load_words(language, assignment_messages(assignment), explain_command(context)),
        )
        paint = styled if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else unpainted
        texts: list[str] = []
        for code in codes_in(word):
            known = explain_word(code, explanation, words, paint, {"file": assignment.file})
            if not known:
                mistakes = load_misconceptions(assignment, load_stages(assignment))
                if code not in mistakes:
                    raise Exit(WRONG_USE, unknown_word(code, explanation, words, mistakes))
                known = (without_words(code, words),)
            texts += [
                text for text in known if text not in texts
            ]  # two codes may have the same section
    except AssignmentError as error:
        raise Exit(WRONG_USE, str(error)) from None
    write("-", "\n".join(texts) or index(explanation, words))


@click.command(short_help="Say how well this machine walls in a submission.")
@click.option(
    "--minimum-level",
    "minimum",
    type=click.Choice(LEVELS),
    default="none",
    show_default=True,
    help=MINIMUM_HELP,
)
def doctor(minimum: Level) -> None:
    """Say how well this machine can wall in a submission, what is missing and how to get it."""
    from grader.sandbox.doctor import examine, report

    examination = examine()
    click.echo(report(examination))
    sys.exit(FULL_MARKS if examination.reaches(minimum) else GRADER_TROUBLE)


@click.command(short_help="Try an assignment's questions on its own mistakes.")
@click.argument("name", metavar="[DIR]", default="softmax")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the matrix as an HTML page as well.",
)
@click.option(
    "--submissions",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Grade known submissions, as its expected.toml says.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Draw other inputs than the assignment's public ones.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of assignment.toml, e.g. layout=DxC.",
)
def verify_assignment(
    name: str,
    report: Path | None,
    submissions: Path | None,
    seed: int | None,
    overrides: Sequence[str],
) -> None:
    """Let the assignment in DIR verify itself: the reference must get full marks, and every misconception must cost points."""
    from msgspec.structs import replace

    from grader.assignment.answer_key import answer_key
    from grader.assignment.settings import AssignmentError, find_assignment, read_assignment
    from grader.model import AnswerKey, GraderError
    from grader.reports import verification as matrix
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox
    from grader.verification.known_submissions import known_submissions
    from grader.verification.verify import verify

    def key_for(own: Sequence[str]) -> AnswerKey:
        return answer_key(read_assignment(find_assignment(name), (*overrides, *own)), seed)

    try:
        assignment = read_assignment(find_assignment(name), overrides)
        verification = verify(
            assignment, answer_key(assignment, seed), assignment.seed if seed is None else seed
        )
        if submissions is not None:
            with Sandbox(starters()) as sandbox:
                verification = replace(
                    verification,
                    known=known_submissions(submissions, key_for, sandbox.open_program),
                )
    except AssignmentError as error:
        raise Exit(WRONG_USE, str(error)) from None
    except GraderError as error:
        raise Exit(GRADER_TROUBLE, str(error)) from None
    if report is not None:
        write(str(report), matrix.page(verification))
    write("-", matrix.text(verification))
    sys.exit(FULL_MARKS if verification.is_sound else SOMETHING_FAILED)


@click.command(short_help="Print the JSON Schema of a verdict.")
def schema() -> None:
    """Print the JSON Schema of a verdict."""
    from msgspec.json import schema

    from grader.verdict import Verdict

    click.echo(as_json(schema(Verdict)))
