"""Loads a submission: as a whole or, where that does not parse, without what does not."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from grader.model import AnswerKey, Message, OpenProgram, Program, Source, SourceFile, Submission

MAX_PRINTS = 50  # statements that notes list
MAX_SALVAGES = 4  # of one file: each leaves out what the one before could not know of
_DEFINITION = re.compile(r"^(?:def|class)[ \t]+(\w+)", re.MULTILINE)


class LoadedSubmission(NamedTuple):
    """A running program, and what became of the submission's files."""

    program: Program
    files: tuple[SourceFile, ...]  # the texts that were run, with the lines of the submission's
    error: Message | None  # why nothing can be called
    notes: tuple[Message, ...] = ()  # what was left out
    # Name of a function or class that was left out -> why it does not parse.
    broken: Mapping[str, Message] = MappingProxyType({})


def load(key: AnswerKey, submission: Submission, open_program: OpenProgram) -> LoadedSubmission:
    """Load the files of a submission. If one does not parse, nothing of them has run.

    Then they are loaded again without what does not parse, if that leaves something to ask. Of
    several files, one may be left out as a whole.
    """
    # The program has the assignment's file names: one that a student chose could be a module's, or
    # influence what is read from it.
    first = key.file_name if len(key.files) == 1 else submission.file
    files = [SourceFile(first, submission.source), *submission.more]
    if submission.problem:
        # A file that cannot be a program is replaced by an empty one: nothing of it runs, and the
        # verdict can still name the sandbox's level.
        files = [SourceFile(first, b"")]
    program = open_files(key, files, open_program)
    loaded = LoadedSubmission(program, tuple(files), submission.problem or program.load_error)
    error = program.load_error
    if submission.problem or error is None or error.code != "does_not_parse":
        return loaded
    return _load_what_parses(key, loaded, error, open_program)


def open_files(key: AnswerKey, files: Sequence[SourceFile], open_program: OpenProgram) -> Program:
    """Open the files as one program, as they stand. The caller closes it."""
    first, *more = files
    functions = tuple(key.functions.values())
    return open_program(Source(first.file, first.text, functions, tuple(more)), key.limits)


def _load_what_parses(
    key: AnswerKey, loaded: LoadedSubmission, error: Message, open_program: OpenProgram
) -> LoadedSubmission:
    """Load the files again without what does not parse.

    error: why they could not be loaded as they are.
    """
    # Here, because most files parse.
    from grader.static_analysis.salvage import salvage
    from grader.static_analysis.syntax_errors import syntax_error
    from grader.static_analysis.text import text_of

    files, notes = list(loaded.files), loaded.notes
    broken: dict[str, Message] = {}
    reasons: dict[int, Message] = {}  # the first of each file
    tries = Counter[int]()
    program = loaded.program
    while error.code == "does_not_parse":
        place = _place(error, files)
        text = text_of(files[place].text)
        reason = syntax_error(text, error.quote or "", error.line)
        reasons.setdefault(place, _in_file(reason, files, place))
        tries[place] += 1
        if reason.code == "python2_print" and tries[place] == 1:
            notes += _other_prints(text, reason, files, place)
        names = key.names if len(files) == 1 else (*key.names, *_DEFINITION.findall(text))
        left = salvage(text, names, reason) if tries[place] <= MAX_SALVAGES else None
        if left is None and len(files) == 1:
            return LoadedSubmission(program, loaded.files, reasons[place], notes, broken)
        program.close()
        if left is None:
            notes += (Message("note_file_left_out", {"file": files[place].file}), reasons[place])
            broken |= dict.fromkeys(_DEFINITION.findall(text), reasons[place])
        else:
            notes += tuple(_in_file(note, files, place) for note in left.notes)
            broken |= {name: _in_file(why, files, place) for name, why in left.broken.items()}
        files[place] = SourceFile(files[place].file, left.text.encode() if left else b"")
        program = open_files(key, files, open_program)
        if program.load_error is None:
            is_empty = not any(file.text for file in files)
            nothing = next(iter(reasons.values())) if is_empty else None
            return LoadedSubmission(program, tuple(files), nothing, notes, broken)
        error = program.load_error
    return LoadedSubmission(program, tuple(files), error, notes, broken)


def _place(error: Message, files: Sequence[SourceFile]) -> int:
    """Return which of the files an error is in."""
    names = [file.file for file in files]
    return names.index(error.file) if error.file in names else 0


def _other_prints(
    text: str, first: Message, files: Sequence[SourceFile], place: int
) -> tuple[Message, ...]:
    """A note for each further print statement: Python itself names one in each run."""
    from grader.static_analysis.syntax_errors import print_statements

    lines = [line for line in print_statements(text) if line != first.line][:MAX_PRINTS]
    return tuple(_in_file(replace(first, line=line, quote=None), files, place) for line in lines)


def _in_file(message: Message, files: Sequence[SourceFile], place: int) -> Message:
    return replace(message, file=files[place].file) if place else message
