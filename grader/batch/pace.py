"""How fast a part of the work goes, and how long the rest of it may take. All times are in seconds, of any one clock."""

from collections import Counter, deque

RECENT = 20  # so many of the last that came tell when the next is expected: slow ones at the end are not like those before
PATIENCE = 3.0  # seconds in which what is overdue may still come before it is called waiting


class Pace:
    """total: None where nobody knows how much there is."""

    def __init__(self, what: str, total: int | None, now: float) -> None:
        self.what, self.total, self.began = what, total, now
        self.done = 0
        self.ends = Counter[str]()
        self.came = deque([(now, 0)], RECENT + 1)  # when, and how much was done then

    def advance(self, how: str, count: int, now: float) -> None:
        self.done += count
        self.ends[how] += count
        self.came.append((now, self.done))

    @property
    def last(self) -> float:
        """When something came; at first: when this began."""
        return self.came[-1][0]

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    def outcomes(self) -> list[str]:
        return [f"{count} {name}" for name, count in sorted(self.ends.items()) if name]

    def rate(self, now: float) -> str:
        """Over all. Nothing as long as nothing is done."""
        a_second = self.done / max(now - self.began, 1e-9)
        return (
            f"{a_second:.0f} a second"
            if a_second >= 1
            else f"{60 * a_second:.0f} a minute"
            if self.done
            else ""
        )

    def left(self, now: float) -> str:
        """What is to be expected of what is missing; nothing where that is unknown or nothing is missing."""
        if self.total is None or self.is_complete:
            return ""
        (then, before), missing, quiet = self.came[0], self.total - self.done, now - self.last
        apart = (self.last - then) / (self.done - before) if self.done else 0.0
        if quiet > apart + PATIENCE:
            which = (
                f"first of {missing}"
                if not self.done
                else f"last {missing}"
                if missing > 1
                else "last one"
            )
            return f"waiting {quiet:.0f} s for the {which}"
        seconds = int(apart * missing - quiet)
        return (
            ""
            if not self.done
            else f"{seconds // 60}:{seconds % 60:02} left"
            if seconds > 0
            else "<0:01 left"
        )
