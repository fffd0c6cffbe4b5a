"""Text → verdict: every valid code of every algorithm is read, everything else is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.verdicts import Verdict, VerdictKind
from kiosk.domain.vouchers import CodeOptions, Item, LocationCheck, PickupCode, Tier
from kiosk.protocol import cbor, cose
from kiosk.protocol.codes import encode_code
from kiosk.protocol.cose import Algorithm
from kiosk.protocol.keyset import KeySet
from kiosk.protocol.verifier import CodeVerifier
from tests.fakes import NOW_S, Issuer, instant


@cache
def issuer() -> Issuer:
    return Issuer(*Algorithm)


@cache
def verifier() -> CodeVerifier:
    key_set = issuer().key_set()
    return CodeVerifier(lambda: key_set)


def verify(text: str) -> PickupCode | Verdict:
    return verifier().verify(text, instant())


def refusal(text: str) -> tuple[str, str]:
    answer = verify(text)
    assert isinstance(answer, Verdict), "a code was accepted that should not be"
    return answer.kind.value, answer.reason


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("tier", [Tier.V1, Tier.V2])
def test_a_valid_code_is_read_whole(algorithm: Algorithm, tier: Tier) -> None:
    code = issuer().code(
        algorithm,
        tier=tier,
        stores=("S001", "S002"),
        not_before_s=NOW_S - 60,
        items=(Item("CRAB-4L", 2), Item("BOX", 1, 0), Item("BAG", 1, 0)),
        options=CodeOptions(2, 45, LocationCheck.WARN, piece_trace=True, holder=b"8 bytes."),
        status=(3, 1_000_000),
    )
    read = verify(issuer().text(code))
    assert isinstance(read, PickupCode)
    assert replace(read, presented=b"") == code
    assert read.presented


def test_codes_are_short_enough_for_a_phone_screen() -> None:
    items = tuple(Item(sku, 2) for sku in ("CRAB-4L", "GIFT-BOX", "LIPSTICK-01"))
    text = issuer().text(items=items, status=(1, 999_999))
    assert len(text) <= 280


@given(
    st.lists(
        st.tuples(st.text("ABC-123", min_size=1, max_size=8), st.integers(1, 9999)),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: pair[0],
    ),
    st.sampled_from([Tier.V1, Tier.V2]),
    st.sampled_from([Algorithm.ED25519, Algorithm.ESP256]),
)
def test_any_item_list_survives(
    items: list[tuple[str, int]], tier: Tier, algorithm: Algorithm
) -> None:
    code = issuer().code(algorithm, tier=tier, items=tuple(Item(s, q) for s, q in items))
    read = verify(issuer().text(code))
    assert isinstance(read, PickupCode)
    assert read.items == code.items


@given(st.text(max_size=400))
def test_any_text_is_one_refusal(text: str) -> None:
    assert isinstance(verify(text), Verdict)


@given(st.binary(max_size=600), st.sampled_from(["TH1:", "TH2:", "TH3:", "TH4:", ""]))
def test_any_bytes_are_one_refusal(data: bytes, prefix: str) -> None:
    assert isinstance(verify(prefix + base45.b45encode(data).decode()), Verdict)


@cache
def valid_text() -> str:
    return issuer().text()


@given(st.integers(0, 10_000), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
def test_no_changed_character_is_accepted(at: int, character: str) -> None:
    text = valid_text()
    at %= len(text)
    if text[at] == character:
        return
    assert isinstance(verify(text[:at] + character + text[at + 1 :]), Verdict)


@given(st.integers(0, 10_000), st.sampled_from([" ", "\n", "\0", "0", ":", "\u200b", "Α", "０"]))
def test_no_inserted_character_is_accepted(at: int, character: str) -> None:
    text = valid_text()
    at %= len(text) + 1
    assert isinstance(verify(text[:at] + character + text[at:]), Verdict)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "empty"),
        ("A" * 1001, "too_long"),
        ("th1:ABC", "charset"),
        ("TH1:ＡＢＣ", "charset"),
        ("TH1", "prefix"),
        ("TH9:ABC", "prefix"),
        ("HC1:ABC", "prefix"),
        ("TH1:A", "base45"),
        ("TH1:GGW", "base45"),
        ("TH1:", "cbor_truncated"),
        ("https://example.org", "charset"),
    ],
)
def test_forms_that_are_no_code(text: str, reason: str) -> None:
    assert refusal(text) == ("malformed", reason)


def wrapped(value: cbor.CborValue, prefix: str = "TH1") -> str:
    return f"{prefix}:{base45.b45encode(cbor.encode(value)).decode()}"


def parts() -> list[cbor.CborValue]:
    value = cbor.decode(base45.b45decode(valid_text()[4:]))
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize(
    "change, verdict",
    [
        (lambda p: [p[0], {4: b"x"}, p[2], p[3]], ("malformed", "cose_unprotected_header")),
        (lambda p: [p[0], p[1], p[2]], ("malformed", "cose_not_sign1")),
        (lambda p: [*p, b""], ("malformed", "cose_not_sign1")),
        (lambda p: [p[0], p[1], None, p[3]], ("malformed", "cose_not_sign1")),
        (lambda p: [b"", p[1], p[2], p[3]], ("malformed", "cbor_truncated")),
        (lambda p: [p[0], p[1], p[2], p[3][:-1]], ("bad_signature", "issuer_signature")),
        (lambda p: [p[0], p[1], p[2], b""], ("bad_signature", "issuer_signature")),
        (lambda p: [p[0], p[1], p[2] + b"\0", p[3]], ("bad_signature", "issuer_signature")),
    ],
)
def test_envelopes_that_are_not_ours(change, verdict: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    assert refusal(wrapped(change(parts()))) == verdict


def with_header(header: dict[cbor.CborKey, cbor.CborValue]) -> str:
    p = parts()
    return wrapped([cbor.encode(header), p[1], p[2], p[3]])


def test_the_algorithm_is_the_keys_not_the_messages() -> None:
    key_id = issuer().keys[Algorithm.ED25519][0]
    for alg in (-9, -37):
        assert refusal(with_header({1: alg, 4: key_id})) == (
            "unknown_key",
            "algorithm_not_of_this_key",
        )
    for alg in (-7, -8, 0, 5, -257, 2**60):
        assert refusal(with_header({1: alg, 4: key_id}))[0] == "unknown_key"
    assert refusal(with_header({1: True, 4: key_id})) == ("malformed", "cose_algorithm")
    assert refusal(with_header({1: None, 4: key_id})) == ("malformed", "cose_algorithm")
    assert refusal(with_header({4: key_id})) == ("malformed", "cose_protected_header")
    assert refusal(with_header({1: -19, 4: key_id, 16: "x"})) == (
        "malformed",
        "cose_protected_header",
    )
    assert refusal(with_header({1: -19, 4: b"short"})) == ("malformed", "cose_key_id")
    assert refusal(with_header({1: -19, 4: os.urandom(8)})) == ("unknown_key", "key_id_unknown")


def test_a_tier_in_the_prefix_must_be_the_signed_one() -> None:
    assert refusal("TH2" + valid_text()[3:]) == ("malformed", "tier_mismatch")
    assert refusal("TH3" + valid_text()[3:])[0] == "malformed"


def signed_claims(change: dict[cbor.CborKey, cbor.CborValue | None]) -> str:
    """A code with changed claims under a good signature: a careless or captured issuer."""
    p = parts()
    assert isinstance(p[2], bytes)
    claims = cbor.decode(p[2])
    assert isinstance(claims, dict)
    claims = {k: v for k, v in (claims | change).items() if v is not None}
    key_id, key = issuer().keys[Algorithm.ED25519]
    message = cose.sign1(cbor.encode(claims), key, key_id)
    return f"TH1:{base45.b45encode(message).decode()}"


@pytest.mark.parametrize(
    "change, reason",
    [
        ({2: b"short"}, "claim_sub"),
        ({2: "sixteen letters."}, "claim_sub"),
        ({2: None}, "claim_sub"),
        ({3: ""}, "claim_aud"),
        ({3: []}, "claim_aud"),
        ({3: ["S001", "*"]}, "claim_aud"),
        ({3: 7}, "claim_aud"),
        ({3: "S001\n"}, "claim_aud"),
        ({4: -1}, "claim_exp"),
        ({4: 2**63}, "claim_exp"),
        ({4: True}, "claim_exp"),
        ({4: "1800000000"}, "claim_exp"),
        ({6: None}, "claim_iat"),
        ({5: 0}, "claim_nbf"),
        ({-65537: []}, "claim_items"),
        ({-65537: [["A"]]}, "claim_items"),
        ({-65537: [["A", 0]]}, "claim_items"),
        ({-65537: [["A", -1]]}, "claim_items"),
        ({-65537: [["A", 10_000]]}, "claim_items"),
        ({-65537: [["A", True]]}, "claim_items"),
        ({-65537: [["A", 1, -1]]}, "claim_items"),
        ({-65537: [["A", 1], ["A", 2]]}, "claim_items_twice"),
        ({-65538: 2}, "tier_mismatch"),
        ({-65538: None}, "tier_mismatch"),
        ({-65538: True}, "tier_mismatch"),
        ({-65539: 1}, "claim_options"),
        ({-65539: {1: 4}}, "claim_options"),
        ({-65539: {5: b"short"}}, "claim_options"),
        ({65535: [1]}, "claim_status"),
        ({65535: [1, -1]}, "claim_status"),
    ],
)
def test_claims_are_checked_even_under_a_good_signature(
    change: dict[cbor.CborKey, cbor.CborValue | None], reason: str
) -> None:
    assert refusal(signed_claims(change)) == ("malformed", reason)


def test_claims_of_later_versions_are_ignored() -> None:
    assert isinstance(verify(signed_claims({7: b"cti", "later": [1]})), PickupCode)


def test_keys_out_of_force_or_of_another_purpose_do_not_verify() -> None:
    key_set = issuer().key_set()

    def answer(key_set: KeySet | None) -> str:
        verdict = CodeVerifier(lambda: key_set).verify(valid_text(), instant())
        assert isinstance(verdict, Verdict)
        assert verdict.kind is VerdictKind.UNKNOWN_KEY
        return verdict.reason

    def changed(**fields: object) -> KeySet:
        keys = tuple(replace(key, **fields) for key in key_set.keys)  # type: ignore[arg-type]
        return replace(key_set, keys=keys)

    assert answer(None) == "no_key_set"
    assert answer(replace(key_set, expires_at_s=NOW_S)) == "key_set_expired"
    assert answer(changed(not_after_s=NOW_S)) == "key_not_in_force"
    assert answer(changed(not_before_s=NOW_S + 1)) == "key_not_in_force"
    assert answer(changed(tiers=frozenset({Tier.V2}))) == "key_not_for_this_tier"
    assert answer(changed(purposes=frozenset({"receipts"}))) == "key_id_unknown"


def test_two_keys_of_one_id_are_both_tried() -> None:
    other = Issuer()
    key_id = issuer().keys[Algorithm.ED25519][0]
    other.keys[Algorithm.ED25519] = (key_id, other.keys[Algorithm.ED25519][1])
    keys = (*other.key_set().keys, *issuer().key_set().keys)
    both = replace(issuer().key_set(), keys=keys)
    verifier = CodeVerifier(lambda: both)
    for maker in (issuer(), other):
        text = encode_code(maker.code(key_id=key_id), maker.keys[Algorithm.ED25519][1])
        assert isinstance(verifier.verify(text, instant()), PickupCode)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Diffie-Hellman")
@pytest.mark.parametrize(
    "algorithm, name", [(Algorithm.ED25519, "Ed25519"), (Algorithm.PS256, "PS256")]
)
def test_codes_made_by_the_cwt_package_verify(algorithm: Algorithm, name: str) -> None:
    """Stock issuer libraries keep us honest."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cwt import COSE, COSEKey

    key_id, key = issuer().keys[algorithm]
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = parts()[2]
    assert isinstance(claims, bytes)
    header = {1: int(algorithm), 4: key_id}
    signer = COSEKey.from_pem(pem, kid=key_id, alg=name)
    message = COSE.new().encode(claims, signer, protected=header, unprotected={})
    untagged = message.removeprefix(b"\xd2")
    assert isinstance(verify("TH1:" + base45.b45encode(untagged).decode()), PickupCode)
