"""What verification says of assignments of any shape, where something is wrong with them."""

import shutil
from pathlib import Path

import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.settings import AssignmentError, read_assignment
from grader.reports import verification as matrix
from grader.sandbox.sandbox import Sandbox
from grader.verification.known_submissions import known_submissions
from grader.verification.result import Verification
from grader.verification.verify import verify
from tests.support.paths import PROJECT
from tests.support.program import grader

ASSIGNMENTS = PROJECT / "tests/assignments"


@pytest.fixture
def logistic(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ASSIGNMENTS / "logistic", tmp_path / "logistic"))


def edit(folder: Path, name: str, *pairs: tuple[str, str]) -> None:
    text = folder.joinpath(name).read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    folder.joinpath(name).write_text(text, encoding="utf-8")


def verified(folder: Path) -> Verification:
    assignment = read_assignment(folder)
    return verify(assignment, build_key(assignment, assignment.seed), assignment.seed)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 / 0", "ZeroDivisionError in ours (logistic/checks.py, line 6): division by zero."),
        ("return None", "The assignment's checks.py returns NoneType, and no CheckResult."),
        ("raise SystemExit(2)", "SystemExit in ours (logistic/checks.py, line 6): 2."),
    ],
)
def test_a_check_that_stops_on_the_reference_is_named(logistic: Path, line: str, says: str) -> None:
    """The reference does not fail: its author has to hear which line of checks.py does."""
    logistic.joinpath("checks.py").write_text(
        "from grader.checks import Check\nfrom grader.checks.settings import CasesSettings\n\n\n"
        f"def judge(function, key, settings):\n    {line}\n\n\n"
        'CHECKS = {"ours": Check(judge, CasesSettings)}\n',
        encoding="utf-8",
    )
    question = '"logistic.ours" = { points = 1, check = "ours", cases = ["small"] }'
    edit(logistic, "assignment.toml", ("[questions]", f"[questions]\n{question}"))
    with pytest.raises(AssignmentError) as refused:
        verified(logistic)
    assert str(refused.value) == (
        f'{logistic}/assignment.toml: questions."logistic.ours": its check fails on the reference: '
        f"{says} Correct the check."
    )


def test_topics_need_no_explanation(logistic: Path) -> None:
    """A preset's mistakes have topics, and an assignment need not have an explanation."""
    settings = logistic.joinpath("assignment.toml").read_text(encoding="utf-8")
    start, _, rest = settings.partition("[topics]")
    rest = rest[rest.index("\n[") + 1 :] if "\n[" in rest else ""
    lines = [line for line in (start + rest).splitlines() if not line.startswith("explanation")]
    logistic.joinpath("assignment.toml").write_text("\n".join(lines), encoding="utf-8")
    assert not any(each.unknown_topics for each in verified(logistic).translations)


def test_an_output_that_no_question_judges(logistic: Path) -> None:
    """All mistakes in it survive, and are named."""
    text = logistic.joinpath("assignment.toml").read_text(encoding="utf-8")
    lines = [
        line.replace(', "logistic.gradient"]', "]").replace(
            ', output_if = { dw = "logistic.gradient" }', ', output = "loss"'
        )
        for line in text.splitlines()
        if not line.startswith(('"logistic.gradient"', '"logistic.slope"'))
    ]
    logistic.joinpath("assignment.toml").write_text("\n".join(lines), encoding="utf-8")
    verification = verified(logistic)
    assert verification.unasked_outputs == ("dw",)
    assert {"dw_sign", "dw_zero"} <= {row.name for row in verification.survived}
    assert "loss_sign" not in {row.name for row in verification.survived}
    assert not verification.is_sound
    assert "Outputs that no question judges: dw." in one_line(matrix.text(verification))


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("random = np.random.default_rng(5)\n    drawn = {}", "every seed gives the same numbers"),
        ("random = np.random.default_rng()\n    drawn = {}", "two calls with one seed give diff"),
    ],
)
def test_cases_that_do_not_depend_on_the_seed_alone(logistic: Path, cases: str, says: str) -> None:
    edit(logistic, "cases.py", ("drawn = {}", cases))
    done = grader("verify-assignment", logistic)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{logistic / 'cases.py'}: {says}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "stages.py",
            "    return loss_sum / N",
            "    return loss_summ / N",
            "stages.py, line 35: stage 'loss' stops with NameError: name 'loss_summ'",
        ),
        (
            "stages.py",
            "    return loss_sum / N",
            "    return loss_sum.mean(axis=1) / N",
            "stages.py, line 35: stage 'loss' stops with AxisError: axis 1 is out of bounds",
        ),
        (
            "stages.py",
            "def loss(loss_sum, N):",
            "def loss(loss_sum, N, M):",
            "stage 'loss' needs 'M', which is no stage and no given value",
        ),
        (
            "logistic.py",
            "    scores = X.dot(w)",
            "    scores = X.dott(w)",
            "logistic.py, line 11: logistic_loss gives no answer (AttributeError",
        ),
        ("cases.py", "(N, D) in SIZES", "(N, D) in SIZE", "cases.py, line 12: "),
        ("misconceptions/1_logistic.py", "np.sum(sample", "np.sum((sample", "1_logistic.py, line "),
    ],
)
def test_errors_of_course_code_say_where_they_are(
    logistic: Path, file: str, old: str, new: str, says: str
) -> None:
    """The file, the line, and the stage or function: in one sentence."""
    edit(logistic, file, (old, new))
    done = grader("verify-assignment", logistic)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_stages_that_stop_on_large_numbers_only(logistic: Path) -> None:
    """On a case that no mistake is named from: verification asks them about it, too."""
    edit(
        logistic,
        "stages.py",
        (
            "    return loss_sum / N",
            "    if N == 4 and loss_sum > 100:\n        raise ValueError('too large')\n"
            "    return loss_sum / N",
        ),
    )
    done = grader("verify-assignment", logistic)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stages.py, line 36: stage 'loss' stops with ValueError: too large" in done.stderr


def test_a_reference_that_fails_on_some_keys_only(logistic: Path) -> None:
    """As where cases come near to a kink by chance: other seeds find it out."""
    own_check = """
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.verdict import CheckResult


def first_weight_is_positive(function, key, settings):
    return CheckResult(key.cases["small"].inputs["w"][0] > 0)


CHECKS = {"positive": Check(first_weight_is_positive, CasesSettings)}
"""
    logistic.joinpath("checks.py").write_text(own_check, encoding="utf-8")
    question = '"logistic.luck" = { points = 1, check = "positive", cases = ["small"] }\n'
    with logistic.joinpath("assignment.toml").open("a", encoding="utf-8") as file:
        file.write(question)
    verification = verified(logistic)
    assert 0 < len(verification.fails_with_seed) + len(verification.reference_fails) < 5
    assert set(verification.fails_with_seed.values()) == {("logistic.luck",)}
    assert not verification.is_sound
    seed = min(verification.fails_with_seed)
    told = one_line(matrix.text(verification))
    assert f"The reference fails with seed {seed}: logistic.luck." in told


def test_known_submissions_of_several_files_are_folders(tmp_path: Path, sandbox: Sandbox) -> None:
    layers = ASSIGNMENTS / "layers"
    for name in ("right", "no_bias"):
        tmp_path.joinpath(name).mkdir()
        for file in ("layers.py", "fc_net.py"):
            tmp_path.joinpath(name, file).write_bytes(layers.joinpath(file).read_bytes())
    edit(tmp_path / "no_bias", "layers.py", (" @ w + b", " @ w"))
    expected = tmp_path / "expected.toml"
    expected.write_text(
        "[right]\n[no_bias]\n"
        'failed = { "forward.out" = "array_differs.out", "backward.slope" = "slope_flat", '
        '"net.loss" = "number_differs", "net.slope" = "slope_flat" }\n'
        'not_run = { "net.gradients" = "needs" }\n',
        encoding="utf-8",
    )
    assignment = read_assignment(layers)
    key = build_key(assignment, assignment.seed, named=False)
    right, no_bias = known_submissions(tmp_path, lambda _: key, sandbox.open_program)
    assert right.mismatches == ()
    assert [each for each in no_bias.mismatches if "slope" not in each] == []


def test_advice_is_compared_only_where_it_is_named(tmp_path: Path, sandbox: Sandbox) -> None:
    logistic = ASSIGNMENTS / "logistic"
    source = "def logistic_loss(w, X, y):\n    X *= 1\n    return work(w, X, y)\n\n\n"
    right = logistic.joinpath("known/right.py").read_text(encoding="utf-8")
    text = right.replace("def logistic_loss", "def work") + source
    tmp_path.joinpath("writes.py").write_text(text, encoding="utf-8")
    expected = tmp_path / "expected.toml"
    assignment = read_assignment(logistic)
    key = build_key(assignment, assignment.seed, named=False)

    def mismatches(table: str) -> tuple[str, ...]:
        expected.write_text(f"[writes]\n{table}", encoding="utf-8")
        (known,) = known_submissions(tmp_path, lambda _: key, sandbox.open_program)
        return known.mismatches

    assert mismatches("") == ()
    assert mismatches('failed = { "logistic.changes_inputs" = "changes_inputs" }') == ()
    assert len(mismatches('failed = { "logistic.changes_inputs" = "raised" }')) == 1


def test_the_page_of_an_assignment_without_conventions(tmp_path: Path) -> None:
    page = tmp_path / "v.html"
    done = grader("verify-assignment", ASSIGNMENTS / "logistic", "--html", page)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("logistic: seed 17\n")
    assert "slope of dw" in page.read_text(encoding="utf-8")
    assert all(len(line) <= matrix.WIDTH for line in done.stdout.splitlines())
