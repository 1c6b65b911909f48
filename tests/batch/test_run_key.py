"""The key of a run: it stays the same, and what does not fit it is refused."""

from pathlib import Path

import pytest

from tests.support.batches import grader, outcomes, query, write_class, write_correct
from tests.support.paths import PROJECT


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a class and its run."""
    folder = tmp_path_factory.mktemp("begun")
    write_correct(folder / "class", 1)
    grader("batch", folder / "class", "--out", folder / "run")
    return folder


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--seed", 5), "begun with another --seed"),
        (("--set", "layout=DxC"), "begun with another --set"),
        (("--out", "class"), "where the submissions are"),
        (("--key-of", "other"), "there is no gradebook.sqlite"),
        (("--key-of", "run", "--seed", 5), "two ways to say which key"),
        (("--minimum-level", "none"), "Invalid value"),
        (("--assignment", "nothing"), "There is no assignment 'nothing'"),
        (("--roster", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_options_that_do_not_fit_the_run_are_refused(
    begun: Path, options: tuple[object, ...], reason: str
) -> None:
    before = query(begun / "run", "SELECT count(*) FROM verdicts")
    done = grader("batch", "class", "--out", "run", *options, code=2, folder=begun)
    assert reason in done.stderr
    assert query(begun / "run", "SELECT count(*) FROM verdicts") == before


def test_settings_may_come_in_any_order(tmp_path: Path) -> None:
    source, run = write_correct(tmp_path / "class", 1), tmp_path / "run"
    one, other = ("--set", "layout=CxD"), ("--set", "limits.call_seconds=9")
    grader("batch", source, "--out", run, *one, *other)
    grader("batch", source, "--out", run, *other, *one)
    refused = grader("batch", source, "--out", run, *one, code=2)
    assert "another --set" in refused.stderr


def test_another_run_may_lend_its_key(tmp_path: Path, begun: Path) -> None:
    """Also one with a secret seed, which nobody ever wrote on a command line."""
    wrong = (PROJECT / "tests/submissions/gradient_sign.py").read_text()
    source = write_class(write_correct(tmp_path / "class", 1), {"wrong.py": wrong})
    first, second, third = tmp_path / "first", tmp_path / "second", begun / "run"
    grader("batch", source, "--out", first)
    grader("batch", source, "--out", second, "--key-of", first)
    grader("batch", source, "--out", second, "--key-of", first)  # the same once more is no conflict
    keys = "SELECT sha256, seed, is_secret FROM answer_keys"
    assert query(first, keys) == query(second, keys)
    assert outcomes(first) == outcomes(second)
    refused = grader("batch", source, "--out", third, "--key-of", first, code=2)
    assert f"this run uses another key than {first}" in refused.stderr
