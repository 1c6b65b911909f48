"""The command that gives a student the files to start from."""

from contextlib import suppress
from pathlib import Path

import click

from grader.cli.common import WRONG_USE, Exit, shell_command, unwritable, write
from grader.cli.options import DEFAULT_ASSIGNMENT, command
from grader.files.shipped import shipped


@command(example=f"{DEFAULT_ASSIGNMENT} homework", short_help="Write the files to start from.")
@click.argument("name")
@click.argument(
    "folder", metavar="[DIR]", default=Path("."), type=click.Path(path_type=Path, file_okay=False)
)
def template(name: str, folder: Path) -> None:
    """Write a student's files for the assignment NAME into DIR, or into the current folder.

    No file is ever replaced: if one of them is there already, nothing is written.
    """
    contents = _template_files(name)
    _write_new(folder, contents)
    solutions = [file for file in contents if file.endswith(".py")]
    to_grade, them = folder / solutions[0], "it"
    if len(solutions) > 1:
        to_grade, them = folder, "them"
    options = [] if name == DEFAULT_ASSIGNMENT else ["--assignment", name]
    lines = [
        *(f"Written: {folder / file}" for file in contents),
        f"Write your solution in {' and '.join(solutions)}, then grade {them}:",
        f"  {shell_command('grade', str(to_grade), *options)}",
    ]
    write("-", "\n".join(lines) + "\n")


def _template_files(name: str) -> dict[str, bytes]:
    """Return the files of a template by name. Raises Exit if there is no such template."""
    templates = shipped("student_template")
    names = sorted(path.name for path in templates.iterdir() if path.is_dir())
    if name not in names:
        raise Exit(
            WRONG_USE,
            f"There is no template {name!r}. Write one of these names: {', '.join(names)}.",
        )
    files = sorted(path for path in (templates / name).iterdir() if path.is_file())
    return {path.name: path.read_bytes() for path in files}


def _write_new(folder: Path, contents: dict[str, bytes]) -> None:
    """Write all files, or none. Raises Exit if one exists or cannot be written."""
    for name in contents:
        _require_free(folder / name)
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            path = folder / name
            with path.open("xb") as file:  # fails if the file has appeared since _require_free
                written.append(path)
                file.write(content)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise unwritable(str(folder), error) from None


def _require_free(path: Path) -> None:
    """Raise Exit if there is anything with this name, also a link that leads nowhere."""
    if path.exists() or path.is_symlink():
        raise Exit(
            WRONG_USE,
            f"{path}: this file is there already, and nothing was written. Name another folder.",
        )
