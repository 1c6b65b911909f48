"""The commands for an assignment that asks for two files."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from grader.cli import template
from tests.support.program import MODULE, grader, grader_in, make
from tests.support.two_files import BOTH, FOLDER, LAYERS, NET, write_texts

ASSIGNMENT = ("--assignment", FOLDER)


@pytest.mark.parametrize("name", [".", "layers.py", "fc_net.py"])
def test_a_folder_or_one_of_its_files_is_graded(tmp_path: Path, name: str) -> None:
    done = grader_in(write_texts(tmp_path, BOTH), "grade", name, *ASSIGNMENT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 of 10 points" in done.stdout


def test_a_missing_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    write_texts(tmp_path, {"layers.py": LAYERS})
    done = grader_in(tmp_path, "grade", ".", *ASSIGNMENT)
    assert done.returncode == 1
    text = " ".join(done.stdout.split())
    assert "6 of 10 points" in text
    assert text.count("fc_net.py is not among your files.") == 1
    assert "TwoLayerNet is in none of your files, and fc_net.py is missing" in text


def test_lines_of_the_second_file_are_quoted_with_its_name(tmp_path: Path) -> None:
    broken = NET.replace("return hidden @ self.u", "return hidden @ self.v")
    write_texts(tmp_path, {**BOTH, "fc_net.py": broken})
    done = grader_in(tmp_path, "grade", "layers.py", *ASSIGNMENT, "--html", "report.html")
    line = broken.splitlines().index("        return hidden @ self.v") + 1
    assert f"fc_net.py, line {line}" in " ".join(done.stdout.split())
    assert "return hidden @ self.v" in done.stdout
    page = (tmp_path / "report.html").read_text()
    assert f"fc_net.py, line {line}" in page
    assert "return hidden @ self.v" in page


def test_the_verdict_as_json_names_the_file(tmp_path: Path) -> None:
    write_texts(tmp_path, {**BOTH, "fc_net.py": NET + "\n1 / 0\n"})
    done = grader_in(tmp_path, "grade", ".", *ASSIGNMENT, "--format", "json")
    (note,) = json.loads(done.stdout)["notes"]
    assert (note["code"], note["file"]) == ("left_out", "fc_net.py")


def test_nothing_of_it_names_both_files(tmp_path: Path) -> None:
    write_texts(tmp_path, {"notes.txt": "nothing"})
    done = grader_in(tmp_path, "grade", ".", *ASSIGNMENT)
    assert (done.returncode, done.stdout) == (4, "")
    assert "there is no layers.py, fc_net.py in it" in done.stderr


def test_make_grade_takes_a_folder(tmp_path: Path) -> None:
    write_texts(tmp_path, BOTH)
    report = tmp_path / "report.html"
    done = make(
        "grade", f"SUBMISSION={tmp_path}", f"REPORT={report}", f"ARGS=--assignment {FOLDER}"
    )
    assert done.returncode == 0, done.stderr
    assert "10 of 10 points" in done.stdout
    assert report.is_file()


def test_a_template_of_two_files_is_graded_as_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_texts(tmp_path / "student_template/nets", BOTH)
    monkeypatch.setattr(template, "shipped", tmp_path.joinpath)
    template.template.callback("nets", tmp_path / "homework")  # type: ignore[misc]
    *_, advice, command = capsys.readouterr().out.splitlines()
    assert advice == "Write your solution in fc_net.py and layers.py, then grade them:"
    words = shlex.split(command)
    assert words[-4:] == ["grade", str(tmp_path / "homework"), "--assignment", "nets"]
    graded = subprocess.run(
        [*MODULE, "grade", words[-3], "--assignment", str(FOLDER)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert graded.returncode == 0, graded.stderr


def test_explain_names_both_files() -> None:
    done = grader("explain", "unread_no_file", *ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    assert "layers.py, fc_net.py" in done.stdout


def test_verify_assignment(tmp_path: Path) -> None:
    done = grader("verify-assignment", FOLDER, "--html", tmp_path / "v.html")
    assert done.returncode == 0, done.stdout + done.stderr
