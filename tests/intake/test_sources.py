"""Everything that a class handed in: whatever lies at a source becomes a submission or a row with its reason, and never nothing."""

import os
import socket
import tracemalloc
import unicodedata
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import SOURCE_CAP, SubmissionNotFound, read_all, read_submission
from grader.intake.entries import IDENTITY_CAP, identity
from grader.intake.layouts import LAYOUTS
from grader.model import Message, Person, Submission, Unreadable
from tests.support.hand_ins import FILE, SOURCE, Row, all_of, by_id, fill, rows, zipped

CLASS = {
    "bob.py": b"B",
    "alice/softmax.py": b"A",
    "carla.zip": zipped({"softmax.py": b"C"}),
    "dora/hw1/softmax.py": b"D",
}
READ = [
    Row("alice", 1, b"A", "alice/softmax.py"),
    Row("bob", 1, b"B", "bob.py"),
    Row("carla", 1, b"C", "carla.zip/softmax.py"),
    Row("dora", 1, b"D", "dora/hw1/softmax.py"),
]


def refusal(source: Path) -> str:
    with pytest.raises(SubmissionNotFound) as refused:
        read_all(source, FILE)
    told = str(refused.value)
    assert told.startswith(f"{source}: ")
    assert "Give " in told
    return told


# --- where things lie -------------------------------------------------------------------------------------------------------------


def test_a_folder_of_files_folders_and_zips(tmp_path: Path) -> None:
    assert rows(fill(tmp_path, CLASS)) == READ


def test_a_zip_of_the_same(tmp_path: Path) -> None:
    fill(tmp_path, {"class.zip": zipped(CLASS)})
    assert rows(tmp_path / "class.zip") == READ


@pytest.mark.parametrize(
    "more", [{}, {"__MACOSX/._top": b"", "top/.DS_Store": b"", ".hidden": b""}]
)
def test_a_zip_made_by_hand_holds_one_folder_with_everything(
    tmp_path: Path, more: dict[str, bytes]
) -> None:
    fill(
        tmp_path,
        {"class.ZIP": zipped({f"top/{name}": content for name, content in CLASS.items()} | more)},
    )
    assert rows(tmp_path / "class.ZIP") == [
        row._replace(origin=f"top/{row.origin}") for row in READ
    ]


def test_one_students_own_folder_in_a_zip_stays_a_students(tmp_path: Path) -> None:
    fill(tmp_path, {"class.zip": zipped({"alice/softmax.py": SOURCE})})
    assert by_id(tmp_path / "class.zip") == {"alice": SOURCE}


def test_a_class_may_stand_behind_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"class/alice.py": SOURCE})
    tmp_path.joinpath("link").symlink_to("class")
    assert by_id(tmp_path / "link") == {"alice": SOURCE}


def test_a_submission_says_all_that_is_known(tmp_path: Path) -> None:
    fill(tmp_path, {"alice/softmax.py": SOURCE})
    os.utime(tmp_path / "alice/softmax.py", (0, 1_000_000_000.75))
    alone = read_submission(tmp_path / "alice/softmax.py", FILE)
    assert all_of(tmp_path) == [
        Submission(
            FILE,
            SOURCE,
            alone.sha256,
            "2001-09-09T01:46:40+00:00",
            None,
            (Person("alice"),),
            1,
            None,
            "alice/softmax.py",
        )
    ]


def test_what_cannot_be_a_program_is_a_submission_with_its_problem(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"alice.py": b"#" * (SOURCE_CAP + 1), "bob.py": b"\xff", "carla.py": b"", "dan.py": b"#"},
    )
    problems = [
        each.problem.code if isinstance(each, Submission) and each.problem else None
        for each in all_of(tmp_path)
    ]
    assert problems == ["too_large", "not_utf8", "empty_file", None]


def test_what_systems_leave_behind_is_not_there(tmp_path: Path) -> None:
    names = (
        ".DS_Store",
        "__MACOSX/._alice.py",
        "Thumbs.db",
        "desktop.ini",
        ".git/config",
        "__pycache__/a.pyc",
        ".alice.py.swp",
        "Icon\r",
    )
    left = dict.fromkeys(names, b"")
    fill(
        tmp_path,
        {
            "class/alice/softmax.py": SOURCE,
            **{f"class/{name}": b"" for name in left},
            **{f"class/alice/{n}": b"" for n in left},
        },
    )
    fill(
        tmp_path,
        {
            "class.zip": zipped(
                {
                    "alice/softmax.py": SOURCE,
                    "bob.py": b"",
                    **left,
                    **{f"alice/{name}": b"" for name in left},
                }
            )
        },
    )
    assert by_id(tmp_path / "class") == {"alice": SOURCE}
    assert by_id(tmp_path / "class.zip") == {"alice": SOURCE, "bob": b""}


def test_the_last_layout_takes_whatever_there_is(tmp_path: Path) -> None:
    """The platforms' own come before it."""
    assert [*LAYOUTS][-1] == "generic"


# --- nothing there ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nowhere", None, "there is no such file or folder"),
        ("alice.py", SOURCE, "this is a single file. Grade it with: python -m grader grade"),
        ("class.tar.gz", b"", "Make it a zip"),
        ("class.7z", b"", "Make it a zip"),
        ("class.txt", b"", "this is neither a folder, a zip nor a table"),
        ("class.zip", b"", "this is no zip, or a damaged one"),
        ("class.zip", b"PK\x05\x06" + bytes(18), "nothing was handed in here"),
        ("class.zip", zipped({"__MACOSX/._x": b""}), "nothing was handed in here"),
        ("class.zip", zipped(CLASS)[:-30], "this is no zip, or a damaged one"),
    ],
)
def test_nothing_to_read_is_one_sentence_at_once(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        fill(tmp_path, {name: content})
    assert said in refusal(tmp_path / name)


def test_an_empty_folder(tmp_path: Path) -> None:
    fill(tmp_path, {".DS_Store": b""})
    assert "nothing was handed in here" in refusal(tmp_path)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("name", ["class.zip", "manifest.csv"])
def test_a_source_that_is_no_regular_file(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert "this is not a regular file" in refusal(tmp_path / name)
    tmp_path.joinpath(name).unlink()
    tmp_path.joinpath(name).symlink_to("/dev/zero")
    assert "it is a symbolic link" in refusal(tmp_path / name)


@pytest.mark.timeout(5)
def test_a_giant_with_nothing_in_it(tmp_path: Path) -> None:
    with tmp_path.joinpath("class.zip").open("wb") as giant:
        giant.truncate(1 << 40)
    assert "larger than 16384 MiB" in refusal(tmp_path / "class.zip")


# --- what cannot be graded is told --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"alice.txt": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice": b""}, Message("unread_kind", {"file": FILE})),
        ({"alice.ipynb": b"{}"}, Message("unread_notebook", {"file": FILE})),
        ({"alice/softmax.ipynb": b"{}"}, Message("unread_notebook", {"file": FILE})),
        (
            {"alice/hw1/softmax.ipynb": b"{}", "alice/notes.txt": b""},
            Message("unread_notebook", {"file": FILE}),
        ),
        ({"alice.rar": b""}, Message("unread_archive", {"file": FILE})),
        ({"alice/hw.7z": b""}, Message("unread_archive", {"file": FILE})),
        (
            {"alice/hw.tar.gz": b"", "alice/notes.txt": b""},
            Message("unread_archive", {"file": FILE}),
        ),
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
            {"alice/a/b/softmax.py": b"", "alice/my.py": b""},
            Message("unread_no_file", {"file": FILE}, "a/b/softmax.py"),
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
            {"alice/b/softmax.py": b"", "alice/a/softmax.py": b""},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {"alice/1.zip": b"", "alice/2.zip": b""},
            Message("unread_several", {"file": FILE, "count": 2}, "1.zip, 2.zip"),
        ),
        ({"alice/softmax.py/x": b""}, Message("unread_special")),
        ({"alice.zip": b"no zip"}, Message("unread_zip_damaged")),
        (
            {"alice.zip": zipped({"b/softmax.py": b"", "a/softmax.py": b""})},
            Message("unread_several", {"file": FILE, "count": 2}, "a/softmax.py, b/softmax.py"),
        ),
        (
            {"alice.zip": zipped({"notes.txt": b""})},
            Message("unread_no_file", {"file": FILE}, "notes.txt"),
        ),
        ({"alice.zip": zipped({"softmax.ipynb": b""})}, Message("unread_notebook", {"file": FILE})),
        (
            {"alice.zip": zipped({"in.zip": zipped({"softmax.py": b""})})},
            Message("unread_zip_in_zip", {"file": FILE}),
        ),
        (
            {"alice/hw.zip": zipped({"in.zip": zipped({"softmax.py": b""})})},
            Message("unread_zip_in_zip", {"file": FILE}),
        ),
    ],
)
def test_a_row_with_its_reason(
    tmp_path: Path, files: dict[str, bytes], reason: Message, as_zip: bool
) -> None:
    """And the neighbours are graded as if nothing were."""
    files = {**files, "bob.py": SOURCE}
    source = tmp_path / "class.zip" if as_zip else tmp_path / "class"
    fill(
        tmp_path,
        {"class.zip": zipped(files)}
        if as_zip
        else {f"class/{name}": content for name, content in files.items()},
    )
    row, neighbour = all_of(source)
    assert isinstance(row, Unreadable)
    assert (row.people, row.reason, row.origin) == (
        (Person("alice"),),
        reason,
        next(iter(files)).split("/")[0],
    )
    assert isinstance(neighbour, Submission)


@pytest.mark.parametrize("place", ["alice/softmax.py", "alice/hw1/softmax.py", "alice/hw.zip"])
def test_where_the_file_may_lie_in_a_students_folder(tmp_path: Path, place: str) -> None:
    """Other files around it do not matter; a place that is nearer wins."""
    file = zipped({"hw1/softmax.py": SOURCE, "notes.txt": b""}) if place.endswith("zip") else SOURCE
    around = {
        "alice/notes.txt": b"",
        "alice/plots/loss.png": b"",
        "alice/plots/old/softmax.py": b"",
        "alice/my.py": b"",
    }
    further = {
        "alice/softmax.py": {
            "alice/a/softmax.py": b"",
            "alice/b/softmax.py": b"",
            "alice/hw.zip": b"",
        }
    }
    fill(tmp_path, {place: file, **around, **further.get(place, {})})
    assert by_id(tmp_path) == {"alice": SOURCE}


@pytest.mark.parametrize("target", ["real.py", "nowhere.py", "/etc/passwd", "/dev/zero", "."])
@pytest.mark.parametrize(
    "place",
    ["alice.py", "alice", "alice/softmax.py", "alice/hw1/softmax.py", "alice/hw.zip", "alice.zip"],
)
def test_links_are_not_followed(tmp_path: Path, place: str, target: str) -> None:
    fill(tmp_path, {"class/bob.py": SOURCE, "class/real.py": b"other", "real.py": b"outside"})
    path = tmp_path / "class" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    assert by_id(tmp_path / "class") == {"alice": "unread_link", "bob": SOURCE, "real": b"other"}


def test_a_folder_is_not_looked_into_through_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"elsewhere/softmax.py": SOURCE, "class/alice/notes.txt": b""})
    tmp_path.joinpath("class/alice/hw1").symlink_to(tmp_path / "elsewhere")
    assert by_id(tmp_path / "class") == {"alice": "unread_no_file"}


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "place", ["alice.py", "alice", "alice.zip", "alice/softmax.py", "alice/hw.zip"]
)
@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_what_is_no_regular_file_is_not_opened(
    tmp_path: Path, place: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, {"bob.py": SOURCE})
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        monkeypatch.chdir(path.parent)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    assert by_id(tmp_path) == {"alice": "unread_special", "bob": SOURCE}


@pytest.mark.parametrize("place", ["alice.py", "alice/softmax.py", "alice"])
def test_what_may_not_be_read(tmp_path: Path, place: str) -> None:
    """Root may read everything: this test goes on as an ordinary user."""
    fill(
        tmp_path,
        {"class/bob.py": SOURCE, f"class/{place}" + "/softmax.py" * (place == "alice"): SOURCE},
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755) if folder.stat().st_uid == os.getuid() and folder != Path(
            "/tmp"
        ) else None
    tmp_path.joinpath("class", place).chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        row, neighbour = all_of(tmp_path / "class")
    finally:
        os.seteuid(was)
    assert isinstance(row, Unreadable)
    assert row.reason == Message("unread_refused", {"why": "permission denied"})
    assert isinstance(neighbour, Submission)


@pytest.mark.timeout(5)
def test_a_sparse_giant_in_a_class(tmp_path: Path) -> None:
    """As a file it is read up to the cap, as a zip it is refused."""
    for name in ("alice.py", "bob.zip"):
        with tmp_path.joinpath(name).open("wb") as giant:
            giant.truncate(1 << 40)
    alice, bob = all_of(tmp_path)
    assert isinstance(alice, Submission)
    assert (alice.problem, len(alice.source)) == (
        Message("too_large", {"kib": 256}),
        SOURCE_CAP + 1,
    )
    assert isinstance(bob, Unreadable)
    assert bob.reason == Message("unread_zip_large", {"mib": 32})


# --- attempts ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", ["alice.py", "alice/softmax.py"])
def test_the_same_id_twice_is_attempts_in_the_order_of_their_time(
    tmp_path: Path, later: str
) -> None:
    files = {"alice.py": b"file", "alice/softmax.py": b"folder", "bob.py": SOURCE}
    fill(tmp_path, files)
    for name in files:
        os.utime(tmp_path / name, (0, 2000 if name == later else 1000))
    first = next(name for name in files if name != later)
    bob = Row("bob", 1, SOURCE, "bob.py")
    assert rows(tmp_path) == [
        Row("alice", 1, files[first], first),
        Row("alice", 2, files[later], later),
        bob,
    ]


def test_what_can_be_no_attempt_stands_in_no_attempts_place(tmp_path: Path) -> None:
    """A text file that is newer than the submission: the submission is graded, and the other told."""
    fill(tmp_path, {"alice.py": SOURCE, "alice.txt": b""})
    os.utime(tmp_path / "alice.py", (0, 1000))
    assert rows(tmp_path) == [
        Row("alice", 1, SOURCE, "alice.py"),
        Row("alice", 1, "unread_kind", "alice.txt"),
    ]


def test_an_attempt_that_cannot_be_read_is_one(tmp_path: Path) -> None:
    fill(tmp_path, {"alice.py": SOURCE, "alice.zip": b"damaged"})
    os.utime(tmp_path / "alice.py", (0, 1000))
    assert rows(tmp_path) == [
        Row("alice", 1, SOURCE, "alice.py"),
        Row("alice", 2, "unread_zip_damaged", "alice.zip"),
    ]


# --- names ------------------------------------------------------------------------------------------------------------------------

NASTY = [
    "--help",
    "-rf",
    "a\nb",
    "CON",
    "; rm -rf ~",
    "$(reboot)",
    "=HYPERLINK(1)",
    "<img src=x>",
    "a b",
    "\x1b[2J",
    "\u202efdp",
    "%s{0}",
    "a.b",
    "..a",
]


@pytest.mark.parametrize("name", [name for name in NASTY if not name.startswith(".")])
def test_a_name_is_data_and_kept_as_it_is(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {f"class/{name}.py": SOURCE, f"folders/{name}/softmax.py": SOURCE})
    assert rows(tmp_path / "class") == [Row(name, 1, SOURCE, f"{name}.py")]
    assert rows(tmp_path / "folders") == [Row(name, 1, SOURCE, f"{name}/softmax.py")]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    """They can be written down, and stay different from each other and from a name that spells the same."""
    for name in (b"\xff.py", b"\xfe.py", b"\\xff.py"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(SOURCE)
    found = all_of(tmp_path)
    assert all(isinstance(each, Submission) for each in found)
    assert msgspec.json.encode(found)
    assert len({each.people[0].id for each in found}) == 3
    assert {each.people[0].id[:4] for each in found} == {"\\xff", "\\xfe"}
    assert [each.origin for each in found].count("\\xff.py") == 2


def test_ids_that_look_alike_are_different_people(tmp_path: Path) -> None:
    names = ["jose", "Jose", "jos\xe9", unicodedata.normalize("NFD", "jos\xe9")]
    files = {f"{name}.py": name.encode() for name in names}
    fill(
        tmp_path,
        {f"class/{name}": content for name, content in files.items()}
        | {"class.zip": zipped(files)},
    )
    expected = {name: name.encode() for name in names}
    assert by_id(tmp_path / "class") == expected
    assert by_id(tmp_path / "class.zip") == expected


NAMES = st.text(
    st.characters(codec=None, exclude_characters="\0/", exclude_categories=[]),
    min_size=1,
    max_size=300,
) | st.binary(min_size=1, max_size=300).map(os.fsdecode)


@given(NAMES, NAMES)
@settings(max_examples=200, deadline=None)
def test_an_identity_is_short_text_and_one_persons_only(one: str, other: str) -> None:
    try:
        os.fsencode(one + other)
    except UnicodeEncodeError:  # half of a pair of code units: no Unix has such a name
        return
    for name in (one, other):
        assert len(identity(name)) <= IDENTITY_CAP
        identity(name).encode()
    assert (identity(one) == identity(other)) == (one == other)


def test_long_ids_stay_apart(tmp_path: Path) -> None:
    one, other = "a" * 240 + "1", "a" * 240 + "2"
    fill(tmp_path, {f"{one}.py": b"1", f"{other}.py": b"2"})
    assert sorted(by_id(tmp_path).values()) == [b"1", b"2"]


# --- how it is read -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_file_is_read_when_its_turn_comes_and_not_kept(tmp_path: Path, as_zip: bool) -> None:
    """40 files of 200 KiB: what is held at once is a few of them."""
    files = {f"{number:03}.py": os.urandom(100_000).hex().encode() for number in range(40)}
    source = fill(tmp_path, {"class.zip": zipped(files)} if as_zip else files)
    source = source / "class.zip" if as_zip else source
    files.clear()
    tracemalloc.start()
    count = sum(isinstance(each, Submission) for each in read_all(source, FILE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 40
    assert peak < 3_000_000


def test_what_vanishes_meanwhile_is_told(tmp_path: Path) -> None:
    reading = read_all(
        fill(tmp_path, {"alice.py": SOURCE, "bob.py": SOURCE, "carla.py": SOURCE}), FILE
    )
    assert isinstance(next(reading), Submission)
    tmp_path.joinpath("bob.py").unlink()
    tmp_path.joinpath("carla.py").write_bytes(b"changed")
    bob, carla = reading
    assert isinstance(bob, Unreadable)
    assert bob.reason == Message("unread_refused", {"why": "no such file or directory"})
    assert isinstance(carla, Submission)
    assert carla.source == b"changed"


@pytest.mark.parametrize("started", [False, True])
def test_nothing_stays_open(tmp_path: Path, started: bool) -> None:
    fill(tmp_path, {"class.zip": zipped(CLASS)})
    before = os.listdir("/proc/self/fd")
    reading = read_all(tmp_path / "class.zip", FILE)
    if started:
        next(reading)
    del reading
    assert os.listdir("/proc/self/fd") == before


def test_reading_changes_nothing(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"class/" + name: content for name, content in CLASS.items()}
        | {"class.zip": zipped(CLASS)},
    )

    def state() -> dict[str, float]:
        return {str(path): path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    before = state()
    rows(tmp_path / "class")
    rows(tmp_path / "class.zip")
    assert state() == before
