"""A class of 84 invented people, as each platform lets a teacher download what it handed in.

The names of files and folders are those that the platforms' own programs write. The people have the
names, and hand in the files, that real classes have: accents, double surnames, one word, two people
of one name; groups, late work, several attempts, nothing at all; notebooks, zips, odd file names,
files that cannot be graded.

    class_ = invent_class()
    download = lay_out(class_, "moodle_flat")
    source = download.write(tmp_path, as_zip=True)
    download.expected   # who handed in what, with the platform's ids
    class_.roster("moodle")  # a table of everybody, for --roster
"""

import csv
import gzip
import io
import json
import re
import tarfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import PROJECT
from tests.support.submission_files import make_member, make_zip, write_files

DUE = datetime(2026, 4, 26, 23, 59)

# Given name and family name. Somebody of one word has no given name.
ODD_NAMES = (
    ("Jane", "Doe"),
    ("José", "García"),
    ("María José", "Núñez de la Peña"),
    ("Sean", "O'Neil"),
    ("", "Madonna"),
    ("Mary-Ann", "Smith"),
    ("Zoë", "Brontë"),
    ("Łukasz", "Żółć"),
    ("Nguyễn", "Văn An"),
    ("", "Sukarno"),
    ("Jan", "de Vries"),
    ("Ana Sofía", "López-Pérez"),
    ("Wei", "Zhang"),  # two people of one name
    ("Wei", "Zhang"),
    ("Chen", "Li"),  # one name in both orders
    ("Li", "Chen"),
    ("Robert", "Smith 3"),
    ("R2D2", "Unit"),
    ("Nathan", "Late"),
    ("Ali", "Anon"),
    ("Björn", "Ångström"),
    ("小明", "王"),
    ("Иван", "Петров"),
    ("Søren", "Kierkegaard"),
    ("D'Angelo", "Mc Donald Jr."),
    ("Iñigo", "Ñuflo"),
)
GIVEN = ("Alma", "Bruno", "Carla", "Diego", "Eva", "Felix", "Gina", "Hugo")
FAMILY = ("Ibarra", "Jones", "Kaya", "Lund", "Mora", "Ng", "Ortiz", "Park")
PEOPLE = 84
ABSENT = (40, 41, 57, 63, 70, 83)  # numbers of those who hand in nothing
GROUPS = ((44, 45), (50, 51, 52), (60, 61))
ATTEMPTS = {0: 2, 13: 3, 30: 2, 44: 2, 66: 4}  # of those who hand in more than once
LATE = (1, 13, 22, 30, 44, 50, 71, 80)

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Student(NamedTuple):
    """Somebody on the roster, with what each platform calls them."""

    number: int
    given: str
    family: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def sortable(self) -> str:
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def sis(self) -> str:
        """The number of the registrar. Every other one has zeros, which a spreadsheet eats."""
        start = "00" if self.number % 2 else "20"
        return f"{start}{71001 + 13 * self.number}"

    @property
    def login(self) -> str:
        """Every fifth has an underscore, which separates the parts of Blackboard's file names."""
        first = _plain(self.given)[:1] or "x"
        joint = "_" if self.number % 5 == 0 else ""
        return f"{first}{joint}{_plain(self.family)[:9] or 'x'}{self.number}"

    @property
    def email(self) -> str:
        return f"{self.login}@example.edu"

    @property
    def canvas(self) -> str:
        return str(12345 + 7 * self.number)

    @property
    def anonymous(self) -> str:
        """Canvas writes five characters of Bitcoin's alphabet."""
        mixed = (self.number + 11) * 7_368_787
        return "".join(BASE58[(mixed // 58**place) % 58] for place in range(5))

    @property
    def moodle(self) -> str:
        """The number of a participant in one assignment."""
        return str(10019166 + 3 * self.number)

    @property
    def brightspace(self) -> str:
        """Two neighbours share a number, as in real downloads. The name tells them apart."""
        return f"397063-{2557369 + (self.number + 1) // 2}"

    @property
    def github(self) -> str:
        return self.login.replace("_", "-")


class HandIn(NamedTuple):
    """One attempt of a person or a group."""

    students: tuple[Student, ...]
    attempt: int
    submitted_at: datetime  # UTC
    is_late: bool
    # What was uploaded, by name.
    files: Mapping[str, bytes]
    # The same as it lies in a repository, where nobody uploads a zip.
    tree: Mapping[str, bytes]
    # A text that is in its code, and in no other's.
    mark: str
    # There is exactly one file to grade.
    is_readable: bool
    # It was written into the platform's editor, if it has one, instead of being uploaded.
    is_text: bool = False


class Expected(NamedTuple):
    """What a reader of a download must find."""

    # What the platform calls the people, in order.
    ids: tuple[str, ...]
    students: tuple[Student, ...]
    attempt: int
    # None if the download does not say.
    late: bool | None
    # In ISO 8601, without an offset if the platform gives none; None if it gives no time.
    submitted_at: str | None
    mark: str
    is_readable: bool


class Download(NamedTuple):
    """What a teacher gets from a platform."""

    platform: str
    files: Mapping[str, bytes]
    expected: tuple[Expected, ...]
    # The only folder at its top, if it has one; else empty.
    wrapper: str = ""

    def write(self, folder: Path, as_zip: bool) -> Path:
        """Write it as class.zip or as the folder class. Returns its path."""
        if not as_zip:
            return write_files(folder / "class", self.files)
        source = folder / "class.zip"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(make_zip(self.files))
        return source


class InventedClass(NamedTuple):
    students: tuple[Student, ...]
    hand_ins: tuple[HandIn, ...]

    @property
    def absent(self) -> tuple[Student, ...]:
        return tuple(self.students[number] for number in ABSENT)

    @property
    def namesakes(self) -> tuple[Student, ...]:
        """Those whose name alone does not say who they are."""
        return self.students[12:16]

    def newest(self) -> list[HandIn]:
        """The last attempt of each person or group."""
        last = {each.students: each for each in self.hand_ins}
        return list(last.values())

    def roster(self, form: str) -> bytes:
        """Return a table of everybody, in one of ROSTERS."""
        return ROSTERS[form](self)


def invent_class() -> InventedClass:
    """Return the same class each time."""
    common = [(given, family) for family in FAMILY for given in GIVEN]
    names = [*ODD_NAMES, *common][:PEOPLE]
    students = tuple(Student(number, *name) for number, name in enumerate(names))
    in_group = {number: group for group in GROUPS for number in group}
    hand_ins = []
    for number in range(PEOPLE):
        group = in_group.get(number, (number,))
        if number in ABSENT or number != group[0]:
            continue
        count = ATTEMPTS.get(number, 1)
        for attempt in range(1, count + 1):
            people = tuple(students[each] for each in group)
            hand_ins.append(_hand_in(people, attempt, is_last=attempt == count))
    return InventedClass(students, tuple(hand_ins))


def lay_out(class_: InventedClass, platform: str) -> Download:
    """Return what a teacher downloads from one of PLATFORMS."""
    return PLATFORMS[platform](class_)


# --- what is handed in ----------------------------------------------------------------------------

REFERENCE = (PROJECT / "reference/softmax/softmax.py").read_text()
SOURCES = (
    REFERENCE,
    (PROJECT / "tests/submissions/gradient_not_averaged.py").read_text(),
    (PROJECT / "tests/submissions/gradient_sign.py").read_text(),
    REFERENCE,
    (PROJECT / "tests/submissions/divided_by_classes.py").read_text(),
)
# The first line of the naive function, and the white space that begins the next.
NAIVE = re.compile(r"^def softmax_loss_naive\(.*\):\n(\s+)", re.MULTILINE)
LONG_AGO = (1980, 1, 1, 0, 0, 0)
HELPER = b"def time_function(f):\n    return f()\n"

Files = dict[str, bytes]


def _hand_in(students: tuple[Student, ...], attempt: int, is_last: bool) -> HandIn:
    number = students[0].number
    mark = f"hand-in {attempt} of {students[0].sis}"
    is_late = is_last and number in LATE
    minutes = 7 * number + (200 if is_late else 1000 * attempt - 9000)
    submitted_at = DUE + timedelta(minutes=minutes, seconds=number % 60)
    code = marked_code(SOURCES[(number + attempt) % len(SOURCES)], mark)
    name, form = FORMS[number % len(FORMS)]
    files, tree = form(code)
    return HandIn(
        students,
        attempt,
        submitted_at,
        is_late,
        files,
        tree,
        mark,
        is_readable=name not in UNREADABLE,
        is_text=name == "text",
    )


def marked_code(source: str, mark: str) -> str:
    """Write a mark into the code of a function: it stays there in a notebook's code, too."""
    return NAIVE.sub(lambda found: f'{found[0]}hand_in = "{mark}"\n{found[1]}', source)


def _one_file(name: str, encoding: str = "utf-8") -> Callable[[str], tuple[Files, Files]]:
    def form(code: str) -> tuple[Files, Files]:
        files = {name: code.encode(encoding)}
        return files, files

    return form


def _course_zip(code: str) -> tuple[Files, Files]:
    """What the course's own script packs."""
    tree = {
        "assignment1/softmax.ipynb": notebook("from cs231n.classifiers.softmax import *"),
        "assignment1/cs231n/classifiers/softmax.py": code.encode(),
        "assignment1/cs231n/classifiers/__init__.py": b"",
        "assignment1/cs231n/classifiers/linear_svm.py": HELPER,
        "assignment1/cs231n/data_utils.py": HELPER,
        "__MACOSX/assignment1/._softmax.ipynb": b"\x00\x05\x16\x07",
    }
    return {"assignment1.zip": _zip(tree)}, tree


def _flat_zip(code: str) -> tuple[Files, Files]:
    tree = {"softmax.py": code.encode(), "README.md": b"# My work\n"}
    return {"hw1 final.zip": _zip(tree)}, tree


def _windows_zip(code: str) -> tuple[Files, Files]:
    """What PowerShell packs: backslashes separate folders."""
    tree = {"hw1/softmax.py": code.encode(), "hw1/notes.txt": b"done\r\n"}
    packed = _zip({name.replace("/", "\\"): text for name, text in tree.items()})
    return {"hw1.zip": packed}, tree


def _zip(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files from 1980: the same each time."""
    return make_zip([(make_member(name, date=LONG_AGO), text) for name, text in files.items()])


def _tar(code: str) -> tuple[Files, Files]:
    content = code.encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("a1/softmax.py")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return {"a1.tar.gz": gzip.compress(packed.getvalue(), mtime=0)}, {"a1/softmax.py": content}


def _notebook_alone(code: str) -> tuple[Files, Files]:
    files = {"softmax.ipynb": notebook(code)}
    return files, files


def _notebook_as_script(code: str) -> tuple[Files, Files]:
    files = {"softmax.py": notebook(code)}
    return files, files


def _with_notes(code: str) -> tuple[Files, Files]:
    files = {"softmax.py": code.encode(), "notes.txt": b"It took a week.\n"}
    return files, files


def _with_notebook(code: str) -> tuple[Files, Files]:
    files = {"softmax.py": code.encode(), "softmax.ipynb": notebook("%matplotlib inline")}
    return files, files


def _latin(code: str) -> tuple[Files, Files]:
    files = {"softmax.py": f"# coding: latin-1\n# ¡Adiós!\n{_ascii(code)}".encode("latin-1")}
    return files, files


def _two_files(code: str) -> tuple[Files, Files]:
    other = code.replace('hand_in = "', 'hand_in = "another try, ')
    files = {"softmax_a.py": code.encode(), "softmax_b.py": other.encode()}
    return files, files


def _pdf(code: str) -> tuple[Files, Files]:
    files = {"report.pdf": b"%PDF-1.7\n1 0 obj\n"}
    return files, files


def _text(code: str) -> tuple[Files, Files]:
    files = {"answer.html": b"<p>I could not upload my file</p>"}
    return files, files


FORMS = (
    ("plain", _one_file("softmax.py")),
    ("plain", _one_file("softmax.py")),
    ("course zip", _course_zip),
    ("numbered", _one_file("softmax (1).py")),
    ("flat zip", _flat_zip),
    ("with notes", _with_notes),
    ("capital", _one_file("Softmax.py")),
    ("plain", _one_file("softmax.py")),
    ("notebook", _notebook_alone),
    ("numbered", _one_file("softmax-1.py")),
    ("with notebook", _with_notebook),
    ("prefixed", _one_file("hw1_softmax.py")),
    ("windows zip", _windows_zip),
    ("plain", _one_file("softmax.py")),
    ("utf-16", _one_file("softmax.py", "utf-16")),
    ("as text", _one_file("softmax.py.txt")),
    ("tar", _tar),
    ("latin-1", _latin),
    ("copy", _one_file("copia de softmax.py")),
    ("as script", _notebook_as_script),
    ("two files", _two_files),
    ("upper", _one_file("softmax.PY")),
    ("pdf", _pdf),
    ("text", _text),
    ("underscores", _one_file("my_softmax_12345_678.py")),
)
UNREADABLE = ("two files", "pdf", "text")


def notebook(*cells: str) -> bytes:
    """Return a Jupyter notebook of code cells, after one of text."""
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# Softmax\n"]}
    code = [
        {
            "cell_type": "code",
            "execution_count": number,
            "metadata": {},
            "outputs": [],
            "source": cell.splitlines(keepends=True),
        }
        for number, cell in enumerate(cells, 1)
    ]
    document = {"cells": [text, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1).encode()


# --- the platforms --------------------------------------------------------------------------------


def _canvas(class_: InventedClass) -> Download:
    return _canvas_download(class_, "canvas", lambda student: student.canvas, is_anonymous=False)


def _canvas_anonymous(class_: InventedClass) -> Download:
    return _canvas_download(
        class_, "canvas_anonymous", lambda student: f"anon_{student.anonymous}", is_anonymous=True
    )


def _canvas_download(
    class_: InventedClass, platform: str, id_of: Callable[[Student], str], is_anonymous: bool
) -> Download:
    """One flat zip. A group has one person in it, and each person their last attempt."""
    files: Files = {}
    expected = []
    file_id = 678901
    for each in class_.newest():
        student = each.students[0]
        name = "" if is_anonymous else student.sortable.lower()
        parts = [name, "LATE" if each.is_late else "", id_of(student)]
        start = re.sub(r"[^\w]", "", "_".join(part for part in parts if part))
        if each.is_text:
            files[f"{start}_text.html"] = each.files["answer.html"]
        else:
            for upload, content in each.files.items():
                stored = _canvas_name(upload, each.attempt)
                files[f"{start}_{file_id}_{stored}"] = content
                file_id += 3
        expected.append(_expected(each, (student,), (id_of(student),), 1, late=each.is_late))
    return Download(platform, files, tuple(expected))


def _canvas_name(upload: str, attempt: int) -> str:
    """Canvas numbers a file that is uploaded again under the same name."""
    name = re.sub(r'[\x00/\\:*?"<>|]+', "_", upload)
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{attempt - 1}{dot}{ending}" if attempt > 1 else name


def _moodle(class_: InventedClass) -> Download:
    return _moodle_download(class_, "moodle", "_assignsubmission_file/")


def _moodle_old(class_: InventedClass) -> Download:
    """Moodle 3.1 to 4.0."""
    return _moodle_download(class_, "moodle_old", "_assignsubmission_file_/")


def _moodle_flat(class_: InventedClass) -> Download:
    return _moodle_download(class_, "moodle_flat", "_assignsubmission_file_")


def _moodle_blind(class_: InventedClass) -> Download:
    return _moodle_download(class_, "moodle_blind", "_assignsubmission_file/", "Participante")


def _moodle_download(
    class_: InventedClass, platform: str, middle: str, blind: str = ""
) -> Download:
    files: Files = {}
    expected = []
    for each in class_.newest():
        student = each.students[0]
        name = (blind or student.name).replace("_", " ")
        start = f"{name}_{student.moodle}"
        if each.is_text:
            separator = "_" if middle.endswith("_") else "/"
            text = f"{start}_assignsubmission_onlinetext{separator}onlinetext.html"
            files[text] = each.files["answer.html"]
        else:
            files |= {f"{start}{middle}{name}": content for name, content in each.files.items()}
        expected.append(_expected(each, (student,), (student.moodle,), 1))
    return Download(platform, files, tuple(expected))


def _gradescope(class_: InventedClass) -> Download:
    """Everybody of a group is named. Some have no SID, and some have one that is a number."""
    top = "assignment_8046601_export"
    files: Files = {}
    lines = ["---"]
    expected = []
    for number, each in enumerate(class_.newest()):
        folder = f"submission_{409194023 + number}"
        files |= {f"{top}/{folder}/{name}": text for name, text in each.files.items()}
        lines += [f"{folder}:", "  :submitters:"]
        for student in each.students:
            lines.append(f"  - :name: {json.dumps(student.name, ensure_ascii=False)}")
            if _has_sid(student):
                # Ruby writes no quotes around digits that are a number in YAML too.
                sid = f"'{student.sis}'" if student.sis.startswith("0") else student.sis
                lines.append(f"    :sid: {sid}")
            lines.append(f"    :email: {student.email}")
        lines.append(f"  :created_at: {each.submitted_at:%Y-%m-%d %H:%M:%S}.861687000 Z")
        lines += ["  :score: 0.0", "  :results:", "    :score: 0.0"]
        ids = tuple(gradescope_id(student) for student in each.students)
        time = f"{each.submitted_at.isoformat()}+00:00"
        expected.append(_expected(each, each.students, ids, 1, submitted_at=time))
    files[f"{top}/submission_metadata.yml"] = "\n".join([*lines, ""]).encode()
    return Download("gradescope", files, tuple(expected), wrapper=top)


def _has_sid(student: Student) -> bool:
    return student.number % 9 != 4


def gradescope_id(student: Student) -> str:
    return student.sis if _has_sid(student) else student.email


def _blackboard(class_: InventedClass) -> Download:
    """Every attempt, with a receipt. A group has one person in it."""
    files: Files = {}
    expected = []
    for each in class_.hand_ins:
        student = each.students[0]
        start = f"HW1 Softmax_{student.login}_attempt_{each.submitted_at:%Y-%m-%d-%H-%M-%S}"
        uploads = {} if each.is_text else each.files
        files |= {f"{start}_{name}": content for name, content in uploads.items()}
        files[f"{start}.txt"] = _receipt(student, each, start, uploads).encode()
        time = each.submitted_at.isoformat()
        expected.append(
            _expected(each, (student,), (student.login,), each.attempt, submitted_at=time)
        )
    return Download("blackboard", files, tuple(expected))


def _receipt(student: Student, hand_in: HandIn, start: str, uploads: Mapping[str, bytes]) -> str:
    lines = [
        f"Name: {student.name} ({student.login})",
        "Assignment: HW1 Softmax",
        f"Date Submitted: {hand_in.submitted_at:%A, %B %d, %Y %I:%M:%S %p} UTC",
        "Current Grade: Needs Grading",
        "",
        "Submission Field:",
        hand_in.files["answer.html"].decode()
        if hand_in.is_text
        else "There is no student submission text data for this assignment.",
        "",
        "Comments:",
        "There are no student comments for this assignment.",
        "",
        "Files:",
    ]
    for name in uploads:
        lines += [f"\tOriginal filename: {name}", f"\tFilename: {start}_{name}", ""]
    return "\n".join(lines)


def _brightspace(class_: InventedClass) -> Download:
    return _brightspace_download(class_, "brightspace", "/")


def _brightspace_flat(class_: InventedClass) -> Download:
    return _brightspace_download(class_, "brightspace_flat", " - ")


def _brightspace_download(class_: InventedClass, platform: str, separator: str) -> Download:
    """Every attempt. A group has one person in it."""
    files: Files = {"index.html": b"<html><body><table></table></body></html>"}
    expected = []
    for each in class_.hand_ins:
        student, time = each.students[0], each.submitted_at
        clock = f"{time:%I%M %p}".removeprefix("0")
        start = f"{student.brightspace} - {student.name} - {time:%b} {time.day}, {time:%Y} {clock}"
        files |= {f"{start}{separator}{name}": text for name, text in each.files.items()}
        expected.append(
            _expected(
                each,
                (student,),
                (f"{student.brightspace} {student.name}",),
                each.attempt,
                submitted_at=time.replace(second=0).isoformat(),
            )
        )
    return Download(platform, files, tuple(expected))


def _classroom(class_: InventedClass) -> Download:
    return _clones(class_, "classroom", "softmax-submissions", "softmax-", {})


def _classroom_50(class_: InventedClass) -> Download:
    top = {"scores.csv": b"username,score\n"}
    start = "cs231n-softmax-"
    return _clones(class_, "classroom_50", f"{start}submissions_20260427", start, top)


def _clones(
    class_: InventedClass, platform: str, top: str, start: str, beside: Mapping[str, bytes]
) -> Download:
    """One repository for each person, as it lies on the disk."""
    files = {f"{top}/{name}": content for name, content in beside.items()}
    expected = []
    for each in class_.newest():
        student = each.students[0]
        repository = f"{top}/{start}{student.github}"
        files |= {f"{repository}/{name}": content for name, content in each.tree.items()}
        files[f"{repository}/.git/HEAD"] = b"ref: refs/heads/main\n"
        if beside:
            files[f"{repository}/result.json"] = b'{"schema": "classroom50/result/v1"}'
        expected.append(_expected(each, (student,), (student.github,), 1))
    return Download(platform, files, tuple(expected), wrapper=top)


def _manifest(class_: InventedClass) -> Download:
    """Everybody of a group has a row."""
    files: Files = {}
    rows = [("id", "name", "email", "path", "submitted_at", "late", "attempt")]
    expected = []
    for each in class_.hand_ins:
        folder = f"work/{each.students[0].login}/{each.attempt}"
        files |= {f"{folder}/{name}": content for name, content in each.files.items()}
        path = f"{folder}/{next(iter(each.files))}" if len(each.files) == 1 else folder
        time = f"{each.submitted_at.isoformat()}+00:00"
        late = "yes" if each.is_late else "no"
        rows += [
            (student.sis, student.name, student.email, path, time, late, str(each.attempt))
            for student in each.students
        ]
        ids = tuple(student.sis for student in each.students)
        expected.append(
            _expected(each, each.students, ids, each.attempt, late=each.is_late, submitted_at=time)
        )
    files["manifest.csv"] = _table(rows)
    return Download("manifest", files, tuple(expected))


def _folders(class_: InventedClass) -> Download:
    """No platform: one folder for each person, named after their login."""
    files: Files = {}
    expected = []
    for each in class_.newest():
        student = each.students[0]
        files |= {f"{student.login}/{name}": content for name, content in each.files.items()}
        expected.append(_expected(each, (student,), (student.login,), 1))
    return Download("folders", files, tuple(expected))


def _expected(
    hand_in: HandIn,
    students: Sequence[Student],
    ids: Sequence[str],
    attempt: int,
    *,
    late: bool | None = None,
    submitted_at: str | None = None,
) -> Expected:
    return Expected(
        tuple(sorted(ids)),
        tuple(students),
        attempt,
        late,
        submitted_at,
        hand_in.mark,
        hand_in.is_readable,
    )


PLATFORMS: dict[str, Callable[[InventedClass], Download]] = {
    "canvas": _canvas,
    "canvas_anonymous": _canvas_anonymous,
    "moodle": _moodle,
    "moodle_old": _moodle_old,
    "moodle_flat": _moodle_flat,
    "moodle_blind": _moodle_blind,
    "gradescope": _gradescope,
    "blackboard": _blackboard,
    "brightspace": _brightspace,
    "brightspace_flat": _brightspace_flat,
    "classroom": _classroom,
    "classroom_50": _classroom_50,
    "manifest": _manifest,
    "folders": _folders,
}


# --- the rosters ----------------------------------------------------------------------------------


def _canvas_roster(class_: InventedClass) -> bytes:
    """A gradebook as Canvas exports it, with its two rows that are nobody, and the test student."""
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Softmax (98765)")
    rows = [
        head,
        ("", "", "", "", "", "Manual Posting"),
        ("    Points Possible", "", "", "", "", "60.00"),
        *(
            (each.sortable, each.canvas, each.sis, each.login, "Sec 1", "")
            for each in class_.students
        ),
        ("Student, Test", "99999", "", "5e1f7ab0c0ffee", "Sec 1", ""),
    ]
    return _table(rows)


def _canvas_decimal_comma(class_: InventedClass) -> bytes:
    """The same where a comma separates decimals, with first and last names and without SIS ids."""
    head = ("LastName", "FirstName", "ID", "SIS Login ID", "Section", "Softmax (98765)")
    rows = [
        head,
        ("    Points Possible", "", "", "", "", "60,00"),
        *(
            (each.family, each.given, each.canvas, each.login, "1", "4,5")
            for each in class_.students
        ),
        ("Student", "Test", "99999", "5e1f7ab0c0ffee", "1", ""),
    ]
    return _table(rows, ";", "utf-8-sig")


def _moodle_roster(class_: InventedClass) -> bytes:
    head = (
        "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments"
    )
    return _table([tuple(head.split(",")), *_moodle_rows(class_, "Participant ")])


def _moodle_roster_es(class_: InventedClass) -> bytes:
    head = (
        "Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,"
        "La calificación puede ser cambiada,Última modificación (entrega),"
        "Última modificación (calificación),Comentarios de retroalimentación"
    )
    return _table([tuple(head.split(",")), *_moodle_rows(class_, "Participante")], ",", "utf-8-sig")


def _moodle_rows(class_: InventedClass, word: str) -> list[tuple[str, ...]]:
    date = "Sunday, 26 April 2026, 5:34 PM"
    return [
        (f"{word}{each.moodle}", each.name, each.email, "", "", "60.00", "Yes", date, "-", "")
        for each in class_.students
    ]


def _moodle_roster_blind(class_: InventedClass) -> bytes:
    rows = [(f"Participant {each.moodle}", "", "", "60.00", "Yes") for each in class_.students]
    head = ("Identifier", "Status", "Grade", "Maximum grade", "Grade can be changed")
    return _table([head, *rows])


def _gradescope_roster(class_: InventedClass) -> bytes:
    rows = [(each.name, _sid(each), each.email) for each in class_.students]
    return _table([("Full Name", "SID", "Email"), *rows])


def _gradescope_names(class_: InventedClass) -> bytes:
    """With the staff, who hand in nothing."""
    rows = [
        (each.given, each.family, _sid(each), each.email, "Student") for each in class_.students
    ]
    staff = ("Tara", "Assistant", "", "ta@example.edu", "TA")
    return _table([("First Name", "Last Name", "SID", "Email", "Role"), *rows, staff])


def _sid(student: Student) -> str:
    return student.sis if _has_sid(student) else ""


def _plain_roster(class_: InventedClass) -> bytes:
    rows = [(each.sis, each.name, each.email, each.login) for each in class_.students]
    return _table([("id", "name", "email", "login"), *rows])


def _excel_roster(class_: InventedClass) -> bytes:
    """What Excel calls Unicode text."""
    rows = [(each.sis, each.sortable, each.email) for each in class_.students]
    return _table([("id", "name", "email"), *rows], "\t", "utf-16")


def _github_roster(class_: InventedClass) -> bytes:
    """GitHub Classroom's own: the identifier is what the teacher has written."""
    head = ("identifier", "github_username", "github_id", "name")
    rows = [(each.sis, each.github, str(1000 + each.number), each.name) for each in class_.students]
    return _table([head, *rows])


ROSTERS: dict[str, Callable[[InventedClass], bytes]] = {
    "canvas": _canvas_roster,
    "canvas_decimal_comma": _canvas_decimal_comma,
    "moodle": _moodle_roster,
    "moodle_es": _moodle_roster_es,
    "moodle_blind": _moodle_roster_blind,
    "gradescope": _gradescope_roster,
    "gradescope_names": _gradescope_names,
    "plain": _plain_roster,
    "excel": _excel_roster,
    "github": _github_roster,
}


def _table(rows: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def _plain(text: str) -> str:
    return re.sub("[^a-z0-9]", "", _ascii(text).lower())


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
