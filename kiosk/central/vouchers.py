"""Vouchers: creating, adopting, withdrawing them, and the code texts that phones show."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from kiosk.central.database import Transaction, upsert
from kiosk.central.facts import items_of, lines_of, read_lines, read_names, to_text
from kiosk.central.feed_log import COMMON, ChangeKind, FeedChange, publish
from kiosk.central.keys import CentralKeys
from kiosk.central.status import STATUS_LIST, give_indexes, set_bits
from kiosk.central.tables import vouchers
from kiosk.domain.serials import new_serial, read_serial
from kiosk.domain.vouchers import (
    MAX_V1_LIFETIME_S,
    VOUCHER_ID_BYTES,
    CodeOptions,
    Item,
    PickupCode,
    Tier,
    VoucherState,
)
from kiosk.protocol.codes import encode_code
from kiosk.protocol.cose import Algorithm

V2_REFRESH_S = 30
MAX_LINES = 200
"""Item lines of a voucher or a redemption: far more than a code has room for."""
MAX_NOTE_CHARS = 500
MAX_NUMBER_CHARS = 64
"""Of an order number, a pickup number, a masked phone number."""
_INSERT_CHUNK = 1000

CodeRefusal = Literal["voucher_unknown", "voucher_expired", "voucher_withdrawn", "tier_not_allowed"]


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher as central issues it."""

    voucher: bytes
    stores: tuple[str, ...] | None
    """None: any store."""
    items: tuple[Item, ...]
    expires_s: int
    value_class: int = 0
    algorithm: Algorithm = Algorithm.ED25519
    order_no: str = ""
    phone_masked: str = ""
    note: str = ""
    pickup_no: str = ""
    wallet_token: str = ""
    """What its holder's phone proves itself with; only its hash is stored. Empty: no phone."""
    tier: Tier = Tier.V1
    """The tier it was issued at; its phone gets no code of a lower one."""
    not_before_s: int = 0
    """Nothing is handed over earlier; 0: from the beginning."""
    holder: bytes | None = None
    """The customer's pseudonym, 8 bytes."""
    serial: str | None = None
    """What is typed in place of a scan (V0), with its password."""
    password_hash: str = ""
    status_index: int | None = None
    """Its place in status list 0."""

    def __post_init__(self) -> None:
        """Raises ValueError on what terminals should not have to carry."""
        if len(self.items) > MAX_LINES:
            raise ValueError(f"a voucher has at most {MAX_LINES} item lines")
        if self.serial is not None and read_serial(self.serial) != self.serial:
            raise ValueError("a serial has 12 digits, the last of them its check digit")
        if len(self.note) > MAX_NOTE_CHARS:
            raise ValueError(f"a note has at most {MAX_NOTE_CHARS} characters")
        if max(map(len, (self.order_no, self.pickup_no, self.phone_masked))) > MAX_NUMBER_CHARS:
            raise ValueError(
                f"order, pickup and phone numbers have at most {MAX_NUMBER_CHARS} characters"
            )


def draft_voucher(
    stores: tuple[str, ...] | None, items: tuple[Item, ...], expires_s: int
) -> Voucher:
    """A voucher with a new id and wallet token."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()
    return Voucher(
        secrets.token_bytes(VOUCHER_ID_BYTES), stores, items, expires_s, wallet_token=token
    )


def create_vouchers(
    transaction: Transaction, created: Sequence[Voucher], now_s: int
) -> list[Voucher]:
    """Store vouchers and publish them; each with its place in the status list, as returned."""
    connection = transaction.connection
    first, grown = give_indexes(connection, len(created), now_s)
    listed = [
        replace(voucher, status_index=first + number) for number, voucher in enumerate(created)
    ]
    insert_vouchers(connection, listed, now_s)
    publish(
        transaction,
        [
            *grown,
            *(
                FeedChange(feed, ChangeKind.VOUCHER, voucher.voucher)
                for voucher in listed
                for feed in feeds_of(voucher.stores)
            ),
        ],
    )
    return listed


def insert_vouchers(connection: Connection, created: Sequence[Voucher], now_s: int) -> None:
    """Store vouchers unpublished; ids that exist already stay as they are.

    Raises IntegrityError when a serial is in use: a voucher must not silently stay out for it.
    """
    rows = [
        {
            "id": voucher.voucher,
            "version": 1,
            "state": VoucherState.ACTIVE.value,
            "state_since_s": now_s,
            "expires_s": voucher.expires_s,
            "lines": to_text(lines_of(voucher.items)),
            "stores": to_text(list(feeds_of(voucher.stores))),
            "value_class": voucher.value_class,
            "algorithm": int(voucher.algorithm),
            "tier": int(voucher.tier),
            "wallet_hash": _hash(voucher.wallet_token) if voucher.wallet_token else None,
            "order_no": voucher.order_no,
            "phone_masked": voucher.phone_masked,
            "note": voucher.note,
            "pickup_no": voucher.pickup_no,
            "created_s": now_s,
            "not_before_s": voucher.not_before_s,
            "holder": voucher.holder,
            "serial": voucher.serial,
            "password_hash": voucher.password_hash,
            "status_index": voucher.status_index,
        }
        for voucher in sorted(created, key=lambda one: one.voucher)
    ]
    for start in range(0, len(rows), _INSERT_CHUNK):
        connection.execute(
            upsert(connection.dialect.name, vouchers).on_conflict_do_nothing(index_elements=["id"]),
            rows[start : start + _INSERT_CHUNK],
        )


def feeds_of(stores: tuple[str, ...] | None) -> tuple[str, ...]:
    """The feeds that carry a voucher."""
    return (COMMON,) if stores is None else stores


def free_serials(connection: Connection, count: int) -> list[str]:
    """New serials that no voucher has."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = {new_serial() for _ in range(count - len(found))}
        used = connection.scalars(select(vouchers.c.serial).where(vouchers.c.serial.in_(drawn)))
        found |= dict.fromkeys(drawn.difference(used))
    return list(found)


def withdraw(
    transaction: Transaction,
    voucher: bytes,
    state: VoucherState,
    now_s: int,
) -> bool:
    """Set a voucher to revoked or refunded; False when it is unknown.

    Its bit in the status list is set in the same transaction. Doing it again changes nothing.
    """
    connection = transaction.connection
    row = connection.execute(
        select(vouchers).where(vouchers.c.id == voucher).with_for_update()
    ).one_or_none()
    if row is None:
        return False
    if row.state == state:
        return True
    connection.execute(
        update(vouchers)
        .where(vouchers.c.id == voucher)
        .values(state=state.value, state_since_s=now_s, version=row.version + 1)
    )
    listed = [] if row.status_index is None else [row.status_index]
    hints = set_bits(connection, listed, now_s, revoked=True)
    feeds = read_names(row.stores)
    publish(
        transaction, [*hints, *(FeedChange(feed, ChangeKind.VOUCHER, voucher) for feed in feeds)]
    )
    return True


def code_text(voucher: Voucher, tier: Tier, keys: CentralKeys, now_s: int) -> str:
    """A code for a voucher, signed now: V1 lives at most 48 h, V2 is judged by its age."""
    code = unsigned_code(voucher, tier, keys, now_s)
    return encode_code(code, keys.codes[voucher.algorithm].key)


def unsigned_code(voucher: Voucher, tier: Tier, keys: CentralKeys, now_s: int) -> PickupCode:
    """What the issuer signs for a voucher now."""
    expires_s = voucher.expires_s
    if tier is Tier.V1:
        expires_s = min(expires_s, now_s + MAX_V1_LIFETIME_S)
    return PickupCode(
        voucher=voucher.voucher,
        tier=tier,
        stores=voucher.stores,
        issued_at_s=now_s,
        expires_at_s=expires_s,
        not_before_s=voucher.not_before_s or None,
        items=voucher.items,
        key_id=keys.codes[voucher.algorithm].key_id,
        presented=b"",
        options=CodeOptions(value_class=voucher.value_class, holder=voucher.holder),
        status=None if voucher.status_index is None else (STATUS_LIST, voucher.status_index),
    )


def row_for_wallet(
    connection: Connection, voucher: bytes, token: str, *, lock: bool = False
) -> Row[Any] | None:
    """A voucher's row for whoever proves to hold its wallet token; None for everybody else.

    ``lock``: nobody else changes it until this transaction ends.
    """
    query = select(vouchers).where(vouchers.c.id == voucher)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    known = row.wallet_hash if row is not None and row.wallet_hash is not None else bytes(32)
    return row if hmac.compare_digest(known, _hash(token)) else None


def over_for_phones(
    row: Row[Any], now_s: int
) -> Literal["voucher_expired", "voucher_withdrawn"] | None:
    """Why its phone gets nothing to show any more, or None."""
    if row.expires_s <= now_s:
        return "voucher_expired"
    return None if row.state == VoucherState.ACTIVE else "voucher_withdrawn"


def fresh_code(
    connection: Connection, keys: CentralKeys, request: tuple[bytes, str, Tier], now_s: int
) -> str | CodeRefusal:
    """A fresh code for ``(voucher, wallet token, tier)``, or why not.

    A wrong token is answered like an unknown voucher, so that ids cannot be tried out.
    """
    voucher, token, tier = request
    row = row_for_wallet(connection, voucher, token)
    if row is None:
        return "voucher_unknown"
    if over := over_for_phones(row, now_s):
        return over
    if tier < row.tier:
        return "tier_not_allowed"
    return code_text(voucher_from_row(row), tier, keys, now_s)


def voucher_from_row(row: Row[Any]) -> Voucher:
    """What its codes are made of."""
    stores = tuple(read_names(row.stores))
    return Voucher(
        voucher=row.id,
        stores=None if stores == (COMMON,) else stores,
        items=items_of(read_lines(row.lines)),
        expires_s=row.expires_s,
        value_class=row.value_class,
        algorithm=Algorithm(row.algorithm),
        tier=Tier(row.tier),
        not_before_s=row.not_before_s,
        holder=row.holder,
        serial=row.serial,
        password_hash=row.password_hash,
        status_index=row.status_index,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
