"""A class that hands in two files each: from the source to the exports, with one file missing."""

import json
from pathlib import Path

import pytest

from tests.support.batches import grader, query
from tests.support.submission_files import make_zip, write_files
from tests.support.two_files import BOTH, FOLDER, LAYERS, NET, write_texts

ASSIGNMENT = ("--assignment", FOLDER, "--jobs", 1)
RAISING = NET.replace("return hidden @ self.u", "return hidden @ self.v")
HIDDEN = "relu_forward(affine_forward(x, self.w, self.b))"
METHOD = f"\n    def hidden(self, x):\n        return {HIDDEN}\n"
OTHER = {
    "layers.py": LAYERS.replace("x @ w + b", "b + x @ w"),
    "fc_net.py": NET.replace(HIDDEN, "self.hidden(x)") + METHOD,
}
TEN = 10.0


def folder_of(name: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{name}/{file}": text for file, text in files.items()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class, and the folder of a run that has graded it once."""
    folder = tmp_path_factory.mktemp("graded")
    files = {
        **folder_of("alice", BOTH),
        **folder_of("bob", {"layers.py": LAYERS}),
        **folder_of("dan", {"hw/layers (1).py": LAYERS, "hw/fc_net.py": RAISING}),
        **folder_of("eva", {**OTHER, "notes.py": "raise SystemExit"}),
        **folder_of("fay", {"course/layers.py": LAYERS, "course/classifiers/fc_net.py": NET}),
    }
    write_texts(folder / "class", files)
    packed = {name: text.encode() for name, text in BOTH.items()}
    write_files(folder / "class", {"carla.zip": make_zip(packed)})
    grader("batch", folder / "class", "--out", folder / "run", *ASSIGNMENT)
    return folder


def scores(run: Path) -> dict[str, float]:
    rows = query(
        run,
        "SELECT ids, score FROM current_verdicts AS v JOIN submissions AS s ON s.id = v.submission",
    )
    return {json.loads(ids)[0]: score for ids, score in rows}


def test_each_is_graded_from_all_files(graded: Path) -> None:
    assert scores(graded / "run") == {
        "alice": TEN,
        "bob": 6.0,
        "carla": TEN,
        "dan": 6.0,
        "eva": TEN,
        "fay": TEN,
    }


def test_the_gradebook_keeps_all_files(graded: Path) -> None:
    rows = dict(query(graded / "run", "SELECT ids, more FROM submissions"))
    assert [each["file"] for each in json.loads(rows['["alice"]'])] == ["fc_net.py"]
    assert json.loads(rows['["bob"]']) == []
    for person, said in (("alice", "10 points then, 10 now"), ("dan", "6 points then, 6 now")):
        assert f"The same: {said}" in grader("replay", graded / "run", person).stdout


def test_the_pages_say_what_is_missing_and_quote_lines_of_the_second_file(graded: Path) -> None:
    pages = graded / "run/pages"
    assert "fc_net.py is not among your files." in (pages / "bob.html").read_text()
    raising = (pages / "dan.html").read_text()
    line = RAISING.splitlines().index("        return hidden @ self.v") + 1
    assert f"fc_net.py, line {line}" in raising
    assert "return hidden @ self.v" in raising


def test_the_same_code_is_found_across_the_files(graded: Path) -> None:
    rows = query(
        graded / "run",
        "SELECT ids, fingerprint FROM verdicts AS v JOIN submissions AS s ON s.id = v.submission",
    )
    prints = {json.loads(ids)[0]: mark for ids, mark in rows}
    assert prints["alice"] == prints["carla"] == prints["fay"]
    assert len({prints[name] for name in ("alice", "bob", "dan", "eva")}) == 4


def test_the_exports_have_every_row(graded: Path, tmp_path: Path) -> None:
    for form in ("csv", "json", "junit"):
        grader("export", graded / "run", "--format", form, "--output", tmp_path / form)
    rows = {
        row["people"][0]["id"]: row for row in json.loads((tmp_path / "json").read_text())["rows"]
    }
    assert rows["bob"]["notes"] == ["note_file_missing"]
    assert rows["bob"]["origin"] == "bob/layers.py"
    assert rows["alice"]["origin"] == "alice"
    assert "missing_file" in (tmp_path / "csv").read_text()
    assert "TwoLayerNet" in (tmp_path / "junit").read_text()


def test_a_change_of_the_second_file_is_a_new_version(tmp_path: Path) -> None:
    source, run = write_texts(tmp_path / "class", folder_of("alice", BOTH)), tmp_path / "run"
    grader("batch", source, "--out", run, *ASSIGNMENT)
    (source / "alice/fc_net.py").write_text(RAISING)
    grader("batch", source, "--out", run)
    assert query(run, "SELECT count(*) FROM submissions") == [(2,)]
    found = query(run, "SELECT score FROM verdicts ORDER BY id")
    assert found == [(TEN,), (6.0,)]
    assert "AttributeError" in (run / "pages/alice.html").read_text()


@pytest.mark.parametrize(
    ("files", "people"),
    [
        (
            {
                "doealice_11_901_layers.py": LAYERS,
                "doealice_11_902_fc_net.py": NET,
                "roebob_LATE_12_903_layers-1.py": LAYERS,
            },
            {"11": TEN, "12": 6.0},
        ),
        (
            {
                "Alice Doe_11_assignsubmission_file/layers.py": LAYERS,
                "Alice Doe_11_assignsubmission_file/fc_net.py": NET,
                "Bob Roe_12_assignsubmission_file/layers.py": LAYERS,
            },
            {"11": TEN, "12": 6.0},
        ),
        (
            {
                "HW1_jdoe_attempt_2024-03-02-23-59-01_layers.py": LAYERS,
                "HW1_jdoe_attempt_2024-03-02-23-59-01_fc_net.py": NET,
                "HW1_broe_attempt_2024-03-02-23-59-01_layers.py": LAYERS,
            },
            {"jdoe": TEN, "broe": 6.0},
        ),
        (
            {
                "manifest.csv": "id,path\nann,1/layers.py\nann,1/fc_net.py\nbob,2/layers.py\n",
                **folder_of("1", BOTH),
                "2/layers.py": LAYERS,
            },
            {"ann": TEN, "bob": 6.0},
        ),
    ],
    ids=["canvas", "moodle", "blackboard", "manifest"],
)
def test_downloads_of_platforms(
    tmp_path: Path, files: dict[str, str], people: dict[str, float]
) -> None:
    source = write_texts(tmp_path / "class", files)
    done = grader("batch", source, "--out", tmp_path / "run", *ASSIGNMENT)
    assert scores(tmp_path / "run") == people
    assert "2 hand-ins of 2 people" in done.stdout + done.stderr
