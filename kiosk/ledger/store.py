"""The ledger as the use cases see it: reads on any thread, durable commits on the ledger thread."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, func, insert, select, union_all
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError

from kiosk.domain.clock import Instant
from kiosk.domain.orders import Handover, OrderDetails, Product
from kiosk.domain.policy import Policy
from kiosk.domain.ports import Clock, OutboxStatus, RecentRedemption, RedemptionDraft
from kiosk.domain.redemption import VoucherHistory
from kiosk.domain.staff import PinFailures, Role, StaffMember
from kiosk.domain.verdicts import RedemptionRecord, Verdict, VerdictKind
from kiosk.domain.vouchers import Item, PickupCode, VoucherState
from kiosk.ledger import tables as t
from kiosk.ledger.chain import Stamp, append
from kiosk.ledger.database import Database
from kiosk.ledger.identity import Identity
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.triggers import OVER_REDEEMED
from kiosk.ledger.trust import TrustStore
from kiosk.protocol.entries import REDEMPTION, RedemptionFact, redemption_payload
from kiosk.protocol.messages import Line


def bundle_of(group: int | None) -> int:
    """A line's bundle column."""
    return t.NO_GROUP if group is None else group


def group_of(bundle: int) -> int | None:
    """The bundle group of a row."""
    return None if bundle == t.NO_GROUP else bundle


class LedgerStore:
    """Implements :class:`kiosk.domain.ports.Store`."""

    def __init__(
        self,
        database: Database,
        identity: Identity,
        trust: TrustStore,
        time_keeper: LedgerTimeKeeper,
        clock: Clock,
    ) -> None:
        self._database, self._identity = database, identity
        self._trust, self._time, self._clock = trust, time_keeper, clock

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

    def policy(self) -> Policy:
        """The policy in force."""
        return self._trust.policy()

    # --- what is known --------------------------------------------------------------------

    def history(self, code: PickupCode) -> VoucherHistory:
        """What is known of a voucher and of this showing, read in one snapshot."""
        with self._database.read() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                return self._history(connection, code)
            finally:
                connection.exec_driver_sql("COMMIT")

    def order_details(self, voucher: bytes) -> OrderDetails:
        """Order number, masked phone, note; empty when the replica does not know it."""
        v = t.vouchers.c
        query = select(v.order_no, v.phone_masked, v.note, v.pickup_no)
        with self._database.read() as connection:
            row = connection.execute(query.where(v.voucher == voucher)).one_or_none()
        return OrderDetails(*row) if row else OrderDetails()

    def products(self, skus: tuple[str, ...]) -> dict[str, Product]:
        """Catalogue lines of the SKUs that are known."""
        p = t.products.c
        query = select(p.sku, p.name_zh, p.name_en, p.unit_zh, p.unit_en).where(p.sku.in_(skus))
        with self._database.read() as connection:
            return {row.sku: Product(*row) for row in connection.execute(query)}

    def on_hand(self, skus: tuple[str, ...]) -> dict[str, int]:
        """Central's count plus own movements that the count does not include yet."""
        own = t.movements.c
        newer = (own.epoch > t.stock.c.through_epoch) | (
            (own.epoch == t.stock.c.through_epoch) & (own.seq > t.stock.c.through_seq)
        )
        pending = (
            select(func.coalesce(func.sum(own.delta), 0))
            .where(own.sku == t.stock.c.sku, newer)
            .scalar_subquery()
        )
        query = select(t.stock.c.sku, t.stock.c.count + pending).where(t.stock.c.sku.in_(skus))
        with self._database.read() as connection:
            return {sku: int(count) for sku, count in connection.execute(query)}

    def recent(self, limit: int) -> tuple[RecentRedemption, ...]:
        """The latest redemptions of this terminal, newest first."""
        r, lines = t.redemptions.c, t.redemption_lines.c
        query = (
            select(
                r.entry, r.seq, r.epoch, r.voucher, r.at_s, r.staff,
                func.coalesce(t.vouchers.c.order_no, "").label("order_no"), t.outbox.c.state,
            )
            .select_from(t.redemptions)
            .join(t.outbox, (t.outbox.c.epoch == r.epoch) & (t.outbox.c.seq == r.seq))
            .outerjoin(t.vouchers, t.vouchers.c.voucher == r.voucher)
            .order_by(r.epoch.desc(), r.seq.desc())
            .limit(limit)
        )  # fmt: skip
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            found = connection.execute(
                select(lines.entry, lines.sku, lines.quantity, lines.bundle).where(
                    lines.entry.in_([row.entry for row in rows])
                )
            ).all()
        items: dict[bytes, list[Item]] = {}
        for line in found:
            items.setdefault(line.entry, []).append(
                Item(line.sku, line.quantity, group_of(line.bundle))
            )
        return tuple(
            RecentRedemption(
                seq=row.seq,
                epoch=row.epoch,
                voucher=row.voucher,
                at_s=row.at_s,
                staff=row.staff,
                items=tuple(items.get(row.entry, ())),
                order_no=row.order_no,
                state=row.state,
            )
            for row in rows
        )

    def outbox(self) -> OutboxStatus:
        """What waits for central."""
        o = t.outbox.c
        waiting = (
            select(func.count(), func.min(t.entries.c.at_s))
            .select_from(t.outbox)
            .join(t.entries, (t.entries.c.epoch == o.epoch) & (t.entries.c.seq == o.seq))
            .where(o.state.in_(("queued", "in_flight")))
        )
        quarantined = select(func.count()).where(o.state == "quarantined")
        conflicts = select(func.count()).where(t.conflicts.c.state == "open")
        with self._database.read() as connection:
            count, oldest = connection.execute(waiting).one()
            return OutboxStatus(
                waiting=count,
                oldest_at_s=oldest,
                conflicts=connection.execute(conflicts).scalar_one(),
                quarantined=connection.execute(quarantined).scalar_one(),
            )

    # --- the one thing that must never go wrong -------------------------------------------

    def commit_redemption(self, draft: RedemptionDraft) -> Handover:
        """Commit redemption, movements, audit entry and outbox row together, durably."""
        try:
            handover = self._database.write(lambda connection: self._redeem(connection, draft))
        except (IntegrityError, sqlcipher.IntegrityError) as error:
            if OVER_REDEEMED not in str(error):
                raise
            history = self.history(draft.code)
            return Handover(
                Verdict(
                    VerdictKind.ALREADY_REDEEMED, "ledger_guard", draft.code.voucher, history.last
                )
            )
        return msgspec.structs.replace(handover) if False else _timed(handover, self._database)

    def _redeem(self, connection: Connection, draft: RedemptionDraft) -> Handover:
        earlier = connection.execute(
            select(t.redemptions).where(t.redemptions.c.request_id == draft.request_id)
        ).one_or_none()
        if earlier is not None:
            return self._repeated(connection, draft, earlier.entry)
        code, now = draft.code, self._time.now()
        fact = RedemptionFact(
            voucher=code.voucher,
            items=draft.items,
            entitlement=tuple(item for item in draft.entitlement if item.quantity),
            request_id=draft.request_id,
            instance=code.instance,
            presented=code.presented,
            tier=int(code.tier),
            offline=draft.offline,
        )
        stamp = Stamp(now, round(self._clock.read().wall_s * 1000), self._trust.versions())
        entry = append(
            connection,
            self._identity,
            stamp,
            kind=REDEMPTION,
            staff=draft.staff,
            payload=redemption_payload(fact),
        )
        self._derive(connection, draft, entry.hash, entry.head.seq, now.unix_s)
        self._time.persist(connection)
        left = _left_after(draft, self._taken(connection, code.voucher))
        kind = VerdictKind.PARTIALLY_REDEEMED if left else VerdictKind.ACCEPTED
        record = RedemptionRecord(
            entry.hash, now.unix_s, self._identity.store, self._identity.terminal,
            draft.staff, here=True,
        )  # fmt: skip
        return Handover(
            Verdict(kind, "redeemed", code.voucher, record),
            seq=entry.head.seq,
            at_s=now.unix_s,
            items=draft.items,
        )

    def _derive(
        self, connection: Connection, draft: RedemptionDraft, entry: bytes, seq: int, at_s: int
    ) -> None:
        """The rows beside the entry: entitlement, redemption, lines, movements, audit."""
        voucher, epoch = draft.code.voucher, self._identity.epoch
        entitled = upsert(t.entitlements)
        connection.execute(
            entitled.on_conflict_do_update(
                index_elements=["voucher", "sku", "bundle"],
                set_={"quantity": entitled.excluded.quantity},
            ),
            [
                {
                    "voucher": voucher,
                    "sku": item.sku,
                    "bundle": bundle_of(item.group),
                    "quantity": item.quantity,
                }
                for item in draft.entitlement
            ],
        )
        connection.execute(
            insert(t.redemptions).values(
                entry=entry,
                voucher=voucher,
                request_id=draft.request_id,
                instance=draft.code.instance,
                at_s=at_s,
                staff=draft.staff,
                epoch=epoch,
                seq=seq,
            )
        )
        connection.execute(
            insert(t.redemption_lines),
            [
                {
                    "entry": entry,
                    "voucher": voucher,
                    "sku": item.sku,
                    "bundle": bundle_of(item.group),
                    "quantity": item.quantity,
                }
                for item in draft.items
            ],
        )
        deltas: dict[str, int] = {}
        for item in draft.items:
            deltas[item.sku] = deltas.get(item.sku, 0) - item.quantity
        connection.execute(
            insert(t.movements),
            [
                {"epoch": epoch, "seq": seq, "sku": sku, "delta": delta}
                for sku, delta in deltas.items()
            ],
        )
        connection.execute(
            insert(t.audit).values(at_s=at_s, staff=draft.staff, action="redeem", entry=entry)
        )

    def _repeated(
        self, connection: Connection, draft: RedemptionDraft, entry: bytes
    ) -> Handover:
        record = self._own_record(connection, t.redemptions.c.entry == entry)
        row = connection.execute(
            select(t.redemptions.c.seq, t.redemptions.c.at_s).where(
                t.redemptions.c.entry == entry
            )
        ).one()
        lines = t.redemption_lines.c
        items = tuple(
            Item(line.sku, line.quantity, group_of(line.bundle))
            for line in connection.execute(
                select(lines.sku, lines.quantity, lines.bundle).where(lines.entry == entry)
            )
        )
        verdict = Verdict(VerdictKind.ACCEPTED, "same_request", draft.code.voucher, record)
        return Handover(verdict, seq=row.seq, at_s=row.at_s, items=items, repeated=True)

    # --- reading a voucher's past ---------------------------------------------------------

    def _history(self, connection: Connection, code: PickupCode) -> VoucherHistory:
        row = connection.execute(
            select(t.vouchers.c.state, t.vouchers.c.items).where(
                t.vouchers.c.voucher == code.voucher
            )
        ).one_or_none()
        own = self._own_record(connection, t.redemptions.c.voucher == code.voucher)
        other = _other_record(connection, t.elsewhere.c.voucher == code.voucher)
        instance = None
        if code.instance is not None:
            instance = self._own_record(
                connection, t.redemptions.c.instance == code.instance
            ) or _other_record(connection, t.elsewhere.c.instance == code.instance)
        return VoucherHistory(
            taken=self._taken(connection, code.voucher),
            last=max((r for r in (own, other) if r), key=lambda r: r.at_s, default=None),
            instance=instance,
            state=VoucherState(row.state) if row else None,
            replica_items=_items_from(row.items) if row else None,
        )

    def _taken(self, connection: Connection, voucher: bytes) -> tuple[Item, ...]:
        own, line = t.redemption_lines.c, t.elsewhere_lines.c
        query = union_all(
            select(own.sku, own.bundle, own.quantity).where(own.voucher == voucher),
            select(line.sku, line.bundle, line.quantity)
            .join(t.elsewhere, t.elsewhere.c.entry == line.entry)
            .where(t.elsewhere.c.voucher == voucher, t.elsewhere.c.undone == 0),
        )
        return tuple(
            Item(row.sku, row.quantity, group_of(row.bundle)) for row in connection.execute(query)
        )

    def _own_record(self, connection: Connection, where: object) -> RedemptionRecord | None:
        r = t.redemptions.c
        row = connection.execute(
            select(r.entry, r.at_s, r.staff)
            .where(where)  # type: ignore[arg-type]  # a column expression
            .order_by(r.epoch.desc(), r.seq.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        terminal, store = self.identity()
        return RedemptionRecord(row.entry, row.at_s, store, terminal, row.staff, here=True)

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
        query = select(f.count, f.locked_until_s).where(f.staff == staff)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return PinFailures(row.count, row.locked_until_s) if row else PinFailures()

    def record_sign_in(self, staff: str, failures: PinFailures, *, right: bool) -> None:
        """Store the failure count and an audit line, durably."""

        def work(connection: Connection) -> None:
            values = {"count": failures.count, "locked_until_s": failures.locked_until_s}
            statement = upsert(t.pin_failures).values(staff=staff, **values)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["staff"], set_=values)
            )
            action = "sign_in" if right else "sign_in_refused"
            at_s = self._time.now().unix_s
            connection.execute(insert(t.audit).values(at_s=at_s, staff=staff, action=action))

        self._database.write(work)


def _other_record(connection: Connection, where: object) -> RedemptionRecord | None:
    e = t.elsewhere.c
    row = connection.execute(
        select(e.entry, e.at_s, e.store, e.terminal, e.staff)
        .where(where, e.undone == 0)  # type: ignore[arg-type]  # a column expression
        .order_by(e.at_s.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return RedemptionRecord(row.entry, row.at_s, row.store, row.terminal, row.staff, here=False)


def _left_after(draft: RedemptionDraft, taken: Iterable[Item]) -> bool:
    left = {item.key: item.quantity for item in draft.entitlement}
    for item in taken:
        left[item.key] = left.get(item.key, 0) - item.quantity
    return any(quantity > 0 for quantity in left.values())


def _items_from(raw: bytes) -> tuple[Item, ...]:
    lines = msgspec.json.decode(raw, type=list[Line])
    return tuple(Item(line.sku, line.quantity, line.group) for line in lines)
