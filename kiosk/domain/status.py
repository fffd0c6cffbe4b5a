"""What the status bar tells: always honest, always with since when and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.clock import Instant
from kiosk.domain.link import Link
from kiosk.domain.ports import OutboxStatus


class CameraState(StrEnum):
    """How the camera does."""

    STARTING = "starting"
    LIVE = "live"
    LOST = "lost"
    """Gone, busy, denied or frozen; it is reopened by itself, the reason says which."""
    OFF = "off"
    """The terminal runs without a camera."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """The camera as the status bar shows it."""

    state: CameraState
    reason: str = ""
    """``not_found``, ``busy``, ``permission_denied``, ``no_frames``, ``frozen``, ``black`` …"""


@dataclass(frozen=True, slots=True)
class TerminalStatus:
    """One snapshot for the status bar."""

    store_name: str
    terminal: str
    link: Link
    outbox: OutboxStatus
    data_age_s: float | None
    """Seconds since the replica last followed central; None when it never did."""
    now: Instant
    offline_left_s: float | None
    """Seconds until the offline limit stops handing over; None while online."""
    monotonic_s: float
    """When the snapshot was taken, by the clock of ``link`` (it goes on in suspend)."""
