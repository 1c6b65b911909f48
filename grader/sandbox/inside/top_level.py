"""Run the top-level statements of a file so that one that fails does not cost the others.

Standard library only.
"""

import __future__

import ast
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

ENDINGS = (SystemExit, KeyboardInterrupt)  # what ends a file: nothing after it is run
FUTURE_FLAGS = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
Report = Callable[[BaseException, int], None]  # gets each exception, and the line of its statement


def run_file(code: CodeType, source: str, names: dict[str, Any], report: Report) -> None:
    """Run a compiled file, and where a statement fails go on with the next one.

    No statement runs twice. Only a file with a statement that fails is taken apart, so that all
    others load as fast as ever. names: the module's dictionary.
    """
    try:
        exec(code, names)  # noqa: S102  (it is what this process is for)
        return
    except BaseException as error:
        position = _position(error, code)
        report(error, position[0])
        if isinstance(error, ENDINGS) or position[0] == 0:
            return
        is_import_error = isinstance(error, ImportError)
    statements = ast.parse(source).body
    failed = _statement_at(statements, position)
    rest = statements[failed + 1 :]
    if is_import_error:
        rest = [*_single_imports(statements[failed]), *rest]
    _run_each(rest, code, names, report)


def _run_each(
    statements: list[ast.stmt], whole: CodeType, names: dict[str, Any], report: Report
) -> None:
    flags = whole.co_flags & FUTURE_FLAGS
    code = whole
    for statement in statements:
        try:
            module = ast.Module([statement], [])
            code = compile(module, whole.co_filename, "exec", flags, dont_inherit=True)
            exec(code, names)  # noqa: S102
        except BaseException as error:
            singles = list(_single_imports(statement)) if isinstance(error, ImportError) else []
            if singles:
                _run_each(singles, whole, names, report)
            else:
                report(error, _position(error, code)[0] or statement.lineno)
            if isinstance(error, ENDINGS):
                return


def _single_imports(statement: ast.stmt) -> Iterator[ast.stmt]:
    """Yield an import of several names as several imports: one may fail where others do not."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or len(statement.names) < 2:
        return
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            single: ast.stmt = ast.Import([alias])
        else:
            single = ast.ImportFrom(statement.module, [alias], statement.level)
        yield ast.copy_location(single, statement)


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
