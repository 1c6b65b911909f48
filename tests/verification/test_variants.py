"""Honest ways to write an assignment get what they should: in each setting, and on any key."""

import os
import pty
import signal
import sys
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.settings import AssignmentError, read_assignment
from grader.batch.right_work import grade_on_seeds
from grader.model import AnswerKey
from grader.sandbox.sandbox import Sandbox
from grader.verification.expected import read_expected
from grader.verification.result import UnexpectedVariant
from grader.verification.right_work import drawn_seeds, grade_right_work, unexpected
from grader.verification.variants import read_right_work
from tests.support.grading import make_key
from tests.support.program import grader
from tests.support.small_assignments import LOGISTIC
from tests.support.submission_files import write_files

SOFTMAX = SHIPPED / "softmax"
SETTINGS = [
    (),
    ("layout=DxC",),
    ("regularization=1.0",),
    ("layout=DxC", "regularization=1.0"),
]
STABLE = ("naive.stable", "vectorized.stable", "vectorized.stable_each_sample")
# The fair scores of softmax that are not 100, and the questions that take the points.
LOST = {"no_shift": (90, STABLE), "one_shift_for_all_samples": (98, STABLE[2:])}

# A variant that is off by a millionth: whether that is within the tolerance depends on the key.
ROUNDS = LOGISTIC["logistic.py"].replace("return loss,", "return loss + 4e-7,")

# At the end of cases.py: an assignment that has no inputs for other seeds than its own.
BREAKS = """

def cases(*arguments):
    raise ValueError("no inputs of this seed")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = LOGISTIC | {"variants/expected.toml": "[rounds]\n", "variants/rounds.py": ROUNDS}
    return write_files(tmp_path / "ours", {name: text.encode() for name, text in files.items()})


def write(folder: Path, name: str, text: str) -> None:
    folder.joinpath(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("settings", SETTINGS)
def test_honest_ways_to_write_softmax_get_what_is_fair(
    settings: tuple[str, ...], sandbox: Sandbox
) -> None:
    """In every setting, though each file is written for one. Speed is asked about as well."""
    key = make_key(*settings)
    right_work = read_right_work(read_assignment(SOFTMAX, settings))
    otherwise = {
        variant.name: unexpected(key, variant, sandbox.open_program, with_races=True)
        for variant in right_work
    }
    assert {name: each for name, each in otherwise.items() if each} == {}
    assert len(right_work) > 30
    charged = {name for name, row in read_assignment(SOFTMAX).questions.items() if row["points"]}
    for variant in right_work:
        assert variant.questions == charged or variant.is_reference


def test_only_what_is_known_to_cost_points_does() -> None:
    """In any setting: what is expected does not depend on it."""
    expected = read_expected(SOFTMAX / "variants")
    points = {name: row["points"] for name, row in read_assignment(SOFTMAX).questions.items()}
    lost = {
        name: (sum(points.values()) - sum(map(points.__getitem__, each.failed)), (*each.failed,))
        for name, each in expected.items()
        if each.failed
    }
    assert lost == LOST
    assert not any(each.not_run or each.all_failed for each in expected.values())
    assert list(expected) == sorted(expected)
    written_for = {each.set for each in expected.values()}
    assert written_for == {*SETTINGS}


def test_no_two_variants_are_the_same_file() -> None:
    sources = [variant.submission.source for variant in read_right_work(read_assignment(SOFTMAX))]
    assert len({*sources}) == len(sources)


def test_a_score_that_depends_on_the_key_is_found(folder: Path, sandbox: Sandbox) -> None:
    assignment = read_assignment(folder)
    seeds = drawn_seeds(1, 30)
    found = dict(grade_on_seeds(assignment, seeds))
    assert {*found} == {*seeds}
    unfair = [found[seed] for seed in seeds if found[seed]]
    assert 0 < len(unfair) < 30
    ((first,), *_) = unfair
    mismatch = "f.loss failed (number_differs.loss), expected passed"
    assert first == UnexpectedVariant(first.seed, "variants/rounds", (mismatch,))
    # The same seeds each time, and the same outcome with one of them alone.
    key = _key(folder, first.seed)
    again = grade_right_work(assignment, key, first.seed, sandbox.open_program)
    assert (again.variants, again.seeds, again.unexpected) == (1, (first.seed,), (first,))


def test_keys_are_graded_side_by_side_and_the_outcome_is_the_same(folder: Path) -> None:
    assignment, seeds = read_assignment(folder), drawn_seeds(1, 8)
    alone = dict(grade_on_seeds(assignment, seeds, jobs=1))
    assert dict(grade_on_seeds(assignment, seeds, jobs=3)) == alone
    assert any(alone.values())


def test_an_error_on_a_key_names_its_seed(folder: Path) -> None:
    with folder.joinpath("cases.py").open("a", encoding="utf-8") as cases:
        cases.write(BREAKS)
    assignment = read_assignment(folder)
    with pytest.raises(AssignmentError, match=r"^With seed \d+: .*no inputs of this seed"):
        list(grade_on_seeds(assignment, drawn_seeds(1, 2)))


def test_interrupted_it_says_so_in_one_sentence(folder: Path) -> None:
    # A background job ignores SIGINT, and what it starts inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "grader", "verify-assignment", str(folder), "--keys", "100000"]
    process = Popen(command, stdout=DEVNULL, stderr=terminal, start_new_session=True)
    os.close(terminal)
    output = b""
    try:
        while b"Right work on keys" not in output:
            output += os.read(controller, 4096)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 130
        with suppress(OSError):  # how a terminal ends
            while more := os.read(controller, 4096):
                output += more
    finally:
        process.kill()
        process.wait()
        os.close(controller)
    assert output.endswith(b"Interrupted.\r\n")
    assert b"Traceback" not in output


def test_the_command_says_which_variant_question_and_seed(folder: Path) -> None:
    done = grader("verify-assignment", folder, "--keys", "30")
    assert (done.returncode, done.stderr) == (1, "")
    told = " ".join(done.stdout.split())
    assert "of 62 as expected (variants, with the reference: 2; keys: 31)." in told
    assert "variants/rounds, with seed " in told
    assert ": f.loss failed (number_differs.loss), expected passed." in told
    assert "The assignment is not sound." in told


def test_what_is_expected_may_be_lost_points(folder: Path, sandbox: Sandbox) -> None:
    write(folder, "variants/rounds.py", ROUNDS.replace("4e-7", "4e-2"))
    write(folder, "variants/expected.toml", '[rounds]\nfailed = { "f.loss" = "number_differs" }\n')
    assignment = read_assignment(folder)
    right_work = grade_right_work(assignment, _key(folder, 1), 1, sandbox.open_program)
    assert right_work.unexpected == ()
    assert dict(grade_on_seeds(assignment, (2, 3))) == {2: (), 3: ()}
    write(folder, "variants/rounds.py", LOGISTIC["logistic.py"])
    right_work = grade_right_work(assignment, _key(folder, 1), 1, sandbox.open_program)
    (better,) = right_work.unexpected
    assert better.mismatches == ("f.loss passed, expected failed (number_differs)",)


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"variants/more.py": ROUNDS}, r"more\.py: expected\.toml .* has no table \[more\]\. Add"),
        ({"variants/expected.toml": "[gone]\n[rounds]\n"}, r"expected\.toml: gone: .*no such file"),
        ({"variants/expected.toml": "[rounds\n"}, r"expected\.toml: .*Write a table for each file"),
        (
            {"variants/expected.toml": '[rounds]\nfailed = { "f.lose" = "x" }\n'},
            r"expected\.toml: rounds: there is no question 'f\.lose'\. Cure: write f\.loss",
        ),
        (
            {"variants/expected.toml": '[rounds]\nset = ["layout=DxC"]\n'},
            r"expected\.toml: rounds: set: there is no convention 'layout'\. Cure: ",
        ),
        (
            {
                "assignment.toml": LOGISTIC["assignment.toml"]
                + '[conventions.layout]\nchoices = ["NxD", "DxN"]\ntransposed = ["X"]\n',
                "variants/expected.toml": '[rounds]\nset = ["layout=DxM"]\n',
            },
            r"expected\.toml: rounds: --set layout=DxM: layout: is 'DxM'\. Cure: write DxN",
        ),
    ],
)
def test_complaints_name_the_file_and_the_cure(
    folder: Path, files: dict[str, str], complaint: str
) -> None:
    for name, text in files.items():
        write(folder, name, text)
    with pytest.raises(AssignmentError, match=complaint):
        read_right_work(read_assignment(folder))


def test_variants_without_expected_toml_are_refused(folder: Path) -> None:
    folder.joinpath("variants/expected.toml").unlink()
    done = grader("verify-assignment", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected.toml: cannot be read" in done.stderr


def test_an_assignment_that_asks_otherwise_is_not_held_to_what_its_base_expects(
    folder: Path,
) -> None:
    """Points may differ. Another way to ask makes the expected outcome of the question void."""
    own = folder.parent / "own"
    text = f'extends = "{folder}"\n[questions]\n'
    write_files(own, {"assignment.toml": text.encode()})
    assert _questions_of_variants(own) == [{"f.loss", "f.gradient", "f.slope"}]
    write(own, "assignment.toml", text + '"f.loss" = { points = 90 }\n')
    assert _questions_of_variants(own) == [{"f.loss", "f.gradient", "f.slope"}]
    write(own, "assignment.toml", text + '"f.loss" = { points = 0 }\n"f.slope" = false\n')
    assert _questions_of_variants(own) == [{"f.gradient"}]
    write(own, "assignment.toml", text + '"f.loss" = { cases = ["wide"] }\n')
    assert _questions_of_variants(own) == [{"f.gradient", "f.slope"}]
    write(own, "assignment.toml", text + "[tolerances]\nvalue = 1e-8\n")
    assert _questions_of_variants(own) == []
    # A folder of its own replaces the other one.
    files = {"variants/expected.toml": b"[mine]\n", "variants/mine.py": ROUNDS.encode()}
    write_files(own, files)
    assert [each.name for each in read_right_work(read_assignment(own))][1:] == ["variants/mine"]


def test_a_question_that_needs_one_that_is_not_asked_is_not_asked_either(sandbox: Sandbox) -> None:
    settings = ('questions."naive.loss".cases=["wide"]',)
    variants = {each.name: each for each in read_right_work(read_assignment(SOFTMAX, settings))}
    no_shift = variants["variants/no_shift"]
    assert "naive.loss" not in no_shift.questions
    # naive.stable needs it: where it is not asked, it cannot fail as expected, and nothing is said.
    assert unexpected(make_key(*settings), no_shift, sandbox.open_program, with_races=False) == ()


def _questions_of_variants(folder: Path) -> list[set[str]]:
    _, *variants = read_right_work(read_assignment(folder))
    return [{*variant.questions} for variant in variants]


def _key(folder: Path, seed: int) -> AnswerKey:
    return build_key(read_assignment(folder), seed, named=False)
