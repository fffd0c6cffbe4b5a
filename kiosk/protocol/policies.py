"""The policy as a signed document: unknown fields are ignored, missing ones keep defaults."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.vouchers import Tier
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.keyset import KeySet, open_with
from kiosk.protocol.signed import Document, DocumentError, read_document

KIND = "policy"
_SECONDS = ("window_s", "future_skew_s", "card_valid_s", "max_offline_s", "undo_within_s")
_COUNTS = ("offline_v1_max_value_class", "pin_max_failures", "pin_lock_s", "staff_idle_s")


def policy_document(policy: Policy, issued_at_s: int, expires_at_s: int) -> Document:
    """The document that central signs."""
    body: dict[CborKey, CborValue] = {
        **{name: int(getattr(policy, name)) for name in (*_SECONDS, *_COUNTS)},
        "claim_wait_ms": round(policy.claim_wait_s * 1000),
        "offline_tiers": [int(tier) for tier in sorted(policy.offline_tiers)],
        "stock_check": policy.stock_check.value,
    }
    return Document(KIND, policy.version, issued_at_s, expires_at_s, body)


def open_policy(data: bytes, key_set: KeySet, at_s: int | None) -> Policy:
    """Verify and read a policy; raises DocumentError naming the field that is wrong."""
    return _policy(open_with(data, KIND, key_set, at_s))


def read_policy(data: bytes) -> Policy:
    """Read a policy that was verified when it was taken; raises DocumentError."""
    return _policy(read_document(data, KIND))


def _policy(document: Document) -> Policy:
    if not isinstance(document.body, dict):
        raise DocumentError("policy_body")
    body, policy = document.body, Policy(version=document.version)
    limits = {n: _uint(body[n], n) for n in (*_SECONDS, *_COUNTS) if n in body}
    policy = replace(policy, **limits)  # type: ignore[arg-type]  # names are int fields
    if "claim_wait_ms" in body:
        wait_s = _uint(body["claim_wait_ms"], "claim_wait_ms") / 1000
        policy = replace(policy, claim_wait_s=wait_s)
    if "offline_tiers" in body:
        policy = replace(policy, offline_tiers=_tiers(body["offline_tiers"]))
    if "stock_check" in body:
        try:
            policy = replace(policy, stock_check=StockCheck(str(body["stock_check"])))
        except ValueError:
            raise DocumentError("policy_stock_check") from None
    return policy


def _uint(value: CborValue, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise DocumentError(f"policy_{name}")
    return value


def _tiers(value: CborValue) -> frozenset[Tier]:
    if not isinstance(value, list) or not all(tier in {1, 2, 3} for tier in value):
        raise DocumentError("policy_offline_tiers")
    return frozenset(Tier(int(str(tier))) for tier in value)
