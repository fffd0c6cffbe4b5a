"""Pickup codes: ``tier ":" base45(COSE_Sign1(CWT))`` (docs/protocol.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import base45

from kiosk.domain.vouchers import (
    ANY_STORE,
    VOUCHER_ID_BYTES,
    CodeOptions,
    Item,
    PickupCode,
    Tier,
)
from kiosk.protocol import cbor
from kiosk.protocol.cbor import CborError, CborKey, CborValue
from kiosk.protocol.cose import CoseError, PrivateKey, Sign1, parse_sign1, sign1

MAX_TEXT_CHARS = 1000
LATEST_S = 253_402_300_800
"""Year 10000: a date past it is a mistake or an attack."""
MAX_QUANTITY = 9999

SUB, AUD, EXP, NBF, IAT, CNF = 2, 3, 4, 5, 6, 8
ITEMS, TIER, OPTIONS, STATUS = -65537, -65538, -65539, 65535

_PREFIXES = {"TH1": Tier.V1, "TH2": Tier.V2, "TH3": Tier.V3}
_ALPHABET = re.compile(r"[0-9A-Z $%*+\-./:]+\Z")


class CodeError(ValueError):
    """A text that is no pickup code; ``str()`` is the reason word."""


@dataclass(frozen=True, slots=True)
class UnverifiedCode:
    """A text that has the form of a pickup code; nothing in it may be believed yet."""

    tier: Tier
    message: Sign1
    presented: bytes
    """The COSE bytes."""


def parse_text(text: str) -> UnverifiedCode:
    """Length, charset, prefix, strict CBOR, header. Raises CodeError with the reason."""
    if not text:
        raise CodeError("empty")
    if len(text) > MAX_TEXT_CHARS:
        raise CodeError("too_long")
    if not _ALPHABET.match(text):
        raise CodeError("charset")
    prefix, colon, body = text.partition(":")
    if not colon or prefix not in _PREFIXES:
        raise CodeError("prefix")
    try:
        presented = base45.b45decode(body)
    except ValueError:
        raise CodeError("base45") from None
    try:
        message = parse_sign1(presented)
    except (CborError, CoseError) as error:
        raise CodeError(str(error)) from None
    return UnverifiedCode(_PREFIXES[prefix], message, presented)


def read_claims(code: UnverifiedCode) -> PickupCode:
    """The claims of a code whose signature holds. Raises CodeError with the reason."""
    try:
        claims = cbor.decode(code.message.payload)
    except CborError as error:
        raise CodeError(str(error)) from None
    if not isinstance(claims, dict):
        raise CodeError("claims_not_map")
    if claims.get(TIER) != int(code.tier) or isinstance(claims.get(TIER), bool):
        raise CodeError("tier_mismatch")
    voucher = claims.get(SUB)
    if not (isinstance(voucher, bytes) and len(voucher) == VOUCHER_ID_BYTES):
        raise CodeError("claim_sub")
    status = claims.get(STATUS)
    return PickupCode(
        voucher=voucher,
        tier=code.tier,
        stores=_stores(claims.get(AUD)),
        issued_at_s=_seconds(claims, IAT, "claim_iat"),
        expires_at_s=_seconds(claims, EXP, "claim_exp"),
        not_before_s=_seconds(claims, NBF, "claim_nbf") if NBF in claims else None,
        items=_items(claims.get(ITEMS)),
        key_id=code.message.key_id,
        presented=code.presented,
        options=_options(claims.get(OPTIONS, {})),
        status=None if status is None else _status(status),
    )


def unverified_voucher(text: str) -> bytes | None:
    """The voucher id that a text claims, unverified; None when it is no pickup code.

    Only for telling one showing from the next before the camera. Never for a decision.
    """
    try:
        claims = cbor.decode(parse_text(text).message.payload)
    except (CodeError, CborError):
        return None
    voucher = claims.get(SUB) if isinstance(claims, dict) else None
    return voucher if isinstance(voucher, bytes) else None


def encode_code(code: PickupCode, key: PrivateKey) -> str:
    """Issue a code: the text that a phone shows. ``code.presented`` is not used."""
    claims: dict[CborKey, CborValue] = {
        SUB: code.voucher,
        AUD: _audience(code.stores),
        EXP: code.expires_at_s,
        IAT: code.issued_at_s,
        ITEMS: [_item_array(item) for item in code.items],
        TIER: int(code.tier),
    }
    if code.not_before_s is not None:
        claims[NBF] = code.not_before_s
    if code.status is not None:
        claims[STATUS] = list(code.status)
    options = _option_map(code.options)
    if options:
        claims[OPTIONS] = options
    body = sign1(cbor.encode(claims), key, code.key_id)
    return f"TH{int(code.tier)}:{base45.b45encode(body).decode()}"


def _audience(stores: tuple[str, ...] | None) -> CborValue:
    if stores is None:
        return ANY_STORE
    return stores[0] if len(stores) == 1 else list(stores)


def _item_array(item: Item) -> CborValue:
    base: list[CborValue] = [item.sku, item.quantity]
    return base if item.group is None else [*base, item.group]


def _option_map(options: CodeOptions) -> dict[CborKey, CborValue]:
    values: dict[CborKey, CborValue] = {
        1: options.value_class or None,
        2: options.window_s,
        3: options.location_policy or None,
        4: options.piece_trace or None,
        5: options.holder,
    }
    return {key: value for key, value in values.items() if value is not None}


def _uint(value: CborValue, low: int, high: int, reason: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CodeError(reason)
    return value


def _name(value: CborValue, reason: str) -> str:
    if not (isinstance(value, str) and 0 < len(value) <= 64 and value.isprintable()):
        raise CodeError(reason)
    return value


def _seconds(claims: dict[CborKey, CborValue], key: int, reason: str) -> int:
    return _uint(claims.get(key), 1, LATEST_S, reason)


def _stores(value: CborValue) -> tuple[str, ...] | None:
    if value == ANY_STORE:
        return None
    many = value if isinstance(value, list) else [value]
    stores = tuple(_name(store, "claim_aud") for store in many)
    if not stores or ANY_STORE in stores:
        raise CodeError("claim_aud")
    return stores


def _items(value: CborValue) -> tuple[Item, ...]:
    if not isinstance(value, list) or not value:
        raise CodeError("claim_items")
    items = tuple(_item(entry) for entry in value)
    if len({item.key for item in items}) != len(items):
        raise CodeError("claim_items_twice")
    return items


def _item(value: CborValue) -> Item:
    if not (isinstance(value, list) and len(value) in {2, 3}):
        raise CodeError("claim_items")
    group = _uint(value[2], 0, 2**31 - 1, "claim_items") if len(value) == 3 else None
    quantity = _uint(value[1], 1, MAX_QUANTITY, "claim_items")
    return Item(_name(value[0], "claim_items"), quantity, group)


def _options(value: CborValue) -> CodeOptions:
    if not isinstance(value, dict):
        raise CodeError("claim_options")
    trace, holder = value.get(4, False), value.get(5)
    if not isinstance(trace, bool):
        raise CodeError("claim_options")
    if holder is not None and not (isinstance(holder, bytes) and len(holder) == 8):
        raise CodeError("claim_options")
    return CodeOptions(
        value_class=_uint(value.get(1, 0), 0, 3, "claim_options"),
        window_s=_uint(value[2], 1, 86_400, "claim_options") if 2 in value else None,
        location_policy=_uint(value.get(3, 0), 0, 255, "claim_options"),
        piece_trace=trace,
        holder=holder,
    )


def _status(value: CborValue) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2):
        raise CodeError("claim_status")
    limit = 2**32 - 1
    return _uint(value[0], 0, limit, "claim_status"), _uint(value[1], 0, limit, "claim_status")
