"""Things worth keeping between runs, in the user's own cache folder. Where that cannot be used, nothing is kept and nothing fails."""

import hashlib
import os
from pathlib import Path

KEPT = (
    64  # files at most: a new release of an assignment or of the grader leaves the old ones behind
)
DIGEST = 32  # bytes of SHA-256 in front of what is kept: a damaged file is as good as none


def folder() -> Path | None:
    """The cache folder, or None where there is no home to put it in."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base, "numerical-grader") if os.path.isabs(base) else None


def read(name: str) -> bytes | None:
    place = folder()
    try:
        kept = place.joinpath(name).read_bytes() if place else b""
    except OSError:
        return None
    digest, content = kept[:DIGEST], kept[DIGEST:]
    return content if digest == hashlib.sha256(content).digest() else None


def write(name: str, content: bytes) -> None:
    """Write at once or not at all: a reader never sees half a file."""
    place = folder()
    if place is None:
        return
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = place / f"{name}.{os.getpid()}"
        temporary.write_bytes(hashlib.sha256(content).digest() + content)
        temporary.replace(place / name)
        by_age = sorted(
            (path for path in place.iterdir() if path.is_file()),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        for path in by_age[KEPT:]:
            path.unlink(missing_ok=True)
    except OSError:
        return
