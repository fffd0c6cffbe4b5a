"""Times for people: this machine's own, with their distance from UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(unix_s: object) -> str:
    """Local time, ISO 8601; the number itself when it is no time that a calendar has."""
    try:
        return datetime.fromtimestamp(float(str(unix_s)), tz=UTC).astimezone().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(unix_s)


def duration(seconds: float) -> str:
    """``3 d 4 h``, ``5 h 10 min``, ``12 s``: the two largest units."""
    left, parts = int(seconds), []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
