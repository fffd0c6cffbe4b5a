"""Pickup codes: ``tier ":" base45(COSE_Sign1(CWT))`` (docs/protocol.md).

A V3 code is two such messages: the phone's signature around the issuer's.
"""

from __future__ import annotations

from dataclasses import dataclass

import base45

from kiosk.domain.vouchers import (
    ANY_STORE,
    VOUCHER_ID_BYTES,
    CodeOptions,
    HolderProof,
    Item,
    LocationCheck,
    PickupCode,
    Place,
    Tier,
)
from kiosk.protocol import cbor, cose
from kiosk.protocol.alphanumeric import decode_base45, is_alphanumeric
from kiosk.protocol.cbor import CborError, CborKey, CborValue
from kiosk.protocol.cose import (
    Algorithm,
    CoseError,
    PrivateKey,
    PublicKey,
    Sign1,
    key_id_of,
    parse_sign1,
    sign1,
)

MAX_TEXT_CHARS = 1000
LATEST_S = 253_402_300_799
"""The end of the year 9999: a date past it is a mistake or an attack."""
MAX_QUANTITY = 9999
HOLDER_BYTES = 8
MAX_CHALLENGE_DIGITS = 16
HOLDER_ALGORITHMS = frozenset({Algorithm.ED25519, Algorithm.ESP256})
"""What phones can sign with."""

SUB, AUD, EXP, NBF, IAT, CNF = 2, 3, 4, 5, 6, 8
ITEMS, TIER, OPTIONS, STATUS = -65537, -65538, -65539, 65535

_INNER, _SIGNED_AT, _CHALLENGE, _PLACE = 1, 2, 3, 4
_POLE_E7, _DATE_LINE_E7 = 90 * 10**7, 180 * 10**7

_PREFIXES = {"TH1": Tier.V1, "TH2": Tier.V2, "TH3": Tier.V3}
_NO_OPTIONS = CodeOptions()


class CodeError(ValueError):
    """A text that is no pickup code; ``str()`` is the reason word."""


@dataclass(frozen=True, slots=True)
class UnverifiedCode:
    """A text that has the form of a pickup code; nothing in it may be believed yet."""

    tier: Tier
    message: Sign1
    """What the issuer signed."""
    presented: bytes
    """The COSE bytes."""
    showing: Showing | None = None
    """What the phone signed around it, for V3."""


@dataclass(frozen=True, slots=True)
class Showing:
    """The outer half of a V3 code; nothing in it may be believed yet."""

    message: Sign1
    proof: HolderProof


def parse_text(text: str) -> UnverifiedCode:
    """Length, charset, prefix, strict CBOR, header. Raises CodeError with the reason."""
    if not text:
        raise CodeError("empty")
    if len(text) > MAX_TEXT_CHARS:
        raise CodeError("too_long")
    if not is_alphanumeric(text):
        raise CodeError("charset")
    prefix, colon, body = text.partition(":")
    if not colon or prefix not in _PREFIXES:
        raise CodeError("prefix")
    try:
        presented = decode_base45(body)
    except ValueError:
        raise CodeError("base45") from None
    return parse_presented(presented, _PREFIXES[prefix])


def parse_presented(presented: bytes, tier: Tier) -> UnverifiedCode:
    """The COSE bytes of a code of a tier, as a ledger entry keeps them. Raises CodeError."""
    try:
        message = parse_sign1(presented)
        if tier is not Tier.V3:
            return UnverifiedCode(tier, message, presented)
        inner, proof = _showing(message)
        return UnverifiedCode(tier, parse_sign1(inner), presented, Showing(message, proof))
    except (CborError, CoseError) as error:
        raise CodeError(str(error)) from None


def open_claims(code: UnverifiedCode) -> dict[CborKey, CborValue]:
    """The claims that the issuer signed, for this code's tier. Raises CodeError."""
    try:
        claims = cbor.decode(code.message.payload)
    except CborError as error:
        raise CodeError(str(error)) from None
    if not isinstance(claims, dict):
        raise CodeError("claims_not_map")
    if claims.get(TIER) != int(code.tier) or isinstance(claims.get(TIER), bool):
        raise CodeError("tier_mismatch")
    return claims


def holder_key(claims: dict[CborKey, CborValue]) -> PublicKey:
    """The phone's key that the issuer named (``cnf``, RFC 8747). Raises CodeError."""
    confirmation = claims.get(CNF)
    if not isinstance(confirmation, dict) or set(confirmation) != {1}:
        raise CodeError("claim_cnf")
    try:
        key = cose.public_key_from(confirmation[1])
    except CoseError:
        raise CodeError("claim_cnf") from None
    if cose.algorithm_of(key) not in HOLDER_ALGORITHMS:
        raise CodeError("claim_cnf")
    return key


def read_claims(code: UnverifiedCode) -> PickupCode:
    """The claims of a code whose signature holds. Raises CodeError with the reason."""
    return pickup_code(code, open_claims(code))


def pickup_code(code: UnverifiedCode, claims: dict[CborKey, CborValue]) -> PickupCode:
    """What opened claims mean. Raises CodeError with the reason."""
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
        options=_options(claims[OPTIONS]) if OPTIONS in claims else _NO_OPTIONS,
        status=None if status is None else _status(status),
        proof=None if code.showing is None else code.showing.proof,
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
    """Issue a V1 or V2 code: the text that a phone shows. ``code.presented`` is not used."""
    return _text(code.tier, sign1(cbor.encode(_claims(code)), key, code.key_id))


def encode_bound(code: PickupCode, key: PrivateKey, holder: PublicKey) -> bytes:
    """Issue a V3 voucher to a phone's key: the inner COSE_Sign1, which the phone keeps."""
    claims = _claims(code) | {CNF: {1: cose.public_key_map(holder)}}
    return sign1(cbor.encode(claims), key, code.key_id)


def encode_showing(
    inner: bytes,
    key: PrivateKey,
    signed_at_s: int,
    *,
    challenge: str | None = None,
    place: Place | None = None,
) -> str:
    """What a phone shows of a V3 voucher that is bound to its key."""
    payload: dict[CborKey, CborValue] = {_INNER: inner, _SIGNED_AT: signed_at_s}
    if challenge is not None:
        payload[_CHALLENGE] = challenge
    if place is not None:
        payload[_PLACE] = [place.latitude_e7, place.longitude_e7]
    return _text(Tier.V3, sign1(cbor.encode(payload), key, key_id_of(key.public_key())))


def _text(tier: Tier, body: bytes) -> str:
    return f"TH{int(tier)}:{base45.b45encode(body).decode()}"


def _claims(code: PickupCode) -> dict[CborKey, CborValue]:
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
    return claims


def _showing(outer: Sign1) -> tuple[bytes, HolderProof]:
    payload = cbor.decode(outer.payload)
    if not isinstance(payload, dict) or not {_INNER, _SIGNED_AT} <= set(payload) <= {
        _INNER,
        _SIGNED_AT,
        _CHALLENGE,
        _PLACE,
    }:
        raise CodeError("holder_payload")
    inner, challenge, place = payload[_INNER], payload.get(_CHALLENGE), payload.get(_PLACE)
    if not isinstance(inner, bytes):
        raise CodeError("holder_payload")
    return inner, HolderProof(
        signed_at_s=_uint(payload[_SIGNED_AT], 1, LATEST_S, "holder_time"),
        key_id=outer.key_id,
        challenge=_digits(challenge) if _CHALLENGE in payload else None,
        place=_place(place) if _PLACE in payload else None,
    )


def _digits(value: CborValue) -> str:
    if not (
        isinstance(value, str)
        and 0 < len(value) <= MAX_CHALLENGE_DIGITS
        and value.isascii()
        and value.isdigit()
    ):
        raise CodeError("holder_challenge")
    return value


def _place(value: CborValue) -> Place:
    match value:
        case [int(latitude), int(longitude)] if (
            not isinstance(latitude, bool)
            and not isinstance(longitude, bool)
            and abs(latitude) <= _POLE_E7
            and abs(longitude) <= _DATE_LINE_E7
        ):
            return Place(latitude, longitude)
        case _:
            raise CodeError("holder_place")


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
        3: int(options.location_check) or None,
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
    if holder is not None and not (isinstance(holder, bytes) and len(holder) == HOLDER_BYTES):
        raise CodeError("claim_options")
    return CodeOptions(
        value_class=_uint(value.get(1, 0), 0, 3, "claim_options"),
        window_s=_uint(value[2], 1, 86_400, "claim_options") if 2 in value else None,
        # A check that a later issuer may ask for is at least a review.
        location_check=LocationCheck(
            min(_uint(value.get(3, 0), 0, 255, "claim_options"), LocationCheck.REVIEW)
        ),
        piece_trace=trace,
        holder=holder,
    )


def _status(value: CborValue) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2):
        raise CodeError("claim_status")
    limit = 2**32 - 1
    return _uint(value[0], 0, limit, "claim_status"), _uint(value[1], 0, limit, "claim_status")
