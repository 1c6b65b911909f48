"""Prints the table of attacks after the tests, if they ran and passed: it says what they saw."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    passed = terminalreporter.stats.get("passed", [])
    files = {report.nodeid.partition("::")[0] for report in passed}
    if exitstatus == 0 and any(name.endswith("test_weaker.py") for name in files):
        from tests.attacks.table import attack_table

        terminalreporter.write_line("")
        terminalreporter.write(attack_table())
