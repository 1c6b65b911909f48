"""What several tests need: the softmax key, a sandbox, and a way to grade a file in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.answer_key import build_key
from grader.assignment import find_assignment, read_assignment
from grader.grading import grade
from grader.intake import read_submission
from grader.messages import ENVIRONMENT
from grader.model import AnswerKey, Limits, Submission
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict

SEED = 7  # of the tests' own key
QUICK = "limits.call_seconds=1", "limits.function_seconds=2", "limits.submission_seconds=4", "limits.memory_mib=512"
PROJECT = Path(__file__).resolve().parents[1]
GradeFile = Callable[..., Verdict]


def make_key(*overrides: str, seed: int = SEED, named: bool = False) -> AnswerKey:
    """named: with what it takes to name mistakes, which most tests do without."""
    return build_key(read_assignment(find_assignment("softmax"), overrides), seed, named)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests, and the programs they start, leave the user's cache alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def no_language() -> Iterator[None]:
    """Whoever runs the tests may speak Spanish: the programs they start speak English where a test asks for nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ENVIRONMENT:
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
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all tests: a machine where it does not start fails them, and skips none."""
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def grade_file(sandbox: Sandbox) -> GradeFile:
    """grade_file(path, key) -> Verdict, in the full sandbox."""

    def grade_path(path: Path, key: AnswerKey) -> Verdict:
        return grade(key, read_submission(path, key.file), sandbox.open_program)

    return grade_path


def submission_of(text: str) -> Submission:
    return Submission("softmax.py", text.encode(), "0" * 64)


def limits(call: float = 2.0, function: float = 4.0, whole: float = 8.0, memory: int = 512) -> Limits:
    return Limits(call, function, whole, memory)


def processes_below(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return len(children) + sum(processes_below(int(child)) for child in children)
