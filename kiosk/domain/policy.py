"""What head office allows; delivered signed by central, shown to staff with a countdown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.vouchers import Tier


class StockCheck(StrEnum):
    """What a counter does when the projected stock does not cover an order."""

    OFF = "off"
    WARN = "warn"
    REFUSE = "refuse"


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
    undo_within_s: int = 3600
    stock_check: StockCheck = StockCheck.WARN
    pin_max_failures: int = 5
    pin_lock_s: int = 300
    staff_idle_s: int = 0
    """Sign staff out after this idle time; 0 keeps them signed in."""
