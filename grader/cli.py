"""The command line: python -m grader. Every command is a few lines over the rooms that do the work."""

import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

import click

from grader import __version__

# Exit codes, the same for every command.
FULL_MARKS, SOMETHING_FAILED, WRONG_USE, GRADER_TROUBLE, NO_SUBMISSION, INTERRUPTED = 0, 1, 2, 3, 4, 130


LEVELS = "full", "confined", "none"
MINIMUM_HELP = "The weakest walls that will do; see the command doctor."
Level: TypeAlias = Literal["full", "confined", "none"]  # that of grader.model, which is not loaded before it is needed


class Stop(Exception):
    """Ends the program with one sentence for the user."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def grader() -> None:
    """Grades numerical assignments: says what is wrong, where, and what to do next.

    Exit codes: 0 full marks, 1 something failed, 2 wrong use or configuration, 3 trouble of the grader itself (also when a question
    could not be judged), 4 no submission found, 130 interrupted.
    """


@grader.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--assignment", "name", default="softmax", show_default=True, help="An assignment's name, or its folder.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What to print.")
@click.option("--output", default="-", show_default=True, metavar="FILE", help="Where to print it; - is the terminal.")
@click.option("--report", metavar="FILE", type=click.Path(path_type=Path), help="Write the HTML report here as well.")
@click.option("--seed", type=click.IntRange(min=0), help="Draw other inputs than the assignment's public ones.")
@click.option("--lang", type=click.Choice(["en", "es"]), help="Language of what is printed; else the assignment's, else that of LANG.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of assignment.toml, e.g. layout=DxC.")
@click.option("--minimum-level", "minimum", type=click.Choice(LEVELS), default="none", show_default=True, help=MINIMUM_HELP)
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
    from grader.answer_key import answer_key
    from grader.assignment import AssignmentError, find_assignment, read_assignment
    from grader.grading import grade as grade_submission
    from grader.intake import NoSubmission, read_submission
    from grader.messages import language_of, load_words
    from grader.model import GraderFault
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox

    require_other_files(path, output, report)
    if report is not None:
        from grader.reports import html  # before the zygote is waited for: it is loading numpy meanwhile
    try:
        with Sandbox(starters(context.obj), minimum) as sandbox:
            assignment = read_assignment(find_assignment(name), overrides)
            submission = read_submission(path, assignment.file)
            key = answer_key(assignment, seed)
            language = language_of(lang, assignment.language, os.environ)
            explanation = assignment.explained(language)
            verdict = grade_submission(key, submission, sandbox.open_program)
    except AssignmentError as error:
        raise Stop(WRONG_USE, str(error)) from None
    except NoSubmission as error:
        raise Stop(NO_SUBMISSION, str(error)) from None
    except GraderFault as error:
        raise Stop(GRADER_TROUBLE, str(error)) from None
    words = load_words(language, key.words)
    if report is not None:
        write(str(report), html.page(verdict, words, submission.source, explanation))
    if form == "json":
        from grader.verdict import for_student

        write(output, as_json(for_student(verdict)) + "\n")
    else:
        from grader.reports.terminal import summary, unpainted

        in_colour = output == "-" and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        write(output, summary(verdict, words, painted if in_colour else unpainted, submission.source))
    sys.exit(GRADER_TROUBLE if verdict.undecided else FULL_MARKS if verdict.score == verdict.possible else SOMETHING_FAILED)


@grader.command()
@click.argument("word", metavar="[CODE|TOPIC]", default="")
@click.option("--assignment", "name", default="softmax", show_default=True, help="An assignment's name, or its folder.")
@click.option("--lang", type=click.Choice(["en", "es"]), help="Language of what is printed; else the assignment's, else that of LANG.")
def explain(word: str, name: str, lang: str | None) -> None:
    """Print the part of the assignment's explanation that belongs to the CODE of a message, to the id of a mistake, or to a TOPIC.

    Without one: the list of topics.
    """
    from grader.answer_key import own_words
    from grader.assignment import AssignmentError, find_assignment, read_assignment
    from grader.assignment_files import load_misconceptions, load_stages
    from grader.messages import language_of, load_words
    from grader.reports.explained import explained, index, unknown, without_words
    from grader.reports.terminal import unpainted

    try:
        assignment = read_assignment(find_assignment(name))
        language = language_of(lang, assignment.language, os.environ)
        explanation, words = assignment.explained(language), load_words(language, own_words(assignment))
        in_bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = explained(word, explanation, words, painted if in_bold else unpainted) if word else index(explanation, words)
        if text is None:
            mistakes = load_misconceptions(assignment, load_stages(assignment))
            if word not in mistakes:
                raise Stop(WRONG_USE, unknown(word, explanation, words, mistakes))
            text = without_words(word, words)
    except AssignmentError as error:
        raise Stop(WRONG_USE, str(error)) from None
    write("-", text)


@grader.command()
@click.option("--minimum-level", "minimum", type=click.Choice(LEVELS), default="none", show_default=True, help=MINIMUM_HELP)
def doctor(minimum: Level) -> None:
    """Say how well this machine can wall in a submission, what is missing and how to get it."""
    from grader.sandbox.doctor import examine, report

    examination = examine()
    click.echo(report(examination))
    sys.exit(FULL_MARKS if examination.reaches(minimum) else GRADER_TROUBLE)


@grader.command()
@click.argument("name", metavar="[DIR]", default="softmax")
@click.option("--report", metavar="FILE", type=click.Path(path_type=Path), help="Write the matrix as an HTML page as well.")
@click.option("--submissions", metavar="DIR", type=click.Path(path_type=Path), help="Grade known submissions, as its expected.toml says.")
@click.option("--seed", type=click.IntRange(min=0), help="Draw other inputs than the assignment's public ones.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a value of assignment.toml, e.g. layout=DxC.")
def verify_assignment(name: str, report: Path | None, submissions: Path | None, seed: int | None, overrides: Sequence[str]) -> None:
    """Let the assignment in DIR verify itself: the reference must get full marks, and every misconception must cost points."""
    from msgspec.structs import replace

    from grader.answer_key import answer_key
    from grader.assignment import AssignmentError, find_assignment, read_assignment
    from grader.known import known_submissions
    from grader.model import AnswerKey, GraderFault
    from grader.reports import matrix
    from grader.sandbox.levels import starters
    from grader.sandbox.sandbox import Sandbox
    from grader.verification import verify

    def key_for(own: Sequence[str]) -> AnswerKey:
        return answer_key(read_assignment(find_assignment(name), (*overrides, *own)), seed)

    try:
        assignment = read_assignment(find_assignment(name), overrides)
        verification = verify(assignment, answer_key(assignment, seed), assignment.seed if seed is None else seed)
        if submissions is not None:
            with Sandbox(starters()) as sandbox:
                verification = replace(verification, known=known_submissions(submissions, key_for, sandbox.open_program))
    except AssignmentError as error:
        raise Stop(WRONG_USE, str(error)) from None
    except GraderFault as error:
        raise Stop(GRADER_TROUBLE, str(error)) from None
    if report is not None:
        write(str(report), matrix.page(verification))
    write("-", matrix.text(verification))
    sys.exit(FULL_MARKS if verification.is_sound else SOMETHING_FAILED)


@grader.command()
def schema() -> None:
    """Print the JSON Schema of a verdict."""
    from msgspec.json import schema

    from grader.verdict import Verdict

    click.echo(as_json(schema(Verdict)))


def as_json(value: object) -> str:
    """ASCII, so that it steers no terminal and every console has its characters."""
    import msgspec

    return json.dumps(json.loads(msgspec.json.encode(value)), indent=1)


def require_other_files(path: Path, output: str, report: Path | None) -> None:
    """Raises Stop where a result would overwrite the submission, or another result."""
    results = [Path(name) for name in (output if output != "-" else None, report) if name is not None]
    for result in results:
        if result.exists() and path.exists() and result.samefile(path):
            raise Stop(WRONG_USE, f"{result}: this is the submission itself, and nothing was graded. Name another file for the result.")
    if len(set(map(os.path.abspath, results))) < len(results):
        raise Stop(WRONG_USE, f"{results[0]}: --output and --report name the same file, and nothing was graded. Name two.")


def write(output: str, text: str) -> None:
    """Raises Stop where the file cannot be written."""
    try:
        if output == "-":
            click.echo(text, nl=False, color=True)
        else:
            Path(output).write_text(text, encoding="utf-8")
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Stop(WRONG_USE, f"{output}: cannot be written ({error.strerror}). Give the path of a file in a folder of yours.") from None


def painted(text: str, colour: str) -> str:
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)


def tell(*lines: str) -> None:
    """On the error output. A name in them, from the command line or from a folder, may hold what would steer the terminal."""
    from grader.reports.sentences import visible

    click.echo("\n".join(map(visible, lines)), err=True)


def main(launched: object = None) -> NoReturn:
    """launched: a zygote that is on its way already, if there is one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console may lack characters that a name or a quote has
    try:
        grader(obj=launched, standalone_mode=False)
        sys.exit(FULL_MARKS)
    except Stop as stop:
        tell(stop.sentence)
        sys.exit(stop.code)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        tell(*told.getvalue().splitlines())
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has enough
        sys.exit(SOMETHING_FAILED)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # a bug of ours: one sentence, and never the exit code of a grade
        if os.environ.get("GRADER_TRACEBACK"):
            raise
        tell(f"The grader failed ({type(error).__name__}: {error}): set GRADER_TRACEBACK=1 to see where, and report it.")
        sys.exit(GRADER_TROUBLE)
