"""Right work gets what it should on the very key that a run uses, or the run does not begin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED, find_assignment
from grader.assignment.settings import read_assignment
from grader.batch.reference_check import MAX_DRAWS, UnfairKeyError, first_unexpected
from grader.batch.run_key import KeyRequest, key_for
from grader.gradebook.record import RunKey
from grader.grading import grade
from grader.model import AnswerKey, OpenProgram, Submission
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Finding, RaceEvidence, Verdict
from grader.verification.variants import read_right_work
from tests.support.batches import grader, query
from tests.support.grading import make_key
from tests.support.small_assignments import LOGISTIC
from tests.support.submission_files import write_files

# The reference of this assignment fails a question if the first number that is drawn is negative.
UNLUCKY = {name: text.encode() for name, text in LOGISTIC.items()} | {
    "assignment.toml": LOGISTIC["assignment.toml"].encode()
    + b'"f.lucky" = { points = 7, check = "lucky", cases = ["small"] }\n',
    "checks.py": b"""
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.model import Message
from grader.verdict import CheckResult


def lucky(function, key, settings):
    function.call_once(key.cases["small"])
    if key.cases["small"].inputs["w"][0] > 0:
        return CheckResult(True)
    return CheckResult(False, Message("unlucky"))


CHECKS = {"lucky": Check(lucky, CasesSettings)}
""",
}
UNLUCKY["messages/en.toml"] = b'[messages.unlucky]\nwhat = "No luck."\nnext = "Try again."\n'
HOPELESS = UNLUCKY | {"checks.py": UNLUCKY["checks.py"].replace(b"> 0:", b"> 1e9:")}


# Here only what rounds in another way than the reference fails that question: its variant does.
WITH_VARIANT = UNLUCKY | {
    "checks.py": UNLUCKY["checks.py"].replace(
        b'    function.call_once(key.cases["small"])\n',
        b'    loss = function.call_once(key.cases["small"]).value("loss")\n'
        b'    if abs(loss / key.expected["small"]["loss"] - 1) < 1e-12:\n'
        b"        return CheckResult(True)\n",
    ),
    "variants/expected.toml": b"[rounds]\n",
    "variants/rounds.py": UNLUCKY["logistic.py"].replace(b"return loss,", b"return loss + 1e-9,"),
}


def request(folder: Path, seed: int | None = None) -> KeyRequest:
    return KeyRequest(str(folder), (), seed, None, frozenset())


def new_key(folder: Path, seed: int | None = None) -> RunKey:
    return key_for(folder / "run", request(folder, seed), is_fresh=False, minimum_level="confined")


def is_lucky(key: AnswerKey) -> bool:
    return bool(key.cases["small"].inputs["w"][0] > 0)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, int]:
    """A seed on which the reference above loses points, and one on which it does not."""
    assignment = read_assignment(write_files(tmp_path_factory.mktemp("seeds"), UNLUCKY))
    lucky = {is_lucky(build_key(assignment, seed)): seed for seed in range(8)}
    return lucky[False], lucky[True]


def write_class(folder: Path) -> Path:
    """A class of one student, whose work is right."""
    return write_files(folder, {"ana/logistic.py": UNLUCKY["logistic.py"]})


@pytest.fixture
def unlucky(tmp_path: Path) -> Path:
    return write_files(tmp_path / "unlucky", UNLUCKY)


def draw(monkeypatch: pytest.MonkeyPatch, *seeds: int) -> Iterator[int]:
    """Let runs draw these seeds, one after the other."""
    drawn = iter(seeds)
    monkeypatch.setattr("grader.batch.run_key.secrets.randbits", lambda bits: next(drawn))
    return drawn


def test_another_key_is_drawn_if_the_reference_loses_points(
    unlucky: Path, seeds: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = seeds
    left = draw(monkeypatch, bad, bad, good, bad)
    key = new_key(unlucky)
    assert is_lucky(key.key)
    assert (key.seed, key.is_secret, key.key.seed) == (str(good), True, None)
    assert [*left] == [bad]


def test_after_five_draws_it_says_what_was_lost_and_what_to_do(
    unlucky: Path, seeds: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = seeds
    left = draw(monkeypatch, *[bad] * MAX_DRAWS, good)
    with pytest.raises(UnfairKeyError) as error:
        new_key(unlucky)
    assert str(error.value) == (
        f"{unlucky}: on each of 5 keys, right work turns out otherwise than expected. On the last "
        "one, the reference: f.lucky failed (unlucky), expected passed. "
        f"See verify-assignment with --seed {bad}, and correct cases.py, a tolerance or that work."
    )
    assert [*left] == [good]


def test_a_given_seed_is_not_drawn_again(unlucky: Path, seeds: tuple[int, int]) -> None:
    bad, good = seeds
    assert new_key(unlucky, good).seed == str(good)
    with pytest.raises(UnfairKeyError) as error:
        new_key(unlucky, bad)
    assert (
        "on the key of this seed, right work turns out otherwise than expected: the reference: "
        "f.lucky failed (unlucky), expected passed. " in str(error.value)
    )
    assert str(error.value).endswith("a tolerance or that work, or name another seed.")


def test_the_command_ends_with_exit_code_3_and_writes_nothing(tmp_path: Path) -> None:
    hopeless = write_files(tmp_path / "hopeless", HOPELESS)
    source = write_class(tmp_path / "class")
    batch = ("batch", source, "--out", tmp_path / "run", "--assignment", hopeless)
    done = grader(*batch, code=3)
    assert "on each of 5 keys, right work turns out otherwise than expected" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_nothing_is_drawn_again_for_a_key_that_a_run_has(
    unlucky: Path, tmp_path: Path, seeds: tuple[int, int]
) -> None:
    """The class before was graded with it: with --key-of, the next one is, too."""
    _, good = seeds
    source, first, second = write_class(tmp_path / "class"), tmp_path / "a", tmp_path / "b"
    grader("batch", source, "--out", first, "--assignment", unlucky, "--seed", good)
    check = unlucky / "checks.py"
    check.write_bytes(HOPELESS["checks.py"])
    grader("batch", source, "--out", second, "--key-of", first)
    assert query(second, "SELECT score FROM verdicts") == [(22.0,)]


def test_a_variant_that_loses_points_has_another_key_drawn(
    tmp_path: Path, seeds: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference gets full marks on either key."""
    bad, good = seeds
    folder = write_files(tmp_path / "unlucky", WITH_VARIANT)
    left = draw(monkeypatch, bad, good, bad)
    assert new_key(folder).seed == str(good)
    assert [*left] == [bad]
    with pytest.raises(UnfairKeyError) as error:
        new_key(folder, bad)
    assert (
        "right work turns out otherwise than expected: variants/rounds: "
        "f.lucky failed (unlucky), expected passed. " in str(error.value)
    )


def test_after_five_keys_a_batch_names_the_variant(tmp_path: Path) -> None:
    files = WITH_VARIANT | {"checks.py": WITH_VARIANT["checks.py"].replace(b"> 0:", b"> 1e9:")}
    hopeless = write_files(tmp_path / "hopeless", files)
    source = write_class(tmp_path / "class")
    batch = ("batch", source, "--out", tmp_path / "run", "--assignment", hopeless)
    done = grader(*batch, code=3)
    assert "on each of 5 keys" in done.stderr
    assert "On the last one, variants/rounds: f.lucky failed (unlucky)" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("settings", [(), ("layout=DxC",), ("regularization=1.0",)])
def test_the_shipped_reference_gets_full_marks_in_every_convention(
    settings: tuple[str, ...], sandbox: Sandbox
) -> None:
    assert find_assignment("softmax") == SHIPPED / "softmax"
    reference = read_right_work(read_assignment(SHIPPED / "softmax", settings))[:1]
    assert first_unexpected(make_key(*settings), reference, sandbox.open_program) == ""


def test_a_race_is_run_again_before_it_counts(
    key: AnswerKey, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine may have slowed the reference down."""
    verdicts: list[Verdict] = []

    def slow_at_first(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> Verdict:
        verdict = grade(key, submission, open_program)
        verdicts.append(verdict)
        if len(verdicts) > 1:
            return verdict
        return replace(verdict, findings=tuple(map(_slow, verdict.findings)))

    monkeypatch.setattr("grader.verification.expected.grade", slow_at_first)
    reference = read_right_work(read_assignment(SHIPPED / "softmax"))[:1]
    assert first_unexpected(key, reference, sandbox.open_program) == ""
    assert len(verdicts) == 2


def _slow(finding: Finding) -> Finding:
    if finding.check != "faster":
        return finding
    race = RaceEvidence("yardstick", 2.0, 1.0, 2.0, 1.0)
    return replace(finding, outcome="could_not_judge", points=None, evidence=(race,))
