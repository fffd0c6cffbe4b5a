"""What head office allows; delivered signed by central, shown to staff with a countdown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.vouchers import LocationCheck, Place, Tier


class StockCheck(StrEnum):
    """What a counter does when the projected stock does not cover an order."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"


NEVER_CHALLENGED = 4
"""One more than the highest value class."""


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where a store is and how far around it a phone counts as there."""

    place: Place
    radius_m: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and times; the defaults hold until central sends its own (version 0)."""

    version: int = 0
    window_s: int = 60
    """Longest age of a dynamic code at prepare; a code's own window may only be shorter."""
    future_skew_s: int = 15
    card_valid_s: int = 180
    """How long an order card stays confirmable after its code was judged."""
    claim_wait_s: float = 0.25
    max_offline_s: int = 24 * 3600
    offline_tiers: frozenset[Tier] = frozenset({Tier.V1, Tier.V2, Tier.V3})
    offline_v1_max_value_class: int = 1
    offline_v0: bool = False
    """Whether a serial and password may be honoured without central."""
    offline_v0_max_value_class: int = 0
    max_key_set_age_s: int = 90 * 86_400
    """Codes are refused under a key set that was signed longer ago; 0: however old."""
    max_status_age_s: int = 3 * 86_400
    """Codes that name a status list are refused when it was signed longer ago; 0: however old."""
    supervisor_override: bool = True
    """Whether a supervisor may let pass what offline limits, a doubtful clock or a review stop."""
    challenge_value_class: int = NEVER_CHALLENGED
    """From this value class on, a V3 showing must sign the digits that the terminal shows."""
    challenge_valid_s: int = 180
    location_check: LocationCheck = LocationCheck.OFF
    """The least that is done with a V3 showing away from the store; a code may ask for more."""
    blocked_vouchers: frozenset[bytes] = frozenset()
    blocked_holders: frozenset[bytes] = frozenset()
    """Holder pseudonyms, 8 bytes each."""
    holder_max_redemptions: int = 50
    """More redemptions of one holder than this within ``holder_window_s`` need a review."""
    holder_window_s: int = 86_400
    undo_within_s: int = 3600
    settle_two_persons_from_class: int = 3
    """From this value class on, two different supervisors settle a conflict; 4: never."""
    stock_check: StockCheck = StockCheck.WARN
    pin_max_failures: int = 5
    pin_lock_s: int = 300
    staff_idle_s: int = 0
    """Sign staff out after this idle time; 0 keeps them signed in."""
