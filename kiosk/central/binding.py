"""Binding a voucher to a phone's key (V3): once, for good, and renewed by the same key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import update

from kiosk.central.database import Transaction
from kiosk.central.home import CentralKeys
from kiosk.central.tables import vouchers
from kiosk.central.vouchers import (
    over_for_phones,
    row_for_wallet,
    unsigned_code,
    voucher_from_row,
)
from kiosk.domain.vouchers import MAX_V3_BINDING_S, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import HOLDER_ALGORITHMS, encode_bound
from kiosk.protocol.cose import CoseError, PublicKey
from kiosk.protocol.messages import BindingRequest

RENEW_IN_S = 4 * 3600

BindingRefusal = Literal[
    "voucher_unknown",
    "voucher_expired",
    "voucher_withdrawn",
    "holder_key_invalid",
    "bound_to_another_phone",
]


@dataclass(frozen=True, slots=True)
class Binding:
    """The issuer's word that a key holds a voucher."""

    inner: bytes
    issued_s: int
    expires_s: int


def bind(
    transaction: Transaction, keys: CentralKeys, request: BindingRequest, now_s: int
) -> Binding | BindingRefusal:
    """Bind the key, or renew its binding; the reason word when it may not be.

    The first key wins, also of two that come at the same moment. A wrong wallet token is answered
    like an unknown voucher.
    """
    connection = transaction.connection
    holder = _holder_key(request.holder_key)
    row = row_for_wallet(connection, request.voucher, request.wallet_token, lock=True)
    if row is None:
        return "voucher_unknown"
    if holder is None:
        return "holder_key_invalid"
    if over := over_for_phones(row, now_s):
        return over
    if row.holder_key is None:
        connection.execute(
            update(vouchers)
            .where(vouchers.c.id == row.id)
            .values(holder_key=request.holder_key, bound_s=now_s)
        )
    elif row.holder_key != request.holder_key:
        return "bound_to_another_phone"
    voucher = voucher_from_row(row)
    code = unsigned_code(voucher, Tier.V3, keys, now_s)
    inner = encode_bound(code, keys.codes[voucher.algorithm].key, holder)
    return Binding(inner, now_s, min(voucher.expires_s, now_s + MAX_V3_BINDING_S))


def _holder_key(raw: bytes) -> PublicKey | None:
    """The key in a COSE_Key's bytes; None unless they are the only ones that this key has."""
    try:
        key = cose.public_key_from(cbor.decode(raw))
    except (cbor.CborError, CoseError):
        return None
    usable = cose.algorithm_of(key) in HOLDER_ALGORITHMS
    return key if usable and cbor.encode(cose.public_key_map(key)) == raw else None
