"""The wheel, installed into an empty environment and used from an empty folder, as somebody does
who has no checkout. Needs a package registry: run it with make wheel."""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import PROJECT

pytestmark = pytest.mark.timeout(600)  # building and installing take half a minute


class Installed(NamedTuple):
    """A grader that was installed from the wheel."""

    scripts: Path  # the folder of its commands
    folder: Path  # an empty folder to work in

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the command prints on both outputs. Fails where it ends with another exit code."""
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [self.scripts / "grader", *arguments],
            cwd=self.folder,
            env=environment | {"XDG_CACHE_HOME": str(self.folder / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def environment() -> Iterator[Path]:
    """A new environment with the wheel and what it needs, and nothing else.

    Not in pytest's own folder, which nobody but its owner can read: the sandbox runs as nobody.
    """
    folder = Path(tempfile.mkdtemp(prefix="grader-wheel-"))
    folder.chmod(0o755)
    try:
        build: list[str | Path] = ["wheel", "--no-deps", "--wheel-dir", folder / "dist", PROJECT]
        subprocess.run([sys.executable, "-m", "pip", "--quiet", *build], check=True)
        (wheel,) = (folder / "dist").glob("numerical_grader-*.whl")
        venv.create(folder / "venv", with_pip=False)
        install: list[str | Path] = ["install", "--constraint", PROJECT / "constraints.txt", wheel]
        python = folder / "venv/bin/python"
        subprocess.run(
            [sys.executable, "-m", "pip", "--quiet", "--python", python, *install], check=True
        )
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def installed(environment: Path) -> Iterator[Installed]:
    folder = Path(tempfile.mkdtemp(prefix="work-", dir=environment))
    yield Installed(environment / "venv/bin", folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def shipped(environment: Path) -> Path:
    """The folder of the assignment that the wheel carries."""
    (folder,) = environment.glob("venv/lib/python3*/site-packages/grader/shipped/reference/softmax")
    return folder


def test_a_student_begins_with_the_template(installed: Installed) -> None:
    installed.run("template", "softmax")
    assert sorted(path.name for path in installed.folder.iterdir()) == [
        "README.es.md",
        "README.md",
        "softmax.py",
    ]
    assert "0 of 100 points" in installed.run("grade", "softmax.py", code=1)


def test_the_reference_gets_full_marks(installed: Installed, shipped: Path) -> None:
    shutil.copy(shipped / "softmax.py", installed.folder)
    said = installed.run("grade", "softmax.py", "--html", "report.html")
    assert "100 of 100 points" in said
    assert (installed.folder / "report.html").stat().st_size > 10_000


def test_a_message_is_explained(installed: Installed) -> None:
    said = installed.run("explain", "rg_missing")
    assert "reg has no effect on dW" in said


def test_a_class_is_graded_reported_and_exported(installed: Installed, shipped: Path) -> None:
    (installed.folder / "class").mkdir()
    shutil.copy(shipped / "softmax.py", installed.folder / "class/ann.py")
    installed.run("template", "softmax", "bob")
    shutil.copy(installed.folder / "bob/softmax.py", installed.folder / "class/bob.py")
    installed.run("batch", "class", "--out", "run")
    installed.run("report", "run")
    assert (installed.folder / "run/pages/ann.html").is_file()
    lines = installed.run("export", "run", "--format", "csv").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["ann", "bob"]


def test_the_assignment_verifies_itself(installed: Installed, shipped: Path) -> None:
    installed.run("verify-assignment")
    shutil.copytree(shipped, installed.folder / "own")
    installed.run("verify-assignment", "./own")
    installed.run("grade", "own/softmax.py", "--assignment", "./own")
    assert "reg has no effect on dW" in installed.run(
        "explain", "rg_missing", "--assignment", "./own"
    )
