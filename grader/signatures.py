"""Runs the reference's stages with every known mistake, and with every two of them, and keeps the numbers: a table for each factor."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.factors import Answer, Factor, factors
from grader.model import FACTORS, Array, FactorTable, Signatures
from grader.stages import RESULTS, Stages, reached, run

MOVED = 1e-9  # relative: a mistake that changes a factor by less does not change it
Row = tuple[tuple[int, ...], Factor]


class Asked(NamedTuple):
    """A case for the stages. plain and with_reg: the given values, which differ in reg; directions: (directions, *shape of W), both in the
    layout of the stages."""

    plain: Mapping[str, Any]
    with_reg: Mapping[str, Any]
    directions: Array


def signatures_of(
    stages: Stages, mistakes: Mapping[str, Stages], cases: Mapping[str, Asked], terms: Mapping[str, dict[str, Array]]
) -> Signatures:
    """Mistakes that change nothing in this convention are left out. terms: see grader.model.Signatures. Raises StagesError."""
    asked = list(cases.values())
    right = factors_of(stages, asked)
    alone = {name: factors_of({**stages, **replaced}, asked) for name, replaced in mistakes.items()}
    moved = {name: [k for k in range(len(FACTORS)) if differs(made[k], right[k])] for name, made in alone.items()}
    names = [name for name in mistakes if moved[name]]
    rows: list[list[Row]] = [[((), factor)] for factor in right]
    for index, name in enumerate(names):
        for k in moved[name]:
            rows[k].append(((index,), alone[name][k]))
    for i, one in enumerate(names):
        begun = [with_results({**stages, **mistakes[one]}, case) for case in asked]
        for j, other in enumerate(names[i + 1 :], start=i + 1):
            both = [k for k in moved[one] if k in moved[other]]
            if both and not mistakes[one].keys() & mistakes[other].keys():
                made = of_both({**stages, **mistakes[one], **mistakes[other]}, mistakes[other], begun, both)
                for k in both:
                    rows[k].append(((i, j), made[k]))
    moves = np.array([sum(1 << k for k in moved[name]) for name in names], np.uint8)
    return Signatures(tuple(names), moves, tuple(cases), tuple(map(table, rows)), dict(terms))


def with_results(stages: Stages, case: Asked) -> Asked:
    """The case with the results of all stages beside what was given."""
    return case._replace(
        plain={**case.plain, **run(stages, case.plain, tuple(stages))},
        with_reg={**case.with_reg, **run(stages, case.with_reg, tuple(stages))},
    )


def of_both(stages: Stages, second: Stages, begun: Sequence[Asked], wanted: Sequence[int]) -> tuple[Factor, ...]:
    """begun: cases with the results of the stages before the second mistake came to the first. What that does not reach stays."""
    redone = set(reached(stages, second, tuple(stages)))
    kept = [
        case._replace(
            plain={name: value for name, value in case.plain.items() if name not in redone},
            with_reg={name: value for name, value in case.with_reg.items() if name not in redone},
        )
        for case in begun
    ]
    return factors_of(stages, kept, wanted)


def factors_of(stages: Stages, cases: Sequence[Asked], wanted: Sequence[int] = range(len(FACTORS))) -> tuple[Factor, ...]:
    """wanted: the factors that are looked at; the others may be anything."""
    names = {RESULTS[k] for k in wanted}
    needed = [name for name in RESULTS if name in names or pair_of(name) in names]
    by_reg = any(name.startswith("reg") for name in names)
    nothing = Answer(None, None)
    pairs = [(answer(stages, case.plain, needed), answer(stages, case.with_reg, needed) if by_reg else nothing) for case in cases]
    return factors(pairs, [case.directions for case in cases])


def pair_of(name: str) -> str:
    """data_loss and reg_loss add up to the loss: what is observed is the sum."""
    kind, _, what = name.partition("_")
    return f"{'reg' if kind == 'data' else 'data'}_{what}"


def answer(stages: Stages, given: Mapping[str, Any], needed: Sequence[str]) -> Answer:
    made = run(stages, given, needed)
    loss = total(made.get("data_loss"), made.get("reg_loss"))
    gradient = total(made.get("data_gradient"), made.get("reg_gradient"))
    shape = np.shape(given["W"])
    return Answer(
        float(loss) if loss is not None and np.ndim(loss) == 0 else None,
        gradient if gradient is not None and np.shape(gradient) == shape else None,
    )


@np.errstate(all="ignore")
def total(data: Any, reg: Any) -> Any:
    if data is None or reg is None:
        return None
    try:
        return np.asarray(data, float) + np.asarray(reg, float)
    except ValueError:  # shapes that do not fit, as a student's would not
        return None


@np.errstate(all="ignore")
def differs(one: Factor, other: Factor) -> bool:
    apart = np.abs(one.numbers - other.numbers) > MOVED * (one.scales + other.scales)
    holes = np.isfinite(one.numbers) != np.isfinite(other.numbers)
    return one.given != other.given or bool(np.any(apart | holes))


def table(rows: Sequence[Row]) -> FactorTable:
    members = np.array([(*members, -1, -1)[:2] for members, _ in rows], np.int16)
    numbers = np.array([factor.numbers for _, factor in rows])
    return FactorTable(members, numbers, np.array([factor.given for _, factor in rows], np.uint8))
