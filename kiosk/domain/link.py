"""Online, degraded or offline: decided from recent results, with hysteresis, never by hand."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

SLOW_S = 2.0


class LinkState(StrEnum):
    """How well central can be reached."""

    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Link:
    """The link as the status bar shows it."""

    state: LinkState
    since_s: float
    """Monotonic seconds when this state began."""
    reason: str
    """Why it left ``online``: ``refused``, ``timeout``, ``tls``, ``http_503``, ``slow`` …"""
    last_contact_s: float | None
    """Monotonic seconds of central's last good answer."""


class LinkMonitor:
    """Turns call results into a link state; one owner thread, time is an argument.

    Two failures in a row mean offline, so one lost packet does not flip the display; coming
    back takes one success (degraded) and a second one (online), so a flapping link does not
    look healthy.
    """

    def __init__(self, now_s: float) -> None:
        self._results: deque[bool] = deque(maxlen=5)
        self.link = Link(LinkState.OFFLINE, now_s, "not_connected_yet", None)

    def succeeded(self, now_s: float, took_s: float) -> Link:
        """Note a good answer that took ``took_s``."""
        self._results.append(True)
        slow = took_s > SLOW_S
        first = self.link.state is LinkState.OFFLINE and self.link.last_contact_s is not None
        shaky = sum(not good for good in self._results) >= 2
        if slow or first or shaky:
            state, reason = LinkState.DEGRADED, "slow" if slow else "recovering"
        else:
            state, reason = LinkState.ONLINE, ""
        return self._move(state, now_s, reason, now_s)

    def failed(self, now_s: float, reason: str) -> Link:
        """Note a call without a usable answer."""
        was_good = bool(self._results) and self._results[-1]
        self._results.append(False)
        if was_good and self.link.state is LinkState.ONLINE:
            return self._move(LinkState.DEGRADED, now_s, reason, self.link.last_contact_s)
        return self._move(LinkState.OFFLINE, now_s, reason, self.link.last_contact_s)

    def _move(
        self, state: LinkState, now_s: float, reason: str, last_contact_s: float | None
    ) -> Link:
        since_s = self.link.since_s if state is self.link.state else now_s
        self.link = Link(state, since_s, reason, last_contact_s)
        if state is LinkState.ONLINE:
            self._results.clear()
            self._results.append(True)
        return self.link
