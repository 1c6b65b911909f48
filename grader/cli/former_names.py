"""Commands, options and settings of earlier versions: using one is an error that names its
successor."""

from collections.abc import Sequence
from typing import Any

import click

from grader.cli.common import WRONG_USE, Exit, write_examples

_NO_PARTS = (
    "is gone: one machine grades 10,000 submissions in two minutes. To add a second source to a"
    " run, call batch with that source and the same --out RUN."
)
# (command, option) -> the rest of the error. For a whole command the option is empty.
FORMER_NAMES = {
    ("grade", "--report"): "is now --html.",
    ("verify-assignment", "--report"): "is now --html.",
    ("export", "--to"): "is now --format.",
    ("export", "--attempt"): "is now --count.",
    ("batch", "--attempt"): "is now --count.",
    ("report", "--attempt"): "is now --count.",
    ("batch", "--shard"): _NO_PARTS,
    ("merge", ""): _NO_PARTS,
}
# A key of assignment.toml, as it is given to --set -> the rest of the error.
FORMER_SETTINGS = {
    "tolerances.loss": "is now tolerances.outputs.loss. tolerances.value holds for all outputs.",
    "tolerances.gradient": "is now tolerances.outputs.NAME, with the name of the gradient. "
    "tolerances.value holds for all outputs.",
}
# The same for the last part of a key of questions.
FORMER_QUESTION_SETTINGS = {
    "gradient_if": "is now output_if, a table: output_if = { OUTPUT = QUESTION }.",
}


class Program(click.Group):
    """A group of commands that refuses former names. Its help does not list them.

    examples: the lines its help begins with, each without the program's name.
    """

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.examples = examples

    def list_commands(self, context: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)  # in the order in which they are needed

    def format_help_text(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        write_examples(formatter, [f"{context.command_path} {each}" for each in self.examples])
        super().format_help_text(context, formatter)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        _refuse_former(name)
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except click.NoSuchOption as error:
            _refuse_former(context.invoked_subcommand or "", error.option_name)
            raise


def _refuse_former(command: str, option: str = "") -> None:
    """Raise Exit if this name is a former one."""
    instead = FORMER_NAMES.get((command, option))
    if instead is not None:
        raise Exit(WRONG_USE, f"{option or command} {instead}")


def refuse_former_settings(
    _context: click.Context, _parameter: click.Parameter, overrides: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the values of --set. Raises Exit if one of them sets a former setting."""
    for override in overrides:
        key = override.partition("=")[0].strip()
        instead = FORMER_SETTINGS.get(key)
        if instead is None and key.startswith("questions."):
            instead = FORMER_QUESTION_SETTINGS.get(key.rpartition(".")[2])
        if instead is not None:
            raise Exit(WRONG_USE, f"--set {key} {instead}")
    return overrides
