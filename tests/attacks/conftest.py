"""Prints the table after the tests, where they ran and passed: it is then what they saw."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    ran = {report.nodeid.partition("::")[0] for report in terminalreporter.stats.get("passed", [])}
    if exitstatus == 0 and any(name.endswith("test_weaker.py") for name in ran):
        from tests.attacks.attack_range import EXPECTED
        from tests.attacks.table import table
        from tests.attacks.test_weaker import ESCAPES, RUN

        terminalreporter.write_line("")
        terminalreporter.write(table(EXPECTED, ESCAPES, RUN))
