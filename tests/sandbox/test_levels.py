"""Tests the levels of the sandbox.

Every layer is found by trying it, the sandbox takes the best level there is, and it refuses to run
below the level that was asked for.
"""

import os
import select
import signal
from contextlib import closing
from pathlib import Path

import pytest

from grader.grading import grade
from grader.model import AnswerKey, GraderError, Level
from grader.sandbox import launch
from grader.sandbox.doctor import Examination, report
from grader.sandbox.fresh_process import FreshInterpreters
from grader.sandbox.inside import wire
from grader.sandbox.inside.limits import UNREADABLE
from grader.sandbox.interpreter import NOBODY
from grader.sandbox.launch import CHILD_LAYERS, find_bubblewraps, sandbox_command
from grader.sandbox.levels import NEEDS, ORDER, UnavailableLevel, is_below, missing_layer
from grader.sandbox.program import MAX_DEATHS
from grader.sandbox.remedies import LAYERS, REMEDIES, explain_unavailable, remedy
from grader.sandbox.sandbox import PROGRAMS_PER_ZYGOTE, Sandbox
from grader.sandbox.zygote import ForkedChild, Zygote, has_namespace_of_its_own
from tests.support.cell import DENIED, run_in_cell
from tests.support.grading import submission_of
from tests.support.known_at_level import grade_in_cell
from tests.support.known_submissions import EXPECTED
from tests.support.programs import SECOND, ask, body, load, loss_of

HERE = Path(launch.__file__).resolve().parent
CHILD_SECONDS, CHILD_MEMORY = 5, 512 << 20
# Known submissions that are graded at level none.
AT_NONE = [
    "past_xrange",
    "many_prints",
    "imports_scipy",
    "imports_scipy_inside",
    "segmentation_fault",
    "reg_missing",
    "dxc_layout",
]
# And at level confined: with every eighth of the others. `make attacks` has all of them there.
AT_CONFINED = AT_NONE + [name for name in EXPECTED if name not in AT_NONE][::8]


def layers_with(command: list[str]) -> frozenset[str]:
    zygote = Zygote("full", [command])
    try:
        child = zygote.child(CHILD_MEMORY, CHILD_SECONDS)
        child.end()
        return child.layers
    finally:
        zygote.close()


def command_without(layer: str) -> list[str]:
    command = sandbox_command(find_bubblewraps()[0])
    if layer == "mounts":
        bwrap, *options = command
        parents: list[str] = []
        for path in reversed(HERE.parents[:-1]):
            parents += ["--perms", "0755", "--dir", str(path)]
        return [bwrap, *parents, "--ro-bind", str(HERE), str(HERE), *options]
    switches = {"network": "--unshare-net", "processes": "--unshare-pid"}
    if layer in switches:
        return [word for word in command if word != switches[layer]]
    other_layers = ",".join(name for name in CHILD_LAYERS.split(",") if name != layer)
    return [other_layers if word == CHILD_LAYERS else word for word in command]


def zygote_of(sandbox: Sandbox) -> Zygote:
    assert isinstance(sandbox.starters[0], Zygote)
    return sandbox.starters[0]


def kill_the_zygote(sandbox: Sandbox, child: object) -> None:
    launched = zygote_of(sandbox).launched
    assert launched is not None
    assert isinstance(child, ForkedChild)
    os.kill(launched.pid, signal.SIGKILL)
    select.select([child.pidfd], [], [])


# --- layers ---------------------------------------------------------------------------------------


def test_the_usual_command_gives_the_full_level() -> None:
    assert missing_layer("full", layers_with(sandbox_command(find_bubblewraps()[0]))) is None


def test_a_process_in_a_namespace_is_known_even_if_its_numbers_are_equal(sandbox: Sandbox) -> None:
    """As they are now and then: the kernel begins again after 32768."""
    with closing(load(sandbox, "x = 1")) as program:
        assert isinstance(program.child, ForkedChild)
        assert has_namespace_of_its_own(program.child.pid)
    assert not has_namespace_of_its_own(os.getpid())


@pytest.mark.parametrize(
    "layer", ["mounts", "network", "processes", "limits", "landlock", "seccomp"]
)
def test_taking_a_layer_away_is_noticed(layer: str) -> None:
    """Every layer is found by trying it, so its absence cannot go unnoticed.

    no_new_privs and user have tests of their own below.
    """
    layers = layers_with(command_without(layer))
    assert set(wire.LAYERS) - layers == {layer}
    assert missing_layer("full", layers) == layer


def test_bubblewrap_sets_no_new_privs_too() -> None:
    """Leaving it out of the child's own list changes nothing, but its bit still decides."""
    assert "no_new_privs" in layers_with(command_without("no_new_privs"))
    assert missing_layer("confined", frozenset(wire.LAYERS) - {"no_new_privs"}) == "no_new_privs"


def test_a_process_that_can_become_root_again_is_no_ordinary_user() -> None:
    """Only as root can a zygote be asked to stay root."""
    if os.getuid() == 0:
        words = [
            "0" if word == str(NOBODY) else word for word in sandbox_command(find_bubblewraps()[0])
        ]
        assert "user" not in layers_with(words)
    else:
        assert "user" in layers_with(sandbox_command(find_bubblewraps()[0]))


def test_what_the_levels_need() -> None:
    assert NEEDS["none"] < NEEDS["confined"] < NEEDS["full"] == set(wire.LAYERS)
    assert set(CHILD_LAYERS.split(",")) < NEEDS["confined"]
    assert [is_below(level, "confined") for level in ORDER] == [True, False, False]
    assert set(LAYERS) == set(wire.LAYERS) <= set(REMEDIES)


# --- the way down ---------------------------------------------------------------------------------


def test_student_code_never_runs_below_the_minimum() -> None:
    weak: list[Zygote] = [
        Zygote("full", [command_without("landlock")]),
        Zygote("confined", [command_without("seccomp")]),
    ]
    with (
        Sandbox([*weak, FreshInterpreters()], "confined") as sandbox,
        pytest.raises(GraderError, match=r"confined.*seccomp.*libseccomp"),
    ):
        load(sandbox, "raise SystemError('this must not run')")


def test_an_unavailable_level_gives_way_to_the_next() -> None:
    broken = Zygote("full", [["/bin/false"]])
    working = Zygote("confined", [sandbox_command(find_bubblewraps()[0])])
    with Sandbox([broken, working]) as sandbox:
        program = load(sandbox, body("return 2.0, W"))
        assert (program.level, loss_of(program)) == ("confined", 2.0)
        program.close()


def test_a_level_once_found_is_not_lowered() -> None:
    """What broke it might be a submission. The next one must not meet weaker walls for that."""
    zygote = Zygote("full", [sandbox_command(find_bubblewraps()[0])])
    with Sandbox([zygote, FreshInterpreters()]) as sandbox:
        load(sandbox, body("return 2.0, W")).close()
        zygote.commands = [["/bin/false"]]
        sandbox.is_worn = True
        with pytest.raises(GraderError, match="bubblewrap"):
            load(sandbox, "")


@pytest.mark.parametrize(("level", "names"), [("confined", AT_CONFINED), ("none", AT_NONE)])
def test_weaker_levels_give_the_same_verdicts(level: Level, names: list[str]) -> None:
    """In a cell that denies namespaces, and in one that denies Landlock, too."""
    done = grade_in_cell(level, names)
    assert (done.stderr, done.stdout.splitlines()) == ("", names)


def test_a_level_below_the_minimum_ends_with_the_remedy_and_exit_code_3() -> None:
    command = "-m", "grader", "grade", "--minimum-level"
    file = "reference/softmax/softmax.py"
    for minimum, denied in (("full", DENIED["confined"]), ("confined", DENIED["none"])):
        done = run_in_cell(*command, minimum, file, denied=denied)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"level {minimum}" in done.stderr
        assert done.stderr.count("\n") == 1
    assert run_in_cell(*command, "confined", file).returncode == 0


def test_the_doctor_reports_level_and_remedy() -> None:
    command = "-m", "grader", "doctor", "--minimum-level", "confined"
    done = run_in_cell(*command, denied=DENIED["confined"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Level confined:")
    assert "NO     mounts" in done.stdout
    assert "works  landlock" in done.stdout
    assert "seccomp=unconfined" in done.stdout
    done = run_in_cell(*command, denied=DENIED["none"])
    assert done.returncode == 3
    assert done.stdout.startswith("Level none:")
    assert "landlock fails" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_every_unavailable_layer_has_a_remedy() -> None:
    for layer in (*wire.LAYERS, "bubblewrap"):
        reason = "it is not installed" if layer == "bubblewrap" else ""
        sentence = explain_unavailable(UnavailableLevel("full", layer, reason))
        assert layer in sentence
        assert REMEDIES[layer] in sentence
    unreadable = UnavailableLevel("confined", "user", f"{UNREADABLE} /root/python")
    assert "PYTHON=" in remedy(unreadable)
    nothing = Examination(None, frozenset(), (UnavailableLevel("none", "user"),))
    assert "nothing can be graded" in report(nothing)


# --- what wears out -------------------------------------------------------------------------------


def test_a_zygote_that_dies_is_replaced(sandbox: Sandbox) -> None:
    """The call that it interrupts is an error of the grader, never of the student."""
    program = load(sandbox, body("return 2.0, W"))
    kill_the_zygote(sandbox, program.child)
    with pytest.raises(GraderError):
        ask(program)
    assert loss_of(program) == 2.0
    program.close()


def test_an_error_of_the_grader_is_never_counted_against_a_function(sandbox: Sandbox) -> None:
    """However often the whole sandbox goes down in the middle of a call."""
    program = load(sandbox, body("import time; time.sleep(0.05); return 2.0, W"))
    for _ in range(MAX_DEATHS + 1):
        kill_the_zygote(sandbox, program.child or program.load())
        with pytest.raises(GraderError):
            ask(program)
    assert loss_of(program) == 2.0
    program.close()


@pytest.mark.parametrize(
    "line",
    [
        "import os; os._exit(3)",
        "while True: pass",
        "import os; os.write(3, b'x' * 99); return 1.0, W",
    ],
)
def test_after_anything_abnormal_the_next_submission_meets_a_new_zygote(
    sandbox: Sandbox, line: str
) -> None:
    """The same submission goes on with the old one, where its other function still answers."""
    program = load(sandbox, body(line))
    starts = zygote_of(sandbox).starts
    with pytest.raises(Exception, match=r"ended_early|timed_out|garbled_reply"):
        ask(program)
    assert loss_of(program, SECOND) == 1.0
    assert zygote_of(sandbox).starts == starts
    program.close()
    for _ in range(2):
        load(sandbox, body("return 1.0, W")).close()
        assert zygote_of(sandbox).starts == starts + 1


def test_a_zygote_is_replaced_after_serving_many_programs() -> None:
    with Sandbox() as sandbox:
        for _ in range(PROGRAMS_PER_ZYGOTE):
            load(sandbox, "").close()
        assert zygote_of(sandbox).starts == 1
        load(sandbox, "").close()
        assert zygote_of(sandbox).starts == 2


def test_a_sandbox_that_cannot_be_replaced_is_an_error_of_the_grader(quick_key: AnswerKey) -> None:
    """If it happens in the middle of a submission, the rest is not judged, and costs nothing."""
    zygote = Zygote("full", [sandbox_command(find_bubblewraps()[0])])
    with Sandbox([zygote]) as sandbox:
        dying = (
            "import os\n"
            "def softmax_loss_naive(W, X, y, reg):\n"
            "    os._exit(1)\n"
            "softmax_loss_vectorized = softmax_loss_naive\n"
        )
        load(sandbox, "").close()
        zygote.commands = [["/bin/false"]]

        def open_and_break(*arguments: object, **options: object) -> object:
            program = sandbox.open_program(*arguments, **options)  # type: ignore[arg-type]
            zygote.close()
            return program

        verdict = grade(quick_key, submission_of(dying), open_and_break)  # type: ignore[arg-type]
    assert {finding.outcome for finding in verdict.findings} == {"could_not_judge"}
    assert verdict.undecided == verdict.possible
