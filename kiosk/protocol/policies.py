"""The policy as a signed document: unknown fields are ignored, missing ones keep defaults."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.policy import Policy, StockCheck
from kiosk.domain.vouchers import CODE_TIERS, VOUCHER_ID_BYTES, LocationCheck, Tier
from kiosk.protocol.cbor import CborKey, CborValue
from kiosk.protocol.codes import HOLDER_BYTES
from kiosk.protocol.keyset import KeySet, open_with
from kiosk.protocol.signed import Document, DocumentError, read_document

KIND = "policy"
_SECONDS = ("window_s", "future_skew_s", "card_valid_s", "max_offline_s", "undo_within_s")
_COUNTS = ("offline_v1_max_value_class", "pin_max_failures", "pin_lock_s", "staff_idle_s")
_MORE_COUNTS = (
    "offline_v0_max_value_class", "max_key_set_age_s", "max_status_age_s",
    "challenge_value_class", "challenge_valid_s", "holder_max_redemptions", "holder_window_s",
    "settle_two_persons_from_class",
)  # fmt: skip
"""Came later: written only where they differ from the default, as all below."""
_SWITCHES = ("offline_v0", "supervisor_override")
_LISTS = {"blocked_vouchers": VOUCHER_ID_BYTES, "blocked_holders": HOLDER_BYTES}
"""Lists of identifiers, and how many bytes each has."""


def policy_document(policy: Policy, issued_at_s: int, expires_at_s: int) -> Document:
    """The document that central signs."""
    body: dict[CborKey, CborValue] = {
        **{name: int(getattr(policy, name)) for name in (*_SECONDS, *_COUNTS)},
        "claim_wait_ms": round(policy.claim_wait_s * 1000),
        "offline_tiers": [int(tier) for tier in sorted(policy.offline_tiers)],
        "stock_check": policy.stock_check.value,
        **_differing(policy),
    }
    return Document(KIND, policy.version, issued_at_s, expires_at_s, body)


def _differing(policy: Policy) -> dict[CborKey, CborValue]:
    usual = Policy()
    values: dict[str, CborValue] = {
        **{name: int(getattr(policy, name)) for name in _MORE_COUNTS},
        **{name: bool(getattr(policy, name)) for name in _SWITCHES},
        **{name: list[CborValue](sorted(getattr(policy, name))) for name in _LISTS},
        "location_check": policy.location_check.name.lower(),
    }
    names = (name for name in values if getattr(policy, name) != getattr(usual, name))
    return {name: values[name] for name in names}


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
    limits = {n: _uint(body[n], n) for n in (*_SECONDS, *_COUNTS, *_MORE_COUNTS) if n in body}
    policy = replace(policy, **limits)  # type: ignore[arg-type]  # names are int fields
    switches = {n: _switch(body[n], n) for n in _SWITCHES if n in body}
    policy = replace(policy, **switches)  # type: ignore[arg-type]  # names are bool fields
    lists = {n: _identifiers(body[n], n) for n in _LISTS if n in body}
    policy = replace(policy, **lists)  # type: ignore[arg-type]  # names are fields of such sets
    if "location_check" in body:
        policy = replace(policy, location_check=_location_check(body["location_check"]))
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


def _switch(value: CborValue, name: str) -> bool:
    if not isinstance(value, bool):
        raise DocumentError(f"policy_{name}")
    return value


def _identifiers(value: CborValue, name: str) -> frozenset[bytes]:
    size = _LISTS[name]
    if not isinstance(value, list):
        raise DocumentError(f"policy_{name}")
    found = frozenset(one for one in value if isinstance(one, bytes) and len(one) == size)
    if len(found) != len(value):
        raise DocumentError(f"policy_{name}")
    return found


def _location_check(value: CborValue) -> LocationCheck:
    names = {check.name.lower(): check for check in LocationCheck}
    if not isinstance(value, str) or value not in names:
        raise DocumentError("policy_location_check")
    return names[value]


def _tiers(value: CborValue) -> frozenset[Tier]:
    if not isinstance(value, list):
        raise DocumentError("policy_offline_tiers")
    numbers = [tier for tier in value if isinstance(tier, int) and not isinstance(tier, bool)]
    if len(numbers) != len(value) or not CODE_TIERS.issuperset(numbers):
        raise DocumentError("policy_offline_tiers")
    return frozenset(Tier(number) for number in numbers)
