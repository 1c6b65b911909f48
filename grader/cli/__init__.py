"""The command line: python -m grader. A command is a few lines over the rooms that do the work."""

import io
import os
import sys
from typing import NoReturn

import click

from grader import __version__
from grader.cli import batch, course, grade, template
from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    INTERRUPTED,
    SOMETHING_FAILED,
    Exit,
    print_error,
    shell_command,
)
from grader.cli.former_names import Program
from grader.cli.options import DEFAULT_ASSIGNMENT

_EXAMPLES = (f"template {DEFAULT_ASSIGNMENT} homework", "grade homework")
_COMMANDS = (
    template.template,
    grade.grade,
    course.explain,
    batch.batch,
    batch.export,
    batch.report,
    batch.replay,
    course.verify_assignment,
    course.doctor,
    course.schema,
)
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(launched: object = None) -> NoReturn:
    """Run the command that sys.argv names, and exit.

    launched: a zygote that is already starting, if there is one.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console may lack characters that a name or a quotation has.
            stream.reconfigure(errors="backslashreplace")
    try:
        program(prog_name=shell_command(), obj=launched, standalone_mode=False)
        sys.exit(FULL_MARKS)
    except Exit as end:
        print_error(end.sentence)
        sys.exit(end.code)
    except click.ClickException as error:
        message = io.StringIO()
        error.show(message)
        print_error(*message.getvalue().splitlines())
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader has closed the pipe, as in `| head`: let the last flush go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(SOMETHING_FAILED)
    except ModuleNotFoundError:
        raise  # grader.__main__ says which module is missing
    except Exception as error:  # a bug of ours: one sentence, and never the exit code of a grade
        if os.environ.get("GRADER_TRACEBACK"):
            raise
        print_error(
            f"The grader failed ({type(error).__name__}: {error}): "
            "set GRADER_TRACEBACK=1 to see where, and report it."
        )
        sys.exit(GRADER_TROUBLE)


@click.group(cls=Program, examples=_EXAMPLES, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="grader")
def program() -> None:
    """Grade numerical assignments: what is wrong, where, and what to do next.
    Exit codes: 0 full marks, 1 something failed, 2 wrong use, 3 grader error or a question that
    could not be judged, 4 no submission found, 130 interrupted.
    """


for _command in _COMMANDS:
    program.add_command(_command)
