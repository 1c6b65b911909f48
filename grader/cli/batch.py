"""The commands for many submissions: what grades them, and what reads the gradebook."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

import click

from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    INTERRUPTED,
    MINIMUM_HELP,
    NO_SUBMISSION,
    SOMETHING_FAILED,
    WRONG_USE,
    Exit,
    Level,
    print_error,
    require_no_gradebook,
    shell_command,
    write,
    write_all,
)

LANG_HELP = "Language of the pages; else the assignment's, else that of LANG."
# Around it the newlines that keep it out of the way of a bar, which draws itself over the last two lines.
STOPPING = b"""
Finishing what was begun, then it stops.
Ctrl-C once more stops at once; nothing that is written is lost.

"""
ALIKE = 25  # characters at the beginning of an export that are the same in each
OPTIONS = {"name": "--assignment", "overrides": "--set", "seed": "--seed"}


@click.command(short_help="Grade a class; run again, it goes on where it ended.")
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Folder of the gradebook and the pages.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Processes that grade at a time; one for each core if not given.",
)
@click.option(
    "--assignment",
    "name",
    default="softmax",
    show_default=True,
    help="An assignment's name, or its folder.",
)
@click.option(
    "--attempt",
    type=click.Choice(["latest", "best", "all"]),
    help="Which of several counts; else as in the last call for RUN, else latest.",
)
@click.option(
    "--roster",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="CSV (id, name, email) of the class; stays until another is given.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Students may know it, and pages then show inputs; else drawn, and secret.",
)
@click.option(
    "--key-of",
    metavar="RUN",
    type=click.Path(path_type=Path),
    help="Grade with the key of that run, as its other parts are.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of assignment.toml, e.g. layout=DxC.",
)
@click.option(
    "--fresh",
    is_flag=True,
    help="Begin anew, and put the old gradebook aside; without it, RUN is gone on with.",
)
@click.option(
    "--minimum-level",
    "minimum",
    type=click.Choice(["full", "confined"]),
    default="confined",
    show_default=True,
    help=MINIMUM_HELP,
)
@click.option("--lang", type=click.Choice(["en", "es"]), help=LANG_HELP)
@click.pass_context
def batch(
    context: click.Context,
    source: Path,
    out: Path,
    jobs: int | None,
    name: str,
    attempt: Any,
    roster: Path | None,
    seed: int | None,
    key_of: Path | None,
    overrides: Sequence[str],
    fresh: bool,
    minimum: Level,
    lang: str | None,
) -> None:
    """Grade all that is in SOURCE: a folder or a zip of files or folders, or a manifest.csv. Run again, it goes on where it ended.

    Exit code 0 when everything that could be read has a verdict and a page, also where a person has to judge a question; 3 when something
    has none.
    """
    require_linux()
    from grader.batch.progress import progress
    from grader.batch.run import BatchOptions, run
    from grader.batch.run_key import KeyRequest

    said = frozenset(option for key, option in OPTIONS.items() if is_said(context, key))
    if seed is not None and key_of is not None:
        raise Exit(
            WRONG_USE, "--seed and --key-of are two ways to say which key: give one of them."
        )
    wanted = KeyRequest(name, tuple(overrides), seed, key_of, said)
    options = BatchOptions(source, out, attempt, roster, jobs, minimum, lang, fresh)
    before = record_in(out)
    try:
        with refusals(), progress() as shown, Interruptions() as interruptions:
            ended = run(options, wanted, shown, interruptions.on_first)
    except KeyboardInterrupt:
        ended = None
    if ended is None:
        is_begun = record_in(out) != before
        print_error(
            "",
            "Interrupted: every result that there was is written down. This goes on:",
            f"  {again(is_begun)}",
        )
        sys.exit(INTERRUPTED)
    write("-", f"{ended.summary}\n{out / 'index.html'}\n")
    if ended.unwritten:
        print_error(
            f"Pages that could not be written: {ended.unwritten}, see above. When that is mended, the same command writes them."
        )
    sys.exit(GRADER_TROUBLE if ended.ungraded or ended.unwritten else FULL_MARKS)


def require_linux() -> None:
    if sys.platform != "linux":
        raise Exit(
            GRADER_TROUBLE,
            "A class is graded on Linux only, where other people's code can be walled in. See the command doctor.",
        )


def is_said(context: click.Context, key: str) -> bool:
    return context.get_parameter_source(key) is not click.core.ParameterSource.DEFAULT


def record_in(out: Path) -> int | None:
    """Tells the gradebook in a folder from another that takes its place."""
    from grader.gradebook.database import NAME

    with suppress(OSError):
        return (out / NAME).stat().st_ino
    return None


def again(is_begun: bool) -> str:
    """The command that goes on: this one, but that nothing begins anew twice. is_begun: it has a gradebook of its own."""
    return shell_command(*(word for word in sys.argv[1:] if not (is_begun and word == "--fresh")))


class Interruptions:
    """Ctrl-C: the first time, what was begun is finished, and that is said; the second time all ends at once."""

    def __init__(self) -> None:
        self.happened = False
        self.react: Callable[[], None] = lambda: None
        self.before: dict[int, Any] = {}

    def on_first(self, react: Callable[[], None]) -> None:
        self.react = react
        if self.happened:
            react()

    def __call__(self, *_: object) -> None:
        if self.happened:
            raise KeyboardInterrupt
        self.happened = True
        self.react()
        with suppress(OSError):  # nobody reads it any more
            os.write(2, STOPPING)  # what prints may be at it already: a signal comes at any moment

    def __enter__(self) -> "Interruptions":
        self.before = {
            number: signal.signal(number, self) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)


@contextmanager
def refusals() -> Iterator[None]:
    from grader.assignment.settings import AssignmentError
    from grader.batch.run_key import OtherKeyError
    from grader.gradebook.database import FolderError, GradebookError
    from grader.intake import InvalidTable, SubmissionNotFound
    from grader.model import GraderError

    try:
        yield
    except (AssignmentError, FolderError, OtherKeyError, InvalidTable) as error:
        raise Exit(WRONG_USE, str(error)) from None
    except SubmissionNotFound as error:
        raise Exit(NO_SUBMISSION, str(error)) from None
    except (GraderError, GradebookError) as error:
        raise Exit(GRADER_TROUBLE, str(error)) from None


RUN = click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
ATTEMPT = click.option(
    "--attempt",
    type=click.Choice(["latest", "best", "all"]),
    help="Which of several counts, if not as in the run.",
)


@click.command(short_help="Write a run's pages anew.")
@RUN
@ATTEMPT
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="Processes that write at a time; one for each core if not given.",
)
@click.option("--lang", type=click.Choice(["en", "es"]), help=LANG_HELP)
def report(run: Path, attempt: Any, jobs: int | None, lang: str | None) -> None:
    """Write the pages of RUN anew: one for each student, and index.html for the class."""
    from grader.batch.pages import write_report
    from grader.batch.progress import progress

    require_linux()
    with refusals(), progress() as shown:
        pages = write_report(run, attempt, jobs, lang, shown)
    click.echo(f"Students' pages: {pages.all - pages.unwritten}\n{run / 'index.html'}")
    if attempt:
        print_error(
            f"In index.html these attempts count now: {attempt}. An export agrees with it if it is given --attempt {attempt}, too."
        )
    if pages.unwritten:
        raise Exit(
            GRADER_TROUBLE,
            f"Pages that could not be written: {pages.unwritten}, see above. Mend that, and run this again.",
        )


def require_earlier_export(output: str, beginning: str) -> None:
    """Raises Stop where there is a file that does not begin as what is to be written does."""
    path, head = Path(output), beginning[:ALIKE].encode()
    if output == "-" or not path.is_file():
        return
    require_no_gradebook(path)
    with suppress(OSError), path.open("rb") as file:
        if file.read(len(head)) not in (head, b""):
            raise Exit(
                WRONG_USE,
                f"{output}: something else is in this place, and nothing was written. Remove it, or name another file.",
            )


@click.command(short_help="Write a run's grades as csv, json or junit.")
@RUN
@ATTEMPT
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["csv", "json", "junit"]),
    help="What to write.",
)
@click.option(
    "--output",
    default="-",
    show_default=True,
    metavar="FILE",
    help="Where to write it; - is the terminal.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "es"]),
    help="Language of the sentences in it; else the assignment's, else that of LANG.",
)
def export(run: Path, attempt: Any, form: str, output: str, lang: str | None) -> None:
    """Write the grades of RUN in a form that other programs read."""
    from grader.batch.pages import page_context
    from grader.exports import EXPORTS
    from grader.gradebook.class_list import class_list
    from grader.gradebook.record import open_gradebook, require_run_key

    with refusals(), open_gradebook(run) as gradebook:
        words = page_context(
            require_run_key(gradebook), lang or gradebook.settings().get("language")
        ).words
        pieces = EXPORTS[form](class_list(gradebook, attempt or gradebook.count_policy()), words)
        beginning = next(pieces)
        require_earlier_export(output, beginning)
        write_all(output, chain([beginning], pieces))


@click.command(short_help="Grade once more what somebody handed in, and compare.")
@RUN
@click.argument("person", metavar="ID")
@click.option(
    "--attempt",
    type=click.IntRange(min=1),
    help="Which attempt of theirs; the one that counts if not given.",
)
@click.option(
    "--minimum-level",
    "minimum",
    type=click.Choice(["full", "confined"]),
    default="confined",
    show_default=True,
    help=MINIMUM_HELP,
)
def replay(run: Path, person: str, attempt: int | None, minimum: Level) -> None:
    """Grade the stored submission of ID with the stored key once more, and compare outcome by outcome.

    ID: a person's, or all ids of a group joined by + in any order, as in alice+bob.
    """
    from grader.batch.replay import replay as grade_again
    from grader.gradebook.record import open_gradebook

    with refusals(), open_gradebook(run) as gradebook:
        replayed = grade_again(gradebook, person, attempt, minimum)
    write("-", replayed.text)
    sys.exit(FULL_MARKS if replayed.is_same else SOMETHING_FAILED)
