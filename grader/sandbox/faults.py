"""What a child says went wrong, as a message. The child is not trusted: unknown kinds, odd characters and far-off lines are dropped."""

import builtins
import re

from grader.model import Case, Message, SubmissionError
from grader.sandbox.inside import wire

QUOTED = 300  # characters of an exception's text that are kept
TYPES = {
    "int",
    "float",
    "bool",
    "str",
    "tuple",
    "list",
    "dict",
    "set",
    "None",
    "function",
    "generator",
    "ndarray",
    "float64",
    "float32",
    "matrix",
}
TYPES |= {"complex", "complex128", "int64", "bytes", "object", "datetime64", "NoneType"}
EXCEPTIONS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
SHAPE = re.compile("scalar|[0-9]{1,9}(x[0-9]{1,9}){0,7}")
RETURNED = {
    "returned_one_value",
    "returned_no_pair",
    "returned_no_number",
    "returned_swapped",
    "loss_is_array",
    "gradient_shape",
}
RAISED = {
    "does_not_parse",
    "import_failed",
    "raised_at_import",
    "raised",
    "out_of_memory",
    "not_implemented",
    "returned_none",
}


def student_fault(data: bytes | bytearray, lines: int) -> SubmissionError:
    """data: as wire.TEXT_CAP describes it; lines: how many the source has."""
    fields = data.decode("utf-8", "replace").split("\0", wire.FAULT_FIELDS - 1)
    if len(fields) != wire.FAULT_FIELDS or fields[0] not in RAISED | RETURNED:
        return SubmissionError(Message("garbled_reply"))
    kind, detail, line_text, text = fields
    line = int(line_text) if re.fullmatch(r"[0-9]{1,6}", line_text) else 0
    where = line if 0 < line <= lines else None
    return SubmissionError(
        returned(kind, detail) if kind in RETURNED else raised(kind, detail, text[:QUOTED], where)
    )


def raised(kind: str, detail: str, text: str, line: int | None) -> Message:
    exception = detail if detail in EXCEPTIONS else "Exception"
    match kind:
        case "does_not_parse":
            return Message(parse_code(text), {}, text, line)
        case "import_failed":
            return Message(kind, {}, text, line)
        case "not_implemented" | "returned_none":
            return Message("not_implemented", {}, None, None)
        case "out_of_memory":
            return Message(kind, {}, None, line)
        case _ if text.startswith("attempted relative import"):
            return Message("import_relative", {}, None, line)
        case _ if exception == "NameError" and "'xrange'" in text:
            return Message("python2_xrange", {}, None, line)
        case _ if exception == "SystemExit":
            return Message("called_exit", {}, None, line)
    return Message(kind, {"exception": exception}, text, line)


def parse_code(text: str) -> str:
    """Python 2 by its best-known marks. The text is the compiler's: no student code has run yet."""
    if "Missing parentheses in call to 'print'" in text:
        return "python2_print"
    if (
        "Missing parentheses in call to" in text
        or "multiple exception types must be parenthesized" in text
    ):
        return "python2_syntax"
    return "does_not_parse"


def shape_named(fault: SubmissionError, case: Case) -> SubmissionError:
    """A dW of the wrong shape, told as what it is where that can be seen: turned around, or of the shape of X."""
    values = fault.message.values
    if fault.message.code == "gradient_shape" and values["got"] == shape_text(case.W.shape[::-1]):
        return SubmissionError(
            Message("gradient_transposed", {"got": values["got"], "expected": values["expected"]})
        )
    if fault.message.code == "gradient_shape" and values["got"] == shape_text(case.X.shape):
        return SubmissionError(
            Message("gradient_shape_of_X", {"got": values["got"], "expected": values["expected"]})
        )
    return fault


def shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def known_type(name: str) -> str:
    """A class's own name may be anything that a student wrote."""
    return name if name in TYPES else "object"


def known_shape(text: str) -> str:
    return text if SHAPE.fullmatch(text) else "?"


def returned(kind: str, detail: str) -> Message:
    """detail: at most three words. A message tells them in the grader's own voice, so only words that it knows get through."""
    words = detail.split()[:3] + [""] * 3
    match kind:
        case "gradient_shape":
            return Message(kind, {"got": known_shape(words[0]), "expected": known_shape(words[1])})
        case "returned_no_number":
            return Message(
                kind, {"which": "dW" if words[0] == "dW" else "loss", "type": known_type(words[1])}
            )
        case "returned_no_pair":
            if re.fullmatch("[0-9]{1,12}", words[2]):
                return Message(
                    "returned_wrong_length", {"type": known_type(words[0]), "length": int(words[2])}
                )
            return Message(kind, {"type": known_type(words[0])})
        case "returned_one_value":
            return Message(kind, {"type": known_type(words[0])})
        case "loss_is_array":
            return Message(kind, {"shape": known_shape(words[0])})
    return Message(kind)
