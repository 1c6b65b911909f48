"""Assignments that tell when they run: each of their Python files writes a marker."""

import shutil
from pathlib import Path

from tests.support.paths import PROJECT

SHIPPED = PROJECT / "reference/softmax"


def write_marking(folder: Path, *names: str) -> Path:
    """Write assignments with these names into a folder. Returns the path of their marker."""
    marker = folder / "marker"
    marking = f"try: open({str(marker)!r}, 'w').close()\nexcept OSError: pass\n"
    for name in names:
        shutil.copytree(SHIPPED, folder / name)
        folder.joinpath(name, "assignment.toml").write_text(f'extends = "{SHIPPED}"\n')
        for path in folder.joinpath(name).rglob("*.py"):
            path.write_text(marking + path.read_text(encoding="utf-8"), encoding="utf-8")
    return marker
