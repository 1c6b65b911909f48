"""The command line: python -m grader. Every command is a few lines over the rooms that do the work."""

import io
import os
import sys
from typing import NoReturn

import click

from grader import __version__
from grader.cli import batch, course, grade
from grader.cli.common import (
    FULL_MARKS,
    GRADER_TROUBLE,
    INTERRUPTED,
    SOMETHING_FAILED,
    Exit,
    print_error,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="grader")
def grader() -> None:
    """Grades numerical assignments: says what is wrong, where, and what to do next.

    Exit codes: 0 full marks, 1 something failed, 2 wrong use or configuration, 3 trouble of the grader itself (also when a question
    could not be judged), 4 no submission found, 130 interrupted.
    """


for command in (
    grade.grade,
    batch.batch,
    batch.report,
    batch.export,
    batch.replay,
    course.explain,
):
    grader.add_command(command)
for command in (course.doctor, course.verify_assignment, course.schema):
    grader.add_command(command)


def main(launched: object = None) -> NoReturn:
    """launched: a zygote that is on its way already, if there is one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a console may lack characters that a name or a quote has
    try:
        grader(obj=launched, standalone_mode=False)
        sys.exit(FULL_MARKS)
    except Exit as stop:
        print_error(stop.sentence)
        sys.exit(stop.code)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        print_error(*told.getvalue().splitlines())
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # whoever read our output has enough
        sys.exit(SOMETHING_FAILED)
    except ModuleNotFoundError:
        raise
    except Exception as error:  # a bug of ours: one sentence, and never the exit code of a grade
        if os.environ.get("GRADER_TRACEBACK"):
            raise
        print_error(
            f"The grader failed ({type(error).__name__}: {error}): set GRADER_TRACEBACK=1 to see where, and report it."
        )
        sys.exit(GRADER_TROUBLE)
