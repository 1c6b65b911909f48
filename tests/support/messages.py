"""Every message that the grader can give: written out in its source, or composed at run time."""

import ast
from collections.abc import Iterator, Sequence

from grader.checks.growth import loop_message, loop_of_other_message
from grader.grading import flag_messages
from grader.intake.kinds import KINDS
from grader.model import Function, Message, Source, SourceFile
from grader.sandbox import errors
from grader.sandbox.inside import wire
from grader.sandbox.seccomp import REPORTED
from grader.static_analysis.syntax_errors import syntax_error
from grader.verdict import GrowthEvidence
from tests.support.paths import PROJECT

FUNCTION = Function(
    "f", "f", "loss, dW = f(x)\nh = g.cache", ("x",), ("loss", "dW", "h"), ("f", "g")
)


def literal_messages() -> dict[str, set[str] | None]:
    """Find each call `Message("code", {"name": ...})` in the source of the grader and of checks.

    Returns the code and the names of the values that every call with this code supplies; None if
    they are put together elsewhere.
    """
    names_of: dict[str, set[str] | None] = {}
    for call in _message_calls():
        code = call.args[0]
        if not isinstance(code, ast.Constant):
            continue
        names = _names_of_values(call)
        earlier = names_of.get(str(code.value), names)
        names_of[str(code.value)] = None if names is None or earlier is None else names & earlier
    return names_of


def _names_of_values(call: ast.Call) -> set[str] | None:
    values = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
    if not isinstance(values, ast.Dict):
        return None
    constants = [key.value for key in values.keys if isinstance(key, ast.Constant)]
    return {name for name in constants if isinstance(name, str)}


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

    Each comes with every text and detail that changes the message, and from a line of the first
    file, of another one, and of the call.
    """
    texts = (
        "some text",
        ".relative",
        "name 'xrange' is not defined",
        "attempted relative import with no known parent package",
    )
    details = ("NameError", "3x5 5x3", "dict 2", "tuple 3 2", "dW loss")
    lines = errors.Lines(Source("a.py", b"1\n2\n", (FUNCTION,), (SourceFile("b.py", b"1\n"),)))
    loading = [
        errors.load_error(data, lines)
        for kind in sorted(errors.LOADING_KINDS)
        for data in _error_texts(kind, details, texts)
    ]
    kinds = sorted(errors.RAISED_KINDS | errors.RETURNED_KINDS | errors.OUTPUT_KINDS)
    calls = [
        errors.call_error(data, lines, FUNCTION, ("dW", (3, 5)))
        for kind in kinds
        for data in _error_texts(kind, details, texts)
    ]
    return [error.message for error in (*loading, *calls)]


def _error_texts(kind: str, details: Sequence[str], texts: Sequence[str]) -> list[bytes]:
    """As a child sends them: see wire.MAX_ERROR_TEXT."""
    fields = [
        (kind, detail, place, "1", text)
        for detail in details
        for place in ("0", "1", wire.CALL_LINES)
        for text in texts
    ]
    assert {len(each) for each in fields} == {wire.ERROR_FIELDS}
    return ["\0".join(each).encode() for each in fields]


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


def composed(code: str, **values: float | int | str) -> Message:
    return Message(code, values)


def computed_messages() -> list[Message]:
    """Messages whose codes or values are composed at run time, as the grader makes them."""
    growth = GrowthEvidence("N", (20, 40), (100, 200), 12, (50, 100))
    on_loss = {"case": "small", "output": "loss"}
    on_dW = {"case": "small", "output": "dW"}
    slip = {"factor": "dW", "output": "dW", "times": "N"}
    counts = dict.fromkeys((*REPORTED, "garbled_reply", "counting_removed"), 2)
    return [
        *(composed(f"number_{end}", **on_loss) for end in ("differs", "not_finite")),
        *(composed(f"array_{end}", **on_dW) for end in ("zero", "not_finite")),
        composed("array_differs", **on_dW, wrong=3, entries=15),
        *(composed(f"effect_{end}", knob="reg", output="dW") for end in ("missing", "differs")),
        composed("effect_hidden", **on_dW, knob="reg"),
        *(composed(f"slope_{end}", **on_dW, of="loss", by="W") for end in ("differs", "flat")),
        composed("wrong_nearby", **on_dW, of="loss", by="W"),
        composed("disagrees", **on_dW, other="softmax_loss_naive"),
        *(composed(code, **slip, term="label_term") for code in ("slip_no_term", "slip_term")),
        composed("slip_times", **slip),
        composed("slip_input", **slip, input="W"),
        composed("slip_other_term", **slip, term="sample_term"),
        *(
            composed(f"slip_{form}", **slip, input="reg * reg")
            for form in ("is", "entries", "are_entries")
        ),
        *(
            composed(f"slip_{form}", **slip)
            for form in ("number", "is_number", "number_in_entries", "is_number_in_entries")
        ),
        composed("slip_constant", factor="dW", output="dW"),
        composed("removed_from_numpy", name="np.float", instead="float"),
        composed("left_out_definition", exception="NameError"),
        *(composed(f"missing_{end}", name="f", file="layers.py") for end in ("file", "in_files")),
        composed("timed_out_at_import", seconds=2.0),
        composed("ended_early_at_import", how="SIGKILL"),
        *(composed(f"function_in_{outer}", name="f") for outer in ("class", "function")),
        *(composed(kind.code, file="softmax.py") for kind in KINDS),
        loop_message(growth),
        loop_of_other_message(growth, "softmax_loss_naive"),
        *flag_messages(counts),
    ]


_FOUND = literal_messages()
LITERAL_MESSAGES = {code: names for code, names in _FOUND.items() if names is not None}
# Codes whose values are put together elsewhere: they must be among the composed messages.
ELSEWHERE = {code for code, names in _FOUND.items() if names is None}
COMPUTED_MESSAGES = fault_messages() + syntax_messages() + computed_messages()


def supplied_values() -> dict[str, set[str]]:
    """Code -> the names of the values that every message with this code has."""
    names = dict(LITERAL_MESSAGES)
    for message in COMPUTED_MESSAGES:
        names[message.code] = names.get(message.code, set(message.values)) & set(message.values)
    return names


SUPPLIED = supplied_values()
