"""The program as a whole: help, examples, former names, and how it ends."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from grader.cli import program
from grader.cli.former_names import FORMER_NAMES
from tests.support.paths import PROJECT
from tests.support.program import MODULE, REFERENCE, grader

SCREEN = 24  # lines
COMMANDS = list(program.commands)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_on_a_screen_and_begins_with_an_example(command: str, columns: int) -> None:
    done = grader(*command.split(), "--help", COLUMNS=str(columns))
    assert (done.returncode, done.stderr) == (0, "")
    usage, empty, example, *more = done.stdout.splitlines()
    assert usage.startswith("Usage: ")
    assert empty == ""
    assert re.match(rf"  \S.* -m grader {command or 'template'}\b", example)
    assert len(more) + 3 <= SCREEN
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "\x1b" not in done.stdout


def test_every_command_is_listed_with_a_whole_sentence() -> None:
    listed = grader("--help", COLUMNS="80").stdout.partition("Commands:")[2]
    assert "..." not in listed
    assert re.findall(r"^  ([a-z-]+)  .*\.$", listed, re.MULTILINE) == COMMANDS


def test_the_examples_work(tmp_path: Path) -> None:
    """In the order in which the commands are listed: one writes what the next ones read."""
    tmp_path.joinpath("softmax.py").write_bytes(REFERENCE.read_bytes())
    tmp_path.joinpath("classes").mkdir()
    tmp_path.joinpath("classes/alice.py").write_bytes(REFERENCE.read_bytes())
    zipping = [sys.executable, "-m", "zipfile", "-c", "submissions.zip", "classes/alice.py"]
    subprocess.run(zipping, cwd=tmp_path, check=True)
    first = _examples("")
    assert [_run(example, tmp_path) for example in first] == [0, 1]  # an empty template
    for command in COMMANDS:
        for example in _examples(command):
            if command in ("template", "verify-assignment"):
                continue  # the first one above; tests/verification runs the other
            assert _run(example, tmp_path) == 0, example
    for result in ("report.html", "grades.csv", "verdict.schema.json"):
        assert tmp_path.joinpath(result).stat().st_size > 0


def _examples(command: str) -> list[str]:
    text = grader(*command.split(), "--help", COLUMNS="200").stdout
    return [line.strip() for line in text.split("\n\n")[1].splitlines()]


def _run(example: str, folder: Path) -> int:
    """Run a line of help as it stands, but for the path of the interpreter."""
    line = re.sub(r"^\S+ -m grader", shlex.join(MODULE), example)
    done = subprocess.run(line, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(("command", "option"), FORMER_NAMES)
def test_a_former_name_ends_with_the_new_one(command: str, option: str) -> None:
    done = grader(command, *option.split(), "best", "x")
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence == f"{option or command} {FORMER_NAMES[command, option]}"
    if option:
        assert grader(command, f"{option}=x").stderr == done.stderr
        assert option not in grader(command, "--help").stdout
    else:
        assert command not in grader("--help").stdout


def test_what_is_now_called_otherwise_exists() -> None:
    """A former option's sentence names an option that its command has."""
    for (command, _), sentence in FORMER_NAMES.items():
        for option in re.findall(r"is now (--\w+)", sentence):
            names = [name for each in program.commands[command].params for name in each.opts]
            assert option in names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["nonsense"], "No such command 'nonsense'"), (["grade", "--nonsense"], "--nonsense")],
)
def test_wrong_use_of_the_program(arguments: list[str], sentence: str) -> None:
    done = grader(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "--help' for help." in done.stderr


@pytest.mark.parametrize("command", ["schema", "grade reference/softmax/softmax.py"])
def test_a_reader_that_goes_away_is_no_trouble(command: str) -> None:
    line = f"{sys.executable} -m grader {command} | head -c 10"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, len(done.stdout)) == ("", 10)


@pytest.mark.parametrize("command", [["schema"], ["grade", str(REFERENCE)]])
def test_output_that_cannot_be_written(command: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*MODULE, *command],
            cwd=PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr


def test_a_bug_of_the_grader_gets_one_sentence() -> None:
    script = """
import runpy, sys
sys.argv = ["grader", "grade", sys.argv[1]]
import grader.grading
def broken(*_): raise ValueError("broken")
grader.grading.grade = broken
runpy.run_module("grader", run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(REFERENCE)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == (
        "The grader failed (ValueError: broken): "
        "set GRADER_TRACEBACK=1 to see where, and report it.\n"
    )
