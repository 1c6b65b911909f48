"""The folders that come with the grader: assignments and the templates for students."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped(folder: str) -> Path:
    """Return the path of a shipped folder: "reference" (assignments) or "student_template".

    An installed package carries these folders in grader/shipped; in a checkout they stand beside
    the package.
    """
    installed = _PACKAGE / "shipped" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder
