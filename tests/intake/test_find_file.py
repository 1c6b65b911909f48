"""The file to grade in what one student submitted, and the reason where there is none."""

import os
import socket
from pathlib import Path

import pytest

from grader.intake import SOURCE_CAP, AskedFile, find_file, read_all
from grader.model import Message, Person, Submission, Unreadable
from tests.support.notebooks import make_notebook
from tests.support.submission_files import (
    ASKED,
    FILE,
    SOURCE,
    contents_by_id,
    make_member,
    make_tar,
    make_zip,
    read_class,
    summarize,
    write_class,
    write_files,
)

DOCX = make_zip({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"alice.txt": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice.ipynb": b"{}"}, Message("unread_notebook")),
        ({"alice.ipynb": b"no JSON"}, Message("unread_notebook_damaged")),
        (
            {"alice/softmax.ipynb": make_notebook("def plot():\n    pass", "def train(): 1")},
            Message("unread_notebook", quote="plot, train"),
        ),
        (
            {"alice/hw1/softmax.ipynb": b"{}", "alice/notes.txt": b""},
            Message("unread_notebook"),
        ),
        ({"alice.rar": b""}, Message("unread_archive", {"file": FILE, "kind": "rar"})),
        (
            {"alice.zip": b"Rar!\x1a\x07\x01"},
            Message("unread_archive", {"file": FILE, "kind": "RAR"}),
        ),
        (
            {"alice/hw.7z": b"7z\xbc\xaf\x27\x1c"},
            Message("unread_archive", {"file": FILE, "kind": "7z"}),
        ),
        ({"alice/hw.tar.gz": b"", "alice/notes.txt": b""}, Message("unread_tar_damaged")),
        ({"alice.pdf": b"%PDF-1.7 \xff"}, Message("is_pdf", {"file": FILE})),
        ({"alice.docx": DOCX}, Message("is_office", {"file": FILE})),
        ({"alice.zip": DOCX}, Message("is_office", {"file": FILE})),
        (
            {"alice/notes.txt": b"", "alice/.DS_Store": b""},
            Message("unread_no_file", {"file": FILE}, "notes.txt"),
        ),
        ({"alice/.DS_Store": b""}, Message("unread_no_file", {"file": FILE})),
        (
            {"alice/my.py": b"", "alice/x.ipynb": b"", "alice/d/b.py": b""},
            Message("unread_no_file", {"file": FILE}, "d/b.py, my.py"),
        ),
        (
            {f"alice/{n}.py": b"" for n in range(9)},
            Message("unread_no_file", {"file": FILE}, "0.py, 1.py, 2.py"),
        ),
        (
            {f"alice/{'n' * 150}{n}.py": b"" for n in range(9)},
            Message("unread_no_file", {"file": FILE}, f"{'n' * 150}0.py, {'n' * 44}"),
        ),
        (
            {"alice/b/softmax.py": b"1", "alice/a/softmax.py": b"2"},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {f"alice/{n}.zip": make_zip({FILE: b"%d" % n}) for n in (1, 2)},
            Message(
                "unread_several", {"file": FILE, "count": 2}, "1.zip/softmax.py, 2.zip/softmax.py"
            ),
        ),
        ({"alice/softmax.py/x": b""}, Message("unread_special")),
        ({"alice.zip": b"no zip"}, Message("unread_zip_damaged")),
        (
            {"alice.zip": make_zip({"b/softmax.py": b"1", "a/softmax.py": b"2"})},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {"alice.zip": make_zip({"notes.txt": b""})},
            Message("unread_no_file", {"file": FILE}, "notes.txt"),
        ),
        ({"alice.zip": make_zip({"softmax.ipynb": b""})}, Message("unread_notebook_damaged")),
        (
            {"alice/hw.zip": make_zip({"in.zip": make_zip({"softmax.py": b""})})},
            Message("unread_zip_in_zip", {"file": FILE}),
        ),
    ],
)
def test_a_submission_without_the_file_has_a_reason(
    tmp_path: Path, files: dict[str, bytes], reason: Message, as_zip: bool
) -> None:
    """The other submissions are graded as usual."""
    source = write_class(tmp_path, {**files, "bob.py": SOURCE}, as_zip)
    row, neighbour = read_class(source)
    assert isinstance(row, Unreadable)
    assert (row.people, row.reason, row.origin) == (
        (Person("alice"),),
        reason,
        next(iter(files)).split("/")[0],
    )
    assert isinstance(neighbour, Submission)


@pytest.mark.parametrize(
    ("place", "note"),
    [
        ("softmax.py", None),
        ("hw1/softmax.py", Message("note_found_in", {"file": FILE}, "hw1/softmax.py")),
        ("a/b/c/d/e/softmax.py", Message("note_found_in", {"file": FILE}, "a/b/c/d/e/softmax.py")),
        ("hw1/Softmax.py", Message("note_other_name", {"file": FILE}, "hw1/Softmax.py")),
        ("work.py", Message("note_other_name", {"file": FILE}, "work.py")),
        ("hw.zip", Message("note_found_in", {"file": FILE}, "hw.zip/a/softmax.py")),
        ("hw.tgz", Message("note_found_in", {"file": FILE}, "hw.tgz/a/softmax.py")),
    ],
)
@pytest.mark.parametrize("form", ["folder", "zip", "tar", "tar.gz", "PowerShell"])
def test_places_where_the_file_is_found(
    tmp_path: Path, place: str, note: Message | None, form: str
) -> None:
    """Other files around it do not matter. What was taken is told unless it is plain."""
    inside = {"a/softmax.py": SOURCE, "notes.txt": b""}
    content = {"hw.zip": make_zip(inside), "hw.tgz": make_tar(inside, "gz")}.get(place, SOURCE)
    files = {
        "notes.txt": b"",
        "plots/loss.png": b"",
        "helper.py": b"def f(): pass",
        "venv/softmax.py": b"1",
        "env/pyvenv.cfg": b"",
        "env/lib/softmax.py": b"2",
        "lib/site-packages/x/softmax.py": b"3",
        "__MACOSX/hw1/._softmax.py": b"4",
        ".ipynb_checkpoints/softmax.py": b"5",
        "softmax.py:Zone.Identifier": b"[ZoneTransfer]",
        place: content,
    }
    if form == "folder":
        write_files(tmp_path / "alice", files)
    elif form in ("tar", "tar.gz"):
        packed = make_tar(files, form.partition(".")[2])
        tmp_path.joinpath(f"alice.{form}").write_bytes(packed)
    else:
        separator = "\\" if form == "PowerShell" else "/"
        members = [(make_member(name.replace("/", separator)), files[name]) for name in files]
        tmp_path.joinpath("alice.zip").write_bytes(make_zip(members))
    write_files(tmp_path, {"bob.py": SOURCE})
    row, _ = read_class(tmp_path)
    assert isinstance(row, Submission)
    assert row.people == (Person("alice"),)
    assert row.source == SOURCE
    assert row.notes == (() if note is None else (note,))


def test_what_lies_in_an_archive_beside_the_file_is_not_even_opened(tmp_path: Path) -> None:
    write_files(tmp_path / "alice", {"hw/softmax.py": SOURCE, "a.zip": b"no zip", "b.rar": b""})
    assert contents_by_id(tmp_path) == {"alice": SOURCE}


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    inner = make_zip({"softmax.py": SOURCE})
    write_files(
        tmp_path,
        {
            "alice.zip": make_zip({"in.zip": inner}),
            "bob.zip": make_zip({"in.zip": make_zip({"in.zip": inner})}),
            "carla.tar": make_tar({"in.zip": inner}),
        },
    )
    assert contents_by_id(tmp_path) == {
        "alice": SOURCE,
        "bob": "unread_zip_in_zip",
        "carla": SOURCE,
    }


def test_why_one_of_several_was_taken_is_told(tmp_path: Path) -> None:
    write_files(tmp_path / "alice", {"softmax.py": SOURCE, "old/softmax.py": b"1"})
    write_files(tmp_path / "bob", {"a/softmax.py": SOURCE, "b/softmax.py": b"1"})
    values: dict[str, float | int | str] = {"file": FILE, "count": 1}
    alice, bob = read_class(tmp_path)
    assert isinstance(alice, Submission)
    assert alice.notes == (Message("note_chosen_by_place", values, "softmax.py"),)
    assert isinstance(bob, Submission)
    assert bob.notes == (
        Message("note_found_in", {"file": FILE}, "a/softmax.py"),
        Message("note_chosen_by_functions", values, "a/softmax.py"),
    )


def test_the_usual_path_is_not_told(tmp_path: Path) -> None:
    asked = AskedFile("cs231n/classifiers/softmax.py", ASKED.functions)
    path = "alice/a1/cs231n/classifiers/softmax.py"
    write_files(tmp_path, {path: SOURCE, "alice/a1/softmax.ipynb": b"{}", "bob.py": SOURCE})
    row, _ = read_all(tmp_path, asked).submissions
    assert isinstance(row, Submission)
    assert (row.origin, row.file, row.notes) == (path, FILE, ())


def test_a_huge_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what may be the file, or hold it, is counted."""
    monkeypatch.setattr(find_file, "MAX_ENTRIES", 100)
    write_files(tmp_path, {f"{id}/work/softmax.py": SOURCE for id in ("alice", "bob")})
    for name in ("alice/data", "bob/data"):
        tmp_path.joinpath(name).mkdir()
    for number in range(110):
        tmp_path.joinpath(f"alice/data/{number}.png").touch()
        tmp_path.joinpath(f"bob/data/{number}.py").touch()
    assert contents_by_id(tmp_path) == {"alice": SOURCE, "bob": "unread_too_many"}


def test_a_folder_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies nearer is found; of the rest the message says that not all of it was looked at."""
    monkeypatch.setattr(find_file, "MAX_FOLDERS", 100)
    for id in ("alice", "bob"):
        for number in range(110):
            tmp_path.joinpath(f"{id}/data/{number}").mkdir(parents=True)
    write_files(tmp_path, {f"alice/{FILE}": SOURCE, f"bob/data/7/{FILE}": SOURCE})
    assert contents_by_id(tmp_path) == {"alice": SOURCE, "bob": "unread_too_many"}


def test_a_notebook_beside_a_python_file_of_the_same_name(tmp_path: Path) -> None:
    """It is no second attempt, which would count because it is the later one."""
    notebook = make_notebook(SOURCE.decode())
    write_files(tmp_path, {"alice.py": SOURCE, "bob.ipynb": notebook, "alice.ipynb": notebook})
    rows = [(row.ids, row.attempt, row.content) for row in summarize(tmp_path)]
    assert rows == [
        ("alice", 1, "unread_notebook_beside"),
        ("alice", 1, SOURCE),
        ("bob", 1, SOURCE),
    ]


@pytest.mark.parametrize("target", ["real.py", "nowhere.py", "/etc/passwd", "/dev/zero", "."])
@pytest.mark.parametrize(
    "place",
    ["alice.py", "alice", "alice/softmax.py", "alice/hw1/softmax.py", "alice/hw.zip", "alice.zip"],
)
def test_links_are_not_followed(tmp_path: Path, place: str, target: str) -> None:
    write_files(
        tmp_path, {"class/bob.py": SOURCE, "class/real.py": b"other", "real.py": b"outside"}
    )
    path = tmp_path / "class" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    assert contents_by_id(tmp_path / "class") == {
        "alice": "unread_link",
        "bob": SOURCE,
        "real": b"other",
    }


def test_a_linked_folder_is_not_searched(tmp_path: Path) -> None:
    write_files(tmp_path, {"elsewhere/softmax.py": SOURCE, "class/alice/notes.txt": b""})
    tmp_path.joinpath("class/alice/hw1").symlink_to(tmp_path / "elsewhere")
    assert contents_by_id(tmp_path / "class") == {"alice": "unread_no_file"}


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "place", ["alice.py", "alice", "alice.zip", "alice/softmax.py", "alice/hw.zip"]
)
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_special_files_are_not_opened(
    tmp_path: Path, place: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"bob.py": SOURCE})
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        monkeypatch.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    assert contents_by_id(tmp_path) == {"alice": "unread_special", "bob": SOURCE}


@pytest.mark.parametrize("place", ["alice.py", "alice/softmax.py", "alice"])
def test_without_permission_to_read(tmp_path: Path, place: str) -> None:
    """Root may read everything, so this continues as an ordinary user."""
    file = "alice/softmax.py" if place == "alice" else place
    write_files(tmp_path / "class", {"bob.py": SOURCE, file: SOURCE})
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            folder.chmod(0o755)
    tmp_path.joinpath("class", place).chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        row, neighbour = read_class(tmp_path / "class")
    finally:
        os.seteuid(was)
    assert isinstance(row, Unreadable)
    assert row.reason == Message("unread_refused", {"why": "permission denied"})
    assert isinstance(neighbour, Submission)


@pytest.mark.timeout(5)
def test_a_huge_sparse_file_in_a_class(tmp_path: Path) -> None:
    """As a Python file it is read up to the cap, as a zip it is refused."""
    for name in ("alice.py", "bob.zip"):
        with tmp_path.joinpath(name).open("wb") as giant:
            giant.truncate(1 << 40)
    alice, bob = read_class(tmp_path)
    assert isinstance(alice, Submission)
    assert (alice.problem, len(alice.source)) == (
        Message("too_large", {"kib": 256}),
        SOURCE_CAP + 1,
    )
    assert isinstance(bob, Unreadable)
    assert bob.reason == Message("unread_zip_large", {"mib": 32})


def test_a_text_beside_a_python_file_is_no_attempt(tmp_path: Path) -> None:
    """Even if it holds the functions. A Python file that Windows calls a text is one by itself."""
    write_files(tmp_path, {"alice.py": SOURCE, "alice.txt": SOURCE, "bob.py.txt": SOURCE})
    rows = [(row.ids, row.attempt, row.content) for row in summarize(tmp_path)]
    assert rows == [("alice", 1, SOURCE), ("alice", 1, "unread_kind"), ("bob", 1, SOURCE)]


def test_folders_that_are_not_searched_are_told(tmp_path: Path) -> None:
    """It is never said that there is no file where nobody looked."""
    for depth in (16, 17):
        path = "d/" * depth + FILE
        write_files(tmp_path, {f"a{depth}/{path}": SOURCE, f"a{depth}/notes.py": b""})
    assert contents_by_id(tmp_path) == {"a16": SOURCE, "a17": "unread_too_deep"}


def test_an_archive_beside_a_stub_is_opened(tmp_path: Path) -> None:
    """It is not opened beside a file that is written."""
    written = SOURCE.replace(b"0, W", b"X, W")
    packed = make_zip({FILE: written})
    own = SOURCE.replace(b"0, W", b"y, W")
    write_files(tmp_path, {"a/softmax.py": SOURCE, "a/hw.zip": packed})
    write_files(tmp_path, {"b/softmax.py": own, "b/hw.zip": packed})
    assert contents_by_id(tmp_path) == {"a": written, "b": own}


def test_an_empty_file_that_is_passed_over_is_told(tmp_path: Path) -> None:
    written = SOURCE.replace(b"0, W", b"X, W")
    write_files(tmp_path, {"alice/softmax.py": b"", "alice/work.py": written})
    (row,) = read_class(tmp_path)
    assert isinstance(row, Submission)
    assert (row.source, row.notes) == (
        written,
        (Message("note_passed_over", {"file": FILE}, "work.py"),),
    )
