"""The rule by which the file to grade is chosen among all that one student handed in.

1. A file with the asked name, wherever it lies. Of several,
   - equal ones count as one;
   - the one at the usual path is taken: the path that the assignment names, or the top;
   - else the only one that defines the functions.
   The usual place does not help a file that is empty, a stub or without the functions, if another
   one is written.
2. Else a copy of that name: work (1).py, Work.py, work.py.txt, Copy of work.py.
3. Else the only Python file that defines the functions; of several, one with the asked name in its
   own: hw1_work.py.
4. Else the only notebook that defines the functions; of several, one with the asked name.
5. Else the only Python file with the asked name in its own, whatever it defines.
6. Else the file that 1 or 2 passed over in the hope for a better one: it is empty, a stub beside
   a file of a similar name, or nowhere mentions the functions.

Where this leaves several files, none is chosen, and so it is where more than MAX_EXAMINED would
have to be compared. Nothing is read here: `examine` says what is in a file.

If an assignment asks for several files, each is chosen by this rule. What has the name of another
one, that of a copy or that name in its own is left to that one.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from typing import Literal, NamedTuple, Protocol, TypeAlias

from grader.intake.entries import AskedFile

MAX_EXAMINED = 8  # candidates whose content decides
_SCRIPTS = (".py", ".pyw", ".txt")
_NOTEBOOK = ".ipynb"
_ANYWHERE = 3  # the distance of a file from where it is expected, if it lies in no such place
# What systems and browsers add to the name of a copy, in the languages of the course and nearby.
_COPY_BEFORE = re.compile(
    r"(?:copy(?: \(?\d+\)?)? of|c[oó]pia (?:\(?\d+\)? )?de|copie de|kopie v[oa]n|kopia)[ _]"
)
# Possessive (++): in a name of forty digits, trying every way to split them would take years.
_COPY_AFTER = re.compile(
    r"(?:[ _-]*(?:\(\d+\)|\d{1,2})|[ _-]+(?:copy|copie|c[oó]pia|kopi[ea])(?: ?\(?\d+\)?)?)++"
)

Why: TypeAlias = Literal[
    "name",  # only it has the name
    "place",  # of several with the name, it lies at the usual path
    "functions",  # only it defines the functions
]


class Content(Protocol):
    """What is in a file."""

    @property
    def digest(self) -> str:
        """Equal for files of equal bytes."""

    @property
    def is_blank(self) -> bool: ...

    @property
    def mentioned(self) -> frozenset[str]:
        """The asked functions that it may define. This is known without parsing."""

    @property
    def defined(self) -> frozenset[str]:
        """The asked functions that it defines."""

    @property
    def written(self) -> frozenset[str]:
        """Of these, those that are more than a stub."""


Examine: TypeAlias = Callable[[str], Content | None]


class Choice(NamedTuple):
    """The path of the chosen file and why it was chosen."""

    path: str
    why: Why
    rivals: int = 0  # how many other files might have been meant


class Undecided(NamedTuple):
    """Several files may be meant, or none."""

    paths: tuple[str, ...] = ()


def choose(
    paths: Sequence[str], asked: AskedFile, examine: Examine, chosen: Collection[str] = ()
) -> Choice | Undecided:
    """Choose among the files of a hand-in: see the top of this module.

    paths: of all its files, from its top, with slashes. examine: the content of a file, or None
    if it cannot be read or if too much has been read already. chosen: the paths that were chosen
    for other files of the assignment.
    """
    top = common_folder(paths)
    apart = set[str]()
    if asked.others:
        apart = _apart(paths, asked).union(chosen)
        paths = [path for path in paths if path not in apart]
    if len(paths) == 1 and has_name(paths[0], asked):
        return Choice(paths[0], "name")
    if apart:
        asked = asked._replace(functions=_left_by(apart, asked, examine))
    return _choose_among(paths, asked, top, examine)


def _choose_among(
    paths: Sequence[str], asked: AskedFile, top: str, examine: Examine
) -> Choice | Undecided:
    """Choose among the files that are not another one of the assignment.

    top: the folders that all files of the hand-in lie in.
    """

    def rank(path: str) -> tuple[int, int, int, str]:
        return _distance(path, asked, top), path.count("/"), len(path), path

    order = sorted(paths, key=rank)
    scripts = [path for path in order if path.lower().endswith(_SCRIPTS)]
    notebooks = [path for path in order if path.lower().endswith(_NOTEBOOK)]
    last_resort: Choice | None = None
    for is_meant in (has_name, has_name_of_copy):
        candidates = [path for path in order if is_meant(path, asked)]
        if not candidates:
            continue
        choice = _choose_by_place(candidates, asked, top, examine)
        if isinstance(choice, Undecided):
            return choice
        others = set(scripts + notebooks).difference(candidates)
        if not _may_be_passed_over(choice, others, asked, examine):
            return choice
        last_resort = last_resort or choice
    for group in (scripts, notebooks):
        by_functions = _choose_by_functions(group, asked, examine, last_resort)
        if by_functions is not None:
            return by_functions
    similar = [path for path in scripts if contains_name(path, asked)]
    python = [path for path in similar if not path.lower().endswith(".txt")]
    if last_resort is None and len(python) == 1:
        return Choice(python[0], "name")
    return last_resort or Undecided()


def has_named(paths: Iterable[str], asked: AskedFile) -> bool:
    """Whether one of the paths has the asked name, or that of a copy."""
    return any(has_name(path, asked) or has_name_of_copy(path, asked) for path in paths)


def is_another(path: str, asked: AskedFile) -> bool:
    """Whether a path is, by its name, another file of those that the assignment asks for.

    Of two names that fit, net.py and fc_net.py, the longer one is meant.
    """
    for is_meant in (has_name, has_name_of_copy, contains_name):
        meant = [each for each in asked.each() if is_meant(path, each)]
        if meant:
            return max(meant, key=lambda each: len(each.name)).path != asked.path
    return False


def is_plain(path: str, asked: AskedFile) -> bool:
    """Whether a path is where the file is expected: at the top, or at the usual path."""
    return path == asked.name or _is_at_usual_path(path, asked)


def _apart(paths: Iterable[str], asked: AskedFile) -> set[str]:
    """Return the paths that are, by their names, other files of the assignment."""
    stems = [_folded(name.removesuffix(".py")) for name in asked.names]
    alike = [path for path in paths if any(stem in _folded(path) for stem in stems)]
    return {path for path in alike if is_another(path, asked)}


def _left_by(apart: Collection[str], asked: AskedFile, examine: Examine) -> tuple[str, ...]:
    """Return the functions that none of these files, which are not to be chosen, may define."""
    found: set[str] = set()
    for path in apart:
        content = examine(path)
        if content is not None:
            found |= content.mentioned
    return tuple(name for name in asked.functions if name not in found)


def _is_at_usual_path(path: str, asked: AskedFile) -> bool:
    return "/" in asked.path and f"/{path}".endswith(f"/{asked.path}")


def common_folder(paths: Iterable[str]) -> str:
    """Return the folders that all files lie in, with a slash at the end, or an empty text."""
    folders = [path.split("/")[:-1] for path in paths]
    common: list[str] = []
    for names in zip(*folders, strict=False):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return "".join(f"{name}/" for name in common)


def _distance(path: str, asked: AskedFile, top: str) -> int:
    """Say how far a file is from where it is expected. 0: at the usual path itself."""
    if path == asked.path:
        return 0
    if _is_at_usual_path(path, asked):
        return 1
    return 2 if "/" not in path.removeprefix(top) else _ANYWHERE


def _choose_by_place(
    candidates: Sequence[str], asked: AskedFile, top: str, examine: Examine
) -> Choice | Undecided:
    """Choose among files with the asked name, or a copy of it. The nearest comes first."""
    if len(candidates) == 1:
        return Choice(candidates[0], "name")
    nearest = _distance(candidates[0], asked, top)
    at_place = [path for path in candidates if _distance(path, asked, top) == nearest]
    has_place = len(at_place) == 1 and nearest < _ANYWHERE
    if len(candidates) > MAX_EXAMINED:
        if has_place:
            return Choice(candidates[0], "place", len(candidates) - 1)
        return Undecided(tuple(candidates))
    contents = {path: examine(path) for path in candidates}
    different = _different(candidates, contents)
    rivals = len(different) - 1
    if not rivals:
        return Choice(different[0], "name")
    filled = [path for path in different if not _is_blank(contents[path])]
    if len(filled) <= 1:
        return Choice((filled or different)[0], "functions", rivals)
    written = [path for path in filled if _written(contents[path], asked)]
    if has_place and at_place[0] in filled and (at_place[0] in written or not written):
        return Choice(at_place[0], "place", rivals)
    best = _only_one_with_functions(filled, asked, contents)
    if best is not None:
        return Choice(best, "functions", rivals)
    return Undecided(tuple(written or different))


def _may_be_passed_over(
    choice: Choice, others: Collection[str], asked: AskedFile, examine: Examine
) -> bool:
    """Whether a better file may lie beside the chosen one, which cannot be a solution.

    To find out about stubs takes parsing, so that is done only where another name is alike.
    """
    if not others or (asked.others and not asked.functions):
        return False
    content = examine(choice.path)
    if content is not None and not content.mentioned.intersection(asked.functions):
        return True
    is_alike = any(contains_name(path, asked) for path in others)
    return is_alike and bool(_defined(content, asked)) and not _written(content, asked)


def _different(candidates: Sequence[str], contents: dict[str, Content | None]) -> list[str]:
    """Keep the first of equal files. Files that cannot be read are kept if there is no other."""
    readable = [path for path in candidates if contents[path] is not None] or candidates
    first: dict[str, str] = {}
    for path in readable:
        content = contents[path]
        first.setdefault(content.digest if content else path, path)
    return list(first.values())


def _is_blank(content: Content | None) -> bool:
    return content is not None and content.is_blank


def _defined(content: Content | None, asked: AskedFile) -> Set[str]:
    return content.defined & set(asked.functions) if content else frozenset()


def _written(content: Content | None, asked: AskedFile) -> Set[str]:
    return content.written & set(asked.functions) if content else frozenset()


def _only_one_with_functions(
    paths: Sequence[str], asked: AskedFile, contents: dict[str, Content | None]
) -> str | None:
    """Return the only file in which all functions are written; else some; else defined."""
    every = frozenset(asked.functions)
    tests: tuple[Callable[[Content | None], bool], ...] = (
        lambda content: bool(every) and _written(content, asked) >= every,
        lambda content: bool(_written(content, asked)),
        lambda content: bool(_defined(content, asked)),
    )
    for test in tests:
        passing = [path for path in paths if test(contents[path])]
        if passing:
            return passing[0] if len(passing) == 1 else None
    return None


def _choose_by_functions(
    group: Sequence[str], asked: AskedFile, examine: Examine, last_resort: Choice | None
) -> Choice | Undecided | None:
    """Choose the only file that defines the functions. Those with the asked name come first.

    last_resort: what is taken if no other file is more than a stub.
    """
    contents = {path: examine(path) for path in group}
    mentioning = [
        path
        for path, content in contents.items()
        if content and content.mentioned.intersection(asked.functions)
    ]
    different = _different(mentioning, contents)
    if len(different) > MAX_EXAMINED:
        return Undecided(tuple(different))
    defining = [path for path in different if _defined(contents[path], asked)]
    if last_resort:
        defining = [path for path in defining if _written(contents[path], asked)]
    if not defining:
        return None
    similar = [path for path in defining if contains_name(path, asked)]
    for paths in (similar, defining):
        best = _only_one_with_functions(paths, asked, contents)
        if best is not None:
            return Choice(best, "functions", len(defining) - 1)
    return last_resort or Undecided(tuple(similar or defining))


# --- names ----------------------------------------------------------------------------------------


def has_name(path: str, asked: AskedFile) -> bool:
    return path.rpartition("/")[2] == asked.name


def has_name_of_copy(path: str, asked: AskedFile) -> bool:
    """Whether the file's name is the asked one, but for case and the marks of a copy."""
    name = _folded(path.rpartition("/")[2])
    asked_stem = _folded(asked.name.removesuffix(".py"))
    stem = _without_extension(name) if asked_stem in name else None
    if stem is None:
        return False
    stem = _COPY_BEFORE.sub("", stem, count=1).strip()
    rest = stem.removeprefix(asked_stem)
    return stem.startswith(asked_stem) and (not rest or bool(_COPY_AFTER.fullmatch(rest)))


def _without_extension(name: str) -> str | None:
    """work.py.txt -> work, work.py (1) -> work (1). None if that is no Python file."""
    match = re.fullmatch(
        r"(.*?)\.pyw?((?:\.txt|\.py)*)([ _-]*\(\d+\)|[ _-]+cop\w+)?(?:\.txt|\.py)?", name
    )
    return f"{match[1]}{match[3] or ''}" if match else None


def contains_name(path: str, asked: AskedFile) -> bool:
    """Whether the asked name is a word in the file's name, as in hw1_work.py."""
    name = _folded(path.rpartition("/")[2])
    asked_stem = _folded(asked.name.removesuffix(".py"))
    if asked_stem not in name:
        return False
    stem = re.sub(r"(?:\.(?:pyw?|txt|ipynb))+$", "", name)
    is_word = re.search(rf"(?<![a-z]){re.escape(asked_stem)}(?![a-z])", stem) is not None
    return is_word and re.search(r"(?<![a-z])tests?(?![a-z])", stem) is None


def _folded(name: str) -> str:
    """Return a form that is equal for names that people take for the same."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).replace("\u2013", "-")
    return name.casefold().strip()
