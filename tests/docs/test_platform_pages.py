"""The pages about platforms show what the program prints for the entries that they explain."""

import re
from pathlib import Path

import pytest

from tests.support.batches import LentKey, grader
from tests.support.paths import PROJECT
from tests.support.submission_files import make_zip, write_files

PAGES = PROJECT / "docs/platforms"
RIGHT = (PROJECT / "tests/submissions/log_sum_exp.py").read_bytes()
WRONG = (PROJECT / "tests/submissions/gradient_not_averaged.py").read_bytes()
BRIGHTSPACE = "397063-255"
TEXT = "assignsubmission_onlinetext/onlinetext.html"
BLACKBOARD = "HW1 Softmax_{}_attempt_2026-03-02-23-{}-01{}"
METADATA = b"""submission_409194023:
  :submitters:
  - :name: Jane Doe
    :sid: '2071001'
    :email: jane@example.edu
  - :name: Jos\xc3\xa9 Garc\xc3\xada
    :sid: '0071014'
    :email: jose@example.edu
  :created_at: 2026-04-26 17:34:00.861687000 Z
submission_409194024:
  :submitters:
  - :name: Kim Lee
    :sid: '2071027'
    :email: kim@example.edu
  :created_at: 2026-04-26 17:35:00.861687000 Z
submission_409194025:
  :submitters: []
"""
MANIFEST = b"""id,name,path,submitted_at,late,attempt
jdoe,Jane Doe,first.py,2026-11-20T17:34:00-08:00,no,1
jdoe,Jane Doe,second.py,2026-11-20T18:12:00-08:00,no,2
jgarcia,Jos\xc3\xa9 Garc\xc3\xada,group.py,11/20/2026 11:58 PM,yes,1
klee,Kim Lee,group.py,,,1
"""


def receipt(name: str, user: str) -> bytes:
    return f"Name: {name} ({user})\nAssignment: HW1 Softmax\n".encode()


# What the command of each page is given.
DOWNLOADS: dict[str, dict[str, bytes]] = {
    "canvas": {
        "doejane_12345_678901_softmax.py": RIGHT,
        "garcíajosé_LATE_12346_678902_softmax-2.py": WRONG,
        "leekim_12347_678903_softmax.py": RIGHT,
        "roejo_12348_text.html": b"<p>my work</p>",
        "khanali_12345_678904_12349_678905_softmax.py": RIGHT,
        "grades.csv": b"Student,ID,SIS User ID,SIS Login ID,Section,Softmax (9)\n",
    },
    "moodle": {
        "Jane Doe_10019166_assignsubmission_file/softmax.py": RIGHT,
        "José García_10019167_assignsubmission_file/softmax.py": WRONG,
        f"Kim Lee_10019168_{TEXT}": b"<p>my work</p>",
    },
    "gradescope": {
        f"assignment_8046601_export/{name}": content
        for name, content in {
            "submission_metadata.yml": METADATA,
            "submission_409194023/softmax.py": RIGHT,
            "submission_409194024/softmax.py": WRONG,
            "submission_409194025/softmax.py": RIGHT,
        }.items()
    },
    "blackboard": {
        BLACKBOARD.format("jdoe", "40", "_softmax.py"): WRONG,
        BLACKBOARD.format("jdoe", "40", ".txt"): receipt("Jane Doe", "jdoe"),
        BLACKBOARD.format("jdoe", "59", "_softmax.py"): RIGHT,
        BLACKBOARD.format("jdoe", "59", ".txt"): receipt("Jane Doe", "jdoe"),
        BLACKBOARD.format("j_garcia", "50", "_softmax.py"): RIGHT,
        BLACKBOARD.format("j_garcia", "50", ".txt"): receipt("José García", "j_garcia"),
        BLACKBOARD.format("klee", "51", ".txt"): receipt("Kim Lee", "klee"),
    },
    "brightspace": {
        f"{BRIGHTSPACE}7369 - Jane Doe - Sep 24, 2026 926 PM/softmax.py": WRONG,
        f"{BRIGHTSPACE}7369 - Jane Doe - Sep 24, 2026 1126 PM/softmax.py": RIGHT,
        f"{BRIGHTSPACE}7370 - José García - Sep 24, 2026 1149 AM/softmax.py": RIGHT,
        f"{BRIGHTSPACE}7371 - Kim Lee - Sep 25, 2026 849 AM/softmax.py": RIGHT,
        "index.html": b"<html></html>",
    },
    "classroom": {
        "softmax-jdoe/softmax.py": RIGHT,
        "softmax-jgarcia/softmax.py": WRONG,
        "softmax-klee/README.md": b"# Softmax\n",
    },
    "manifest": {
        "manifest.csv": MANIFEST,
        "first.py": WRONG,
        "second.py": RIGHT,
        "group.py": RIGHT,
        "notes": b"see my e-mail",
    },
}  # fmt: skip
# Progress, and the table of scores: the pages say that these are left out.
LEFT_OUT = re.compile(r"Grading: .*|Writing pages: .*|Scores|\s*[\d-]+ %\s+\d+.*|\s*")


def test_each_page_has_a_download() -> None:
    assert set(DOWNLOADS) == {page.stem for page in PAGES.glob("*.md")}


@pytest.mark.parametrize("platform", DOWNLOADS)
def test_a_page_shows_what_the_program_prints(platform: str, tmp_path: Path, lent: LentKey) -> None:
    """Whatever key it grades with."""
    page = (PAGES / f"{platform}.md").read_text(encoding="utf-8")
    block = re.search(r"^```\n\$ python -m grader (.+)\n([^`]+)^```", page, re.MULTILINE)
    assert block is not None
    match = re.fullmatch(r'batch (?:"([^"]+)"|(\S+)) --out run', block[1])
    assert match is not None
    source = tmp_path / (match[1] or match[2])
    if source.suffix == ".zip":
        source.write_bytes(make_zip(DOWNLOADS[platform]))
    else:
        write_files(source, DOWNLOADS[platform])
    done = grader("batch", source.name, "--out", "run", *lent, folder=tmp_path)
    printed = (done.stderr + done.stdout).splitlines()
    shown = [line for line in block[2].splitlines() if line != "..."]
    assert [line for line in printed if not LEFT_OUT.fullmatch(line)] == shown
