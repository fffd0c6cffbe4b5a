"""The fuzzer's target for codes: text → verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache

import base45

from kiosk.domain.policy import Policy
from kiosk.domain.verdicts import Verdict
from kiosk.domain.verification import Situation, judge
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborError, CborKey, CborValue
from kiosk.protocol.codes import unverified_voucher
from tests.data.vectors import make, shop
from tests.data.vectors.shop import NOW_S, PHONE, STORE, header, signed, text_of
from tests.nightly.fuzz_ground import (
    HEADER,
    KEY,
    NOW,
    POOL,
    VERIFIER,
    Wrong,
    parts_of,
    trusted_keys,
)
from tests.protocol.reference import accepted_voucher


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _as_claims(tier: int, data: bytes) -> str:
    body = signed(data, KEY, HEADER)
    return text_of(tier, shop.shown(body) if tier == 3 else body)


def _as_showing(data: bytes) -> str:
    return text_of(3, signed(data, PHONE, header(-19, PHONE.own_id)))


@cache
def _good_payload(tier: int) -> bytes:
    claims = shop.claims_of("fuzz", tier, {8: shop.named_phone(PHONE)} if tier == 3 else {})
    return cbor.encode(claims)


def _as_header(data: bytes) -> str:
    return text_of(1, signed(_good_payload(1), KEY, data))


def _as_unprotected(data: bytes) -> str:
    return text_of(1, signed(_good_payload(1), KEY, HEADER, unprotected=data))


def _as_holder(data: bytes) -> str:
    """The phone's key in good claims."""
    claims = shop.claims_of("fuzz", 3, {8: b"here"})
    raw = cbor.encode(claims).replace(b"\x08\x44here", b"\x08\xa1\x01" + data)
    return text_of(3, shop.shown(signed(raw, KEY, HEADER)))


_LABELS: tuple[CborKey, ...] = (2, 3, 4, 5, 6, 8, -65537, -65538, -65539, 65535, 1, "x")


def _as_choices(data: bytes) -> str:
    """Good claims and a good showing with parts exchanged: a label and a value each."""
    tier = 1 + data[0] % 3 if data else 1
    claims = dict(shop.claims_of("fuzz", tier, {8: shop.named_phone(PHONE)} if tier == 3 else {}))
    shown: dict[CborKey, CborValue] = {2: NOW_S - 5}
    for label, value in zip(data[1::2], data[2::2], strict=False):
        part, at = divmod(label, 16)
        into, labels = (shown, (2, 3, 4, 5)) if part % 4 == 3 else (claims, _LABELS)
        into[labels[at % len(labels)]] = POOL[value % len(POOL)]
        if part == 14:
            claims.pop(_LABELS[at % len(_LABELS)], None)
    body = signed(cbor.encode(claims), KEY, HEADER)
    at_s = shown.pop(2)
    return text_of(tier, shop.shown(body, at_s=at_s, more=shown) if tier == 3 else body)


CODE_MODES: tuple[Callable[[bytes], str], ...] = (
    _as_text,
    lambda data: text_of(1, data),
    lambda data: text_of(2, data),
    lambda data: text_of(3, data),
    lambda data: _as_claims(1, data),
    lambda data: _as_claims(2, data),
    lambda data: _as_claims(3, data),
    _as_showing,
    _as_header,
    _as_unprotected,
    _as_holder,
    _as_choices,
)


def code(data: bytes) -> str:
    """One text → the verdict's word. What is accepted, a second reader accepts too."""
    mode = data[0] % len(CODE_MODES) if data else 0
    text = CODE_MODES[mode](data[1:])
    claimed = unverified_voucher(text)
    found = VERIFIER.verify(text, NOW)
    if isinstance(found, Verdict):
        return found.kind.value
    if claimed != found.voucher:
        raise Wrong(f"claimed and verified vouchers differ: {text!r}")
    refusal = judge(found, Situation(STORE, NOW, Policy(max_status_age_s=0)))
    if refusal is not None:
        return refusal.kind.value
    if accepted_voucher(text, trusted_keys().keys, STORE, NOW_S) != found.voucher:
        raise Wrong(f"falsely accepted: {text!r}")
    return "accepted"


def seeds() -> Iterator[bytes]:
    for tier in range(3):
        yield bytes([len(CODE_MODES) - 1, tier])
        for label in range(len(_LABELS)):
            yield bytes([len(CODE_MODES) - 1, tier, label, 20])
    for name in make.FILES:
        for case in json.loads((make.FOLDER / f"{name}.json").read_bytes())["cases"]:
            text = case["text"]
            if len(text) > 2000:
                continue
            yield b"\0" + text.encode()
            yield from _inner_seeds(text)


def _inner_seeds(text: str) -> Iterator[bytes]:
    if text[:4] not in {"TH1:", "TH2:", "TH3:"}:
        return
    tier = int(text[2])
    try:
        body = base45.b45decode(text[4:])
    except ValueError:
        return
    yield bytes([tier]) + body
    parts = parts_of(body)
    if parts is None:
        return
    yield bytes([8]) + parts[0]
    yield bytes([7 if tier == 3 else 3 + tier]) + parts[2]
    if tier == 3:
        try:
            shown = cbor.decode(parts[2])
        except CborError:
            return
        inner = parts_of(shown.get(1)) if isinstance(shown, dict) else None
        if inner is not None:
            yield bytes([6]) + inner[2]
