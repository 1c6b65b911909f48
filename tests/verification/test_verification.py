"""An assignment verifies itself: softmax is sound, and one with a mistake in it is found out."""

import html
import re
import shlex
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.assignment.answer_key import answer_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import AssignmentError, read_assignment
from grader.checks import check_named, settings_for
from grader.model import SubmissionError
from grader.reports import verification as matrix
from grader.sandbox.sandbox import Sandbox
from grader.verification.expected import read_expected
from grader.verification.functions import reference_solution, solution_of_stages, under_test
from grader.verification.known_submissions import known_submissions
from grader.verification.result import RightWork, Verification
from grader.verification.verify import verify
from tests.support.grading import QUICK, make_key
from tests.support.marking_assignments import write_marking
from tests.support.paths import PROJECT
from tests.support.program import Completed, grader, grader_in

SOFTMAX = SHIPPED / "softmax"
ENTRIES = {  # of the softmax misconceptions, by their files: where a test needs no more
    "1_regularization_gradient": '"rg_missing": {"reg_gradient": lambda W: 0 * W}',
    "4_averaging": '"grad_no_N": {"data_gradient": lambda outer: outer}',
    "6_sample_losses": '"epsilon_1e6": {"sample_losses": lambda probabilities, labels: '
    "-np.log(probabilities[labels, np.arange(len(labels))] + 1e-6)}",
}
OTHERS = (
    "0_regularization",
    "2_regularization_loss",
    "3_dscores",
    "5_probabilities",
    "7_data_gradient",
    "8_labels",
    "9_large_scores",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assignment that extends softmax, with three of its misconceptions only."""
    return write_folder(tmp_path)


def write_folder(path: Path) -> Path:
    own = path / "ours"
    own.joinpath("misconceptions").mkdir(parents=True)
    own.joinpath("assignment.toml").write_text(f'extends = "{SOFTMAX}"\n', encoding="utf-8")
    for name, entry in {**ENTRIES, **dict.fromkeys(OTHERS, "")}.items():
        write_entries(own, name, entry)
    return own


def write_entries(folder: Path, name: str, entries: str) -> None:
    text = f"import numpy as np\n\nMISCONCEPTIONS = {{{entries}}}\n"
    folder.joinpath(f"misconceptions/{name}.py").write_text(text, encoding="utf-8")


def add_setting(folder: Path, text: str) -> None:
    with folder.joinpath("assignment.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def verified(folder: Path, *overrides: str, seed: int = 231) -> Verification:
    assignment = read_assignment(folder, overrides)
    return verify(assignment, answer_key(assignment, seed), seed)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def softmax() -> Verification:
    return verified(SOFTMAX)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the assignment, far from every other file of the project."""
    return Path(shutil.copytree(SOFTMAX, tmp_path_factory.mktemp("copied") / "copy"))


def test_the_command_prints_the_matrix_and_writes_the_page(
    tmp_path: Path, softmax: Verification
) -> None:
    """As in the example of its help, with the name of the shipped assignment: nothing runs of
    another one in a folder of that name. (`make verify` and `make wheel` run it without a name.)"""
    help_page = grader("verify-assignment", "--help").stdout
    example = re.search(r"^  \S+ -m grader (.+)$", help_page, re.MULTILINE)
    assert example is not None
    marker = write_marking(tmp_path, "softmax")
    done = grader_in(tmp_path, *shlex.split(example[1]), "softmax")
    assert (done.returncode, done.stderr) == (0, "")
    assert not marker.exists()
    right_work = RightWork(len(read_expected(SOFTMAX / "variants")), (231,))
    softmax = replace(softmax, right_work=right_work)
    assert done.stdout == matrix.text(softmax)
    assert "The assignment is sound" in done.stdout
    assert all(len(line) <= matrix.WIDTH and line.isascii() for line in done.stdout.splitlines())
    page = (tmp_path / "verification.html").read_text(encoding="utf-8")
    assert page == matrix.page(softmax)
    assert "default-src 'none'" in html.unescape(page)
    assert not re.search(r"<script|<link|<img|https?://|\sstyle=", page)
    for row in softmax.rows:
        assert f'<th scope="row">{row.name}</th>' in page


def test_every_misconception_has_a_row(softmax: Verification) -> None:
    assignment = read_assignment(SOFTMAX)
    names = [row.name for row in softmax.rows]
    assert sorted([*names, *softmax.correct_in_this_convention]) == sorted(
        load_misconceptions(assignment, load_stages(assignment))
    )
    lines = matrix.text(softmax).splitlines()
    assert all(any(line.startswith(name + " ") for line in lines) for name in names)


def test_every_mark_is_what_the_check_says(softmax: Verification) -> None:
    """Asked here without the panel: a function under test, a check, and nothing else."""
    assignment = read_assignment(SOFTMAX)
    key, stages = make_key(seed=231), load_stages(assignment)
    misconceptions = load_misconceptions(assignment, stages)
    right = reference_solution(assignment)
    others = {
        short: under_test(key, definition, right) for short, definition in key.functions.items()
    }
    for row in softmax.rows[::3]:
        solution = solution_of_stages(assignment, {**stages, **misconceptions[row.name]}, right)
        for question in key.questions:
            if question.check in ("faster", "stable") or not question.points:
                continue
            definition = key.functions[question.id.partition(".")[0]]
            tested = under_test(key, definition, solution, others)
            check, settings = check_named(key, question.check), settings_for(question, key)
            try:
                passed = check.judge(tested, key, settings).passed
                outcome = "passed" if passed else "failed"
            except SubmissionError as fault:
                outcome = "failed" if fault.was_asked else "not_run"
            assert row.outcomes[question.id] == outcome, (row.name, question.id)


def test_points_lost_and_kills_add_up(softmax: Verification) -> None:
    points = {asked.id: asked.points for asked in softmax.questions}
    for row in softmax.rows:
        lost = {
            short: sum(
                points[q]
                for q, o in row.outcomes.items()
                if o != "passed" and q.startswith(short + ".")
            )
            for short in row.points_lost
        }
        assert row.points_lost == lost
    for asked in softmax.questions:
        assert asked.killed == sum(row.outcomes[asked.id] == "failed" for row in softmax.rows)
    advice = {question.id for question in make_key().questions if not question.points}
    assert (set(softmax.needs_process), set(softmax.advice)) == ({"vectorized.faster"}, advice)
    text = one_line(matrix.text(softmax))
    assert "because it takes a process of its own: vectorized.faster." in text
    assert "Not asked here, as they cost no points: naive.changes_inputs, naive.epsilon," in text


def test_margins_are_measured(softmax: Verification) -> None:
    """The mildest mistake is an epsilon of 1e-6.

    Its loss is off by its size over a probability, on average.
    """
    by_name = {(margin.what, margin.precision): margin for margin in softmax.margins}
    assert {name for name, _ in by_name} == {"loss", "dW", "loss+reg", "dW+reg", "slope of dW"}
    loss = by_name["loss", "float64"]
    assert loss.mildest == "epsilon_1e6"
    assert 1e-6 < (loss.wrong or 0) < 1e-5
    assert loss.correct < 1e-14
    # It leaves dW alone.
    assert by_name["dW", "float64"].mildest not in (None, "epsilon_1e6")
    single = by_name["loss", "float32"]
    assert 1e-9 < single.correct < single.limit
    assert single.limit < (single.wrong or 0)
    assert single.holds


def test_a_tolerance_of_ten_lets_mistakes_pass(folder: Path) -> None:
    add_setting(folder, "[tolerances]\noutputs = { loss = 10.0 }\nslope = 10.0\n")
    done = grader("verify-assignment", folder)
    assert (done.returncode, done.stderr) == (1, "")
    survivors = "Survive every question of a function, with full marks: epsilon_1e6"
    assert f"{survivors} (naive, vectorized)." in one_line(done.stdout)
    assert re.search(
        r"loss, in float64: epsilon_1e6 is wrong by \S+e-06, within the tolerance outputs.loss, "
        "and survives there.",
        one_line(done.stdout),
    )
    assert "The assignment is not sound" in done.stdout


def test_a_question_that_is_left_out_is_missed_in_its_function(folder: Path) -> None:
    add_setting(
        folder,
        '[questions]\n"naive.reg_gradient" = false\n'
        # These need it.
        '"naive.odd_shapes" = false\n"naive.slices" = false\n',
    )
    verification = verified(folder)
    assert [(row.name, row.full_marks) for row in verification.survived] == [
        ("rg_missing", ("naive",))
    ]
    assert "full marks: rg_missing (naive)." in one_line(matrix.text(verification))


def test_no_misconception_is_the_reference(folder: Path) -> None:
    write_entries(folder, "9_ours", '"mine": {"squares": lambda W: np.sum(W ** 2)}')
    verification = verified(folder)
    assert [row.name for row in verification.survived] == ["mine"]
    assert verification.indistinguishable == (("the reference", "mine"),)
    assert not verification.is_sound


def test_two_names_for_one_mistake_are_found(folder: Path) -> None:
    write_entries(folder, "9_ours", '"mine": {"reg_gradient": lambda W: np.zeros(W.shape)}')
    verification = verified(folder)
    assert verification.indistinguishable == (("rg_missing", "mine"),)
    assert verification.is_sound
    assert "Cannot be told apart by the diagnosis: rg_missing = mine." in one_line(
        matrix.text(verification)
    )


def test_what_breaks_on_large_scores_only_is_killed_by_stable(softmax: Verification) -> None:
    """No other mistake fails that question.

    A maximum of all samples is asked about in one function only, and that is no fault of the
    assignment.
    """
    failures = {
        row.name: {question for question, outcome in row.outcomes.items() if outcome == "failed"}
        for row in softmax.rows
    }
    assert failures["no_shift"] == {
        "naive.stable",
        "vectorized.stable",
        "vectorized.stable_each_sample",
    }
    assert failures["shift_by_global_maximum"] == {"vectorized.stable_each_sample"}
    assert softmax.survived == ()
    told = one_line(matrix.text(softmax))
    assert "and so never diagnosed: no_shift, shift_by_global_maximum (naive)." in told
    assert "Questions that no misconception fails" not in told


def test_a_question_that_kills_nothing_is_named(folder: Path) -> None:
    verification = verified(folder)
    assert set(verification.never_killing) == {
        asked.id for asked in verification.questions if not asked.killed
    }
    assert {"naive.stable", "vectorized.stable", "vectorized.stable_each_sample"} <= set(
        verification.never_killing
    )
    assert (
        "nothing shows whether they work: naive.reg_loss, naive.stable, vectorized.reg_loss,"
        in one_line(matrix.text(verification))
    )


CRASHING = {
    '{"squares": lambda W: np.summ(W)}': (
        "9_ours.py, line 4: stage 'squares' stops with AttributeError: "
        "module 'numpy' has no attribute 'summ'"
    ),
    '{"scores": lambda W, X: W.dot(X).sun()}': (
        "9_ours.py, line 5: stage 'scores' stops with AttributeError: "
        "'numpy.ndarray' object has no attribute 'sun'"
    ),
    '{"labels": lambda y: None}': "its stages give no loss and no dW",
}


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Completed:
    """What the command says of an assignment with all of these: "mine0", "mine1", and so on."""
    folder = write_folder(tmp_path_factory.mktemp("crashing"))
    lines = [f'    "mine{number}": {entry},\n' for number, entry in enumerate(CRASHING)]
    write_entries(folder, "9_ours", "\n" + "".join(lines))
    return grader("verify-assignment", folder)


@pytest.mark.parametrize(("number", "reason"), [*enumerate(CRASHING.values())])
def test_a_misconception_without_any_result_is_crashing(
    crashed: Completed, number: int, reason: str
) -> None:
    """It would cost all points, and so look as if it were killed."""
    assert (crashed.returncode, crashed.stderr) == (1, "")
    told = one_line(crashed.stdout)
    assert f"mine{number} gives no result on any case: {reason}. " in told


def test_one_that_gives_a_result_if_shapes_fit_is_not_crashing(softmax: Verification) -> None:
    assert "p_keepdims_missing" in {row.name for row in softmax.rows}
    assert softmax.crashing == {}


def test_words_that_are_missing_or_fit_nothing_are_found(folder: Path) -> None:
    """In each language. The assignment that it extends may have words for more than it uses."""
    write_entries(
        folder, "9_ours", '"mine": {"reg_loss": lambda: 1.0}, "other": {"reg_loss": lambda: 2.0}'
    )
    folder.joinpath("messages").mkdir()
    fields = 'name = "a"\nmeans = "b."\nnext = "c?"\n'
    english = (
        f'[misconceptions.mine]\n{fields}topic = "lost"\n'
        f'[misconceptions.mien]\n{fields}[misconceptions.other]\nname = "a"\n'
    )
    folder.joinpath("messages/en.toml").write_text(english, encoding="utf-8")
    verification = verified(folder)
    in_english, in_spanish = verification.translations
    assert (in_english.missing, in_english.unknown_ids, in_english.unknown_topics) == (
        ("other",),
        ("mien",),
        ("mine (lost)",),
    )
    assert (in_spanish.missing, in_spanish.unknown_ids, in_spanish.unknown_topics) == (
        ("mine", "other"),
        (),
        (),
    )
    told = one_line(matrix.text(verification))
    assert "Without name, means and next in messages/en.toml: 1: other." in told
    assert "In messages/en.toml, but not a misconception: 1: mien." in told
    assert "With a topic that is no section of the explanation in en: 1: mine (lost)." in told
    assert "Without name, means and next in messages/es.toml: 2: mine, other." in told


def test_what_the_diagnosis_cannot_tell_apart_is_found(folder: Path) -> None:
    """To the diagnosis, zero but for rounding is zero, and it does not look at large scores."""
    all_to_one_row = (
        '{"outer": lambda dscores, one_hot, X: (one_hot * np.sum(dscores, axis=0)).dot(X.T)}'
    )
    zero = '{"outer": lambda W: 0 * W}'
    write_entries(folder, "9_ours", f'"grad_zero": {zero}, "all_to_label_row": {all_to_one_row}')
    verification = verified(folder)
    assert verification.indistinguishable == (("grad_zero", "all_to_label_row"),)
    assert verification.is_sound


def test_wrong_stages_are_found_out(folder: Path) -> None:
    text = (
        SOFTMAX.joinpath("stages.py")
        .read_text(encoding="utf-8")
        .replace("return loss_sum / N", "return loss_sum")
    )
    folder.joinpath("stages.py").write_text(text, encoding="utf-8")
    done = grader("verify-assignment", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stages.py: the stages do not give the loss of" in done.stderr
    assert "on case 'small'. Correct one of them." in done.stderr


OWN_CHECK = """
from grader.checks import Check
from grader.checks.settings import CasesSettings
from grader.model import Message
from grader.verdict import CheckResult


def below_one(function, key, settings):
    answers = [function.call_once(key.cases[name]) for name in settings.cases]
    is_below = all(float(answer.value("loss")) < 1 for answer in answers)
    return CheckResult(is_below, None if is_below else Message("probability_vanishes"))


CHECKS = {"below_one": Check(below_one, CasesSettings)}
"""


def test_a_reference_that_fails_a_question_is_found_out(folder: Path) -> None:
    """By a check of the assignment's own. With other seeds as well."""
    folder.joinpath("checks.py").write_text(OWN_CHECK, encoding="utf-8")
    question = '"naive.own" = { points = 1, check = "below_one", cases = ["small"] }'
    exact = "value = 1e-9\nsingle_precision = 1e-9\noutputs = { loss = 1e-9 }"
    add_setting(folder, f"[questions]\n{question}\n[tolerances]\n{exact}\n")
    verification = verified(folder)
    assert verification.reference_fails == ("naive.own",)
    assert "naive.loss" in verification.single_precision_fails
    assert not verification.is_sound
    told = one_line(matrix.text(verification))
    assert "The reference fails: naive.own." in told
    assert "The reference fails when it computes in float32: naive.loss," in told
    assert "The reference fails with seed 232: naive.own." in told
    assert re.search(
        r"loss, in float32: correct work is off by \S+e-08, beyond the tolerance "
        r"single_precision. Raise it.",
        told,
    )


@pytest.mark.parametrize("is_strict", [False, True])
def test_a_gradient_that_is_no_slope_of_the_reference_itself(folder: Path, is_strict: bool) -> None:
    """The key and the stages would take it for right: there is no key with such a reference."""
    for name, right, wrong in (
        ("softmax.py", " / num_samples + reg * W\n", " / 2 / num_samples + reg * W\n"),
        ("stages.py", "return outer / N", "return outer / 2 / N"),
    ):
        text = SOFTMAX.joinpath(name).read_text(encoding="utf-8")
        assert right in text
        if not is_strict:
            folder.joinpath(name).write_text(text.replace(right, wrong), encoding="utf-8")
    if is_strict:  # a right one, held to more than any code can do
        add_setting(folder, "[tolerances]\nslope = 1e-14\n")
    done = grader("verify-assignment", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "case 'small': " in done.stderr
    assert "the reference's own dW" in done.stderr


def test_an_assignment_without_misconceptions_verifies_its_reference(folder: Path) -> None:
    for name in (*ENTRIES, *OTHERS):
        write_entries(folder, name, "")
    verification = verified(folder)
    assert verification.is_sound
    assert verification.rows == ()
    told = matrix.text(verification)
    assert "The assignment is sound: the reference gets full marks." in told
    assert "Survive" not in told
    assert "<h1>Sound</h1>" in matrix.page(verification)


def test_known_submissions_are_held_to_what_is_expected(tmp_path: Path, sandbox: Sandbox) -> None:
    source = PROJECT / "tests/submissions"
    for name in ("reg_missing", "log_sum_exp"):
        tmp_path.joinpath(f"{name}.py").write_bytes(source.joinpath(f"{name}.py").read_bytes())
    expected = tmp_path / "expected.toml"
    expected.write_text("[reg_missing]\n[log_sum_exp]\n", encoding="utf-8")
    missing, right = known_submissions(
        tmp_path, lambda own: make_key(*QUICK, *own), sandbox.open_program
    )
    assert right.mismatches == ()
    told = "vectorized.reg_loss failed (effect_missing.loss), expected passed"
    assert told in missing.mismatches
    # The code of the message alone will do.
    expected.write_text(
        "[reg_missing]\n"
        'failed = { "vectorized.reg_loss" = "effect_missing", '
        '"vectorized.reg_gradient" = "other" }\n',
        encoding="utf-8",
    )
    (missing,) = known_submissions(
        tmp_path, lambda own: make_key(*QUICK, *own), sandbox.open_program
    )
    assert not any("vectorized.reg_loss" in each for each in missing.mismatches)
    told = "vectorized.reg_gradient failed (effect_missing.dW), expected failed (other)"
    assert told in missing.mismatches
    expected.write_text("[absent]\n", encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"expected\.toml: absent: .*no such file"):
        known_submissions(tmp_path, lambda own: make_key(*own), sandbox.open_program)
    expected.write_text("[reg_missing]\nfailed = 3\n", encoding="utf-8")
    with pytest.raises(AssignmentError, match=r"expected\.toml: .*Write a table for each file"):
        known_submissions(tmp_path, lambda own: make_key(*own), sandbox.open_program)


def test_a_copied_folder_grades_and_explains(copied: Path) -> None:
    """From another folder, by a path: it needs no other file of the project. That it verifies is
    tested in three conventions above."""
    reference = copied / "softmax.py"
    graded = grader("grade", reference, "--assignment", copied)
    assert (graded.returncode, graded.stderr) == (0, "")
    assert "100 of 100 points" in graded.stdout
    for language in ("en", "es"):
        options = ("--lang", language)
        explained = grader("explain", "axis", "--assignment", copied, *options)
        assert (explained.returncode, explained.stderr) == (0, "")
        shipped = grader("explain", "axis", *options)
        # The end names the command that shows more, and in it the assignment.
        assert explained.stdout.splitlines()[:14] == shipped.stdout.splitlines()[:14]
