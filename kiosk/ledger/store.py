"""The ledger as the use cases see it: reads on any thread, durable commits on the ledger thread."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError

from kiosk.domain.clock import Instant
from kiosk.domain.orders import Handover, OrderDetails, Product
from kiosk.domain.policy import Policy, StorePlace
from kiosk.domain.ports import OutboxStatus, RecentRedemption, RedemptionDraft
from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.revocation import StatusAnswer
from kiosk.domain.serials import SerialVoucher
from kiosk.domain.staff import PinFailures, Role, StaffMember
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import VOUCHER_ID_BYTES, CodeOptions, PickupCode, Tier
from kiosk.ledger import serials
from kiosk.ledger import tables as t
from kiosk.ledger.correcting import Correcting
from kiosk.ledger.history import lines_of, voucher_history
from kiosk.ledger.meta import is_caught_up
from kiosk.ledger.redeem import handover_of, redeem
from kiosk.ledger.stock import on_hand
from kiosk.ledger.triggers import OVER_REDEEMED

_NAMED = t.products.c

# Made once: putting a statement together takes longer than SQLite takes to answer it.
_ORDER = select(
    t.vouchers.c.order_no, t.vouchers.c.phone_masked, t.vouchers.c.note, t.vouchers.c.pickup_no
).where(t.vouchers.c.voucher == bindparam("voucher"))
_PRODUCTS = select(
    _NAMED.sku, _NAMED.name_zh, _NAMED.name_en, _NAMED.unit_zh, _NAMED.unit_en
).where(_NAMED.sku.in_(bindparam("skus", expanding=True)))

_QUEUE = t.outbox.c
_WAITING = (
    select(func.count(), func.min(t.entries.c.at_s))
    .select_from(t.outbox)
    .join(t.entries, (t.entries.c.epoch == _QUEUE.epoch) & (t.entries.c.seq == _QUEUE.seq))
    .where(_QUEUE.state.in_((t.QUEUED, t.IN_FLIGHT)))
)
_QUARANTINED = select(func.count()).where(_QUEUE.state == t.QUARANTINED)
_CONFLICTS = select(func.count()).where(t.conflicts.c.state == "open")

_NOBODYS = PickupCode(
    voucher=bytes(VOUCHER_ID_BYTES),
    tier=Tier.V2,
    stores=(),
    issued_at_s=0,
    expires_at_s=0,
    not_before_s=None,
    items=(),
    key_id=b"",
    presented=b"",
    options=CodeOptions(holder=bytes(8)),
)


class LedgerStore(Correcting):
    """Implements :class:`kiosk.domain.ports.Store`."""

    _caught_up = False
    """Not known yet; once true it stays so."""

    # --- who, when, by which rules --------------------------------------------------------

    def identity(self) -> tuple[str, str]:
        """Terminal id and store id."""
        return self._identity.terminal, self._identity.store

    def now(self) -> Instant:
        """Trusted time."""
        return self._time.now()

    def note_code_time(self, issued_at_s: int) -> None:
        """Raise the time mark by a verified dynamic code's ``iat``."""
        self._time.note_code(issued_at_s)

    def witness_time(self, voucher: bytes, issued_at_s: int) -> Instant:
        """Trusted time after a verified changing code was seen, which it may have settled."""
        return self._time.witness(voucher, issued_at_s)

    def policy(self) -> Policy:
        """The policy in force."""
        return self._trust.policy()

    def key_set_issued_at_s(self) -> int | None:
        """When the key set in force was signed; None when there is none."""
        key_set = self._trust.key_set()
        return None if key_set is None else key_set.issued_at_s

    def caught_up(self) -> bool:
        """Whether central has told everything since a restore or a salvage, if there was one."""
        if not self._caught_up:
            with self._database.read() as connection:
                self._caught_up = is_caught_up(connection)
        return self._caught_up

    def place(self) -> StorePlace | None:
        """Where this store is, as far as central said."""
        return self._trust.place()

    def status(self, list_id: int, index: int) -> StatusAnswer:
        """What a status list says of an index."""
        return self._trust.status(list_id, index, self._time.now())

    # --- what is known --------------------------------------------------------------------

    def history(self, code: PickupCode) -> VoucherHistory:
        """What is known of a voucher and of this showing, read in one snapshot."""
        since_s = self._time.now().at_least_s - self._trust.policy().holder_window_s
        with self._database.read() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return voucher_history(connection, self._identity, code, since_s)
            finally:
                connection.exec_driver_sql("COMMIT")

    def order_details(self, voucher: bytes) -> OrderDetails:
        """Order number, masked phone, note; empty when the replica does not know it."""
        with self._database.read() as connection:
            row = connection.execute(_ORDER, {"voucher": voucher}).one_or_none()
        return OrderDetails(*row) if row else OrderDetails()

    def products(self, skus: tuple[str, ...]) -> dict[str, Product]:
        """Catalogue lines of the SKUs that are known."""
        with self._database.read() as connection:
            rows = connection.execute(_PRODUCTS, {"skus": skus})
            return {row.sku: Product(*row) for row in rows}

    def on_hand(self, skus: tuple[str, ...]) -> dict[str, int]:
        """Central's count plus own movements that the count does not include yet."""
        with self._database.read() as connection:
            return on_hand(connection, skus)

    def recent(self, limit: int) -> tuple[RecentRedemption, ...]:
        """The latest redemptions of this terminal, newest first."""
        r = t.redemptions.c
        query = (
            select(
                r.entry, r.seq, r.epoch, r.voucher, r.at_s, r.staff,
                func.coalesce(t.vouchers.c.order_no, "").label("order_no"), t.outbox.c.state,
                t.undone.c.entry.label("undo"),
            )
            .select_from(t.redemptions)
            .join(t.outbox, (t.outbox.c.epoch == r.epoch) & (t.outbox.c.seq == r.seq))
            .outerjoin(t.vouchers, t.vouchers.c.voucher == r.voucher)
            .outerjoin(t.undone, t.undone.c.redemption == r.entry)
            .order_by(r.epoch.desc(), r.seq.desc())
            .limit(limit)
        )  # fmt: skip
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            items = lines_of(connection, [row.entry for row in rows])
        return tuple(
            RecentRedemption(
                seq=row.seq,
                epoch=row.epoch,
                voucher=row.voucher,
                at_s=row.at_s,
                staff=row.staff,
                items=items.get(row.entry, ()),
                order_no=row.order_no,
                state=row.state,
                undone=row.undo is not None,
            )
            for row in rows
        )

    def outbox(self) -> OutboxStatus:
        """What waits for central."""
        with self._database.read() as connection:
            count, oldest = connection.execute(_WAITING).one()
            return OutboxStatus(
                waiting=count,
                oldest_at_s=oldest,
                conflicts=connection.execute(_CONFLICTS).scalar_one(),
                quarantined=connection.execute(_QUARANTINED).scalar_one(),
            )

    def handover_of(self, request_id: bytes) -> Handover | None:
        """The handover that a request led to (``repeated``), or None."""
        with self._database.read() as connection:
            return handover_of(connection, self._identity, request_id)

    def warm_up(self) -> None:
        """Ask what a scan asks, of nobody, so that the first customer finds it compiled."""
        self.history(_NOBODYS)
        self.order_details(_NOBODYS.voucher)
        self.products(("",))
        self.on_hand(("",))

    # --- the one thing that must never go wrong -------------------------------------------

    def commit_redemption(self, draft: RedemptionDraft) -> Handover:
        """Commit redemption, movements, audit entry and outbox row together, durably."""
        try:
            handover = self._append(lambda c, stamp: redeem(c, self._identity, stamp, draft))
        except IntegrityError as error:
            if OVER_REDEEMED not in str(error):
                raise
            last = self.history(draft.code).last
            verdict = Verdict(
                VerdictKind.ALREADY_REDEEMED, "ledger_guard", draft.code.voucher, last
            )
            return Handover(verdict)
        return replace(handover, fsync_s=self._database.last_commit_s)

    # --- typed serials --------------------------------------------------------------------

    def serial_voucher(self, serial: str) -> SerialVoucher | None:
        """The voucher of a serial (12 plain digits) with its open wrong tries, or None."""
        with self._database.read() as connection:
            return serials.serial_voucher(connection, serial)

    def record_wrong_password(self, voucher: bytes, staff: str | None) -> int:
        """Commit a wrong try as an entry, durably; how many are open now."""
        tried = (voucher, staff)
        return self._append(lambda c, stamp: serials.record_try(c, self._identity, stamp, tried))

    def record_right_password(self, voucher: bytes, staff: str | None) -> None:
        """Commit an audit line, durably."""
        self._database.write(lambda c: serials.record_right(c, self._stamp(), (voucher, staff)))

    def review_serial(self, voucher: bytes, staff: str, note: str) -> int:
        """Commit a supervisor's review as an entry, durably; how many tries it cleared."""
        review = (voucher, note)
        return self._append(
            lambda c, stamp: serials.record_review(c, self._identity, stamp, staff, review)
        )

    # --- staff ----------------------------------------------------------------------------

    def staff_member(self, staff: str) -> StaffMember | None:
        """One active member of the store's staff."""
        return next((m for m in self.staff_list() if m.staff == staff), None)

    def staff_list(self) -> tuple[StaffMember, ...]:
        """Active staff, by id."""
        s = t.staff.c
        query = select(s.staff, s.name, s.role, s.pin_hash).where(s.active == 1).order_by(s.staff)
        with self._database.read() as connection:
            return tuple(
                StaffMember(row.staff, row.name, Role(row.role), row.pin_hash)
                for row in connection.execute(query)
            )

    def pin_failures(self, staff: str) -> PinFailures:
        """Wrong tries in a row."""
        f = t.pin_failures.c
        query = select(f.failures, f.locked_until_s).where(f.staff == staff)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return PinFailures(row.failures, row.locked_until_s) if row else PinFailures()

    def record_sign_in(self, staff: str, failures: PinFailures, *, right: bool) -> None:
        """Store the failure count and an audit line, durably."""

        def work(connection: Connection) -> None:
            values = {"failures": failures.count, "locked_until_s": failures.locked_until_s}
            statement = upsert(t.pin_failures).values(staff=staff, **values)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["staff"], set_=values)
            )
            action = "sign_in" if right else "sign_in_refused"
            at_s = self._time.now().unix_s
            connection.execute(insert(t.audit).values(at_s=at_s, staff=staff, action=action))

        self._database.write(work)
