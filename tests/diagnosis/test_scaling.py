"""What is said in numbers about factors that no known mistake explains."""

import numpy as np
import pytest

from grader.diagnosis.scaling import SIZES, Sizes, describe_terms, name_multiple, sizes_of
from grader.model import AnswerKey, Message
from tests.support.grading import make_key


@pytest.fixture(scope="module")
def named_key() -> AnswerKey:
    return make_key(named=True)


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_recognized_by_its_number_in_every_case(size: str) -> None:
    sizes = [Sizes(7, 5, 3), Sizes(4, 3, 6), Sizes(5, 5, 5)]
    ratios = [SIZES[size](each) for each in sizes]
    assert name_multiple(ratios, sizes) == size
    assert name_multiple([-ratio for ratio in ratios], sizes) == f"-{size}"
    assert name_multiple([ratios[0], ratios[1], ratios[2] * 1.001], sizes) is None
    assert name_multiple([ratios[0]] * 3, sizes) == f"{ratios[0]:.4g}"


@pytest.mark.parametrize("layout", ["CxD", "DxC"])
def test_the_sizes_of_a_case(layout: str) -> None:
    assert sizes_of(make_key(f"layout={layout}").cases["small"], layout) == Sizes(7, 5, 3)


def test_terms_are_reported_only_if_dW_is_their_sum(named_key: AnswerKey) -> None:
    """dW with three times the labels' part, and then with something that no term explains."""
    signatures = named_key.signatures
    assert signatures is not None
    cases = [named_key.cases[name] for name in signatures.cases]
    sizes = [sizes_of(case, "CxD") for case in cases]
    gradients, with_more = [], []
    for case in cases:
        terms = signatures.terms[case.name]
        gradient = terms["probability_term"] + 3 * terms["label_term"]
        columns = np.array([*(term.ravel() for term in terms.values()), case.W.ravel()]).T
        drawn = np.random.default_rng(5).standard_normal(gradient.size)
        rest = drawn - columns @ np.linalg.lstsq(columns, drawn, rcond=None)[0]
        gradients.append(gradient)
        with_more.append(gradient + 0.01 * rest.reshape(gradient.shape))
    (slip,) = describe_terms(signatures, gradients, cases, sizes)
    values: dict[str, float | int | str] = {
        "factor": "data_gradient",
        "term": "label_term",
        "times": "3",
    }
    assert slip == Message("slip_term", values)
    assert list(describe_terms(signatures, with_more, cases, sizes)) == []
