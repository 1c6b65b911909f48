"""What all commands share: how they end, and how they write."""

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from grader.reports.terminal import Paint

# Exit codes, the same for every command.
FULL_MARKS = 0
SOMETHING_FAILED = 1
WRONG_USE = 2
GRADER_TROUBLE = 3
NO_SUBMISSION = 4
INTERRUPTED = 130

_GRADEBOOK_NAME = re.compile("gradebook.*[.]sqlite.*")  # and the files that SQLite puts beside it
# The beginning of every database: https://sqlite.org/fileformat.html
_SQLITE = b"SQLite format 3\0"
# The parameters of other commands that `explain` has as well, and their options.
_EXPLAIN_OPTIONS = {"name": "--assignment", "lang": "--lang"}


class Exit(Exception):
    """Ends the program with an exit code and one sentence for the user."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@contextmanager
def refusals() -> Iterator[None]:
    """Turn the grader's own exceptions into an Exit with the exit code of their kind."""
    try:
        yield
    except Exception as error:
        # Imported only now: `grade` needs neither the gradebook nor the batch.
        from grader.assignment.settings import AssignmentError
        from grader.batch.run_key import OtherKeyError
        from grader.gradebook.database import FolderError, GradebookError
        from grader.intake import InvalidTable, SubmissionNotFound, UnclearSource
        from grader.model import GraderError

        wrong_use = AssignmentError, FolderError, OtherKeyError, InvalidTable, UnclearSource
        if isinstance(error, wrong_use):
            raise Exit(WRONG_USE, str(error)) from None
        if isinstance(error, SubmissionNotFound):
            raise Exit(NO_SUBMISSION, str(error)) from None
        if isinstance(error, (GraderError, GradebookError)):
            raise Exit(GRADER_TROUBLE, str(error)) from None
        raise


def write(output: str, text: str) -> None:
    """Write text to a file, or to the terminal if output is "-". Raises Exit."""
    write_all(output, [text])


def write_all(output: str, pieces: Iterable[str]) -> None:
    """Write a text that may be large, piece by piece. Raises Exit if the file cannot be written.

    A file is written as a whole, or stays as it was.
    """
    if output == "-":
        for piece in pieces:
            click.echo(piece, nl=False, color=True)
        return
    from grader.files.atomic import write_atomically

    path = Path(output)
    require_no_gradebook(path)
    try:
        write_atomically(path, (piece.encode() for piece in pieces))
    except OSError as error:
        raise unwritable(output, error) from None


def require_no_gradebook(path: Path) -> None:
    """Raise Exit if a file at this path would replace a gradebook, or a copy of one."""
    if _GRADEBOOK_NAME.fullmatch(path.resolve().name) or _is_database(path):
        raise Exit(
            WRONG_USE,
            f"{path}: this is the place of a gradebook, and nothing was written. "
            "Name another file.",
        )


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE
    return False


def unwritable(output: str, error: OSError) -> Exit:
    return Exit(
        WRONG_USE,
        f"{output}: cannot be written ({error.strerror}). "
        "Give the path of a file in a folder of yours.",
    )


def write_examples(formatter: click.HelpFormatter, examples: list[str]) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        for example in examples:
            formatter.write_text(example)


def as_json(value: object) -> str:
    """Return JSON in ASCII: free of control sequences, and every console has its characters."""
    import msgspec

    return json.dumps(json.loads(msgspec.json.encode(value)), indent=1)


def print_error(*lines: str) -> None:
    """Print lines on the error output, with control characters escaped.

    A name from the command line or from a folder may hold some.
    """
    from grader.reports.safe_text import escape_invisible

    click.echo("\n".join(map(escape_invisible, lines)), err=True)


def paint_for(output: str) -> "Paint":
    """Return the function that colours text for output: only for a terminal without NO_COLOR."""
    from grader.reports.terminal import unpainted

    # There is no stream where the descriptor is closed.
    is_terminal = output == "-" and sys.stdout is not None and sys.stdout.isatty()
    return styled if is_terminal and not os.environ.get("NO_COLOR") else unpainted


def styled(text: str, colour: str) -> str:
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)


def explain_command(context: click.Context) -> str:
    """Return the command `explain` as the user can type it.

    It gets the assignment and the language of this call, if they were given.
    """
    words = ["explain"]
    for parameter, option in _EXPLAIN_OPTIONS.items():
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            words += [option, str(context.params[parameter])]
    return shell_command(*words)


def shell_command(*words: str) -> str:
    """Return a command of this program as the user can type it, quoted for a POSIX shell.

    It starts the program in the same way as this process was started.
    """
    program = Path(sys.argv[0])
    if program.stem == "grader":
        return shlex.join([_shortest_path(str(program)), *words])
    return shlex.join([_shortest_path(sys.executable), "-m", "grader", *words])


def _shortest_path(program: str) -> str:
    """Return the name under which the shell finds a program, or else its path.

    The path is relative to the current folder if the program lies below that.
    """
    path = Path(program)
    names = ("python", "python3") if path.name.startswith("python") else (path.name,)
    for name in names:
        if os.path.normcase(shutil.which(name) or "") == os.path.normcase(program):
            return name
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # it lies elsewhere, or the current folder is gone
        return program
