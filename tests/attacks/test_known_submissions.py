"""Every known submission gets the verdict of the full level at the next one, too.

`make test` grades some of them there.
"""

from tests.support.known_at_level import grade_in_cell
from tests.support.known_submissions import EXPECTED


def test_the_confined_level_gives_the_same_verdicts() -> None:
    done = grade_in_cell("confined", [*EXPECTED])
    assert (done.stderr, done.stdout.splitlines()) == ("", [*EXPECTED])
