"""Times as the grader writes them: ISO 8601 to the second, in UTC or without a zone."""

from datetime import UTC, datetime, timedelta

WIDEST_OFFSET = timedelta(hours=14)  # of a time zone from UTC


def to_iso(moment: datetime) -> str | None:
    """Format a time, or return None if it is before 1970 or after 8999.

    A time with a zone becomes UTC. One without stays without: nobody knows which moment it was.
    """
    try:
        moment = moment.replace(microsecond=0)
        if moment.tzinfo:
            moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment.isoformat() if 1970 <= moment.year < 9000 else None


def timestamp_to_utc(seconds: float) -> str | None:
    """Format seconds since 1970, or return None if no calendar has such a time.

    Archives may carry such times.
    """
    try:
        return to_iso(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def is_after(time: datetime, other: datetime) -> bool | None:
    """Whether a time is after another; None if that depends on a zone that is not known.

    Two times without a zone are taken to be of the same one.
    """
    if (time.tzinfo is None) == (other.tzinfo is None):
        return time > other
    difference = as_utc(time) - as_utc(other)
    return None if abs(difference) <= WIDEST_OFFSET else difference > timedelta()


def as_utc(time: datetime) -> datetime:
    """Return a time with a zone: UTC, if it has none."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
