"""Online, degraded or offline: decided from recent results, with hysteresis, never by hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SLOW_S = 2.0
FAILURES_TO_OFFLINE = 2
SUCCESSES_TO_ONLINE = 2


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
    """Turns call results into a link state; one caller at a time, time is an argument.

    Two failures in a row mean offline, so one lost packet does not flip the display; coming
    back takes one success (degraded) and a second one (online), so a flapping link does not
    look healthy. The first contact of all needs no second one.
    """

    def __init__(self, now_s: float, *, last_contact_age_s: float | None = None) -> None:
        """``last_contact_age_s``: how long ago central was heard, as an earlier run knew it."""
        contact_s = None if last_contact_age_s is None else now_s - max(0.0, last_contact_age_s)
        self._failures = 0
        self._successes = SUCCESSES_TO_ONLINE
        self.link = Link(LinkState.OFFLINE, now_s, "not_connected_yet", contact_s)

    def succeeded(self, now_s: float, took_s: float) -> Link:
        """Note a good answer that kept the terminal waiting for ``took_s``."""
        self._failures = 0
        if took_s > SLOW_S:
            self._successes = 0
            return self._move(LinkState.DEGRADED, now_s, "slow", now_s)
        self._successes += 1
        if self._successes < SUCCESSES_TO_ONLINE:
            return self._move(LinkState.DEGRADED, now_s, "recovering", now_s)
        return self._move(LinkState.ONLINE, now_s, "", now_s)

    def failed(self, now_s: float, reason: str) -> Link:
        """Note a call without a usable answer."""
        self._failures += 1
        self._successes = 0
        gone = self.link.state is LinkState.OFFLINE or self._failures >= FAILURES_TO_OFFLINE
        state = LinkState.OFFLINE if gone else LinkState.DEGRADED
        return self._move(state, now_s, reason, self.link.last_contact_s)

    def slowed(self, now_s: float) -> Link:
        """Note an answer that did not come within a short budget: slow is not gone."""
        if self.link.state is LinkState.OFFLINE:
            return self.link
        self._successes = 0
        return self._move(LinkState.DEGRADED, now_s, "slow", self.link.last_contact_s)

    def cut(self, now_s: float, reason: str) -> Link:
        """The network was switched off: offline at once, no second failure needed."""
        self._failures = FAILURES_TO_OFFLINE
        self._successes = 0
        return self._move(LinkState.OFFLINE, now_s, reason, self.link.last_contact_s)

    def _move(
        self, state: LinkState, now_s: float, reason: str, last_contact_s: float | None
    ) -> Link:
        since_s = self.link.since_s if state is self.link.state else now_s
        self.link = Link(state, since_s, reason, last_contact_s)
        return self.link
