"""The options, lists of choices and help that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import click

from grader.cli.common import write_examples
from grader.cli.former_names import refuse_former_settings

# These choices repeat those of modules that load numpy, for which --help should not wait.
# tests/cli/test_options.py checks that both agree.
Level: TypeAlias = Literal["full", "confined", "none"]
Count: TypeAlias = Literal["latest", "best", "all"]
LEVELS: tuple[str, ...] = get_args(Level)
ISOLATED_LEVELS = LEVELS[:-1]  # safe enough for other people's code
COUNTS: tuple[str, ...] = get_args(Count)
LANGUAGES = ("en", "es")
VERDICT_FORMATS = ("text", "json")
EXPORT_FORMATS = ("csv", "json", "junit")
LAYOUTS = (
    "canvas",
    "moodle",
    "gradescope",
    "blackboard",
    "brightspace",
    "classroom",
    "folder",
)
DEFAULT_ASSIGNMENT = "softmax"

_Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
_NOT_NEGATIVE = click.IntRange(min=0)
_JOBS = click.IntRange(1, 256)
_PATH = click.Path(path_type=Path)


class Command(click.Command):
    """A command whose help begins with an example.

    example: the arguments that follow the command's name. They work if the files in them exist.
    """

    def __init__(self, *arguments: Any, example: str = "", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.example = example

    def format_help_text(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, [f"{context.command_path} {self.example}".rstrip()])
        super().format_help_text(context, formatter)


def command(example: str, short_help: str) -> Callable[[Callable[..., Any]], Command]:
    return click.command(cls=Command, example=example, short_help=short_help)


def assignment_option() -> _Decorator:
    return click.option(
        "--assignment",
        "name",
        metavar="NAME|DIR",
        default=DEFAULT_ASSIGNMENT,
        show_default=True,
        help="A shipped one, or ./DIR.",
    )


def set_option() -> _Decorator:
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        callback=refuse_former_settings,
        help="Change a setting, e.g. layout=DxC.",
    )


def seed_option(text: str = "Other inputs than the public ones.") -> _Decorator:
    return click.option("--seed", metavar="N", type=_NOT_NEGATIVE, help=text)


def lang_option() -> _Decorator:
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        help="Language; default: the assignment's or LANG.",
    )


def minimum_level_option(levels: tuple[str, ...]) -> _Decorator:
    """levels: the possible values, the strongest first. The weakest is the default."""
    stronger = " or ".join(reversed(levels[:-1]))
    return click.option(
        "--minimum-level",
        "minimum",
        metavar="LEVEL",
        type=click.Choice(levels),
        default=levels[-1],
        help=f"Least isolation: {levels[-1]} (default), {stronger}.",
    )


def output_option() -> _Decorator:
    return click.option(
        "--output",
        default="-",
        show_default=True,
        metavar="FILE",
        help="Where to write; - is the terminal.",
    )


def html_option(of: str) -> _Decorator:
    return click.option(
        "--html", metavar="FILE", type=_PATH, help=f"Also write the {of} as an HTML page."
    )


def jobs_option() -> _Decorator:
    return click.option("--jobs", metavar="N", type=_JOBS, help="Processes; default: one a core.")


def count_option(default: str) -> _Decorator:
    return click.option(
        "--count",
        type=click.Choice(COUNTS),
        help=f"What counts; default: {default}.",
    )


def run_argument() -> _Decorator:
    return click.argument("run", metavar="RUN", type=_PATH)
