"""Folders of the project that tests read from."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SUBMISSIONS = PROJECT / "tests/submissions"
GOLD = PROJECT / "tests/gold"
