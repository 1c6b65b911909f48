"""Every message that the grader can give: written out in its source, or composed at run time."""

import ast
from collections.abc import Iterator

from grader.checks.faster import loop_message
from grader.grading import flag_messages
from grader.intake.kinds import KINDS
from grader.model import Message
from grader.sandbox import errors
from grader.sandbox.inside import wire
from grader.sandbox.seccomp import REPORTED
from grader.static_analysis.syntax_errors import syntax_error
from grader.verdict import GrowthEvidence
from tests.support.paths import PROJECT


def literal_messages() -> dict[str, set[str]]:
    """Find each call `Message("code", {"name": ...})` in the source of the grader and of checks.

    Returns the code and the names of the values that every call with this code supplies.
    """
    names_of: dict[str, set[str]] = {}
    for call in _message_calls():
        code = call.args[0]
        if not isinstance(code, ast.Constant):
            continue
        values = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
        assert isinstance(values, ast.Dict), ast.unparse(call)
        constants = [key.value for key in values.keys if isinstance(key, ast.Constant)]
        names = {name for name in constants if isinstance(name, str)}
        names_of[str(code.value)] = names_of.get(str(code.value), names) & names
    return names_of


def _message_calls() -> Iterator[ast.Call]:
    paths = [*PROJECT.glob("grader/**/*.py"), *PROJECT.glob("reference/**/checks.py")]
    for path in paths:
        if "inside" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "Message" and node.args:
                yield node


def fault_messages() -> list[Message]:
    """A message for every kind of fault that the sandbox reports.

    Each comes with every text and detail that changes the message.
    """
    texts = (
        "some text",
        ".relative",
        "name 'xrange' is not defined",
        "attempted relative import with no known parent package",
    )
    details = ("NameError", "3x5 5x3", "dW None", "tuple of 3")
    kinds = sorted(errors.RAISED_KINDS | errors.RETURNED_KINDS | errors.LOADING_KINDS)
    faults_of_all_kinds = [
        (kind, detail, "1", text) for kind in kinds for detail in details for text in texts
    ]
    assert {len(fields) for fields in faults_of_all_kinds} == {wire.ERROR_FIELDS}
    return [
        errors.submission_error(
            "\0".join(fields).encode(), 5, fields[0] in errors.LOADING_KINDS
        ).message
        for fields in faults_of_all_kinds
    ]


def syntax_messages() -> list[Message]:
    """Messages about files that do not parse, as far as their codes are composed."""
    texts = (
        "Missing parentheses in call to 'print'",
        "Missing parentheses in call to 'exec'",
        "invalid character '\u2212' (U+2212)",
        "invalid non-printable character U+00A0",
        "expected ':'",
    )
    return [syntax_error("text", text, 1) for text in texts]


def computed_messages() -> list[Message]:
    """Messages whose codes are composed at run time, with values as the grader makes them."""
    growth = GrowthEvidence((20, 40), (100, 200), 12, (50, 100))
    return [
        Message("unstable_loss", {"case": "A"}),
        loop_message("loops_over_samples", growth),
        loop_message("loops_over_classes", growth),
        *[Message(f"reg_{part}_missing") for part in ("loss", "gradient")],
        *[Message(f"reg_{part}_differs") for part in ("loss", "gradient")],
        *flag_messages(dict.fromkeys((*REPORTED, "garbled_reply", "counting_removed"), 2)),
        Message("slip_no_term", {"term": "label_term", "times": "N"}),
        Message("slip_term", {"term": "label_term", "times": "N"}),
        Message("timed_out_at_import", {"seconds": 2.0}),
        Message("ended_early_at_import", {"how": "SIGKILL"}),
        *[Message(f"function_in_{outer}", {"name": "f"}) for outer in ("class", "function")],
        *[Message(kind.code, {"file": "softmax.py"}) for kind in KINDS],
    ]


LITERAL_MESSAGES = literal_messages()
COMPUTED_MESSAGES = fault_messages() + syntax_messages() + computed_messages()
