"""V3: the phone's signature around the issuer's. Neither half is worth anything alone."""

from __future__ import annotations

import os
from dataclasses import replace

import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import HolderProof, PickupCode, Place, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.cbor import CborValue
from kiosk.protocol.codes import encode_code, encode_showing, unverified_voucher
from kiosk.protocol.cose import Algorithm, PrivateKey, key_id_of, sign1
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, Issuer, instant

ISSUER = Issuer()
PHONES = {
    algorithm: cose.generate_key(algorithm) for algorithm in (Algorithm.ED25519, Algorithm.ESP256)
}
PHONE = PHONES[Algorithm.ED25519]
KEY_SET = ISSUER.key_set()
VERIFIER = CodeVerifier(lambda: KEY_SET)


def verify(text: str) -> PickupCode | Verdict:
    return VERIFIER.verify(text, instant())


def refusal(text: str) -> tuple[VerdictKind, str]:
    verdict = verify(text)
    assert isinstance(verdict, Verdict), verdict
    return verdict.kind, verdict.reason


def outer(payload: CborValue, key: PrivateKey = PHONE, key_id: bytes | None = None) -> str:
    shown = key_id_of(key.public_key()) if key_id is None else key_id
    return f"TH3:{base45.b45encode(sign1(cbor.encode(payload), key, shown)).decode()}"


@pytest.mark.parametrize("phone", PHONES.values(), ids=[a.name for a in PHONES])
@pytest.mark.parametrize("place", [None, Place(312_304_160, 1_214_737_010), Place(-1, 0)])
@pytest.mark.parametrize("challenge", [None, "20481024"])
def test_what_a_phone_shows_is_read_back(
    phone: PrivateKey, place: Place | None, challenge: str | None
) -> None:
    voucher = os.urandom(16)
    inner = ISSUER.bound(phone.public_key(), voucher=voucher)
    text = encode_showing(inner, phone, NOW_S - 7, challenge=challenge, place=place)
    code = verify(text)
    assert isinstance(code, PickupCode), code
    assert (code.voucher, code.tier) == (voucher, Tier.V3)
    key_id = key_id_of(phone.public_key())
    assert code.proof == HolderProof(NOW_S - 7, key_id, challenge, place)
    assert code.shown_at_s == NOW_S - 7
    assert unverified_voucher(text) == voucher


def test_it_is_about_as_long_as_designed() -> None:
    assert len(ISSUER.showing(PHONE)) <= 480


def test_each_showing_is_an_instance_of_its_own() -> None:
    inner = ISSUER.bound(PHONE.public_key())
    codes = [verify(encode_showing(inner, PHONE, at_s)) for at_s in (NOW_S, NOW_S + 15)]
    instances = {code.instance for code in codes if isinstance(code, PickupCode)}
    assert len(instances) == 2


def test_the_inner_half_alone_is_refused_at_every_tier() -> None:
    body = base45.b45encode(ISSUER.bound(PHONE.public_key())).decode()
    assert refusal(f"TH3:{body}") == (VerdictKind.MALFORMED, "holder_payload")
    assert refusal(f"TH1:{body}") == (VerdictKind.MALFORMED, "tier_mismatch")
    assert refusal(f"TH2:{body}") == (VerdictKind.MALFORMED, "tier_mismatch")


@pytest.mark.parametrize("algorithm", PHONES)
def test_another_phone_cannot_wrap_it_again(algorithm: Algorithm) -> None:
    inner = ISSUER.bound(PHONE.public_key())
    thief = cose.generate_key(algorithm)
    assert refusal(encode_showing(inner, thief, NOW_S))[1] == "holder_signature"
    # … nor by naming the right key.
    own_id = key_id_of(PHONE.public_key())
    assert refusal(outer({1: inner, 2: NOW_S}, thief, own_id))[1] == "holder_signature"
    # … and the right key must call itself what it is.
    assert refusal(outer({1: inner, 2: NOW_S}, PHONE, bytes(8)))[1] == "holder_signature"


def test_a_voucher_of_another_tier_cannot_be_wrapped() -> None:
    for tier in (Tier.V1, Tier.V2):
        code = ISSUER.code(tier=tier)
        inner = base45.b45decode(encode_code(code, ISSUER._key_of(code)).partition(":")[2])
        assert refusal(encode_showing(inner, PHONE, NOW_S)) == (
            VerdictKind.MALFORMED, "tier_mismatch",
        )  # fmt: skip
    unbound = sign1(
        cbor.encode({2: os.urandom(16), 3: "*", 4: NOW_S + 9, 6: NOW_S, -65538: 3}),
        ISSUER._key_of(ISSUER.code()),
        ISSUER.code().key_id,
    )
    assert refusal(encode_showing(unbound, PHONE, NOW_S)) == (VerdictKind.MALFORMED, "claim_cnf")


def test_an_rsa_key_is_no_phone() -> None:
    phone = cose.generate_key(Algorithm.PS256)
    inner = ISSUER.bound(phone.public_key())
    assert refusal(encode_showing(inner, PHONE, NOW_S)) == (VerdictKind.MALFORMED, "claim_cnf")


def test_a_stranger_issues_nothing() -> None:
    text = Issuer().showing(PHONE)
    assert refusal(text)[0] in {VerdictKind.UNKNOWN_KEY, VerdictKind.BAD_SIGNATURE}


def test_a_key_that_is_not_for_v3_signs_none() -> None:
    keys = tuple(replace(key, tiers=frozenset({Tier.V1})) for key in KEY_SET.keys)
    limited = CodeVerifier(lambda: replace(KEY_SET, keys=keys))
    verdict = limited.verify(ISSUER.showing(PHONE), instant())
    assert isinstance(verdict, Verdict)
    assert (verdict.kind, verdict.reason) == (VerdictKind.UNKNOWN_KEY, "key_not_for_this_tier")


def test_a_revoked_key_says_so() -> None:
    keys = tuple(replace(key, revoked=True) for key in KEY_SET.keys)
    verdict = CodeVerifier(lambda: replace(KEY_SET, keys=keys)).verify(ISSUER.text(), instant())
    assert isinstance(verdict, Verdict)
    assert (verdict.kind, verdict.reason) == (VerdictKind.UNKNOWN_KEY, "key_revoked")


INNER = ISSUER.bound(PHONE.public_key())


@pytest.mark.parametrize(
    "payload, reason",
    [
        ([INNER, NOW_S], "holder_payload"),
        ({1: INNER}, "holder_payload"),
        ({2: NOW_S}, "holder_payload"),
        ({1: INNER, 2: NOW_S, 5: 1}, "holder_payload"),
        ({1: "text", 2: NOW_S}, "holder_payload"),
        ({1: INNER, 2: 0}, "holder_time"),
        ({1: INNER, 2: -1}, "holder_time"),
        ({1: INNER, 2: True}, "holder_time"),
        ({1: INNER, 2: 2**63}, "holder_time"),
        ({1: INNER, 2: NOW_S, 3: ""}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 3: "12a"}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 3: "１２"}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 3: "1" * 17}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 3: 12}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 3: None}, "holder_challenge"),
        ({1: INNER, 2: NOW_S, 4: [900_000_001, 0]}, "holder_place"),
        ({1: INNER, 2: NOW_S, 4: [0, -1_800_000_001]}, "holder_place"),
        ({1: INNER, 2: NOW_S, 4: [0]}, "holder_place"),
        ({1: INNER, 2: NOW_S, 4: [True, 0]}, "holder_place"),
        ({1: INNER, 2: NOW_S, 4: None}, "holder_place"),
    ],
)
def test_a_payload_of_another_form_is_refused(payload: CborValue, reason: str) -> None:
    assert refusal(outer(payload)) == (VerdictKind.MALFORMED, reason)


@given(st.data())
def test_a_changed_byte_anywhere_is_refused(data: st.DataObject) -> None:
    body = bytearray(base45.b45decode(ISSUER.showing(PHONE)[4:]))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    assert isinstance(verify(f"TH3:{base45.b45encode(bytes(body)).decode()}"), Verdict)
