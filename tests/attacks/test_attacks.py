"""Tests hostile submissions in the full sandbox.

Each must get exactly the verdict that expected.toml says. After each, the next submission in the
same sandbox must be graded as if nothing had happened, and nothing may be left behind.
"""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.attacks.attack_range import (
    EXPECTED,
    FOLDER,
    AttackRange,
    Listeners,
    attack_range,
    require_expected,
    require_sound,
    world,
)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttackRange]:
    with attack_range(tmp_path_factory.mktemp("range"), "full") as opened:
        yield opened


@pytest.mark.parametrize("name", EXPECTED)
def test_attack(name: str, attacked: AttackRange) -> None:
    result = attacked.attack(name)
    assert result.side_effects == ()
    require_sound(result.verdict, attacked)
    require_expected(result.verdict, EXPECTED[name], attacked.key)


def test_the_range_notices(tmp_path: Path) -> None:
    """Does by hand what an attack would leave or do."""
    with ExitStack() as opened:
        listeners, before = Listeners(tmp_path, opened), world()
        assert listeners.count_contacts() == 0
        for listener in (listeners.tcp, *listeners.unix):
            opened.enter_context(socket.socket(listener.family)).connect(listener.getsockname())
            assert (listeners.count_contacts(), listeners.count_contacts()) == (1, 0)
        opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).sendto(
            b"x", listeners.udp[0].getsockname()
        )
        assert (listeners.count_contacts(), listeners.count_contacts()) == (1, 0)
        assert world().descriptors > before.descriptors
        with (
            tempfile.NamedTemporaryFile(prefix="attack-"),
            subprocess.Popen(["sleep", "10"]) as process,
        ):
            after = world()
            process.kill()
        assert (len(after.files - before.files), after.processes - before.processes) == (1, 1)


def test_every_file_is_expected() -> None:
    assert {path.stem for path in FOLDER.glob("[a-z][0-9]*.py")} == set(EXPECTED)
