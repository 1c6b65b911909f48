"""Decides which version of which attempt counts. Nothing else does.

docs/gradebook.md explains the rule by a table of examples, which are also its tests.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from grader.class_row import CountPolicy
from grader.intake.times import is_after


class Version(NamedTuple):
    """One version of an attempt: a row of the table submissions, and the points of its verdict."""

    row: int  # submissions.id
    ids: str  # of its people, as JSON
    attempt: int  # 1 for the first
    is_readable: bool  # False if there is nothing to grade
    saved: str | None  # when it was submitted, ISO 8601
    is_late: bool | None  # None if unknown
    first_run: int  # the run that read it first
    last_run: int  # the run that saw it last, in any source
    score: float | None = None  # None without a verdict, like the next two
    undecided: float | None = None
    possible: float | None = None


class Run(NamedTuple):
    """One call of batch."""

    id: int  # the larger, the later
    source: str
    is_read: bool  # whether the source was read to its end


class Sighting(NamedTuple):
    """The last run that saw a version in a source."""

    row: int  # submissions.id
    source: str
    run: int


class Extension(NamedTuple):
    """A later deadline of one group."""

    ids: str
    until: str  # ISO 8601; what is submitted until then is not late


class Decision(NamedTuple):
    """The staff decided that this attempt counts."""

    ids: str
    attempt: int


class Records(NamedTuple):
    """All that a gradebook has about attempts.

    Extensions and decisions are in the order of writing: the last one of a group holds.
    """

    versions: Iterable[Version]
    runs: Iterable[Run]
    sightings: Iterable[Sighting]
    extensions: Iterable[Extension] = ()
    decisions: Iterable[Decision] = ()


class AttemptSummary(NamedTuple):
    """A version that holds (see count_attempts), and its state."""

    version: Version
    is_present: bool  # some source still has it; else it was withdrawn
    is_late: bool | None  # extensions considered; None if unknown
    newness: int  # the last run that read something new of the group in a source that has it
    counts: bool = False


class Group(NamedTuple):
    """All versions that hold of what the same people submitted."""

    # By attempt. Several versions of one attempt: present ones first, then readable ones.
    attempts: tuple[AttemptSummary, ...]
    chosen: AttemptSummary  # the one that gives the points; for policy `all`, the latest


def count_attempts(records: Records, policy: CountPolicy) -> dict[str, Group]:
    """Find which versions hold, and which of them count, for each group of people.

    The result is by the ids of the people, as JSON.

    What a source has. Once a run has read a source to its end, all that earlier runs saw there, and
    this run did not, is withdrawn from that source. Other bytes for the same attempt in the same
    source replace the earlier ones at once, but an unreadable file replaces only unreadable ones.
    A version is present while at least one source has it.

    Which version of an attempt holds. If an attempt has several versions that can be graded, prefer
    one that is still present; among those, the most recent: the one that was first read last. If
    all are withdrawn, the one that was seen last. Unreadable files hold beside it: each while it
    is present, or if it is withdrawn and nothing of the attempt is present or was seen later.

    Which attempt counts. Present versions go before withdrawn ones, whatever the policy.
    - latest: the last attempt in the newest source, which is the one that last brought something
      new from these people. If it has a version that can be graded, that one.
    - best: the attempt with the most points. Undecided points may turn out well and count in full.
      So does an attempt without a verdict, but certain full marks go before it. An unreadable
      attempt is worth less than zero points. Of equals, the latest.
    - all: every attempt; the latest one is `chosen`.
    If the staff decided that an attempt counts, it alone counts while it is present.

    What is late. A late attempt is not late if the group has an extension that lasted until then.
    """
    last_reading = _last_readings(records.runs)
    sightings: dict[int, list[Sighting]] = {}
    for sighting in records.sightings:
        sightings.setdefault(sighting.row, []).append(sighting)
    deadlines = {extension.ids: extension.until for extension in records.extensions}
    decisions = {decision.ids: decision.attempt for decision in records.decisions}

    groups = {}
    by_people = sorted(records.versions, key=attrgetter("ids", "attempt", "row"))
    for ids, same_people in groupby(by_people, key=attrgetter("ids")):
        versions = list(same_people)
        sources = _sources(versions, sightings, last_reading)
        summaries = _summaries(versions, sources, deadlines.get(ids))
        groups[ids] = _count(_holding(summaries), policy, decisions.get(ids))
    return groups


def choose(attempts: Iterable[AttemptSummary], policy: CountPolicy) -> AttemptSummary:
    """Return the attempt that counts by the policy; for `all`, the latest of those that do."""

    def priority(each: AttemptSummary) -> tuple[bool, tuple[float, bool], int, int, bool, int]:
        points = _attainable(each.version) if policy == "best" else (0.0, False)
        return (
            each.is_present,
            points,
            each.newness,
            each.version.attempt,
            each.version.is_readable,
            -each.version.row,
        )

    return max(attempts, key=priority)


def is_late(saved: str | None, late: bool | None, deadline: str | None) -> bool | None:
    """Whether an attempt is late, given an extension until `deadline`; None if unknown.

    late: whether it would be late without the extension.
    """
    if late and saved and deadline:
        return is_after(datetime.fromisoformat(saved), datetime.fromisoformat(deadline))
    return None if late is None else bool(late)


def _last_readings(runs: Iterable[Run]) -> dict[str, int]:
    """Return for each source the last run that read it to its end."""
    last: dict[str, int] = {}
    for run in runs:
        if run.is_read:
            last[run.source] = max(run.id, last.get(run.source, run.id))
    return last


def _sources(
    versions: list[Version],
    sightings: Mapping[int, list[Sighting]],
    last_reading: Mapping[str, int],
) -> dict[int, list[str]]:
    """Return the sources that still have each version of a group, by its row."""
    last_seen = _last_seen(versions, sightings)
    sources: dict[int, list[str]] = {}
    for version in versions:
        sources[version.row] = [
            sighting.source
            for sighting in sightings.get(version.row, ())
            if sighting.run >= last_reading.get(sighting.source, 0)
            and sighting.run >= last_seen[version.attempt, version.is_readable, sighting.source]
        ]
    return sources


def _last_seen(
    versions: Iterable[Version], sightings: Mapping[int, list[Sighting]]
) -> dict[tuple[int, bool, str], int]:
    """Return the last run that saw an attempt in a source, by attempt, is_readable and source.

    Versions that were last seen there earlier have been replaced. Unreadable ones are replaced by
    any version, readable ones only by readable ones.
    """
    last: defaultdict[tuple[int, bool, str], int] = defaultdict(int)
    for version in versions:
        for sighting in sightings.get(version.row, ()):
            for is_readable in {version.is_readable, False}:
                place = version.attempt, is_readable, sighting.source
                last[place] = max(last[place], sighting.run)
    return last


def _summaries(
    versions: Iterable[Version], sources: Mapping[int, list[str]], deadline: str | None
) -> list[AttemptSummary]:
    """Return all versions of a group, in their order, each with its state."""
    newness: dict[str, int] = {}
    for version in versions:
        for source in sources[version.row]:
            newness[source] = max(version.first_run, newness.get(source, 0))
    summaries = []
    for version in versions:
        own = sources[version.row]
        summary = AttemptSummary(
            version,
            is_present=bool(own),
            is_late=is_late(version.saved, version.is_late, deadline),
            newness=max((newness[source] for source in own), default=0),
        )
        summaries.append(summary)
    return summaries


def _holding(summaries: list[AttemptSummary]) -> list[AttemptSummary]:
    """Return the versions that hold: by attempt, present and readable ones first."""
    if len(summaries) == 1:
        return summaries
    holding = []
    for _, same_attempt in groupby(summaries, key=lambda each: each.version.attempt):
        holding += sorted(_holding_of_attempt(list(same_attempt)), key=_precedence)
    return holding


def _holding_of_attempt(versions: list[AttemptSummary]) -> Iterator[AttemptSummary]:
    """Yield the versions of one attempt that hold."""
    readable = [each for each in versions if each.version.is_readable]
    unreadable = [each for each in versions if not each.version.is_readable]
    if readable:
        yield max(readable, key=_recency)
    is_present = any(each.is_present for each in versions)
    last_run = max(each.version.last_run for each in versions)
    for each in unreadable:
        if each.is_present or (not is_present and each.version.last_run == last_run):
            yield each


def _recency(each: AttemptSummary) -> tuple[bool, int, int]:
    """Sort versions of one attempt: present ones by their first run, withdrawn ones by the last."""
    run = each.version.first_run if each.is_present else each.version.last_run
    return each.is_present, run, each.version.row


def _precedence(each: AttemptSummary) -> tuple[bool, bool, int]:
    """Sort versions of one attempt: present ones first, then readable ones."""
    return not each.is_present, not each.version.is_readable, each.version.row


def _count(attempts: list[AttemptSummary], policy: CountPolicy, decision: int | None) -> Group:
    """Mark the versions that count. decision: the attempt that the staff wants to count, if any."""
    choices = [each for each in attempts if each.is_present and each.version.attempt == decision]
    chosen = choose(choices or attempts, policy)._replace(counts=True)
    if len(attempts) == 1:
        return Group((chosen,), chosen)
    everything_counts = policy == "all" and not choices
    marked = []
    for each in attempts:
        is_chosen = each.version.row == chosen.version.row
        counts = is_chosen or (everything_counts and each.is_present == chosen.is_present)
        marked.append(each._replace(counts=counts))
    return Group(tuple(marked), chosen)


def _attainable(version: Version) -> tuple[float, bool]:
    """Return the points that a version may have in the end, and whether full marks are certain."""
    if version.score is None or version.undecided is None:
        return (math.inf if version.is_readable else -1.0), False
    if version.score == version.possible:
        return math.inf, True
    return version.score + version.undecided, False
