"""Text → verified code: the offline half of the check order, up to the issuer's signature.

length → charset → prefix → strict CBOR → alg and kid → issuer signature → holder signature (V3) →
claims. What follows (store, time, status, policy) is :mod:`kiosk.domain.verification`.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.clock import Instant
from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import PickupCode
from kiosk.protocol import cose
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.codes import (
    CodeError,
    UnverifiedCode,
    holder_key,
    open_claims,
    parse_text,
    pickup_code,
)
from kiosk.protocol.keyset import CODES, KeySet, TrustedKey

_ALGORITHMS = frozenset(int(algorithm) for algorithm in cose.Algorithm)


class CodeVerifier:
    """Verifies codes against the key set in force. Any thread; holds no state of its own."""

    def __init__(self, key_set: Callable[[], KeySet | None]) -> None:
        self._key_set = key_set

    def verify(self, text: str, now: Instant) -> PickupCode | Verdict:
        """The code whose issuer signature holds, or the refusal. Never raises on any text."""
        try:
            unverified = parse_text(text)
        except CodeError as error:
            return Verdict(VerdictKind.MALFORMED, str(error))
        keys = self._acceptable(unverified, now)
        if isinstance(keys, Verdict):
            return keys
        if not any(cose.verifies(unverified.message, key.key) for key in keys):
            return Verdict(VerdictKind.BAD_SIGNATURE, "issuer_signature")
        try:
            claims = open_claims(unverified)
            if not holder_signed(unverified, claims):
                return Verdict(VerdictKind.BAD_SIGNATURE, "holder_signature")
            return pickup_code(unverified, claims)
        except CodeError as error:
            return Verdict(VerdictKind.MALFORMED, str(error))

    def _acceptable(self, code: UnverifiedCode, now: Instant) -> tuple[TrustedKey, ...] | Verdict:
        """The keys that may have signed this code, or the refusal saying why there is none."""
        key_set = self._key_set()
        if key_set is None:
            return Verdict(VerdictKind.UNKNOWN_KEY, "no_key_set")
        if now.unix_s >= key_set.expires_at_s:
            return Verdict(VerdictKind.UNKNOWN_KEY, "key_set_expired")
        if code.message.algorithm not in _ALGORITHMS:
            return Verdict(VerdictKind.UNKNOWN_KEY, "algorithm_not_accepted")
        keys = key_set.find(code.message.key_id, CODES)
        good = tuple(key for key in keys if not _objection(key, code, now))
        if good:
            return good
        # The reason is that of the key which came nearest to being accepted.
        objections = [_objection(key, code, now) for key in keys]
        reason = max(objections, key=_OBJECTIONS.index, default="key_id_unknown")
        return Verdict(VerdictKind.UNKNOWN_KEY, reason)


_OBJECTIONS = (
    "algorithm_not_of_this_key",
    "key_not_for_this_tier",
    "key_revoked",
    "key_not_in_force",
)
"""In the order in which they are looked for."""


def _objection(key: TrustedKey, code: UnverifiedCode, now: Instant) -> str:
    """Why a key of the right id cannot have signed this code; empty when it can."""
    if cose.algorithm_of(key.key) != code.message.algorithm:
        return "algorithm_not_of_this_key"
    if code.tier not in key.tiers:
        return "key_not_for_this_tier"
    if key.revoked:
        return "key_revoked"
    return "" if key.in_force(now.unix_s) else "key_not_in_force"


def holder_signed(code: UnverifiedCode, claims: dict[CborKey, CborValue]) -> bool:
    """Whether the phone that the issuer named has signed this showing; True below V3.

    Raises CodeError when the claims name no phone.
    """
    if code.showing is None:
        return True
    message, key = code.showing.message, holder_key(claims)
    return (
        message.algorithm == cose.algorithm_of(key)
        and message.key_id == cose.key_id_of(key)
        and cose.verifies(message, key)
    )
