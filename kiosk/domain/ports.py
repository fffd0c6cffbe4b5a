"""What the use cases need from the outside; adapters are handed in by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kiosk.domain.approval import Approval
from kiosk.domain.clock import ClockReading, Instant
from kiosk.domain.conflicts import Conflict, Settled, SettlementDraft
from kiosk.domain.orders import Handover, OrderDetails, Product
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.revocation import StatusAnswer
from kiosk.domain.serials import SerialVoucher
from kiosk.domain.staff import PinFailures, StaffMember
from kiosk.domain.stock import StockAdjustment, StockCount, StockLevel, StockMoved
from kiosk.domain.undo import OwnRedemption, UndoDraft, Undone
from kiosk.domain.verdicts import Verdict
from kiosk.domain.vouchers import Item, PickupCode


class Clock(Protocol):
    """This machine's clocks, without judgement."""

    def read(self) -> ClockReading:
        """Wall clock, boot clock and boot id, read together."""
        ...

    def monotonic_s(self) -> float:
        """Monotonic seconds, for time-outs and ages."""
        ...


@dataclass(frozen=True, slots=True)
class TrustVersions:
    """Versions of what a decision was based on; stored in every entry."""

    key_set: int = 0
    status: int = 0
    policy: int = 0


class Verifier(Protocol):
    """Text → verified code, offline (length … signature). Any thread."""

    def verify(self, text: str, now: Instant) -> PickupCode | Verdict:
        """The code whose issuer signature holds, or the refusal."""
        ...


@dataclass(frozen=True, slots=True)
class RedemptionDraft:
    """Everything one redemption commits together."""

    code: PickupCode
    entitlement: tuple[Item, ...]
    """The code's items, already reduced by the replica."""
    items: tuple[Item, ...]
    """What is handed over now; quantities above 0."""
    request_id: bytes
    staff: str | None
    offline: bool
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class RecentRedemption:
    """A line of the recent-redemptions list."""

    seq: int
    epoch: int
    voucher: bytes
    at_s: int
    staff: str | None
    items: tuple[Item, ...]
    order_no: str
    state: str
    """Outbox state: queued, in_flight, acked, conflict or quarantined."""
    undone: bool = False
    """Whether it was taken back."""


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """What waits for central."""

    waiting: int
    """Queued or in flight."""
    oldest_at_s: int | None
    """Trusted time of the oldest waiting entry, Unix seconds."""
    conflicts: int
    quarantined: int


class Store(Protocol):
    """The terminal's ledger and replica.

    Reads may run on any thread; commits run on the ledger thread and block the caller until
    they are durable (fsync done), so nothing green can be shown before.
    """

    def identity(self) -> tuple[str, str]:
        """Terminal id and store id."""
        ...

    def now(self) -> Instant:
        """Trusted time."""
        ...

    def note_code_time(self, issued_at_s: int) -> None:
        """Raise the time mark by a verified dynamic code's ``iat``."""
        ...

    def witness_time(self, voucher: bytes, issued_at_s: int) -> Instant:
        """Trusted time after a verified changing code was seen, which it may have settled."""
        ...

    def policy(self) -> Policy:
        """The policy in force."""
        ...

    def key_set_issued_at_s(self) -> int | None:
        """When the key set in force was signed; None when there is none."""
        ...

    def caught_up(self) -> bool:
        """Whether central has told everything since a restore or a salvage, if there was one."""
        ...

    def place(self) -> StorePlace | None:
        """Where this store is, as far as central said."""
        ...

    def status(self, list_id: int, index: int) -> StatusAnswer:
        """What a status list says of an index; reads memory only."""
        ...

    def history(self, code: PickupCode) -> VoucherHistory:
        """What is known of a voucher and of this showing."""
        ...

    def order_details(self, voucher: bytes) -> OrderDetails:
        """Order number, masked phone, note; empty when the replica does not know it."""
        ...

    def products(self, skus: tuple[str, ...]) -> dict[str, Product]:
        """Catalogue lines of the SKUs that are known."""
        ...

    def on_hand(self, skus: tuple[str, ...]) -> dict[str, int]:
        """Projected stock of the SKUs that are counted."""
        ...

    def handover_of(self, request_id: bytes) -> Handover | None:
        """The handover that a request led to (``repeated``), or None."""
        ...

    def commit_redemption(self, draft: RedemptionDraft) -> Handover:
        """Commit redemption, movements, audit entry and outbox row together, durably.

        A request id that was committed before answers with that fact (``repeated``). What the
        database's own guard refuses comes back as a verdict. Raises LedgerError when the disk
        fails: nothing was handed over then.
        """
        ...

    def serial_voucher(self, serial: str) -> SerialVoucher | None:
        """The voucher of a serial (12 plain digits) with its open wrong tries, or None."""
        ...

    def record_wrong_password(self, voucher: bytes, staff: str | None) -> int:
        """Commit a wrong try as an entry, durably; how many are open now."""
        ...

    def record_right_password(self, voucher: bytes, staff: str | None) -> None:
        """Commit an audit line, durably: a right password costs what a wrong one costs."""
        ...

    def review_serial(self, voucher: bytes, staff: str, note: str) -> int:
        """Commit a supervisor's review as an entry, durably; how many tries it cleared.

        With nothing to clear it writes nothing.
        """
        ...

    def own_redemption(self, epoch: int | None, seq: int) -> OwnRedemption | None:
        """A redemption of this terminal's ledger (``epoch`` None: the current one), or None."""
        ...

    def undone(self, redemption: OwnRedemption) -> Undone | None:
        """The undo of a redemption, or None."""
        ...

    def commit_undo(self, draft: UndoDraft) -> Undone:
        """Commit an undo with everything that follows from it, durably.

        What was undone before answers with that fact (``repeated``).
        """
        ...

    def conflicts(self) -> tuple[Conflict, ...]:
        """What contradicts this terminal's facts, oldest first; settled ones stay listed."""
        ...

    def conflict(self, entry: bytes, kind: str, other_entry: bytes) -> Conflict | None:
        """One conflict, or None."""
        ...

    def commit_settlement(self, draft: SettlementDraft) -> Settled:
        """Commit a settlement, durably; what was settled before answers with that decision."""
        ...

    def stock_levels(self) -> tuple[StockLevel, ...]:
        """Projected stock of every SKU that the store counts."""
        ...

    def commit_stock_count(self, count: StockCount) -> StockMoved | None:
        """Commit a count, durably; None, and nothing written, when the SKU is not counted."""
        ...

    def commit_stock_adjustment(self, adjustment: StockAdjustment) -> StockMoved | None:
        """Commit an adjustment, durably; None, and nothing written, when it is not counted."""
        ...

    def recent(self, limit: int) -> tuple[RecentRedemption, ...]:
        """The latest redemptions of this terminal, newest first."""
        ...

    def outbox(self) -> OutboxStatus:
        """What waits for central."""
        ...

    def staff_member(self, staff: str) -> StaffMember | None:
        """One active member of the store's staff."""
        ...

    def staff_list(self) -> tuple[StaffMember, ...]:
        """Active staff, by id."""
        ...

    def pin_failures(self, staff: str) -> PinFailures:
        """Wrong tries in a row."""
        ...

    def record_sign_in(self, staff: str, failures: PinFailures, *, right: bool) -> None:
        """Store the failure count and an audit line, durably."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """Central's answer to a claim on a voucher."""

    granted: bool
    refusal: Verdict | None = None
    """Set when central knows better: redeemed elsewhere, revoked, held by another counter."""


class ClaimTicket(Protocol):
    """A claim under way in the background."""

    def wait(self, timeout_s: float) -> ClaimAnswer | None:
        """The answer, or None when central did not answer in time (the offline rules hold)."""
        ...

    def release(self) -> None:
        """Give the claim back (the card was closed without a redemption); never blocks."""
        ...


class Central(Protocol):
    """What the use cases ask of the network; nothing here may block on it."""

    def claim(self, voucher: bytes) -> ClaimTicket:
        """Start asking for a short claim on a voucher."""
        ...

    def offline_s(self) -> float:
        """Seconds since central was last in reach; 0 while it is."""
        ...

    def nudge(self) -> None:
        """Something new waits in the outbox: push it now."""
        ...
