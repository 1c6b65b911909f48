"""make as a student uses it."""

import re
from pathlib import Path

from tests.support.program import REFERENCE, TEMPLATE, make


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
        r"Makefile:\d+: \*\*\* Say which file to grade, for example: "
        r"make grade SUBMISSION=\S+\.  Stop\.\n",
        done.stderr,
    )


def test_make_grade_turns_other_codes_into_2() -> None:
    done = make("grade", "SUBMISSION=nowhere.py")
    assert done.returncode == 2
    assert "nowhere.py: there is no such file" in done.stderr


def test_make_alone_prints_help() -> None:
    done = make()
    assert done.returncode == 0
    for target in ("grade", "test", "lint", "setup", "bench"):
        assert f"make {target} " in done.stdout


def test_setup_says_what_to_do_where_python_cannot_make_environments(tmp_path: Path) -> None:
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
