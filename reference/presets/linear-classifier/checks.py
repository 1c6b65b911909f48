"""More helpful messages about the shapes of a linear classifier's arrays, and about its layout.

It needs the inputs W, X and reg, and the outputs loss and dW.
"""

from grader.checks.compare import is_near
from grader.checks.function_under_test import FunctionUnderTest
from grader.model import Answer, AnswerKey, Case, Message, SubmissionError

LAYOUTS = ("CxD", "DxC")
REGULARIZATIONS = ("0.5", "1.0")  # the factor before reg * sum(W * W)
SHAPE_ERRORS = ("ValueError", "IndexError")  # raised by numpy if shapes do not fit together


def explain_error(function: FunctionUnderTest, key: AnswerKey, message: Message) -> Message | None:
    """Turn the error of a call or of an output into a more helpful message, or return None."""
    if message.code == "output_shape" and message.values["output"] == "dW":
        return _explain_shape(key, message)
    if message.values.get("exception") in SHAPE_ERRORS and _may_be_transposed(function):
        return _explain_layout(function, key)
    return None


def _may_be_transposed(function: FunctionUnderTest) -> bool:
    """Is it one of a linear classifier, with cases to try it on?"""
    definition = function.definition
    has_all = {"W", "X"} <= {*definition.inputs} and {"loss", "dW"} <= {*definition.outputs}
    return has_all and len(function.probe_cases) > 1


def _explain_shape(key: AnswerKey, message: Message) -> Message | None:
    """Has dW the shape of W transposed, or that of X?"""
    got, expected = str(message.values["got"]), str(message.values["expected"])
    if got.split("x") == expected.split("x")[::-1]:
        return Message("gradient_transposed", {"got": got, "expected": expected})
    for case in key.cases.values():
        if [_shape_text(case, name) for name in ("W", "X")] == [expected, got]:
            return Message("gradient_shape_of_X", {"got": got, "expected": expected})
    return None


def _shape_text(case: Case, name: str) -> str:
    """The shape of an input; empty if the case has none of that name."""
    return "x".join(map(str, case.inputs[name].shape)) if name in case.inputs else ""


def _explain_layout(function: FunctionUnderTest, key: AnswerKey) -> Message | None:
    """Does the function expect W and X transposed?

    It does if it then gives the right loss or the right dW.
    """
    case = function.probe_cases[0]
    expected = key.expected[case.name]
    try:
        answer = _call_transposed(function, case)
        loss, gradient = answer.value("loss"), answer.value("dW")
    except SubmissionError:
        return None
    if not (is_near(loss, expected["loss"]) or is_near(gradient, expected["dW"].T)):
        return None
    (other,) = {*LAYOUTS} - {key.conventions["layout"]}
    settings = [f"layout={other}"]
    regularization = _other_regularization(function, key, float(loss))
    if regularization:
        settings.append(f"regularization={regularization}")
    W, X = key.inputs["W"], key.inputs["X"]
    return Message(
        "other_layout",
        {
            "W": W,
            "X": X,
            "other_W": _transposed(W),
            "other_X": _transposed(X),
            "set": " ".join(settings),
        },
    )


def _transposed(declaration: str) -> str:
    """ "C x D" becomes "D x C"."""
    return " x ".join(reversed(declaration.split(" x ")))


def _call_transposed(function: FunctionUnderTest, case: Case) -> Answer:
    W, X = case.inputs["W"].T, case.inputs["X"].T
    transposed = Case(case.name, {**case.inputs, "W": W, "X": X})
    return function.call(transposed, {"loss": (), "dW": W.shape})


def _other_regularization(function: FunctionUnderTest, key: AnswerKey, loss: float) -> str | None:
    """Return the other factor before reg if the function has that one.

    The function expects W and X transposed. loss: what it then gives without regularization.
    """
    case, twin = function.probe_cases[:2]
    try:
        loss_with_reg = float(_call_transposed(function, twin).value("loss"))
    except SubmissionError:
        return None
    expected = float(key.expected[twin.name]["loss"] - key.expected[case.name]["loss"])
    own = key.conventions["regularization"]
    (other,) = {*REGULARIZATIONS} - {own}
    is_other = is_near((loss_with_reg - loss) / expected, float(other) / float(own))
    return other if is_other else None
