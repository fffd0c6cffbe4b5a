"""The scan gate: which of the codes in view are a customer presenting one, and which are echoes.

Pure: time is an argument, nothing is read or written elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from kiosk.scanning.sighting import Sighting

DEFAULT_WINDOW_S = 3.0
_MAX_REMEMBERED = 256


def _text_itself(text: str) -> Hashable:
    return text


class ScanGate:
    """Lets each presentation of a code through once.

    A code held in view fires once, however long; once it has been out of view for `window_s`, it
    is presented anew. `identity` says what makes two texts the same customer: for dynamic codes
    the voucher's id, so that the next code of the same phone is not a new scan. It may raise
    nothing and should return the text itself where it cannot tell.
    """

    def __init__(
        self,
        *,
        window_s: float = DEFAULT_WINDOW_S,
        identity: Callable[[str], Hashable] = _text_itself,
    ) -> None:
        if window_s <= 0:
            raise ValueError("window_s must be above zero")
        self._window_s = window_s
        self._identity = identity
        self._last_seen_s: dict[Hashable, float] = {}

    def admit(self, sightings: Sequence[Sighting], now_s: float) -> tuple[Sighting, ...]:
        """The new scans among the codes of one frame, nearest to the frame's middle first.

        `now_s` is monotonic seconds, usually the frame's arrival.
        """
        self._forget(now_s)
        fresh = []
        for sighting in sorted(sightings, key=lambda s: s.off_centre):
            key = self._identity(sighting.text)
            if key not in self._last_seen_s:
                fresh.append(sighting)
            # Last seen is last in the dict: `_forget` drops the oldest first.
            self._last_seen_s.pop(key, None)
            self._last_seen_s[key] = now_s
        return tuple(fresh)

    def hold(self, key: Hashable, now_s: float) -> None:
        """Treats an identity as seen at `now_s`: what is in view by it now is an echo."""
        self._last_seen_s.pop(key, None)
        self._last_seen_s[key] = now_s

    def release(self, text: str) -> None:
        """Lets the same code through again at once: a clerk asked for another try."""
        self._last_seen_s.pop(self._identity(text), None)

    def _forget(self, now_s: float) -> None:
        gone = [k for k, seen_s in self._last_seen_s.items() if now_s - seen_s >= self._window_s]
        excess = len(self._last_seen_s) - len(gone) - _MAX_REMEMBERED
        if excess > 0:
            # A wall of codes in view must not grow memory; the oldest is the least likely echo.
            gone += [k for k in self._last_seen_s if k not in gone][:excess]
        for key in gone:
            del self._last_seen_s[key]
