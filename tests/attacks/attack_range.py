"""The range on which the attack suite runs: hostile submissions, their targets, and their traces.

No attack is imported or run here: each goes through the grader like any submission. If the sandbox
does not reach the level that was asked for, no attack runs at all.
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
from grader.model import AnswerKey, Level, Source, Submission, suffixed
from grader.redaction import for_student
from grader.sandbox.errors import MAX_QUOTE
from grader.sandbox.interpreter import NOBODY
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.zygote import Zygote
from grader.verdict import Finding, GrowthEvidence, Verdict
from tests.support.grading import limits, make_key
from tests.support.paths import PROJECT
from tests.support.processes import processes_below

FOLDER = Path(__file__).parent
# See expected.toml for the fields.
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    FOLDER.joinpath("expected.toml").read_text(encoding="utf-8")
)
PROBES = {name for name, expected in EXPECTED.items() if "escapes" in expected}  # harmless ones
# The attacks that run at each level, and those of them that succeed there.
ATTACKS: dict[Level, set[str]] = {"full": {*EXPECTED}, "confined": {*EXPECTED}, "none": PROBES}
ESCAPES: dict[Level, set[str]] = {
    level: {name for name in PROBES if level in EXPECTED[name]["escapes"]} for level in ATTACKS
}
CANARIES = PROJECT / "reference/softmax/softmax.py", PROJECT / "benchmarks/student.py"
SEED = 0x9E1B03F2C65A4D7788A1D40F6E2B5C93  # 128 bits, as those of a secret key
WATCHED_FOLDERS = "/tmp", "/var/tmp", "/dev/shm", "/run/lock", ".", ".."
TOKEN = "GRADER_ATTACK_TOKEN"
RACE_RUNS = 5
REFUSALS = {"FileNotFoundError", "PermissionError"}
SPARE_SECONDS = 2.0  # that a verdict may take beyond what the submission's limits allow
# The limits of every attack.
LIMITS = (
    "limits.call_seconds=1",
    "limits.function_seconds=4",
    "limits.submission_seconds=8",
    "limits.memory_mib=512",
)
CodesByOutcome = dict[str, dict[str, str]]  # outcome -> question -> message code


class World(NamedTuple):
    """What an attack could leave behind on this machine."""

    files: frozenset[str]
    shared: frozenset[str]  # IPC objects of System V
    descriptors: int
    processes: int


class Listeners:
    """Sockets on loopback that nobody should ever connect or send to."""

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

    def count_contacts(self) -> int:
        """Return how often somebody reached them since the last call."""
        contacts = 0
        while reached := select.select([self.tcp, *self.udp, *self.unix], [], [], 0)[0]:
            for listener in reached:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recv(100)
                else:
                    listener.accept()[0].close()
            contacts += len(reached)
        return contacts


class AttackResult(NamedTuple):
    verdict: Verdict
    side_effects: tuple[str, ...]  # what happened beside the verdict, and must not


class AttackRange:
    """One sandbox for all attacks, and what they aim at."""

    def __init__(
        self, sandbox: Sandbox, key: AnswerKey, listeners: Listeners, folder: Path, level: Level
    ) -> None:
        self.sandbox, self.key, self.listeners = sandbox, key, listeners
        self.folder = str(folder)  # the attacks know of it, and it is open to all
        self.level = level  # of the sandbox
        self.words = load_words("en", key.words)
        self.targets = {
            "@reference@": str(PROJECT / "reference/softmax/softmax.py"),
            "@here@": str(PROJECT),
            "@folder@": str(folder),
            "@host@": os.uname().nodename,
            "@tcp@": str(listeners.tcp.getsockname()[1]),
            "@udp@": str(listeners.udp[0].getsockname()[1]),
            "@unix@": listeners.path,
            "@abstract@": listeners.abstract,
        }
        self.canaries = self.grade_canaries()

    def attack(self, name: str) -> AttackResult:
        """Grade one attack, and after it the canaries."""
        before, zygote = world(self.folder), self.zygote()
        start = time.monotonic()
        verdict = self.grade_attack(name)
        seconds = time.monotonic() - start
        canaries = self.grade_canaries()
        side_effects = {
            "a canary was lost": canaries != self.canaries,
            "somebody reached a listener": self.listeners.count_contacts() > 0,
            "something was left behind": world(self.folder) != before,
            "the zygote was replaced": self.zygote() != zygote,
            "it took too long": seconds > self.key.limits.submission_seconds + SPARE_SECONDS,
        }
        return AttackResult(verdict, tuple(text for text, did in side_effects.items() if did))

    def grade_attack(self, name: str) -> Verdict:
        text = text_of(name)
        for placeholder, target in self.targets.items():
            text = text.replace(placeholder, target)
        return self.grade(submission(text, EXPECTED[name].get("file", f"{name}.py")))

    def grade_canaries(self) -> list[list[tuple[object, ...]]]:
        texts = [path.read_text(encoding="utf-8") for path in CANARIES]
        return [outcomes(self.grade(submission(text))) for text in texts]

    def grade(self, submission: Submission) -> Verdict:
        """Grade in the very zygote that the submission before met.

        The grader itself would replace it after anything abnormal. If it were poisoned, this would
        show.
        """
        self.sandbox.is_worn, self.sandbox.programs = False, 0
        return grade(self.key, submission, self.sandbox.open_program)

    def zygote(self) -> tuple[int, int]:
        """Identify the running zygote."""
        starter = self.sandbox.starters[0]
        launched = starter.launched if isinstance(starter, Zygote) else None
        return starter.starts, launched.pid if launched else 0


def with_secret_seed(key: AnswerKey) -> AnswerKey:
    """Return the key without its seed, and with short races.

    An attack on the speed question would loop thirty times otherwise.
    """
    shorter = {"faster": {"runs": RACE_RUNS}}
    questions = tuple(
        replace(question, settings=question.settings | shorter.get(question.check, {}))
        for question in key.questions
    )
    return replace(key, questions=questions, seed=None)


def text_of(name: str) -> str:
    """Return an attack's source.

    In its file, @U+202E@ stands for that character: no file of the project itself holds characters
    that hide or steer. @2000 x 1/0@ stands for 2000 such lines.
    """
    text = FOLDER.joinpath(f"{name}.py").read_text(encoding="utf-8")
    text = re.sub(r"@([0-9]+) x (.+)@", lambda match: f"{match[2]}\n" * int(match[1]), text)
    return re.sub(r"@U\+([0-9A-F]{4,6})@", lambda match: chr(int(match[1], 16)), text)


def submission(text: str, file: str = "softmax.py") -> Submission:
    return Submission(file, text.encode(), "0" * 64)


@contextmanager
def sandbox_of(level: Level) -> Iterator[Sandbox]:
    """Open a sandbox. Raises RuntimeError, before any attack has run, if its level is another."""
    with Sandbox() as sandbox:
        trivial = sandbox.open_program(Source("trivial.py", b"pass\n", ()), limits())
        trivial.close()
        if trivial.level != level or trivial.load_error is not None:
            raise RuntimeError(
                f"No attack was run: the sandbox gives the level {trivial.level}, not {level}."
            )
        yield sandbox


@contextmanager
def attack_range(folder: Path, level: Level) -> Iterator[AttackRange]:
    """Open a range, with a folder that the attacks know of. Raises RuntimeError as sandbox_of."""
    key = with_secret_seed(make_key(*LIMITS, seed=SEED))
    folder.chmod(0o777)
    folder.joinpath("classmate.py").write_text(
        CANARIES[0].read_text(encoding="utf-8"), encoding="utf-8"
    )
    folder.joinpath("link").symlink_to("classmate.py")
    with ExitStack() as opened:
        opened.enter_context(pytest.MonkeyPatch.context()).setenv(TOKEN, "secret")
        sandbox = opened.enter_context(sandbox_of(level))
        yield AttackRange(sandbox, key, Listeners(folder, opened), folder, level)


def describe_breach(result: AttackResult, expected: dict[str, Any], key: AnswerKey) -> str:
    """Return what an attack achieved and must not, at whatever level; empty if nothing."""
    if result.side_effects:
        return ", ".join(result.side_effects)
    codes, left_out = codes_in(result.verdict), left_out_in(result.verdict)
    # Where a file can be named and not read, the refusal is another one.
    known = set(expected.get("left_out", ()))
    is_refused = bool(left_out and known) and left_out | known <= REFUSALS
    if codes == expected_codes(expected, key) and (left_out == known or is_refused):
        return ""
    return f"its verdict is {codes}, left out: {left_out}"


def left_out_in(verdict: Verdict) -> set[str]:
    """Return the exceptions of the statements that were left out."""
    return {
        str(note.values.get("exception", note.code))
        for note in verdict.notes
        if note.code.startswith("left_out")
    }


def require_expected(verdict: Verdict, expected: dict[str, Any], key: AnswerKey) -> None:
    assert codes_in(verdict) == expected_codes(expected, key), codes_in(verdict)
    assert left_out_in(verdict) == set(expected.get("left_out", ())), verdict.notes
    assert verdict.score == sum(f.possible for f in verdict.findings if f.outcome == "passed")
    assert {message.code for message in verdict.flags} == set(expected.get("flags", ()))
    messages = [
        f.message
        for f in verdict.findings
        if f.message and f.outcome == "failed" and not f.is_advice
    ]
    if "exception" in expected:
        exceptions = {message.values.get("exception") for message in messages}
        assert exceptions == {expected["exception"]}
    if "quote" in expected:
        assert {message.quote for message in messages} == {expected["quote"]}
    if "lines" in expected:
        evidence = [each for finding in verdict.findings for each in finding.evidence]
        shown = {message.line for message in messages}
        shown |= {each.line for each in evidence if isinstance(each, GrowthEvidence)}
        assert shown - {None} == set(expected["lines"])
    if "how" in expected:
        assert {message.values.get("how") for message in messages} <= set(expected["how"])


def codes_in(verdict: Verdict) -> CodesByOutcome:
    """Return the message codes of the questions that points are given for.

    Advice is left out: it costs an attack nothing, and gains it nothing.
    """
    codes: CodesByOutcome = {"failed": {}, "not_run": {}, "could_not_judge": {}}
    for finding in verdict.findings:
        if finding.outcome in codes and finding.message and not finding.is_advice:
            codes[finding.outcome][finding.question] = suffixed(finding.message)[0]
    return codes


def expected_codes(expected: dict[str, Any], key: AnswerKey) -> CodesByOutcome:
    """Return what expected.toml says of an attack.

    `naive` and `vectorized` stand for all that follows if that function gives no answer.
    """
    codes: CodesByOutcome = {
        outcome: dict(expected.get(outcome, {}))
        for outcome in ("failed", "not_run", "could_not_judge")
    }
    missing = expected.get("missing", {})
    for question in key.questions:
        if not question.points:
            continue
        function = question.id.partition(".")[0]
        if function in missing:
            codes["failed"][question.id] = missing[function]
        elif question.check == "agrees" and "naive" in missing:
            codes["not_run"][question.id] = "nothing_to_compare"
        elif "all_failed" in expected:
            codes["failed"][question.id] = expected["all_failed"]
        elif function in expected and question.needs:
            codes["not_run"][question.id] = "needs"
        elif function in expected:
            codes["failed"][question.id] = expected[function]
    return codes


def require_sound(verdict: Verdict, attacked: AttackRange) -> None:
    """Check what holds after any attack.

    All questions have an outcome, every message is one of the grader's, and the inputs stay secret.
    """
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
    """Yield the first number of every array of a small case, as text and in hexadecimal."""
    for case in key.cases.values():
        W, X = case.inputs["W"], case.inputs["X"]
        if X.size <= 64 and case.name not in (*"ABCEFGIJK", "whole_numbers"):
            for array in (W, X):
                yield repr(float(array.flat[0]))
                yield array.tobytes()[:8].hex()


def outcomes(verdict: Verdict) -> list[tuple[object, ...]]:
    return [(f.question, f.outcome, f.points, code_of(f)) for f in verdict.findings]


def code_of(finding: Finding) -> str | None:
    return suffixed(finding.message)[0] if finding.message else None


def world(*more_folders: str) -> World:
    """Return what is there now, in the watched folders and these."""
    folders = {
        os.path.realpath(folder)
        for folder in (*WATCHED_FOLDERS, *more_folders)
        if os.path.isdir(folder)
    }
    files = frozenset(path for folder in folders for path in suspicious_entries(folder))
    lines = [
        line
        for kind in ("shm", "sem", "msg")
        for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()
    ]
    shared = frozenset(" ".join(line.split()[:3]) for line in lines)
    return World(files, shared, len(os.listdir("/proc/self/fd")), processes_below(os.getpid()))


def suspicious_entries(folder: str) -> Iterator[str]:
    """Yield what the sandboxed user owns in a folder, and what has a name that an attack gives."""
    child_uid = NOBODY if os.getuid() == 0 else os.getuid()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("pytest-"):
                continue
            try:
                uid = entry.stat(follow_symlinks=False).st_uid
            except FileNotFoundError:  # somebody else's, and gone by now
                continue
            if "attack" in entry.name or uid == child_uid:
                yield entry.path
