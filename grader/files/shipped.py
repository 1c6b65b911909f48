"""The folders that come with the program: assignments and the students' templates."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(folder: str) -> Path:
    """The path of a shipped folder, "reference" or "student_template".

    An installed package holds it in grader/shipped/. In a checkout it stands beside the package.
    """
    installed = _PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder
