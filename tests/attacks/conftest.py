"""Prints the table after the tests, where they passed."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    if exitstatus == 0:
        from tests.attacks.attack_range import EXPECTED
        from tests.attacks.table import table
        from tests.attacks.test_weaker import ESCAPES, RUN

        terminalreporter.write_line("")
        terminalreporter.write(table(EXPECTED, ESCAPES, RUN))
