"""Issuing vouchers from the command line: many at once, with their code texts."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from kiosk.central.database import Transaction
from kiosk.central.services import Services
from kiosk.central.shops import add_products, missing_products
from kiosk.central.vouchers import (
    Voucher,
    code_text,
    create_vouchers,
    draft_voucher,
    free_serials,
)
from kiosk.domain.orders import Product
from kiosk.domain.serials import hash_password, new_password
from kiosk.domain.vouchers import Item, Tier
from kiosk.protocol.codes import MAX_QUANTITY
from kiosk.protocol.cose import Algorithm

ALGORITHMS = {
    "ed25519": Algorithm.ED25519,
    "esp256": Algorithm.ESP256,
    "ps256": Algorithm.PS256,
}
_CHUNK = 2000
_SERIALS_CHUNK = 100
"""Hashing a password takes its time on purpose: fewer at once, so that the first come soon."""


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """What to issue."""

    stores: tuple[str, ...] | None
    """None: any store."""
    items: tuple[Item, ...]
    tier: Tier = Tier.V1
    count: int = 1
    algorithm: Algorithm = Algorithm.ED25519
    expires_in_s: int = 7 * 86_400
    value_class: int = 0
    phone: str = ""
    """The customer's number; only its masked form is kept."""
    note: str = ""
    serials: bool = False
    """Whether each voucher may also be typed: it gets a serial and a password."""

    def __post_init__(self) -> None:
        """Raises ValueError when no voucher can be made of it: before any is stored."""
        _draft(self, now_s=0)


@dataclass(frozen=True, slots=True)
class Issued:
    """One voucher and its code."""

    voucher: Voucher
    text: str
    """Empty for V3: such a code can only be made by the phone that holds the voucher."""
    password: str = field(default="", repr=False)
    """Of the voucher's serial. Told here once: only its hash is stored."""


def issue(services: Services, order: IssueOrder) -> Iterator[Issued]:
    """Create vouchers, a transaction for every few thousand, and sign a code for each.

    A voucher is stored durably before its code is handed out. SKUs that the catalogue lacks
    are added to it under their own name.
    """
    left = order.count
    while left > 0:
        count = min(left, _SERIALS_CHUNK if order.serials else _CHUNK)
        drafts = [_draft(order, int(time.time())) for _ in range(count)]
        passwords = [new_password() if order.serials else "" for _ in drafts]
        if order.serials:
            drafts = _with_serials(services, drafts, passwords)
        stored = services.database.write(partial(_store, drafts=drafts))
        for voucher, password in zip(stored, passwords, strict=True):
            by_phone = order.tier is Tier.V3
            now_s = int(time.time())
            text = "" if by_phone else code_text(voucher, order.tier, services.keys, now_s)
            yield Issued(voucher, text, password)
        left -= count


def read_item(text: str) -> Item:
    """``SKU:QTY[:GROUP]``; raises ValueError saying what is wrong."""
    parts = text.split(":")
    if len(parts) not in {2, 3} or not all(part.isdecimal() for part in parts[1:]):
        raise ValueError(f"{text!r}: expected SKU:QTY or SKU:QTY:GROUP")
    sku, quantity = parts[0], int(parts[1])
    if not (0 < len(sku) <= 64 and sku.isprintable()):
        raise ValueError(f"{text!r}: a SKU has 1 to 64 printable characters")
    if not 1 <= quantity <= MAX_QUANTITY:
        raise ValueError(f"{text!r}: the quantity is 1 to {MAX_QUANTITY}")
    group = int(parts[2]) if len(parts) == 3 else None
    if group is not None and group >= 2**31:
        raise ValueError(f"{text!r}: the group is below {2**31}")
    return Item(sku, quantity, group)


def wallet_url(base_url: str, voucher: bytes, wallet_token: str) -> str:
    """The page's address for a voucher: whoever has it holds the voucher."""
    return f"{base_url.rstrip('/')}/wallet/{voucher.hex()}#{wallet_token}"


def masked(phone: str) -> str:
    """``138****1234``: enough to compare with what a customer says, useless to anybody else."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def made_up_order_no(now_s: int) -> str:
    """An order number as the mini-program's look."""
    day = time.strftime("%Y%m%d", time.gmtime(now_s))
    return f"{day}{secrets.randbelow(10**8):08}"


def _draft(order: IssueOrder, now_s: int) -> Voucher:
    return replace(
        draft_voucher(order.stores, order.items, now_s + order.expires_in_s),
        algorithm=order.algorithm,
        tier=order.tier,
        value_class=order.value_class,
        order_no=made_up_order_no(now_s),
        phone_masked=masked(order.phone),
        note=order.note,
    )


def _with_serials(
    services: Services, drafts: Sequence[Voucher], passwords: Sequence[str]
) -> list[Voucher]:
    with services.database.read() as connection:
        serials = free_serials(connection, len(drafts))
    return [
        replace(draft, serial=serial, password_hash=hash_password(password))
        for draft, serial, password in zip(drafts, serials, passwords, strict=True)
    ]


def _store(transaction: Transaction, drafts: Sequence[Voucher]) -> list[Voucher]:
    skus = {item.sku for voucher in drafts for item in voucher.items}
    missing = missing_products(transaction.connection, skus)
    stored = create_vouchers(transaction, drafts, int(time.time()))
    add_products(transaction, [Product(sku, sku, sku) for sku in missing])
    return stored
