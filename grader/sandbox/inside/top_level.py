"""Run the top-level statements of a file so that one that fails does not cost the others.

Standard library only.
"""

import __future__

import ast
from collections.abc import Callable
from types import CodeType
from typing import Any

ENDINGS = (SystemExit, KeyboardInterrupt)  # what ends a file: nothing after it is run
FUTURE_FLAGS = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
Report = Callable[[BaseException, int], None]  # gets each exception, and the line of its statement


def run_file(code: CodeType, source: str, names: dict[str, Any], report: Report) -> None:
    """Run a compiled file, and where a statement fails go on with the next one.

    No statement runs twice, but for what _parts explains. Only a file with a statement that fails
    is taken apart, so that all others load as fast as ever. names: the module's dictionary.
    """
    try:
        exec(code, names)  # noqa: S102  (it is what this process is for)
        return
    except BaseException as error:
        position = _position(error, code)
        if isinstance(error, ENDINGS) or position[0] == 0:
            report(error, position[0])
            return
        statements = ast.parse(source).body
        failed = _statement_at(statements, position)
        rest = _parts(statements[failed], error)
        if not rest:
            report(error, position[0])
    _run_each([*rest, *statements[failed + 1 :]], code, names, report)


def _run_each(
    statements: list[ast.stmt], whole: CodeType, names: dict[str, Any], report: Report
) -> None:
    flags = whole.co_flags & FUTURE_FLAGS
    code = whole
    for statement in statements:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # by itself, a string would become the module's docstring
        try:
            module = ast.Module([statement], [])
            code = compile(module, whole.co_filename, "exec", flags, dont_inherit=True)
            exec(code, names)  # noqa: S102
        except BaseException as error:
            parts = _parts(statement, error)
            if parts:
                _run_each(parts, whole, names, report)
            else:
                report(error, _position(error, code)[0] or statement.lineno)
            if isinstance(error, ENDINGS):
                return


def _parts(statement: ast.stmt, error: BaseException) -> list[ast.stmt]:
    """Return what may go well where the whole statement did not; empty if there is nothing.

    Of an import of several names, one may fail where others do not. A definition that names a
    missing module in its annotations works without them: nothing was bound, so it may run again.
    """
    if not isinstance(error, ImportError):
        return []
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [statement] if _remove_annotations(statement) else []
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or len(statement.names) < 2:
        return []
    parts: list[ast.stmt] = []
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            parts.append(ast.Import([alias]))
        else:
            parts.append(ast.ImportFrom(statement.module, [alias], statement.level))
    return [ast.copy_location(part, statement) for part in parts]


def _remove_annotations(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Remove them in place. Returns whether there were any."""
    parameters = definition.args
    each = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
    each += filter(None, [parameters.vararg, parameters.kwarg])
    has_any = definition.returns is not None or any(one.annotation for one in each)
    definition.returns = None
    for one in each:
        one.annotation = None
    return has_any


def _position(error: BaseException, code: CodeType) -> tuple[int, int]:
    """Return line and column of the code's own instruction that failed. Line 0: unknown."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    if trace is None:
        return 0, 0
    positions = list(code.co_positions())
    column = positions[trace.tb_lasti // 2][2]
    return trace.tb_lineno or 0, column or 0


def _statement_at(statements: list[ast.stmt], position: tuple[int, int]) -> int:
    """Return the index of the statement at this line and column: the first that ends behind it."""
    for index, statement in enumerate(statements):
        if (statement.end_lineno or 0, statement.end_col_offset or 0) > position:
            return index
    return len(statements) - 1
