"""``kiosk keys`` and ``kiosk policy``: what a terminal or a trust file trusts, for people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kiosk.domain.policy import Policy
from kiosk.protocol import messages as m
from kiosk.protocol.codes import parse_text
from kiosk.protocol.cose import Algorithm
from tests.e2e.processes import kiosk
from tests.fakes import FakeClock, Issuer, enrolled_home, opened
from tests.ledger.test_redeem import draft
from tests.ledger.test_replica import page


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(Algorithm.ED25519, Algorithm.ESP256)


@pytest.fixture
def home(tmp_path: Path, issuer: Issuer) -> Path:
    """A terminal whose P-256 key was revoked, and which redeemed a code of the other one."""
    clock = FakeClock()
    made = enrolled_home(tmp_path / "home", issuer, clock)
    first, second, documents = issuer.key_set().keys
    keys = (first, replace(second, revoked=True), documents)
    key_set = issuer.signed_key_set(replace(issuer.key_set(2), keys=keys))
    policy = issuer.signed_policy(Policy(version=3, window_s=30))
    with opened(made, clock) as ledger:
        news = (m.DocumentChange("keys", key_set), m.DocumentChange("policy", policy))
        ledger.replica.apply(page("1", *news))
        text = issuer.text()
        code = replace(issuer.code(), presented=parse_text(text).presented)
        ledger.store.commit_redemption(draft(code))
    return made.path


@pytest.fixture
def trust(tmp_path: Path, issuer: Issuer) -> Path:
    path = tmp_path / "trust.json"
    path.write_bytes(msgspec.json.encode(issuer.bundle()))
    return path


def test_keys_are_listed_with_what_they_are_for(home: Path, issuer: Issuer) -> None:
    lines = kiosk("keys", "list", "--json", "--home", home).lines
    ids = [issuer.keys[algorithm][0].hex() for algorithm in issuer.keys]
    assert [line["key"] for line in lines] == [*ids, b"document".hex()]
    assert [line["algorithm"] for line in lines] == ["ed25519", "esp256", "ed25519"]
    assert [line["revoked"] for line in lines] == [False, True, False]
    assert [line["in_force"] for line in lines] == [True, False, True]
    assert lines[0]["tiers"] == ["V1", "V2", "V3"]
    assert lines[2]["purposes"] == ["documents", "receipts"]
    assert [line["signed_last_code"] for line in lines] == [True, False, False]
    text = kiosk("keys", "list", "--home", home).stdout
    assert text.startswith("key set 2, signed ")
    assert "codes V1 V2 V3" in text
    assert "revoked: nothing it signed counts" in text
    assert "signed the last code redeemed here" in text


def test_one_key_is_shown_whole(home: Path, trust: Path, issuer: Issuer) -> None:
    key_id = issuer.keys[Algorithm.ED25519][0].hex()
    for source in (("--home", home), ("--trust", trust)):
        text = kiosk("keys", "show", key_id.upper(), *source).stdout
        rows = dict(line.split(maxsplit=1) for line in text.splitlines())
        assert rows["kid"] == key_id
        assert rows["issuer"] == "test"
        assert len(rows["thumbprint"]) == 64
    assert "signed      the last code" in kiosk("keys", "show", key_id, "--home", home).stdout
    assert kiosk("keys", "show", key_id, "--json", "--trust", trust).line["key"] == key_id


def test_a_key_that_is_not_there(home: Path) -> None:
    done = kiosk("keys", "show", "00" * 8, "--home", home, status=1)
    assert "there is no key" in done.stderr
    assert done.stdout == ""


def test_the_policy_is_shown(home: Path, trust: Path) -> None:
    assert kiosk("policy", "show", "--json", "--home", home).line["window_s"] == 30
    assert kiosk("policy", "show", "--json", "--trust", trust).line["window_s"] == 60
    text = kiosk("policy", "show", "--home", home).stdout
    assert text.splitlines()[0] == "policy 3"
    assert "window_s = 30 " in text
    assert "seconds that a changing code stays good" in text


@pytest.mark.parametrize("words", [("keys", "list"), ("policy", "show")])
def test_a_trust_file_that_is_none(tmp_path: Path, words: tuple[str, str]) -> None:
    path = tmp_path / "trust.json"
    path.write_text(json.dumps({"format": "other"}))
    done = kiosk(*words, "--trust", path, status=1)
    assert "trust.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_reads_beside_the_owner_of_the_home(home: Path) -> None:
    from kiosk.ledger.home import Home, HomeLock

    with HomeLock(Home(home)):
        assert kiosk("keys", "list", "--json", "--home", home).lines
        assert kiosk("policy", "show", "--json", "--home", home).line
