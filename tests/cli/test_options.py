"""The choices of the options are those of the modules that they come from."""

from typing import get_args

from grader.class_row import CountPolicy
from grader.cli.options import (
    COUNTS,
    DEFAULT_ASSIGNMENT,
    EXPORT_FORMATS,
    ISOLATED_LEVELS,
    LANGUAGES,
    LAYOUTS,
    LEVELS,
)
from grader.exports import EXPORTS
from grader.files.shipped import shipped
from grader.intake.layouts import FOLDER
from grader.intake.layouts import LAYOUTS as PLATFORMS
from grader.messages import LANGUAGES as SPOKEN
from grader.model import Level
from tests.support.program import grader


def test_the_choices_are_those_of_the_grader() -> None:
    assert get_args(Level) == LEVELS
    assert ISOLATED_LEVELS == ("full", "confined")
    assert get_args(CountPolicy) == COUNTS
    assert SPOKEN == LANGUAGES
    assert (*PLATFORMS, FOLDER) == LAYOUTS
    assert tuple(EXPORTS) == EXPORT_FORMATS
    assert shipped("reference").joinpath(DEFAULT_ASSIGNMENT).is_dir()


def test_help_shows_them() -> None:
    text = grader("export", "--help").stdout
    assert f"--lang [{'|'.join(LANGUAGES)}]" in text
    assert f"--count [{'|'.join(COUNTS)}]" in text
    assert f"--format [{'|'.join(EXPORT_FORMATS)}]" in text
