"""Protocol v1 is frozen: today's code writes and reads the bytes of its first release."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.domain.clock import Confidence, Instant
from kiosk.domain.vouchers import CODE_TIERS, PickupCode
from kiosk.protocol import messages
from kiosk.protocol.entries import Entry, open_sealed
from kiosk.protocol.epochs import NEW_EPOCH, Missing, read_new_epoch
from kiosk.protocol.keyset import KeySet, open_key_set
from kiosk.protocol.places import open_place
from kiosk.protocol.policies import open_policy
from kiosk.protocol.roots import open_next_root
from kiosk.protocol.serial_entries import SerialReviewFact, SerialTryFact, serial_fact
from kiosk.protocol.settlement_entries import settlement_fact
from kiosk.protocol.status_list import StatusList, open_status, taken
from kiosk.protocol.stock_entries import stock_fact
from kiosk.protocol.undo_entries import undo_fact
from kiosk.protocol.verifier import CodeVerifier
from tests.protocol.golden.corrections import (
    ADJUSTED,
    COUNTED,
    SETTLED,
    UNDONE,
    correction_entries,
)
from tests.protocol.golden.samples import (
    NOW_S,
    ROOT,
    TERMINAL,
    VOUCHER,
    api_messages,
    encoded,
    entry_chain,
    key,
    pickup_codes,
)

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("v1.json").read_text(encoding="utf-8"))
CASES = [(part, name) for part, samples in GOLDEN.items() for name in samples]


def golden_key_set() -> KeySet:
    return open_key_set(bytes.fromhex(GOLDEN["documents"]["key_set"]), ROOT.public_key())


@pytest.mark.parametrize("part, name", CASES)
def test_writes_the_same_bytes(part: str, name: str) -> None:
    assert encoded()[part][name] == GOLDEN[part][name]


def test_no_sample_is_missing() -> None:
    now = encoded()
    assert {part: set(samples) for part, samples in now.items()} == {
        part: set(samples) for part, samples in GOLDEN.items()
    }


@pytest.mark.parametrize("name", GOLDEN["messages"])
def test_reads_old_messages(name: str) -> None:
    message = api_messages()[name]
    assert msgspec.json.decode(GOLDEN["messages"][name], type=type(message)) == message


@pytest.mark.parametrize("name", GOLDEN["messages"])
def test_ignores_fields_that_a_later_version_adds(name: str) -> None:
    message = api_messages()[name]
    newer = json.dumps(_with_more_fields(json.loads(GOLDEN["messages"][name])))
    assert msgspec.json.decode(newer, type=type(message)) == message


def _with_more_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_more_fields(inner) for key, inner in value.items()} | {"later": [1]}
    return [_with_more_fields(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", GOLDEN["codes"])
def test_verifies_old_codes(name: str) -> None:
    # The frozen key is for V1 and V2 alone; it signed the V3 sample all the same.
    keys = tuple(replace(key, tiers=CODE_TIERS) for key in golden_key_set().keys)
    key_set = replace(golden_key_set(), keys=keys)
    now = Instant(NOW_S, Confidence.CARRIED)
    code = CodeVerifier(lambda: key_set).verify(GOLDEN["codes"][name], now)
    assert isinstance(code, PickupCode), code
    assert replace(code, presented=b"") == pickup_codes()[name]


@pytest.mark.parametrize("name", GOLDEN["entries"])
def test_opens_old_entries(name: str) -> None:
    entry: Entry = open_sealed(
        bytes.fromhex(GOLDEN["entries"][name]["sealed"]), TERMINAL.public_key()
    )
    body, hash_, _ = entry_chain()[name]
    assert (entry.body, entry.hash) == (body, hash_)
    assert entry.hash.hex() == GOLDEN["entries"][name]["hash"]
    if entry.head.kind == NEW_EPOCH:
        assert read_new_epoch(entry).missing == (Missing(1, 0, 0), Missing(2, 4, 9))
        return
    told = serial_fact(entry) or entry.redemption()
    assert told.voucher == pickup_codes()["v1"].voucher


def test_opens_old_entries_about_serials() -> None:
    sealed = {name: bytes.fromhex(one["sealed"]) for name, one in GOLDEN["entries"].items()}
    wrong, reviewed, typed = (
        open_sealed(sealed[name], TERMINAL.public_key())
        for name in ("serial_try", "serial_review", "typed")
    )
    assert serial_fact(wrong) == SerialTryFact(VOUCHER)
    assert serial_fact(reviewed) == SerialReviewFact(VOUCHER, (wrong.hash,), "身份证已核对")
    assert (typed.redemption().tier, typed.redemption().presented) == (0, b"123456789014")


def test_opens_old_corrections() -> None:
    entries = {
        name: open_sealed(bytes.fromhex(one["sealed"]), TERMINAL.public_key())
        for name, one in GOLDEN["corrections"].items()
    }
    assert entries == correction_entries()
    assert undo_fact(entries["undo"]) == UNDONE
    assert settlement_fact(entries["settlement"]) == SETTLED
    assert stock_fact(entries["stock_count"]) == COUNTED
    assert stock_fact(entries["stock_adjustment"]) == ADJUSTED


def test_opens_old_documents() -> None:
    key_set = golden_key_set()
    policy = open_policy(bytes.fromhex(GOLDEN["documents"]["policy"]), key_set, NOW_S)
    assert (key_set.version, len(key_set.keys)) == (5, 3)
    assert (policy.version, policy.window_s, policy.claim_wait_s) == (9, 45, 0.3)
    strict = open_policy(bytes.fromhex(GOLDEN["documents"]["policy_everything"]), key_set, NOW_S)
    assert (strict.version, strict.blocked_holders) == (10, frozenset({b"pseudony"}))
    next_root = open_next_root(bytes.fromhex(GOLDEN["documents"]["root"]), ROOT.public_key())
    assert (next_root.version, next_root.key) == (7, key("next root").public_key())
    place = open_place(bytes.fromhex(GOLDEN["documents"]["store"]), key_set, NOW_S)
    assert (place.version, place.store, place.place.radius_m) == (8, "S001", 250)
    status, delta = (
        open_status(bytes.fromhex(GOLDEN["documents"][name]), key_set, NOW_S)
        for name in ("status", "status_delta")
    )
    assert isinstance(status, StatusList)
    assert status.bits == b"\xb9\xa3"
    later = taken(status, delta, NOW_S)
    assert [later.revoked(index) for index in (0, 1, 2, 4_000, 4_001)] == [
        *(False, True, False, True, False)
    ]
    revoked = bytes.fromhex(GOLDEN["documents"]["key_set_revoked"])
    assert [key.revoked for key in open_key_set(revoked, ROOT.public_key()).keys] == [
        True,
        False,
        False,
    ]


def test_every_message_has_a_sample() -> None:
    sampled = GOLDEN["messages"]
    text = " ".join(sampled.values())
    for kind in messages.Change.__args__:
        assert f'"type":"{kind.__struct_config__.tag}"' in text
    structs = {
        name
        for name, value in vars(messages).items()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }
    calls = {name for name in structs if name.endswith(("Request", "Answer", "Reply", "Problem"))}
    assert {type(message).__name__ for message in api_messages().values()} == calls
