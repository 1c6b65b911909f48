"""What is said in numbers about factors that no known mistake explains."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.checks.shapes import lengths_of
from grader.diagnosis.diagnose import diagnosis_of
from grader.diagnosis.multiples import name_multiple, sizes_of
from grader.diagnosis.scaling import describe_terms
from grader.model import AnswerKey, Function, Message
from tests.diagnosis.small_keys import function_of, key_of
from tests.support.grading import make_key

# Those that messages of the softmax assignment have always named.
SOFTMAX_SIZES = ["N", "1/N", "N*N", "C", "1/C", "N*C", "1/(N*C)", "D", "1/D", "N/D", "N/C"]
SIZES = sizes_of({"N": 7, "D": 5, "C": 3})


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


def test_the_sizes_are_made_of_the_letters() -> None:
    assert set(SOFTMAX_SIZES) <= set(SIZES)
    assert sizes_of({"K": 4}) == {"K": 4, "1/K": 0.25, "K*K": 16}
    assert sizes_of({"D": 5, "M": 2}) == {
        **{"M": 2, "1/M": 0.5, "M*M": 4, "D": 5, "1/D": 0.2, "D*D": 25},
        **{"M*D": 10, "1/(M*D)": 0.1, "M/D": 0.4, "D/M": 2.5},
    }
    assert np.isnan(sizes_of({"N": 0})["1/N"])  # no samples: no average


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_recognized_by_its_number_in_every_case(size: str) -> None:
    lengths = [{"N": 7, "D": 5, "C": 3}, {"N": 4, "D": 3, "C": 6}, {"N": 5, "D": 5, "C": 5}]
    sizes = [sizes_of(each) for each in lengths]
    ratios = [each[size] for each in sizes]
    assert name_multiple(ratios, sizes) == size
    assert name_multiple([-ratio for ratio in ratios], sizes) == f"-{size}"
    assert name_multiple([ratios[0], ratios[1], ratios[2] * 1.001], sizes) is None
    assert name_multiple([ratios[0]] * 3, sizes) == f"{ratios[0]:.4g}"


@pytest.mark.parametrize("layout", ["CxD", "DxC"])
def test_the_sizes_of_a_case(layout: str) -> None:
    key = make_key(f"layout={layout}")
    assert sizes_of(lengths_of(key.inputs, key.cases["small"].inputs)) == SIZES


def test_terms_are_reported_only_if_dW_is_their_sum(named_key: AnswerKey) -> None:
    """dW with three times the labels' part, and then with something that no term explains."""
    signatures = named_key.signatures
    assert signatures is not None
    cases = [named_key.cases[name] for name in signatures.cases]
    sizes = [sizes_of(lengths_of(named_key.inputs, case.inputs)) for case in cases]
    gradients, with_more = [], []
    for case in cases:
        terms = signatures.terms[case.name]["dW"]
        gradient = terms["probability_term"] + 3 * terms["label_term"]
        columns = np.array([*(term.ravel() for term in terms.values()), case.inputs["W"].ravel()]).T
        drawn = np.random.default_rng(5).standard_normal(gradient.size)
        rest = drawn - columns @ np.linalg.lstsq(columns, drawn, rcond=None)[0]
        gradients.append(gradient)
        with_more.append(gradient + 0.01 * rest.reshape(gradient.shape))
    (slip,) = describe_terms(named_key, signatures, "dW", cases, gradients, sizes)
    values: dict[str, float | int | str] = {
        "factor": "dW",
        "output": "dW",
        "term": "label_term",
        "times": "3",
    }
    assert slip == Message("slip_term", values)
    assert list(describe_terms(named_key, signatures, "dW", cases, with_more, sizes)) == []


# --- another assignment ---------------------------------------------------------------------------

STAGES: dict[str, Any] = {
    "product": lambda A, u: A.dot(u),
    "mixed": lambda product, v, M: product + v / M,
}
TERMS: dict[str, dict[str, Any]] = {
    "mixed": {"product_term": lambda product: product, "vector_term": lambda v, M: v / M}
}
MIX = Function(
    short="mix",
    name="mix",
    call="mixed = mix(A, u, v, extra, factor)",
    inputs=("A", "u", "v", "extra", "factor"),
    outputs=("mixed",),
    names=("mix",),
    knobs=("factor",),
)


@pytest.fixture(scope="module")
def mixing_key() -> AnswerKey:
    """The last case is square: u has the shape of the output there alone."""
    random = np.random.default_rng(2)
    cases = {
        f"case_{M}": {
            "A": random.standard_normal((M, K)),
            "u": random.standard_normal(K),
            "v": random.standard_normal(M),
            "extra": random.standard_normal(M),
        }
        for M, K in ((7, 3), (4, 6), (5, 5))
    }
    inputs = {"A": "M x K", "u": "K", "v": "M", "extra": "M", "factor": "number"}
    return key_of(STAGES, {}, (MIX,), inputs, cases, {"factor": 0.2}, TERMS)


@pytest.mark.parametrize(
    ("wrong", "slips"),
    [
        (lambda product, v, M: M * (product + v / M), [("slip_times", "M")]),
        (lambda product: product, [("slip_no_term", "vector_term", "0")]),
        (lambda product, v, M: product + v / M**2, [("slip_term", "vector_term", "1/M")]),
        (lambda product, v, M, K: K * product + v / M, [("slip_term", "product_term", "K")]),
        # An input that does not belong there. u does not fit, and v is a term already.
        (lambda mixed_of, extra: mixed_of - 3 * extra, [("slip_input", "extra", "-3")]),
        (
            lambda product, extra, K: product + extra / K,
            [("slip_no_term", "vector_term", "0"), ("slip_input", "extra", "1/K")],
        ),
        (lambda mixed_of, v: mixed_of + v * v, [("slip_input", "1", "v * v")]),
        (lambda mixed_of, v: mixed_of + np.sin(v), []),
    ],
)
def test_terms_and_inputs_of_an_output_that_is_a_vector(
    mixing_key: AnswerKey, wrong: Callable[..., Any], slips: list[tuple[str, ...]]
) -> None:
    assert mixing_key.signatures is not None
    stages = {**STAGES, "mixed_of": STAGES["mixed"], "mixed": wrong}
    function = function_of(mixing_key, "mix", stages)
    found = diagnosis_of(mixing_key, mixing_key.signatures, function, []).slips
    assert {slip.values["factor"] for slip in found} <= {"mixed"}
    told = [
        (slip.code, *(text for name, text in slip.values.items() if name not in ABOUT))
        for slip in found
    ]
    assert told == slips


ABOUT = ("factor", "output")
