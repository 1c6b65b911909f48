"""The files of an assignment's folders: listed, run as modules, and carried by a key.

They are trusted and run in this process. An error in them names its file and line.
"""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from grader.assignment.layers import AssignmentError
from grader.model import Source

GRADER = Path(__file__).resolve().parents[1]
# What joins the texts of several folders to one module. Each runs by itself, so that its helpers
# keep their names; the first is that of the base, and what a later one defines goes over it.
_JOINED = '''"""The file {name} of several folders, the base first: each runs by itself."""

CHECKS = {{}}
_EXPLAIN = []


def _run(file, text):
    own = {{"__name__": __name__, "__file__": file}}
    exec(compile(text, file, "exec", dont_inherit=True), own)
    CHECKS.update(own.pop("CHECKS", {{}}))
    if "explain_error" in own:
        _EXPLAIN.insert(0, own.pop("explain_error"))
    globals().update({{k: v for k, v in own.items() if not k.startswith("_")}})


{runs}


def explain_error(function, key, message):
    """The first explanation, the strongest folder's before those of its base; or None."""
    for explain in _EXPLAIN:
        better = explain(function, key, message)
        if better is not None:
            return better
    return None
'''


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return the files that match, by name, without those that editors and systems hide."""
    paths = sorted(folder.glob(pattern))
    return [path for path in paths if path.is_file() and not path.name.startswith(".")]


def course_source(folders: Sequence[Path], name: str) -> Source | None:
    """Return the code of a file that several folders may have, as one text for a key to carry.

    folders: the strongest first. None if no folder has the file. Raises AssignmentError.
    """
    paths = [folder / name for folder in folders if folder.joinpath(name).is_file()]
    if not paths:
        return None
    texts = [(f"{path.parent.name}/{name}", read_text(path)) for path in reversed(paths)]
    if len(texts) == 1:
        file, text = texts[0]
        return Source(file, text.encode(), ())
    runs = "\n".join(f"_run({file!r}, {text!r})" for file, text in texts)
    return Source(name, _JOINED.format(name=name, runs=runs).encode(), ())


def read_text(path: Path) -> str:
    """Read a file of Python. Raises AssignmentError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(
            f"{path}: cannot be read ({error}). Make it a file of Python in UTF-8."
        ) from None


def load_module(path: Path) -> ModuleType:
    """Run a file as a module. Raises AssignmentError if it cannot be imported."""
    import importlib.util  # here, because most keys are read from the cache

    specification = importlib.util.spec_from_file_location(f"assignment_{path.stem}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise error_in(path, error, "cannot be imported") from None
    return module


def error_in(path: Path, error: BaseException, problem: str) -> AssignmentError:
    """The error of a file whose code stops. problem: what does not work because of it."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    what = f"{type(error).__name__}: {text}"
    return AssignmentError(f"{path}{line_in(path, error)}: {problem} ({what}). Correct it.")


def line_in(path: Path, error: BaseException) -> str:
    """ ", line 12": the last line of this file on the way to an error; empty if there is none."""
    line = None
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line = error.lineno
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f", line {line}" if line else ""


def describe_error(error: BaseException) -> str:
    """Say where code of the course stopped, and why: "ours/checks.py, line 12: NameError: …"."""
    file, line = "", 0
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not (name.startswith((str(GRADER), "<")) or "/numpy/" in name):
            file, line = name, trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename:
        file, line = error.filename, error.lineno or 0
    place = f"{file}, line {line}: " if file else ""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{place}{type(error).__name__}: {text}"
