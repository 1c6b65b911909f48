"""The folder of a run: locked, its own, ignored by Git; an earlier gradebook is kept."""

from pathlib import Path

import pytest

from grader.gradebook.database import NAME, FolderError
from grader.gradebook.folder import locked, set_aside
from grader.gradebook.record import Gradebook, open_gradebook
from tests.support.gradebooks import ingest, new_gradebook, submission


@pytest.fixture
def gradebook(tmp_path: Path) -> Gradebook:
    gradebook = new_gradebook(tmp_path)
    ingest(gradebook, submission())
    return gradebook


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_gradebook_is_set_aside_whole_or_not_at_all(gradebook: Gradebook) -> None:
    folder = gradebook.path.parent
    gradebook.close()
    with open_gradebook(folder) as reader:
        next(reader.query("SELECT * FROM runs"))
        with pytest.raises(FolderError, match="another program has it open"):
            set_aside(folder)
    assert gradebook.path.exists()
    aside = set_aside(folder)
    assert aside is not None
    assert names(folder) == [aside.name]
    with Gradebook(aside) as earlier:
        assert len(list(earlier.attempts())) == 1


def test_a_damaged_gradebook_can_be_set_aside(gradebook: Gradebook) -> None:
    folder = gradebook.path.parent
    gradebook.close()
    damaged = b"\0" * 100 + gradebook.path.read_bytes()[100:]
    gradebook.path.write_bytes(damaged)
    aside = set_aside(folder)
    assert aside is not None
    assert aside.read_bytes() == damaged
    assert names(folder) == [aside.name]


def test_what_is_no_gradebook_is_not_set_aside(tmp_path: Path, gradebook: Gradebook) -> None:
    list(gradebook.query("PRAGMA application_id = 1"))
    gradebook.close()
    with pytest.raises(FolderError, match="this is no gradebook"):
        set_aside(tmp_path)
    assert names(tmp_path) == [NAME]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("somebody's page")
    with (
        pytest.raises(FolderError, match=r"something else in this folder, 'index\.html'"),
        locked(tmp_path),
    ):
        pass
    (tmp_path / "index.html").unlink()
    with locked(tmp_path):
        pass
    with locked(tmp_path):  # what an earlier command left here is ours
        pass
    (tmp_path / "index.html").write_text("ours")
    (tmp_path / "gradebook-until-20260101T000000.sqlite").write_text("")
    with locked(tmp_path):
        pass


def test_git_ignores_the_folder(tmp_path: Path) -> None:
    """`git add -A` commits nobody's grades. A file of the user's own stays."""
    with locked(tmp_path / "run"):
        assert (tmp_path / "run/.gitignore").read_text() == "*\n"
    (tmp_path / "run/.gitignore").write_text("*.html\n")
    with locked(tmp_path / "run"):
        assert (tmp_path / "run/.gitignore").read_text() == "*.html\n"
