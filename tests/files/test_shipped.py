"""Where the shipped assignments and templates are."""

from pathlib import Path

import pytest

from grader.files.shipped import shipped
from tests.support.paths import PROJECT


@pytest.mark.parametrize("folder", ["reference", "student_template"])
def test_in_a_checkout_they_stand_beside_the_package(folder: str) -> None:
    assert shipped(folder) == PROJECT / folder
    assert shipped(folder).joinpath("softmax/softmax.py").is_file()


def test_an_installed_package_carries_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "grader"
    package.joinpath("shipped/reference").mkdir(parents=True)
    tmp_path.joinpath("reference").mkdir()  # somebody else's
    monkeypatch.setattr("grader.files.shipped._PACKAGE", package)
    assert shipped("reference") == package / "shipped/reference"
