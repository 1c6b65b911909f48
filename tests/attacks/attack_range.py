"""What the attack suite shoots with and at: hostile submissions, what each must get, what they aim at, and how to see what they left.

No attack is imported or run here: each goes through the grader like any submission. Where a level is not the one that was asked for, none
runs at all.
"""

import os
import re
import select
import socket
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.messages import load_words
from grader.model import AnswerKey, Level, Source, Submission
from grader.redaction import for_student
from grader.sandbox.errors import MAX_QUOTE
from grader.sandbox.interpreter import NOBODY
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.zygote import Zygote
from grader.verdict import Finding, Verdict
from tests.support.grading import limits, make_key
from tests.support.paths import PROJECT
from tests.support.processes import processes_below

FOLDER = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    FOLDER.joinpath("expected.toml").read_text(encoding="utf-8")
)
CANARIES = PROJECT / "reference/softmax/softmax.py", PROJECT / "benchmarks/student.py"
SEED = 0x9E1B03F2C65A4D7788A1D40F6E2B5C93  # 128 bits, as those of a secret key
WATCHED = "/tmp", "/var/tmp", "/dev/shm", "/run/lock", ".", ".."
TOKEN = "GRADER_ATTACK_TOKEN"
RUNS = 5  # of a race
PATIENCE = 2.0  # seconds that a verdict may take beside those that the submission's limits allow
PageSource = dict[str, dict[str, str]]


class World(NamedTuple):
    """What an attack could leave behind on this machine."""

    files: frozenset[str]
    shared: frozenset[str]
    descriptors: int
    processes: int


class Listeners:
    """Sockets on loopback that nobody should ever speak to."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.path, self.abstract = str(folder / "s"), f"grader-attacks-{os.urandom(8).hex()}"
        self.tcp = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.udp = [opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))]
        self.udp[0].bind(("127.0.0.1", 0))
        with suppress(OSError):  # a machine without IPv6
            self.udp.append(opened.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)))
            self.udp[1].bind(("::1", self.udp[0].getsockname()[1]))
        self.unix = [opened.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        for listener, address in zip(self.unix, (self.path, "\0" + self.abstract), strict=True):
            listener.bind(address)
            listener.listen()
        os.chmod(self.path, 0o777)

    def heard(self) -> int:
        """How often they were spoken to since this was last asked."""
        times = 0
        while spoken_to := select.select([self.tcp, *self.udp, *self.unix], [], [], 0)[0]:
            for listener in spoken_to:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
            times += len(spoken_to)
        return times


class Shot(NamedTuple):
    """troubles: what happened beside the verdict, and must not."""

    verdict: Verdict
    troubles: tuple[str, ...]


class Range:
    """One sandbox for all attacks, and what they aim at. level: of that sandbox."""

    def __init__(
        self, sandbox: Sandbox, key: AnswerKey, listeners: Listeners, folder: Path, level: Level
    ) -> None:
        self.sandbox, self.key, self.listeners, self.folder, self.level = (
            sandbox,
            key,
            listeners,
            str(folder),
            level,
        )
        self.words = load_words("en", key.words)
        self.targets = {
            "@reference@": str(PROJECT / "reference/softmax/softmax.py"),
            "@here@": str(PROJECT),
            "@folder@": str(folder),
            "@tcp@": str(listeners.tcp.getsockname()[1]),
            "@udp@": str(listeners.udp[0].getsockname()[1]),
            "@unix@": listeners.path,
            "@abstract@": listeners.abstract,
        }
        self.canaries = [
            self.grade(submission(path.read_text(encoding="utf-8"))) for path in CANARIES
        ]

    def grade(self, submission: Submission) -> Verdict:
        """By the very zygote that the one before met, which the grader itself would replace after anything abnormal: were it poisoned,
        this would show."""
        self.sandbox.is_worn, self.sandbox.programs = False, 0
        return grade(self.key, submission, self.sandbox.open_program)

    def attack(self, name: str) -> Shot:
        """One attack, and after it the canaries."""
        before, served_by = world(self.folder), self.zygote()
        began = time.monotonic()
        verdict = self.shoot(name)
        seconds = time.monotonic() - began
        canaries = [
            self.grade(submission(canary.read_text(encoding="utf-8"))) for canary in CANARIES
        ]
        lost = [
            outcomes(again)
            for again, expected in zip(canaries, self.canaries, strict=True)
            if outcomes(again) != outcomes(expected)
        ]
        troubles = {
            "a canary was lost": lost,
            "a listener heard something": self.listeners.heard(),
            "something was left behind": world(self.folder) != before,
            "the zygote was replaced": self.zygote() != served_by,
            "it took too long": seconds > self.key.limits.submission_seconds + PATIENCE,
        }
        return Shot(verdict, tuple(trouble for trouble, happened in troubles.items() if happened))

    def shoot(self, name: str) -> Verdict:
        text = text_of(name)
        for mark, target in self.targets.items():
            text = text.replace(mark, target)
        return self.grade(submission(text, EXPECTED[name].get("file", f"{name}.py")))

    def zygote(self) -> tuple[int, int]:
        way = self.sandbox.starters[0]
        launched = way.launched if isinstance(way, Zygote) else None
        return way.starts, launched.pid if launched else 0


def secret(key: AnswerKey) -> AnswerKey:
    """With a seed that nobody is told, and short races: an attack on the speed question loops thirty times otherwise."""
    shorter = {"faster": {"runs": RUNS}}
    questions = tuple(
        replace(question, settings=question.settings | shorter.get(question.check, {}))
        for question in key.questions
    )
    return replace(key, questions=questions, seed=None)


def text_of(name: str) -> str:
    """An attack's source, where @U+202E@ stands for that character: what hides or steers is in no file of the project itself."""
    text = FOLDER.joinpath(f"{name}.py").read_text(encoding="utf-8")
    return re.sub(r"@U\+([0-9A-F]{4,6})@", lambda mark: chr(int(mark[1], 16)), text)


def submission(text: str, file: str = "softmax.py") -> Submission:
    return Submission(file, text.encode(), "0" * 64)


@contextmanager
def sandbox_of(level: Level) -> Iterator[Sandbox]:
    """Raises RuntimeError, before any attack has run, where the level is another."""
    with Sandbox() as sandbox:
        trivial = sandbox.open_program(Source("trivial.py", b"def f(): pass\n", ("f",)), limits())
        trivial.close()
        if trivial.level != level or trivial.load_error is not None:
            raise RuntimeError(
                f"No attack was run: the sandbox gives the level {trivial.level}, not {level}."
            )
        yield sandbox


@contextmanager
def attack_range(folder: Path, level: Level) -> Iterator[Range]:
    """folder: what the attacks are told of, open to all. Raises RuntimeError as sandbox_of does."""
    overrides = (
        "limits.call_seconds=1",
        "limits.function_seconds=4",
        "limits.submission_seconds=8",
        "limits.memory_mib=512",
    )
    key = secret(make_key(*overrides, seed=SEED))
    folder.chmod(0o777)
    folder.joinpath("classmate.py").write_text(
        CANARIES[0].read_text(encoding="utf-8"), encoding="utf-8"
    )
    with ExitStack() as opened:
        opened.enter_context(pytest.MonkeyPatch.context()).setenv(TOKEN, "secret")
        sandbox = opened.enter_context(sandbox_of(level))
        yield Range(sandbox, key, Listeners(folder, opened), folder, level)


def escaped(shot: Shot, expected: dict[str, Any], key: AnswerKey) -> str:
    """What an attack got that it must not, at whatever level; empty where it got nothing."""
    if shot.troubles:
        return ", ".join(shot.troubles)
    told = told_in(shot.verdict)
    return "" if told == told_by(expected, key) else f"its verdict is {told}"


def told_in(verdict: Verdict) -> PageSource:
    """Of the questions that points are given for: advice costs an attack nothing and gains it nothing."""
    return {
        outcome: {
            f.question: f.message.code
            for f in verdict.findings
            if f.outcome == outcome and f.message and not f.is_advice
        }
        for outcome in ("failed", "not_run", "could_not_judge")
    }


def require_expected(verdict: Verdict, expected: dict[str, Any], key: AnswerKey) -> None:
    assert told_in(verdict) == told_by(expected, key), told_in(verdict)
    assert verdict.score == sum(f.possible for f in verdict.findings if f.outcome == "passed")
    assert {message.code for message in verdict.flags} == set(expected.get("flags", ()))
    own = [
        f.message
        for f in verdict.findings
        if f.message and f.outcome == "failed" and not f.is_advice
    ]
    if "exception" in expected:
        assert {message.values.get("exception") for message in own} == {expected["exception"]}
    if "quote" in expected:
        assert {message.quote for message in own} == {expected["quote"]}
    if "how" in expected:
        assert {message.values.get("how") for message in own} <= set(expected["how"])


def told_by(expected: dict[str, Any], key: AnswerKey) -> PageSource:
    """Outcome -> question -> message code. `naive` and `vectorized` stand for all that follows where that function gives no answer."""
    told: PageSource = {
        outcome: dict(expected.get(outcome, {}))
        for outcome in ("failed", "not_run", "could_not_judge")
    }
    for question in (question for question in key.questions if question.points):
        short = question.id.partition(".")[0]
        if "all_failed" in expected:
            told["failed"][question.id] = expected["all_failed"]
        elif short in expected:
            told["not_run" if question.needs else "failed"][question.id] = (
                "needs" if question.needs else expected[short]
            )
        elif question.check == "agrees" and "naive" in expected:
            told["not_run"][question.id] = "nothing_to_compare"
    return told


def require_sound(verdict: Verdict, attacked: Range) -> None:
    """Whatever the attack: all questions have an outcome, every message is one of the grader's, and the inputs stay secret."""
    assert verdict.sandbox == attacked.level
    assert [finding.question for finding in verdict.findings] == [
        question.id for question in attacked.key.questions
    ]
    messages = [finding.message for finding in verdict.findings if finding.message]
    assert {message.code for message in messages} <= set(attacked.words["messages"])
    assert all(len(message.quote or "") <= MAX_QUOTE for message in messages)
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict).score == verdict.score
    shown = msgspec.json.encode(for_student(verdict)).decode()
    assert not [secret for secret in secrets(attacked.key) if secret in shown]


def secrets(key: AnswerKey) -> Iterator[str]:
    """The first number of every array of a small case, as text and in hexadecimal."""
    for case in key.cases.values():
        if case.X.size <= 64 and case.name not in (*"ABCEFGIJ", "whole_numbers"):
            for array in (case.W, case.X):
                yield repr(float(array.flat[0]))
                yield array.tobytes()[:8].hex()


def outcomes(verdict: Verdict) -> list[tuple[object, ...]]:
    return [(f.question, f.outcome, f.points, code(f)) for f in verdict.findings]


def code(finding: Finding) -> str | None:
    return finding.message.code if finding.message else None


def world(*more: str) -> World:
    """more: folders to watch beside the usual ones."""
    folders = {os.path.realpath(folder) for folder in (*WATCHED, *more) if os.path.isdir(folder)}
    files = frozenset(path for folder in folders for path in entries(folder))
    lines = [
        line
        for kind in ("shm", "sem", "msg")
        for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
    ]
    shared = frozenset(" ".join(line.split()[:3]) for line in lines)
    return World(files, shared, len(os.listdir("/proc/self/fd")), processes_below(os.getpid()))


def entries(folder: str) -> Iterator[str]:
    """What the sandboxed user has in a folder, or anyone under a name that an attack would give."""
    child = NOBODY if os.getuid() == 0 else os.getuid()
    with os.scandir(folder) as found:
        for entry in found:
            try:
                if not entry.name.startswith("pytest-") and (
                    "attack" in entry.name or entry.stat(follow_symlinks=False).st_uid == child
                ):
                    yield entry.path
            except FileNotFoundError:  # somebody else's, and gone by now
                continue
