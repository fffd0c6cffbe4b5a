"""What a supervisor may let pass: refusals that ask for a person, never those that say no."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    """Reasons of the refusals that it is about: of the one that the supervisor was shown, then of
    those that the card tells. In an entry: of those that would have stopped the redemption."""


def approvable(verdict: Verdict) -> bool:
    """Whether a supervisor may decide otherwise. A forged, used or revoked code: never."""
    if verdict.kind is VerdictKind.NEEDS_REVIEW:
        return verdict.reason in _REVIEWS
    return verdict.kind in _KINDS


def decide(
    objections: Iterable[Verdict], passes: Callable[[Verdict], bool]
) -> tuple[Verdict | None, tuple[str, ...]]:
    """The refusal that stands (or None), and the reasons of those that were let pass.

    ``objections`` in check order; the first one that does not pass stands.
    """
    passed: list[str] = []
    for objection in objections:
        if not passes(objection):
            return objection, ()
        passed.append(objection.reason)
    return None, tuple(passed)


def passes_at_prepare(approval: Approval | None) -> Callable[[Verdict], bool]:
    """All that may be approved: the card tells each of it before anything is handed over."""
    return lambda objection: approval is not None and approvable(objection)


def passes_at_confirm(approval: Approval | None) -> Callable[[Verdict], bool]:
    """Only what the supervisor or the card had told: nobody decided about anything else."""
    told = () if approval is None else approval.reasons
    return lambda objection: objection.reason in told and approvable(objection)
