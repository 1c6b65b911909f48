"""Sentences about final numbers: what they claim is declared, and is true where they are shown."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.assignment.answer_key import build_key
from grader.assignment.find_assignment import SHIPPED
from grader.assignment.modules import load_misconceptions, load_stages
from grader.assignment.settings import AssignmentError, read_assignment
from grader.assignment.words import checked_messages
from grader.checks.plain_function import PlainFunction
from grader.diagnosis.claims import Claim, ClaimError, contradicted, read_claims
from grader.diagnosis.diagnose import diagnosis_of
from grader.diagnosis.factors import Factor
from grader.diagnosis.matching import Comparison
from grader.diagnosis.stages import run
from grader.model import AnswerKey, Array, FactorTable
from tests.support.claims import false_sentences
from tests.support.grading import make_key
from tests.support.misconceptions import MISCONCEPTIONS, function_with, solution_with
from tests.support.paths import PROJECT

WORDS = checked_messages(read_assignment(SHIPPED / "softmax"))
# What a sentence says of the size, the sign or the zeros of an output, and not of a step.
OF_NUMBERS = {
    "en": r"times too|too (small|large)|(below|above) (0|zero)|half as|twice as|right size"
    r"|(number|entry|part) .*\bzero\b|is (smaller|larger)|never below|holds the numbers"
    r"|is the same for every|more samples give|your loss is (below|above|never)",
    "es": r"veces (mayor|menor|demasiado)|menor(es)? que (0|cero)|es la mitad de lo|es el doble"
    r"|tamaño correcto|(número|elemento|parte) .*\bceros?\b|nunca es|contiene los números"
    r"|es (el mismo|la misma) para cualquier|con más muestras|tu pérdida es (menor|mayor)",
}
# Such words in a question about what should be, or about a step: it claims nothing.
ABOUT_A_STEP = {
    "scores_relu",
    "indicator_wrong_class",
    "rg_times_N",
    "rl_times_N",
    "reg_times_N",
} | {
    *("rl_reg_squared", "rl_l1", "rl_matmul", "dw_sign"),
}


@pytest.fixture(scope="module")
def key() -> AnswerKey:
    return make_key(named=True)


def mistakes_in(language: str) -> dict[str, dict[str, str]]:
    """The words of each mistake, of all assignments here."""
    files = [*PROJECT.glob("reference/**/messages"), *PROJECT.glob("tests/assignments/*/messages")]
    words: dict[str, dict[str, str]] = {}
    for folder in files:
        path = folder / f"{language}.toml"
        if path.is_file():
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
            words |= {
                f"{folder.parent.name}.{k}": v for k, v in tables.get("misconceptions", {}).items()
            }
    return words


@pytest.mark.parametrize("language", OF_NUMBERS)
def test_a_sentence_about_final_numbers_declares_what_it_claims(language: str) -> None:
    """Names and questions cannot be left out: they claim nothing of the kind."""
    undeclared = [
        (mistake, field, fields[field])
        for mistake, fields in mistakes_in(language).items()
        for field in ("name", "means", "next")
        if re.search(OF_NUMBERS[language], fields.get(field, ""), re.IGNORECASE)
        and mistake.partition(".")[2] not in ABOUT_A_STEP
        and not (field == "means" and "claims" in fields)
    ]
    assert undeclared == []


def test_the_search_for_such_sentences_finds_what_was_false() -> None:
    for language, text in (
        ("en", "The part of the loss that comes from the samples is below 0."),
        ("en", "Every number of dW has the right size and the opposite sign."),
        ("en", "The part of the loss from the samples is C times too small."),
        ("en", "Your loss is below zero: what turns a probability into a number?"),
        ("es", "La parte de la pérdida es N veces menor de lo que debería."),
        ("es", "Tu pérdida es menor que cero."),
    ):
        assert re.search(OF_NUMBERS[language], text, re.IGNORECASE), text


def test_what_a_mistake_claims_is_true_of_it_alone(key: AnswerKey) -> None:
    claiming = [name for name in MISCONCEPTIONS if _claims(name)]
    assert {"grad_zero", "dW_never_written", "rl_missing", "rg_missing"} <= set(claiming)
    for name in claiming:
        solution = solution_with(key, name)
        assert key.signatures is not None
        diagnosis = diagnosis_of(key, key.signatures, function_with(key, solution), [])
        assert diagnosis.causes == ((name,),)
        assert diagnosis.contradicted == ()
        assert false_sentences(key, solution, [name], ()) == []


def test_a_false_claim_is_found_in_company(key: AnswerKey) -> None:
    """dW begins at 1, and nothing else is written into it."""
    solution = solution_with(key, "grad_zero", "dW_starts_at_ones")
    assert key.signatures is not None
    diagnosis = diagnosis_of(key, key.signatures, function_with(key, solution), [])
    assert diagnosis.causes == (("grad_zero", "dW_starts_at_ones"),)
    assert diagnosis.contradicted == ("grad_zero",)
    assert false_sentences(key, solution, ["grad_zero"], ()) == ["grad_zero: dW = 0"]
    assert false_sentences(key, solution, ["grad_zero"], diagnosis.contradicted) == []


def test_claims_of_another_assignment_are_checked_as_well() -> None:
    """A loss below 0 that is 1.44 times too large as well is not 1.44 times the right one."""
    assignment = read_assignment(PROJECT / "tests/assignments/logistic")
    stages = load_stages(assignment)
    mistakes = load_misconceptions(assignment, stages)
    own_key = build_key(assignment, 7, True)
    definition = own_key.functions["logistic"]

    def contradicted_by(*names: str) -> tuple[str, ...]:
        replaced = [stage for name in names for stage in mistakes[name].items()]

        def solve(w: Array, X: Array, y: Array) -> Any:
            given = {"w": w, "X": X, "y": y, "N": len(y), "D": len(w)}
            return tuple(run({**stages, **dict(replaced)}, given, ("loss", "dw")).values())

        function = PlainFunction(definition, {definition.name: solve}, own_key)
        assert own_key.signatures is not None
        diagnosis = diagnosis_of(own_key, own_key.signatures, function, [])
        assert diagnosis.causes == (names,)
        return diagnosis.contradicted

    assert contradicted_by("loss_sign") == contradicted_by("base_2") == ()
    assert contradicted_by("loss_sign", "base_2") == ("base_2",)


def _claims(mistake: str) -> str:
    return str(WORDS["en"]["misconceptions"].get(mistake, {}).get("claims", ""))


# --- claims by themselves -------------------------------------------------------------------------


def comparison(numbers: list[float], right: list[float], given: list[bool]) -> Comparison:
    """A factor that is one number in each case."""
    array = np.array(numbers)
    table = FactorTable(np.array([[-1, -1]]), np.array([right]), np.array([[True] * len(right)]))
    factor = Factor(array, np.abs(array), np.array(given), (1,) * len(numbers))
    return Comparison(factor, table, 1e-7, 1e-6)


@pytest.mark.parametrize(
    ("claim", "numbers", "is_true"),
    [
        ("loss = 0", [0, 1e-12], True),
        ("loss = 0", [0, 1e-3], False),
        ("loss < 0", [-1, -2], True),
        ("loss < 0", [-1, 2], False),
        ("loss > right", [3, 5], True),
        ("loss > right", [3, 3], False),
        ("loss = right", [2, 4], True),
        ("loss = 2 * right", [4, 8], True),
        ("loss = -1 * right", [-2, -4], True),
        ("loss = -1 * right", [-2, 4], False),
        ("loss = 1/N * right", [2 / 5, 4 / 7], True),
        ("loss = N * right", [2 / 5, 4 / 7], False),
        ("loss = 0; loss = right", [0, 0], False),
        ("dW = 0", [1, 1], True),  # of which there are no numbers
        ("", [1, 1], True),
    ],
)
def test_a_claim_is_true_or_false_of_numbers(
    claim: str, numbers: list[float], is_true: bool
) -> None:
    sizes = [{"N": 5.0, "1/N": 1 / 5}, {"N": 7.0, "1/N": 1 / 7}]
    words = {"title": "", "en": {"misconceptions": {"a": {"claims": claim}}}}
    factors = {"loss": comparison(numbers, [2.0, 4.0], [True, True])}
    assert contradicted(["a"], words, factors, sizes) == (() if is_true else ("a",))


def test_a_case_without_numbers_contradicts_nothing() -> None:
    words = {"en": {"misconceptions": {"a": {"claims": "loss = 0"}}}}
    factors = {"loss": comparison([0.0, np.nan], [2.0, 4.0], [True, False])}
    assert contradicted(["a"], words, factors, [{}, {}]) == ()


def test_claims_are_read() -> None:
    assert read_claims("dW+reg = 1/N * right; loss < 0") == (
        Claim("dW+reg", "=", "1/N"),
        Claim("loss", "<", "0"),
    )
    for text in ("dW is 0", "dW = ", "dW = 3", "loss == right"):
        with pytest.raises(ClaimError):
            read_claims(text)


@pytest.mark.parametrize(
    ("claims", "complaint"),
    [
        ("dW is 0", "'dW is 0' is no claim"),
        ("dw = 0", "there is no factor 'dw'"),
        ("dW+reg = K * right", "'K' is no number and no size"),
        ("loss = inf * right", "'inf' is no number and no size"),
    ],
)
def test_a_claim_that_cannot_be_checked_is_refused(
    tmp_path: Path, claims: str, complaint: str
) -> None:
    folder = tmp_path / "course"
    folder.joinpath("messages").mkdir(parents=True)
    folder.joinpath("assignment.toml").write_text(f'extends = "{SHIPPED / "softmax"}"\n')
    folder.joinpath("messages/en.toml").write_text(
        f'[misconceptions.grad_zero]\nclaims = "{claims}"\n'
    )
    with pytest.raises(AssignmentError) as refused:
        checked_messages(read_assignment(folder))
    assert complaint in str(refused.value)
    assert "misconceptions.grad_zero.claims" in str(refused.value)
