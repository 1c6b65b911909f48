"""Turn the error text of a child into a message.

The child is not trusted: unknown kinds, odd characters and impossible lines are dropped.
"""

import builtins
import re

from grader.model import Case, Message, SubmissionError
from grader.sandbox.inside import wire

MAX_QUOTE = 300  # characters of an exception's text that are kept
KNOWN_TYPES = {
    *("int", "float", "bool", "complex", "str", "bytes", "None", "NoneType", "object"),
    *("tuple", "list", "dict", "set", "function", "generator"),
    *("ndarray", "matrix", "float64", "float32", "complex128", "int64", "datetime64"),
}
EXCEPTIONS = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
SHAPE = re.compile("scalar|[0-9]{1,9}(x[0-9]{1,9}){0,7}")
# The kinds of errors that a child may report: about a returned value, and all others.
RETURNED_KINDS = {
    *("returned_one_value", "returned_no_pair", "returned_no_number", "returned_swapped"),
    *("loss_is_array", "gradient_shape"),
}
RAISED_KINDS = {
    *("does_not_parse", "import_failed", "raised_at_import", "raised", "out_of_memory"),
    *("not_implemented", "returned_none"),
}


def submission_error(data: bytes | bytearray, lines: int) -> SubmissionError:
    """Turn the error text of a child into an error of the submission.

    data: an error text as wire.MAX_ERROR_TEXT describes it.
    lines: the largest line number that can be true.
    """
    fields = data.decode("utf-8", "replace").split("\0", wire.ERROR_FIELDS - 1)
    if len(fields) != wire.ERROR_FIELDS or fields[0] not in RAISED_KINDS | RETURNED_KINDS:
        return SubmissionError(Message("garbled_reply"))
    kind, detail, line_text, text = fields
    if kind in RETURNED_KINDS:
        return SubmissionError(_returned_message(kind, detail))
    line = int(line_text) if re.fullmatch(r"[0-9]{1,6}", line_text) else 0
    possible_line = line if 0 < line <= lines else None
    return SubmissionError(_raised_message(kind, detail, text[:MAX_QUOTE], possible_line))


def explain_gradient_shape(error: SubmissionError, case: Case) -> SubmissionError:
    """Give a dW of the wrong shape a more helpful message, if possible.

    There are messages for the shape of W transposed and for the shape of X. Any other error is
    returned unchanged.
    """
    if error.message.code != "gradient_shape":
        return error
    got, expected = error.message.values["got"], error.message.values["expected"]
    if got == _shape_text(case.W.shape[::-1]):
        return SubmissionError(Message("gradient_transposed", {"got": got, "expected": expected}))
    if got == _shape_text(case.X.shape):
        return SubmissionError(Message("gradient_shape_of_X", {"got": got, "expected": expected}))
    return error


def _returned_message(kind: str, detail: str) -> Message:
    """Return the message about a returned value.

    detail holds at most three words. A message shows them as the grader's own words, not as a
    quotation, so only known types, shapes and numbers get through.
    """
    first, second, third = (detail.split()[:3] + [""] * 3)[:3]
    match kind:
        case "gradient_shape":
            return Message(kind, {"got": _known_shape(first), "expected": _known_shape(second)})
        case "returned_no_number":
            which = "dW" if first == "dW" else "loss"
            return Message(kind, {"which": which, "type": _known_type(second)})
        case "returned_no_pair":
            if re.fullmatch("[0-9]{1,12}", third):
                return Message(
                    "returned_wrong_length", {"type": _known_type(first), "length": int(third)}
                )
            return Message(kind, {"type": _known_type(first)})
        case "returned_one_value":
            return Message(kind, {"type": _known_type(first)})
        case "loss_is_array":
            return Message(kind, {"shape": _known_shape(first)})
    return Message(kind)


def _known_type(name: str) -> str:
    """Return the name of a type. A class of the student's may be called anything."""
    return name if name in KNOWN_TYPES else "object"


def _known_shape(text: str) -> str:
    return text if SHAPE.fullmatch(text) else "?"


def _raised_message(kind: str, detail: str, text: str, line: int | None) -> Message:
    exception = detail if detail in EXCEPTIONS else "Exception"
    match kind:
        case "does_not_parse":
            return Message(_syntax_error_code(text), {}, text, line)
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


def _syntax_error_code(text: str) -> str:
    """Recognize Python 2 by its best-known constructs.

    The text is the compiler's: no student code has run yet.
    """
    if "Missing parentheses in call to 'print'" in text:
        return "python2_print"
    if "Missing parentheses in call to" in text:
        return "python2_syntax"
    if "multiple exception types must be parenthesized" in text:
        return "python2_syntax"
    return "does_not_parse"


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
