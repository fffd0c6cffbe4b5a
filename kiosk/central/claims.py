"""Claims: of several connected counters only one hands a voucher over at a time."""

from __future__ import annotations

from sqlalchemy import Connection, delete, or_, select

from kiosk.central.database import Transaction, upsert
from kiosk.central.facts import redemptions_of
from kiosk.central.tables import claims, vouchers
from kiosk.central.tokens import Bearer
from kiosk.domain.vouchers import VoucherState
from kiosk.protocol.messages import ClaimReply

CLAIM_LIFETIME_S = 180


def release(transaction: Transaction, bearer: Bearer, voucher: bytes) -> ClaimReply:
    """Give a claim back; one that is not held is fine too."""
    transaction.connection.execute(
        delete(claims).where(claims.c.voucher == voucher, claims.c.terminal == bearer.terminal)
    )
    return ClaimReply("released")


def claim(transaction: Transaction, bearer: Bearer, voucher: bytes, now_s: int) -> ClaimReply:
    """Take or renew a claim, and tell all that central knows better of the voucher."""
    connection = transaction.connection
    state = connection.scalar(select(vouchers.c.state).where(vouchers.c.id == voucher))
    known = state is not None
    if state in {VoucherState.REVOKED, VoucherState.REFUNDED}:
        withdrawn = "revoked" if state == VoucherState.REVOKED else "refunded"
        return ClaimReply(withdrawn, redemptions_of(connection, [voucher]))  # type: ignore[arg-type]
    if state == VoucherState.HELD:
        return ClaimReply("held", redemptions_of(connection, [voucher]))
    taken = _take(connection, bearer, voucher, now_s)
    # Read after the claim's row is ours: whoever held it before has committed its redemption.
    redeemed = redemptions_of(connection, [voucher])
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
