"""The order card: what prepare shows and confirm commits."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.approval import Approval
from kiosk.domain.verdicts import RedemptionRecord, Verdict
from kiosk.domain.vouchers import Item, PickupCode


@dataclass(frozen=True, slots=True)
class Product:
    """A catalogue line, for names on the order card."""

    sku: str
    name_zh: str
    name_en: str
    unit_zh: str = "件"
    unit_en: str = "pcs"


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """What the replica knows of the order behind a voucher; personal data already masked."""

    order_no: str = ""
    phone_masked: str = ""
    """As ``138****1234``."""
    note: str = ""
    pickup_no: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line on the card."""

    item: Item
    """SKU, group and the quantity the voucher entitles to."""
    left: int
    """What may still be handed over."""
    product: Product | None
    on_hand: int | None
    """Projected stock; None when the store does not count this SKU."""


@dataclass(frozen=True, slots=True)
class OrderCard:
    """A judged code, ready to be confirmed until ``valid_until_s``."""

    code: PickupCode
    lines: tuple[OrderLine, ...]
    details: OrderDetails
    request_id: bytes
    judged_at_s: int
    """Trusted time of prepare, Unix seconds: freshness was judged then; the card outlives it."""
    valid_until_s: float
    """Monotonic seconds, for the countdown; trusted time (suspend included) decides at confirm."""
    earlier: RedemptionRecord | None
    """The last partial pickup, if there was one."""
    warnings: tuple[str, ...] = ()
    """``stock_short``, ``place_far``, ``place_unknown``, ``approved``: shown, not refused."""
    distance_m: float | None = None
    """How far from the store the phone says it is; None when it does not say."""
    approval: Approval | None = None
    """Set when a supervisor decided; its reasons are told on the card."""
    let_pass: tuple[str, ...] = ()
    """Reasons of the refusals that it did let pass."""

    @property
    def left(self) -> tuple[Item, ...]:
        """Everything that may still be handed over."""
        return tuple(
            Item(line.item.sku, line.left, line.item.group) for line in self.lines if line.left
        )


@dataclass(frozen=True, slots=True)
class Handover:
    """The result of confirm: a verdict, and the fact when goods changed hands."""

    verdict: Verdict
    seq: int | None = None
    """Ledger sequence number of the redemption."""
    at_s: int | None = None
    """Trusted time of the redemption, Unix seconds UTC."""
    items: tuple[Item, ...] = ()
    repeated: bool = False
    """True when a retry was answered with the fact of the first time."""
    fsync_s: float = 0.0
    """How long the durable commit took, seconds; measured, for the benchmarks."""
