"""Jupyter notebooks for tests."""

import json
from typing import Any


def make_notebook(*cells: str, version: int = 4, as_lines: bool = True, **fields: Any) -> bytes:
    """Return a notebook with these code cells, each after a text cell. fields: of each code cell.

    version: of nbformat, 3 or 4. as_lines: the source as a list of lines, as Jupyter saves it.
    """
    name = "source" if version == 4 else "input"
    table: list[dict[str, Any]] = []
    for text in cells:
        source = text.splitlines(keepends=True) if as_lines else text
        code = {"cell_type": "code", "metadata": {}, "outputs": [], name: source, **fields}
        table += [{"cell_type": "markdown", "metadata": {}, "source": ["# def f(): text"]}, code]
    notebook: dict[str, Any] = {"metadata": {}, "nbformat": version, "nbformat_minor": 0}
    notebook |= {"cells": table} if version == 4 else {"worksheets": [{"cells": table}]}
    return json.dumps(notebook, indent=1).encode()
