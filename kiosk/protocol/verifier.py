"""Text → verified code: the offline half of the check order, up to the issuer's signature.

length → charset → prefix → strict CBOR → alg and kid → issuer signature → holder signature (V3) →
claims. What follows (store, time, status, policy) is :mod:`kiosk.domain.verification`.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.clock import Instant
from kiosk.domain.explanation import Explained
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

    def verify(
        self, text: str, now: Instant, trace: list[Explained] | None = None
    ) -> PickupCode | Verdict:
        """The code whose signatures hold, or the refusal. Never raises on any text.

        ``trace`` is given each step as it went, for an explanation.
        """
        steps = _Steps(trace)
        try:
            unverified = parse_text(text)
        except CodeError as error:
            verdict = Verdict(VerdictKind.MALFORMED, str(error))
            return steps.refused("form", lambda: {"characters": len(text)}, verdict)
        steps.passed("form", lambda: _form(text, unverified))
        keys = self._acceptable(unverified, now)
        if isinstance(keys, Verdict):
            return steps.refused("key", lambda: self._key(unverified, now), keys)
        steps.passed("key", lambda: self._key(unverified, now))
        if not any(cose.verifies(unverified.message, key.key) for key in keys):
            verdict = Verdict(VerdictKind.BAD_SIGNATURE, "issuer_signature")
            return steps.refused("issuer signature", lambda: {"keys tried": len(keys)}, verdict)
        steps.passed("issuer signature", lambda: {"keys tried": len(keys)})
        try:
            claims = open_claims(unverified)
            if not holder_signed(unverified, claims):
                verdict = Verdict(VerdictKind.BAD_SIGNATURE, "holder_signature")
                return steps.refused("holder signature", lambda: _holder(unverified), verdict)
            if unverified.showing is not None:
                steps.passed("holder signature", lambda: _holder(unverified))
            code = pickup_code(unverified, claims)
        except CodeError as error:
            return steps.refused("claims", dict, Verdict(VerdictKind.MALFORMED, str(error)))
        steps.passed("claims", lambda: {"voucher": code.voucher, "items": len(code.items)})
        return code

    def _key(self, code: UnverifiedCode, now: Instant) -> dict[str, object]:
        key_set = self._key_set()
        return {
            "key": code.message.key_id,
            "algorithm": code.message.algorithm,
            "tier": f"V{int(code.tier)}",
            "now": now.unix_s,
            "key set": key_set.version if key_set else None,
            "keys of this id": len(key_set.find(code.message.key_id, CODES)) if key_set else 0,
        }

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


def _form(text: str, code: UnverifiedCode) -> dict[str, object]:
    return {
        "characters": len(text),
        "tier": f"V{int(code.tier)}",
        "bytes": len(code.presented),
    }


def _holder(code: UnverifiedCode) -> dict[str, object]:
    showing = code.showing
    if showing is None:
        return {}
    return {"phone's key": showing.message.key_id, "algorithm": showing.message.algorithm}


class _Steps:
    """Tells a trace, if there is one; the inputs are put together only then."""

    def __init__(self, trace: list[Explained] | None) -> None:
        self._trace = trace

    def passed(self, check: str, inputs: Callable[[], dict[str, object]]) -> None:
        if self._trace is not None:
            self._trace.append(Explained(check, inputs(), None))

    def refused(
        self, check: str, inputs: Callable[[], dict[str, object]], verdict: Verdict
    ) -> Verdict:
        if self._trace is not None:
            self._trace.append(Explained(check, inputs(), verdict))
        return verdict


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
