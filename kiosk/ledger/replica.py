"""The replica: what the terminal has downloaded. A page and its cursor commit together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog
from sqlalchemy import Connection, Table, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kiosk.ledger import conflicts, serials
from kiosk.ledger import tables as t
from kiosk.ledger.database import Database
from kiosk.ledger.gaps import replica_counts
from kiosk.ledger.meta import CATCHING_UP, read_meta, write_meta
from kiosk.ledger.outbox import (
    last_acknowledged,
    queue_again_after,
)
from kiosk.ledger.time_keeper import LedgerTimeKeeper
from kiosk.ledger.trust import Trust, TrustStore, store_trust
from kiosk.protocol import messages as m
from kiosk.protocol.keyset import KIND as KEYS
from kiosk.protocol.roots import KIND as ROOT
from kiosk.protocol.signed import DocumentError

_log = structlog.get_logger(__name__)

_TAKEN_FIRST = {ROOT: 0, KEYS: 1}
"""The rest of a page may be signed by what these bring."""
_SWEPT = (t.vouchers, t.products, t.stock, t.staff)


class LedgerReplica:
    """Implements :class:`kiosk.sync.ports.Replica`; ``on_change`` runs after each page."""

    def __init__(
        self,
        database: Database,
        trust: TrustStore,
        time_keeper: LedgerTimeKeeper,
        on_change: Callable[[], None],
    ) -> None:
        self._database = database
        self._trust, self._time, self._on_change = trust, time_keeper, on_change
        self._acked_before: tuple[int, int] | None = None
        """The last acknowledged entry when the page before was applied."""

    def cursor(self) -> str:
        """Where the changes feed goes on; empty before the first snapshot."""
        with self._database.read() as connection:
            return (read_meta(connection, "cursor") or b"").decode()

    def restart(self) -> None:
        """Begin a new generation: after its snapshot, rows that it did not bring are swept."""
        self._database.write(begin_generation)

    def apply(self, page: m.ChangesAnswer) -> None:
        """Apply a page and advance the cursor, in one transaction (crash-safe, idempotent)."""
        self._notice_loss(page)
        if not page.changes and page.cursor == self.cursor():
            return
        taken: list[Trust] = []

        def work(connection: Connection) -> None:
            generation = _generation(connection)
            taken.append(self._take_documents(connection, page))
            for change in page.changes:
                match change:
                    case m.DocumentChange():
                        pass  # taken already: a page's policy may need the page's keys
                    case m.RedemptionChange():
                        self._take_redemption(connection, change)
                    case m.ConflictChange():
                        conflicts.note_change(connection, change, self._time.now().unix_s)
                    case m.SerialTry():
                        serials.take_try(connection, change)
                    case m.SerialReview():
                        serials.take_review(connection, change)
                    case m.VoucherGone():
                        gone = t.vouchers.c.voucher == change.voucher
                        connection.execute(delete(t.vouchers).where(gone))
                    case _:
                        _take_row(connection, change, generation, page)
            write_meta(connection, "cursor", page.cursor.encode())
            if not page.more and read_meta(connection, "sweep") == b"1":
                for table in _SWEPT:
                    connection.execute(delete(table).where(table.c.generation < generation))
                write_meta(connection, "sweep", b"0")
                write_meta(connection, CATCHING_UP, b"0")

        self._database.write(work)
        self._trust.current = taken[0]
        self._on_change()

    def _notice_loss(self, page: m.ChangesAnswer) -> None:
        """Central acknowledged entries and lacks them now (a restored backup): send them again.

        A page was asked for after the one before was applied, so it must count what had been
        acknowledged by then.
        """
        acked = last_acknowledged(self._database)
        known, self._acked_before = self._acked_before, acked
        through = (page.through_epoch, page.through_seq)
        if known is not None and through < known:
            _log.error("central lost acknowledged entries", through=through, acknowledged=known)
            self._database.write(lambda connection: queue_again_after(connection, through))
            self._acked_before = None
            self._on_change()

    def counts(self) -> m.ReplicaCounts:
        """How many things of each kind it holds."""
        with self._database.read() as connection:
            return replica_counts(connection)

    def learn(self, redemptions: Sequence[m.RedemptionChange]) -> None:
        """Redemptions that a claim's answer told of, ahead of the feed."""
        unknown = [r for r in redemptions if not self._knows(r)]
        if not unknown:
            return

        def work(connection: Connection) -> None:
            for redemption in unknown:
                self._take_redemption(connection, redemption)

        self._database.write(work)
        self._on_change()

    def _knows(self, change: m.RedemptionChange) -> bool:
        with self._database.read() as connection:
            own = select(t.entries.c.seq).where(t.entries.c.hash == change.entry)
            other = select(t.elsewhere.c.undone).where(t.elsewhere.c.entry == change.entry)
            if connection.execute(own).scalar() is not None:
                return True
            undone = connection.execute(other).scalar()
            return undone is not None and undone >= int(change.undone)

    def _take_documents(self, connection: Connection, page: m.ChangesAnswer) -> Trust:
        """Trust after a page's documents: roots first, in the feed's order, then keys.

        A bad document is refused alone: the one in force stays, the feed goes on.
        """
        trust, at_s = self._trust.current, self._time.now().unix_s
        found = [change for change in page.changes if isinstance(change, m.DocumentChange)]
        for change in sorted(found, key=lambda change: _TAKEN_FIRST.get(change.kind, 2)):
            try:
                trust = trust.with_document(change.kind, change.document, at_s)
            except DocumentError as error:
                _log.warning("document refused", kind=change.kind, reason=str(error))
                continue
            store_trust(connection, trust, change.kind, change.document)
        return trust

    def _take_redemption(self, connection: Connection, change: m.RedemptionChange) -> None:
        own = select(t.entries.c.seq).where(t.entries.c.hash == change.entry)
        if connection.execute(own).scalar() is not None:
            return
        # A fact of "this" terminal that is not in its ledger (restored backup, clone) counts
        # as made elsewhere: it can only reduce what may still be handed over.
        statement = upsert(t.elsewhere).values(
            entry=change.entry,
            voucher=change.voucher,
            at_s=change.at_s,
            store=change.store,
            terminal=change.terminal,
            staff=change.staff,
            instance=change.instance,
            undone=int(change.undone),
            holder=change.holder,
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["entry"],
                # Whatever arrives late (a claim's answer, say): what came back once stays back.
                set_={"undone": func.max(t.elsewhere.c.undone, statement.excluded.undone)},
            )
        )
        for line in change.lines:
            row = {"sku": line.sku, "bundle": t.bundle_of(line.group), "quantity": line.quantity}
            connection.execute(
                upsert(t.elsewhere_lines).values(entry=change.entry, **row).on_conflict_do_nothing()
            )


def begin_generation(connection: Connection) -> None:
    """Ask for everything anew, and sweep what does not come; part of the caller's transaction."""
    write_meta(connection, "cursor", b"")
    write_meta(connection, "generation", str(_generation(connection) + 1).encode())
    write_meta(connection, "sweep", b"1")


def _generation(connection: Connection) -> int:
    return int(read_meta(connection, "generation") or b"1")


def _take_row(
    connection: Connection, change: m.Change, generation: int, page: m.ChangesAnswer
) -> None:
    match change:
        case m.VoucherChange():
            _put(
                connection,
                t.vouchers,
                ["voucher"],
                {
                    "voucher": change.voucher,
                    "version": change.version,
                    "state": change.state,
                    "expires_s": change.expires_s,
                    "lines": msgspec.json.encode(change.items),
                    "order_no": change.order_no,
                    "phone_masked": change.phone_masked,
                    "note": change.note,
                    "pickup_no": change.pickup_no,
                    "value_class": change.value_class,
                    "not_before_s": change.not_before_s,
                    "holder": change.holder,
                    "serial": change.serial,
                    "password_hash": change.password_hash,
                    "generation": generation,
                },
            )
        case m.ProductChange():
            _put(
                connection,
                t.products,
                ["sku"],
                {
                    "sku": change.sku,
                    "name_zh": change.name_zh,
                    "name_en": change.name_en,
                    "unit_zh": change.unit_zh,
                    "unit_en": change.unit_en,
                    "generation": generation,
                },
            )
        case m.StockChange():
            _put(
                connection,
                t.stock,
                ["sku"],
                {
                    "sku": change.sku,
                    "counted": change.count,
                    "through_epoch": page.through_epoch,
                    "through_seq": page.through_seq,
                    "generation": generation,
                },
            )
        case m.StaffChange():
            _put(
                connection,
                t.staff,
                ["staff"],
                {
                    "staff": change.staff,
                    "name": change.name,
                    "role": change.role,
                    "pin_hash": change.pin_hash,
                    "active": int(change.active),
                    "generation": generation,
                },
            )


def _put(
    connection: Connection,
    table: Table,
    key: list[str],
    values: dict[str, str | int | bytes | None],
) -> None:
    connection.execute(
        upsert(table).values(values).on_conflict_do_update(index_elements=key, set_=values)
    )
