"""Runs the program and make as their users do."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.paths import PROJECT

REFERENCE = PROJECT / "reference/softmax/softmax.py"
TEMPLATE = PROJECT / "student_template/softmax"
MODULE = (sys.executable, "-m", "grader")
SCRIPT = (str(Path(sys.executable).with_name("grader")),)
Completed = subprocess.CompletedProcess[str]


def grader(*arguments: str | Path, **environment: str) -> Completed:
    """Run python -m grader in the project's folder.

    environment: variables to set beside those of the tests.
    """
    return _run([*MODULE, *map(str, arguments)], PROJECT, os.environ | environment)


def grader_in(folder: Path, *arguments: str | Path) -> Completed:
    """Run python -m grader in another folder."""
    return _run([*MODULE, *map(str, arguments)], folder, dict(os.environ))


def make(*arguments: str) -> Completed:
    """Run make in the project's folder, without the settings of a make that runs the tests."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return _run(["make", *arguments], PROJECT, environment)


def _run(command: list[str], cwd: Path, environment: dict[str, str]) -> Completed:
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
