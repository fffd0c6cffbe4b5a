"""Refusals that come from how old, or how complete, what head office has published is here.

Pure: what the ledger knows is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.clock import Instant
from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import PickupCode


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What the status list in force says of one code."""

    revoked: bool | None
    """None: there is no such list here, it ended, or it does not reach as far as the index."""
    issued_at_s: int | None
    """When the list was last signed; None when there is none."""


NOT_LISTED = StatusAnswer(None, None)
"""There is no such list here."""


def withdrawn_by_status(
    code: PickupCode, answer: StatusAnswer, policy: Policy, now: Instant
) -> Verdict | None:
    """The refusal of a code that names a status list, or None.

    What the list revokes is refused however old the list is: bits are only ever set for a reason.
    """
    if code.status is None:
        return None
    if answer.revoked:
        return Verdict(VerdictKind.REVOKED, "status_list", code.voucher)
    if not policy.max_status_age_s:
        return None
    if answer.revoked is None or answer.issued_at_s is None:
        return Verdict(VerdictKind.OVER_OFFLINE_LIMIT, "status_unknown", code.voucher)
    if now.unix_s - answer.issued_at_s > policy.max_status_age_s:
        return Verdict(VerdictKind.OVER_OFFLINE_LIMIT, "status_too_old", code.voucher)
    return None


def key_set_too_old(
    code: PickupCode, issued_at_s: int, policy: Policy, now: Instant
) -> Verdict | None:
    """The refusal of a code under a key set that was signed too long ago, or None.

    A key that was revoked since then would still be believed: whoever keeps news from reaching
    the terminal must not be able to do so for ever.
    """
    if not policy.max_key_set_age_s or now.unix_s - issued_at_s <= policy.max_key_set_age_s:
        return None
    return Verdict(VerdictKind.OVER_OFFLINE_LIMIT, "key_set_too_old", code.voucher)
