"""The issuer's page: its blocks run as they stand, and what they make is accepted."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from kiosk.domain.vouchers import PickupCode, Tier
from kiosk.protocol import cose
from kiosk.protocol.cose import Algorithm, PrivateKey
from kiosk.protocol.verifier import CodeVerifier
from tests.e2e.processes import Line, kiosk
from tests.e2e.starting import ROOT
from tests.fakes import NOW_S, STORE, Issuer, instant

PAGE = ROOT / "docs" / "issuing.md"
LONGEST_BLOCK = 10
NAMES = {Algorithm.ED25519: "Ed25519", Algorithm.ESP256: "ESP256", Algorithm.PS256: "PS256"}

# The cwt package loads more of cryptography than it needs.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Diffie-Hellman"),
]


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the blocks have defined, run one after the other in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks():
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_codes_of_the_page_are_accepted(page: dict[str, Any], tmp_path: Path) -> None:
    def verified(store: str, *more: str) -> list[Line]:
        texts = [page[name] for name in ("v1", "v2", "v3")]
        trust = tmp_path / "trust.json"
        command = ("verify", "--json", "--trust", trust, "--store", store)
        return kiosk(*command, *more, *texts).lines

    here = verified("S001")
    assert [line["verdict"] for line in here] == ["accepted"] * 3
    assert [line["tier"] for line in here] == ["V1", "V2", "V3"]
    assert {line["voucher"] for line in here} == {page["voucher"].hex()}
    assert {line["verdict"] for line in verified("S002")} == {"wrong_store"}
    later = verified("S001", "--now", str(int(time.time()) + 120))
    assert [line["verdict"] for line in later] == ["accepted", "stale", "stale"]


def test_the_picture_is_read(page: dict[str, Any], tmp_path: Path) -> None:
    done = kiosk("decode", "--json", tmp_path / "code.png")
    assert page["v1"] in done.stdout


def test_a_code_takes_ten_lines() -> None:
    for block in blocks():
        if re.search(r"^v\d = ", block, re.MULTILINE):
            assert len(block.splitlines()) <= LONGEST_BLOCK


def private_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_codes_of_every_algorithm_made_by_cwt_verify(
    page: dict[str, Any], tier: int, algorithm: Algorithm
) -> None:
    from cwt import COSEKey

    issuer = Issuer(algorithm)
    key_id, key = issuer.keys[algorithm]
    signer = COSEKey.from_pem(private_pem(key), kid=key_id, alg=NAMES[algorithm])
    claims = page["claims"] | {4: NOW_S + 99, 6: NOW_S - 9, -65538: tier}
    body = page["sign"](claims, signer, int(algorithm), key_id)
    if tier == 3:
        body = page["sign"]({1: body, 2: NOW_S}, page["phone"], -19, page["phone_kid"])
    key_set = issuer.key_set()
    text = f"TH{tier}:{base45.b45encode(body).decode()}"
    read = CodeVerifier(lambda: key_set).verify(text, instant())
    assert isinstance(read, PickupCode), read
    assert (read.voucher, read.tier) == (page["voucher"], Tier(tier))


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("tier", [Tier.V1, Tier.V2])
def test_our_codes_decode_with_cwt(tier: Tier, algorithm: Algorithm) -> None:
    import cwt

    issuer = Issuer(algorithm, now_s=int(time.time()))
    code = issuer.code(algorithm, tier=tier)
    key_id, key = issuer.keys[algorithm]
    reader = cwt.COSEKey.from_pem(public_pem(key), kid=key_id, alg=NAMES[algorithm])
    claims: Any = cwt.decode(b"\xd2" + base45.b45decode(issuer.text(code)[4:]), reader)
    assert claims[2] == code.voucher
    assert (claims[3], claims[-65538]) == (STORE, int(tier))
    assert claims[-65537] == [[item.sku, item.quantity] for item in code.items]


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ESP256])
def test_both_halves_of_our_v3_codes_decode_with_cwt(algorithm: Algorithm) -> None:
    import cwt

    issuer = Issuer(now_s=int(time.time()))
    phone = cose.generate_key(algorithm)
    outer = b"\xd2" + base45.b45decode(issuer.showing(phone)[4:])
    phone_reader = cwt.COSEKey.from_pem(
        public_pem(phone), kid=cose.key_id_of(phone.public_key()), alg=NAMES[algorithm]
    )
    shown = cbor2.loads(cwt.COSE.new().decode(outer, phone_reader))
    key_id, key = issuer.keys[Algorithm.ED25519]
    reader = cwt.COSEKey.from_pem(public_pem(key), kid=key_id, alg="Ed25519")
    claims: Any = cwt.decode(b"\xd2" + shown[1], reader)
    assert claims[8][1] == cose.public_key_map(phone.public_key())
    with pytest.raises(ValueError, match="key is not found"):
        cwt.decode(b"\xd2" + shown[1], phone_reader)
