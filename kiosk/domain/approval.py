"""What a supervisor may let pass: refusals that ask for a person, never those that say no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.domain.verdicts import Verdict, VerdictKind

_KINDS = frozenset({VerdictKind.OVER_OFFLINE_LIMIT, VerdictKind.CLOCK_UNTRUSTED})
_REVIEWS = frozenset(
    {"challenge_required", "challenge_wrong", "holder_velocity", "place_far", "place_unknown"}
)
"""Reviews that the shop can do; what head office holds is not among them."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A supervisor's decision, kept in the entry of the redemption that it allowed."""

    staff: str
    """The supervisor's id; the PIN was checked."""
    reasons: tuple[str, ...] = ()
    """Reasons of the refusals that were let pass, in check order; empty before judging."""


def approvable(verdict: Verdict) -> bool:
    """Whether a supervisor may decide otherwise. A forged, used or revoked code: never."""
    if verdict.kind is VerdictKind.NEEDS_REVIEW:
        return verdict.reason in _REVIEWS
    return verdict.kind in _KINDS


def decide(
    objections: Iterable[Verdict], approval: Approval | None
) -> tuple[Verdict | None, tuple[str, ...]]:
    """The refusal that stands (or None), and the reasons of those that were let pass.

    ``objections`` in check order; without an approval the first one stands.
    """
    passed: list[str] = []
    for objection in objections:
        if approval is None or not approvable(objection):
            return objection, ()
        passed.append(objection.reason)
    return None, tuple(passed)
