"""The sandbox's levels: every layer is found by trying it, and what is missing is refused."""

import os
import select
import signal
from pathlib import Path

import pytest

from grader.model import GraderFault
from grader.sandbox import launch
from grader.sandbox.inside import wire
from grader.sandbox.launch import CHILD_LAYERS, bwraps, sandbox_command
from grader.sandbox.program import DEATHS
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.zygote import CURES, Zygote, level_of, require_full
from tests.test_sandbox import CASE, body, load

HERE = Path(launch.__file__).resolve().parent
CHILD_SECONDS, CHILD_MEMORY = 5, 512 << 20


def layers_with(command: list[str]) -> frozenset[str]:
    zygote = Zygote(command=command)
    try:
        child = zygote.fork(CHILD_MEMORY, CHILD_SECONDS)
        child.channel.close()
        zygote.reap(child)
        os.close(child.pidfd)
        return child.layers
    finally:
        zygote.close()


def command_without(layer: str) -> list[str]:
    command = sandbox_command(bwraps()[0])
    if layer == "mounts":
        parents = [word for path in reversed(HERE.parents[:-1]) for word in ("--perms", "0755", "--dir", str(path))]
        return [*command[:1], *parents, "--ro-bind", str(HERE), str(HERE), *command[1:]]
    switches = {"network": "--unshare-net", "processes": "--unshare-pid"}
    if layer in switches:
        return [word for word in command if word != switches[layer]]
    kept = ",".join(name for name in CHILD_LAYERS.split(",") if name != layer)
    return [kept if word == CHILD_LAYERS else word for word in command]


def test_the_usual_command_gives_the_full_level() -> None:
    assert level_of(layers_with(sandbox_command(bwraps()[0]))) == "full"


@pytest.mark.parametrize("layer", ["mounts", "network", "processes", "limits", "landlock", "seccomp"])
def test_taking_a_layer_away_lowers_the_level(layer: str) -> None:
    """Every layer is found by trying it, so its absence cannot go unnoticed. no_new_privs has a test of its own below."""
    layers = layers_with(command_without(layer))
    assert set(wire.LAYERS) - layers == {layer}
    assert level_of(layers) != "full"
    with pytest.raises(GraderFault, match=layer):
        require_full(layers)


def test_no_new_privs_is_bubblewraps_too_and_counts() -> None:
    """bubblewrap sets it for all below it, so leaving it out of the child's own list changes nothing; its bit still decides."""
    assert "no_new_privs" in layers_with(command_without("no_new_privs"))
    assert level_of(frozenset(wire.LAYERS) - {"no_new_privs"}) == "none"


def test_confined_is_what_a_child_puts_on_itself() -> None:
    assert level_of(frozenset(CHILD_LAYERS.split(","))) == "confined"
    assert level_of(frozenset()) == "none"
    assert set(CURES) == set(wire.LAYERS)


def test_student_code_never_meets_a_weaker_sandbox() -> None:
    with Sandbox(command=command_without("landlock")) as weak, pytest.raises(GraderFault, match="landlock"):
        load(weak, "raise SystemError('this must not run')")


def test_where_bubblewrap_fails_the_sentence_names_it_and_the_cure() -> None:
    with Sandbox(command=["/bin/false"]) as broken, pytest.raises(GraderFault, match=r"bubblewrap.*install bubblewrap"):
        load(broken, "")


def test_a_zygote_that_dies_is_replaced(sandbox: Sandbox) -> None:
    """What was under way is the grader's trouble, never the student's."""
    program = load(sandbox, body("return 2.0, W"))
    launched = sandbox.zygote.launched
    assert launched is not None
    assert program.child is not None
    os.kill(launched.pid, signal.SIGKILL)
    select.select([program.child.pidfd], [], [])
    with pytest.raises(GraderFault):
        program.call("first", CASE)
    assert program.call("first", CASE).loss == 2.0
    program.close()


def test_the_graders_fault_is_never_counted_against_a_function(sandbox: Sandbox) -> None:
    """However often the whole sandbox goes down in the middle of a call."""
    program = load(sandbox, body("import time; time.sleep(0.05); return 2.0, W"))
    for _ in range(DEATHS + 1):
        program.child = program.child or program.load()
        launched = sandbox.zygote.launched
        assert launched is not None
        os.kill(launched.pid, signal.SIGKILL)
        select.select([program.child.pidfd], [], [])
        with pytest.raises(GraderFault):
            program.call("first", CASE)
    assert program.call("first", CASE).loss == 2.0
    program.close()
