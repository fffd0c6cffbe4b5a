"""The COSE working group's examples of COSE_Sign1 through our reader.

Codes use a narrow form of COSE, so most of what is valid there is refused here, by name. Where an
example is within the form but for its wrapping (the tag, the key id outside of the protected
header, the older name of an algorithm) the signature is checked as it stands: our cryptography
agrees with the example, also about those that must fail.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kiosk.protocol.cbor import CborError
from kiosk.protocol.cose import CoseError, PublicKey, Sign1, parse_sign1, verifies

TAGGED = "cbor_tag"
"""Codes are untagged: one value has one byte string."""
HEADER_FORM = "cose_unprotected_header"
"""The key id stands in the unprotected header, which nobody has signed: here it must be empty."""

# What parse_sign1 says of the bytes as they are, and whether the signature holds under the
# example's key when it is taken out of its wrapping; None where key or structure are not of ours.
EXPECTED: dict[str, tuple[str, bool | None]] = {
    "CWT_A_3": (TAGGED, True),
    "CWT_A_4": (TAGGED, None),  # COSE_Mac0: a shared secret
    "CWT_A_5": (TAGGED, None),  # COSE_Encrypt0
    "CWT_A_6": (TAGGED, None),  # COSE_Encrypt0 around a signed one
    "CWT_A_7": (TAGGED, None),  # COSE_Mac0
    "ecdsa-examples_ecdsa-sig-01": (TAGGED, True),
    "ecdsa-examples_ecdsa-sig-02": (TAGGED, None),  # P-384
    "ecdsa-examples_ecdsa-sig-03": (TAGGED, None),  # P-521
    "ecdsa-examples_ecdsa-sig-04": (TAGGED, False),  # P-256 with SHA-512: another algorithm
    "eddsa-examples_eddsa-sig-01": (TAGGED, True),
    "eddsa-examples_eddsa-sig-02": (TAGGED, None),  # Ed448
    "rsa-pss-examples_rsa-pss-01": (TAGGED, None),  # COSE_Sign: several signers
    "rsa-pss-examples_rsa-pss-02": (TAGGED, None),
    "rsa-pss-examples_rsa-pss-03": (TAGGED, None),
    "sign1-tests_sign-fail-01": (TAGGED, True),  # only its tag is wrong
    "sign1-tests_sign-fail-02": (TAGGED, False),
    "sign1-tests_sign-fail-03": (TAGGED, False),
    "sign1-tests_sign-fail-04": (TAGGED, False),
    "sign1-tests_sign-fail-06": (TAGGED, False),
    "sign1-tests_sign-fail-07": (TAGGED, False),
    "sign1-tests_sign-pass-01": (TAGGED, False),  # header of a0: nothing, but not in its one form
    "sign1-tests_sign-pass-02": (TAGGED, False),  # external data, of which codes have none
    "sign1-tests_sign-pass-03": (HEADER_FORM, True),
}
_SIGN1_TAGS = {18, 998}


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    folder = shared_data / "vectors" / "cose-sign1"
    if not folder.is_dir():
        pytest.skip(f"no COSE examples: {folder} is absent")
    return folder


@cache
def read(path: Path) -> dict[str, Any]:
    example: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return example


def refusal(data: bytes) -> str:
    try:
        parse_sign1(data)
    except (CborError, CoseError) as error:
        return str(error)
    return ""


def test_every_example_is_expected(folder: Path) -> None:
    assert {path.stem for path in folder.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_none_is_a_code_as_it_is(folder: Path, name: str) -> None:
    """As they are all are refused, and it is told why."""
    data = bytes.fromhex(read(folder / f"{name}.json")["output"]["cbor"])
    assert refusal(data) == EXPECTED[name][0]


@pytest.mark.parametrize("name", EXPECTED)
def test_the_signature_is_judged_as_the_example_says(folder: Path, name: str) -> None:
    example = read(folder / f"{name}.json")
    found = _unwrapped(bytes.fromhex(example["output"]["cbor"]))
    key = _public_key(example["input"].get("sign0", {}).get("key"))
    expected = EXPECTED[name][1]
    assert (expected is None) == (found is None or key is None)
    if found is not None and key is not None:
        assert verifies(found, key) is expected
        # A fail example is one for the signature too, but for the one whose tag alone is wrong.
        if example.get("fail") and "fail-01" not in name:
            assert expected is False


@pytest.mark.parametrize("name", [name for name, (_, holds) in EXPECTED.items() if holds])
def test_in_our_form_they_are_read(folder: Path, name: str) -> None:
    """Without a tag and with alg and kid in the protected header only the signature is missing."""
    from kiosk.protocol import cbor

    example = read(folder / f"{name}.json")
    found = _unwrapped(bytes.fromhex(example["output"]["cbor"]))
    assert found is not None
    protected = cbor.encode({1: -9, 4: b"00000011"})
    message = parse_sign1(cbor.encode([protected, {}, found.payload, found.signature]))
    assert message.payload == found.payload
    key = _public_key(example["input"]["sign0"]["key"])
    assert key is not None
    assert not verifies(message, key), "the header is signed: another one is another message"


def _unwrapped(data: bytes) -> Sign1 | None:
    """The four parts of a COSE_Sign1, whatever is around them and in the headers."""
    value = cbor2.loads(data)
    if isinstance(value, cbor2.CBORTag):
        if value.tag not in _SIGN1_TAGS:
            return None
        value = value.value
    protected, _, payload, signature = value
    return Sign1(0, b"", protected, payload, signature)


def _public_key(key: dict[str, str] | None) -> PublicKey | None:
    """The example's key, if it is of a kind that signs codes."""
    if key is None:
        return None
    match key["kty"], key.get("crv"):
        case "EC", "P-256":
            x, y = (int.from_bytes(_coordinate(key, name), "big") for name in "xy")
            return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        case "OKP", "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(_coordinate(key, "x"))
        case _:
            return None


def _coordinate(key: dict[str, str], name: str) -> bytes:
    if f"{name}_hex" in key:
        return bytes.fromhex(key[f"{name}_hex"])
    return base64.urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4))
