"""What the host is told of exceptions: of statements that failed, and of calls.

numpy and the standard library only.
"""

import wire
from outputs import BadReturn
from stand_ins import IMPORTER, DebuggerCalled
from top_level import ENDINGS

CALL_FILE = "<call>"  # the name of a call's lines in tracebacks
MAX_FAILURES = 20  # top-level statements whose failures are reported
MAX_FAILURE_TEXT = 1000  # bytes of the report of one
MAX_TEXT = 100_000  # characters of an exception's text that are looked at


class Failures:
    """The top-level statements of files that failed, as the host is told of them."""

    def __init__(self, files: dict[str, int]) -> None:
        self.files = files
        self.texts: list[bytes] = []
        self.more = 0  # beyond those in texts

    def add(self, error: BaseException, line: int, file: str) -> None:
        """Keep the text of an exception alone: the exception itself would keep its arrays.

        An import that a stand-in could not save, as in `import numpy.no_such as x`, is reported by
        the importer.
        """
        if isinstance(error, ImportError) and any(
            (file, line) == (each.file, each.line) for each in IMPORTER.missing
        ):
            return
        if len(self.texts) >= MAX_FAILURES and not isinstance(error, ENDINGS):
            self.more += 1
            return
        text = error_text(_kind_at_import(error), error, self.files, (file, line))
        self.texts.append(text[:MAX_FAILURE_TEXT])

    def report(self) -> bytes:
        """Return what wire.LOADED describes: also the imports that a stand-in has replaced."""
        texts = list(self.texts)
        if self.more:
            texts.append(f"more\0\0\0{self.more}\0".encode())
        for missing in IMPORTER.missing:
            number = self.files.get(missing.file, "")
            text = f"module_missing\0\0{number}\0{missing.line}\0{missing.module}"
            texts.append(text.encode("utf-8", "replace")[:MAX_FAILURE_TEXT])
        return b"\0".join(texts)


def error_text(
    kind: str, error: BaseException, files: dict[str, int], place: tuple[str, int] | None = None
) -> bytes:
    """Return kind, detail, file, line and text, as the host splits them.

    files: the submission's files and their numbers. place: file and line of the statement; by
    default the innermost line of these files, or else that of the call.
    str(error) is student code, too: it may do anything.
    """
    detail, text = _builtin_name(error), ""
    file, line = place or ("", 0)
    trace = error.__traceback__ if line == 0 else None
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in files or (name == CALL_FILE and file not in files):
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    if kind == "raised" and file == CALL_FILE:
        kind = "call_failed"
    try:
        if isinstance(error, SyntaxError):
            if error.filename in files:
                file, line = error.filename, int(error.lineno or 0)
            text = str(error.msg)
        elif isinstance(error, BadReturn):
            detail = error.detail
        elif isinstance(error, ModuleNotFoundError) and error.name:
            text = error.name
        else:
            text = str(error)
    except BaseException:
        text = ""
    number = wire.CALL_LINES if file == CALL_FILE else str(files.get(file, ""))
    text = str(text)[:MAX_TEXT].replace("\0", "")[:1000]
    fields = (kind, detail, number, str(line), text)
    return "\0".join(fields).encode("utf-8", "replace")[: wire.MAX_ERROR_TEXT]


def _builtin_name(error: BaseException) -> str:
    """Return the exception's class, or the nearest built-in class that it derives from."""
    return next(cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "builtins")


def _kind_at_import(error: BaseException) -> str:
    kind = kind_in_call(error)
    return kind if kind in ("import_failed", "debugger_called") else "raised_at_import"


def kind_in_call(error: BaseException) -> str:
    if isinstance(error, BadReturn):
        return error.kind
    if isinstance(error, DebuggerCalled):
        return "debugger_called"
    if isinstance(error, NotImplementedError):
        return "not_implemented"
    if isinstance(error, ModuleNotFoundError):
        return "import_failed"
    return "out_of_memory" if isinstance(error, MemoryError) else "raised"
