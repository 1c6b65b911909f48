"""What the documents say is there, and what they show is what the program prints."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from docs.pictures.rooms import map_of_rooms
from grader.model import AnswerKey
from grader.redaction import for_student
from tests.support.grading import GradeFile, make_key
from tests.support.paths import PROJECT

DOCUMENTS = sorted(
    [
        PROJECT / "README.md",
        *PROJECT.glob("docs/**/*.md"),
        *PROJECT.glob("student_template/**/*.md"),
        *PROJECT.glob("reference/**/*.md"),
    ]
)
HOW_IT_WORKS = (PROJECT / "docs/how-it-works.md").read_text(encoding="utf-8")
MOST_WORDS = 2500  # of that page
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)|(?:src|srcset)=\"([^\"]+)\"")
PATH = re.compile(
    r"`((?:grader|tests|reference|docs|benchmarks|student_template)/[\w./-]*(?:\.\w+|/))`"
)
TARGET = re.compile(r"\bmake ([a-z]+)\b")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for match in LINK.finditer(text):
        target = match[1] or match[2]
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), target
    for path in PATH.findall(text):
        assert (PROJECT / path).exists(), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_commands_of_make_exist(document: Path) -> None:
    code = re.findall(
        r"`[^`\n]+`|^ {0,4}(?:\$ )?make .+$", document.read_text("utf-8"), re.MULTILINE
    )
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in TARGET.findall("\n".join(code)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_map_of_the_rooms_is_that_of_the_imports() -> None:
    assert (PROJECT / "docs/pictures/rooms.svg").read_text(encoding="utf-8") == map_of_rooms()


@pytest.mark.parametrize("picture", sorted(PROJECT.glob("docs/pictures/*.svg")), ids=name_of)
def test_a_picture_needs_no_network(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text


def test_the_page_for_newcomers_is_short() -> None:
    assert len(HOW_IT_WORKS.split()) <= MOST_WORDS


def test_the_submission_that_is_followed_gives_what_is_shown(grade_file: GradeFile) -> None:
    key = make_key(seed=231, named=True)
    verdict = for_student(grade_file(PROJECT / "docs/example/softmax.py", key))
    graded: dict[str, Any] = json.loads(msgspec.json.encode(verdict))
    findings = {finding["question"]: finding for finding in graded["findings"]}
    finding, diagnosis, whole = (
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", HOW_IT_WORKS, re.DOTALL)
    )
    require_part(finding, findings["vectorized.gradient"])
    require_part(diagnosis, graded["diagnosis"]["softmax_loss_vectorized"])
    require_part(whole, graded)


def require_part(shown: dict[str, Any], real: dict[str, Any]) -> None:
    """Every field that is shown has its real value; fields may be left out."""
    for name, value in shown.items():
        if isinstance(value, dict) and name != "values":
            require_part(value, real[name])
        else:
            assert real[name] == value, name


def test_the_number_of_inputs_is_right(key: AnswerKey) -> None:
    (shown,) = re.findall(r"(\d+) inputs with their expected", HOW_IT_WORKS)
    assert len(key.cases) == int(shown)
