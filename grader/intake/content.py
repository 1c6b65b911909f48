"""The content of a file that may be the one to grade, and what has to be known to choose it."""

import hashlib
import time
from functools import cached_property

from grader.intake.entries import AskedFile, Entry, UnreadableSubmission
from grader.intake.names import extension
from grader.intake.notebook import NOTEBOOK_CAP, read_notebook
from grader.intake.source import NOTEBOOK, SOURCE_CAP, is_notebook
from grader.intake.text_encoding import decode_source
from grader.static_analysis.definitions import Definitions, defines_by_line, definitions_in
from grader.static_analysis.text import text_of

MAX_FILES = 200  # examined of one hand-in
MAX_BYTES = 48 << 20  # of all these files
# CPU time for parsing the candidates of one hand-in. Then what a line begins is believed.
MAX_SECONDS = 1.0


class Parsing:
    """The time that parsing has taken, of all files of one hand-in."""

    def __init__(self, functions: tuple[str, ...]) -> None:
        self.functions = functions  # the asked ones
        self.seconds = 0.0


class FileContent:
    """A file of a hand-in that has been read."""

    def __init__(self, name: str, raw: bytes, saved: str | None, parsing: Parsing) -> None:
        self.name, self.raw, self.saved = name, raw, saved
        self._parsing = parsing

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def is_blank(self) -> bool:
        return not self.raw.strip()

    @cached_property
    def mentioned(self) -> frozenset[str]:
        return frozenset(name for name in self._parsing.functions if self._mentions(name))

    def _mentions(self, name: str) -> bool:
        if is_notebook(self.raw, self.name):
            return f"def {name}".encode() in self.raw or f"class {name}".encode() in self.raw
        return defines_by_line(self._text, name)

    @property
    def defined(self) -> frozenset[str]:
        return self._definitions.defined

    @property
    def written(self) -> frozenset[str]:
        return self._definitions.written

    @cached_property
    def _text(self) -> str:
        return text_of(decode_source(self.raw).source)

    @cached_property
    def _definitions(self) -> Definitions:
        functions = self._parsing.functions
        if not self.mentioned:
            return Definitions(frozenset(), frozenset())
        if self._parsing.seconds > MAX_SECONDS:
            return Definitions(self.mentioned, self.mentioned)
        started = time.thread_time()
        try:
            return definitions_in(self._code(functions), functions)
        except UnreadableSubmission:
            return Definitions(frozenset(), frozenset())
        finally:
            self._parsing.seconds += time.thread_time() - started

    def _code(self, functions: tuple[str, ...]) -> str:
        if not is_notebook(self.raw, self.name):
            return self._text
        return read_notebook(self.raw, functions).source


class Examiner:
    """Reads files of one hand-in, each once, and only so many."""

    def __init__(self, files: dict[str, Entry], asked: AskedFile) -> None:
        self.errors: dict[str, UnreadableSubmission] = {}  # path -> why it cannot be read
        self._parsing = Parsing(asked.functions)
        self._files = files
        self._contents: dict[str, FileContent] = {}
        self._bytes = 0

    def examine(self, path: str) -> FileContent | None:
        """Return the content of a file, or None if it cannot be read or too much has been read."""
        if path in self._contents:
            return self._contents[path]
        if path in self.errors or len(self._contents) >= MAX_FILES or self._bytes > MAX_BYTES:
            return None
        try:
            return self.read(path)
        except UnreadableSubmission as error:
            self.errors[path] = error
            return None

    def read(self, path: str) -> FileContent:
        """Return the content of a file. Raises UnreadableSubmission."""
        if path not in self._contents:
            content = read_content(self._files[path], self._parsing)
            self._contents[path] = content
            self._bytes += len(content.raw)
        return self._contents[path]


def read_content(entry: Entry, parsing: Parsing) -> FileContent:
    """Read a file up to the cap of its kind, which is larger for a notebook."""
    is_named = extension(entry.name) == NOTEBOOK
    raw, saved = entry.read((NOTEBOOK_CAP if is_named else SOURCE_CAP) + 1)
    if len(raw) > SOURCE_CAP and not is_named and raw.lstrip().startswith(b"{"):
        raw, saved = entry.read(NOTEBOOK_CAP + 1)
    return FileContent(entry.name, raw, saved, parsing)
