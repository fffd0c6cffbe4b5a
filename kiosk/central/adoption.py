"""What a redemption kept as evidence: the issuer's signature is what counts.

A terminal's word alone ends no voucher anywhere but in its own store. A code that the issuer
signed does, and it makes a voucher known that central did not know.
"""

from __future__ import annotations

from kiosk.central.reception import Received
from kiosk.central.vouchers import MAX_LINES, Voucher
from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol import cose
from kiosk.protocol.cbor import CborError
from kiosk.protocol.codes import CodeError, UnverifiedCode, read_claims
from kiosk.protocol.cose import Algorithm, CoseError, Sign1
from kiosk.protocol.keyset import CODES, KeySet


def proof_of(received: Received, key_set: KeySet) -> PickupCode | None:
    """The signed code of the redemption's own voucher, or None. Costs a signature check."""
    if received.entry is None or received.fact is None:
        return None
    code = _verified(received.fact.presented, received.entry.head.now.unix_s, key_set)
    return code if code is not None and code.voucher == received.fact.voucher else None


def adopted(code: PickupCode) -> Voucher | None:
    """The voucher that a signed code proves; None when it is more than central stores."""
    if len(code.items) > MAX_LINES:
        return None
    return Voucher(
        voucher=code.voucher,
        stores=code.stores,
        items=code.items,
        expires_s=code.expires_at_s,
        value_class=code.options.value_class,
        tier=code.tier,
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
