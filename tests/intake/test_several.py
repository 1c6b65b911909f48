"""An assignment of several files: each is found by the same rule, and one may be missing."""

import hashlib
from pathlib import Path

import pytest

from grader.intake import AskedFile, SubmissionNotFound, read_all, read_submission
from grader.model import Message, SourceFile, Submission, Unreadable
from tests.support.notebooks import make_notebook
from tests.support.submission_files import make_tar, make_zip, write_files

ASKED = AskedFile("layers.py", ("affine_forward", "TwoLayerNet"), ("classifiers/fc_net.py",))
LAYERS = b"def affine_forward(x, w, b):\n    return x @ w + b\n"
NET = (
    b"from .layers import *\n\n\nclass TwoLayerNet:\n    def loss(self, X, y):\n        return X\n"
)
BOTH = {"layers.py": LAYERS, "fc_net.py": NET}
STUB = b"def affine_forward(x, w, b):\n    out = None\n    return out\n"
MISSING_LAYERS = Message("note_file_missing", {"file": "layers.py"})
MISSING_NET = Message("note_file_missing", {"file": "fc_net.py"})


def texts(submission: Submission | Unreadable) -> dict[str, bytes]:
    assert isinstance(submission, Submission)
    return {submission.file: submission.source} | {each.file: each.text for each in submission.more}


@pytest.mark.parametrize(
    ("files", "notes"),
    [
        (BOTH, []),
        ({"hw/layers.py": LAYERS, "hw/fc_net.py": NET, "hw/a.py": b""}, ["note_found_in"] * 2),
        ({"cs/layers.py": LAYERS, "cs/classifiers/fc_net.py": NET}, ["note_found_in"]),
        ({"layers (1).py": LAYERS, "fc_net.py.txt": NET}, ["note_other_name"] * 2),
        ({"hw2_layers.py": LAYERS, "hw2_fc_net.py": NET}, ["note_other_name"] * 2),
        ({"mine.py": LAYERS, "fc_net.py": NET}, ["note_other_name"]),
        (
            {"layers.py": STUB, "my_layers.py": LAYERS, "fc_net.py": NET},
            ["note_passed_over"],
        ),
        (
            {"layers.py": b"", "old/layers.py": LAYERS, "fc_net.py": NET},
            ["note_found_in", "note_chosen_by_functions"],
        ),
        ({**BOTH, "old/layers.py": STUB, "old/fc_net.py": NET}, ["note_chosen_by_place"]),
    ],
    ids=str,
)
def test_each_file_is_found_by_the_rule_for_one(
    tmp_path: Path, files: dict[str, bytes], notes: list[str]
) -> None:
    submission = read_submission(write_files(tmp_path, files), ASKED)
    assert submission.file == "layers.py"
    assert submission.source == LAYERS
    assert submission.more == (SourceFile("fc_net.py", NET),)
    assert submission.problem is None
    assert [note.code for note in submission.notes] == notes


def test_a_shorter_name_leaves_what_belongs_to_a_longer_one(tmp_path: Path) -> None:
    asked = AskedFile("net.py", ("f", "g"), ("fc_net.py", "net2.py"))
    files = {"hw_fc_net.py": b"def f(a, b): return a + b", "net2.py": b"def g(a, b): return a - b"}
    submission = read_submission(write_files(tmp_path, files), asked)
    assert texts(submission) == {"fc_net.py": files["hw_fc_net.py"], "net2.py": files["net2.py"]}
    assert Message("note_file_missing", {"file": "net.py"}) in submission.notes


@pytest.mark.parametrize(
    ("files", "file", "note"),
    [
        ({"layers.py": LAYERS}, "layers.py", MISSING_NET),
        ({"fc_net.py": NET}, "fc_net.py", MISSING_LAYERS),
        ({"fc_net.py": NET, "notes.txt": b"def", "plot.py": b"x = 1"}, "fc_net.py", MISSING_LAYERS),
    ],
)
def test_a_missing_file_leaves_the_others(
    tmp_path: Path, files: dict[str, bytes], file: str, note: Message
) -> None:
    submission = read_submission(write_files(tmp_path, files), ASKED)
    assert texts(submission) == {file: files[file]}
    assert submission.notes == (note,)


def test_without_any_of_them_all_are_named(tmp_path: Path) -> None:
    with pytest.raises(SubmissionNotFound, match=r"no layers\.py, fc_net\.py in it"):
        read_submission(write_files(tmp_path, {"notes.txt": b"none"}), ASKED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7", Message("is_pdf", {"file": "fc_net.py"}, file="fc_net.py")),
        (b"", Message("empty_file", file="fc_net.py")),
        (b"#" * 300_000, Message("too_large", {"kib": 256}, file="fc_net.py")),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_others(
    tmp_path: Path, content: bytes, reason: Message
) -> None:
    submission = read_submission(
        write_files(tmp_path, {"layers.py": LAYERS, "fc_net.py": content}), ASKED
    )
    assert submission.problem is None
    assert texts(submission) == {"layers.py": LAYERS}
    left_out = Message("note_file_left_out", {"file": "fc_net.py"})
    assert submission.notes == (left_out, reason)


def test_a_first_file_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    submission = read_submission(write_files(tmp_path, {"layers.py": b"", "fc_net.py": NET}), ASKED)
    assert submission.problem is None
    assert texts(submission) == {"fc_net.py": NET}
    assert submission.notes[0] == Message("note_file_left_out", {"file": "layers.py"})


def test_if_none_can_be_read_the_problem_of_the_first_is_told(tmp_path: Path) -> None:
    submission = read_submission(
        write_files(tmp_path, {"layers.py": b"", "fc_net.py": b"%PDF-1.7"}), ASKED
    )
    assert submission.problem == Message("empty_file")
    assert submission.file == "layers.py"
    assert submission.more == ()
    assert [note.code for note in submission.notes] == ["note_file_left_out", "is_pdf"]


def test_a_link_is_not_followed_and_leaves_the_others(tmp_path: Path) -> None:
    write_files(tmp_path, {"secret": LAYERS, "hw/fc_net.py": NET})
    (tmp_path / "hw/layers.py").symlink_to(tmp_path / "secret")
    submission = read_submission(tmp_path / "hw", ASKED)
    assert texts(submission) == {"fc_net.py": NET}
    assert [note.code for note in submission.notes] == ["note_file_left_out", "unread_link"]


def test_the_hash_is_that_of_sha256sum(tmp_path: Path) -> None:
    submission = read_submission(write_files(tmp_path, BOTH), ASKED)
    lines = [f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in BOTH.items()]
    assert submission.sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()
    (tmp_path / "fc_net.py").write_bytes(NET + b"# changed\n")
    assert read_submission(tmp_path, ASKED).sha256 != submission.sha256


def test_notebooks_and_encodings(tmp_path: Path) -> None:
    files = {
        "layers.py": ("# número\n" + LAYERS.decode()).encode("utf-16"),
        "fc_net.ipynb": make_notebook("import numpy as np", "print(1)", NET.decode()),
    }
    submission = read_submission(write_files(tmp_path, files), ASKED)
    assert texts(submission)["layers.py"].decode() == "# número\n" + LAYERS.decode()
    assert b"class TwoLayerNet" in texts(submission)["fc_net.py"]
    assert {cell.file for cell in submission.cells} == {"fc_net.py"}
    assert submission.cells[-1].cell == 3
    codes = {(note.code, note.file) for note in submission.notes}
    assert ("note_notebook", "fc_net.py") in codes
    assert any(file == "layers.py" for _, file in codes)


def test_one_notebook_with_everything_is_the_first_file(tmp_path: Path) -> None:
    notebook = make_notebook(LAYERS.decode(), "class TwoLayerNet:\n    pass")
    submission = read_submission(write_files(tmp_path, {"homework.ipynb": notebook}), ASKED)
    (text,) = texts(submission).values()
    assert b"affine_forward" in text
    assert b"TwoLayerNet" in text
    assert MISSING_NET in submission.notes


# --- what is given to grade -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["layers.py", "fc_net.py"])
def test_one_of_the_files_is_read_with_those_beside_it(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, BOTH)
    assert texts(read_submission(tmp_path / name, ASKED)) == BOTH


def test_a_file_at_its_usual_path_is_read_with_those_at_theirs(tmp_path: Path) -> None:
    write_files(tmp_path, {"hw/layers.py": LAYERS, "hw/classifiers/fc_net.py": NET})
    assert texts(read_submission(tmp_path / "hw/classifiers/fc_net.py", ASKED)) == BOTH
    assert texts(read_submission(tmp_path / "hw/layers.py", ASKED)) == BOTH


def test_a_file_of_another_name_is_the_one_that_is_not_beside_it(tmp_path: Path) -> None:
    write_files(tmp_path, {"mine.py": LAYERS, "fc_net.py": NET, "fc_net_old.py": b"x = 1"})
    assert texts(read_submission(tmp_path / "mine.py", ASKED)) == BOTH
    alone = read_submission(tmp_path / "fc_net_old.py", ASKED)
    assert texts(alone) == {"fc_net.py": b"x = 1"}


def test_what_lies_elsewhere_is_not_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/layers.py": LAYERS, "b/fc_net.py": NET, "a/deeper/fc_net.py": NET})
    assert texts(read_submission(tmp_path / "a/layers.py", ASKED)) == {"layers.py": LAYERS}


# --- archives and a class -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hw.zip", make_zip({"hw/layers.py": LAYERS, "hw/fc_net.py": NET})),
        ("hw.tar.gz", make_tar({"hw/layers.py": LAYERS, "hw/fc_net.py": NET})),
    ],
)
def test_archives(tmp_path: Path, name: str, content: bytes) -> None:
    submission = read_submission(write_files(tmp_path, {name: content}) / name, ASKED)
    assert texts(submission) == BOTH


def test_an_archive_is_opened_for_what_is_not_beside_it(tmp_path: Path) -> None:
    files = {"layers.py": LAYERS, "rest.zip": make_zip({"fc_net.py": NET})}
    assert texts(read_submission(write_files(tmp_path, files), ASKED)) == BOTH


@pytest.mark.parametrize(
    "files",
    [
        {"alice/layers.py": LAYERS, "alice/fc_net.py": NET, "bob/fc_net.py": NET},
        {"alice.zip": make_zip(BOTH), "bob.py": NET},
        {
            "doealice_11_901_layers.py": LAYERS,
            "doealice_11_902_fc_net-1.py": NET,
            "roebob_12_903_fc_net.py": NET,
        },
        {
            "Alice Doe_11_assignsubmission_file/layers.py": LAYERS,
            "Alice Doe_11_assignsubmission_file/fc_net.py": NET,
            "Bob Roe_12_assignsubmission_file/fc_net.py": NET,
        },
        {
            "Alice Doe_11_assignsubmission_file_layers.py": LAYERS,
            "Alice Doe_11_assignsubmission_file_fc_net.py": NET,
            "Bob Roe_12_assignsubmission_file_fc_net.py": NET,
        },
    ],
    ids=["folders", "files", "canvas", "moodle", "moodle without folders"],
)
def test_a_class(tmp_path: Path, files: dict[str, bytes]) -> None:
    first, second = read_all(write_files(tmp_path, files), ASKED).submissions
    assert texts(first) == BOTH
    assert NET in texts(second).values()
    assert isinstance(second, Submission)
    assert second.notes[-1].code == "note_file_missing"


def test_rows_of_a_table_that_name_the_files_of_one_hand_in(tmp_path: Path) -> None:
    table = (
        "id,path,attempt\nalice,a/layers.py,1\nalice,a/fc_net.py,1\n"
        "alice,b/layers.py,2\nalice,b/fc_net.py,2\nbob,c/fc_net.py,\nbob,c/layers.py,\n"
    )
    files = {f"{folder}/{name}": text for folder in "ab" for name, text in BOTH.items()}
    write_files(tmp_path, {**files, "c/fc_net.py": NET, "manifest.csv": table.encode()})
    submissions = list(read_all(tmp_path, ASKED).submissions)
    found = [(each.people[0].id, each.attempt, set(texts(each))) for each in submissions]
    both = {"layers.py", "fc_net.py"}
    assert found == [("alice", 1, both), ("alice", 2, both), ("bob", 1, {"fc_net.py"})]


def test_the_rows_of_a_group(tmp_path: Path) -> None:
    table = "id,path\nann,layers.py\nben,layers.py\nann,fc_net.py\nben,fc_net.py\n"
    write_files(tmp_path, {**BOTH, "manifest.csv": table.encode()})
    (submission,) = read_all(tmp_path, ASKED).submissions
    assert [person.id for person in submission.people] == ["ann", "ben"]
    assert texts(submission) == BOTH
