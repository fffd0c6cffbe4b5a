"""What a redemption kept as evidence: the issuer's signature, or a serial that central gave out.

A terminal's word alone ends no voucher anywhere but in its own store. A code that the issuer
signed does, and it makes a voucher known that central did not know. So does the serial of a
voucher that central knows, at a terminal of a store that it is for.
"""

from __future__ import annotations

from kiosk.central.judging import KnownVoucher
from kiosk.central.reception import Received
from kiosk.central.vouchers import MAX_LINES, Voucher
from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol import cose
from kiosk.protocol.codes import (
    CodeError,
    UnverifiedCode,
    open_claims,
    parse_presented,
    pickup_code,
)
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import CODES, KeySet
from kiosk.protocol.verifier import holder_signed


def proof_of(received: Received, key_set: KeySet) -> PickupCode | None:
    """The signed code of the redemption's own voucher, or None. Costs a signature check."""
    if received.entry is None or received.fact is None:
        return None
    fact, at_s = received.fact, received.entry.head.now.unix_s
    code = _verified(fact.presented, fact.tier, at_s, key_set)
    return code if code is not None and code.voucher == received.fact.voucher else None


def proved_by_serial(received: Received, voucher: KnownVoucher | None) -> bool:
    """Whether a redemption (V0) kept the serial of its own voucher, which is for its store."""
    if received.entry is None or received.fact is None or voucher is None:
        return False
    return (
        received.fact.tier == Tier.V0
        and voucher.serial is not None
        and received.fact.presented == voucher.serial.encode()
        and voucher.is_for(received.entry.head.store)
    )


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


def _verified(presented: bytes, tier: int, at_s: int, key_set: KeySet) -> PickupCode | None:
    try:
        code = parse_presented(presented, Tier(tier))
        algorithm = Algorithm(code.message.algorithm)
    except ValueError:
        return None  # bytes that are no code of this tier, or an algorithm that nobody has
    for trusted in key_set.find(code.message.key_id, CODES):
        if cose.algorithm_of(trusted.key) is not algorithm or not trusted.in_force(at_s):
            continue
        if cose.verifies(code.message, trusted.key):
            return _claims(code)
    return None


def _claims(code: UnverifiedCode) -> PickupCode | None:
    try:
        claims = open_claims(code)
        return pickup_code(code, claims) if holder_signed(code, claims) else None
    except CodeError:
        return None
