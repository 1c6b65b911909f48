"""Stand-ins for modules that are not available here, and for the calls of debuggers.

An import that fails costs nothing by itself: the file gets an object in the module's place, which
raises wherever it is used. Files of one submission import each other. Standard library only.
"""

import ast
import builtins
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any, NamedTuple, NoReturn

REAL_IMPORT = builtins.__import__
MAX_MISSING = 20  # imports that are reported
# The exceptions whose handlers catch an import that fails.
CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
# What the debuggers that people install are called by: ipdb.set_trace(), IPython.embed().
DEBUGGER_CALLS = {"set_trace", "embed", "post_mortem"}


class MissingModule(ModuleNotFoundError):
    """The file uses a module that is not available here."""


class DebuggerCalled(Exception):
    """The file calls a debugger, and nobody is there to type."""


class MissingImport(NamedTuple):
    """An import that a stand-in has replaced."""

    module: str
    file: str
    line: int


def stop_debugger(*_arguments: object, **_options: object) -> NoReturn:
    """Take the place of breakpoint() and pdb.set_trace()."""
    raise DebuggerCalled


class StandIn:
    """Takes the place of a missing module, or of a name from one. Any use raises."""

    def __init__(self, module: str, name: str = "") -> None:
        # Straight into the dictionary, because every other access is a use.
        vars(self).update(_module=module, _name=name, __all__=())

    def __getattr__(self, name: str) -> NoReturn:
        if name in DEBUGGER_CALLS:
            raise DebuggerCalled
        self._raise()

    def _raise(self, *_arguments: object, **_options: object) -> NoReturn:
        module = vars(self)["_module"]
        if vars(self)["_name"] in DEBUGGER_CALLS:
            raise DebuggerCalled
        raise MissingModule(f"the module {module} is not available here", name=module)

    __setattr__ = __delattr__ = __call__ = __mro_entries__ = __class_getitem__ = _raise
    __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = __bool__ = _raise
    __enter__ = __exit__ = __float__ = __int__ = __index__ = __complex__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = _raise
    __rmatmul__ = __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = _raise
    __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = _raise
    __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __and__ = __rand__ = _raise
    __or__ = __ror__ = __xor__ = __rxor__ = __neg__ = __pos__ = __abs__ = __invert__ = _raise
    __round__ = __trunc__ = __floor__ = __ceil__ = __next__ = __fspath__ = _raise
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _raise
    __hash__ = object.__hash__  # typing keeps annotations in dictionaries


class Importer:
    """Takes the place of __import__ for the files of a submission.

    Other files, such as numpy's own, meet Python's import as it is. So does whatever stands in a
    `try` of a submission's file that catches ImportError: an honest fallback must go on working.
    """

    def __init__(self) -> None:
        # These are set before a file is run.
        self.sources: dict[str, str] = {}  # the submission's files by name
        # If they are several: name of a module -> runs its file, once, and returns the module.
        self.modules: dict[str, Callable[[], ModuleType]] = {}
        self.missing: list[MissingImport] = []
        self._packages: dict[str, ModuleType] = {}  # as `import cs231n.layers` needs one
        self._guarded: dict[str, list[tuple[int, int]]] = {}  # by file, found when first needed

    def __call__(
        self,
        name: str,
        globals: Any = None,
        locals: Any = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        frame = sys._getframe(1)
        if self.modules and frame.f_code.co_filename in self.sources:
            module = self._import_own(name, fromlist or (), level)
            if module is not None:
                return module
        try:
            module = REAL_IMPORT(name, globals, locals, fromlist or (), level)
        except ImportError as error:
            if frame.f_code.co_filename not in self.sources or self._is_guarded(frame):
                raise
            missing = _name_of_missing(name, level, error)
            self._report(missing, frame)
            module = _stand_in(missing, name, fromlist)
            if fromlist and isinstance(module, StandIn):
                vars(module).update(self._own_modules(fromlist))
            return module
        if name == "pdb":
            pdb = sys.modules["pdb"]
            vars(pdb)["set_trace"] = stop_debugger
            vars(pdb)["Pdb"].set_trace = stop_debugger
        return module

    def _import_own(self, name: str, fromlist: Sequence[str], level: int) -> Any:
        """Import from the files of the submission. None: the import is of something else.

        The files lie in one folder, and in a package of any name that does not exist here:
        `import layers`, `from .layers import *`, `from cs231n import layers`.
        """
        package, _, last = name.rpartition(".")
        top = name.partition(".")[0]
        if last in self.modules and (level or not package or top not in sys.modules):
            module = self.modules[last]()
            return module if fromlist or not package else self._package(name, module)
        if fromlist and set(fromlist) <= self.modules.keys() and (level or top not in sys.modules):
            package_module = ModuleType(name)
            vars(package_module).update(self._own_modules(fromlist))
            return package_module
        return None

    def _own_modules(self, names: Sequence[str]) -> dict[str, ModuleType]:
        return {each: self.modules[each]() for each in names if each in self.modules}

    def _package(self, name: str, module: ModuleType) -> ModuleType:
        """Return the first of the packages in the name, in which the module can be found."""
        top, *inner, last = name.split(".")
        first = package = self._packages.setdefault(top, ModuleType(top))
        for each in inner:
            package = vars(package).setdefault(each, ModuleType(each))
        vars(package)[last] = module
        return first

    def _report(self, module: str, frame: FrameType) -> None:
        missing = MissingImport(module, frame.f_code.co_filename, frame.f_lineno)
        if missing not in self.missing and len(self.missing) < MAX_MISSING:
            self.missing.append(missing)

    def _is_guarded(self, frame: FrameType | None) -> bool:
        """Whether this frame, or one that called it, is in a `try` that catches ImportError.

        Only those of the same file count: another file may try to import this one, whatever this
        one does without.
        """
        assert frame is not None
        file = frame.f_code.co_filename
        if file not in self._guarded:
            self._guarded[file] = list(guarded_lines(self.sources[file]))
        while frame is not None:
            line = frame.f_lineno
            if frame.f_code.co_filename == file and any(
                first <= line <= last for first, last in self._guarded[file]
            ):
                return True
            frame = frame.f_back
        return False


IMPORTER = Importer()


def guarded_lines(source: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of each block in which an ImportError is caught."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Try, ast.TryStar)):
            is_guarded = any(_catches(handler.type) for handler in node.handlers)
        elif isinstance(node, ast.With):
            is_guarded = any(_is_suppress(item.context_expr) for item in node.items)
        else:
            continue
        if is_guarded:
            yield node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno


def _catches(caught: ast.expr | None) -> bool:
    """Whether `except CAUGHT` catches ImportError. What cannot be known is taken to."""
    if isinstance(caught, ast.Tuple):
        return any(map(_catches, caught.elts))
    if isinstance(caught, ast.Name) and caught.id not in CATCHING:
        return not hasattr(builtins, caught.id)
    return True


def _is_suppress(context: ast.expr) -> bool:
    """Whether `with CONTEXT` is suppress, or gets an ImportError and may well do the same."""
    if not isinstance(context, ast.Call):
        return False
    function = context.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name == "suppress":
        return any(map(_catches, context.args))
    return any(isinstance(each, ast.Name) and each.id in CATCHING for each in context.args)


def _name_of_missing(name: str, level: int, error: ImportError) -> str:
    """Return the module that is missing: of `import scipy.special`, scipy."""
    if level:
        return "." * level + name
    known = error.name if isinstance(error, ModuleNotFoundError) else None
    return known if known and f"{name}.".startswith(f"{known}.") else name


def _stand_in(missing: str, name: str, fromlist: Sequence[str] | None) -> Any:
    """Return what the import statement expects: the module itself, or for `import a.b` its a."""
    if fromlist:
        module = StandIn(missing)
        vars(module).update({each: StandIn(missing, each) for each in fromlist if each != "*"})
        return module
    first, *rest = name.split(".")
    if first in sys.modules:  # of `import numpy.no_such`, only the last part is missing
        return sys.modules[first]
    top = module = StandIn(missing)
    for each in rest:
        vars(module)[each] = module = StandIn(missing)
    return top
