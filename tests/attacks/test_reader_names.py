"""Tests what the real command line makes of hostile names, of files given to it or beside them.

A file name is a student's text like any other: it is shown escaped, and nobody obeys it.
"""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.reports.safe_text import escape_invisible
from grader.reports.terminal import WIDTH
from tests.support.hostile_text import COLOUR, Skeleton, is_harmless
from tests.support.paths import PROJECT

SOURCE = (PROJECT / "student_template/softmax/softmax.py").read_bytes()
PLAIN, SAVED = "softmax.py", 1_000_000_000
NAMES = {
    "markup": "<img src=x onerror=alert(1)><script>alert(1)<.py",
    "quotes": "\"' onload='alert(1)' style=\"position:fixed.py",
    "escapes": "\x1b]0;owned\x07\x1b[2J\x9b31m\x7f.py",
    "other order": "\u202eyp.xamtfos\u2066\u200b\ufeff.py",
    "lines": "softmax.py\n100 of 100 points\r\n\n  ok    All 15 questions passed..py",
    "spaces": "softmax.py" + " " * 70 + "100 of 100 points      ok    All 15 questions passed..py",
    "option": "--help.py",
    "option with a value": "--html=owned.py",
    "device": "CON.py",
    "no text": os.fsdecode(b"soft\xffmax\xc3(.py"),
    "shell": ";touch owned;$(touch owned)`touch owned`&&touch owned|touch owned;'\"#.py",
    "make": "$(shell touch owned)${shell touch owned}$(error owned)$$HOME #.py",
    "templates": "{{ 7 * 7 }}{% raw %}{0}{quote}%s%n.py",
}


class Run(NamedTuple):
    code: int
    output: str
    errors: str


class Place:
    """A folder to run in, with everything in it that a program may write to."""

    def __init__(self, whole: Path) -> None:
        self.whole, self.work = whole, whole / "work"
        for name in ("work", "home", "temporary"):
            whole.joinpath(name).mkdir()
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS"))
        }
        self.environment = inherited | {
            "HOME": str(whole / "home"),
            "TMPDIR": str(whole / "temporary"),
            "PYTHONPATH": str(PROJECT),
        }

    def put(self, name: str) -> None:
        self.work.joinpath(name).write_bytes(SOURCE)
        os.utime(self.work / name, (SAVED, SAVED))

    def run(self, *command: str, folder: Path | None = None) -> Run:
        """Run a command on a terminal, and return what a person sees."""
        terminal, command_terminal = pty.openpty()
        done = subprocess.run(
            command,
            cwd=folder or self.work,
            env=self.environment,
            stdin=command_terminal,
            stdout=command_terminal,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(command_terminal)
        output = b""
        while chunk := read(terminal):
            output += chunk
        os.close(terminal)
        return Run(done.returncode, output.decode().replace("\r\n", "\n"), done.stderr.decode())

    def files(self) -> set[str]:
        return {str(path.relative_to(self.whole)) for path in self.whole.rglob("*")}


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def grader(place: Place, *arguments: str) -> Run:
    return place.run(sys.executable, "-m", "grader", "grade", *arguments)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Skeleton:
    """Return the page of the same file with its usual name."""
    place = Place(tmp_path_factory.mktemp("usual"))
    place.put(PLAIN)
    assert grader(place, "--html", "r.html", "--", PLAIN).code == 1
    return Skeleton(place.work.joinpath("r.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_shown_and_nobody_obeys_it(kind: str, place: Place, usual: Skeleton) -> None:
    place.put(NAMES[kind])
    before = place.files()
    run = grader(place, "--html", "r.html", "--", NAMES[kind])
    assert (run.code, run.errors) == (1, "")
    assert place.files() - before == {"work/r.html"}
    require_escaped(NAMES[kind], run.output, place.work / "r.html", usual)


@pytest.mark.parametrize("kind", ["lines", "shell", "make"])
def test_make_passes_a_name_to_the_grader_alone(kind: str, place: Place, usual: Skeleton) -> None:
    place.put(NAMES[kind])
    before, in_project = place.files(), os.listdir(PROJECT)
    arguments = f"SUBMISSION={place.work / NAMES[kind]}", f"REPORT={place.work / 'r.html'}"
    run = place.run("make", "--no-print-directory", "grade", *arguments, folder=PROJECT)
    assert (run.code, run.errors) == (0, "")
    assert (place.files() - before, os.listdir(PROJECT)) == ({"work/r.html"}, in_project)
    require_escaped(
        NAMES[kind],
        run.output.replace(f"Report: {place.work / 'r.html'}\n", ""),
        place.work / "r.html",
        usual,
    )


def require_escaped(name: str, output: str, report: Path, usual: Skeleton) -> None:
    text = escape_invisible(os.fsencode(name).decode("utf-8", "backslashreplace"))
    page = Skeleton(report.read_text(encoding="utf-8"))
    assert page.elements == usual.elements
    assert page.unquoted == usual.unquoted
    assert text in page.text["code"]
    assert is_harmless("".join(page.text.values()))
    plain = COLOUR.sub("", output)
    assert plain != output
    assert is_harmless(plain)
    assert max(map(len, plain.splitlines())) <= WIDTH
    assert "".join(text.split()) in "".join(plain.split())
    assert [line for line in plain.splitlines() if line.startswith(("100 of", "  ok"))] == []


def test_json_is_plain_whatever_the_name(place: Place) -> None:
    name = (
        "".join(NAMES[kind] for kind in ("markup", "escapes", "other order")).replace(".py", "")
        + "\xe9\U0001f600.py"
    )
    place.put(name)
    run = grader(place, "--format", "json", "--", name)
    assert (run.code, run.output.isascii(), is_harmless(run.output)) == (1, True, True)
    assert json.loads(run.output)["submission"]["file"] == name


@pytest.mark.parametrize("kind", ["escapes", "other order", "lines"])
def test_a_refusal_is_one_plain_sentence(kind: str, place: Place) -> None:
    """If there is no such file, if it is a link, and if it lies in the folder that was given."""
    name = NAMES[kind]
    for situation in ("missing", "link", "neighbour"):
        if situation == "link":
            place.work.joinpath(name).symlink_to("/etc/passwd")
        run = grader(place, "--", "." if situation == "neighbour" else name)
        assert (run.code, run.output, run.errors.count("\n")) == (4, "", 1)
        assert is_harmless(run.errors)
        assert escape_invisible(name) in run.errors


@pytest.mark.parametrize(
    "arguments",
    [["--\x1b[2J\u202e"], ["--", "a", "\x1b[2J\u202e"], ["--format", "\x1b[2J\u202e", "a"]],
)
def test_a_usage_error_is_plain(arguments: list[str], place: Place) -> None:
    """A shell may fill in the names of a folder's files."""
    run = grader(place, *arguments)
    assert (run.code, run.output, is_harmless(run.errors)) == (2, "", True)
    assert "Usage: " in run.errors
