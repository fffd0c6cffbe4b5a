"""How each verdict looks and sounds. Never colour alone: each kind has its icon and its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.devices.signals import Sound
from kiosk.domain.verdicts import Verdict, VerdictKind


class Tone(StrEnum):
    """The four moods of an answer; the value is the colour token."""

    SUCCESS = "success"
    """Goods change hands."""
    PARTIAL = "partial"
    """Some goods change hands, others stay."""
    REFUSAL = "refusal"
    """No, and this code will not become a yes here."""
    ATTENTION = "attention"
    """Not now: there is something that somebody can do."""

    @property
    def sound(self) -> Sound:
        """The tone that goes with it."""
        return Sound(self.value)


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, sound and icon of a verdict kind."""

    tone: Tone
    icon: str

    @property
    def hands_over(self) -> bool:
        """Whether goods change hands now."""
        return self.tone in {Tone.SUCCESS, Tone.PARTIAL}


LOOKS = {
    VerdictKind.ACCEPTED: Look(Tone.SUCCESS, "circle-check"),
    VerdictKind.PARTIALLY_REDEEMED: Look(Tone.PARTIAL, "package-check"),
    VerdictKind.ALREADY_REDEEMED: Look(Tone.REFUSAL, "history"),
    VerdictKind.EXPIRED: Look(Tone.REFUSAL, "calendar-x"),
    VerdictKind.NOT_YET_VALID: Look(Tone.ATTENTION, "calendar-clock"),
    VerdictKind.STALE: Look(Tone.ATTENTION, "timer-off"),
    VerdictKind.REPLAYED: Look(Tone.REFUSAL, "repeat-2"),
    VerdictKind.WRONG_STORE: Look(Tone.REFUSAL, "store"),
    VerdictKind.REVOKED: Look(Tone.REFUSAL, "ban"),
    VerdictKind.UNKNOWN_KEY: Look(Tone.REFUSAL, "key-round"),
    VerdictKind.BAD_SIGNATURE: Look(Tone.REFUSAL, "shield-x"),
    VerdictKind.MALFORMED: Look(Tone.REFUSAL, "circle-alert"),
    VerdictKind.UNKNOWN_VOUCHER: Look(Tone.REFUSAL, "search-x"),
    VerdictKind.LOCKED: Look(Tone.ATTENTION, "lock"),
    VerdictKind.CLOCK_UNTRUSTED: Look(Tone.ATTENTION, "clock-alert"),
    VerdictKind.OVER_OFFLINE_LIMIT: Look(Tone.ATTENTION, "cloud-off"),
    VerdictKind.OUT_OF_STOCK: Look(Tone.ATTENTION, "package-x"),
    VerdictKind.STOCK_CLOSED: Look(Tone.ATTENTION, "package-minus"),
    VerdictKind.GOODS_EXPIRED: Look(Tone.REFUSAL, "calendar-off"),
    VerdictKind.RISK_BLOCKED: Look(Tone.REFUSAL, "shield-alert"),
    VerdictKind.NEEDS_REVIEW: Look(Tone.ATTENTION, "user-round-search"),
}
REPEATED = Look(Tone.ATTENTION, "triangle-alert")
"""The first fact once more: true, and no second handover, so it must not look or sound like one."""


def is_repeated(verdict: Verdict) -> bool:
    """Whether the answer only repeats a handover that is a fact already."""
    return verdict.handed_over and verdict.reason == "same_request"


def look_of(verdict: Verdict) -> Look:
    """How this answer looks and sounds."""
    return REPEATED if is_repeated(verdict) else LOOKS[verdict.kind]
