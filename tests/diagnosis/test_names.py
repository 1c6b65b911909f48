"""Names rest on numbers: what students are told about small files that real ones look like."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from grader.grading import grade
from grader.messages import load_words
from grader.reports.student_view import StudentView, student_view
from grader.reports.terminal import summary
from grader.sandbox.sandbox import Sandbox
from grader.verdict import Verdict
from tests.edits.corpus import FOLDER, FUNCTIONS
from tests.support.grading import make_key, submission_of

Replacements = list[tuple[str, str]]
GradeChanged = Callable[[Replacements], Verdict]
BASE = FOLDER / "bases" / "classic_loops.py"
KEY = make_key('questions."vectorized.faster"=false', named=True)
CLASS_LOOP = """    for j in range(num_classes):
      p = np.exp(f[j]) / sum_exp
      dW[j, :] += p * X_i
      if j == y[i]:
        dW[j, :] -= X_i
"""
NAIVE, VECTORIZED = FUNCTIONS.values()
REG_LOSS = "loss += 0.5 * reg * np.sum(W * W)"


def changed(*replacements: tuple[str, str]) -> str:
    """The base with these replacements, each of the first place where the old text stands."""
    text = BASE.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
def grade_changed(sandbox: Sandbox) -> GradeChanged:
    return lambda replacements: grade(
        KEY, submission_of(changed(*replacements)), sandbox.open_program
    )


def view_of(verdict: Verdict, language: str = "en") -> StudentView:
    return student_view(verdict, load_words(language, KEY.words), changed().encode())


def sentences(view: StudentView) -> str:
    """All that the view says about causes and problems."""
    lines = []
    for block in view.causes:
        for cause in block.every_cause:
            lines += [cause.name, cause.means, cause.next]
    for problem in view.problems:
        text = problem.first.sentence.text if problem.first.sentence else ""
        lines += [text, *problem.also, *problem.evidence, *problem.next]
    return "\n".join(lines)


# --- a name needs numbers -------------------------------------------------------------------------


def test_inputs_that_raise_name_no_mistake(grade_changed: GradeChanged) -> None:
    """It raises where there are more classes than samples, as samples picked by the class would.

    dW is 0 elsewhere, whatever the sample is.
    """
    verdict = grade_changed(
        [(CLASS_LOOP, "    for j in range(num_classes):\n      t = (f[j] - y[j]) * X_i\n")]
    )
    diagnosis = verdict.diagnosis[NAIVE]
    assert (diagnosis.status, diagnosis.causes) == ("exact", (("grad_zero",),))
    # What raises is not explained by it, and is told with its line.
    assert diagnosis.questions == ("naive.gradient", "naive.slope")
    by_id = {finding.question: finding for finding in verdict.findings}
    for question in ("naive.loss", "naive.reg_loss", "naive.reg_gradient"):
        message = by_id[question].message
        assert message is not None
        assert (message.code, message.line) == ("raised", 20)


def test_numbers_of_one_input_are_enough_for_a_dW_of_zeros(grade_changed: GradeChanged) -> None:
    """W.dot(W) raises but for the square input: seven mistakes raise like this."""
    verdict = grade_changed(
        [
            (CLASS_LOOP, ""),
            ("reg * np.sum(W * W)\n  dW += reg * W\n", "reg * W.dot(W)\n"),
        ]
    )
    assert verdict.diagnosis[NAIVE].causes == (("dW_never_written",),)
    assert verdict.diagnosis[NAIVE].questions == ()
    (problem,) = view_of(verdict).problems
    assert problem.codes == ("raised",)


def test_a_mistake_that_raises_is_named_where_its_numbers_show(grade_changed: GradeChanged) -> None:
    """The square input is the only one on which it gives any."""
    verdict = grade_changed([("dW = dscores.dot(X.T)", "dW = dscores.dot(X)")])
    assert verdict.diagnosis[VECTORIZED].causes == (("outer_X_not_T",),)


def test_a_mistake_is_named_although_something_else_raises(grade_changed: GradeChanged) -> None:
    """The wide input has five classes; the numbers of the others are not averaged."""
    verdict = grade_changed(
        [
            ("  dW /= num_train\n", ""),
            ("    f -= np.max(f)", "    f -= np.max(f) + np.zeros(4)[num_classes - 1]"),
        ]
    )
    diagnosis = verdict.diagnosis[NAIVE]
    assert diagnosis.causes == (("grad_no_N",),)
    assert diagnosis.unobserved == ("loss", "loss+reg", "dW", "dW+reg")


# --- many mistakes --------------------------------------------------------------------------------


AVERAGE = "np.sum(correct_logprobs) / num_train\n  loss += 0.5 * reg * np.sum(W * W)"
GRADIENT = "dW = dscores.dot(X.T)\n  dW /= num_train\n  dW += reg * W"


@pytest.mark.parametrize(
    ("gradient", "names"),
    [
        # No average and no regularization, in the loss and in dW.
        ("dW = dscores.dot(X.T)", {"no_average", "reg_missing"}),
        (
            "dW = dscores.dot(X.T) / num_train**2 + reg * W / num_train",
            {"loss_no_N", "grad_N_twice", "rl_missing", "rg_over_N"},
        ),
    ],
)
def test_up_to_five_mistakes_are_named(
    grade_changed: GradeChanged, gradient: str, names: set[str]
) -> None:
    """Maximum and sum over the batch, and what is said here."""
    verdict = grade_changed(
        [
            ("np.max(scores, axis=0, keepdims=True)", "np.max(scores)"),
            ("np.sum(exp_scores, axis=0, keepdims=True)", "np.sum(exp_scores)"),
            (AVERAGE, "np.sum(correct_logprobs)"),
            (GRADIENT, gradient),
        ]
    )
    diagnosis = verdict.diagnosis[VECTORIZED]
    assert diagnosis.status == "exact"
    assert set(diagnosis.causes[0]) == names | {"p_sum_all_globalmax"}


@pytest.mark.parametrize(
    ("replacements", "name"),
    [
        ([("  loss /= num_train\n  dW /= num_train\n", "")], "no_average"),
        ([(f"  {REG_LOSS}\n  dW += reg * W\n", "")], "reg_missing"),
        (
            [
                (f"  {REG_LOSS}\n  dW += reg * W\n", ""),
                ("  loss /= num_train\n", f"  {REG_LOSS}\n  dW += reg * W\n  loss /= num_train\n"),
            ],
            "reg_over_N",
        ),
    ],
)
def test_one_idea_in_the_loss_and_in_dW_is_one_cause(
    grade_changed: GradeChanged, replacements: Replacements, name: str
) -> None:
    assert grade_changed(replacements).diagnosis[NAIVE].causes == ((name,),)


@pytest.mark.parametrize(
    ("language", "text"), [("en", "can give these numbers"), ("es", "Hay errores conocidos")]
)
def test_a_factor_that_was_given_up_is_told_as_such(
    grade_changed: GradeChanged, language: str, text: str
) -> None:
    """None of the known mistakes gives them would be false."""
    verdict = grade_changed([("loss /= num_train", "loss = np.sinh(loss) / num_train")])
    (unknown,) = [each for each in verdict.diagnosis.values() if each.unexplained]
    assert unknown.given_up == ()
    assert text not in sentences(view_of(verdict, language))
    diagnoses = verdict.diagnosis | {NAIVE: replace(unknown, given_up=("loss",))}
    given_up = replace(verdict, diagnosis=diagnoses)
    assert text in sentences(view_of(given_up, language))


# --- memory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instead_of_the_shift",
    ["scores = np.clip(scores, None, 50)", "scores = np.clip(scores, -300, 300)"],
)
def test_saturated_scores_are_no_memory(
    grade_changed: GradeChanged, instead_of_the_shift: str
) -> None:
    """Any two inputs with large scores have the same answer. Nothing is kept."""
    verdict = grade_changed(
        [("scores -= np.max(scores, axis=0, keepdims=True)", instead_of_the_shift)]
    )
    codes = {each.question: each.message.code for each in verdict.findings if each.message}
    assert codes["vectorized.stable"] == "unstable"
    assert "answer_of_another_call" not in codes.values()


STORE = "  dW += reg * W\n\n  return loss, dW\n\n\n"


def test_what_is_kept_is_still_told(grade_changed: GradeChanged) -> None:
    """The answer to the first input of a size is kept, and comes back for scores near 1000."""
    begins = "  num_train = X.shape[1]\n\n  scores"
    verdict = grade_changed(
        [
            (STORE, f"{STORE}KEPT = {{}}\n\n\n"),
            (begins, f"  if X.shape in KEPT:\n    return KEPT[X.shape]\n{begins}"),
            ("dscores.dot(X.T)\n", "dscores.dot(X.T)\n  KEPT[X.shape] = loss, dW\n"),
        ]
    )
    codes = {each.question: each.message.code for each in verdict.findings if each.message}
    assert codes["vectorized.stable"] == "answer_of_another_call"


# --- what raises, and on which input --------------------------------------------------------------


@pytest.mark.parametrize(
    ("replacement", "english", "spanish"),
    [
        (
            ("    f -= np.max(f)", "    f -= np.max(f) + np.zeros(4)[num_classes - 1]"),
            "This happens on an input with more classes than samples, and not on a small input.",
            "Esto ocurre con una entrada con más clases que muestras, y no con una entrada"
            " pequeña.",
        ),
        (
            ("  dW += reg * W", "  dW += reg * W if not reg else W.dot(W)"),
            "This happens on a small input where reg is not 0, and not where it is 0.",
            "Esto ocurre con una entrada pequeña cuando reg no es 0, y no cuando es 0.",
        ),
        (
            ("    f -= np.max(f)", "    if num_classes > num_train: return None"),
            "This happens on an input with more classes than samples, and not on a small input.",
            "Esto ocurre con una entrada con más clases que muestras, y no con una entrada"
            " pequeña.",
        ),
        (
            ("    f -= np.max(f)", "    math.exp(np.max(f))"),
            "This happens on scores near 1000, and not on a small input.",
            "Esto ocurre con puntuaciones cercanas a 1000, y no con una entrada pequeña.",
        ),
    ],
    ids=["classes", "reg", "nothing is returned", "large"],
)
def test_what_raises_says_on_which_input(
    grade_changed: GradeChanged, replacement: tuple[str, str], english: str, spanish: str
) -> None:
    verdict = grade_changed([("import numpy", "import math\nimport numpy"), replacement])
    assert english in sentences(view_of(verdict))
    assert spanish in sentences(view_of(verdict, "es"))
    secret = replace(verdict, key=replace(verdict.key, seed=None))
    assert english in sentences(view_of(secret))


def test_what_answers_some_inputs_is_not_called_unwritten(grade_changed: GradeChanged) -> None:
    early = "    if num_classes > num_train: return None"
    verdict = grade_changed([("    f -= np.max(f)", early)])
    said = sentences(view_of(verdict))
    assert "The function returns None, or raises NotImplementedError, though not on every" in said
    assert "not implemented yet" not in said


def test_what_raises_on_every_input_says_nothing_of_one(grade_changed: GradeChanged) -> None:
    verdict = grade_changed([("    f -= np.max(f)", "    f -= np.max(g)")])
    assert "raised" in {each.message.code for each in verdict.findings if each.message}
    assert "This happens" not in sentences(view_of(verdict))


# --- what real files had, and nobody knew ---------------------------------------------------------

ADDED = "      dW[j, :] += p * X_i\n      if j == y[i]:\n        dW[j, :] -= X_i\n"
LOSS = "loss += -f[y[i]] + np.log(sum_exp)"


@pytest.mark.parametrize(
    ("replacement", "name"),
    [
        ((ADDED, ADDED + "        dW[j, :] += p * X_i\n"), "correct_row_p_twice"),
        (
            (
                ADDED,
                "      if j == y[i]:\n        dW[j, :] += (p - 1) * X_i\n"
                "      else:\n        dW[j, :] = p * X_i\n",
            ),
            "wrong_classes_assigned",
        ),
        (
            (
                ADDED,
                "      if j == y[i]:\n        dW[j, :] = (p - 1) * X_i\n"
                "      else:\n        dW[j, :] += p * X_i\n",
            ),
            "correct_class_assigned",
        ),
        ((LOSS, "loss += -f[y[0]] + np.log(sum_exp)"), "loss_first_label"),
        ((LOSS, "loss += -f[y[-1]] + np.log(sum_exp)"), "loss_last_label"),
        (("if j == y[i]", "if j == y[0]"), "indicator_first_label"),
        (("if j == y[i]", "if j == y[-1]"), "indicator_last_label"),
        ((LOSS, "loss += -np.exp(f[y[i]]) + np.log(sum_exp)"), "correct_exponential"),
        ((REG_LOSS, "loss += 0.5 * reg"), "rl_only_half_reg"),
        (("  dW += reg * W", "  dW += 0.5 * reg"), "rg_only_half_reg"),
        (("dW[j, :] -= X_i", "dW[j, :] -= 1"), "indicator_without_x_in_loop"),
    ],
)
def test_a_mistake_of_real_files_is_named(
    grade_changed: GradeChanged, replacement: tuple[str, str], name: str
) -> None:
    diagnosis = grade_changed([replacement]).diagnosis[NAIVE]
    assert diagnosis.causes == ((name,),)
    if name.endswith("_assigned"):
        lines = changed(replacement).splitlines()
        assert diagnosis.line is not None
        assert "dW[j, :] = " in lines[diagnosis.line - 1]


@pytest.mark.parametrize(
    ("replacements", "name"),
    [
        (
            [
                ("  dscores[y, range(num_train)] -= 1\n", ""),
                ("dscores.dot(X.T)\n", "dscores.dot(X.T)\n  dW[y] -= 1\n"),
            ],
            "indicator_without_x",
        ),
        (
            [
                ("  dscores[y, range(num_train)] -= 1\n", ""),
                (
                    "dscores.dot(X.T)\n  dW /= num_train\n",
                    "dscores.dot(X.T) / num_train\n  dW[y] -= 1\n",
                ),
            ],
            "indicator_without_x_after_average",
        ),
    ],
)
def test_a_one_that_meets_no_sample_is_named(
    grade_changed: GradeChanged, replacements: Replacements, name: str
) -> None:
    assert grade_changed(replacements).diagnosis[VECTORIZED].causes == ((name,),)


# --- what is added even where reg is 0 ------------------------------------------------------------


@pytest.mark.parametrize(
    ("replacement", "cause"),
    [
        (
            ("loss /= num_train\n", "loss += np.sum(W * W)\n  loss /= num_train\n"),
            "rl_no_reg_over_N",
        ),
        (
            ("loss /= num_train\n", "loss += 0.5 * np.sum(W * W)\n  loss /= num_train\n"),
            "rl_no_reg_half_over_N",
        ),
    ],
)
def test_squares_that_are_averaged_are_no_missing_term(
    grade_changed: GradeChanged, replacement: tuple[str, str], cause: str
) -> None:
    verdict = grade_changed([(f"  {REG_LOSS}\n", ""), replacement])
    assert verdict.diagnosis[NAIVE].causes == ((cause,),)


@pytest.mark.parametrize(
    ("added", "english", "spanish"),
    [
        (
            "0.3 * np.sum(W * W)",
            "Even where reg is 0, the loss contains 0.3 * sum(W * W).",
            "Incluso cuando reg es 0, la pérdida contiene 0.3 * sum(W * W).",
        ),
        (
            "np.sum(X) / num_classes",
            "Even where reg is 0, the loss contains 1/C * sum(X). C is the number of classes.",
            "Incluso cuando reg es 0, la pérdida contiene 1/C * sum(X). C es el número de clases.",
        ),
    ],
)
def test_what_is_added_to_the_loss_is_told(
    grade_changed: GradeChanged, added: str, english: str, spanish: str
) -> None:
    """And that reg has no effect is true, while there is a term."""
    verdict = grade_changed([(REG_LOSS, f"loss += {added}")])
    assert verdict.diagnosis[NAIVE].causes == (("rl_missing",),)
    said = sentences(view_of(verdict))
    assert english in said
    assert "reg has no effect on the loss" in said
    assert spanish in sentences(view_of(verdict, "es"))


def test_one_number_everywhere_is_told(grade_changed: GradeChanged) -> None:
    """The probabilities' part of dW comes to the same in every class if all is summed."""
    verdict = grade_changed([(ADDED, "      dW += np.sinh(p) * np.sum(X_i)\n")])
    said = sentences(view_of(verdict))
    assert "Every entry of dW is the same number." in said
    assert "None of the mistakes" not in said


# --- inputs that are changed, and arguments that are replaced -------------------------------------


@pytest.mark.parametrize(
    ("replacement", "line", "english", "spanish"),
    [
        (
            ("      dW[j, :] += p * X_i", "      W[j, :] += p * X_i"),
            21,
            "This line writes into W, which the function was given",
            "Esta línea escribe en W, que la función recibió",
        ),
        (
            ("  loss = 0.0", "  loss = 0.0; V = X.T; V *= 0.5"),
            6,
            "This line writes into X, which the function was given",
            "Esta línea escribe en X, que la función recibió",
        ),
        (  # what is wrong has a name, and this line is where it comes from
            ("  dW += reg * W", "  W += reg * W"),
            30,
            "This line writes into W, which the function was given",
            "Esta línea escribe en W, que la función recibió",
        ),
        (
            ("  loss = 0.0", "  loss = 0.0; reg = 1e-5"),
            6,
            "This line gives the argument reg another value",
            "Esta línea le da otro valor al argumento reg",
        ),
        (
            ("  loss = 0.0", "  loss = 0.0; reg = 0.0"),
            6,
            "This line gives the argument reg another value",
            "Esta línea le da otro valor al argumento reg",
        ),
        (
            ("  loss = 0.0", "  loss = 0.0; W = np.ones(W.shape)"),
            6,
            "This line gives the argument W another value",
            "Esta línea le da otro valor al argumento W",
        ),
        (
            ("  loss = 0.0", "  loss = 0.0; W = np.ones((10, 3073))"),
            6,
            "This line gives the argument W another value",
            "Esta línea le da otro valor al argumento W",
        ),
    ],
    ids=["W written", "by another name", "named", "reg", "reg is 0", "W", "W of another shape"],
)
def test_what_becomes_of_an_input_is_told_first(
    grade_changed: GradeChanged,
    replacement: tuple[str, str],
    line: int,
    english: str,
    spanish: str,
) -> None:
    verdict = grade_changed([replacement])
    (suspicion,) = verdict.diagnosis[NAIVE].suspicions
    assert suspicion.line == line
    assert verdict.diagnosis[VECTORIZED].suspicions == ()
    for language, text in (("en", english), ("es", spanish)):
        words = load_words(language, KEY.words)
        (remark,) = view_of(verdict, language).suspicions
        assert remark.sentence.what.startswith(text)
        assert "changes_inputs" not in {
            code for problem in view_of(verdict, language).advice for code in problem.codes
        }
        page = summary(verdict, words, source=changed(replacement).encode())
        told = page.index(words["page"]["suspicions"].split(":")[0])
        first_title = page.index("1. ") if "1. " in page else len(page)
        assert told < first_title
        assert words["page"]["unknown"] not in " ".join(page.split())


@pytest.mark.parametrize(
    "replacement",
    [
        # The input keeps its value.
        ("  loss = 0.0", "  loss = 0.0; X = X.T.copy().T; y = np.array(y); W = W + 0"),
        ("  return loss, dW\n\n\ndef", "  W = dW; reg = 0\n  return loss, dW\n\n\ndef"),
    ],
    ids=["made of itself", "after its use"],
)
def test_what_is_harmless_is_no_suspicion(
    grade_changed: GradeChanged, replacement: tuple[str, str]
) -> None:
    verdict = grade_changed([replacement, ("  dW /= num_train\n", "")])
    assert verdict.diagnosis[NAIVE].causes == (("grad_no_N",),)
    assert verdict.diagnosis[NAIVE].suspicions == ()
    strange = grade_changed([replacement, ("  dW /= num_train\n", "  dW = np.sinh(dW)\n")])
    assert strange.diagnosis[NAIVE].suspicions == ()


def test_a_suspicion_needs_wrong_numbers(grade_changed: GradeChanged) -> None:
    """Without the shift the function fails for large scores alone: no input's write does that."""
    verdict = grade_changed([("    f -= np.max(f)", "    y += 0")])
    assert verdict.score < verdict.possible
    assert verdict.diagnosis[NAIVE].suspicions == ()


def test_a_secret_key_hides_no_suspicion(grade_changed: GradeChanged) -> None:
    verdict = grade_changed([("  loss = 0.0", "  loss = 0.0; V = X.T; V *= 0.5")])
    secret = replace(verdict, key=replace(verdict.key, seed=None))
    for language in ("en", "es"):
        assert view_of(secret, language).suspicions == view_of(verdict, language).suspicions


def test_a_right_function_has_no_suspicion(grade_changed: GradeChanged) -> None:
    verdict = grade_changed(
        [("  num_train = X.shape[1]\n\n  scores", "  num_train = X.shape[1]\n  X -= 0\n  scores")]
    )
    assert verdict.diagnosis[VECTORIZED].suspicions == ()
