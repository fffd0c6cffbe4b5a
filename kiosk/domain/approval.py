"""What a supervisor may let pass: refusals that ask for a person, never those that say no."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.verdicts import Verdict, VerdictKind

APPROVABLE = frozenset(
    {VerdictKind.OVER_OFFLINE_LIMIT, VerdictKind.CLOCK_UNTRUSTED, VerdictKind.NEEDS_REVIEW}
)
"""Verdicts that a supervisor may decide otherwise. A forged, used or revoked code is none."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A supervisor's decision, kept in the entry of the redemption that it allowed."""

    staff: str
    """The supervisor's id; the PIN was checked."""
    reasons: tuple[str, ...] = ()
    """Reasons of the refusals that were let pass, in check order; empty before judging."""


def approvable(verdict: Verdict) -> bool:
    """Whether a supervisor may decide otherwise."""
    return verdict.kind in APPROVABLE
