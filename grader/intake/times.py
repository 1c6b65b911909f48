"""Times as the grader writes them: ISO 8601 in UTC, to the second."""

from datetime import UTC, datetime


def to_utc(moment: datetime) -> str | None:
    """Format a time, or return None if it is before 1970 or after 8999.

    A time without a zone is taken to be in UTC already: the result is the same on every machine.
    """
    try:
        moment = moment.replace(microsecond=0, tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        return None
    return moment.isoformat() if 1970 <= moment.year < 9000 else None


def timestamp_to_utc(seconds: float) -> str | None:
    """Format seconds since 1970, or return None if no calendar has such a time.

    Archives may carry such times.
    """
    try:
        return to_utc(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return None
