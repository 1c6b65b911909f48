"""What a batch says about its source, and what it asks before it grades anything."""

from pathlib import Path

from tests.support.batches import REFERENCE, LentKey, grader, query, write_class


def test_the_first_line_says_what_the_source_was_taken_for(tmp_path: Path, lent: LentKey) -> None:
    files = {f"u{n}_1234{n}_67890{n}_softmax.py": REFERENCE for n in range(2)}
    source = write_class(tmp_path / "class", files | {"README.txt": ""})
    done = grader("batch", source, "--out", tmp_path / "run", *lent)
    assert done.stderr.splitlines()[:2] == [
        "Canvas download: 2 hand-ins of 2 people.",
        "Nobody's, because it is not clear whose: README.txt.",
    ]
    assert "2 handed in" in done.stdout
    assert "1  no owner, or no file: README.txt" in done.stdout


def test_the_folder_in_a_source_is_opened_once_and_asked_about_later(
    tmp_path: Path, lent: LentKey
) -> None:
    """The same command continues the run. Another source could be the hand-in of one student."""
    files = {"hw1/alice/softmax.py": REFERENCE, "hw1/bob/softmax.py": REFERENCE}
    source, out = write_class(tmp_path / "class", files), tmp_path / "run"
    for _ in range(2):
        done = grader("batch", source, "--out", out, *lent)
        assert done.stderr.splitlines()[:2] == [
            "Files and folders named after students: 2 hand-ins of 2 people.",
            "Everything is in the folder hw1, which was opened.",
        ]
    mallory = {"mallory/alice/softmax.py": "", "mallory/bob/softmax.py": ""}
    other = write_class(tmp_path / "other", mallory)
    done = grader("batch", other, "--out", out, code=2)
    assert done.stderr == (
        f"{other}: it holds one folder, mallory, which can be two things. If it is the folder "
        "around the class's submissions, it holds those of alice, bob: then add --inside mallory. "
        "If it is the submission of one person, called mallory: then add --as-one-person.\n"
    )
    assert query(out, "SELECT count(*) FROM runs") == [(2,)]
    done = grader("batch", other, "--out", out, "--as-one-person")
    assert done.stderr.splitlines()[0].endswith(": 1 hand-in of 1 person.")
    rows = "SELECT DISTINCT ids FROM submissions ORDER BY ids"
    assert query(out, rows) == [('["alice"]',), ('["bob"]',), ('["mallory"]',)]
    # What lies at the path of an earlier source may have become something else.
    (source / "hw1").rename(source / "eve")
    assert "--inside eve" in grader("batch", source, "--out", out, code=2).stderr
    grader("batch", source, "--out", tmp_path / "run2", *lent)


def test_the_stored_roster_decides_as_well(tmp_path: Path, lent: LentKey) -> None:
    files = {"hw1/alice.py": REFERENCE, "hw1/bob.py": REFERENCE}
    source, out = write_class(tmp_path / "class", files), tmp_path / "run"
    roster = tmp_path / "roster.csv"
    roster.write_text("id\nalice\nbob\n")
    grader("batch", source, "--out", out, "--roster", roster, *lent)
    later = write_class(tmp_path / "late", files)
    done = grader("batch", later, "--out", out)
    assert "Everything is in the folder hw1, which was opened." in done.stderr


def test_options_that_do_not_fit_are_one_sentence_each(tmp_path: Path, lent: LentKey) -> None:
    source, out = write_class(tmp_path / "class", {"alice.py": "", "bob.py": ""}), tmp_path / "run"
    for options in (["--from", "moodle"], ["--inside", "x"], ["--as-one-person"]):
        done = grader("batch", source, "--out", out, *options, *lent, code=2)
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(f"{source}: ")
    assert not out.exists()
