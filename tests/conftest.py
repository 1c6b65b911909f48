"""Fixtures of several tests (a key, a sandbox, a way to grade a file in it), and the slow mark."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.grading import grade
from grader.intake import asked_file, read_submission
from grader.messages import LOCALE_VARIABLES
from grader.model import AnswerKey
from grader.sandbox.children import own_cores, use_cores
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.support.batches import LentKey, lend_key
from tests.support.grading import QUICK, GradeFile, make_key

# Folders and files whose tests start programs, draw many answer keys or read many submissions.
SLOW = [
    Path(__file__).parent / name
    for name in (
        "assignment/test_answer_key.py",
        "assignment/test_explanation.py",
        "assignments",
        "batch",
        "checks/test_advice.py",
        "cli",
        "messages/test_languages.py",
        "reference",
        "sandbox",
        "static_analysis/test_locate.py",
        "verification",
    )
]
assert all(path.exists() for path in SLOW), "SLOW names a file that has moved"

CORES = own_cores()


def pytest_xdist_auto_num_workers() -> int:
    """Three processes run tests for every two cores: much of their time is waiting for programs."""
    return max(1, len(CORES) * 3 // 2)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what is SLOW if it will not run: that takes as long as many tests."""
    return True if config.option.markexpr == "not slow" and collection_path in SLOW else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make quick` leaves out: what is SLOW, and whatever grades in the sandbox.

    It runs first: where it ran last, one core would often wait for the other.
    """
    modules = {item.path for item in items}
    slow = {path for path in modules if path in SLOW or path.parent in SLOW}
    first = set[Path]()
    for item in items:
        if item.path in slow or "sandbox" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")
            first.add(item.path)
    items.sort(key=lambda item: item.path not in first)


def pytest_collection_finish() -> None:
    """The tests themselves live to the end: no collection of garbage has to look at them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What uses the shared sandbox runs on one core, as its programs do; what starts programs of
    its own has all cores.

    Each process that runs tests has another core. If each kept to the one that its sandbox happens
    to take, two of them would often wait for the same core while the other did nothing.
    """
    cores = CORES
    if "sandbox" in getattr(item, "fixturenames", ()):
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        cores = {core for at, core in enumerate(sorted(CORES)) if at == number % len(CORES)}
    use_cores(cores)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests, and the programs they start, leave the user's cache alone.

    All processes that run tests share one cache: a key that the other has made need not be made
    again.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all of them
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_language() -> Iterator[None]:
    """Programs that tests start speak English unless a test asks for another language, whatever
    the language of the person who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in LOCALE_VARIABLES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def key() -> AnswerKey:
    return make_key()


@pytest.fixture(scope="session")
def quick_key() -> AnswerKey:
    """The same questions with limits that a test can wait for."""
    return make_key(*QUICK)


@pytest.fixture(scope="session")
def lent(tmp_path_factory: pytest.TempPathFactory) -> LentKey:
    """What has a batch grade with the key of a run that all tests share."""
    return lend_key(tmp_path_factory.mktemp("lender"))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests: where it does not start, tests fail; none is skipped."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def grade_file(sandbox: Sandbox) -> GradeFile:
    """grade_file(path, key) -> Verdict, in the full sandbox."""

    def grade_path(path: Path, key: AnswerKey) -> Verdict:
        return grade(key, read_submission(path, asked_file(key)), sandbox.open_program)

    return grade_path
