"""Adopting vouchers that central does not know: the issuer's signature is what counts."""

from __future__ import annotations

from kiosk.central.reception import Received
from kiosk.central.vouchers import Voucher
from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol import cose
from kiosk.protocol.cbor import CborError
from kiosk.protocol.codes import CodeError, UnverifiedCode, read_claims
from kiosk.protocol.cose import Algorithm, CoseError, Sign1
from kiosk.protocol.keyset import CODES, KeySet


def adopt(received: Received, key_set: KeySet) -> Voucher | None:
    """The voucher proved by the code that a redemption kept as evidence, or None."""
    if received.entry is None or received.fact is None:
        return None
    code = _verified(received.fact.presented, received.entry.head.now.unix_s, key_set)
    if code is None or code.voucher != received.fact.voucher:
        return None
    return Voucher(
        voucher=code.voucher,
        stores=code.stores,
        items=code.items,
        expires_s=code.expires_at_s,
        value_class=code.options.value_class,
    )


def _verified(presented: bytes, at_s: int, key_set: KeySet) -> PickupCode | None:
    try:
        message = cose.parse_sign1(presented)
        algorithm = Algorithm(message.algorithm)
    except (CborError, CoseError, ValueError):
        return None
    for trusted in key_set.find(message.key_id, CODES):
        if cose.algorithm_of(trusted.key) is not algorithm or not trusted.in_force(at_s):
            continue
        if cose.verifies(message, trusted.key):
            return _claims(message, presented)
    return None


def _claims(message: Sign1, presented: bytes) -> PickupCode | None:
    # The text's prefix was not kept with the evidence: the signed tier claim tells it.
    for tier in (Tier.V1, Tier.V2):
        try:
            return read_claims(UnverifiedCode(tier, message, presented))
        except CodeError:
            continue
    return None
