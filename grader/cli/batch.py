"""The commands for many submissions: batch grades them; report, export and replay read a run."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    INTERRUPTED,
    SOMETHING_FAILED,
    WRONG_USE,
    Exit,
    print_error,
    refusals,
    require_no_gradebook,
    shell_command,
    write,
    write_all,
)
from grader.cli.options import (
    EXPORT_FORMATS,
    ISOLATED_LEVELS,
    LAYOUTS,
    Count,
    Level,
    assignment_option,
    command,
    count_option,
    jobs_option,
    lang_option,
    minimum_level_option,
    output_option,
    run_argument,
    seed_option,
    set_option,
)

# The empty lines keep the text clear of the progress bar, which redraws the last two lines.
_STOPPING = b"""
Finishing what was begun, then it stops.
Ctrl-C once more stops at once; nothing that is written is lost.

"""
# The parameters that decide which answer key a run gets, and their options.
_KEY_OPTIONS = {"name": "--assignment", "overrides": "--set", "seed": "--seed"}


@command(
    example="submissions.zip --out run",
    short_help="Grade a class; run again, it continues.",
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Folder of gradebook and pages.",
)
@jobs_option()
@assignment_option()
@count_option("as before, else latest")
@click.option(
    "--roster",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Class list as CSV; a platform's, too.",
)
@click.option(
    "--from",
    "layout",
    metavar="PLATFORM",
    type=click.Choice(LAYOUTS),
    help="Platform of SOURCE; default: by its names.",
)
@click.option("--inside", metavar="FOLDER", help="The folder in SOURCE with the submissions.")
@click.option("--as-one-person", is_flag=True, help="SOURCE's only folder is one student's.")
@seed_option("A public seed: pages show inputs.")
@click.option(
    "--key-of",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Grade with the answer key of that run.",
)
@set_option()
@click.option("--fresh", is_flag=True, help="Start over; the old gradebook is kept.")
@minimum_level_option(ISOLATED_LEVELS)
@lang_option()
@click.pass_context
def batch(
    context: click.Context,
    source: Path,
    out: Path,
    jobs: int | None,
    name: str,
    count: Count | None,
    roster: Path | None,
    layout: str | None,
    inside: str | None,
    as_one_person: bool,
    seed: int | None,
    key_of: Path | None,
    overrides: Sequence[str],
    fresh: bool,
    minimum: Level,
    lang: str | None,
) -> None:
    """Grade SOURCE: a folder or zip of submissions, or a manifest.csv.

    Run again, it continues. Exit code 3: something has no verdict or no page.
    """
    _require_linux()
    from grader.batch.progress import progress
    from grader.batch.run import BatchOptions, run
    from grader.batch.run_key import KeyRequest
    from grader.intake import SourceOptions

    if seed is not None and key_of is not None:
        raise Exit(
            WRONG_USE, "--seed and --key-of are two ways to say which key: give one of them."
        )
    given = frozenset(
        option for parameter, option in _KEY_OPTIONS.items() if _is_given(context, parameter)
    )
    request = KeyRequest(name, tuple(overrides), seed, key_of, given)
    source_options = SourceOptions(layout, inside, as_one_person)
    options = BatchOptions(source, source_options, out, count, roster, jobs, minimum, lang, fresh)
    before = gradebook_file(out)
    result = None
    with (
        suppress(KeyboardInterrupt),
        refusals(),
        progress() as display,
        Interruptions() as interruptions,
    ):
        result = run(options, request, display, interruptions.on_first)
    if result is None:
        has_begun = gradebook_file(out) != before
        print_error(
            "",
            "Interrupted: every result so far is saved. To continue:",
            f"  {resume_command(has_begun)}",
        )
        sys.exit(INTERRUPTED)
    write("-", f"{result.summary}\n{out / 'index.html'}\n")
    if result.unwritten:
        print_error(
            f"Pages that could not be written: {result.unwritten}, see above. "
            "Repair that, and the same command writes them."
        )
    sys.exit(GRADER_TROUBLE if result.ungraded or result.unwritten else FULL_MARKS)


def _require_linux() -> None:
    if sys.platform != "linux":
        raise Exit(
            GRADER_TROUBLE,
            "A class can be graded on Linux only, where other people's code can be isolated. "
            "See the command doctor.",
        )


def _is_given(context: click.Context, parameter: str) -> bool:
    """Whether the option was given, rather than left at its default."""
    source = context.get_parameter_source(parameter)
    return source is not click.core.ParameterSource.DEFAULT


def gradebook_file(out: Path) -> int | None:
    """Return the inode of a folder's gradebook, to tell it from a new one in its place."""
    from grader.gradebook.database import NAME

    with suppress(OSError):
        return (out / NAME).stat().st_ino
    return None


def resume_command(has_begun: bool) -> str:
    """Return the command that continues this one.

    has_begun: this run has its gradebook already, which a second --fresh would set aside.
    """
    words = sys.argv[1:]
    if has_begun:
        words = [word for word in words if word != "--fresh"]
    return shell_command(*words)


class Interruptions:
    """Handles Ctrl-C and SIGTERM within a `with` block.

    The first signal lets the grader finish the tasks that are running, and says so. The second
    one raises KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.happened = False
        self.react: Callable[[], None] = lambda: None
        self.earlier_handlers: dict[int, Any] = {}

    def on_first(self, react: Callable[[], None]) -> None:
        """Set the function to call at the first signal. Call it now if that has come already."""
        self.react = react
        if self.happened:
            react()

    def __call__(self, *_: object) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        self.react()
        # Not by print, which a signal may have interrupted, and which cannot be entered twice.
        with suppress(OSError):  # the error output may be closed
            os.write(2, _STOPPING)

    def __enter__(self) -> "Interruptions":
        for number in (signal.SIGINT, signal.SIGTERM):
            self.earlier_handlers[number] = signal.signal(number, self)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self.earlier_handlers.items():
            signal.signal(number, handler)


@command(example="run --lang es", short_help="Write the pages of a run again.")
@run_argument()
@count_option("as in the run")
@jobs_option()
@lang_option()
def report(run: Path, count: Count | None, jobs: int | None, lang: str | None) -> None:
    """Write the pages of RUN again: one for each student, and index.html for the class."""
    from grader.batch.pages import write_report
    from grader.batch.progress import progress

    _require_linux()
    with refusals(), progress() as display:
        pages = write_report(run, count, jobs, lang, display)
    click.echo(f"Students' pages: {pages.all - pages.unwritten}\n{run / 'index.html'}")
    if count:
        print_error(
            f"In index.html these attempts count now: {count}. "
            f"For an export that agrees with it, give --count {count} there, too."
        )
    if pages.unwritten:
        raise Exit(
            GRADER_TROUBLE,
            f"Pages that could not be written: {pages.unwritten}, see above. "
            "Repair that, and run this again.",
        )


@command(
    example="run --format csv --output grades.csv",
    short_help="Write the grades of a run as csv, json or junit.",
)
@run_argument()
@click.option(
    "--format", "form", required=True, type=click.Choice(EXPORT_FORMATS), help="What to write."
)
@output_option()
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@count_option("as in the run")
@lang_option()
def export(
    run: Path, form: str, output: str, force: bool, count: Count | None, lang: str | None
) -> None:
    """Write the grades of RUN for other programs."""
    from grader.batch.pages import page_context
    from grader.exports import EXPORTS
    from grader.gradebook.class_list import class_list
    from grader.gradebook.record import open_gradebook, require_run_key

    _require_replaceable(output, force)
    with refusals(), open_gradebook(run) as gradebook:
        language = lang or gradebook.settings().get("language")
        words = page_context(require_run_key(gradebook), language).words
        rows = class_list(gradebook, count or gradebook.count_policy())
        write_all(output, EXPORTS[form](rows, words))


def _require_replaceable(output: str, force: bool) -> None:
    """Raise Exit if output is a gradebook, or any other file that exists, without --force."""
    path = Path(output)
    if output == "-" or not path.is_file():
        return
    require_no_gradebook(path)
    if not force:
        raise Exit(
            WRONG_USE,
            f"{output}: this file exists, and nothing was written. "
            "Replace it with --force, or name another file.",
        )


@command(example="run alice", short_help="Grade a stored submission again, and compare.")
@run_argument()
@click.argument("person", metavar="ID")
@click.option(
    "--attempt",
    metavar="N",
    type=click.IntRange(min=1),
    help="Which attempt; default: the one that counts.",
)
@minimum_level_option(ISOLATED_LEVELS)
def replay(run: Path, person: str, attempt: int | None, minimum: Level) -> None:
    """Grade the stored submission of ID with the stored key again, and compare the outcomes.

    ID is a person's, or the ids of a group joined by + in any order, as in alice+bob.
    """
    from grader.batch.replay import replay as grade_again
    from grader.gradebook.record import open_gradebook

    with refusals(), open_gradebook(run) as gradebook:
        comparison = grade_again(gradebook, person, attempt, minimum)
    write("-", comparison.text)
    sys.exit(FULL_MARKS if comparison.is_same else SOMETHING_FAILED)
