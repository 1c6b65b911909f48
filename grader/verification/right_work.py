"""Grades right work on keys: what it gets must not depend on the inputs that a seed draws.

Else a class would lose points on one key that it would get on another.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from grader.assignment.answer_key import build_key
from grader.assignment.settings import Assignment
from grader.checks import settings_for
from grader.checks.faster import FasterSettings
from grader.model import AnswerKey, OpenProgram, Question
from grader.verification.expected import mismatches
from grader.verification.result import RightWork, UnexpectedVariant
from grader.verification.variants import Variant, read_right_work

SEED_BITS = 32  # of the drawn seeds: short enough to be typed after --seed


def grade_right_work(
    assignment: Assignment, key: AnswerKey, seed: int, open_program: OpenProgram
) -> RightWork:
    """Grade right work on the assignment's key, which is that of this seed.

    Here speed is asked about as well. Raises AssignmentError, GraderError.
    """
    variants = read_right_work(assignment)
    found = tuple(_on_key(variants, key, seed, open_program, with_races=True))
    return RightWork(len(variants) - 1, (seed,), found)


def grade_on_seed(
    assignment: Assignment, variants: Sequence[Variant], seed: int, open_program: OpenProgram
) -> tuple[UnexpectedVariant, ...]:
    """Grade right work on the key of another seed. Return what gets another outcome than expected.

    Speed is not asked about: it depends on the machine. Raises AssignmentError, GraderError.
    """
    key = build_key(assignment, seed, named=False)
    return tuple(_on_key(variants, key, seed, open_program, with_races=False))


def drawn_seeds(seed: int, count: int) -> list[int]:
    """Draw this many seeds, always the same ones for a seed."""
    return [int(each) for each in np.random.default_rng(seed).integers(2**SEED_BITS, size=count)]


def unexpected(
    key: AnswerKey, variant: Variant, open_program: OpenProgram, with_races: bool
) -> tuple[str, ...]:
    """Return what a variant gets otherwise than expected on a key: "question got, expected other".

    with_races: ask about speed, too. Raises GraderError if the grader failed at a question.
    """
    key = replace(
        key,
        functions={short: variant.functions[short] for short in key.functions},
        questions=tuple(_asked(key, variant, with_races)),
        signatures=None,  # what is wrong is not diagnosed
    )
    return mismatches(key, variant.submission, variant.expected, open_program)


def _on_key(
    variants: Sequence[Variant],
    key: AnswerKey,
    seed: int,
    open_program: OpenProgram,
    with_races: bool,
) -> Iterator[UnexpectedVariant]:
    for variant in variants:
        otherwise = unexpected(key, variant, open_program, with_races)
        if otherwise:
            yield UnexpectedVariant(seed, variant.name, otherwise)


def _asked(key: AnswerKey, variant: Variant, with_races: bool) -> Iterator[Question]:
    """Yield the questions whose outcome is known, but none without those that it depends on."""
    asked = set[str]()
    for question in key.questions:
        settings = settings_for(question, key)
        if isinstance(settings, FasterSettings) and not with_races:
            continue
        needed = {*question.needs, *settings.questions_asked().values()}
        if question.id in variant.questions and needed <= asked:
            asked.add(question.id)
            yield question
