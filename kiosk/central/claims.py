"""Claims: of several connected counters only one hands a voucher over at a time."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, or_, select

from kiosk.central.database import Transaction, upsert
from kiosk.central.facts import read_names, redemption_change
from kiosk.central.feed_log import COMMON
from kiosk.central.tables import claims, redemptions, vouchers
from kiosk.central.tokens import Bearer
from kiosk.domain.vouchers import VoucherState
from kiosk.protocol.messages import ClaimReply, RedemptionChange

CLAIM_LIFETIME_S = 180
MAX_TOLD = 50
"""Redemptions in an answer, the latest ones: the feed brings all of them."""

_COUNTING = (
    select(redemptions)
    .where(
        redemptions.c.voucher == bindparam("voucher"),
        ~redemptions.c.undone,
        # What nothing proves counts in the store that said so, and nowhere else.
        or_(redemptions.c.proved, redemptions.c.store == bindparam("store")),
    )
    .order_by(redemptions.c.at_s.desc(), redemptions.c.entry.desc())
    .limit(MAX_TOLD)
)


def release(transaction: Transaction, bearer: Bearer, voucher: bytes) -> ClaimReply:
    """Give a claim back; one that is not held is fine too."""
    transaction.connection.execute(
        delete(claims).where(claims.c.voucher == voucher, claims.c.terminal == bearer.terminal)
    )
    return ClaimReply("released")


def claim(transaction: Transaction, bearer: Bearer, voucher: bytes, now_s: int) -> ClaimReply:
    """Take or renew a claim, and tell what central knows better of the voucher.

    To a store that it is not for, a voucher is as good as unknown, and its claim stays free for
    the others.
    """
    connection = transaction.connection
    row = connection.execute(
        select(vouchers.c.state, vouchers.c.stores).where(vouchers.c.id == voucher)
    ).one_or_none()
    known = row is not None
    if row is not None and not {COMMON, bearer.store} & set(read_names(row.stores)):
        return ClaimReply("granted", expires_in_s=CLAIM_LIFETIME_S, known=False)
    state = row.state if row is not None else None
    if state in {VoucherState.REVOKED, VoucherState.REFUNDED}:
        withdrawn = "revoked" if state == VoucherState.REVOKED else "refunded"
        return ClaimReply(withdrawn, _told(connection, bearer, voucher))  # type: ignore[arg-type]
    if state == VoucherState.HELD:
        return ClaimReply("held", _told(connection, bearer, voucher))
    taken = _take(connection, bearer, voucher, now_s)
    # Read after the claim's row is ours: whoever held it before has committed its redemption.
    redeemed = _told(connection, bearer, voucher)
    if taken:
        return ClaimReply("granted", redeemed, expires_in_s=CLAIM_LIFETIME_S, known=known)
    holder = connection.execute(select(claims).where(claims.c.voucher == voucher)).one()
    return ClaimReply(
        "held",
        redeemed,
        held_by=holder.terminal,
        expires_in_s=max(0, holder.expires_s - now_s),
        known=known,
    )


def _told(connection: Connection, bearer: Bearer, voucher: bytes) -> list[RedemptionChange]:
    """The latest redemptions that count for the asking store, oldest first."""
    rows = connection.execute(_COUNTING, {"voucher": voucher, "store": bearer.store}).all()
    return [redemption_change(row) for row in reversed(rows)]


def _take(connection: Connection, bearer: Bearer, voucher: bytes, now_s: int) -> bool:
    statement = upsert(connection.dialect.name, claims).values(
        voucher=voucher, terminal=bearer.terminal, expires_s=now_s + CLAIM_LIFETIME_S
    )
    mine_or_over = or_(
        claims.c.terminal == statement.excluded.terminal, claims.c.expires_s <= now_s
    )
    row = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["voucher"],
            set_={
                "terminal": statement.excluded.terminal,
                "expires_s": statement.excluded.expires_s,
            },
            where=mine_or_over,
        ).returning(claims.c.terminal)
    ).one_or_none()
    return row is not None
