"""The desk: runs the use cases one after the other on the counter thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from kiosk.counter.challenges import Challenges
from kiosk.counter.confirm import confirm
from kiosk.counter.prepare import Prepared, prepare
from kiosk.counter.prepare_serial import prepare_serial
from kiosk.counter.review_serial import review_serial
from kiosk.counter.settle import settle
from kiosk.counter.sign_in import sign_in
from kiosk.counter.stock import adjust_stock, count_stock
from kiosk.counter.undo import UndoRequest, undo
from kiosk.domain.approval import Approval
from kiosk.domain.challenge import Challenge
from kiosk.domain.conflicts import Conflict, Settled, SettlementDraft, SettleRefusal
from kiosk.domain.orders import Handover, OrderCard, Product
from kiosk.domain.ports import (
    Central,
    ClaimTicket,
    Clock,
    RecentRedemption,
    Store,
    Verifier,
)
from kiosk.domain.serials import ReviewRefusal
from kiosk.domain.staff import SignInRefusal, StaffMember
from kiosk.domain.stock import (
    StockAdjustment,
    StockCount,
    StockLevel,
    StockMoved,
    StockRefusal,
)
from kiosk.domain.undo import Undone, UndoRefusal
from kiosk.domain.vouchers import Item


class Desk:
    """What a screen or the headless terminal talks to. Every method returns at once.

    A future fails with LedgerError when the disk does; any other exception in it is a bug.
    """

    def __init__(
        self,
        *,
        verifier: Verifier,
        store: Store,
        central: Central,
        clock: Clock,
        on_handover: Callable[[bytes], None] = lambda _voucher: None,
    ) -> None:
        """``on_handover`` is told the voucher of each handover, on the counter thread."""
        self._verifier, self._store = verifier, store
        self._on_handover = on_handover
        self._central, self._clock = central, clock
        self._challenges = Challenges(store, clock)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="counter")

    def prepare(self, text: str, approval: Approval | None = None) -> Future[Prepared]:
        """Judge a scanned or typed text; ``approval`` of a supervisor whose PIN was checked."""
        return self._thread.submit(self._prepare, text, approval)

    def _prepare(self, text: str, approval: Approval | None) -> Prepared:
        return prepare(
            text,
            verifier=self._verifier,
            store=self._store,
            central=self._central,
            clock=self._clock,
            challenge=self._challenges.digits(),
            approval=approval,
        )

    def challenge(self) -> Challenge:
        """The digits that a phone has to sign, for a screen to show; any thread."""
        return self._challenges.current()

    def prepare_serial(
        self,
        serial: str,
        password: str,
        approval: Approval | None = None,
        staff: str | None = None,
    ) -> Future[Prepared]:
        """Judge a typed serial and its password; done means that a wrong try is durable.

        ``staff`` is on duty and stands in the entry of a wrong try.
        """
        return self._thread.submit(
            prepare_serial,
            serial,
            password,
            store=self._store,
            central=self._central,
            clock=self._clock,
            approval=approval,
            staff=staff,
        )

    def review_serial(self, voucher: bytes, staff: str, note: str) -> Future[ReviewRefusal | None]:
        """A supervisor clears a voucher's wrong tries; None means done, durably.

        Whoever calls has checked the supervisor's PIN (``sign_in``).
        """
        return self._thread.submit(
            review_serial, voucher, staff, note, store=self._store, central=self._central
        )

    def confirm(
        self, prepared: Prepared, selected: tuple[Item, ...], staff: str | None
    ) -> Future[Handover]:
        """Hand over ``selected`` items of a prepared card; done means durable."""
        return self._thread.submit(
            self._confirm, prepared.open_card(), prepared.claim, selected, staff
        )

    def _confirm(
        self,
        card: OrderCard,
        claim: ClaimTicket | None,
        selected: tuple[Item, ...],
        staff: str | None,
    ) -> Handover:
        handover = confirm(
            card,
            selected,
            staff=staff,
            claim=claim,
            store=self._store,
            central=self._central,
            clock=self._clock,
        )
        if handover.verdict.handed_over:
            if card.code.proof is not None and card.code.proof.challenge is not None:
                self._challenges.used(card.code.proof.challenge)
            self._on_handover(card.code.voucher)
        return handover

    def undo(self, request: UndoRequest) -> Future[Undone | UndoRefusal]:
        """Take a redemption back; done means durable, or refused."""
        return self._thread.submit(undo, request, store=self._store, central=self._central)

    def conflicts(self) -> Future[tuple[Conflict, ...]]:
        """What contradicts this terminal's facts, oldest first; settled ones stay listed."""
        return self._thread.submit(self._store.conflicts)

    def settle(self, draft: SettlementDraft) -> Future[Settled | SettleRefusal]:
        """Settle a conflict; done means durable, or refused."""
        return self._thread.submit(settle, draft, store=self._store, central=self._central)

    def stock_levels(self) -> Future[tuple[StockLevel, ...]]:
        """Projected stock of every SKU that the store counts."""
        return self._thread.submit(self._store.stock_levels)

    def count_stock(self, asked: StockCount) -> Future[StockMoved | StockRefusal]:
        """Record a count; done means durable, or refused."""
        return self._thread.submit(count_stock, asked, store=self._store, central=self._central)

    def adjust_stock(self, asked: StockAdjustment) -> Future[StockMoved | StockRefusal]:
        """Record an adjustment; done means durable, or refused."""
        return self._thread.submit(adjust_stock, asked, store=self._store, central=self._central)

    def dismiss(self, prepared: Prepared) -> None:
        """The card was closed without a redemption: give its claim back."""
        if prepared.claim is not None:
            prepared.claim.release()

    def sign_in(self, staff: str, pin: str) -> Future[StaffMember | SignInRefusal]:
        """Check a PIN."""
        return self._thread.submit(sign_in, staff, pin, store=self._store)

    def staff_list(self) -> Future[tuple[StaffMember, ...]]:
        """Active staff of this store."""
        return self._thread.submit(self._store.staff_list)

    def products(self, skus: tuple[str, ...]) -> Future[dict[str, Product]]:
        """Catalogue lines of the SKUs that are known."""
        return self._thread.submit(self._store.products, skus)

    def recent(self, limit: int = 20) -> Future[tuple[RecentRedemption, ...]]:
        """The latest redemptions of this terminal, newest first."""
        return self._thread.submit(self._store.recent, limit)

    def close(self) -> None:
        """Finish what was asked for, then end the thread."""
        self._thread.shutdown(wait=True)
