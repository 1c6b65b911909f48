"""The command grade: its output, its exit codes, and one sentence for every wrong use."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from grader.verdict import Verdict
from tests.support.paths import PROJECT
from tests.support.program import MODULE, REFERENCE, TEMPLATE, grader
from tests.support.submission_files import make_zip, write_files

HANGING = "".join(
    f"def softmax_loss_{name}(W, X, y, reg):\n    while True: pass\n"
    for name in ("naive", "vectorized")
)


def test_the_reference_gets_full_marks() -> None:
    done = grader("grade", REFERENCE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "100 of 100 points" in done.stdout


def test_the_template_is_not_implemented_yet() -> None:
    done = grader("grade", TEMPLATE, "--format", "json")
    verdict = msgspec.json.decode(done.stdout, type=Verdict)
    assert (done.returncode, verdict.score, verdict.possible) == (1, 0, 100)
    results = {(found.outcome, found.message and found.message.code) for found in verdict.findings}
    assert results == {("failed", "not_implemented")}
    assert sum(not finding.is_advice for finding in verdict.findings) == 15


def test_the_json_is_what_its_schema_promises() -> None:
    verdict = json.loads(grader("grade", TEMPLATE, "--format", "json").stdout)
    schema = json.loads(grader("schema").stdout)
    assert set(verdict) == set(schema["$defs"]["Verdict"]["properties"])
    assert verdict["schema"] == "grader/verdict/2"
    assert verdict["key"]["seed"] == "231"
    assert verdict["sandbox"] == "full"
    assert set(verdict["findings"][0]) == set(schema["$defs"]["Finding"]["properties"])
    assert re.fullmatch("[0-9a-f]{64}", verdict["submission"]["sha256"])


def test_html_and_output_files(tmp_path: Path) -> None:
    page, text = tmp_path / "r.html", tmp_path / "v.txt"
    done = grader("grade", REFERENCE, "--html", page, "--output", text)
    assert (done.returncode, done.stdout) == (0, "")
    assert page.read_text().startswith("<!doctype html>")
    assert "100 of 100 points" in text.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nowhere.py"], 4, r"nowhere\.py: .*Give the path of"),
        (
            ["docs/pictures"],
            4,
            r"docs/pictures: there is no softmax\.py in it, but there is draw\.py",
        ),
        (["README.md"], 4, r"README\.md: this is neither softmax\.py nor a folder"),
        (
            [REFERENCE, "--assignment", "nonsense"],
            2,
            r"There is no assignment 'nonsense'.*softmax",
        ),
        (
            [REFERENCE, "--set", "layout=round"],
            2,
            r"--set layout=round: layout: is 'round'.*CxD",
        ),
        ([REFERENCE, "--set", "layout"], 2, r"KEY=VALUE"),
        (
            [REFERENCE, "--set", "tolerances.loss=1e-5"],
            2,
            r"--set tolerances\.loss is now tolerances\.outputs\.loss\.",
        ),
        (
            [REFERENCE, "--set", "tolerances.gradient = 1e-5"],
            2,
            r"--set tolerances\.gradient is now tolerances\.outputs\.NAME",
        ),
        (
            [REFERENCE, "--set", 'questions."naive.stable".gradient_if="naive.gradient"'],
            2,
            r"gradient_if is now output_if",
        ),
        (
            [REFERENCE, "--set", "regularization=3"],
            2,
            r"--set regularization=3: regularization: is 3\. .*0\.5",
        ),
        (
            [REFERENCE, "--html", "/nowhere/r.html"],
            2,
            r"/nowhere/r\.html: cannot be written",
        ),
        (
            [REFERENCE, "--html", "same", "--output", "same"],
            2,
            r"same: --output and --html name the same file, and nothing was graded\. Name two\.",
        ),
        ([REFERENCE, "--seed", "-1"], 2, r"--seed"),
        ([REFERENCE, "--format", "xml"], 2, r"--format"),
        ([], 2, r"Missing argument 'PATH'"),
    ],
)
def test_wrong_use_gets_one_sentence(arguments: list[str | Path], code: int, sentence: str) -> None:
    done = grader("grade", *arguments)
    assert done.returncode == code
    assert re.search(sentence, done.stderr), done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


def test_a_zip_is_graded_as_the_file_in_it(tmp_path: Path) -> None:
    """A zip that cannot be read gets one sentence."""
    good = make_zip({"hw1/softmax.py": REFERENCE.read_bytes()})
    write_files(tmp_path, {"alice.zip": good, "bob.zip": b"no zip"})
    assert "100 of 100 points" in grader("grade", tmp_path / "alice.zip").stdout
    done = grader("grade", tmp_path / "bob.zip")
    assert (done.returncode, done.stdout) == (4, "")
    assert "bob.zip: this is not a zip, or it is damaged. Give the path of" in done.stderr


@pytest.mark.parametrize(
    "settings", [("layout=DxC",), ("regularization=1.0",), ("layout=DxC", "regularization=1.0")]
)
def test_a_file_in_another_convention_fails(settings: tuple[str, ...]) -> None:
    """One that is written for it passes: tests/submissions has those."""
    options = [word for setting in settings for word in ("--set", setting)]
    assert grader("grade", REFERENCE, *options).returncode == 1


@pytest.mark.parametrize(
    ("file", "settings", "options"),
    [
        ("dxc_layout", (), "layout=DxC"),
        ("full_regularization", (), "regularization=1.0"),
        ("dxc_layout_full_regularization", (), "layout=DxC --set regularization=1.0"),
        ("dxc_layout_full_regularization", ("layout=DxC",), "regularization=1.0"),
        ("dxc_layout_full_regularization", ("regularization=1.0",), "layout=DxC"),
        ("helper_functions", ("regularization=1.0",), "regularization=0.5"),
        (
            "helper_functions",
            ("layout=DxC", "regularization=1.0"),
            "layout=CxD --set regularization=0.5",
        ),
        ("helper_functions", (), ""),
        ("half_regularization_gradient_full_loss", (), ""),  # a slip in any convention
        ("full_regularization", ("reveal=hint",), ""),
        ("full_regularization", ("reveal=nothing",), ""),
    ],
)
def test_a_file_that_is_right_by_another_convention_comes_with_the_options(
    tmp_path: Path, file: str, settings: tuple[str, ...], options: str
) -> None:
    path, page = PROJECT / f"tests/submissions/{file}.py", tmp_path / "page.html"
    given = [word for setting in settings for word in ("--set", setting)]
    shown = grader("grade", path, *given, "--html", page).stdout
    sentences = re.findall(
        r"If your course does it your way, this has to be graded with --set ([a-z]+=[^\n]*?)(?=\n)",
        re.sub(r"\n +", " ", shown),
    )
    assert {each.strip() for each in sentences} == ({options} if options else set())
    on_page = "If your course does it your way" in page.read_text()
    assert on_page == bool(options)


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
    for finding in first["findings"] + second["findings"]:
        del finding["seconds"]
    assert first == second


def test_colours_only_on_a_terminal_that_wants_them() -> None:
    assert "\x1b[" not in grader("grade", REFERENCE).stdout
    assert "\x1b[" in _on_a_terminal({})
    assert "\x1b[" not in _on_a_terminal({"NO_COLOR": "1"})


def _on_a_terminal(environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    command = [*MODULE, "grade", str(REFERENCE)]
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
    # A background job ignores SIGINT, and what it starts inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*MODULE, "grade", str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.5)  # by now it waits for the function that hangs
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (130, "\nInterrupted.\n")


def test_an_unwritable_home_is_no_trouble() -> None:
    done = grader("grade", REFERENCE, HOME="/proc/none", XDG_CACHE_HOME="")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("option", ["--html", "--output"])
@pytest.mark.parametrize("link", [False, True])
def test_a_result_never_overwrites_the_submission(tmp_path: Path, option: str, link: bool) -> None:
    mine, result = tmp_path / "softmax.py", tmp_path / ("other.html" if link else "softmax.py")
    mine.write_bytes(REFERENCE.read_bytes())
    if link:
        result.hardlink_to(mine)
    done = grader("grade", mine, option, result)
    assert (done.returncode, mine.read_bytes()) == (2, REFERENCE.read_bytes())
    assert "this is the submission itself, and nothing was graded" in done.stderr


@pytest.mark.parametrize("name", ["numpy.py", "encodings.py", "na me'.py"])
def test_the_name_of_a_file_changes_nothing(tmp_path: Path, name: str) -> None:
    """Hostile names are in tests/attacks/test_reader_names.py."""
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
