"""PINs: hashed, compared in constant time, locked after too many wrong tries."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from kiosk.domain.staff import NOBODYS_HASH, PinFailures, after_try, hash_pin, pin_matches


def test_only_the_right_pin_matches() -> None:
    hashed = hash_pin("1234")
    assert pin_matches("1234", hashed)
    assert not pin_matches("1235", hashed)
    assert not pin_matches("", hashed)
    assert hash_pin("1234") != hashed  # salted
    assert "1234" not in hashed


@pytest.mark.parametrize("bad", ["", "123", "1" * 13, "12a4", "１２３４", " 1234"])
def test_bad_pins_are_not_hashed(bad: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        hash_pin(bad)


@pytest.mark.parametrize("garbage", ["", "scrypt$", "scrypt$zz$zz", "md5$00$00", "scrypt$00$00"])
def test_unreadable_hashes_never_match(garbage: str) -> None:
    assert not pin_matches("1234", garbage)


def test_the_fifth_wrong_try_locks_and_a_right_one_forgets() -> None:
    failures = PinFailures()
    for _ in range(4):
        failures = after_try(failures, right=False, now_s=100, max_failures=5, lock_s=300)
    assert failures == PinFailures(4, 0)
    locked = after_try(failures, right=False, now_s=100, max_failures=5, lock_s=300)
    assert locked.locked_until_s == 400
    assert after_try(failures, right=True, now_s=100, max_failures=5, lock_s=300) == PinFailures()


def test_nobodys_hash_costs_a_whole_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[bytes] = []
    scrypt = hashlib.scrypt

    def counted(*args: Any, **options: Any) -> bytes:
        computed.append(scrypt(*args, **options))
        return computed[-1]

    monkeypatch.setattr(hashlib, "scrypt", counted)
    assert not pin_matches("0000", NOBODYS_HASH)
    assert len(computed) == 1
