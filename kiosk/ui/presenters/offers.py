"""What can be done about a refusal, beyond going on to the next customer."""

from __future__ import annotations

from enum import StrEnum

from kiosk.domain.approval import approvable
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.ui.presenters.scans import Scan, TypedSerial

_TYPED_WRONGLY = {"serial_check_digit", "serial_unknown", "password_form", "wrong_password"}


class Offer(StrEnum):
    """One way on from a refusal."""

    APPROVAL = "approval"
    """A supervisor may decide otherwise, for this customer and this once."""
    REVIEW = "review"
    """A supervisor may clear the wrong passwords of a serial after an identity check."""
    RETYPE = "retype"
    """The serial or its password can be typed again."""


def offer_for(verdict: Verdict, scan: Scan | None) -> Offer | None:
    """What is offered on a verdict; ``scan``: what would be judged again, None when nothing."""
    if scan is None:
        return None
    if verdict.kind is VerdictKind.LOCKED and verdict.voucher is not None:
        return Offer.REVIEW
    if isinstance(scan.shown, TypedSerial) and verdict.reason in _TYPED_WRONGLY:
        return Offer.RETYPE
    # An approval that changed nothing would change nothing the second time either.
    if approvable(verdict) and scan.approval is None:
        return Offer.APPROVAL
    return None


def wants_challenge(verdict: Verdict) -> bool:
    """Whether the phone has to sign digits that this terminal shows."""
    return verdict.kind is VerdictKind.NEEDS_REVIEW and verdict.reason in {
        "challenge_required",
        "challenge_wrong",
    }
