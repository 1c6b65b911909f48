"""The commands for those who run a course: explain, doctor, verify-assignment and schema."""

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
    Level,
    assignment_option,
    command,
    html_option,
    lang_option,
    minimum_level_option,
    seed_option,
    set_option,
)

if TYPE_CHECKING:
    from grader.assignment.settings import Assignment
    from grader.model import AnswerKey
    from grader.verification.result import RightWork


@command(example="rg_missing", short_help="Explain a message, a mistake or a topic.")
@click.argument("word", metavar="[CODE|TOPIC]", default="")
@assignment_option()
@lang_option()
@click.pass_context
def explain(context: click.Context, word: str, name: str, lang: str | None) -> None:
    """Explain the CODE of a message, the id of a mistake, or a TOPIC.

    Without one, list the topics. A cell of an exported table may hold several codes: give it in
    quotes, with ; + or | between them.
    """
    from grader.assignment.find_assignment import find_assignment
    from grader.assignment.modules import load_misconceptions, load_stages
    from grader.assignment.settings import read_assignment
    from grader.assignment.words import assignment_messages
    from grader.messages import language_of, load_words
    from grader.reports.explain import codes_in, explain_word, index, unknown_word, without_words

    with refusals():
        assignment = read_assignment(find_assignment(name))
        language = language_of(lang, assignment.language, os.environ)
        explanation = assignment.read_explanation(language)
        words = load_words(language, assignment_messages(assignment), explain_command(context))
        values = {"file": ", ".join(assignment.file_names)}
        texts: list[str] = []
        for code in codes_in(word):
            sections = explain_word(code, explanation, words, paint_for("-"), values)
            if not sections:
                misconceptions = load_misconceptions(assignment, load_stages(assignment))
                if code not in misconceptions:
                    raise Exit(WRONG_USE, unknown_word(code, explanation, words, misconceptions))
                sections = (without_words(code, words),)
            # Two codes may share a section.
            texts += [text for text in sections if text not in texts]
    write("-", "\n".join(texts) or index(explanation, words))


@command(example="", short_help="Say how well this machine isolates a submission.")
@minimum_level_option(LEVELS)
def doctor(minimum: Level) -> None:
    """Say how well this machine isolates a submission, what is missing, and how to get it."""
    from grader.sandbox.doctor import examine, report

    examination = examine()
    click.echo(report(examination))
    sys.exit(FULL_MARKS if examination.reaches(minimum) else GRADER_TROUBLE)


@command(
    example="--html verification.html",
    short_help="Try an assignment's questions on its own mistakes.",
)
@click.argument("name", metavar="[NAME|DIR]", default=DEFAULT_ASSIGNMENT)
@html_option("matrix")
@click.option(
    "--submissions",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Grade known submissions, as its expected.toml says.",
)
@click.option(
    "--keys",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    help="Grade right work on the keys of N more seeds: none may cost it points.",
)
@seed_option()
@set_option()
def verify_assignment(
    name: str,
    html: Path | None,
    submissions: Path | None,
    keys: int,
    seed: int | None,
    overrides: Sequence[str],
) -> None:
    """Check an assignment, given by name or as ./DIR, against itself.

    The reference must get full marks, every misconception must cost points, and every honest way
    to write it, in variants/, must get what it is to get.
    """
    from msgspec.structs import replace

    from grader.assignment.answer_key import answer_key
    from grader.assignment.find_assignment import find_assignment
    from grader.assignment.settings import read_assignment
    from grader.reports import verification as matrix
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox
    from grader.verification.known_submissions import known_submissions
    from grader.verification.right_work import drawn_seeds, grade_right_work
    from grader.verification.verify import verify

    def key_for(settings: Sequence[str]) -> "AnswerKey":
        return answer_key(read_assignment(find_assignment(name), (*overrides, *settings)), seed)

    with refusals():
        assignment = read_assignment(find_assignment(name), overrides)
        used_seed = assignment.seed if seed is None else seed
        key = answer_key(assignment, seed)
        verification = verify(assignment, key, used_seed)
        with Sandbox(starters()) as sandbox:
            sandbox.provide(assignment.modules)
            right_work = grade_right_work(assignment, key, used_seed, sandbox.open_program)
            if submissions is not None:
                results = known_submissions(submissions, key_for, sandbox.open_program)
                verification = replace(verification, known_submissions=results)
        if keys:
            right_work = _with_more_keys(right_work, assignment, drawn_seeds(used_seed, keys))
        verification = replace(verification, right_work=right_work)
    if html is not None:
        write(str(html), matrix.page(verification))
    write("-", matrix.text(verification))
    sys.exit(FULL_MARKS if verification.is_sound else SOMETHING_FAILED)


def _with_more_keys(
    right_work: "RightWork", assignment: "Assignment", seeds: Sequence[int]
) -> "RightWork":
    """Grade right work on the keys of more seeds, on all cores, and show how far it is."""
    from msgspec.structs import replace

    from grader.batch.right_work import grade_on_seeds

    bar = click.progressbar(
        grade_on_seeds(assignment, seeds),
        length=len(seeds),
        label="Right work on keys",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
    with bar as done:
        found = dict(done)
    return replace(
        right_work,
        seeds=(*right_work.seeds, *seeds),
        unexpected=(*right_work.unexpected, *(each for seed in seeds for each in found[seed])),
    )


@command(example="> verdict.schema.json", short_help="Print the JSON Schema of a verdict.")
def schema() -> None:
    """Print the JSON Schema of what grade --format json writes."""
    import msgspec.json

    from grader.verdict import Verdict

    click.echo(as_json(msgspec.json.schema(Verdict)))
