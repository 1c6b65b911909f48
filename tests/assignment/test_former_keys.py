"""Answer keys of earlier formats, which lie in gradebooks: they ask what they asked."""

import hashlib
import re

import msgspec
import numpy as np
import pytest

from grader.assignment.former_keys import convert_key
from grader.assignment.former_words import LINES
from grader.assignment.key_file import decode_key, encode_key
from grader.checks import check_named, settings_for
from grader.model import AnswerKey, Function, Gradient
from grader.static_analysis.patterns import problem_with
from tests.support.gold import former_key, stored_key
from tests.support.grading import GradeFile
from tests.support.keys import arrays_of
from tests.support.paths import PROJECT

FOLDERS = ("1-run", "1-merged", "2-run", "3-run", "3-own")


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_hash_is_that_of_the_stored_bytes(folder: str) -> None:
    data = stored_key(folder)
    assert data[:8] in (b"GRADKEY1", b"GRADKEY2")
    assert former_key(folder).sha256 == hashlib.sha256(data).hexdigest()


def test_its_functions_have_the_one_call_of_that_time() -> None:
    assert former_key("1-run").functions["naive"] == Function(
        short="naive",
        name="softmax_loss_naive",
        call="loss, dW = softmax_loss_naive(W, X, y, reg)",
        inputs=("W", "X", "y", "reg"),
        outputs=("loss", "dW"),
        names=("softmax_loss_naive",),
        gradients=(Gradient("dW", "loss", "W"),),
        knobs=("reg",),
    )


def test_the_baseline_is_called_like_a_function_and_gives_nothing() -> None:
    """In the first format it was called yardstick."""
    for folder, file in (("1-run", "yardstick.py"), ("3-run", "baseline.py")):
        baseline = former_key(folder).baseline
        assert baseline is not None
        (function,) = baseline.functions
        assert baseline.file == file
        assert (function.name, function.outputs) == ("work_CxD", ())
        assert function.call.endswith("work_CxD(W, X, y, reg)")


@pytest.mark.parametrize(
    ("folder", "inputs"),
    [
        ("3-run", {"W": "C x D", "X": "D x N", "y": "N of labels", "reg": "number"}),
        ("3-own", {"W": "D x C", "X": "N x D", "y": "N of labels", "reg": "number"}),
    ],
)
def test_the_axes_are_those_of_its_layout(folder: str, inputs: dict[str, str]) -> None:
    key = former_key(folder)
    assert key.inputs == inputs
    small = key.cases["small"].inputs
    assert small["W"].shape == ((3, 5) if folder == "3-run" else (5, 3))
    assert (small["reg"].shape, small["reg"].item()) == ((), 0)
    assert key.cases["small_reg"].inputs["reg"].item() > 0
    assert key.shapes("small") == {"loss": (), "dW": small["W"].shape}
    assert key.directions["small"]["dW"].shape == (4, *small["W"].shape)


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_arrays_are_views_of_the_stored_bytes(folder: str) -> None:
    """Numbers, which were in the header, are arrays of their own."""
    for name, array in arrays_of(former_key(folder)).items():
        assert not array.flags.writeable, name
        assert (array.ndim == 0) == array.flags.owndata, name


QUESTIONS = {
    "naive.loss": ("value", {"output": "loss", "cases": ["small", "wide", "square"]}),
    "naive.gradient": ("value", {"output": "dW", "cases": ["small", "wide", "square"]}),
    "naive.reg_loss": (
        "effect",
        {"knob": "reg", "output": "loss", "cases": ["small", "wide", "square"]},
    ),
    "naive.reg_gradient": (
        "effect",
        {"knob": "reg", "output": "dW", "cases": ["small", "wide", "square"]},
    ),
    "naive.slope": ("slope", {"gradient": "dW", "cases": ["small"]}),
    "naive.stable": (
        "stable",
        {"cases": ["A", "B", "J"], "output_if": {"dW": "naive.gradient"}},
    ),
    "vectorized.agrees": ("agrees", {"cases": ["small", "wide", "square"], "with": "naive"}),
    "vectorized.faster": (
        "faster",
        {
            "grows": ["N", "C"],
            "cases": ["samples_20", "samples_40", "classes_6"],
            "timed": "timed",
            "against": "against",
            "than": "naive",
        },
    ),
    "naive.epsilon": ("small_probability", {"cases": ["F", "G"]}),
    "naive.slices": ("unusual", {"cases": ["small"], "form": "strided"}),
    "naive.changes_inputs": ("changes_inputs", {"cases": ["small"]}),
}


@pytest.mark.parametrize("folder", ["1-run", "3-run"])
def test_its_questions_are_asked_by_the_checks_of_today(folder: str) -> None:
    questions = {each.id: each for each in former_key(folder).questions}
    for name, (check, settings) in QUESTIONS.items():
        assert (questions[name].check, questions[name].settings) == (check, settings)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_checks_of_today_take_its_settings(folder: str) -> None:
    """Also those that an assignment has of its own: the shipped one lends them."""
    key = former_key(folder)
    for question in key.questions:
        check_named(key.checks, question.check)
        settings = settings_for(question, key.checks)
        assert {*settings.cases_asked()} <= key.cases.keys()


def test_settings_of_the_first_format_get_their_names_of_today() -> None:
    data = with_settings(stored_key("1-run"), "vectorized.faster", {"yardstick_limit": 7.0})
    settings = {each.id: each.settings for each in decode_key(data).questions}
    assert settings["vectorized.faster"]["baseline_limit"] == 7.0
    assert "yardstick_limit" not in settings["vectorized.faster"]


def test_the_cases_that_grow_may_have_other_names() -> None:
    growth = ["few", "more", "classes"]
    data = with_settings(stored_key("3-run"), "vectorized.faster", {"growth": growth})
    settings = {each.id: each.settings for each in decode_key(data).questions}
    assert settings["vectorized.faster"]["cases"] == growth


def with_settings(data: bytes, question: str, settings: dict[str, object]) -> bytes:
    """A stored key whose question has these settings more."""
    length = int.from_bytes(data[8:16], "little")
    values = msgspec.msgpack.decode(data[16 : 16 + length])
    for each in values["questions"]:
        if each["id"] == question:
            each["settings"] |= settings
    header = msgspec.msgpack.encode(values)
    return data[:8] + len(header).to_bytes(8, "little") + header + data[16 + length :]


def test_tolerances_are_those_of_each_output() -> None:
    tolerances = former_key("3-own").tolerances
    assert (tolerances.of("loss"), tolerances.of("dW")) == (1e-5, 1e-6)
    assert (tolerances.single_precision, tolerances.slope) == (1e-4, 1e-6)
    assert former_key("3-own").limits.call_seconds == 5


def test_the_first_case_is_the_one_that_functions_were_tried_on() -> None:
    """The first with reg = 0: others may stand before it in the key."""
    header = header_of(stored_key("3-own"))
    cases = header["cases"]
    header["cases"] = {name: cases[name] for name in ("small_reg", "large", "small", "wide")}
    key = convert_key(header, lambda place: np.zeros(place[2], place[0]))
    assert [*key.cases] == ["large", "small_reg", "small", "wide"]


def header_of(data: bytes) -> dict[str, dict[str, object]]:
    length = int.from_bytes(data[8:16], "little")
    header: dict[str, dict[str, object]] = msgspec.msgpack.decode(data[16 : 16 + length])
    return header


def test_its_signatures_have_factors_of_today() -> None:
    signatures = former_key("3-run").signatures
    assert signatures is not None
    assert [*signatures.tables] == ["loss", "loss+reg", "dW", "dW+reg"]
    assert signatures.moves["rg_missing"] == ("dW+reg",)
    assert signatures.moves["reg_full"] == ("loss+reg", "dW+reg")
    for factor, table in signatures.tables.items():
        assert table.given.dtype == bool
        assert table.given.shape == (len(table.members), 3)
        assert len(table.numbers) == len(table.members)
        assert table.given[0].all(), factor
    assert signatures.terms["small"].keys() == {"dW"}
    right = sum(signatures.terms["small"]["dW"].values())
    np.testing.assert_allclose(right, former_key("3-run").expected["small"]["dW"])


def test_a_key_without_misconceptions_has_no_signatures() -> None:
    assert former_key("3-own").signatures is None


def test_every_former_pattern_has_one_of_today() -> None:
    inputs, outputs = ("W", "X", "y", "reg"), ("loss", "dW")
    for former, line in LINES.items():
        assert problem_with(line, inputs, outputs) is None, former


def test_lines_are_looked_up_by_the_codes_of_today() -> None:
    lines = former_key("3-own").lines
    assert lines == {
        "rl_missing": LINES["unused reg term of loss"],
        "effect_missing.loss": LINES["unused reg term of loss"],
    }


def test_its_own_words_go_before_those_of_the_shipped_assignment() -> None:
    key = former_key("3-own")
    messages = key.words["en"]["messages"]
    assert messages["array_differs.dW"]["what"].startswith("Our sentence: dW is off in {wrong}")
    assert messages["output_is_array.loss"]["what"] == (
        "Our sentence: the loss has shape {got}."  # the value was called shape
    )
    assert key.words["en"]["questions"]["same"] == "the same as with loops"
    assert key.words["title"] == "Softmax, as our course writes it"
    # What the grader itself said then, and the assignment says now:
    for language in ("en", "es"):
        assert "what" in key.words[language]["messages"]["probability_vanishes"]
        assert "what" in key.words[language]["messages"]["gradient_transposed"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_can_be_stored_in_the_format_of_today(folder: str) -> None:
    key = former_key(folder)
    data = encode_key(key)
    again = decode_key(data)
    assert data.startswith(b"GRADKEY3")
    assert again.questions == key.questions
    assert (again.lines, again.words) == (key.lines, key.words)
    for name, array in arrays_of(key).items():
        np.testing.assert_array_equal(arrays_of(again)[name], array, err_msg=name)


@pytest.mark.parametrize("folder", ["1-run", "3-run"])
def test_it_grades_the_reference_to_full_marks(folder: str, grade_file: GradeFile) -> None:
    verdict = grade_file(PROJECT / "reference/softmax/softmax.py", former_key(folder))
    assert (verdict.score, verdict.possible) == (100, 100)


def test_today_and_then_the_same_seed_gives_the_same_numbers(key: AnswerKey) -> None:
    """The cases of the shipped assignment have not changed since, but for the order of labels."""
    today, then = arrays_of(key), arrays_of(former_key("3-run"))
    ordered = re.compile("(small|wide|square)(_reg)?[.](y|loss|dW)|directions|slope")
    common = [name for name in then if name in today and not ordered.search(name)]
    assert len(common) > 100
    for name in common:
        np.testing.assert_allclose(then[name], today[name], rtol=1e-9, err_msg=name)
