"""What all commands share: how they end, and how they print."""

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias

import click
from click.core import ParameterSource

# Exit codes, the same for every command.
FULL_MARKS, SOMETHING_FAILED, WRONG_USE, GRADER_TROUBLE, NO_SUBMISSION, INTERRUPTED = (
    0,
    1,
    2,
    3,
    4,
    130,
)

GRADEBOOK = re.compile("gradebook.*[.]sqlite.*")  # and what SQLite puts beside it
LEVELS = "full", "confined", "none"
MINIMUM_HELP = "The weakest walls that will do; see the command doctor."
EXPLAINED = {
    "name": "--assignment",
    "lang": "--lang",
}  # parameters of a command that explain has as well
Level: TypeAlias = Literal[
    "full", "confined", "none"
]  # that of grader.model, which is not loaded before it is needed


class Exit(Exception):
    """Ends the program with one sentence for the user."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


def explain_command(context: click.Context) -> str:
    """The command explain as it can be typed here: with this interpreter, for the assignment and language that were asked for."""
    asked = [
        name
        for name in EXPLAINED
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    options = [part for name in asked for part in (EXPLAINED[name], str(context.params[name]))]
    return shell_command("explain", *options)


def shell_command(*words: str) -> str:
    """A command of this program as it can be typed here: as it was started now."""
    program = Path(sys.argv[0])
    started = (
        [shown(str(program))]
        if program.stem == "grader"
        else [shown(sys.executable), "-m", "grader"]
    )
    return shlex.join([*started, *words])


def shown(program: str) -> str:
    """By the name that the shell finds it under, or by its path, from the current folder where it lies below that."""
    path, name = Path(program), Path(program).name
    names = ("python", "python3") if name.startswith("python") else (name,)
    found = (
        name
        for name in names
        if os.path.normcase(shutil.which(name) or "") == os.path.normcase(program)
    )
    return next(
        found, str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    )


def as_json(value: object) -> str:
    """ASCII, so that it steers no terminal and every console has its characters."""
    import msgspec

    return json.dumps(json.loads(msgspec.json.encode(value)), indent=1)


def write(output: str, text: str) -> None:
    """output: a path, or - for the terminal. Raises Stop where the file cannot be written."""
    write_all(output, [text])


def write_all(output: str, pieces: Iterable[str]) -> None:
    """Piece by piece, for what may be large; a file is written as a whole, or stays as it was. Raises Stop where it cannot be written."""
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
    if GRADEBOOK.fullmatch(path.resolve().name):
        raise Exit(
            WRONG_USE,
            f"{path}: this is the place of a gradebook, and nothing was written. Name another file.",
        )


def unwritable(output: str, error: OSError) -> Exit:
    return Exit(
        WRONG_USE,
        f"{output}: cannot be written ({error.strerror}). Give the path of a file in a folder of yours.",
    )


def styled(text: str, colour: str) -> str:
    return click.style(text, bold=True) if colour == "bold" else click.style(text, fg=colour)


def print_error(*lines: str) -> None:
    """On the error output. A name in them, from the command line or from a folder, may hold what would steer the terminal."""
    from grader.reports.sentences import escape_invisible

    click.echo("\n".join(map(escape_invisible, lines)), err=True)
